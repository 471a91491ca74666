#!/usr/bin/env python3
"""Holds the table of CPython's audit events against CPython's source, and turns it into C and into its docs page. Hides from everybody else
how the source raises them.

    ci/generate_audit_events.py                    check: the table has exactly the source's events, docs/audit_events.md is fresh
    ci/generate_audit_events.py --write            the same, but refresh the column of files and docs/audit_events.md
    ci/generate_audit_events.py --header FILE      write the C table that the build includes; asks for no source
    ci/generate_audit_events.py --source DIR       CPython's source; without it, the one that the build fetches
    ci/generate_audit_events.py --root DIR         work on another tree (the tests of this program do)
"""
import argparse
import ast
import difflib
import pathlib
import re
import subprocess
import sys

TABLE = "core/interpreter/tables/audit_events.tsv"
PAGE = "docs/audit_events.md"
COLUMNS = 5
TREATMENTS = ("each", "once", "covered", "ignore")
KINDS = ("text", "number", "digest", "code", "type", "omit")
# Python's tests and its demonstration programs are no part of an interpreter that people run.
LEFT_OUT = re.compile(r"(^|/)(test|tests|idle_test)/|^Programs/|^Modules/_test|^Tools/|^Doc/|^PCbuild/|^Android/|^iOS/|^Mac/")
# Where the name of an event is passed on, not given: the functions themselves, and sys.audit().
PASSES_ON = {"Python/sysmodule.c", "Include/sysmodule.h", "Include/internal/pycore_sysmodule.h", "Include/cpython/sysmodule.h"}
CALL = re.compile(r"\b_?PySys_Audit(?:Tuple|Tstate)?\s*\(\s*(?:\w*tstate\w*\s*,|ts\s*,)?\s*(?:\"([^\"]+)\"|([^\")]*))\s*,?\s*([^;{]*)")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
UNIT = re.compile(r"_Py_PARSE_OFF_T|[a-zA-Z]#?")
DIRECTIVE = re.compile(r"\.\. audit-event:: *(\S+) +(\"\"|\S+)")


class Findings:
    """Collects what is wrong, as rule, file:line and way out."""

    def __init__(self):
        self.lines = []

    def add(self, where, rule, way_out):
        self.lines.append(f"{where}: {rule}\n    way out: {way_out}")


class Raised:
    """One event as the source raises it: where, and with how many arguments."""

    def __init__(self):
        self.files = set()
        self.counts = set()


def count_format(text):
    """How many arguments a format of Py_BuildValue makes; None if it does not tell: a lone object may be a tuple of arguments."""
    if text.lstrip().startswith("NULL"):
        return 0
    if re.match(r'\s*"O"', text):
        return None
    if not text.lstrip().startswith('"'):
        return None
    literal = re.match(r'\s*((?:"[^"]*"\s*|_Py_PARSE_OFF_T\s*)+)', text).group(1)
    return len(UNIT.findall(literal.replace('"', " ")))


def read_c(path, name, raised, findings):
    text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), path.read_text(encoding="utf-8", errors="replace"))
    for match in CALL.finditer(text):
        event = match.group(1)
        if event is None:
            if name not in PASSES_ON:
                line = text.count("\n", 0, match.start()) + 1
                findings.add(f"CPython's {name}:{line}", "raises an event whose name is no literal", f"look at it, then teach {sys.argv[0]}")
            continue
        entry = raised.setdefault(event, Raised())
        entry.files.add(name)
        count = count_format(match.group(3))
        if count is not None:
            entry.counts.add(count)


def read_python(path, name, raised, findings):
    text = path.read_text(encoding="utf-8", errors="replace")
    if "audit(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit"
                and isinstance(node.func.value, ast.Name) and node.func.value.id in ("sys", "_sys")):
            continue
        first = node.args[0] if node.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            findings.add(f"CPython's {name}:{node.lineno}", "raises an event whose name is no literal", f"look at it, then teach {sys.argv[0]}")
            continue
        entry = raised.setdefault(first.value, Raised())
        entry.files.add(name)
        entry.counts.add(len(node.args) - 1)


