#!/usr/bin/env python3
"""What copying, comparing and searching bytes costs in the sandbox, whose memory functions are ours, beside the full interpreter, which has glibc's.

    bytes_and_texts.py --build BUILD [--rounds 7]

Each program runs in both, one right after the other, each in turn first. Prints medians of the processor time that it takes beyond an empty program's, with the ratio
of both within a round; below 1 the sandbox is the faster one.
"""
import argparse
import pathlib
import resource
import statistics
import subprocess
import sys

PROGRAMS = {
    "bytes == bytes, 300 of them": 'a = b"x" * 300; c = b"x" * 299 + b"y"\nfor i in range(3000000): a == c',
    "str == str, 14 characters": 'a = "hello world 12"; c = "hello world 13"\nfor i in range(5000000): a == c',
    "str + str, 5 and 14": 'a = "hello"; b = "world, this is"\nfor i in range(4000000): a + b',
    "str.find over 500": 'a = "q" * 500 + "z"\nfor i in range(2000000): a.find("z")',
    "str.rfind over 500": 'a = "z" + "q" * 500\nfor i in range(2000000): a.rfind("z")',
    "bytearray of 100,000": "a = bytes(100000)\nfor i in range(30000): bytearray(a)",
    "json.loads": 'import json\nd = json.dumps([{"name": "abc" * 3, "v": i, "l": [1, 2, 3]} for i in range(1000)])\nfor i in range(200): json.loads(d)',
    "sqlite3 in memory": 'import sqlite3\nc = sqlite3.connect(":memory:"); c.execute("create table t(a, b)")\n'
                         'for i in range(200000): c.execute("insert into t values(?, ?)", (i, str(i)))\nc.execute("select sum(a), max(b) from t").fetchall()',
}


def processor_time(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    cordon = str(chosen.build / "bin" / "cordon")
    ways = {"sandbox": [cordon, "run"], "full": [cordon, "run", "--full"]}
    empty = {name: statistics.median(processor_time([*way, "-c", ""]) for _ in range(chosen.rounds)) for name, way in ways.items()}
    print(f"{'':30} {'sandbox':>9} {'full':>9} {'ratio':>7}   lowest to highest")
    for title, program in PROGRAMS.items():
        taken = {name: [] for name in ways}
        for number in range(chosen.rounds):
            for name in sorted(ways, reverse=number % 2 == 0):
                taken[name].append(max(processor_time([*ways[name], "-c", program]) - empty[name], 1e-6))
            print(f"\r{title}: {number + 1} of {chosen.rounds}", end="", file=sys.stderr, flush=True)
        print("\r" + " " * 60, end="\r", file=sys.stderr)
        ratios = [one / other for one, other in zip(taken["sandbox"], taken["full"])]
        seconds = [f"{1000 * statistics.median(taken[name]):6.0f} ms" for name in ("sandbox", "full")]
        print(f"{title:30} {seconds[0]:>9} {seconds[1]:>9} {statistics.median(ratios):7.2f}   {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
