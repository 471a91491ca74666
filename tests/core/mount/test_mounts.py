#!/usr/bin/env python3
"""What a program in a sandbox can do with what it was granted, and what the host sees of it from outside. Arguments: mount_run, the image."""
import hashlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

MOUNT_RUN, IMAGE = sys.argv[1:3]


def tree_hash(folder):
    """Names, kinds, modes, sizes, times of change, links and content: all but times of reading."""
    found = hashlib.sha256()
    for path in sorted([pathlib.Path(folder), *pathlib.Path(folder).rglob("*")]):
        status = path.lstat()
        found.update(repr((str(path), status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, status.st_nlink)).encode())
        if path.is_symlink():
            found.update(os.readlink(path).encode())
        elif path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


class Mounted(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="cordon-mounts-"))
        self.addCleanup(shutil.rmtree, self.top)
        self.folder = self.top / "granted"
        self.outside = self.top / "outside"
        for folder in (self.folder, self.outside, self.folder / "d"):
            folder.mkdir()
        (self.folder / "f").write_text("hello")
        (self.folder / "d" / "x").write_text("x")
        (self.outside / "secret").write_text("secret")

    def run_in(self, mode, program, *options, prefix=(), timeout=120):
        return subprocess.run([*prefix, MOUNT_RUN, IMAGE, mode, str(self.folder), *options], input=textwrap.dedent(program), capture_output=True, text=True,
                              timeout=timeout)

    def answer(self, mode, program, *options):
        done = self.run_in(mode, program, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def changes(self, program):
        report = self.top / "changes"
        self.answer("overlay", program, "--changes", str(report))
        rows = [line.split(" ", 3) for line in report.read_text().splitlines()]
        return {path: (kind, int(size)) for kind, _, size, path in rows}


class Modes(Mounted):
    CHANGES = ["open('new', 'w')", "open('f', 'a')", "open('f', 'r+')", "os.mkdir('e')", "os.remove('f')", "os.rename('f', 'g')", "os.symlink('f', 'l')",
               "os.link('f', 'g')", "os.chmod('f', 0o600)", "os.utime('f')", "os.truncate('f', 0)", "shutil.rmtree('d')", "os.rmdir('empty')"]

    def test_read_only_refuses_each_change_that_the_others_allow(self):
        program = "import os, shutil, errno\ntry: {}; print('done')\nexcept OSError as error: print(errno.errorcode[error.errno])"
        (self.folder / "empty").mkdir()
        before = tree_hash(self.folder)
        for change in self.CHANGES:
            for mode, expected in ("ro", "EROFS"), ("overlay", "done"):
                with self.subTest(change=change, mode=mode):
                    self.assertEqual(self.answer(mode, program.format(change)), expected)
        self.assertEqual(tree_hash(self.folder), before)

    def test_overlay_leaves_the_folder_as_it_was(self):
        before = tree_hash(self.folder)
        found = self.changes("""
            import os, shutil
            open('f', 'a').write(' world'); os.remove('d/x'); os.mkdir('e'); open('e/deep', 'w').write('new'); os.rename('e', 'e2'); os.chmod('d', 0o700)
            shutil.copytree('.', '/tmp/copy'); print(sorted(os.listdir('.')))
            """)
        self.assertEqual(tree_hash(self.folder), before)
        self.assertEqual({path: kind for path, (kind, _) in found.items()}, {"f": "C", "d": "C", "d/x": "R", "e2": "A", "e2/deep": "A"})
        self.assertEqual(found["f"][1], len("hello world"))

    def test_overlay_reports_nothing_for_a_reader(self):
        self.assertEqual(self.changes("import pathlib\nprint([p.read_bytes() for p in pathlib.Path('.').rglob('*') if p.is_file()])"), {})

    def test_read_write_changes_the_folder(self):
        self.answer("rw", "import os\nopen('f', 'a').write('!'); os.makedirs('a/b'); open('a/b/c', 'w').write('c'); os.remove('d/x'); os.rmdir('d')")
        self.assertEqual(sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*")), ["a", "a/b", "a/b/c", "f"])
        self.assertEqual((self.folder / "f").read_text(), "hello!")

    def test_report_comes_after_a_death(self):
        report = self.top / "changes"
        done = self.run_in("overlay", "import os\nopen('new', 'w').write('kept')\nwhile True: os.write(1, b'x' * 65536)", "--changes", str(report))
        self.assertEqual(done.returncode, 125)
        self.assertIn("LIMIT_OUTPUT", done.stderr)
        self.assertEqual(report.read_text().split(), ["A", "100644", "4", "new"])


class Libraries(Mounted):
    PROGRAM = """
        import os, pathlib, shutil, sqlite3, tarfile, tempfile, zipfile
        base = pathlib.Path('lib'); base.mkdir()
        big = os.urandom(300_000)
        (base / 'big').write_bytes(big)
        with open(base / 'big', 'r+b') as file:
            file.seek(150_000); file.write(b'middle'); file.seek(-3, 2); file.truncate(); size = file.seek(0, 2)
        print(size, (base / 'big').stat().st_size, (base / 'big').read_bytes()[150_000:150_006])
        with zipfile.ZipFile(base / 'z.zip', 'w', zipfile.ZIP_DEFLATED) as z: z.write(base / 'big', 'big'); z.writestr('text', 'text')
        with zipfile.ZipFile(base / 'z.zip') as z: print(z.testzip(), z.namelist(), z.getinfo('big').file_size)
        with tarfile.open(base / 't.tar.gz', 'w:gz') as t: t.add(base / 'z.zip', 'z.zip')
        with tarfile.open(base / 't.tar.gz') as t: print(t.getnames())
        shutil.unpack_archive(base / 't.tar.gz', base / 'un', filter='data'); print(sorted(os.listdir(base / 'un')))
        shutil.copytree(base / 'un', base / 'copy'); shutil.move(base / 'copy', '/tmp/moved'); shutil.move('/tmp/moved', base / 'back'); print(sorted(p.name for p in base.iterdir()))
        with tempfile.NamedTemporaryFile(dir=base) as file: file.write(b'x'); file.flush(); print(os.path.getsize(file.name))
        with tempfile.TemporaryFile(dir=base) as file: file.write(b'xy'); file.seek(0); print(file.read())
        db = sqlite3.connect(base / 'db'); db.execute('pragma journal_mode=delete'); db.execute('create table t(a, b)')
        with db: db.executemany('insert into t values(?, ?)', ((i, str(i)) for i in range(5000)))
        try:
            with db: db.execute('delete from t'); raise KeyError
        except KeyError: pass
        print(db.execute('select count(*), sum(a) from t').fetchone(), db.execute('pragma integrity_check').fetchone()); db.close()
        file = open('gone', 'w+'); os.remove('gone'); file.write('still'); file.seek(0); print(file.read(), os.fstat(file.fileno()).st_nlink); file.close()
        append = [open('log', 'a') for _ in range(2)]
        for i in range(6): append[i % 2].write(str(i)); append[i % 2].flush()
        print(open('log').read())
        print(shutil.disk_usage('.').total > 0, os.statvfs('.').f_namemax)
        os.utime('log', ns=(10**18 + 1, 10**18 + 2)); print(os.stat('log').st_mtime_ns, os.stat('log').st_atime_ns >= 10**18)
        shutil.rmtree(base); os.remove('log'); print(sorted(os.listdir('.')))
        """
    EXPECTED = ["299997 299997 b'middle'", "None ['big', 'text'] 299997", "['z.zip']", "['z.zip']", "['back', 'big', 't.tar.gz', 'un', 'z.zip']", "1", "b'xy'",
                "(5000, 12497500) ('ok',)", "still 0", "012345", "True 255", "1000000000000000002 True", "['d', 'f']"]

    def test_libraries_work_in_both_modes(self):
        for mode in "rw", "overlay":
            with self.subTest(mode=mode):
                self.assertEqual(self.answer(mode, self.PROGRAM).splitlines(), self.EXPECTED)

    def test_folder_of_ten_thousand(self):
        (self.folder / "many").mkdir()
        for i in range(10_000):
            (self.folder / "many" / f"{i:05}").touch()
        for mode in "ro", "overlay":
            with self.subTest(mode=mode):
                self.assertEqual(self.answer(mode, "import os\nnames = os.listdir('many'); print(len(names), min(names), max(names), sum(e.is_file() for e in os.scandir('many')))"),
                                 "10000 00000 09999 10000")

    def test_large_file(self):
        with open(self.folder / "large", "wb") as file:
            file.truncate(5 << 30)
            file.seek((5 << 30) - 4)
            file.write(b"tail")
        self.assertEqual(self.answer("ro", "f = open('large', 'rb'); f.seek(-4, 2); print(f.tell(), f.read())"), f"{(5 << 30) - 4} b'tail'")

    def test_imports_come_from_a_mount(self):
        (self.folder / "plugin.py").write_text("def hello(): return __file__")
        self.assertEqual(self.answer("ro", "import sys; sys.path.insert(0, '/work'); import plugin; print(plugin.hello())"), "/work/plugin.py")


class Attacks(Mounted):
    READ = "try: print(open({!r}).read())\nexcept OSError as error: print(type(error).__name__)"

    def test_links_that_leave_are_refused(self):
        os.symlink("../outside/secret", self.folder / "relative")
        os.symlink(self.outside / "secret", self.folder / "absolute")
        os.symlink("..", self.folder / "up")
        os.symlink("/etc/passwd", self.folder / "system")
        os.symlink("d/../f", self.folder / "inside")
        os.symlink("/work/f", self.folder / "as_the_guest_sees_it")
        for name in "relative", "absolute", "up/outside/secret", "system":
            self.assertEqual(self.answer("ro", self.READ.format(name)), "PermissionError", name)
        for name in "inside", "as_the_guest_sees_it":
            self.assertEqual(self.answer("ro", self.READ.format(name)), "hello", name)

    def test_dots_lead_to_the_guests_own_tree(self):
        self.assertEqual(self.answer("rw", self.READ.format("../outside/secret")), "FileNotFoundError")
        self.assertEqual(self.answer("rw", self.READ.format("../work/d/../f")), "hello")
        self.assertEqual(self.answer("rw", "import os; print(os.path.samefile('..', '/'), '/etc/passwd', os.path.exists('/etc/passwd'))"), "True /etc/passwd False")

    def test_fifos_devices_and_sockets_are_listed_and_not_opened(self):
        os.mkfifo(self.folder / "fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
        self.assertEqual(self.answer("rw", "import os; print(sorted(os.listdir('.')))"), "['d', 'f', 'fifo', 'socket']")
        program = "import errno\nfor name in ('fifo', 'socket', 'f'):\n    try: print(open(name, {!r}).close())\n    except OSError as error: print(errno.errorcode[error.errno])"
        for mode in "r", "w":
            self.assertEqual(self.answer("rw", program.format(mode)).split(), ["ENXIO", "ENXIO", "None"])

    def test_environment_of_the_host_is_not_there(self):
        program = "import os; print(os.environ.get('GRANTED'), os.environ.get('SECRET_OF_THE_HOST'), os.environ.get('PATH') == '/usr/bin')"
        os.environ["SECRET_OF_THE_HOST"] = "secret"
        self.addCleanup(os.environ.pop, "SECRET_OF_THE_HOST")
        self.assertEqual(self.answer("ro", program, "--env", "GRANTED=yes"), "yes None True")

    def test_brokered_bytes_end_the_sandbox(self):
        (self.folder / "big").write_bytes(b"x" * 1_000_000)
        program = "try:\n    while True: print(len(open('big', 'rb').read()), flush=True)\nexcept BaseException: print('caught')"
        done = self.run_in("ro", program, "--brokered", "2500000")
        self.assertEqual((done.returncode, done.stdout.split()), (125, ["1000000", "1000000"]))
        self.assertRegex(done.stderr, "LIMIT_FILES: limit of brokered-bytes reached: [0-9]+ of 2500000 bytes")
        self.assertEqual(self.answer("ro", "print(len(open('big', 'rb').read()))", "--brokered", "2500000"), "1000000")

    def test_refusals_and_records(self):
        for capability, program in ("fs.write", "open('new', 'w')"), ("fs.read", "open('f')"), ("fs.list", "__import__('os').listdir('d')"):
            record = self.top / "record"
            # Whoever is refused fs.read cannot even enter the folder, so this one stands in memory.
            inside = f"import os\nos.chdir('/tmp')\ntry: {program.replace(chr(39) + 'f', chr(39) + '/work/f').replace(chr(39) + 'n', chr(39) + '/work/n').replace(chr(39) + 'd', chr(39) + '/work/d')}; print('done')\nexcept PermissionError: print('refused')"
            with self.subTest(capability=capability):
                self.assertEqual(self.answer("rw", inside, "--refuse", capability, "--record", str(record)), "refused")
                self.assertRegex(record.read_text(), rf"fs_\w+ {re.escape(capability)} {re.escape(str(self.folder))}\S* refused")
                self.assertEqual(self.answer("rw", inside, "--record", str(record)), "done")
                self.assertRegex(record.read_text(), rf"fs_\w+ {re.escape(capability)} {re.escape(str(self.folder))}\S* asked 0")

    @unittest.skipUnless(shutil.which("strace"), "strace is not there")
    def test_worker_makes_the_same_system_calls(self):
        trace = self.top / "trace"
        program = "import os, time\nprint(open('f').read(), os.listdir('d'), time.time() > 0, len(os.urandom(9))); open('new', 'w').write('x'); time.sleep(0.01)"
        done = self.run_in("rw", program, "--clock", "real", "--random", "host", prefix=("strace", "-f", "-ff", "-qq", "-o", str(trace)))
        self.assertEqual(done.returncode, 0, done.stderr)
        locked = []
        for file in self.top.glob("trace.*"):
            lines = file.read_text().splitlines()
            starts = [i for i, line in enumerate(lines) if line.startswith("execve(") and "cordon-sandbox" in line]
            ends = [i for i, line in enumerate(lines) if "SECCOMP_SET_MODE_FILTER" in line or "SECCOMP_MODE_FILTER" in line]
            if starts and ends:
                locked = lines[ends[-1] + 1:]
        self.assertGreater(len(locked), 20)
        calls = {line.split("(")[0] for line in locked if "(" in line and not line.startswith(("+++", "---"))}
        self.assertEqual(calls - {"read", "write", "exit"}, set())
        self.assertEqual(calls, {"read", "write", "exit"})


class Clocks(Mounted):
    def test_real_clock_follows_the_host(self):
        before = time.time()
        told = self.answer("ro", "import time; a = time.time(); m = time.monotonic(); time.sleep(0.2); print(a, time.time() - a >= 0.2, time.monotonic() - m >= 0.2)", "--clock", "real")
        after = time.time()
        moment, slept, monotonic = told.split()
        self.assertTrue(before <= float(moment) <= after - 0.2, told)
        self.assertEqual((slept, monotonic), ("True", "True"))

    def test_waits_of_a_real_clock_are_waits_of_the_host(self):
        program = """
            import asyncio, queue, threading, time
            async def both():
                start = time.monotonic()
                await asyncio.gather(asyncio.sleep(0.05), asyncio.sleep(0.1))
                try: await asyncio.wait_for(asyncio.sleep(60), 0.05)
                except TimeoutError: print('timeout', time.monotonic() - start >= 0.15)
            asyncio.run(both())
            start = time.monotonic()
            try: queue.Queue().get(timeout=0.1)
            except queue.Empty: print('empty', time.monotonic() - start >= 0.1)
            rung = threading.Event(); threading.Timer(0.05, rung.set).start()
            while not rung.is_set(): pass
            print('rung')
            """
        before = time.monotonic()
        self.assertEqual(self.answer("ro", program, "--clock", "real").splitlines(), ["timeout True", "empty True", "rung"])
        self.assertGreaterEqual(time.monotonic() - before, 0.3)

    def test_fixed_clock_stands(self):
        self.assertEqual(self.answer("ro", "import time; a = time.time(); m = time.monotonic(); time.sleep(3600); print(time.time() == a, time.monotonic() - m >= 3600)",
                                     "--clock", "fixed"), "True True")

    def test_random_bytes_differ_and_are_the_hosts(self):
        program = "import os, secrets; a = os.urandom(5000); print(len(a), len(set(a)) > 200, a[:16].hex(), secrets.token_hex(8))"
        record = self.top / "record"
        first = self.answer("ro", program, "--random", "host", "--record", str(record)).split()
        second = self.answer("ro", program, "--random", "host").split()
        self.assertEqual((first[:2], second[:2]), (["5000", "True"], ["5000", "True"]))
        self.assertNotEqual(first[2:], second[2:])
        self.assertIn("random_fill random - asked 0", record.read_text())
        self.answer("ro", program, "--record", str(record))
        self.assertNotIn("random_fill", record.read_text())

    def test_refused_clock_or_random_ends_the_sandbox(self):
        program = "import os, time; print(len(os.urandom(8)), time.time() > 0)"
        options = ("--clock", "real", "--random", "host")
        for capability, complaint in ("random", "random bytes"), ("time.read", "its clock"):
            done = self.run_in("ro", program, *options, "--refuse", capability)
            self.assertEqual(done.returncode, 124, done.stderr)
            self.assertIn(complaint, done.stderr)
        self.assertEqual(self.answer("ro", program, *options), "8 True")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
