#!/usr/bin/env python3
"""Turns tables/capabilities.tsv into the table of capabilities that policy compiles in. Usage: generate.py --output FILE"""
import argparse
import pathlib

TABLE = pathlib.Path(__file__).resolve().parent / "tables" / "capabilities.tsv"
# What a rule of a policy file can limit, by the argument's name in the table.
FIELDS = {"path": "PATH", "name": "NAME", "host": "HOST", "address": "ADDRESS", "port": "PORT"}


def fields_of(capability, arguments):
    # A path limits files only through roots, which host_env enforces; a library or a program that may run can reach past any path.
    names = [FIELDS[argument] for argument in arguments.split(",") if argument in FIELDS]
    if not capability.startswith("fs.") and "PATH" in names:
        names.remove("PATH")
    return " | ".join(f"POLICY_FIELD_{name}" for name in names) or "0"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    output = parser.parse_args().output
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    text = "/* Every capability, and what a rule can limit it by. Generated from policy/tables/capabilities.tsv by policy/generate.py: do not edit. */\n"
    text += "#define POLICY_CAPABILITY_TABLE(X) \\\n"
    text += " \\\n".join(f'    X("{row[0]}", {fields_of(row[0], row[1])})' for row in rows) + "\n"
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
