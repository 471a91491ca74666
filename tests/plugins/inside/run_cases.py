#!/usr/bin/env python3
"""Runs test programs about plugins in one variant; hides how their folder comes to where they run.

usage: run_cases.py --full CORDON_PYTHON | --sandbox CORDON  FILE...
"""
import argparse
import pathlib
import re
import subprocess
import sys

CASES = pathlib.Path(__file__).resolve().parent / "cases"


# A sandbox knows no variable that would put a folder on its path before it starts.
START = "import runpy, sys; sys.path.insert(0, '/cases'); runpy.run_path('/cases/{}', run_name='__main__')"


def command_of(options, file):
    if options.full:
        return [options.full, "-B", str(CASES / file)]
    limits = ["--memory", "1G", "--fs-files", "100K", "--time", "240s", "--cpu", "240s"]
    return [options.sandbox, "run", "--file", f"{CASES}:/cases", *limits, "-c", START.format(file)]


def complaint_about(options, file):
    """What is wrong with the program, or None. A program that ends well without having tested anything is wrong too."""
    done = subprocess.run(command_of(options, file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    print(text, end="")
    if done.returncode != 0:
        return f"exit code {done.returncode}"
    ran = re.search(r"^Ran (\d+) tests?", text, re.MULTILINE)
    return None if ran and int(ran[1]) > 0 else "no test ran"


def main():
    parser = argparse.ArgumentParser()
    variant = parser.add_mutually_exclusive_group(required=True)
    variant.add_argument("--full")
    variant.add_argument("--sandbox")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    complaints = [f"{file}: {complaint}" for file in options.files if (complaint := complaint_about(options, file))]
    print(*complaints, sep="\n")
    return 1 if complaints else 0


sys.exit(main())