def read_source(source, findings):
    raised = {}
    for folder, suffixes in (("Include", (".h",)), ("Modules", (".c", ".h")), ("Objects", (".c", ".h")), ("PC", (".c", ".h")), ("Parser", (".c", ".h")),
                             ("Python", (".c", ".h")), ("Lib", (".py",))):
        for path in sorted((source / folder).rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.suffix in suffixes and not LEFT_OUT.search(name):
                (read_python if path.suffix == ".py" else read_c)(path, name, raised, findings)
    return raised


def read_documents(source):
    """Event to its sets of arguments, by CPython's documents."""
    documented = {}
    for path in sorted((source / "Doc").rglob("*.rst")):
        for event, arguments in DIRECTIVE.findall(path.read_text(encoding="utf-8", errors="replace")):
            names = tuple(name for name in arguments.strip('"').split(",") if name)
            documented.setdefault(event, set()).add(names)
    return documented


def read_internal_events(source):
    """The events that the documents list by hand, in a table of text."""
    text = (source / "Doc/library/audit_events.rst").read_text(encoding="utf-8")
    events = {}
    last = None
    for name, arguments in re.findall(r"^\| *([\w.]*) *\| (.*?) *\|$", text, re.MULTILINE):
        last = name or last
        if last:
            events.setdefault(last, []).extend(re.findall(r"``(\w+)``", arguments))
    events.pop("Audit", None)
    return {event: {tuple(names)} for event, names in events.items()}


# ---- The table -----------------------------------------------------------------------------------------------------------------------


class Row:
    def __init__(self, fields, line):
        self.event, self.arguments, self.files, self.treatment, self.what = fields
        self.line = line

    def names(self):
        return [] if self.arguments == "-" else [part.split("=")[0] for part in self.arguments.split(",")]

    def kinds(self):
        return [] if self.arguments == "-" else [part.split("=")[1] for part in self.arguments.split(",")]

    def text(self):
        return "\t".join((self.event, self.arguments, self.files, self.treatment, self.what))


def read_table(path, findings):
    rows, comments = {}, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            comments.append(line)
            continue
        fields = line.split("\t")
        if len(fields) != COLUMNS:
            findings.add(f"{TABLE}:{number}", f"{len(fields)} columns instead of {COLUMNS}", "separate columns by one tab; - for nothing")
            continue
        row = Row(fields, number)
        rows[row.event] = row
        check_row(row, findings)
    return comments, rows


def check_row(row, findings):
    where = f"{TABLE}:{row.line}"
    if row.treatment not in TREATMENTS:
        findings.add(where, f"{row.event} is treated as {row.treatment!r}", "one of " + ", ".join(TREATMENTS))
    if row.what == "-" and row.treatment in ("covered", "ignore"):
        findings.add(where, f"{row.event} is left out of the record without a word", "name the capabilities that cover it, or the reason")
    parts = [] if row.arguments == "-" else row.arguments.split(",")
    for part in parts:
        if not re.fullmatch(r"\w+=(" + "|".join(KINDS) + ")", part):
            findings.add(where, f"{row.event} has the argument {part!r}", "NAME=KIND, where KIND is one of " + ", ".join(KINDS))


def check_covered(rows, capabilities, findings):
    for row in rows.values():
        if row.treatment != "covered":
            continue
        for capability in row.what.split(" "):
            if capability not in capabilities:
                findings.add(f"{TABLE}:{row.line}", f"{row.event} is covered by {capability!r}, which is no capability",
                             "names of policy/tables/capabilities.tsv, separated by blanks")


def compare(rows, raised, findings):
    """The difference between table and source, in both directions."""
    for event in sorted(raised.keys() - rows.keys()):
        findings.add(TABLE, f"+ {event} ({', '.join(sorted(raised[event].files))}) is raised by CPython's source, but has no row",
                     "add a row and decide what becomes of it")
    for event in sorted(rows.keys() - raised.keys()):
        findings.add(f"{TABLE}:{rows[event].line}", f"- {event} has a row, but CPython's source does not raise it", "remove the row")
    for event in sorted(raised.keys() & rows.keys()):
        row, counts = rows[event], raised[event].counts
        if counts and len(row.names()) != max(counts):
            findings.add(f"{TABLE}:{row.line}", f"{event} has {len(row.names())} arguments here and {max(counts)} in CPython's source", "name each argument")


def table_text(comments, rows):
    return "\n".join(comments + [rows[event].text() for event in sorted(rows, key=str.encode)]) + "\n"


# ---- The docs page -------------------------------------------------------------------------------------------------------------------


def differences(rows, raised, documented):
    """Rows of a table: event, what the source does, what the documents say."""
    for event in sorted(raised.keys() | documented.keys(), key=str.encode):
        if event not in documented:
            yield event, "raised in " + ", ".join(sorted(raised[event].files)), "not mentioned"
        elif event not in raised:
            yield event, "not raised", "documented"
        else:
            told = sorted(documented[event])
            wrong = [names for names in told if raised[event].counts and len(names) not in raised[event].counts]
            if wrong:
                numbers = " or ".join(str(count) for count in sorted(raised[event].counts))
                yield event, f"{numbers} arguments: {', '.join(rows[event].names()) or 'none'}", f"{len(wrong[0])} arguments: {', '.join(wrong[0]) or 'none'}"


def page_text(rows, raised, documented, version):
    lines = [
        "# Audit events of CPython, and what becomes of each", "",
        "Made by `ci/generate_audit_events.py` from `core/interpreter/tables/audit_events.tsv`, which is held against the source of CPython "
        f"{version}; edit the table instead.", "",
        "CPython raises an audit event where its authors saw a need for one. `cordon audit` records accesses to the host where they happen, in `host_env`, whether an event was "
        "raised or not; of the events it adds those that tell what the interpreter did within itself.", "",
        "| treatment | meaning |", "|---|---|",
        "| `each` | a line of type `event` each time |",
        "| `once` | one such line for each process, place in the code and set of arguments, the first time |",
        "| `covered` | no line: what was done to the host has a line of its own, under the capabilities named |",
        "| `ignore` | no line, for the reason given |", "",
        "Of an argument the record holds a short `text`, a `number`, a `digest` (`NAME_bytes` and `NAME_sha256` of its bytes, never themselves), of a `code` object file, name and digest "
        "(`NAME_file`, `NAME_name`, `NAME_sha256`), or of any object only its `type`. What is marked `omit` is left out: it is secret, large, or another number in each run.", "",
        "| event | arguments | treatment | |", "|---|---|---|---|",
    ]
    for event in sorted(rows, key=str.encode):
        row = rows[event]
        arguments = ", ".join(f"{name} ({kind})" for name, kind in zip(row.names(), row.kinds())) or "-"
        what = ", ".join(f"`{name}`" for name in row.what.split(" ")) if row.treatment == "covered" else row.what
        lines.append(f"| `{event}` | {arguments} | {row.treatment} | {what} |")
    lines += ["", "## Where CPython's documents differ from its source", "", "| event | source | documents |", "|---|---|---|"]
    lines += [f"| `{event}` | {source} | {told} |" for event, source, told in differences(rows, raised, documented)]
    return "\n".join(lines) + "\n"


# ---- C -------------------------------------------------------------------------------------------------------------------------------


# What an argument's lines are called when it takes more than one.
PARTS = {"digest": ("bytes", "sha256"), "code": ("file", "name", "sha256")}


def argument_text(name, kind):
    labels = ", ".join(f'"{label}"' for label in (name, *(f"{name}_{part}" for part in PARTS.get(kind, ()))))
    return f"{{ AUDIT_EVENT_{kind.upper()}, {{ {labels} }} }}"


def header_text(rows):
    """Sorted by bytes, so that the program can look an event up by halves."""
    lines = ["/* Made by ci/generate_audit_events.py from core/interpreter/tables/audit_events.tsv; edit the table instead. */",
             "#ifndef AUDIT_EVENTS_H", "#define AUDIT_EVENTS_H", "",
             "/* X(event, treatment, count of arguments, { kind, { name, names of its parts } } of each), sorted by bytes. */", "#define AUDIT_EVENT_TABLE(X) \\"]
    for event in sorted(rows, key=str.encode):
        row = rows[event]
        arguments = ", ".join(argument_text(name, kind) for name, kind in zip(row.names(), row.kinds())) or argument_text("", "omit")
        lines.append(f'    X("{event}", AUDIT_EVENT_{row.treatment.upper()}, {len(row.names())}, {arguments}) \\')
    longest = max(len(row.names()) for row in rows.values())
    return "\n".join(lines).rstrip("\\ ") + f"\n\nenum {{ AUDIT_EVENT_ARGUMENTS_MAX = {longest} }};\n\n#endif\n"


# ---- The program ---------------------------------------------------------------------------------------------------------------------


def fetched_source(root):
    return pathlib.Path(subprocess.run([root / "cmake/third_party/fetch.sh", "cpython"], capture_output=True, text=True, check=True).stdout.strip())


def settle(path, name, wanted, write, findings):
    """A file that is made from others is as they say, or is refreshed."""
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    if current == wanted:
        return
    if write:
        path.write_text(wanted, encoding="utf-8")
        return
    shown = "\n".join(list(difflib.unified_diff(current.splitlines(), wanted.splitlines(), name, name, lineterm=""))[:40])
    findings.add(name, f"is not what table and source make of it\n{shown}", "ci/generate_audit_events.py --write")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--header", type=pathlib.Path)
    parser.add_argument("--source", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    options = parser.parse_args()
    findings = Findings()
    comments, rows = read_table(options.root / TABLE, findings)
    if options.header:
        options.header.write_text(header_text(rows), encoding="utf-8")
    else:
        source = options.source or fetched_source(options.root)
        raised = read_source(source, findings)
        documented = {**read_internal_events(source), **read_documents(source)}
        capabilities = {line.split("\t")[0] for line in (options.root / "policy/tables/capabilities.tsv").read_text(encoding="utf-8").splitlines()}
        check_covered(rows, capabilities, findings)
        compare(rows, raised, findings)
        for event in raised.keys() & rows.keys():
            rows[event].files = ",".join(sorted(raised[event].files))
        version = re.search(r'PY_VERSION\s+"([^"+]+)', (source / "Include/patchlevel.h").read_text(encoding="utf-8")).group(1)
        settle(options.root / TABLE, TABLE, table_text(comments, rows), options.write, findings)
        if not findings.lines:
            settle(options.root / PAGE, PAGE, page_text(rows, raised, documented, version), options.write, findings)
    for line in findings.lines:
        print(line, file=sys.stderr)
    return 1 if findings.lines else 0


if __name__ == "__main__":
    sys.exit(main())
