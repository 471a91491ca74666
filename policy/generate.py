#!/usr/bin/env python3
"""Turns tables/capabilities.tsv and tables/limits.tsv into the tables that policy compiles in. Usage: generate.py --output FILE"""
import argparse
import pathlib

TABLES = pathlib.Path(__file__).resolve().parent / "tables"


def rows(name):
    return [line.split("\t") for line in (TABLES / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def fields_of(arguments):
    """Keys of rules are the words of the column; their flags are the same words in capitals."""
    words = {"sha256": "DIGEST"}
    return " | ".join(f"POLICY_FIELD_{words.get(word, word.upper())}" for word in arguments.split(",") if word != "-") or "0"


def table(name, comment, lines):
    return f"/* {comment} */\n#define {name}(X) \\\n" + " \\\n".join(f"    {line}" for line in lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    output = parser.parse_args().output
    text = "/* Generated from policy/tables/capabilities.tsv and limits.tsv by policy/generate.py: do not edit. */\n"
    text += table("POLICY_CAPABILITY_TABLE", "X(name, fields that a rule can limit it by)",
                  [f'X("{row[0]}", {fields_of(row[1])})' for row in rows("capabilities.tsv")])
    text += table("POLICY_LIMIT_TABLE", "X(member, name, unit)",
                  [f'X({row[0].replace("-", "_")}, "{row[0]}", {row[1].upper()})' for row in rows("limits.tsv")])
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
