#!/usr/bin/env python3
"""Holds the pages that tell exit codes to core/include/cordon/exit_code.h: each code has one meaning, and it is the same everywhere.

    generate_exit_codes.py            the pages agree with the header, and no code of ours is used past it
    generate_exit_codes.py --write    write the table into the pages
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
HEADER = "core/include/cordon/exit_code.h"
PAGES = ("README.md", "docs/audit.md")
FIRST, LAST = 120, 127  # ours; what a program means by them cannot be told from us
BEGIN, END = "<!-- from core/include/cordon/exit_code.h: ci/generate_exit_codes.py --write -->", "<!-- end of exit codes -->"
ROW = re.compile(r'X\((\w+), (\d+),\s*"([^"]*)"\)')
STRING = re.compile(r'"(?:[^"\\\\]|\\\\.)*"?')
RETURNED = re.compile(r"\b(?:return|exit|_exit|host_process_exit)\b[^;\n]*\b(12[0-7])\b")


def rows_of(text, problems):
    rows = [(name, int(code), meaning) for name, code, meaning in ROW.findall(text.replace("\\\n", " "))]
    codes, names = [row[1] for row in rows], [row[0] for row in rows]
    if not rows:
        problems.append(f"{HEADER}: has no rows\n    way out: X(NAME, code, \"meaning\")")
    if len(set(codes)) != len(codes) or len(set(names)) != len(names) or len({row[2] for row in rows}) != len(rows):
        problems.append(f"{HEADER}: a code, a name or a meaning is there twice\n    way out: one meaning for each code")
    if codes != sorted(codes) or any(not FIRST <= code <= LAST for code in codes):
        problems.append(f"{HEADER}: codes are to rise, from {FIRST} to {LAST}\n    way out: sort them")
    return rows


def table(rows):
    return "\n".join([BEGIN, "| code | Cordon ended it because |", "|---|---|", *(f"| {code} | {meaning} |" for _, code, meaning in rows), END])


def check_page(root, name, wanted, write, problems):
    page = root / name
    text = page.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        problems.append(f"{name}: has no place for the table\n    way out: the lines {BEGIN} and {END}, once each")
        return
    start, end = text.index(BEGIN), text.index(END) + len(END)
    if write:
        page.write_text(text[:start] + wanted + text[end:], encoding="utf-8")
    elif text[start:end] != wanted:
        problems.append(f"{name}: tells other exit codes than {HEADER}\n    way out: ci/generate_exit_codes.py --write")


def check_sources(root, problems):
    """A number instead of the name would be a second meaning that nobody sees."""
    for room in ("cli", "core/supervisor", "core/interpreter"):
        for path in sorted((root / room).rglob("*.c")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := RETURNED.search(STRING.sub('""', line)):
                    problems.append(f"{path.relative_to(root)}:{number}: ends with {match[1]}\n    way out: a CORDON_EXIT_ name of cordon/exit_code.h")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="another tree (the test of this program has one)")
    options = parser.parse_args()
    problems = []
    wanted = table(rows_of((options.root / HEADER).read_text(encoding="utf-8"), problems))
    for name in PAGES:
        check_page(options.root, name, wanted, options.write, problems)
    check_sources(options.root, problems)
    print("\n".join(problems), end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
