#!/usr/bin/env python3
"""Finds the pages that a start of an image writes: runs it as a supervisor would, with programs and with executions, and reads from /proc which pages
became the process's own.

    find_written_pages.py IMAGE OUTPUT

Writes lines of `address bytes`, hexadecimal, whole pages, ascending. The image populates these in one go before it locks itself, which costs a tenth of a fault.
"""
import collections
import os
import re
import struct
import subprocess
import sys

PAGE = 4096
MAGIC, VERSION = 0x4E524300, 2
CONFIGURE, PROGRAM, INPUT_WANTED, EXIT, EXECUTE, RESULT = 2, 4, 6, 8, 9, 10
HEADER = struct.Struct("<IBBHII")
SOURCES = (b"print(1+1)\n", b"""import json
class Pair:
    def __init__(self, first, second=2): self.pair = [first, second]
    def __repr__(self): return f'Pair({self.pair!r})'
def total(values): return sum(value * 2 for value in values if value % 2)
try: print(total(range(9)), json.dumps({'a': [1, 2.5, None]}), Pair('x'), sorted({3: 'c', 1: 'a'}))
except ValueError as error: print(error)
""")


def session_request(source):
    """In MessagePack: {"source": bytes}."""
    return b"\x81\xa6source\xc5" + len(source).to_bytes(2, "big") + source


# Each source as a program and as an execution: the request's frame, its id, and the answer at which to look. A program asks for input when it has done the rest. A session never
# ends from inside: it has written what it writes when its result is there.
TRIALS = [trial for source in SOURCES for trial in ((PROGRAM, 0, b"\x01" + source + b"input()\n", INPUT_WANTED), (EXECUTE, 1, session_request(source), RESULT))]
# A page that was populated in vain costs half of a fault, so those that fewer starts write are left to faults.
TRIALS_MIN = 3
PRESENT, OF_A_FILE = 1 << 63, 1 << 61

RANGES_MAX = 128


def frame(kind, payload, identity=0):
    return HEADER.pack(MAGIC, VERSION, kind, 0, identity, len(payload)) + payload


def run_until_it_waits(worker, kind, identity, request, awaited):
    worker.stdin.write(frame(CONFIGURE, b"\x80") + frame(kind, request, identity))
    worker.stdin.flush()
    while True:
        header = worker.stdout.read(HEADER.size)
        if len(header) < HEADER.size:
            sys.exit(f"find_written_pages: the trial ended early, code {worker.wait()}")
        _, _, answer, _, _, length = HEADER.unpack(header)
        payload = worker.stdout.read(length)
        if answer == RESULT and b"\xa2ok" not in payload:
            sys.exit(f"find_written_pages: the trial's execution failed: {payload!r}")
        if answer == awaited:
            return
        if answer == EXIT:
            sys.exit(f"find_written_pages: the trial ended before it waited: {payload!r}")


def writable_areas(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) .w", line)
            if match:
                yield int(match[1], 16), int(match[2], 16)


def written_pages(pid):
    """{(first, end) of an area: {address}}"""
    written = {}
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap:
        for first, end in writable_areas(pid):
            pagemap.seek(first // PAGE * 8)
            entries = pagemap.read((end - first) // PAGE * 8)
            written[first, end] = {first + index * PAGE for index, (entry,) in enumerate(struct.iter_unpack("<Q", entries)) if entry & PRESENT and not entry & OF_A_FILE}
    return written


def join(areas, gap):
    """Pages no further than `gap` apart are one range. It never leaves its area: the kernel refuses one with a hole in it."""
    ranges = []
    for pages in areas:
        last = None
        for page in pages:
            if last and page - last[1] <= gap * PAGE:
                last[1] = page + PAGE
            else:
                last = [page, page + PAGE]
                ranges.append(last)
    return ranges


def pages_of_trial(image, trial):
    """{area: its written pages}"""
    with subprocess.Popen([os.path.abspath(image)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as worker:
        try:
            run_until_it_waits(worker, *trial)
            return written_pages(worker.pid)
        finally:
            worker.kill()


def main():
    image, output = sys.argv[1:]
    trials = [pages_of_trial(image, trial) for trial in TRIALS]
    if not all(any(pages.values()) for pages in trials):
        sys.exit("find_written_pages: /proc shows no page that a trial wrote")
    # Areas that only some trials have were made by them, and are not there at a start.
    shared = sorted(set.intersection(*(set(trial) for trial in trials)))
    written = [collections.Counter(page for trial in trials for page in trial[area]) for area in shared]
    areas = [sorted(page for page, count in pages.items() if count >= TRIALS_MIN) for pages in written]
    gap = 0
    while len(join(areas, gap)) > RANGES_MAX:
        gap += 1
    with open(output, "w", encoding="ascii") as file:
        for first, end in join(areas, gap):
            file.write(f"{first:#x} {end - first:#x}\n")


if __name__ == "__main__":
    main()
