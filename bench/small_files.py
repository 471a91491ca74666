#!/usr/bin/env python3
"""What the border costs a script that touches many files: cordon-python beside the same CPython without bindings (unbound-python).

    small_files.py --build BUILD [--files 100000] [--rounds 11]

Every round runs bench/small_files_program.py by each interpreter, one right after the other and each in turn first, so that a busy machine disturbs all
alike. Prints medians of the ratios to unbound-python within a round, with the 10th and 90th percentile; for a bar on a shared machine, go by CPU time.
Each is run from a fresh copy beside it, written in one go: how the pages of a file lie in the page cache, which depends on what else the machine
read and evicted since it was built, makes up to 4 % of such a run. "same again" is unbound-python against itself: differences below that are noise. "stock" is the untouched source as its own build makes it.

Where there is valgrind, a second table counts the instructions of the program, those of the kernel aside: no noise, but also no part of the time that
the kernel takes, which is the same for all; so the share of the border in CPU time is smaller than in this table.
"""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(__file__).parent / "small_files_program.py"
# Isolated from the user's settings as by -I, but with the same hashes in every run: else no two runs do the same.
OPTIONS = ["-s", "-P"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CORDON"))} | {"PYTHONHASHSEED": "0"}
FOLDERS = 100
BAR = 1.02
COUNTED_FILES = (500, 1500)  # instructions a file: what 1,000 more cost, without the start
RULES = """version: 1
allow:
  - {capability: "*"}
deny:
  - {capability: env.read, name: ["*SECRET*", "*TOKEN*"]}
  - {capability: net.listen}
  - {capability: process.spawn}
  - {capability: time.set}
"""


@contextlib.contextmanager
def fresh_copies(programs):
    """Paths of copies in the same folders, where interpreters look for their libraries."""
    copies = [program.with_name(f"{program.name}-fresh-{os.getpid()}") for program in programs]
    try:
        for program, copy in zip(programs, copies):
            copy.write_bytes(program.read_bytes())
            copy.chmod(0o755)
        yield [str(copy) for copy in copies]
    finally:
        for copy in copies:
            copy.unlink(missing_ok=True)


def make_files(root, count):
    for number in range(FOLDERS):
        folder = pathlib.Path(root, f"folder{number:03}")
        folder.mkdir()
        for name in range(count // FOLDERS):
            (folder / f"file{name:05}.txt").write_text(f"file {name} of folder {number}\n" * (1 + name % 20))


def measure(command, root, count):
    """Seconds of wall clock and of CPU."""
    done = subprocess.run([*command, *OPTIONS, str(PROGRAM), root], stdout=subprocess.PIPE, check=True, text=True, env=ENVIRONMENT)
    read, _, elapsed, used = done.stdout.split()
    if int(read) != count:
        sys.exit(f"{command[0]} read {read} of {count} files")
    return float(elapsed), float(used)


def percentile(values, percent):
    return sorted(values)[round((len(values) - 1) * percent / 100)]


def spread(values):
    return f"{statistics.median(values):7.3f}  {percentile(values, 10):.3f} to {percentile(values, 90):.3f}"


def measure_all(commands, root, count, rounds):
    """Name -> one (wall, CPU) per round."""
    results = {name: [] for name in commands}
    for number in range(rounds + 1):
        names = list(commands)
        first = number % len(names)  # nobody is always the one after the pause
        for name in names[first:] + names[:first]:
            seconds = measure(commands[name], root, count)
            if number > 0:  # the first round warms the page cache
                results[name].append(seconds)
        print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    return results


def report(results, count):
    print(f"stat and read of {count} small files, {len(next(iter(results.values())))} rounds, as ratios to the same CPython without bindings (bar: {BAR})")
    print(f"{'':28} {'CPU time':>7}  {'10th to 90th':14}  {'wall':>6}  10th to 90th percentile")
    unbound = results["unbound"]
    for name, seconds in results.items():
        if name == "unbound":
            continue
        ratios = [[one[kind] / base[kind] for one, base in zip(seconds, unbound)] for kind in (1, 0)]
        print(f"{name:28} {spread(ratios[0])}  {spread(ratios[1])}")
    print(f"unbound: {statistics.median(used for _, used in unbound) / count * 1e6:.1f} us of CPU per file")


def count_instructions(command, root):
    with tempfile.NamedTemporaryFile(prefix="cordon-bench-") as output:
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output.name}"]
        done = subprocess.run([*valgrind, *command, *OPTIONS, str(PROGRAM), root], capture_output=True, check=True, text=True, env=ENVIRONMENT)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def report_instructions(commands, directory):
    few, many = COUNTED_FILES
    counted = {}
    for count in COUNTED_FILES:
        root = pathlib.Path(directory, f"counted{count}")
        root.mkdir()
        make_files(root, count)
        for name, command in commands.items():
            counted[name, count] = count_instructions(command, str(root))
    print("\nthe same, in instructions of the program per file")
    base = (counted["unbound", many] - counted["unbound", few]) / (many - few)
    for name in commands:
        instructions = (counted[name, many] - counted[name, few]) / (many - few)
        print(f"{name:28} {instructions:7.0f}  {instructions - base:+6.0f}  {instructions / base:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    count = arguments.files // FOLDERS * FOLDERS
    programs = [arguments.build / path for path in ("third_party/stock/python", "bin/cordon-python", "bin/unbound-python")]
    with tempfile.TemporaryDirectory(prefix="cordon-bench-") as directory, fresh_copies(programs) as (stock, full, unbound):
        root = pathlib.Path(directory, "files")
        root.mkdir()
        rules = pathlib.Path(directory, "rules.yaml")
        rules.write_text(RULES)
        make_files(root, count)
        commands = {"unbound": [unbound], "same again": [unbound], "cordon-python": [full],
                    "cordon-python with rules": [full, "-X", f"cordon-policy={rules}"], "stock": [stock]}
        report(measure_all(commands, str(root), count, arguments.rounds), count)
        if shutil.which("valgrind"):
            report_instructions(commands, directory)
        else:
            print("instructions are not counted: there is no valgrind")


if __name__ == "__main__":
    main()
