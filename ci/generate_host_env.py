#!/usr/bin/env python3
"""Turns the tables of host_env into C and into its docs page, and hides the shape of those files from everybody else.

    ci/generate_host_env.py                 check: tables are well formed, agree with the headers, docs/host_env.md is fresh
    ci/generate_host_env.py --write         the same, but refresh docs/host_env.md
    ci/generate_host_env.py --output DIR    write the C files that the build includes below DIR
    ci/generate_host_env.py --root DIR      work on another tree (the tests of this program do)
"""

import argparse
import pathlib
import re
import sys

FUNCTION_COLUMNS = 4
CAPABILITY_COLUMNS = 3
GENERATED = "made by ci/generate_host_env.py; edit the tables instead"
# Every function that takes a host_env asks the policy, hence has a row. Its argument is always called env.
DECLARATION = re.compile(r"\bhost_([a-z0-9_]+)\s*\(\s*host_env\s*\*\s*env\b")
# Make and free the environment itself; there is nothing to ask yet, or nothing left.
WITHOUT_ROW = {"env_create", "env_destroy", "env_narrow"}


class Findings:
    """Collects what is wrong, as rule, file:line and way out."""

    def __init__(self):
        self.lines = []

    def add(self, path, line, rule, way_out):
        self.lines.append(f"{path}:{line}: {rule}\n    way out: {way_out}")


class Row:
    def __init__(self, path, line, fields):
        self.path, self.line, self.fields = path, line, fields
        self.name = fields[0]


class Function(Row):
    def __init__(self, path, line, fields):
        super().__init__(path, line, fields)
        self.domain = path.stem
        self.capability, self.arguments, self.meaning = fields[1:4]


def read_rows(path, columns, findings, row_class):
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != columns or not all(fields):
            findings.add(path, number, f"a row has {columns} columns, this one {len(fields)}, or one is empty",
                         "separate columns by one tab; write - for nothing")
            continue
        rows.append(row_class(path, number, fields))
    return rows


def check_order(rows, findings):
    for before, row in zip(rows, rows[1:]):
        if before.name >= row.name:
            findings.add(row.path, row.line, f"{row.name} stands after {before.name}", "sort the rows by name, each once")


def read_tables(root, findings):
    capabilities = read_rows(root / "policy/tables/capabilities.tsv", CAPABILITY_COLUMNS, findings, Row)
    check_order(capabilities, findings)
    functions = []
    for path in sorted((root / "host_env/tables").glob("*.tsv")):
        rows = read_rows(path, FUNCTION_COLUMNS, findings, Function)
        check_order(rows, findings)
        functions += rows
    return capabilities, functions


def check_functions(capabilities, functions, findings):
    known = {row.name for row in capabilities}
    seen = {}
    for row in functions:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", row.name) or row.name.startswith("host_"):
            findings.add(row.path, row.line, f"{row.name} is not a function name", "lower case, without the prefix host_")
        if row.capability not in known:
            findings.add(row.path, row.line, f"{row.capability} is not a capability",
                         "choose one of policy/tables/capabilities.tsv")
        if row.name in seen:
            findings.add(row.path, row.line, f"{row.name} is a row of {seen[row.name].path} too", "remove one")
        seen[row.name] = row


