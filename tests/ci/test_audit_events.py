#!/usr/bin/env python3
"""Plants one fault a time in a small source tree and its table, and sees that ci/generate_audit_events.py finds it, and finds nothing without it."""
import pathlib
import subprocess
import sys
import tempfile

GENERATOR = pathlib.Path(__file__).resolve().parents[2] / "ci" / "generate_audit_events.py"
TABLE = "tree/core/interpreter/tables/audit_events.tsv"
ROWS = ("# a table", "exec\tcode_object=code\tPython/a.c\teach\tcode runs", "open\tpath=omit,mode=omit\tModules/b.c\tcovered\tfs.read",
        "pdb.Pdb\t-\tLib/pdb.py\teach\ta debugger", "time.sleep\tsecs=omit\tModules/b.c\tignore\tbecause")
SOURCE = {
    "source/Include/patchlevel.h": '#define PY_VERSION "3.13.99"\n',
    "source/Python/a.c": '/* PySys_Audit("commented.out", NULL) */\nif (_PySys_Audit(tstate, "exec", "O", co) < 0) {\n',
    "source/Python/sysmodule.c": "int PySys_Audit(const char *event, const char *format, ...)\n{\n return PySys_Audit(event, NULL); }\n",
    "source/Modules/b.c": 'if (PySys_Audit("open", "Os",\n  path, mode) < 0) {}\nif (PySys_Audit("time.sleep", "O", secs) < 0) {}\n',
    "source/Modules/_testcapimodule.c": 'PySys_Audit("only.in.tests", NULL);\n',
    "source/Lib/pdb.py": 'import sys\nsys.audit("pdb.Pdb")\n',
    "source/Doc/library/audit_events.rst": ".. audit-event:: exec code_object exec\n.. audit-event:: open path,mode,flags open\n.. audit-event:: gone \"\" gone\n",
    "tree/policy/tables/capabilities.tsv": "fs.read\tpath\tread\n",
    "tree/docs/README.md": "\n",
    TABLE: "\n".join(ROWS) + "\n",
}


def table(number, row):
    rows = list(ROWS)
    rows[number:number + 1] = [row] if row else []
    return "\n".join(rows) + "\n"


# name, file, its faulty text, what the finding must say
FAULTS = (
    ("missing_row", TABLE, table(3, None), "+ pdb.Pdb (Lib/pdb.py) is raised"),
    ("missing_row_of_c", TABLE, table(2, None), "+ open (Modules/b.c) is raised"),
    ("row_without_event", TABLE, table(4, ROWS[4] + "\nvanished\t-\tLib/pdb.py\teach\tis no more"), "- vanished has a row"),
    ("new_event", "source/Lib/pdb.py", 'import sys as _s, sys\nsys.audit("pdb.Pdb")\nsys.audit("brand.new", 1)\n', "+ brand.new (Lib/pdb.py)"),
    ("moved_event", "source/Lib/cmd.py", 'import sys\nsys.audit("pdb.Pdb")\n', "+pdb.Pdb\t-\tLib/cmd.py,Lib/pdb.py"),
    ("computed_name", "source/Lib/pdb.py", 'import sys\nsys.audit("pdb.Pdb")\nsys.audit("a" + "b")\n', "Lib/pdb.py:3: raises an event whose name is no literal"),
    ("computed_name_in_c", "source/Python/a.c", 'PySys_Audit("exec", "O", co);\nPySys_Audit(name, NULL);\n', "Python/a.c:2: raises an event whose name is no literal"),
    ("wrong_count", TABLE, table(2, "open\tpath=omit\tModules/b.c\tcovered\tfs.read"), "open has 1 arguments here and 2"),
    ("wrong_kind", TABLE, table(1, "exec\tcode_object=picture\tPython/a.c\teach\tcode runs"), "exec has the argument 'code_object=picture'"),
    ("wrong_treatment", TABLE, table(1, "exec\tcode_object=code\tPython/a.c\tforget\tcode runs"), "exec is treated as 'forget'"),
    ("without_reason", TABLE, table(4, "time.sleep\tsecs=omit\tModules/b.c\tignore\t-"), "time.sleep is left out of the record without a word"),
    ("no_capability", TABLE, table(2, "open\tpath=omit,mode=omit\tModules/b.c\tcovered\tfs.red"), "open is covered by 'fs.red'"),
    ("stale_page", "tree/docs/audit_events.md", "old\n", "docs/audit_events.md: is not what"),
)


def generate(folder, *options):
    return subprocess.run([sys.executable, GENERATOR, "--root", folder / "tree", "--source", folder / "source", *options], capture_output=True, text=True, check=False)


def prepare(folder):
    for name, text in SOURCE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return generate(folder, "--write")


def page_tells_differences(folder):
    page = (folder / "tree/docs/audit_events.md").read_text(encoding="utf-8")
    wanted = ("| `gone` | not raised | documented |", "| `pdb.Pdb` | raised in Lib/pdb.py | not mentioned |", "| `open` | 2 arguments: path, mode | 3 arguments: path, mode, flags |")
    return all(line in page for line in wanted) and "`exec` | raised" not in page


def main():
    failures = 0
    for name, file, text, wanted in (("nothing", None, None, None), *FAULTS):
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            written = prepare(folder)
            if file:
                (folder / file).write_text(text, encoding="utf-8")
            result = generate(folder)
            if wanted is None:
                right = (written.returncode, result.returncode, result.stderr) == (0, 0, "") and page_tells_differences(folder)
            else:
                right = result.returncode == 1 and wanted in result.stderr
        failures += not right
        print(f"{'ok' if right else 'not ok'}: {name}" + ("" if right else f"\n{written.stderr}{result.stdout}{result.stderr}"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
