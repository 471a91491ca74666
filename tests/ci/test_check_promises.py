#!/usr/bin/env python3
"""Plants one fault a time in the table of promises and sees that ci/check_promises.py finds it, and finds nothing in the table as it is.

usage: test_check_promises.py --build DIR
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK, TABLE = ROOT / "ci" / "check_promises.py", ROOT / "ci" / "tables" / "promises.tsv"
NO_CASE = "only_the_image_" + "was_mapped"  # in two pieces, or it would occur below tests/
# name, what of the table is replaced by what, what the finding must say
FAULTS = (
    ("test_that_is_not_there", "test:sandbox_raw_calls\t", "test:sandbox_raw_call\t", "there is no test sandbox_raw_call"),
    ("rule_that_is_not_there", "rule:run.sandbox-calls\t", "rule:run.sandbox-call\t", "there is no rule run.sandbox-call"),
    ("case_that_is_not_there", "/only_the_image_is_mapped\t", f"/{NO_CASE}\t", f"no test has a case {NO_CASE}"),
    ("promise_in_other_words", "3 the host goes on\ttest:escapes_protocol_abuse", "3 the host stops\ttest:escapes_protocol_abuse", "is not promise 3"),
    ("promise_held_by_nothing", "4 one run cannot see another\t", "3 the host goes on\t", "promise 4 (One run cannot see another) is held by nothing"),
    ("holder_of_no_kind", "test:escapes_doors\t", "escapes_doors\t", "not promise, holder, shows"),
    ("page_that_was_not_written", "files, processes, network and signals by their proper names", "files", "its table is not that of"),
)


def check(table, build):
    return subprocess.run([sys.executable, CHECK, "--table", table, "--build", build], capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    text, failures = TABLE.read_text(encoding="utf-8"), 0
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder, "promises.tsv")
        table.write_text(text, encoding="utf-8")
        as_it_is = check(table, build)
        if as_it_is.returncode != 0 or as_it_is.stderr:
            failures += 1
            print(f"FAILED  the table as it is: {as_it_is.stderr}")
        for name, old, new, finding in FAULTS:
            table.write_text(text.replace(old, new), encoding="utf-8")
            result = check(table, build)
            if old not in text or result.returncode == 0 or finding not in result.stderr:
                failures += 1
                print(f"FAILED  {name}: wanted {finding!r}, exit code {result.returncode}: {result.stderr}")
    print(f"{len(FAULTS)} faults planted, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
