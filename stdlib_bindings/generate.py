#!/usr/bin/env python3
"""Turns tables/host_calls.tsv and native_exceptions.tsv into the headers that rename CPython's host calls, lists for the checks, and docs/host_calls.md.

    generate.py                  check: the table is well formed, its host functions exist, the page of the docs is up to date
    generate.py --write          the same, and refresh the page
    generate.py --output DIR     also write redirect_{full,sandbox}.h, bound_{full,sandbox}.txt, prototypes_full.h and
                                 native_exceptions.h below DIR

A finding is printed as file:line: rule: what is wrong and the way out; the exit code is then 1.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TABLE = HERE / "tables" / "host_calls.tsv"
EXCEPTIONS = HERE / "tables" / "native_exceptions.tsv"
PAGE = ROOT / "docs" / "host_calls.md"
CAPABILITIES = ROOT / "policy" / "tables" / "capabilities.tsv"
HOST_TABLES = ROOT / "host_env" / "tables"

COLUMNS = ("libc_name", "kind", "host_env_function", "capability", "audit_event", "sealed")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
EXCEPTION_COLUMNS = ("module", "library", "capability", "what_it_does", "reason")
HOST_FUNCTION = re.compile(r"(-|\([a-z-]+\)|[a-z][a-z0-9_]*)\Z")
# Names of libraries that reach files by themselves; the rest is libc's.
LIBRARY_NAME = re.compile(r"(BIO|PEM|SSL|X509|sqlite3)_")
# The variants, and the column that decides whether a row belongs to one.
VARIANTS = {"full": "host_env_function", "sandbox": "sealed"}


class Findings:
    """Collects what is wrong; prints each as file:line: rule: text."""

    def __init__(self):
        self.count = 0

    def add(self, path, line, rule, text):
        self.count += 1
        try:
            path = path.relative_to(ROOT)
        except ValueError:
            pass
        print(f"{path}:{line}: {rule}: {text}", file=sys.stderr)


def read_table(path, columns):
    """(line number, {column: value}) of each row; a row with too few or many fields is given as None."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        yield number, dict(zip(columns, fields)) if len(fields) == len(columns) else None


def first_column(path):
    return {line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}


def check_row(row, number, capabilities, host_functions, findings, table):
    if not NAME.match(row["libc_name"]):
        findings.add(table, number, "name", f"{row['libc_name']!r} is not a C name")
    if row["kind"] not in ("function", "variable"):
        findings.add(table, number, "kind", f"{row['kind']!r} is neither function nor variable")
    if not HOST_FUNCTION.match(row["host_env_function"]):
        findings.add(table, number, "host_env_function", f"{row['host_env_function']!r}: write a name without host_, - or (several)")
    elif host_functions and row["host_env_function"][0] not in "-(" and row["kind"] == "function" \
            and row["host_env_function"] not in host_functions:
        findings.add(table, number, "host_env_function", f"no row {row['host_env_function']!r} in host_env/tables: add the function there or correct the name")
    if row["capability"] not in capabilities and not (row["capability"] == "-" and row["host_env_function"].startswith("(")):
        findings.add(table, number, "capability", f"{row['capability']!r} is not in policy/tables/capabilities.tsv")
    if row["host_env_function"] == "-" and row["sealed"] == "-":
        findings.add(table, number, "useless", f"{row['libc_name']} is redirected in no variant: remove the row")


def known_host_functions():
    return {name for path in HOST_TABLES.glob("*.tsv") for name in first_column(path)}


def load(table, findings, host_functions):
    """All rows of the table, checked; a malformed row is a finding and left out. With host_functions, their names are checked too."""
    capabilities = first_column(CAPABILITIES)
    rows, last = [], ""
    for number, row in read_table(table, COLUMNS):
        if row is None:
            findings.add(table, number, "columns", f"a row has {len(COLUMNS)} tab-separated fields: {', '.join(COLUMNS)}")
            continue
        name = row["libc_name"]
        if name <= last:
            findings.add(table, number, "order", f"{name} must come before {last}: rows are sorted by name, each name once")
        last = name
        check_row(row, number, capabilities, host_functions, findings, table)
        rows.append(row)
    if not rows:
        findings.add(table, 1, "empty", "the table has no row")
    return rows


def load_exceptions(table, findings):
    """The rows of native_exceptions.tsv, checked."""
    capabilities = first_column(CAPABILITIES)
    rows, last = [], ("", "", "")
    for number, row in read_table(table, EXCEPTION_COLUMNS):
        if row is None or not all(row.values()):
            findings.add(table, number, "columns", f"a row has {len(EXCEPTION_COLUMNS)} tab-separated fields: {', '.join(EXCEPTION_COLUMNS)}")
            continue
        key = (row["module"], row["library"], row["capability"])
        if key <= last:
            findings.add(table, number, "order", "rows are sorted by module, library and capability, each once")
        last = key
        if row["capability"] not in capabilities:
            findings.add(table, number, "capability", f"{row['capability']!r} is not in policy/tables/capabilities.tsv")
        rows.append(row)
    return rows


def exceptions_header(rows):
    """X-macros for core/interpreter: the modules, and what each needs."""
    modules = sorted({row["module"] for row in rows})
    lines = [
        "/* Modules whose libraries reach a host by themselves. Generated from stdlib_bindings/tables/native_exceptions.tsv by",
        " * stdlib_bindings/generate.py: do not edit. */",
        "#define NATIVE_MODULE_TABLE(X) \\",
        " \\\n".join(f"    X({module})" for module in modules),
        "#define NATIVE_EXCEPTION_TABLE(X) \\",
        " \\\n".join(f'    X("{row["module"]}", "{row["library"]}", "{row["capability"]}", "{row["what_it_does"]}")' for row in rows),
    ]
    return "\n".join(lines) + "\n"


