#!/usr/bin/env python3
"""What a policy and a record cost: cordon-python by itself beside the same program under `cordon audit run` with both on.

    audit_cost.py --build BUILD [--files 100000] [--tests 1500] [--rounds 7]

Two programs: bench/small_files_program.py, which looks at and reads many small files, and bench/unittest_program.py, a suite of tests. Every round runs each way
one right after the other, each in turn first. Prints medians of the ratios within a round, with the 10th and 90th percentile: of the time that the program
itself takes, by the clock on the wall and by the CPU, and of the whole command's. The collector works on a second processor at the same time: on a machine with other
work the wall clock tells how busy it was, and CPU time says more. "same again" is the plain run against itself: differences below that are noise.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from small_files import ENVIRONMENT, OPTIONS, PROGRAM, RULES, make_files, spread

SUITE = pathlib.Path(__file__).parent / "unittest_program.py"
BAR = 1.05


def run(command, environment, expected):
    """Seconds: of the program by the wall and by the CPU, of the whole command by the wall."""
    begin = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=environment)
    whole = time.perf_counter() - begin
    count, _, elapsed, used = done.stdout.split()
    if int(count) != expected:
        sys.exit(f"{command[0]}: {count} of {expected}")
    return float(elapsed), float(used), whole


def ways(build, policy, record):
    """Name -> (what comes before the program, environment)."""
    python = str(pathlib.Path(build, "bin", "cordon-python"))
    audited = [str(pathlib.Path(build, "bin", "cordon")), "audit", "run", "--record", record]
    return {
        "plain": ([python, *OPTIONS], ENVIRONMENT),
        "same again": ([python, *OPTIONS], ENVIRONMENT),
        "policy": ([python, *OPTIONS], ENVIRONMENT | {"CORDON_POLICY": policy}),
        "record": (audited, ENVIRONMENT),
        "policy and record": (audited, ENVIRONMENT | {"CORDON_POLICY": policy}),
    }


def measure(named, program, argument, expected, rounds):
    results = {name: [] for name in named}
    for number in range(rounds + 1):
        names = list(named)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            before, environment = named[name]
            seconds = run([*before, str(program), str(argument)], environment, expected)
            if number > 0:  # the first round warms the page cache
                results[name].append(seconds)
        print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    return results


def report(title, results, record):
    print(f"{title}, {len(results['plain'])} rounds, as ratios to the plain run (bar: {BAR})")
    print(f"{'':20} {'wall':>7}  {'10th to 90th':14}  {'CPU':>6}  {'10th to 90th':14}  {'whole':>6}  10th to 90th percentile")
    for name, seconds in results.items():
        if name == "plain":
            continue
        ratios = [spread([one[kind] / base[kind] for one, base in zip(seconds, results["plain"])]) for kind in range(3)]
        print(f"{name:20} {'  '.join(ratios)}")
    print(f"plain: {statistics.median(wall for wall, _, _ in results['plain']):.2f} s")
    with open(record, encoding="utf-8") as lines:
        ends = [json.loads(line) for line in lines if line.startswith('{"type":"end"')]
    print(f"the record: {os.path.getsize(record) / 1e6:.0f} MB for {ends[0]['accesses']:,} accesses, {ends[0]['lost']} lost\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--files", type=int, default=100000)
    parser.add_argument("--tests", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cordon-bench-") as folder:
        root, policy, record = pathlib.Path(folder, "files"), pathlib.Path(folder, "p.yaml"), pathlib.Path(folder, "r.jsonl")
        root.mkdir()
        policy.write_text(RULES)
        make_files(root, options.files)
        named = ways(options.build, str(policy), str(record))
        report(f"{options.files} small files", measure(named, PROGRAM, root, options.files, options.rounds), record)
        report(f"{options.tests} tests of a suite", measure(named, SUITE, options.tests, options.tests, options.rounds), record)


if __name__ == "__main__":
    main()
