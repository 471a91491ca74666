#!/usr/bin/env python3
"""clang-tidy for one file while CMake compiles it (preset tidy), with the flags and exceptions of check_boundary's rule compile.tidy.

    tidy.py SOURCE -- COMPILER FLAG ...

CMake calls it (CMAKE_C_CLANG_TIDY). Only rooms have rules; other files, and what tests and bench compile of the rooms, are left alone. A complaint is printed as
file:line: what, with the way out; the exit code is then 1.
"""
import os
import sys

from boundary import bans, compiled, rule


def is_judged(path, flags):
    output = flags[flags.index("-o") + 1] if "-o" in flags else ""
    return path.startswith(tuple(f"{folder}/" for folder in bans.TIDY_FOLDERS)) and not output.startswith(("tests/", "bench/"))


def judge(path, file, flags):
    """The exit code for a file that stands at `path` of the tree."""
    if not is_judged(path, flags):
        return 0
    found = compiled.complaints(path, file, compiled.tidy(path, file, flags), bans.exceptions())
    for where, what, way_out in found:
        print(f"{where}: {what}\n    way out: {way_out}", file=sys.stderr)
    return 1 if found else 0


def main(arguments):
    if "--" not in arguments[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    separator = arguments.index("--")
    file = os.path.realpath(arguments[separator - 1])
    return judge(os.path.relpath(file, rule.ROOT), file, arguments[separator + 1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
