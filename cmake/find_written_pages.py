#!/usr/bin/env python3
"""Finds the pages that a start of an image writes: runs it as a supervisor would, once with a program and once with an execution, and reads from /proc which pages
became the process's own.

    find_written_pages.py IMAGE OUTPUT

Writes lines of `address bytes`, hexadecimal, whole pages, ascending. The image populates these in one go before it locks itself, which costs a tenth of a fault.
"""
import os
import re
import struct
import subprocess
import sys

PAGE = 4096
MAGIC, VERSION = 0x4E524300, 2
CONFIGURE, PROGRAM, INPUT_WANTED, EXIT, EXECUTE, RESULT = 2, 4, 6, 8, 9, 10
HEADER = struct.Struct("<IBBHII")
# Asks for input as late as a program can: when its own objects are finalised.
PROGRAM_TRIAL = b"class Last:\n    def __del__(self): input()\nlast = Last()\nprint(1+1)\n"
# A session never ends from inside: it has written what it writes when its result is there. In MessagePack: {"source": bytes}.
SESSION_SOURCE = b"print(1+1)"
SESSION_TRIAL = b"\x81\xa6source\xc4" + bytes([len(SESSION_SOURCE)]) + SESSION_SOURCE
# The request's frame, its id, and the answer at which to look.
TRIALS = ((PROGRAM, 0, b"\x01" + PROGRAM_TRIAL, INPUT_WANTED), (EXECUTE, 1, SESSION_TRIAL, RESULT))
PRESENT, OF_A_FILE = 1 << 63, 1 << 61
# A page more costs less than a call more.
GAP_PAGES = 2
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
    """A range never leaves its area: the kernel refuses one with a hole in it."""
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
    # Areas that only one trial has were made by it, and are not there at a start.
    areas = [sorted(trials[0][area] | trials[1][area]) for area in sorted(trials[0].keys() & trials[1].keys())]
    gap = GAP_PAGES
    while len(join(areas, gap)) > RANGES_MAX:
        gap *= 2
    with open(output, "w", encoding="ascii") as file:
        for first, end in join(areas, gap):
            file.write(f"{first:#x} {end - first:#x}\n")


if __name__ == "__main__":
    main()
