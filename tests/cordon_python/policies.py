"""Table of refusals: what a program does, the capability whose denial must stop it, and what is seen of it from outside the program.

Each program is run twice, under the same policy but for one deny rule. Both times `witness` tells whether it happened: seen by the test itself, not said by
the program. A refused program must say PermissionError (or `says`), the other must print what `prints` is. Every capability of policy/tables/capabilities.tsv has a row.
"""
import dataclasses


@dataclasses.dataclass
class Refusal:
    name: str
    capability: str
    program: str
    witness: str = "output"  # output: what it prints | file:NAME exists | gone:NAME does not | exit: it ended with 0 | connection, datagram: at the test's socket | signal: got by the test's child
    limits: str = ""  # of the deny rule, e.g. "name: [SECRET]"
    only: str = ""  # instead of a deny rule: the capability is allowed within these limits only; {directory} is the program's
    within: str = ""  # a program that keeps within `only`, and so must print `done` under the very policy that refuses the other
    says: str = "PermissionError"
    prints: str = "done"
    variables: dict = dataclasses.field(default_factory=dict)
    files: dict = dataclasses.field(default_factory=dict)
    cannot_start: bool = False  # the interpreter itself cannot do without


OWN = {"own": "content"}

REFUSALS = [
    # Files.
    Refusal("read_file", "fs.read", "print(open('own').read())", files=OWN, prints="content", cannot_start=True),
    Refusal("write_file", "fs.write", "open('made', 'w').write('x'); print('done')", "file:made"),
    Refusal("append_file", "fs.write", "open('own', 'a').write('x'); print('done')", files=OWN),
    Refusal("make_folder", "fs.write", "import os; os.mkdir('made'); print('done')", "file:made"),
    Refusal("remove_file", "fs.write", "import os; os.remove('own'); print('done')", "gone:own", files=OWN),
    Refusal("rename_file", "fs.write", "import os; os.rename('own', 'made'); print('done')", "file:made", files=OWN),
    Refusal("link_file", "fs.write", "import os; os.symlink('own', 'made'); print('done')", "file:made", files=OWN),
    Refusal("fifo", "fs.write", "import os; os.mkfifo('made'); print('done')", "file:made"),
    Refusal("database", "fs.write", "import sqlite3; c = sqlite3.connect('made'); c.execute('create table t (x)'); c.commit(); print('done')", "file:made",
            says="OperationalError"),
    Refusal("copy", "fs.write", "import shutil; shutil.copy('own', 'made'); print('done')", "file:made", files=OWN),
    Refusal("temporary", "fs.write", "import tempfile; tempfile.mkstemp(dir='.', prefix='made'); print('done')"),
    Refusal("list_folder", "fs.list", "import os; print(os.listdir())", prints="own", files=OWN, cannot_start=True),
    Refusal("write_outside", "fs.write", "open('made', 'w'); print('done')", "file:made", only="path: ['{directory}/inside']", files={"inside/x": ""},
            within="open('inside/made', 'w'); print('done')"),
    Refusal("rename_outside", "fs.write", "import os; os.rename('inside/x', 'made'); print('done')", "file:made", only="path: ['{directory}/inside']",
            files={"inside/x": ""}, within="import os; os.rename('inside/x', 'inside/y'); print('done')"),
    # Variables.
    Refusal("read_unnamed_variable", "env.read", "import os; print(os.environ['HOME'] and os.environ.get('SECRET_KEY', 'PermissionError: hidden'))",
            only="name: [HOME, PATH]", within="import os; print('done' if os.environ['HOME'] and os.getenv('PATH') else '')", prints="value-of-it", variables={"SECRET_KEY": "value-of-it"}),
    Refusal("read_other_variable", "env.read", "import os; print(os.environ.get('SECRET_KEY') or os.getenvb(b'SECRET_KEY') or 'PermissionError: hidden')",
            prints="value-of-it", variables={"SECRET_KEY": "value-of-it"}),
    Refusal("read_variable", "env.read", "import os; print(os.environ.get('SECRET_KEY', 'PermissionError: hidden'))", limits="name: ['SECRET*']", prints="value-of-it",
            variables={"SECRET_KEY": "value-of-it"}),
    Refusal("write_variable", "env.write", "import os; os.environ['NEW'] = '1'; print('done')"),
    # Processes.
    Refusal("run_program", "process.spawn", "import subprocess; subprocess.run(['touch', 'made']); print('done')", "file:made"),
    Refusal("shell", "process.spawn", "import os; print('done') if os.system('touch made') == 0 else print('PermissionError: no shell')", "file:made"),
    Refusal("fork", "process.spawn", "import os\nif os.fork() == 0: open('made', 'w'); os._exit(0)\nos.wait(); print('done')", "file:made"),
    Refusal("exec", "process.spawn", "import os; os.execvp('sh', ['sh', '-c', 'touch made; echo done'])", "file:made"),
    Refusal("posix_spawn", "process.spawn", "import os; os.waitpid(os.posix_spawn('/usr/bin/touch', ['touch', 'made'], {}), 0); print('done')", "file:made"),
    Refusal("multiprocessing", "process.spawn", "import multiprocessing as m, os; p = m.get_context('fork').Process(target=os.mkdir, args=('made',)); p.start(); p.join(); print('done')",
            "file:made"),
    Refusal("send_signal", "process.signal", "import os, signal; os.kill(int(os.environ['VICTIM']), signal.SIGTERM); print('done')", "signal"),
    Refusal("signal_by_descriptor", "process.signal", "import fcntl, os, signal; r, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETOWN, int(os.environ['VICTIM']))\n"
            "fcntl.fcntl(r, 10, signal.SIGTERM); fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC); os.write(w, b'x'); print('done')", "signal"),
    Refusal("process_group", "process.set", "import os; os.setpriority(os.PRIO_PROCESS, 0, 1); print('done')"),
    Refusal("process_information", "process.info", "import os; n = os.getppid(); print('done' if n < 2 ** 31 - 1 else n)", says="2147483647"),
    Refusal("exit_at_once", "process.exit", "import os; print('done', flush=True); os._exit(0)", "exit", says=""),
    # Network.
    Refusal("connect", "net.connect", "import os, socket; socket.create_connection(('127.0.0.1', int(os.environ['PORT']))); print('done')", "connection"),
    Refusal("connect_by_name", "net.connect", "import os, socket; socket.create_connection(('localhost', int(os.environ['PORT']))); print('done')", "connection"),
    Refusal("connect_by_address", "net.connect", "import os, socket; socket.create_connection(('127.0.0.1', int(os.environ['PORT']))); print('done')", "connection",
            limits="address: [127.0.0.0/8]"),
    Refusal("connect_by_other_notation", "net.connect", "import os, socket; socket.create_connection(('0x7f.1', int(os.environ['PORT']))); print('done')", "connection",
            limits="address: [127.0.0.0/8]"),
    Refusal("connect_elsewhere", "net.connect", "import os, socket; socket.create_connection(('127.0.0.1', int(os.environ['PORT']))); print('done')", "connection",
            only="address: [10.0.0.0/8]", within="import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(0.1); print('done')"),
    Refusal("connect_other_port", "net.connect", "import os, socket; socket.create_connection(('127.0.0.1', int(os.environ['PORT']))); print('done')", "connection",
            only="address: [127.0.0.0/8], port: [1]",
            within="import socket\ntry: socket.create_connection(('127.0.0.1', 1))\nexcept ConnectionRefusedError: print('done')"),
    Refusal("connect_asyncio", "net.connect", "import asyncio, os; asyncio.run(asyncio.open_connection('127.0.0.1', int(os.environ['PORT']))); print('done')", "connection"),
    Refusal("http", "net.connect", "import os, urllib.request as r\ntry: r.urlopen('http://127.0.0.1:' + os.environ['PORT'], timeout=0.2)\nexcept (TimeoutError, ConnectionError): pass\n"
            "print('done')", "connection", says="PermissionError"),
    Refusal("datagram", "net.connect", "import os, socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', int(os.environ['PORT']))); print('done')", "datagram"),
    Refusal("listen", "net.listen", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print('done')"),
    Refusal("connect_by_any_address", "net.connect", "import os, socket; socket.create_connection(('0.0.0.0', int(os.environ['PORT']))); print('done')", "connection",
            limits="address: [127.0.0.0/8]"),
    Refusal("connect_by_another_path", "net.connect", "import os, socket; l = socket.socket(socket.AF_UNIX); l.bind('own'); l.listen(); os.symlink('own', 'link')\n"
            "socket.socket(socket.AF_UNIX).connect(os.environ.get('WAY', 'link')); print('done')", only="address: ['unix:{directory}/inside/*']", files={"inside/x": ""},
            within="import socket; l = socket.socket(socket.AF_UNIX); l.bind('inside/s'); l.listen(); socket.socket(socket.AF_UNIX).connect('inside/s'); print('done')"),
    Refusal("netlink", "net.connect", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).send(b'\\x14\\0\\0\\0\\x12\\0\\1\\3' + bytes(12)); print('done')",
            only="address: [10.0.0.0/8]", within="import socket; socket.socket(); print('done')"),
    Refusal("listen_unbound", "net.listen", "import socket; s = socket.socket(); s.listen(); print('done')", only="address: [127.0.0.0/8]",
            within="import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print('done')"),
    Refusal("unix_listen", "net.listen", "import socket; s = socket.socket(socket.AF_UNIX); s.bind('made'); print('done')", "file:made"),
    Refusal("resolve", "net.resolve", "import socket; socket.gethostbyname('localhost'); print('done')"),
    # The rest, one each.
    Refusal("pipe", "ipc", "import os; os.pipe(); print('done')"),
    Refusal("shared_memory", "ipc", "from multiprocessing import shared_memory as s; b = s.SharedMemory(create=True, size=9); b.close(); b.unlink(); print('done')"),
    Refusal("semaphore", "ipc", "import multiprocessing; multiprocessing.Lock(); print('done')"),
    Refusal("map_memory", "memory.map", "import mmap; mmap.mmap(-1, 4096); print('done')", cannot_start=True),
    Refusal("ctypes", "native.load", "import ctypes; ctypes.CDLL(None); print('done')", says="ImportError"),
    Refusal("extension_module", "native.load", "import xxlimited; print('done')", says="ImportError"),
    Refusal("random", "random", "import os; os.getrandom(1); print('done')"),
    Refusal("signal_handler", "signal.handle", "import signal; signal.alarm(0); signal.signal(signal.SIGUSR1, print); print('done')"),
    Refusal("system_information", "system.info", "import socket; socket.gethostname(); print('done')", cannot_start=True),
    Refusal("locale", "system.info", "import locale; locale.setlocale(locale.LC_ALL, 'POSIX'); print('done')", limits="name: [POSIX]", says="locale.Error"),
    Refusal("thread", "thread.start", "import threading; threading.Thread(target=open, args=('made', 'w')).start(); print('done')", "file:made", says="can't start new thread"),
    Refusal("clock", "time.read", "import time; time.time(); print('done')", cannot_start=True),
    Refusal("set_clock", "time.set", "import time; time.clock_settime(time.CLOCK_REALTIME, time.time()); print('done')"),
    Refusal("terminal", "tty", "import os; os.openpty(); print('done')"),
    Refusal("curses", "tty", "import curses; print('done')", says="ImportError"),
    Refusal("users", "user.info", "import pwd; pwd.getpwuid(0); print('done')", says="KeyError"),
    Refusal("descriptor", "fd.use", "import os; os.fstat(1); print('done')", cannot_start=True),
    Refusal("dbm", "fs.write", "import dbm.gnu as d; d.open('made', 'c').close(); print('done')", "file:made", says="ImportError"),
    Refusal("readline", "tty", "import readline; print('done')", says="ImportError"),
    Refusal("ssl", "random", "import ssl; print('done')", says="ImportError"),
    # Modules; test_imports.py has every way to one.
    Refusal("import_module", "import", "import colorsys; print('done')", limits="name: [colorsys]", says="ImportError"),
    Refusal("import_any_module", "import", "print('done')", says="ImportError"),
    Refusal("import_other_module", "import", "import colorsys; print('done')", only="name: [__main__, json, 'json.*', _json, re, 're.*', _sre, enum, functools, _functools, collections, "
            "_collections, itertools, keyword, operator, _operator, reprlib, types, copyreg]", within="import json; print('done')", says="ImportError"),
]
