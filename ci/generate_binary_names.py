#!/usr/bin/env python3
"""Turns the tables of names that reach an operating system into the C table of `cordon audit binary`.

    generate_binary_names.py                 check the tables
    generate_binary_names.py --header FILE   and write the header that the build includes

The names are those of stdlib_bindings/tables/host_calls.tsv that reach a host, and of audit/binary/tables/other_names.tsv. A finding is
printed as file:line: rule: what is wrong and the way out; the exit code is then 1.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CALLS = "stdlib_bindings/tables/host_calls.tsv"
OTHERS = "audit/binary/tables/other_names.tsv"
CAPABILITIES = "policy/tables/capabilities.tsv"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# A system call by number can be any; what it asks for, no name says.
BY_NUMBER = {"syscall": "any"}


def rows_of(root, name, width, complain):
    last = b""
    for number, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        where = f"{name}:{number}"
        if len(fields) != width:
            complain(f"{where}: columns: a row has {width} tab-separated fields")
            continue
        if not NAME.match(fields[0]):
            complain(f"{where}: name: {fields[0]!r} is not a C name")
        if fields[0].encode() <= last:
            complain(f"{where}: order: rows are sorted by name (bytes), each name once")
        last = fields[0].encode()
        yield where, fields


def collect(root, complain):
    """{name: (capability, operation or None)}"""
    capabilities = {line.split("\t")[0] for line in (root / CAPABILITIES).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}
    names = {}
    for _, (name, _, operation, capability, _, _) in rows_of(root, CALLS, 6, complain):
        if name in BY_NUMBER:
            names[name] = (BY_NUMBER[name], None)
        elif operation != "-" and capability != "-":
            names[name] = (capability, None if operation.startswith("(") else operation)
    for where, (name, capability, _) in rows_of(root, OTHERS, 3, complain):
        if capability not in capabilities:
            complain(f"{where}: capability: {capability!r} is not in {CAPABILITIES}")
        if name in names:
            complain(f"{where}: twice: {name} is a row of {CALLS}: remove it here")
        names[name] = (capability, None)
    return names


def header(names):
    lines = ["/* Made by ci/generate_binary_names.py; edit the tables instead. */",
             "/* X(name, capability, host function or NULL), sorted by bytes. */", "#define BINARY_NAME_TABLE(X) \\"]
    for name in sorted(names, key=str.encode):
        capability, operation = names[name]
        shown = "NULL" if operation is None else f'"{operation}"'
        lines.append(f'    X("{name}", "{capability}", {shown}) \\')
    return "\n".join(lines).rstrip("\\ ") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--header", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    options = parser.parse_args()
    findings = []
    names = collect(options.root, findings.append)
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        return 1
    if options.header:
        options.header.parent.mkdir(parents=True, exist_ok=True)
        options.header.write_text(header(names), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
