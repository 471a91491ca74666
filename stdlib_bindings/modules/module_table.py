#!/usr/bin/env python3
"""Writes the table of built-in modules without CPython's test modules.

    module_table.py CONFIG_C NAMES OUTPUT

CONFIG_C is Modules/config.c as CPython's build made it, with every module. An object made from OUTPUT and linked before libpython takes its place.
"""
import pathlib
import re
import sys


def names_in(path):
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line}


def without_modules(text, names):
    kept = []
    for line in text.splitlines():
        row = re.match(r'\s*\{"(\w+)", PyInit_\w+\},$', line) or re.match(r"extern PyObject\* *PyInit_(\w+)\(void\);$", line)
        if not (row and row[1] in names):
            kept.append(line)
    return "\n".join(kept) + "\n"


def main():
    config, names, output = map(pathlib.Path, sys.argv[1:])
    text = config.read_text(encoding="utf-8")
    if '{"posix", PyInit_posix},' not in text:
        sys.exit(f"{config}: not a table of modules as this script knows it")
    result = without_modules(text, names_in(names))
    output.write_text(result, encoding="utf-8")


if __name__ == "__main__":
    main()
