#!/usr/bin/env python3
"""What counting fuel costs: pure-Python programs in an image, and in a copy of it whose counting instructions are blanked; rounds alternate. The bar is 3 %.

A copy, and not an image built without the patch: every other instruction then lies where it lay, and where they lie changes more than counting costs.

usage: fuel.py IMAGE [--rounds N]
"""
import argparse
import math
import os
import re
import resource
import statistics
import struct
import subprocess
import tempfile

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


EXECUTABLE = 1
DECREMENT = re.compile(rb"\x48\x83\x2d(....)\x01", re.S)  # subq $1, offset(%rip)
BRANCH, BRANCH_BYTES, WITHIN = b"\x0f\x88", 6, 40  # js, soon after
NOTHING = {6: b"\x66\x0f\x1f\x44\x00\x00", 8: b"\x0f\x1f\x84\x00\x00\x00\x00\x00"}


def blank(image, copy):
    """Writes `copy`; answers how many places counted."""
    names = subprocess.run(["nm", image], check=True, capture_output=True, text=True).stdout
    counter = int(re.search(r"^([0-9a-f]+) \w sealed_fuel_left$", names, re.M)[1], 16)
    data = bytearray(open(image, "rb").read())
    table, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    segments = (struct.unpack_from("<IIQQQQ", data, table + 56 * i) for i in range(count))
    offset, address, size = next((s[2], s[3], s[5]) for s in segments if s[0] == 1 and s[1] & EXECUTABLE)
    found = 0
    for match in DECREMENT.finditer(bytes(data[offset:offset + size])):
        if address + match.end() + struct.unpack("<i", match[1])[0] != counter:
            continue
        place = offset + match.start()
        branch = data.find(BRANCH, place + 8, place + WITHIN)
        if branch < 0:
            raise SystemExit(f"{image}: a decrement of the counter at {address + match.start():#x} has no branch that this script knows")
        data[place:place + 8], data[branch:branch + BRANCH_BYTES] = NOTHING[8], NOTHING[6]
        found += 1
    with open(copy, "wb") as file:
        file.write(data)
    os.chmod(copy, 0o755)
    return found


def seconds(image, program):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([image], input=program.encode(), check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def measure(images, program, rounds):
    """The least of many rounds for each image: what a busy machine adds is never less than nothing."""
    return [min(each) for each in zip(*([seconds(image, program) for image in images] for _ in range(rounds)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images = os.path.abspath(arguments.image), os.path.join(folder, "without")
        found = blank(*images)
        if found < 8:
            raise SystemExit(f"{arguments.image}: only {found} places count; the compiler writes them in another way than this script knows")
        empty = measure(images, "pass", arguments.rounds)
        ratios = []
        print(f"What counting fuel costs, in {found} places\n{'processor time':20} {'counting':>10} {'blanked':>10} {'ratio':>9}")
        for name, program in PROGRAMS.items():
            counting, blanked = (took - start for took, start in zip(measure(images, program, arguments.rounds), empty))
            ratios.append(counting / blanked)
            print(f"{name:20} {counting:9.3f}s {blanked:9.3f}s {ratios[-1]:8.3f}x")
        print(f"{'geometric mean':42} {math.exp(statistics.mean(map(math.log, ratios))):8.3f}x")


if __name__ == "__main__":
    main()
