#!/usr/bin/env python3
"""cordon-python as a whole: behaves as python, obeys a policy, and each refusal stands beside a twin that succeeds.

    test_full_interpreter.py PATH/TO/cordon-python
"""
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

PYTHON = str(pathlib.Path(sys.argv.pop(1)).resolve())

# What every program needs to start and print.
BASE = ("import", "env.*", "fd.use", "process.info", "process.exit", "system.info", "signal.handle", "time.read", "random", "memory.map", "thread.start")

FAILURES = [
    # name of the case, policy file, what must be told
    ("unknown_key", "version: 1\nallow:\n  - capabilty: fs.read\n", ":3:5: "),
    ("unknown_capability", "version: 1\nallow:\n  - capability: fs.red\n", ":3:17: "),
    ("wrong_type", "version: 1\nallow: yes\n", ":2:8: "),
    ("no_version", "allow: []\n", ":1:"),
    ("other_version", "version: 2\n", ":1:10: "),
    ("empty_file", "", ":1:1: "),
    ("not_yaml", "version: 1\nallow: [\n", ":"),
    ("relative_folder", "version: 1\nallow:\n  - capability: fs.*\n    path: [here]\n", ":4:12: "),
    ("limit_that_means_nothing", "version: 1\nallow:\n  - capability: random\n    host: [x]\n", ":4:11: "),
    ("bits_below_the_prefix", "version: 1\nallow:\n  - capability: net.connect\n    address: [10.0.0.1/8]\n", ":4:15: "),
    ("two_documents", "version: 1\n---\nversion: 1\n", ":"),
]

DENIALS = [
    # capability that is denied, a statement that needs it
    ("fs.write", "open(r'{folder}/written', 'w')"),
    ("env.read", "import os; os.environ['PATH']"),
    ("env.write", "import os; os.putenv('A', 'b')"),
    ("process.spawn", "import subprocess; subprocess.run(['true'])"),
    ("process.signal", "import os; os.kill(os.getpid(), 0)"),
    ("net.connect", "import socket; socket.socket()"),
    ("net.listen", "import socket; socket.socket().bind(('127.0.0.1', 0))"),
    ("net.resolve", "import socket; socket.getaddrinfo('localhost', 80)"),
    ("ipc", "import os; os.pipe()"),
    ("native.load", "import ctypes"),
    ("user.info", "import pwd; pwd.getpwuid(0)"),
    ("tty", "import os; os.openpty()"),
    ("time.set", "import time; time.clock_settime(time.CLOCK_REALTIME, time.time())"),
]

# A module whose library acts by itself, and one capability that it needs.
NATIVE = [("readline", "fs.read"), ("_curses", "tty"), ("_ctypes", "native.load"), ("_uuid", "random"), ("_dbm", "fs.read"), ("_gdbm", "fs.read")]


