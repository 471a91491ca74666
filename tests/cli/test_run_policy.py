#!/usr/bin/env python3
"""`cordon run --policy`: what a policy grants happens, its twin without the grant ends with 122 and the reason. Usage: --cordon PROGRAM"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CORDON = None


class RunPolicy(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name).resolve()
        (self.path / "data").mkdir()
        (self.path / "data" / "file").write_text("content")

    def run_cordon(self, policy, *options, code="print('done')", **variables):
        (self.path / "policy.yaml").write_text("version: 1\n" + policy.replace("@", str(self.path)))
        return subprocess.run([CORDON, "run", "--policy", f"{self.path}/policy.yaml", *[option.replace("@", str(self.path)) for option in options], "-c", code],
                              capture_output=True, text=True, timeout=120, env={**os.environ, **variables})

    def assert_done(self, answer, output="done\n"):
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, output, ""))

    def assert_denied(self, answer, *words):
        self.assertEqual((answer.returncode, answer.stdout), (122, ""), answer.stderr)
        for word in words:
            self.assertIn(word, answer.stderr)

    def test_nothing_is_asked_for(self):
        self.assert_done(self.run_cordon("allow: []\n"))

    def test_broken_policy(self):
        answer = self.run_cordon("alow: []\n")
        self.assertEqual((answer.returncode, answer.stdout), (120, ""))
        self.assertIn("policy.yaml:2:1: `alow` is no key", answer.stderr)

    def test_mount(self):
        reads = "allow:\n  - {capability: 'fs.read, fs.list', path: [@/data]}\n"
        program = "print(open('/m/file').read())"
        self.assert_done(self.run_cordon(reads, "--mount", "@/data:/m:ro", code=program), "content\n")
        self.assert_denied(self.run_cordon("allow: []\n", "--mount", "@/data:/m:ro", code=program), "fs.read of the whole folder", "no rule of the policy allows it")
        self.assert_denied(self.run_cordon(reads, "--mount", "@/data:/m", code=program), "fs.write of the whole folder")
        self.assert_done(self.run_cordon(reads + "  - {capability: fs.write, path: [@/data]}\n", "--mount", "@/data:/m", code=program), "content\n")

    def test_mount_cannot_leave_something_out(self):
        rules = "allow:\n  - {capability: fs.*, path: [@/data]}\ndeny:\n  - {capability: fs.read, path: ['@/data/*.key']}\n"
        self.assert_denied(self.run_cordon(rules, "--mount", "@/data:/m:ro"), "fs.read of the whole folder")

    def test_mount_without_writing(self):
        rules = "allow:\n  - {capability: fs.*, path: [@/data]}\n"
        program = "open('/m/made', 'w').close(); print('done')"
        self.assert_done(self.run_cordon(rules, "--mount", "@/data:/m", code=program))
        (self.path / "data" / "made").unlink()
        answer = self.run_cordon(rules + "deny:\n  - {capability: fs.write}\n", "--mount", "@/data:/m", code=program)
        self.assertIn("PermissionError", answer.stderr)
        self.assertFalse((self.path / "data" / "made").exists())

    def test_limits(self):
        self.assert_done(self.run_cordon("limits: {fuel: 50M}\n"))
        answer = self.run_cordon("limits: {fuel: 1M}\n", code="while True: pass")
        self.assertEqual(answer.returncode, 123)
        self.assertIn("LIMIT_FUEL", answer.stderr)

    def test_options_narrow_limits(self):
        self.assert_done(self.run_cordon("limits: {memory: 64M}\n", "--memory", "48M"))
        self.assert_denied(self.run_cordon("limits: {memory: 64M}\n", "--memory", "65M"), "--memory asks for more than the policy allows", "policy.yaml:2")
        self.assert_denied(self.run_cordon("limits: {memory: 64M}\n", "--memory", "none"), "--memory asks for more")
        self.assert_done(self.run_cordon("limits: {time: none}\n", "--time", "none"))

    def test_variable(self):
        rules = "allow:\n  - {capability: env.read, name: [MINE]}\n"
        program = "import os; print(os.environ['MINE'])"
        self.assert_done(self.run_cordon(rules, "--env", "MINE", code=program, MINE="1"), "1\n")
        self.assert_denied(self.run_cordon("allow: []\n", "--env", "MINE", code=program, MINE="1"), "env.read MINE")
        self.assert_denied(self.run_cordon("allow:\n  - {capability: '*'}\ndeny:\n  - {capability: env.read, name: [M*]}\n", "--env", "MINE", code=program, MINE="1"),
                           "env.read MINE: denied by", "policy.yaml:5")
        self.assert_done(self.run_cordon("allow: []\n", "--env", "MINE=2", code=program), "2\n")

    def test_file(self):
        rules = "allow:\n  - {capability: fs.read, path: ['@/data/f*']}\n"
        program = "print(open('/work/f').read())"
        self.assert_done(self.run_cordon(rules, "--file", "@/data/file:/work/f", code=program), "content\n")
        self.assert_denied(self.run_cordon("allow: []\n", "--file", "@/data/file:/work/f", code=program), "fs.read", "/data/file")
        os.symlink(self.path / "policy.yaml", self.path / "data" / "fake")
        self.assert_denied(self.run_cordon(rules, "--file", "@/data/fake:/work/f", code=program), "fs.read", "policy.yaml")

    def test_clock(self):
        self.assert_done(self.run_cordon("allow:\n  - {capability: time.read}\n", "--clock", "real"))
        self.assert_denied(self.run_cordon("allow: []\n", "--clock", "real"), "time.read")

    def test_profile(self):
        rules = "default: wide\nprofiles:\n  - name: wide\n    allow: [{capability: time.read}]\n  - name: narrow\n"
        self.assert_done(self.run_cordon(rules, "--clock", "real"))
        self.assert_denied(self.run_cordon(rules, "--policy", "@/policy.yaml:narrow", "--clock", "real"), "time.read")

    def test_report_only(self):
        answer = self.run_cordon("report_only: true\n", "--clock", "real")
        self.assertEqual((answer.returncode, answer.stdout), (0, "done\n"))
        self.assertIn("the policy would refuse: time.read", answer.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    arguments, rest = parser.parse_known_args()
    CORDON = arguments.cordon
    unittest.main(argv=[sys.argv[0], *rest])
