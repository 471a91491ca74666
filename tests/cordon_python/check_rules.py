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

    def test_program_beneath_a_folder(self):
        """Files are confined: the program is started from where it was found, whatever the child closes before."""
        echo = os.path.realpath(shutil.which("echo"))
        allow = f"  - {{capability: 'fs.read, fs.list', path: [{os.path.dirname(echo)}]}}\n  - {{capability: fs.write, path: [/dev/null]}}\n  - {{capability: process.spawn}}\n"
        for more in ("", ", cwd='.'", ", close_fds=False"):
            with self.subTest(more):
                program = f"import subprocess\nprint(subprocess.run(['{echo}', 'a'], capture_output=True, text=True{more.replace('.', os.path.dirname(echo))}).stdout)"
                answer = self.start(allow, "", program)
                self.assertEqual((answer.stdout, answer.stderr), ("a\n\n", ""))
        answer = self.start(allow.replace(os.path.dirname(echo), "@"), "", f"import subprocess\ntry: subprocess.run(['{echo}', 'a'])\nexcept PermissionError: print('refused')")
        self.assertEqual((answer.stdout, answer.stderr), ("refused\n", ""))

    def test_signal(self):
        allow = "  - {capability: fs.*}\n  - {capability: process.spawn}\n  - {capability: process.signal, signal: [USR1]}\n"
        program = ("import os, signal, sys\nsignal.signal(signal.SIGUSR1, lambda *_: print('got')); signal.signal(signal.SIGUSR2, lambda *_: print('got'))\n"
                   "try: os.kill(os.getpid(), getattr(signal, sys.argv[1]))\nexcept PermissionError: print('refused')")
        self.assertEqual(self.start(allow, "", program, "SIGUSR1").stdout, "got\n")
        self.assertEqual(self.start(allow, "", program, "SIGUSR2").stdout, "refused\n")

    def narrowed(self, allow, text, expected, deny=""):
        """What becomes of these after narrowing, beside what they are before."""
        program = "import cordon, os, sys\n" + ATTEMPT.replace("for what in", "for what in sys.argv[2:]:\n    print(attempt(what))\ncordon.narrow(sys.argv[1])\nfor what in").replace("sys.argv[1:]", "sys.argv[2:]")
        before, after = [pair[0] for pair in expected.values()], [pair[1] for pair in expected.values()]
        answer = self.start(allow, deny, program, "version: 1\n" + text, *expected)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout.splitlines(), before + after)

    def test_narrowing(self):
        wide, rest = "  - {capability: fs.*, path: [@]}\n", "allow:\n" + REST
        files = "  - {capability: 'fs.read, fs.list', path: [@/sub]}\n"
        expected = {
            "open('@/open.csv').read()": ("open.csv", "PermissionError"),
            "open('open.csv').read()": ("open.csv", "PermissionError"),
            "open('@/sub/open.csv').read()": ("sub/open.csv", "sub/open.csv"),
            "open('sub/../secret.key').read()": ("secret.key", "PermissionError"),
            "open('@/sub/new', 'w').write('x')": ("1", "PermissionError"),
            "sorted(os.listdir('@/sub'))[-1]": ("secret.key", "secret.key"),
            "len(os.listdir('@'))": ("5", "PermissionError"),
            "open('/etc/passwd').read()": ("PermissionError", "PermissionError"),
        }
        self.narrowed(wide, rest + files, expected)
        everything = {what: pair for what, pair in expected.items() if "/etc/passwd" not in what}
        self.narrowed("  - {capability: fs.*}\n", rest + files, {**everything, "len(open('/etc/passwd').read()) > 0": ("True", "PermissionError")})

    def test_narrowing_without_files(self):
        self.narrowed("  - {capability: fs.*}\n", "allow:\n  - {capability: '*'}\ndeny:\n  - {capability: time.set}\n  - {capability: env.read, name: [HIDDEN]}\n", {
            "open('link.csv').read()": ("secret.key", "secret.key"),
            "os.getpid() > 0": ("True", "True"),
        })

    def test_narrowing_never_widens(self):
        self.narrowed("  - {capability: fs.*, path: [@/sub]}\n", "allow:\n  - {capability: '*'}\n", {
            "open('@/open.csv').read()": ("PermissionError", "PermissionError"),
            "open('@/sub/open.csv').read()": ("sub/open.csv", "sub/open.csv"),
        })

    def test_narrowing_leaves_the_library(self):
        answer = self.start("  - {capability: fs.*}\n", "", "import cordon, sys\ncordon.narrow(sys.argv[1])\nimport difflib\nprint('done')", "version: 1\nallow:\n" + REST)
        self.assertEqual((answer.stdout, answer.stderr), ("done\n", ""))

    def test_narrowing_modules(self):
        program = "import cordon, sys\ncordon.narrow(sys.argv[1])\nimport difflib\nprint('difflib')\nimport csv"
        rest = "version: 1\nallow:\n  - {capability: '*'}\ndeny:\n  - {capability: import, name: [csv]}\n"
        answer = self.start("  - {capability: fs.*}\n", "", program, rest)
        self.assertEqual((answer.returncode, answer.stdout), (1, "difflib\n"))
        self.assertIn("ImportError: the policy refuses the module 'csv': narrow:5", answer.stderr)

    def test_narrowing_by_a_broken_text_changes_nothing(self):
        program = ("import cordon, sys\ntry: cordon.narrow('version: 1\\nalow: []')\nexcept ValueError as problem: print(problem)\n"
                   "try: cordon.narrow('version: 1', profile='none')\nexcept ValueError as problem: print(problem)\nprint(open('open.csv').read())")
        answer = self.start("  - {capability: fs.*}\n", "", program)
        self.assertEqual(answer.stderr, "")
        self.assertIn("narrow:2:1: `alow` is no key of a policy file", answer.stdout)
        self.assertIn("there is no profile none", answer.stdout)
        self.assertTrue(answer.stdout.endswith("open.csv\n"))

    def test_narrowing_needs_a_policy(self):
        answer = subprocess.run([SUBJECT, "-c", "import cordon; cordon.narrow('version: 1')"], capture_output=True, text=True, timeout=60)
        self.assertIn("RuntimeError: no policy is in force", answer.stderr)

    def test_narrowing_in_children(self):
        program = ("import cordon, os, sys\ncordon.narrow(sys.argv[1])\n"
                   "if os.fork() == 0:\n    try: open('open.csv')\n    except PermissionError: print('refused')\n    sys.stdout.flush(); os._exit(0)\nos.wait()")
        allow = "  - {capability: fs.*}\n  - {capability: process.spawn}\n"
        answer = self.start(allow, "", program, "version: 1\nallow:\n  - {capability: process.spawn}\n" + REST)
        self.assertEqual((answer.stdout, answer.stderr), ("refused\n", ""))

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