def run(*arguments, policy=None, stdin=None, **options):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        command = [PYTHON]
        if policy is not None:
            file.write(policy)
            file.flush()
            command += ["-X", f"cordon-policy={file.name}"]
        return subprocess.run([*command, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=120, **options)


def rules(**lists):
    """Policy text from lists of capabilities or of (capability, key, [patterns])."""
    text = "version: 1\n"
    for name, entries in lists.items():
        text += f"{name}:\n"
        for entry in entries:
            capability, *limit = (entry,) if isinstance(entry, str) else entry
            text += f"  - capability: \"{capability}\"\n"
            if limit:
                text += f"    {limit[0]}: {limit[1]!r}\n".replace("'", '"')
    return text


class Plain(unittest.TestCase):
    """Without a policy it is python."""

    def test_options(self):
        self.assertRegex(run("--version").stdout, r"^Python 3\.13\.")
        self.assertEqual(run("-c", "print(1 + 1)").stdout, "2\n")
        self.assertEqual(run("-", stdin="print('from stdin')").stdout, "from stdin\n")
        self.assertEqual(run("-m", "json.tool", stdin='{"a": 1}').stdout, '{\n    "a": 1\n}\n')
        self.assertEqual(run("-IS", "-c", "import sys; print(sys.flags.isolated, sys.argv)", "-X", "cordon-policy=/none").stdout,
                         "1 ['-c', '-X', 'cordon-policy=/none']\n")

    def test_exit_codes_and_tracebacks(self):
        self.assertEqual(run("-c", "raise SystemExit(7)").returncode, 7)
        failed = run("-c", "1 / 0")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("ZeroDivisionError", failed.stderr)
        self.assertEqual(run("-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)").returncode, -signal.SIGTERM)

    def test_standard_modules_import(self):
        modules = "ssl sqlite3 ctypes readline curses zlib bz2 lzma uuid hashlib socket select mmap multiprocessing asyncio dbm.gnu"
        self.assertEqual(run("-c", "".join(f"import {name}\n" for name in modules.split()) + "print('all')").stdout, "all\n")

    def test_virtual_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            made = run("-m", "venv", "--without-pip", folder)
            self.assertEqual((made.returncode, made.stderr), (0, ""))
            inside = subprocess.run([f"{folder}/bin/python", "-c", "import sys; print(sys.prefix != sys.base_prefix)"], capture_output=True, text=True, check=False)
            self.assertEqual(inside.stdout, "True\n")

    def test_starts_under_a_name_that_leads_nowhere(self):
        for name in ("no-such-name", "no/such/name"):
            with self.subTest(name):
                result = subprocess.run([name, "-c", "import json, sys; print(sys.executable)"], executable=PYTHON, capture_output=True, text=True, check=False)
                self.assertEqual((result.stdout, result.stderr), (PYTHON + "\n", ""))

    def test_children_and_threads(self):
        program = """
import subprocess, threading, os
box = []
thread = threading.Thread(target=box.append, args=(1,)); thread.start(); thread.join()
fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]
for fd in fds: os.set_inheritable(fd, True)
left = subprocess.run(['ls', '/proc/self/fd'], capture_output=True, text=True, pass_fds=(fds[0], fds[20])).stdout.split()
print(box, str(fds[20]) in left, str(fds[30]) in left)
"""
        self.assertEqual(run("-c", program).stdout, "[1] True False\n")


class Policy(unittest.TestCase):
    def test_unreadable_policies_stop_the_start(self):
        for name, text, place in FAILURES:
            with self.subTest(name):
                result = run("-c", "print('started')", policy=text)
                self.assertEqual((result.returncode, result.stdout), (120, ""))
                self.assertRegex(result.stderr, rf"^cordon-python: \S+\.yaml{place}")

    def test_missing_policy_file_stops_the_start(self):
        for options in ({"env": {"CORDON_POLICY": "/no/such/policy.yaml"}}, {}):
            arguments = [] if options else ["-X", "cordon-policy=/no/such/policy.yaml"]
            result = run(*arguments, "-c", "print('started')", **options)
            self.assertEqual((result.returncode, result.stdout), (120, ""))

    def test_each_capability_can_be_denied(self):
        for capability, statement in DENIALS:
            with self.subTest(capability), tempfile.TemporaryDirectory() as folder:
                program = statement.format(folder=folder)
                denied = run("-c", program, policy=rules(allow=["*"], deny=[capability]))
                self.assertEqual(denied.returncode, 1, denied.stderr)
                self.assertRegex(denied.stderr.splitlines()[-1], r"PermissionError|ImportError|KeyError|gaierror|Errno 1\]|pwd.getpwuid|Operation not permitted")
                if capability != "time.set":
                    allowed = run("-c", program, policy=rules(allow=["*"]))
                    self.assertEqual((allowed.returncode, allowed.stderr), (0, ""))

    def test_files_are_held_beneath_folders(self):
        with tempfile.TemporaryDirectory() as inside, tempfile.TemporaryDirectory() as outside:
            pathlib.Path(outside, "secret").write_text("secret")
            pathlib.Path(inside, "data").write_text("data")
            pathlib.Path(inside, "link").symlink_to(f"{outside}/secret")
            policy = rules(allow=[*BASE, ("fs.*", "path", [inside])])
            self.assertEqual(run("-c", f"print(open(r'{inside}/data').read())", policy=policy).stdout, "data\n")
            self.assertEqual(run("-c", f"open(r'{inside}/new', 'w').write('x')", policy=policy).returncode, 0)
            for path in (f"{outside}/secret", f"{inside}/link", f"{inside}/../{pathlib.Path(outside).name}/secret", f"/proc/self/root{outside}/secret"):
                with self.subTest(path):
                    refused = run("-c", f"print(open(r'{path}').read())", policy=policy)
                    self.assertEqual((refused.returncode, refused.stdout), (1, ""))
                    self.assertIn("PermissionError", refused.stderr)

    def test_a_hidden_working_directory_does_not_stop_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            relative = pathlib.Path(PYTHON).name
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(rules(allow=BASE))
                file.flush()
                result = subprocess.run([f"./{relative}", "-X", f"cordon-policy={file.name}", "-c", "import json; print(json.dumps([2]))"],
                                        cwd=pathlib.Path(PYTHON).parent, capture_output=True, text=True, check=False)
            self.assertEqual((result.stdout, result.stderr), ("[2]\n", ""))
            self.assertIn("FileNotFoundError", run("-c", "import os; os.getcwd()", policy=rules(allow=BASE), cwd=folder).stderr)

    def test_without_files_the_library_is_there_and_nothing_else(self):
        policy = rules(allow=BASE)
        self.assertEqual(run("-c", "import json, decimal; print(json.dumps([1]))", policy=policy).stdout, "[1]\n")
        self.assertIn("PermissionError", run("-c", "open('/etc/passwd')", policy=policy).stderr)

    def test_variables_are_limited_by_name(self):
        policy = rules(allow=[*(name for name in BASE if name != "env.*"), ("env.read", "name", ["SEEN", "PYTHON*"])])
        environment = {"SEEN": "yes", "HIDDEN": "no"}
        result = run("-c", "import os; print(os.environ.get('HIDDEN'))", policy=policy, env=environment)
        self.assertEqual(result.stdout, "None\n")

    def test_addresses_and_ports_are_limited(self):
        program = """
import socket
server = socket.create_server(('127.0.0.1', 0))
port = server.getsockname()[1]
socket.create_connection(('127.0.0.1', port)).close()
try:
    socket.create_connection(('127.0.0.2', port), 1)
    print('reached')
except PermissionError as error:
    print('refused')
"""
        policy = rules(allow=["*"], deny=[("net.connect", "address", ["127.0.0.2/32"])])
        self.assertEqual(run("-c", program, policy=policy).stdout, "refused\n")

    def test_modules_that_act_by_themselves_are_refused_by_name(self):
        for module, capability in NATIVE:
            with self.subTest(module):
                program = f"""
import _imp, importlib.util
for way in (lambda: __import__('{module}'), lambda: _imp.create_builtin(importlib.util.find_spec('{module}'))):
    try: way()
    except ImportError as error: print('{capability}' in str(error))
    else: print('imported')
"""
                refused = run("-c", program, policy=rules(allow=["*"], deny=[(capability)]) if not capability.startswith("fs.")
                              else rules(allow=[*BASE, "tty", ("fs.*", "path", ["/tmp"])]))
                self.assertNotIn("imported", refused.stdout)
                self.assertIn("True", refused.stdout)
                self.assertEqual(run("-c", f"import {module}", policy=rules(allow=["*"])).returncode, 0)


class Libraries(unittest.TestCase):
    def test_sqlite_obeys_the_policy(self):
        program = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('create table t (a)')
connection.commit()
print('made')
"""
        with tempfile.TemporaryDirectory() as inside, tempfile.TemporaryDirectory() as outside:
            policy = rules(allow=[*BASE, ("fs.*", "path", [inside])])
            self.assertEqual(run("-c", program, f"{inside}/a.db", policy=policy).stdout, "made\n")
            refused = run("-c", program, f"{outside}/a.db", policy=policy)
            self.assertEqual(refused.stdout, "")
            self.assertIn("unable to open database file", refused.stderr)
            self.assertFalse(pathlib.Path(outside, "a.db").exists())
            uri = "import sqlite3, sys; sqlite3.connect(f'file:{sys.argv[1]}?vfs=unix-none', uri=True).execute('create table t (a)')"
            self.assertNotEqual(run("-c", uri, f"{outside}/b.db", policy=policy).returncode, 0)
            self.assertFalse(pathlib.Path(outside, "b.db").exists())

    def test_openssl_files_obey_the_policy(self):
        program = "import ssl, sys; c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); c.load_verify_locations(sys.argv[1]); print(len(c.get_ca_certs()) > 0)"
        bundle = "/etc/ssl/certs/ca-certificates.crt"
        if not pathlib.Path(bundle).exists():
            self.skipTest(f"no {bundle} here")
        with tempfile.TemporaryDirectory() as folder:
            granted = rules(allow=[*BASE, ("fs.*", "path", ["/etc/ssl"])])
            self.assertEqual(run("-c", program, bundle, policy=granted).stdout, "True\n")
            other = rules(allow=[*BASE, ("fs.*", "path", [folder])])
            self.assertIn("PermissionError", run("-c", program, bundle, policy=other).stderr)


if __name__ == "__main__":
    unittest.main()
