#!/usr/bin/env python3
"""Runs the POSIX cases in two interpreters and compares what they answer, or the quota cases in the sandbox alone.

    run_cases.py --reference COMMAND --subject COMMAND [AREA...]
    run_cases.py --reference COMMAND --subject COMMAND --differences FILE [AREA...]
    run_cases.py --quota --subject COMMAND

Each COMMAND reads a program from standard input (`python -`, `cordon-sandbox`). A command that runs on this machine's own files gets a fresh
temporary directory and, when started by root, an ordinary user; the sandbox has its own of both. Exit code 1: something differs. A row of FILE
(case, the subject's answer, reason; tab-separated) says what is to differ: then it must, and just so.
"""
import argparse
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ORDINARY_USER = 1000
DESCRIPTORS = 1024
TIME_LIMIT_S = 300


def program_of(path, area):
    return "\n".join([(HERE / "harness.py").read_text(), path.read_text(), f"run_all({area!r}, {ORDINARY_USER})", ""])


def can_be_reached(command):
    """By everybody, as a checkout in root's home can't: then the interpreter starts as root and becomes the ordinary user itself."""
    path = pathlib.Path(shutil.which(shlex.split(command)[0]) or "/nowhere").resolve()
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents] if part.exists())


def environment(directory):
    keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS") if name in os.environ}
    return {**keep, "TMPDIR": directory, "HOME": directory, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "", "PYTHONUTF8": "1"}


def run(command, program):
    """Name -> answer, and whether the program came to its end."""
    with tempfile.TemporaryDirectory(prefix="cordon-posix-") as directory:
        who = {}
        if os.geteuid() == 0:
            os.chown(directory, ORDINARY_USER, ORDINARY_USER)
            if can_be_reached(command):
                who = {"user": ORDINARY_USER, "group": ORDINARY_USER, "extra_groups": []}
        limit = min(DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        os.chmod(directory, 0o755)
        done = subprocess.run(shlex.split(command), input=program.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=directory,
                              env=environment(directory), timeout=TIME_LIMIT_S, **who)
    text = done.stdout.decode("utf-8", "backslashreplace")
    answers = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    return answers, done.returncode, text


def run_area(command, path, area):
    answers, code, text = run(command, program_of(path, area))
    if answers.pop(area, None) != "done" or code != 0:
        print(f"{area}: {command} ended early, exit code {code}; its last lines:")
        print("\n".join("    " + line for line in text.splitlines()[-8:]))
        return answers, False
    return answers, True


def read_differences(path):
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")] if path else []
    return {name: answer for name, answer, _ in rows}


def compare(reference, subject, areas, differences):
    differing = total = 0
    unseen = set(differences)
    for path in sorted((HERE / "cases").glob("*.py")):
        if areas and path.stem not in areas:
            continue
        expected, reference_ended = run_area(reference, path, path.stem)
        actual, subject_ended = run_area(subject, path, path.stem)
        differing += not (reference_ended and subject_ended)
        for name in dict.fromkeys([*expected, *actual]):
            total += 1
            # A case that raises by mistake would agree with itself: it is a failure of the table.
            is_broken = expected.get(name, "").startswith(("'raised", '"raised'))
            unseen.discard(name)
            if is_broken or actual.get(name) != differences.get(name, expected.get(name)):
                differing += 1
                print(f"{name}\n    reference  {expected.get(name)}\n    subject    {actual.get(name)}")
    if not areas:
        differing += len(unseen)
        for name in sorted(unseen):
            print(f"{name} is no case")
    print(f"{total} cases, {differing} differ" + (f" besides {len(differences)} that should" if differences else ""))
    return differing == 0 and total > 0


def check_quota(subject):
    path = HERE / "quota_cases.py"
    scope = {"case": lambda function: function}
    exec(path.read_text(), scope)  # only for its table of expected answers
    actual, ended = run_area(subject, path, "quota")
    differing = 0
    for name, expected in scope["EXPECTED"].items():
        got = actual.pop(f"quota.{name}", None)
        if got != repr(expected):
            differing += 1
            print(f"quota.{name}\n    expected  {expected!r}\n    answered  {got}")
    for name in actual:
        differing += 1
        print(f"{name} has no expected answer")
    print(f"{len(scope['EXPECTED'])} quota cases, {differing} differ")
    return ended and differing == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference")
    parser.add_argument("--subject", required=True)
    parser.add_argument("--quota", action="store_true")
    parser.add_argument("--differences", type=pathlib.Path)
    parser.add_argument("areas", nargs="*")
    arguments = parser.parse_args()
    if arguments.quota:
        return 0 if check_quota(arguments.subject) else 1
    if not arguments.reference:
        parser.error("--reference is missing")
    return 0 if compare(arguments.reference, arguments.subject, arguments.areas, read_differences(arguments.differences)) else 1


if __name__ == "__main__":
    sys.exit(main())
