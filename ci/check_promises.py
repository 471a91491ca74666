#!/usr/bin/env python3
"""Holds docs/security.md to what is tested: each promise of ci/tables/promises.tsv is held by tests and rules that exist, and the page shows the same table.

    check_promises.py                the page agrees with the table
    check_promises.py --write        write the table into the page
    check_promises.py --build DIR    besides: each test, case and rule is there (ctest's own list, ci/check_boundary.py --list)
    check_promises.py --table FILE   another table (the test of this program does)
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- from ci/tables/promises.tsv: ci/check_promises.py --write -->", "<!-- end of table -->"
HOLDER = re.compile(r"(test|rule):([\w.-]+)(?:/([\w.-]+))?$")


class Findings:
    def __init__(self):
        self.count = 0

    def add(self, where, rule, way_out):
        self.count += 1
        print(f"{where}: {rule}\n    way out: {way_out}", file=sys.stderr)


def read_rows(path, findings):
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or not HOLDER.match(fields[1]):
            findings.add(f"{path.name}:{number}", "not promise, holder, shows", "a holder is test:NAME, test:NAME/case or rule:NAME")
            continue
        found.append((number, *fields))
    return found


def promises_of_page(text):
    """The numbered promises: "1. **Words.** ..."; the words of the table must be those of the page."""
    return {match[1]: match[2] for match in re.finditer(r"^(\d+)\. \*\*(.+?)\.\*\*", text, re.M)}


def table_of(rows):
    lines = ["| | held by | which shows |", "|---|---|---|"]
    for _, promise, holder, shows in rows:
        kind, name, case = HOLDER.match(holder).groups()
        shown = f"`make check-boundary`, {name}" if kind == "rule" else f"`ctest -R {name}`" + (f", {case}" if case else "")
        lines.append(f"| {promise.split(' ', 1)[0]} | {shown} | {shows} |")
    return "\n".join(lines)


def check_page(rows, page, table, findings):
    named = promises_of_page(page)
    for number, promise, _, _ in rows:
        key, words = promise.split(" ", 1)
        if named.get(key, "").lower() != words:
            findings.add(f"{table.name}:{number}", f"promise {promise!r} is not promise {key} of docs/security.md", "the same words in both, lower case here")
    held = {promise.split(" ", 1)[0] for _, promise, _, _ in rows}
    for key in sorted(set(named) - held):
        findings.add("docs/security.md", f"promise {key} ({named[key]}) is held by nothing", f"a row in {table.name}, or no promise")


def check_exists(rows, build, table, findings):
    tests = {test["name"] for test in json.loads(subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True).stdout)["tests"]}
    listed = subprocess.run([sys.executable, ROOT / "ci/check_boundary.py", "--list"], capture_output=True, text=True, check=True).stdout
    rules = {line.split()[0] for line in listed.splitlines() if line.strip()}
    sources = None
    for number, _, holder, _ in rows:
        kind, name, case = HOLDER.match(holder).groups()
        if name not in (rules if kind == "rule" else tests):
            findings.add(f"{table.name}:{number}", f"there is no {kind} {name}", "name one that exists; a promise without a test is none")
        if case:
            sources = sources or [path.read_text(encoding="utf-8", errors="replace") for path in sorted((ROOT / "tests").rglob("*"))
                                  if path.suffix in (".c", ".py", ".h", ".inc", ".sh")]
            if not any(re.search(rf"\b{re.escape(case)}\b", source) for source in sources):
                findings.add(f"{table.name}:{number}", f"no test has a case {case}", "name one that exists")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--table", type=pathlib.Path, default=ROOT / "ci" / "tables" / "promises.tsv")
    options = parser.parse_args()
    findings = Findings()
    rows = read_rows(options.table, findings)
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0] + BEGIN, END + page.split(END)[1]
    wanted = f"{before}\n{table_of(rows)}\n{after}"
    if options.write:
        PAGE.write_text(wanted, encoding="utf-8")
    elif wanted != page:
        findings.add("docs/security.md", "its table is not that of ci/tables/promises.tsv", "ci/check_promises.py --write")
    check_page(rows, page, options.table, findings)
    if options.build:
        check_exists(rows, options.build, options.table, findings)
    return 1 if findings.count or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
