#!/usr/bin/env python3
"""Rules with patterns in cordon-python: what they allow happens, what they do not is refused, whatever links and dots say.

    check_rules.py --subject PYTHON [unittest's arguments]
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SUBJECT = None
# Everything but files, processes and libraries.
REST = "".join(f"  - {{capability: {name}}}\n" for name in
               ("env.*", "fd.use", "import", "ipc", "memory.map", "net.*", "process.exit", "process.info", "process.set", "random", "signal.handle", "system.info",
                "thread.start", "time.*", "tty", "user.info"))
ATTEMPT = """
import os, sys
def attempt(what):
    try:
        return str(eval(what, {"os": os, "open": open}))
    except OSError as problem:
        return type(problem).__name__
for what in sys.argv[1:]:
    print(attempt(what))
"""


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name).resolve()
        self.data = self.path / "data"
        (self.data / "sub").mkdir(parents=True)
        for name in ("open.csv", "secret.key", "sub/open.csv", "sub/secret.key"):
            (self.data / name).write_text(name)
        (self.data / "link.csv").symlink_to("secret.key")
        (self.data / "linked").symlink_to("sub")

    def expand(self, text):
        return text.replace("@", str(self.data))

    def start(self, allow, deny, program, *arguments, rest=REST):
        policy = self.path / "policy.yaml"
        policy.write_text(self.expand("version: 1\nallow:\n" + rest + allow + ("deny:\n" + deny if deny else "")))
        return subprocess.run([SUBJECT, "-X", f"cordon-policy={policy}", "-P", "-c", program, *map(self.expand, arguments)], capture_output=True, text=True, cwd=self.data,
                              timeout=60)

    def attempts(self, allow, deny, expected):
        answer = self.start(allow, deny, ATTEMPT, *expected)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(dict(zip(expected, answer.stdout.splitlines())), expected)

    def assert_no_start(self, allow, deny, words):
        answer = self.start(allow, deny, "print('ran')")
        self.assertEqual((answer.returncode, answer.stdout), (120, ""))
        self.assertIn(words, answer.stderr)

    def test_pattern(self):
        self.attempts("  - {capability: fs.read, path: ['@/**/*.csv']}\n", "", {
            "open('@/open.csv').read()": "open.csv",
            "open('open.csv').read()": "open.csv",
            "open('sub/../sub/open.csv').read()": "sub/open.csv",
            "open('@/secret.key').read()": "PermissionError",
            "open('open.csv/../secret.key').read()": "PermissionError",
            "open('link.csv').read()": "PermissionError",
            "open('linked/open.csv').read()": "PermissionError",
            "open('open.csv', 'a')": "PermissionError",
            "os.listdir('@')": "PermissionError",
            "os.stat('secret.key')": "PermissionError",
        })

    def test_denied_path(self):
        self.attempts("  - {capability: 'fs.read, fs.list', path: [@]}\n", "  - {capability: fs.read, path: ['@/**/*.key']}\n", {
            "open('open.csv').read()": "open.csv",
            "open('@/sub/open.csv').read()": "sub/open.csv",
            "open('@/sub/secret.key').read()": "PermissionError",
            "open('@/sub/../secret.key').read()": "PermissionError",
            "open('link.csv').read()": "PermissionError",
            "sorted(os.listdir('@/sub'))": "['open.csv', 'secret.key']",
        })

    def test_without_denied_path_links_are_followed(self):
        self.attempts("  - {capability: 'fs.read, fs.list', path: [@]}\n", "", {
            "open('link.csv').read()": "secret.key",
            "open('linked/open.csv').read()": "sub/open.csv",
            "open('@/sub/../secret.key').read()": "secret.key",
            "open('/etc/passwd').read()": "PermissionError",
        })

    def test_listing_alone(self):
        self.attempts("  - {capability: fs.list, path: [@]}\n", "", {"len(os.listdir('@'))": "5", "open('open.csv').read()": "PermissionError"})
        self.attempts("  - {capability: fs.read, path: [@]}\n", "", {"os.listdir('@')": "PermissionError", "open('open.csv').read()": "open.csv"})

    def test_one_file(self):
        self.attempts("  - {capability: fs.read, path: [@/open.csv]}\n", "", {"open('open.csv').read()": "open.csv", "open('secret.key').read()": "PermissionError"})

    def test_writing(self):
        self.attempts("  - {capability: 'fs.read, fs.list', path: [@]}\n  - {capability: fs.write, path: ['@/*.out']}\n", "", {
            "open('@/new.out', 'w').write('x')": "1",
            "open('@/new.out', 'r+').read()": "x",
            "os.rename('new.out', 'other.out')": "None",
            "os.rename('other.out', 'other.csv')": "PermissionError",
            "os.rename('secret.key', 'mine.out')": "PermissionError",
            "os.link('secret.key', 'mine.out')": "PermissionError",
            "os.symlink('secret.key', 'mine.out')": "None",
            "open('mine.out', 'a')": "PermissionError",
            "open('@/sub/new.out', 'w')": "PermissionError",
            "os.remove('secret.key')": "PermissionError",
            "os.mkdir('made.out')": "None",
            "os.mkdir('made')": "PermissionError",
        })
        self.assertEqual((self.data / "secret.key").read_text(), "secret.key")

    def test_what_cannot_be_held(self):
        self.assert_no_start("  - {capability: fs.*}\n", "  - {capability: fs.read, path: [@]}\n", "a path can be denied only beneath folders that are allowed by name")
        (self.path / "way").symlink_to("data")
        self.assert_no_start(f"  - {{capability: fs.*, path: [{self.path}/way]}}\n", f"  - {{capability: fs.read, path: [{self.path}/way/sub]}}\n", "named without links")
        self.assert_no_start("  - {capability: fs.read}\n", "", "must allow fs.read and fs.list everywhere together")

    def test_program(self):
        true, echo = (os.path.realpath(shutil.which(name)) for name in ("true", "echo"))
        program = "import subprocess, sys\ntry: print(subprocess.run(sys.argv[1:], capture_output=True, text=True).stdout.strip(), 'ran')\nexcept PermissionError: print('refused')"
        allow = f"  - {{capability: fs.*}}\n  - {{capability: process.spawn, program: [{echo}], arguments: ['a ...', 'b?']}}\n"
        for arguments, output in (((echo, "a", "1", "2"), "a 1 2 ran\n"), ((echo, "b1"), "b1 ran\n"), ((echo, "b1", "2"), "refused\n"), ((echo,), "refused\n"),
                                  ((true, "a"), "refused\n"), (("/bin/sh", "-c", "echo a"), "refused\n")):
            with self.subTest(arguments):
                answer = self.start(allow, "", program, *arguments)
                self.assertEqual((answer.stdout, answer.stderr), (output, ""))
        answer = self.start(allow, "", "import os; print(os.system('echo a') != 0)")
        self.assertEqual(answer.stdout, "True\n")

    def test_signal(self):
        allow = "  - {capability: fs.*}\n  - {capability: process.spawn}\n  - {capability: process.signal, signal: [USR1]}\n"
        program = ("import os, signal, sys\nsignal.signal(signal.SIGUSR1, lambda *_: print('got')); signal.signal(signal.SIGUSR2, lambda *_: print('got'))\n"
                   "try: os.kill(os.getpid(), getattr(signal, sys.argv[1]))\nexcept PermissionError: print('refused')")
        self.assertEqual(self.start(allow, "", program, "SIGUSR1").stdout, "got\n")
        self.assertEqual(self.start(allow, "", program, "SIGUSR2").stdout, "refused\n")

    def test_profile(self):
        policy = self.path / "policy.yaml"
        policy.write_text("version: 1\ndefault: wide\nallow:\n" + REST + "profiles:\n  - {name: wide, allow: [{capability: fs.*}]}\n  - {name: narrow}\n")
        for choice, code in ((f"{policy}", 0), (f"{policy}:wide", 0), (f"{policy}:narrow", 1), (f"{policy}:none", 120)):
            with self.subTest(choice):
                answer = subprocess.run([SUBJECT, "-X", f"cordon-policy={choice}", "-c", "open('/etc/passwd')"], capture_output=True, text=True, timeout=60)
                self.assertEqual(answer.returncode, code, answer.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", required=True)
    arguments, rest = parser.parse_known_args()
    SUBJECT = arguments.subject
    unittest.main(argv=[sys.argv[0], *rest])
