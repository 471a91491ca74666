#!/usr/bin/env python3
"""The check of the record's completeness must see what is planted for it: native code that reaches the system past host_env, and host functions that
leave no record. Each violation has a twin that must pass."""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "ci" / "check_audit_complete.py"
sys.path.insert(0, str(ROOT / "ci"))
from audit_complete import match, trace  # noqa: E402

OPTIONS = None
TRACE = r'''
10 execve("/opt/cordon", ["cordon"], 0x1 /* 3 vars */) = 0
10 clone(child_stack=NULL, flags=SIGCHLD) = 11
11 execve("/opt/python", ["python"], 0x1 /* 3 vars */ <unfinished ...>
10 read(4<pipe:[1]>, "a, b", 4) = 4
11 <... execve resumed>) = 0
11 openat(AT_FDCWD</work>, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3</lib/libc.so.6>
11 close(3</memfd:channel>(deleted)) = 0
11 openat(AT_FDCWD</work>, "a\"b, (c)\n", O_RDONLY) = -1 ENOENT (No such file or directory)
11 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88 <unfinished ...>
12 dup2(5<pipe:[2]>, 1<pipe:[3]>) = 1<pipe:[2]>
11 <... clone3 resumed>) = 12
12 execve("/bin/true", ["true"], 0x1 /* 3 vars */) = 0
12 write(1<pipe:[2]>, "not Python", 10) = 10
11 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 13
13 unlink("here") = 0
11 chdir("inner") = 0
11 unlink("../there") = 0
11 --- SIGCHLD {si_signo=SIGCHLD} ---
11 read(0</dev/null>, 0x1, 4) = ? ERESTARTSYS (To be restarted)
11 exit_group(0) = ?
'''


class Traces(unittest.TestCase):
    def setUp(self):
        segments = trace.Reader(lambda path: path == "/opt/python", "memfd:channel").read(TRACE.strip().splitlines())
        self.python = [segment for segment in segments if segment.is_python]
        self.calls = [call for segment in self.python for call in segment.calls]

    def test_only_python_is_followed(self):
        self.assertEqual([(segment.pid, segment.borrows is not None) for segment in self.python], [(11, False), (12, True)])
        self.assertNotIn("write", [call.name for call in self.calls])
        self.assertEqual([call.name for call in self.python[1].calls], ["dup2", "execve"])

    def test_threads_belong_to_their_process(self):
        self.assertIn("unlink", [call.name for call in self.python[0].calls])

    def test_paths_are_absolute(self):
        self.assertEqual([call.path for call in self.calls if call.name == "unlink"], ["/work/here", "/work/there"])
        self.assertEqual([call.path for call in self.calls if call.name == "openat"], ["/lib/libc.so.6", '/work/a"b, (c)\n'])

    def test_outcomes_and_phases(self):
        opened = [call for call in self.calls if call.name == "openat"]
        self.assertEqual([(call.error, call.value, call.phase) for call in opened], [(None, 3, "start"), ("ENOENT", None, "run")])
        self.assertEqual([call.phase for call in self.python[1].calls], ["child", "child"])
        self.assertNotIn("read", [call.name for call in self.calls])  # restarted: nothing came of it

    def test_an_access_that_a_signal_cut_off_is_not_missed(self):
        for ending, excused in (("killed by SIGTERM", 1), ("exited with 0", 0)):
            lines = [*TRACE.strip().splitlines()[:6], '11 unlink("a") = 0', '11 mkdir("b") = 0', '11 openat(AT_FDCWD</work>, "b", O_RDONLY) = 5</work/b>',
                     '11 newfstatat(5</work/b>, "", {}, AT_EMPTY_PATH) = 0', f"11 +++ {ending} +++"]
            segment = next(segment for segment in trace.Reader(lambda path: path == "/opt/python", "memfd:channel").read(lines) if segment.is_python)
            by_name = {call.name: call for call in segment.calls}
            missing = [by_name["unlink"], by_name["openat"]]  # between them stands one that was told
            self.assertEqual(len(missing) - len(segment.without_cut_off(missing)), excused, ending)
            self.assertIn(by_name["unlink"], segment.without_cut_off(missing))

    def test_a_record_is_used_once(self):
        call = next(call for call in self.calls if call.name == "unlink")
        access = {"operation": "fs_unlink", "arguments": {"path": "/work/here"}, "result": 0, "error": None, "count": 2}
        pool = match.Pool([access])
        self.assertEqual([pool.take(call, ["fs_unlink"], "each") for _ in range(3)], [True, True, False])
        for change in ({"error": "EPERM"}, {"arguments": {"path": "/work/other"}}, {"operation": "fs_rename"}):
            self.assertFalse(match.Pool([{**access, **change}]).take(call, ["fs_unlink"], "each"), change)


