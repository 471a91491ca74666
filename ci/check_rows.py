#!/usr/bin/env python3
"""What every table has in common, and what no tracked file may hold. A finding is printed as file:line: rule, with the way out.

    check_rows.py                 check the tracked files
    check_rows.py --root DIR      check another tree, all of its files (the test of this program does)
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

# How many leading columns name a row; the rest describes it.
KEY_COLUMNS = {"audit_system_calls.tsv": 4, "promises.tsv": 2, "native_exceptions.tsv": 3, "banned_exceptions.tsv": 2, "object_domains.tsv": 2}
# In these the order of rows has a meaning of its own.
NOT_SORTED = {"audit_system_calls.tsv", "sources.tsv", "patches.tsv", "sets.tsv", "cpython_tests_differences.tsv"}
SORTED_BY = {"banned_instructions.tsv": (1, 0)}
TEXT = {".c", ".h", ".S", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".tsv", ".def", ".ld", ".yaml", ".toml", ""}


class Findings:
    def __init__(self):
        self.count = 0

    def add(self, where, rule, way_out):
        self.count += 1
        print(f"{where}: {rule}\n    way out: {way_out}", file=sys.stderr)


def tracked(root, is_git):
    if is_git:
        names = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
        return [root / name for name in names if name and (root / name).is_file()]
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def rows(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t")


def check_order(path, name, findings):
    last, width, seen = None, None, set()
    for number, fields in rows(path):
        key = tuple(fields[:KEY_COLUMNS.get(path.name, 1)])
        order = [fields[i].encode() for i in SORTED_BY[path.name]] if path.name in SORTED_BY else [field.encode() for field in key]
        width = width or len(fields)
        if len(fields) != width:
            findings.add(f"{name}:{number}", f"{len(fields)} columns where the first row has {width}", "separate columns by one tab; - for nothing")
        if any(not field.strip() for field in fields):
            findings.add(f"{name}:{number}", "an empty column", "write - for nothing")
        if path.name in NOT_SORTED:
            continue
        if key in seen and path.name not in SORTED_BY:
            findings.add(f"{name}:{number}", f"{' '.join(key)} is there twice", "one row each")
        if last is not None and order < last:
            findings.add(f"{name}:{number}", f"{' '.join(key)} is out of order", "sort by bytes: LC_ALL=C sort")
        last = order
        seen.add(key)


def check_capabilities(root, findings):
    """Every function and every row of libc names exactly one capability of the closed list."""
    known = {fields[0] for _, fields in rows(root / "policy/tables/capabilities.tsv")}
    tables = [(path, 1) for path in sorted((root / "host_env/tables").glob("*.tsv"))] + [(root / "stdlib_bindings/tables/host_calls.tsv", 3)]
    for path, column in tables:
        for number, fields in rows(path):
            capability = fields[column] if len(fields) > column else ""
            dispatched = capability == "-" and len(fields) > 2 and fields[2].startswith("(")
            if capability not in known and not dispatched:
                findings.add(f"{path.relative_to(root)}:{number}", f"{fields[0]} names {capability!r}, which is no capability",
                             "one of policy/tables/capabilities.tsv")


def check_licences(root, findings):
    notice = (root / "NOTICE").read_text(encoding="utf-8").lower()
    for name in sorted({fields[0] for _, fields in rows(root / "cmake/third_party/sources.tsv")}):
        if not re.search(rf"\b{re.escape(name.lower())}\b", notice):
            findings.add("NOTICE:1", f"{name} of cmake/third_party/sources.tsv has no licence here", "add its name and its licence")


def names_of_this_machine(root):
    """Text that only this machine would write: where the checkout and the cache lie, and which mirrors it was told to use."""
    names = {f"{root}/", str(pathlib.Path.home() / ".cache")}
    configured = [path for folder in ("/etc/apt/sources.list", "/etc/apt/sources.list.d") for path in
                  ([pathlib.Path(folder)] if pathlib.Path(folder).is_file() else sorted(pathlib.Path(folder).glob("*")))]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in configured if path.suffix in (".list", ".sources")]
    texts += [value for key, value in os.environ.items() if key.upper().endswith(("_INDEX_URL", "_PROXY", "_REGISTRY"))]
    for url in re.findall(r"\bhttps?://[^\s\"']+", "\n".join(texts)):
        host = urllib.parse.urlsplit(url).hostname
        if host and host not in ("localhost", "127.0.0.1"):
            names.add(host)
    return names


def check_machine(root, paths, findings):
    names = re.compile("|".join(re.escape(name) for name in sorted(names_of_this_machine(root), key=len, reverse=True)))
    for path in paths:
        if path.suffix not in TEXT:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if names.search(line):
                findings.add(f"{path.relative_to(root)}:{number}", "names a place or a mirror of this machine", "take it from the machine's configuration, or leave it out")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path)
    root = parser.parse_args().root
    is_git = root is None
    root = (root or pathlib.Path(__file__).resolve().parents[1]).resolve()
    paths = tracked(root, is_git)
    findings = Findings()
    tables = [path for path in paths if path.suffix == ".tsv"]
    for path in tables:
        check_order(path, path.relative_to(root), findings)
    check_capabilities(root, findings)
    check_licences(root, findings)
    check_machine(root, paths, findings)
    if not tables:
        findings.add(root, "no table was found", "run it on a checkout")
    return 1 if findings.count else 0


if __name__ == "__main__":
    sys.exit(main())
