#!/usr/bin/env python3
"""What a policy and a record cost imports: cordon-python importing some 300 modules of the standard library, with a rule about `import`, and under audit.

    imports.py --build BUILD [--rounds 21]

Every round runs bench/imports_program.py each way, one right after the other and each in turn first. Prints medians of the ratios to plain cordon-python
within a round, with the 10th and 90th percentile. "same again" is plain against itself: differences below that are noise. With a record, the time of the
accesses that importing makes is part of it: some forty a module.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

PROGRAM = pathlib.Path(__file__).parent / "imports_program.py"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CORDON"))} | {"PYTHONHASHSEED": "0"}
POLICY = """version: 1
allow:
  - {capability: "*"}
deny:
  - {capability: import, name: [no_such_module]DIGEST}
"""


def measure(command):
    """Modules, seconds of wall clock and of CPU."""
    done = subprocess.run([*command, str(PROGRAM)], stdout=subprocess.PIPE, check=True, text=True, env=ENVIRONMENT)
    modules, elapsed, used = done.stdout.split()
    return int(modules), float(elapsed), float(used)


def measure_all(commands, rounds):
    """Name -> one measurement per round."""
    results = {name: [] for name in commands}
    for number in range(rounds + 1):
        names = list(commands)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            measured = measure(commands[name])
            if number > 0:  # the first round writes the caches and warms the page cache
                results[name].append(measured)
    return results


def percentile(values, percent):
    return sorted(values)[round((len(values) - 1) * percent / 100)]


def spread(values):
    return f"{statistics.median(values):7.3f}  {percentile(values, 10):.3f} to {percentile(values, 90):.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    python, command = str(options.build.absolute() / "bin/cordon-python"), str(options.build.absolute() / "bin/cordon")
    with tempfile.TemporaryDirectory() as folder:
        names, digests = pathlib.Path(folder, "names.yaml"), pathlib.Path(folder, "digests.yaml")
        names.write_text(POLICY.replace("DIGEST", ""), encoding="utf-8")
        digests.write_text(POLICY.replace("DIGEST", f", sha256: ['{'0' * 64}']"), encoding="utf-8")
        commands = {"plain": [python], "same again": [python], "a rule by name": [python, "-X", f"cordon-policy={names}"],
                    "a rule by digest": [python, "-X", f"cordon-policy={digests}"], "a record": [command, "audit", "run", "--record", str(pathlib.Path(folder, "record.jsonl"))]}
        results = measure_all(commands, options.rounds)
    plain = results["plain"]
    print(f"imports of {plain[0][0]} modules, {options.rounds} rounds, plain: {statistics.median(cpu for _, _, cpu in plain) * 1000:.0f} ms of CPU")
    print(f"{'':24}wall            10 to 90 %      CPU             10 to 90 %")
    for name, measured in results.items():
        if name != "plain":
            ratios = [[one[i] / base[i] for one, base in zip(measured, plain)] for i in (1, 2)]
            print(f"{name:24}{spread(ratios[0])}  {spread(ratios[1])}")


if __name__ == "__main__":
    main()
