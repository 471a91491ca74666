#!/usr/bin/env python3
"""What counting fuel costs: pure-Python programs in an image that counts and in one that does not, rounds alternating; the bar is 3 %.

The image that does not count is built from the same tree without the counting patch: copy the tree, delete the COUNT_FUEL lines that
stdlib_bindings/patches/sandbox/1_fuel.patch puts into the evaluation loop, and build cordon-sandbox there with the same preset.

usage: fuel.py COUNTING_IMAGE OTHER_IMAGE [--rounds N]
"""
import argparse
import math
import resource
import statistics
import subprocess

PROGRAMS = {
    "empty loop": "for i in range(20000000): pass",
    "calls": "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nf(30)",
    "methods": "class A:\n    def __init__(self): self.n = 0\n    def add(self, k): self.n += k\na = A()\nfor i in range(4000000): a.add(i)",
    "generators": "def g(n):\n    for i in range(n): yield i\ns = 0\nfor i in g(6000000): s += i",
    "comprehensions": "for i in range(160): [x * x for x in range(50000) if x & 1]",
    "sorting by key": "import random\nrandom.seed(1)\nx = [random.random() for _ in range(200000)]\nfor i in range(4): sorted(x, key=lambda v: -v)",
    "texts and dicts": "d = {}\nfor i in range(1500000):\n    k = str(i % 1000)\n    d[k] = d.get(k, 0) + len(k)",
    "floats": "x = 0.5\nfor i in range(5000000): x = x * 1.0000001 + 0.1 - x / 3",
}


def seconds(image, program):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([image], input=program.encode(), check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def measure(arguments, program):
    """The least of many rounds for each image: what a busy machine adds is never less than nothing."""
    rounds = [(seconds(arguments.counting, program), seconds(arguments.other, program)) for _ in range(arguments.rounds)]
    return min(counting for counting, _ in rounds), min(other for _, other in rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counting")
    parser.add_argument("other")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    logarithms = []
    empty = measure(arguments, "pass")
    print(f"{'processor time':20} {'counting':>10} {'not':>10} {'ratio':>8}")
    for name, program in PROGRAMS.items():
        counting, other = measure(arguments, program)
        # Without what it takes to start: one of the images may hold a running interpreter and the other not.
        counting, other = counting - empty[0], other - empty[1]
        logarithms.append(math.log(counting / other))
        print(f"{name:20} {counting:9.3f}s {other:9.3f}s {counting / other:7.3f}x")
    print(f"{'geometric mean':42} {math.exp(statistics.mean(logarithms)):7.3f}x")


if __name__ == "__main__":
    main()
