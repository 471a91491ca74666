#!/usr/bin/env python3
"""Runs programs/*.py by the stock build and by cordon-python: every case must be answered, and alike.

    compare_programs.py --stock PYTHON --subject PYTHON [PROGRAM[.CASE]...]

Exit code 1: something differs, or a case raised in both.
"""
import argparse
import difflib
import pathlib
import sys

import interpreters

PROGRAMS = pathlib.Path(__file__).parent / "programs"


def ask(interpreter, program, cases):
    """Case -> answer, and what else it said."""
    with interpreters.fresh_directory() as directory:
        answer = interpreter.run([str(program), *cases], directory, {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"})
    lines = answer.out.splitlines()
    answers = dict(line.split("\t", 1) for line in lines if "\t" in line)
    has_ended = "end" in lines and answer.code == 0
    return answers, has_ended, answer


def difference(stock, subject):
    if len(stock) < 200:
        return f"    stock    {stock}\n    subject  {subject}"
    return "\n".join("    " + line for line in difflib.unified_diff(stock.split(", "), subject.split(", "), "stock", "subject", lineterm="", n=1))


def compare(stock, subject, program, cases):
    expected, stock_ended, stock_answer = ask(stock, program, cases)
    actual, subject_ended, subject_answer = ask(subject, program, cases)
    complaints = []
    for who, has_ended, answer in (("stock", stock_ended, stock_answer), ("subject", subject_ended, subject_answer)):
        if not has_ended:
            complaints.append(f"{program.stem}: {who} did not come to its end\n    {answer}")
    for name in dict.fromkeys([*expected, *actual]):
        if expected.get(name) != actual.get(name) or expected.get(name, "raised").startswith("raised"):
            complaints.append(f"{program.stem}.{name}\n" + difference(str(expected.get(name)), str(actual.get(name))))
    if complaints:
        complaints.append(f"    said by the subject beside its answers:\n{subject_answer.err}")
    return len(expected), complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("names", nargs="*", help="only these programs or cases")
    arguments = parser.parse_args()
    stock, subject = interpreters.Interpreter(arguments.stock), interpreters.Interpreter(arguments.subject)
    wanted = [name.split(".") for name in arguments.names]
    total, all_complaints = 0, []
    for program in sorted(PROGRAMS.glob("*.py")):
        cases = [name[1] for name in wanted if name[0] == program.stem and len(name) > 1]
        if program.stem == "cases" or (wanted and program.stem not in [name[0] for name in wanted]):
            continue
        count, complaints = compare(stock, subject, program, cases)
        print(f"{program.stem:14} {count:4} cases" + (", something differs" if complaints else ""), flush=True)
        total += count
        all_complaints += complaints
    print("\n".join(all_complaints))
    print(f"{total} cases, " + ("something differs" if all_complaints else "all alike"))
    return 1 if all_complaints or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