def without_comments(text):
    """Comments become blanks, so that line numbers stay."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.S)


def check_declarations(root, functions, findings):
    declared = {}
    for path in sorted([*(root / "host_env/include").rglob("*.h"), *(root / "host_env/lockdown").rglob("*.h")]):
        text = without_comments(path.read_text(encoding="utf-8"))
        for match in DECLARATION.finditer(text):
            declared.setdefault(match.group(1), (path, text.count("\n", 0, match.start()) + 1))
    rows = {row.name for row in functions}
    for row in functions:
        if row.name not in declared:
            findings.add(row.path, row.line, f"no header declares host_{row.name}(host_env *env, ...)",
                         "declare it in host_env/include/host_env/ or remove the row")
    for name, (path, line) in sorted(declared.items()):
        if name not in rows and name not in WITHOUT_ROW:
            findings.add(path, line, f"host_{name} has no row", "add one to the table of its domain in host_env/tables/")


def check_tests(root, functions, findings):
    """host_cases_run() itself fails if a function of its domain has no row; so each domain needs one call of it."""
    first = {}
    for row in functions:
        first.setdefault(row.domain, row)
    for domain, row in first.items():
        path = root / f"tests/host_env/test_{domain}.c"
        if not path.exists() or f'host_cases_run("{domain}"' not in without_comments(path.read_text(encoding="utf-8")):
            findings.add(row.path, row.line, f"no test runs the cases of {domain}",
                         f'call host_cases_run("{domain}", ...) in tests/host_env/test_{domain}.c')


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def enum_name(capability):
    return "HOST_CAPABILITY_" + capability.upper().replace(".", "_")


def capability_header(capabilities):
    lines = [f"/* What a policy can grant; {GENERATED}. */", "#ifndef HOST_ENV_CAPABILITY_H", "#define HOST_ENV_CAPABILITY_H", "",
             "typedef enum host_capability {", "    HOST_CAPABILITY_NONE = 0,"]
    lines += [f"    {enum_name(row.name)}, /* {row.fields[2]} */" for row in capabilities]
    lines += ["    HOST_CAPABILITY_COUNT", "} host_capability;", "",
              '/* The name in a policy such as "fs.read". Static text; "none" for NONE and for an unknown number. */',
              "const char *host_capability_name(host_capability capability);",
              "/* The capability of that name, or HOST_CAPABILITY_NONE. NULL is no name. */",
              "host_capability host_capability_from_name(const char *name);", "", "#endif", ""]
    return "\n".join(lines)


def function_header(functions):
    lines = [f"/* The functions of host_env by number, name, domain and capability; {GENERATED}. */",
             "#ifndef HOST_ENV_FUNCTION_H", "#define HOST_ENV_FUNCTION_H", "", '#include "host_env/capability.h"', "",
             "/* Numbers change when functions are added; what is stored should be the name. */",
             "typedef enum host_function {", "    HOST_FUNCTION_NONE = 0,"]
    lines += [f"    HOST_FUNCTION_{row.name.upper()}," for row in functions]
    lines += ["    HOST_FUNCTION_COUNT", "} host_function;", "", "/* What each asks for unless its arguments say otherwise. */"]
    lines += [f"#define HOST_FUNCTION_CAPABILITY_{row.name.upper()} {enum_name(row.capability)}" for row in functions]
    lines += ["", "typedef struct host_function_description {", '    const char *name;   /* "file_open" */',
              '    const char *domain; /* "fs" */', "    host_capability capability;",
              '    const char *arguments; /* "path, flags, mode" */', "    const char *meaning;",
              "} host_function_description;", "",
              "/* Static, never NULL; NONE and unknown numbers are described as \"none\". Safe from any thread. */",
              "const host_function_description *host_function_describe(host_function function);", "", "#endif", ""]
    return "\n".join(lines)


def function_table(capabilities, functions):
    lines = [f"/* Describes capabilities and functions; {GENERATED}. */", '#include "host_env/function.h"', "", "#include <string.h>", "",
             "static const char *const capability_names[HOST_CAPABILITY_COUNT] = {", '    [HOST_CAPABILITY_NONE] = "none",']
    lines += [f"    [{enum_name(row.name)}] = {c_string(row.name)}," for row in capabilities]
    lines += ["};", "", "static const host_function_description descriptions[HOST_FUNCTION_COUNT] = {",
              '    [HOST_FUNCTION_NONE] = {"none", "none", HOST_CAPABILITY_NONE, "", "no function"},']
    lines += [f"    [HOST_FUNCTION_{row.name.upper()}] = {{{c_string(row.name)}, {c_string(row.domain)}, {enum_name(row.capability)},\n"
              f"        {c_string(row.arguments)}, {c_string(row.meaning)}}}," for row in functions]
    lines += ["};", "", "const char *host_capability_name(host_capability capability)", "{",
              "    return capability_names[(unsigned)capability < HOST_CAPABILITY_COUNT ? capability : HOST_CAPABILITY_NONE];", "}", "",
              "host_capability host_capability_from_name(const char *name)", "{",
              "    for (int i = HOST_CAPABILITY_NONE + 1; name != NULL && i < HOST_CAPABILITY_COUNT; i++) {",
              "        if (strcmp(capability_names[i], name) == 0) {", "            return (host_capability)i;", "        }", "    }",
              "    return HOST_CAPABILITY_NONE;", "}", "",
              "const host_function_description *host_function_describe(host_function function)", "{",
              "    return &descriptions[(unsigned)function < HOST_FUNCTION_COUNT ? function : HOST_FUNCTION_NONE];", "}", ""]
    return "\n".join(lines)


def includes_of(root, pattern, what):
    names = sorted(path.name for path in (root / "host_env/source").glob(pattern))
    return "\n".join([f"/* {what}; {GENERATED}. */"] + [f'#include "{name}"' for name in names] + [""])


def docs_page(capabilities, functions):
    lines = ["# host_env: every function", "", f"<!-- {GENERATED} -->", "",
             f"{len(functions)} functions in {len({row.domain for row in functions})} domains. Each checks its arguments, asks the policy for the "
             "capability named here, calls the system and records the access. Contracts stand in the headers, `host_env/include/host_env/`.", "",
             "## Capabilities", "", "| capability | arguments | meaning | functions |", "|---|---|---|---|"]
    for row in capabilities:
        count = sum(function.capability == row.name for function in functions)
        lines.append(f"| `{row.name}` | {row.fields[1]} | {row.fields[2]} | {count} |")
    for domain in sorted({row.domain for row in functions}):
        lines += ["", f"## {domain}", "", "| function | capability | arguments | meaning |", "|---|---|---|---|"]
        lines += [f"| `host_{row.name}` | `{row.capability}` | {row.arguments} | {row.meaning} |".replace("\\", "\\\\")
                  for row in functions if row.domain == domain]
    return "\n".join(lines + [""])


def write_if_changed(path, text):
    """Leaves the time of an unchanged file alone, so that nothing is compiled again for it."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_output(root, output, capabilities, functions):
    files = {
        "include/host_env/capability.h": capability_header(capabilities),
        "include/host_env/function.h": function_header(functions),
        "source/function_table.c": function_table(capabilities, functions),
        "source/operations_all.def": includes_of(root, "operations_*.def", "Every domain's primitives"),
        "source/operations_types_all.h": includes_of(root, "operations_types_*.h", "Every domain's types for its primitives"),
    }
    for name, text in files.items():
        write_if_changed(output / name, text)


def check_docs(root, text, write, findings):
    path = root / "docs/host_env.md"
    if write:
        write_if_changed(path, text)
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        findings.add(path, 1, "the page is not what the tables say", "ci/generate_host_env.py --write")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="refresh docs/host_env.md")
    parser.add_argument("--output", type=pathlib.Path, help="write the build's C files below this folder, check rows only")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args()

    findings = Findings()
    capabilities, functions = read_tables(options.root, findings)
    check_functions(capabilities, functions, findings)
    if options.output:
        if not findings.lines:
            write_output(options.root, options.output, capabilities, functions)
    else:
        check_declarations(options.root, functions, findings)
        check_tests(options.root, functions, findings)
        check_docs(options.root, docs_page(capabilities, functions), options.write, findings)
    print("\n".join(findings.lines), file=sys.stderr, end="\n" if findings.lines else "")
    if not findings.lines and not options.output:
        print(f"host_env tables: {len(functions)} functions, {len(capabilities)} capabilities, all agree")
    return 1 if findings.lines else 0


if __name__ == "__main__":
    sys.exit(main())
