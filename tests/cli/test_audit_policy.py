#!/usr/bin/env python3
"""`cordon audit run` under one policy while reporting against another. Usage: --cordon PROGRAM"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CORDON = None
REST = "  - {capability: 'fd.use, import, env.*, process.*, time.*, random, memory.map, system.info, signal.handle, thread.start, user.info, ipc'}\n"
PROGRAM = """
for name in ("one.txt", "two.txt"):
    try:
        print(open(name).read(), end=" ")
    except PermissionError:
        print("refused", end=" ")
import json
"""


class AuditPolicy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name).resolve()
        (self.path / "one.txt").write_text("1")
        (self.path / "two.txt").write_text("2")
        (self.path / "sub").mkdir()
        self.write("wide.yaml", f"allow:\n  - {{capability: 'fs.read, fs.list', path: [{self.path}]}}\n" + REST)
        programs = pathlib.Path(CORDON).resolve().parent
        self.write("narrow.yaml", f"allow:\n  - {{capability: 'fs.read, fs.list', path: [{self.path}, {programs}]}}\n" + REST
                   + f"deny:\n  - {{capability: fs.read, path: [{self.path}/two.txt]}}\n  - {{capability: import, name: [json]}}\n"
                   + "profiles:\n  - {name: watching, report_only: true}\n")

    def write(self, name, rules):
        (self.path / name).write_text("version: 1\n" + rules)

    def run_audit(self, *options, code=PROGRAM):
        answer = subprocess.run([CORDON, "audit", "run", "--record", "record", *options, "-c", code], capture_output=True, text=True, timeout=120, cwd=self.path)
        record = self.path / "record"
        lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return answer, lines

    def opened(self, lines, name):
        return next(line for line in lines if line.get("operation") == "fs_open" and line["arguments"].get("path") == str(self.path / name))

    def module(self, lines):
        return next(line for line in lines if line["type"] == "module" and line["name"] == "json")

    def told(self, line):
        return line["decision"], line["rule"], line["report"], line["report_rule"]

    def test_reported_and_done(self):
        answer, lines = self.run_audit("--policy", "wide.yaml", "--report-policy", "narrow.yaml")
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "1 2 ", ""))
        self.assertEqual(self.told(self.opened(lines, "one.txt")), ("allow", "wide.yaml:3", None, None))
        self.assertEqual(self.told(self.opened(lines, "two.txt")), ("allow", "wide.yaml:3", "deny", "narrow.yaml:6"))
        self.assertEqual(self.told(self.module(lines)), ("allow", "wide.yaml:4", "deny", "narrow.yaml:7"))

    def test_start_names_both(self):
        _, lines = self.run_audit("--policy", "wide.yaml", "--report-policy", "narrow.yaml:watching")
        digest = hashlib.sha256((self.path / "wide.yaml").read_bytes()).hexdigest()
        self.assertEqual(lines[0]["policy"], {"file": "wide.yaml", "profile": None, "sha256": digest})
        self.assertEqual((lines[0]["report_policy"]["file"], lines[0]["report_policy"]["profile"]), ("narrow.yaml", "watching"))

    def test_enforced(self):
        answer, lines = self.run_audit("--policy", "narrow.yaml")
        self.assertEqual(answer.stdout, "1 refused ")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("ImportError: the policy refuses the module 'json': ", answer.stderr)
        self.assertEqual(self.told(self.opened(lines, "two.txt"))[:3], ("deny", "narrow.yaml:6", None))
        self.assertEqual(self.told(self.opened(lines, "one.txt"))[:3], ("allow", "narrow.yaml:3", None))

    def test_report_only(self):
        answer, lines = self.run_audit("--policy", "narrow.yaml:watching")
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "1 2 ", ""))
        self.assertEqual(self.told(self.opened(lines, "two.txt")), ("allow", None, "deny", "narrow.yaml:6"))
        self.assertEqual(self.told(self.opened(lines, "one.txt"))[2:], (None, None))

    def test_children_obey_from_any_folder(self):
        code = "import os, subprocess, sys\nos.chdir('sub')\nprint(subprocess.run([sys.executable, '-P', '-c', 'open(\"%s/two.txt\")'], cwd=os.getcwd(), capture_output=True, text=True).stderr)" % self.path
        answer, _ = self.run_audit("--policy", "narrow.yaml", code=code)
        self.assertIn("PermissionError", answer.stdout + answer.stderr)
        answer, _ = self.run_audit("--policy", "narrow.yaml", code=code.replace("two.txt", "one.txt"))
        self.assertEqual((answer.returncode, answer.stdout.strip()), (0, ""), answer.stderr)

    def test_the_library_is_not_reported(self):
        self.write("files.yaml", "allow:\n" + REST)
        _, lines = self.run_audit("--report-policy", "files.yaml", code="import csv, difflib")
        own = str(pathlib.Path(CORDON).resolve().parent.parent / "lib" / "python3.13") + "/"
        library = [line for line in lines if line.get("capability") in ("fs.read", "fs.list") and str(line["arguments"].get("path")).startswith(own)]
        self.assertTrue(library)
        self.assertEqual({line["report"] for line in library}, {None})

    def test_what_is_no_policy(self):
        self.write("broken.yaml", "alow: []\n")
        for options in (("--policy", "broken.yaml"), ("--report-policy", "broken.yaml"), ("--policy", "none.yaml"), ("--report-policy", "wide.yaml:none")):
            with self.subTest(options):
                answer, lines = self.run_audit(*options)
                self.assertEqual((answer.returncode, answer.stdout, lines), (120, "", []))
                self.assertNotEqual(answer.stderr, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    arguments, rest = parser.parse_known_args()
    CORDON = arguments.cordon
    unittest.main(argv=[sys.argv[0], *rest])
