#!/usr/bin/env python3
"""Operations without an audit event of CPython leave a record when they reach the operating system: each is run in a function of its own under
`cordon audit run`, and the record must tell of the function's line."""
import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TABLE = pathlib.Path(__file__).with_name("operations.tsv")
OPTIONS = None
HEAD = '''
import _multiprocessing, _thread, atexit, faulthandler, grp, locale, os, posix, pwd, resource, select, shutil, signal, socket, ssl, subprocess, sys, termios, time, uuid
try:
    import readline
except ImportError:
    readline = None
module = None
file, other = open("file", "w+b", buffering=0), open("other", "w+b", buffering=0)
file.write(b"0123456789")
pipe, blocked, pty = os.pipe(), os.pipe2(os.O_NONBLOCK), os.openpty()
one, two = socket.socketpair()
one.sendall(b"01234567")
failed = []


def apart(function, *arguments):
    child = os.fork()
    if child == 0:
        try:
            function(*arguments)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def traceback_of():
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__


def attempt(function):
    """What the system refuses or does not have is still asked for."""
    try:
        function()
    except (OSError, ssl.SSLError, AttributeError) as error:
        failed.append((function.__name__, repr(error)))
'''


def rows():
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))


def program():
    parts = [HEAD]
    for number, (name, _, code, _) in enumerate(rows()):
        parts.append(f"def operation_{number}():  # {name}\n    {code}\n\n\nattempt(operation_{number})\n")
    return "\n".join(parts) + "print(failed)\n"


class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        (cls.folder / "operations.py").write_text(program(), encoding="utf-8")
        done = subprocess.run([OPTIONS.cordon, "audit", "run", "--record", "record", "operations.py"], cwd=cls.folder, capture_output=True, text=True, check=False, timeout=120,
                              stdin=subprocess.DEVNULL)
        cls.done, cls.told, cls.modules = done, collections.defaultdict(set), set()
        sites = {}
        for line in (cls.folder / "record").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["type"] == "site":
                sites[record["id"]] = record
            elif record["type"] == "module":
                cls.modules.add("module:" + record["name"])
            elif record["type"] == "access":
                for function in cls.functions(sites, record["site"]):
                    cls.told[function].add(record["operation"])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @staticmethod
    def functions(sites, number):
        """Of the place itself, and of the place outside the standard library that led there."""
        while number:
            yield sites[number]["function"].rsplit(".", 1)[-1]
            number = sites[number]["caller"] if isinstance(sites[number]["caller"], int) else 0

    def test_the_program_ran_to_its_end(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_the_table_is_whole(self):
        every = list(rows())
        self.assertGreaterEqual(len(every), 130)
        self.assertEqual(len({name for name, *_ in every}), len(every))
        self.assertGreaterEqual(len([row for row in every if row[1] != "-"]), 100)
        for name, functions, _, reason in every:
            self.assertEqual(functions == "-" or functions.startswith("module:"), len(reason) > 5, name)

    def test_each_that_reaches_the_system_has_its_record(self):
        for number, (name, functions, code, _) in enumerate(rows()):
            if functions == "-" or name.startswith("readline") and not self.has_readline():
                continue
            with self.subTest(operation=name, code=code):
                if functions.startswith("module:"):
                    self.assertIn(functions, self.modules)
                    continue
                told = self.told[f"operation_{number}"] | (self.told["apart"] if code.startswith("apart") else set())
                self.assertTrue(told & set(functions.split("|")), f"{sorted(told)}; {self.done.stdout[-300:]}")

    def test_those_that_reach_nothing_have_none(self):
        """The twin: a record of what did not happen would be as wrong."""
        for number, (name, functions, _, _) in enumerate(rows()):
            if functions == "-" and name in ("func.__globals__", "sys.modules[] read", "os.environ[] read", "sys.setswitchinterval"):
                with self.subTest(operation=name):
                    self.assertEqual(self.told[f"operation_{number}"], set())

    @staticmethod
    def has_readline():
        return subprocess.run([OPTIONS.python, "-c", "import readline"], capture_output=True, check=False).returncode == 0


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--python", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
