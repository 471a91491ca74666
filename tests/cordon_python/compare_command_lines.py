#!/usr/bin/env python3
"""Asks the stock build and cordon-python the same command lines: same output, same errors, same exit code.

    compare_command_lines.py --stock PYTHON --subject PYTHON [NAME...]

Exit code 1: something differs, or the stock build did not answer what the table says.
"""
import argparse
import difflib
import sys

import command_lines
import interpreters


def ask(interpreter, case):
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, case.files)
        return interpreter.run(case.arguments, directory, case.variables, case.text)


def complaint(case, expected, actual):
    if expected.code != case.code or case.says not in expected.out + expected.err:
        return f"{case.name}: the stock build should end with {case.code} and say {case.says!r}, but\n    {expected}"
    if expected != actual:
        difference = difflib.unified_diff(str(expected).splitlines(), str(actual).splitlines(), "stock", "subject", lineterm="", n=1)
        return f"{case.name}: {case.arguments}\n    " + "\n    ".join(difference)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("names", nargs="*", help="only these cases")
    arguments = parser.parse_args()
    stock, subject = interpreters.Interpreter(arguments.stock), interpreters.Interpreter(arguments.subject)
    cases = [case for case in command_lines.CASES if not arguments.names or case.name in arguments.names]
    complaints = [text for case in cases if (text := complaint(case, ask(stock, case), ask(subject, case)))]
    print("\n".join(complaints))
    print(f"{len(cases)} command lines, {len(complaints)} complaints")
    return 1 if complaints or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
