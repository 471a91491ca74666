#!/usr/bin/env python3
"""SQLite in cordon-python: beside a Python that uses SQLite's own VFS, and beneath a policy.

    test_sqlite_python.py CORDON_PYTHON STOCK_PYTHON
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

CORDON, STOCK = sys.argv.pop(1), sys.argv.pop(1)

ADD_MANY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60)
for number in range(150):
    with connection:
        connection.execute('UPDATE counter SET value = value + 1')
"""
# Cache of two pages, so that the journal is written and the database already changed when the process dies.
DIE = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('PRAGMA cache_size=2')
connection.execute('BEGIN')
connection.execute('UPDATE counter SET value = -1')
connection.execute('CREATE TABLE big(x)')
connection.executemany('INSERT INTO big VALUES(?)', [(os.urandom(900),) for _ in range(200)])
os.kill(os.getpid(), signal.SIGKILL)
"""
WRITE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE t(x)'); c.commit(); print('written')"
READ = "import sqlite3, sys; c = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True); print(c.execute('SELECT value FROM counter').fetchone()[0])"


def start(python, program, *arguments, **environment):
    return subprocess.Popen([python, "-I", "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, **environment})


class SqliteInCordonPython(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cordon_sqlite_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def run_in(self, python, program, *arguments, **environment):
        process = start(python, program, *arguments, **environment)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output.strip(), errors

    def make_counter(self, journal_mode):
        path = self.folder / f"{journal_mode}.db"
        code, _, errors = self.run_in(CORDON, "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(f'PRAGMA journal_mode={sys.argv[2]}');"
                                      "c.execute('CREATE TABLE counter(value)'); c.execute('INSERT INTO counter VALUES(0)'); c.commit()", path, journal_mode)
        self.assertEqual(code, 0, errors)
        return path

    def test_no_update_is_lost_between_processes_of_both_kinds(self):
        for mode in ("delete", "wal"):
            with self.subTest(mode):
                path = self.make_counter(mode)
                workers = [start(python, ADD_MANY, path) for python in (CORDON, STOCK, CORDON)]
                for worker in workers:
                    _, errors = worker.communicate(timeout=300)
                    self.assertEqual(worker.returncode, 0, errors)
                self.assertEqual(self.run_in(STOCK, READ, path)[1], "450")

    def test_work_of_a_killed_process_is_rolled_back_by_the_other_kind(self):
        for mode in ("delete", "wal"):
            for victim, survivor in ((CORDON, STOCK), (STOCK, CORDON)):
                with self.subTest(f"{mode}, killed: {victim}"):
                    path = self.make_counter(mode)
                    self.assertEqual(self.run_in(victim, DIE, path)[0], -signal.SIGKILL)
                    code, output, errors = self.run_in(survivor, "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
                                                       "print(*c.execute('SELECT value, (SELECT count(*) FROM sqlite_master) FROM counter').fetchone(),"
                                                       "*c.execute('PRAGMA integrity_check').fetchone())", path)
                    self.assertEqual((code, output), (0, "0 1 ok"), errors)
                    path.unlink()

    def test_the_policy_decides_about_databases(self):
        allowed, other = self.folder / "allowed", self.folder / "other"
        allowed.mkdir()
        other.mkdir()
        policy = self.folder / "policy.yaml"
        everything_else = "".join(f"  - capability: {name}\n" for name in
                                  ("env.read", "env.write", "fd.use", "fs.read", "fs.list", "import", "memory.map", "process.info", "random", "signal.handle",
                                   "system.info", "time.read", "user.info", "native.load", "ipc"))
        policy.write_text(f"version: 1\nallow:\n{everything_else}"
                          f"  - capability: fs.write\n    path: [{allowed}]\n  - capability: fs.read\n    path: [{allowed}]\n", encoding="utf-8")
        code, output, errors = self.run_in(CORDON, WRITE, allowed / "x.db", CORDON_POLICY=str(policy))
        self.assertEqual((code, output), (0, "written"), errors)
        code, output, errors = self.run_in(CORDON, WRITE, other / "x.db", CORDON_POLICY=str(policy))
        self.assertNotEqual(code, 0)
        self.assertIn("OperationalError", errors)
        self.assertEqual(os.listdir(other), [])
        # An existing database may be read there, but neither it nor a journal beside it is written.
        self.assertEqual(self.run_in(CORDON, WRITE, other / "y.db")[1], "written")
        code, _, errors = self.run_in(CORDON, "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT count(*) FROM t').fetchone());"
                                      "c.execute('INSERT INTO t VALUES(1)')", other / "y.db", CORDON_POLICY=str(policy))
        self.assertIn("readonly database", errors)
        self.assertEqual(os.listdir(other), ["y.db"])

    def test_no_uri_leads_around_the_boundary(self):
        path = self.folder / "x.db"
        probe = "import sqlite3, sys; sqlite3.connect(f'file:{sys.argv[1]}?vfs={sys.argv[2]}', uri=True).execute('CREATE TABLE t(x)')"
        for name in ("unix-none", "unix-dotfile", "unix-excl", "unix-namedsem"):
            code, _, errors = self.run_in(CORDON, probe, path, name)
            self.assertNotEqual(code, 0)
            self.assertIn("no such vfs", errors)
        for name in ("cordon", "unix", "memdb"):
            self.assertEqual(self.run_in(CORDON, probe, self.folder / name, name)[0], 0)


if __name__ == "__main__":
    unittest.main()