def belongs(row, variant):
    return row[VARIANTS[variant]] != "-"


def redirect_header(rows, variant):
    """One pragma a name. It renames the symbol only: struct tags, members and macros of that name keep theirs."""
    lines = [
        f"/* Renames what reaches a host to cordon_bind_<name> in the {variant} variant; force-included into every object of CPython and of a",
        " * library built with it. Generated from stdlib_bindings/tables/host_calls.tsv by stdlib_bindings/generate.py: do not edit. */",
        f"#ifndef CORDON_REDIRECT_{variant.upper()}_H",
        f"#define CORDON_REDIRECT_{variant.upper()}_H",
        "#if defined(_FORTIFY_SOURCE) || defined(_FILE_OFFSET_BITS) || defined(_LARGEFILE_SOURCE)",
        "#error \"libc's own asm labels win over the renames below: leave _FORTIFY_SOURCE, _FILE_OFFSET_BITS and _LARGEFILE_SOURCE unset\"",
        "#endif",
        "#ifndef __ASSEMBLER__",
    ]
    lines += [f"#pragma redefine_extname {row['libc_name']} cordon_bind_{row['libc_name']}" for row in rows if belongs(row, variant)]
    lines += ["#endif", "#endif", ""]
    return "\n".join(lines)


def bound_names(rows, variant):
    return "".join(f"cordon_bind_{row['libc_name']}\n" for row in rows if belongs(row, variant))


def prototypes(rows):
    """Each adapter of the full variant has exactly the type of what it stands for: the compiler compares them."""
    lines = [
        "/* The adapters' prototypes, taken from libc's own declarations. Generated from stdlib_bindings/tables/host_calls.tsv by",
        " * stdlib_bindings/generate.py: do not edit. Include libc's headers first. */",
    ]
    for row in rows:
        if belongs(row, "full") and not LIBRARY_NAME.match(row["libc_name"]):
            storage = "extern " if row["kind"] == "variable" else ""
            lines.append(f"{storage}__typeof__({row['libc_name']}) cordon_bind_{row['libc_name']};")
    return "\n".join(lines) + "\n"


def page(rows, exceptions):
    counts = {variant: sum(belongs(row, variant) for row in rows) for variant in VARIANTS}
    lines = [
        "# How CPython's C code reaches a host",
        "",
        "Generated from `stdlib_bindings/tables/host_calls.tsv` by `stdlib_bindings/generate.py --write`. A CPython object calls",
        "`cordon_bind_<name>` where it would call `<name>`. In the full variant that adapter calls the function of `host_env` named here, which asks",
        "the policy for the capability first; in the sandbox the sealed layer answers. A dash means that the variant does not redirect the name.",
        "The audit event is the one that CPython raises before the call, if it raises one.",
        "",
        f"{len(rows)} names; {counts['full']} are redirected in the full variant, {counts['sandbox']} in the sandbox.",
        "",
        "| name | full: host_env | capability | audit event | sandbox |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        function = row["host_env_function"]
        shown = "-" if function == "-" else function.strip("()").replace("-", " ") if function.startswith("(") else f"`host_{function}`"
        event = row["audit_event"] if row["audit_event"] == "-" else f"`{row['audit_event']}`"
        kind = " (variable)" if row["kind"] == "variable" else ""
        lines.append(f"| `{row['libc_name']}`{kind} | {shown} | {row['capability']} | {event} | {row['sealed']} |")
    lines += [
        "",
        "## What libraries do by themselves",
        "",
        "From `stdlib_bindings/tables/native_exceptions.tsv`. Importing such a module raises `ImportError`, naming the capability, unless the policy",
        "grants every capability in its rows without limit.",
        "",
        "| module | library | capability | what it does | why it stays |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{row['module']}` | {row['library']} | {row['capability']} | {row['what_it_does']} | {row['reason']} |" for row in exceptions]
    return "\n".join(lines) + "\n"


def write_if_changed(path, text):
    """A file that stays the same keeps its time, so nothing is rebuilt for it."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="refresh docs/host_calls.md")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR", help="write the generated headers and lists below DIR")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE, help="another table (for tests)")
    arguments = parser.parse_args()

    findings = Findings()
    # A build (--output) does not wait for host_env's tables; the check does, and a missing function would not link anyway.
    host_functions = set() if arguments.output else known_host_functions()
    rows = load(arguments.table.resolve(), findings, host_functions)
    exceptions = load_exceptions(EXCEPTIONS, findings)
    if arguments.output:
        write_if_changed(arguments.output / "native_exceptions.h", exceptions_header(exceptions))
        for variant in VARIANTS:
            write_if_changed(arguments.output / f"redirect_{variant}.h", redirect_header(rows, variant))
            write_if_changed(arguments.output / f"bound_{variant}.txt", bound_names(rows, variant))
        write_if_changed(arguments.output / "prototypes_full.h", prototypes(rows))
    if arguments.write:
        write_if_changed(PAGE, page(rows, exceptions))
    elif not arguments.output and arguments.table == TABLE and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(rows, exceptions)):
        findings.add(PAGE, 1, "stale", "run stdlib_bindings/generate.py --write")
    return 1 if findings.count else 0


if __name__ == "__main__":
    sys.exit(main())
