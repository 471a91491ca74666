#!/usr/bin/env python3
"""Writes the table of built-in modules without CPython's test modules, or with more of them.

    module_table.py CONFIG_C NAMES OUTPUT
    module_table.py CONFIG_C --add NAME... OUTPUT
    module_table.py CONFIG_C NAMES --add NAME... OUTPUT

CONFIG_C is Modules/config.c as CPython's build made it, with every module. An object made from OUTPUT and linked before libpython takes its place.
"""
import pathlib
import re
import sys

POSIX_ROW = '    {"posix", PyInit_posix},\n'


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


def with_modules(text, names):
    declarations = "".join(f"extern PyObject* PyInit_{name}(void);\n" for name in names)
    rows = "".join(f'    {{"{name}", PyInit_{name}}},\n' for name in names)
    return text.replace("struct _inittab ", declarations + "struct _inittab ", 1).replace(POSIX_ROW, rows + POSIX_ROW, 1)


def main():
    config, *names, output = sys.argv[1:]
    config, output = pathlib.Path(config), pathlib.Path(output)
    text = config.read_text(encoding="utf-8")
    if POSIX_ROW not in text or text.count("\nstruct _inittab ") != 1:
        sys.exit(f"{config}: not a table of modules as this script knows it")
    if names and names[0] != "--add":
        text = without_modules(text, names_in(pathlib.Path(names.pop(0))))
    if names and names[0] == "--add":
        text = with_modules(text, names[1:])
    elif names:
        sys.exit(f"{names[0]}: not understood; after the file of names comes --add or nothing")
    output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
