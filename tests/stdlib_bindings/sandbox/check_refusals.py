"""What cannot exist in the sandbox is refused by name when it is used, and the same use works in the full interpreter.

Run by run_checks.py, which puts VARIANT ("sandbox" or "full") above this text."""
import sys

# use, capability that the refusal must name, lines. In full the same lines must run to their end.
USES = [
    ("subprocess.run", "process.spawn", "import subprocess; subprocess.run(['/bin/true'], check=True)"),
    ("subprocess.Popen shell", "process.spawn", "import subprocess; subprocess.Popen('exit 0', shell=True).wait()"),
    ("subprocess.check_output", "process.spawn", "import subprocess; assert subprocess.check_output(['/bin/echo', 'x']) == b'x\\n'"),
    ("os.popen", "process.spawn", "import os; os.popen('true').close()"),
    ("asyncio.create_subprocess_exec", "process.spawn", """
import asyncio
async def main():
    process = await asyncio.create_subprocess_exec('/bin/true')
    await process.wait()
asyncio.run(main())"""),
    ("multiprocessing.Process", "process.spawn", """
import multiprocessing
process = multiprocessing.get_context('fork').Process(target=int)
process.start()
process.join()"""),
    ("multiprocessing.Process spawn", "process.spawn", """
import multiprocessing.popen_spawn_posix, multiprocessing.util
multiprocessing.util.spawnv_passfds(b'/bin/true', [b'true'], [])
import os
os.wait()"""),
    ("ProcessPoolExecutor", "process.spawn", """
import concurrent.futures, multiprocessing
with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('fork')) as pool:
    assert pool.submit(int, '7').result() == 7"""),
    ("pty.fork", "process.spawn", """
import os, pty
pid, fd = pty.fork()
if not pid: os._exit(0)
os.waitpid(pid, 0)
os.close(fd)"""),
    ("pty.openpty", "tty", "import os, pty; [os.close(fd) for fd in pty.openpty()]"),
    ("socket.connect", "net.connect", """
import socket
with socket.socket() as client:
    try: client.connect(('127.0.0.1', 1))
    except ConnectionRefusedError: pass"""),
    ("socket.bind", "net.listen", """
import socket
with socket.socket() as server: server.bind(('127.0.0.1', 0))"""),
    ("socket.sendto", "net.connect", """
import socket
with socket.socket(type=socket.SOCK_DGRAM) as sender: sender.sendto(b'', ('127.0.0.1', 9))"""),
    ("socket.create_server", "net.listen", """
import socket
with socket.create_server(('127.0.0.1', 0)) as server:
    socket.create_connection(server.getsockname()).close()"""),
    ("socket.create_connection by name", "net.resolve", """
import socket
try: socket.create_connection(('localhost', 1), timeout=5)
except ConnectionRefusedError: pass"""),
    ("socket.getaddrinfo", "net.resolve", "import socket; assert socket.getaddrinfo('127.0.0.1', 80)"),
    ("socket.gethostbyname", "net.resolve", "import socket; assert socket.gethostbyname('127.0.0.1') == '127.0.0.1'"),
    ("socketserver", "net.listen", """
import socketserver
socketserver.TCPServer(('127.0.0.1', 0), socketserver.BaseRequestHandler).server_close()"""),
    ("http.client", "net.resolve", """
import http.client
try: http.client.HTTPConnection('127.0.0.1', 1).request('GET', '/')
except ConnectionRefusedError: pass"""),
    ("urllib.request http", "net.resolve", """
import urllib.request, urllib.error
try: urllib.request.urlopen('http://127.0.0.1:1/')
except urllib.error.URLError as error:
    if not isinstance(error.reason, ConnectionRefusedError): raise"""),
    ("asyncio.open_connection", "net.connect", """
import asyncio
async def main():
    try: await asyncio.open_connection('127.0.0.1', 1)
    except ConnectionRefusedError: pass
asyncio.run(main())"""),
    ("asyncio.start_server", "net.listen", """
import asyncio
async def main():
    server = await asyncio.start_server(print, '127.0.0.1', 0)
    server.close()
    await server.wait_closed()
asyncio.run(main())"""),
    ("smtplib", "net.resolve", """
import smtplib
try: smtplib.SMTP('127.0.0.1', 1)
except ConnectionRefusedError: pass"""),
    ("ssl.SSLContext.wrap_bio", "net.connect", """
import ssl
ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname='example.org')"""),
    ("ssl.SSLContext.load_verify_locations", "net.connect", "import ssl; ssl.create_default_context().load_verify_locations('/etc/ssl/certs/ca-certificates.crt')"),
    ("ctypes.CDLL", "native.load", "import ctypes; ctypes.CDLL('libm.so.6')"),
    ("ctypes symbol", "native.load", "import ctypes; assert ctypes.CDLL(None).strlen(b'abc') == 3"),
    ("ctypes.pythonapi", "native.load", "import ctypes; ctypes.pythonapi.Py_GetVersion()"),
    ("ctypes.string_at", "native.load", "import ctypes; assert ctypes.string_at(b'abc') == b'abc'"),
    ("ctypes.Structure", "native.load", """
import ctypes
class Point(ctypes.Structure): _fields_ = [('x', ctypes.c_int), ('y', ctypes.c_int)]
assert Point(1, 2).y == 2"""),
    ("ctypes callback", "native.load", "import ctypes; ctypes.CFUNCTYPE(ctypes.c_int)(int)"),
    ("mmap.mmap", "memory.map", "import mmap; mmap.mmap(-1, 4096).close()"),
    ("shared_memory.SharedMemory", "ipc", """
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory(create=True, size=16)
memory.close()
memory.unlink()"""),
    ("syslog.syslog", "ipc", "import syslog; syslog.openlog('cordon-test'); syslog.syslog('test')"),
    ("termios.tcgetattr", "tty", """
import os, termios
fd = os.openpty()[1] if hasattr(os, 'openpty') else 0
termios.tcgetattr(fd)"""),
    ("curses.setupterm", "tty", "import curses; curses.setupterm('xterm', 1)"),
    ("curses.initscr", "tty", """
import curses, os
if VARIANT == 'sandbox': curses.wrapper(print)
curses.tigetnum if hasattr(curses, 'tigetnum') else None"""),
    ("resource.setrlimit", "process.set", """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)"""),
    ("import readline", "tty", "import readline"),
    ("import dbm.gnu", "native.load", "import dbm.gnu"),
]
# Without a twin: a window needs a display, which a machine that runs tests has not.
SANDBOX_ONLY = [
    ("tkinter.Tk", "net.connect", "import tkinter; tkinter.Tk()"),
    ("turtle.forward", "net.connect", "import turtle; turtle.forward(1)"),
]