class Table(unittest.TestCase):
    def problems(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            file.write(text)
            file.flush()
            return [(number, rule) for number, rule, _ in match.read_table(pathlib.Path(file.name))[1]]

    def test_rows_that_say_too_little(self):
        self.assertEqual(self.problems("read\t-\tfd_read\tresult\t-\n"), [])
        self.assertEqual(self.problems("read\t-\t-\tnone\t-\n"), [(1, "reason")])
        self.assertEqual(self.problems("read\t-\tfd_read\tsome\t-\n"), [(1, "reason")])
        self.assertEqual(self.problems("read\t-\tfd_read\tnone\tbecause it is so\n"), [(1, "accounted_by")])
        self.assertEqual(self.problems("read\t-\tfd_read\tmaybe\t-\n"), [(1, "how")])
        self.assertEqual(self.problems("read\todd=1\tfd_read\teach\t-\n"), [(1, "when")])
        self.assertEqual(self.problems("read\tfd_read\n"), [(1, "columns")])
        self.assertEqual(self.problems("write\t-\tfd_write\teach\t-\nread\t-\tfd_read\teach\t-\n"), [(2, "order")])


class Planted(unittest.TestCase):
    def check(self, code, *options):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "planted.py").write_text(code, encoding="utf-8")
            return subprocess.run([sys.executable, "-B", CHECK, "--build", OPTIONS.build, "--scripts", folder, *options, "planted"],
                                  capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)

    def assert_found(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout)

    def assert_clean(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_native_code_that_opens_a_file(self):
        self.assert_found(self.check("import ctypes\nassert ctypes.CDLL(None).open(b'/etc/hostname', 0) > 0\n"), "unaccounted", '"/etc/hostname"')
        self.assert_clean(self.check("import ctypes, os\nctypes.CDLL(None).abs(1)\nassert os.open('/etc/hostname', 0) > 0\n"))

    def test_native_code_that_makes_system_calls_by_number(self):
        self.assert_found(self.check("import ctypes\nctypes.CDLL(None).syscall(83, b'made', 0o700)\n"), "unaccounted", 'mkdir("made"')
        self.assert_clean(self.check("import os\nos.mkdir('made', 0o700)\n"))

    def test_native_code_in_a_child(self):
        self.assert_found(self.check("import ctypes, os\nif os.fork() == 0:\n    ctypes.CDLL(None).unlink(b'a')\n    os._exit(0)\nos.wait()\n"), "unaccounted", 'unlink("a")')

    def test_native_code_in_a_python_that_was_started(self):
        inner = "import ctypes; ctypes.CDLL(None).rmdir(b'a')"
        self.assert_found(self.check(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}])\n"), "unaccounted", 'rmdir("a")')

    def test_one_call_more_than_records(self):
        code = "import os\nos.rmdir if 0 else None\nfor _ in range(3):\n    os.access('/', 0)\n"
        self.assert_clean(self.check(code))
        self.assert_found(self.check("import ctypes\n" + code + "ctypes.CDLL(None).access(b'/', 0)\n"), "access(")

    def test_host_functions_without_records(self):
        code = "import os\nos.mkdir('a')\nos.write(1, b'x')\nos.stat('a')\nos.kill(os.getpid(), 0)\n"
        self.assert_clean(self.check(code))
        for operation, word in (("fs_mkdir", "mkdir"), ("fd_write", "write("), ("fs_stat", "newfstatat"), ("process_kill", "kill("), ("fd_read", "read("), ("fs_open", "openat")):
            with self.subTest(operation=operation):
                self.assert_found(self.check(code, "--without", operation), "unaccounted", word)

    def test_a_build_without_an_audit(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-B", CHECK, "--build", folder, "pipes"], capture_output=True, text=True, check=False, timeout=60)
        self.assert_found(done, "left no record")

    def test_a_program_that_fails(self):
        self.assert_found(self.check("raise SystemExit(3)\n"), "ended with 3")
        self.assert_clean(self.check("# exit: 3\nraise SystemExit(3)\n"))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