def causes(error):
    """The error, and what it was raised from or holds."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__ or getattr(error, "reason", None)
    return [cause for cause in seen if isinstance(cause, BaseException)]


def run(lines):
    try:
        exec(compile(lines, "<use>", "exec"), {"VARIANT": VARIANT, "__name__": "use"})
    except BaseException as error:
        return error
    return None


def verdict(capability, lines):
    """"" or what is wrong."""
    error = run(lines)
    if VARIANT == "full":
        return "" if error is None else f"must work, but {type(error).__name__}: {error}"
    if error is None:
        return "must be refused, but worked"
    named = [cause for cause in causes(error) if f"sandbox has no capability {capability}" in str(cause)]
    if not named:
        return f"must name {capability}, but {type(error).__name__}: {error}"
    # termios has an exception of its own, which is no OSError anywhere.
    if not isinstance(named[0], (OSError, ImportError)) and f"{type(named[0]).__module__}.{type(named[0]).__name__}" != "termios.error":
        return f"must be an OSError or ImportError, but is {type(named[0]).__name__}"
    return ""


def main():
    uses = USES + (SANDBOX_ONLY if VARIANT == "sandbox" else [])
    failures = 0
    for name, capability, lines in uses:
        wrong = verdict(capability, lines)
        if wrong:
            failures += 1
            print(f"FAIL {name}: {wrong}")
    print(f"{len(uses)} uses {'refused by name' if VARIANT == 'sandbox' else 'that work'}, {failures} failures")
    return 1 if failures else 0


sys.exit(main())
