"""Files, memory, time, signals, users, terminals, locales and the system, as modules of the standard library reach them."""
import ctypes
import ctypes.util
import datetime
import dbm
import errno
import faulthandler
import fcntl
import glob
import grp
import importlib
import io
import locale
import mmap
import os
import pathlib
import platform
import pwd
import random
import readline
import resource
import shutil
import signal
import sqlite3
import stat
import sys
import sysconfig
import syslog
import tempfile
import termios
import time
import tty
import uuid
import zoneinfo

from cases import case, run


def error_of(function, *arguments):
    try:
        return function(*arguments)
    except OSError as error:
        return type(error).__name__, error.errno, error.filename


@case
def files():
    path = pathlib.Path("a/b")
    path.mkdir(parents=True)
    (path / "f").write_text("text\n")
    (path / "g").symlink_to("f")
    os.link(path / "f", path / "h")
    os.chmod(path / "h", 0o640)
    os.truncate(path / "f", 2)
    shutil.copytree("a", "c", symlinks=True)
    walked = sorted((root, sorted(folders), sorted(names)) for root, folders, names in os.walk("."))
    facts = os.stat(path / "f").st_nlink, stat.filemode(os.stat(path / "f").st_mode), os.readlink(path / "g"), (path / "g").read_text()
    shutil.rmtree("a")
    return walked, facts, glob.glob("**", recursive=True), os.listdir()


@case
def file_errors():
    open("file", "w").close()
    os.mkdir("folder")
    return [error_of(*call) for call in [(open, "nowhere"), (os.mkdir, "folder"), (os.rmdir, "file"), (os.listdir, "file"), (os.unlink, "folder"),
            (open, "folder"), (os.rename, "nowhere", "x"), (os.open, "file", os.O_DIRECTORY), (os.readlink, "file"), (os.stat, "file/x"),
            (os.mkfifo, "file"), (os.chdir, "file"), (os.scandir, "nowhere"), (os.read, 987, 1), (os.close, 987), (os.dup2, 987, 988)]]


@case
def descriptors():
    descriptor = os.open("f", os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(descriptor, b"abcdef", 2)
    os.writev(descriptor, [b"1", b"2"])
    os.lseek(descriptor, 0, os.SEEK_SET)
    folder = os.open(".", os.O_RDONLY)
    with os.scandir(folder) as entries:
        seen = [(entry.name, entry.is_file(), entry.stat().st_size) for entry in entries]
    os.posix_fallocate(descriptor, 0, 100)
    os.fsync(descriptor)
    relative = os.stat("f", dir_fd=folder).st_size, os.open in os.supports_dir_fd, os.get_inheritable(descriptor)
    copied = os.dup(descriptor)
    return os.read(descriptor, 20), seen, relative, os.fstat(copied).st_size, fcntl.fcntl(copied, fcntl.F_GETFD), os.isatty(copied)


@case
def file_copies():
    pathlib.Path("a").write_bytes(bytes(range(256)) * 1000)
    shutil.copyfile("a", "b")
    with open("a", "rb") as source, open("c", "wb") as target:
        os.copy_file_range(source.fileno(), target.fileno(), 1000)
        os.sendfile(target.fileno(), source.fileno(), 1000, 500)
    return [os.path.getsize(name) for name in "abc"], pathlib.Path("a").read_bytes() == pathlib.Path("b").read_bytes()


@case
def file_times():
    open("f", "w").close()
    os.utime("f", ns=(1_000_000_001, 2_000_000_003))
    os.utime("f")
    recent = abs(os.stat("f").st_mtime - time.time()) < 60
    os.utime("f", (5, 6))
    return recent, os.stat("f").st_atime_ns, os.stat("f").st_mtime


@case
def file_locks():
    with open("f", "w") as first, open("f") as second:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        busy = error_of(fcntl.flock, second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(first, fcntl.LOCK_EX)
        return busy


@case
def file_attributes():
    open("f", "w").close()
    try:
        os.setxattr("f", "user.name", b"value")
    except OSError as error:
        return errno.errorcode[error.errno]
    return os.getxattr("f", "user.name"), os.listxattr("f"), os.removexattr("f", "user.name")


@case
def temporary():
    with tempfile.TemporaryFile() as file, tempfile.NamedTemporaryFile() as named, tempfile.TemporaryDirectory() as folder:
        file.write(b"x")
        return os.fstat(file.fileno()).st_nlink, os.path.exists(named.name), os.listdir(folder), stat.filemode(os.stat(named.name).st_mode)


@case
def disk_and_space():
    usage = shutil.disk_usage(".")
    return usage.total > usage.used > 0, os.statvfs(".").f_namemax, os.pathconf(".", "PC_NAME_MAX"), os.path.ismount("/")


@case
def memory_maps():
    with open("f", "w+b") as file:
        file.truncate(8192)
        with mmap.mmap(file.fileno(), 8192) as mapped:
            mapped[10:15] = b"hello"
            mapped.flush()
            mapped.madvise(mmap.MADV_SEQUENTIAL)
            mapped.resize(4096)
            found = mapped.find(b"hello"), len(mapped)
        content = os.pread(file.fileno(), 5, 10)
    with mmap.mmap(-1, 4096) as nameless:
        nameless[:3] = b"abc"
        child = os.fork()
        if child == 0:
            nameless[:3] = b"xyz"
            os._exit(0)
        os.waitpid(child, 0)
        return found, content, nameless[:3], mmap.PAGESIZE, os.path.getsize("f")


@case
def memory_descriptor():
    descriptor = os.memfd_create("name")
    os.write(descriptor, b"text")
    events = os.eventfd(3)
    return os.pread(descriptor, 10, 0), os.eventfd_read(events), os.readlink(f"/proc/self/fd/{descriptor}")


@case
def database_on_disk():
    first = sqlite3.connect("data.db")
    first.execute("create table t (n integer primary key, s text)")
    with first:
        first.executemany("insert into t (s) values (?)", [("one",), ("two",)])
    second = sqlite3.connect("data.db", timeout=0.05)
    second.execute("begin immediate")
    try:
        sqlite3.connect("data.db", timeout=0.05).execute("begin immediate")
    except sqlite3.OperationalError as error:
        locked = str(error), error.sqlite_errorname
    second.rollback()
    mode = first.execute("pragma journal_mode=wal").fetchone()
    first.execute("insert into t (s) values ('three')")
    first.commit()
    files = sorted(os.listdir("."))
    first.backup(sqlite3.connect("copy.db"))
    rows = second.execute("select * from t").fetchall()
    first.execute("attach 'other.db' as other")
    first.execute("create table other.o as select * from t")
    missing = None
    try:
        sqlite3.connect("file:nowhere.db?mode=ro", uri=True)
    except sqlite3.OperationalError as error:
        missing = str(error)
    integrity = sqlite3.connect("copy.db").execute("pragma integrity_check").fetchone()
    first.close()
    second.close()
    return locked, mode, files, rows, missing, integrity, open("data.db", "rb").read(15), sorted(os.listdir("."))


@case
def database_between_processes():
    connection = sqlite3.connect("data.db")
    connection.execute("create table t (n)")
    connection.commit()
    for number in range(3):
        child = os.fork()
        if child == 0:
            own = sqlite3.connect("data.db", timeout=30)
            with own:
                own.execute("insert into t values (?)", (number,))
            os._exit(0)
    codes = [os.wait()[1] for _ in range(3)]
    return codes, sorted(connection.execute("select n from t").fetchall())


@case
def key_value_databases():
    answers = []
    for kind in ("dbm.gnu", "dbm.ndbm", "dbm.dumb", "dbm.sqlite3"):
        module = importlib.import_module(kind)
        with module.open(kind, "c") as database:
            database[b"k"] = b"v"
        with module.open(kind, "r") as database:
            answers.append((kind, database[b"k"], dbm.whichdb(kind)))
    return answers, sorted(os.listdir("."))


@case
def native_code():
    library = ctypes.CDLL(ctypes.util.find_library("c"))
    numbers = (ctypes.c_int * 5)(5, 1, 4, 2, 3)
    order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    library.qsort(numbers, 5, ctypes.sizeof(ctypes.c_int), order(lambda a, b: a[0] - b[0]))
    mathematics = ctypes.CDLL(ctypes.util.find_library("m"))
    mathematics.cos.restype, mathematics.cos.argtypes = ctypes.c_double, [ctypes.c_double]
    ctypes.pythonapi.Py_GetVersion.restype = ctypes.c_char_p
    library.open.argtypes = [ctypes.c_char_p, ctypes.c_int]
    use_errno = ctypes.CDLL(None, use_errno=True)
    use_errno.close(987)
    try:
        ctypes.CDLL("libnowhere.so")
    except OSError as error:
        missing = str(error)
    return list(numbers), mathematics.cos(0), ctypes.pythonapi.Py_GetVersion()[:4], ctypes.get_errno(), missing


@case
def signals():
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(signal.Signals(number).name))
    signal.raise_signal(signal.SIGUSR1)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    pending = signal.sigpending()
    waited = signal.sigwait([signal.SIGUSR1])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    return before, seen, pending, waited, signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGPIPE), signal.getsignal(
        signal.SIGINT) is signal.default_int_handler, signal.sigtimedwait([signal.SIGUSR2], 0.01), len(signal.valid_signals())


@case
def signal_interrupts_sleep():
    signal.signal(signal.SIGALRM, lambda number, frame: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        time.sleep(60)
    except ZeroDivisionError:
        return "interrupted"


@case
def signal_wake_up_descriptor():
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGUSR1, lambda *_: None)
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.set_wakeup_fd(-1)
    return os.read(read_end, 10) == bytes([signal.SIGUSR1])


@case
def fault_handler():
    with open("trace", "w+") as file:
        faulthandler.dump_traceback(file)
        faulthandler.register(signal.SIGUSR2, file)
        os.kill(os.getpid(), signal.SIGUSR2)
        faulthandler.dump_traceback_later(0.05, file=file)
        time.sleep(0.5)
        faulthandler.cancel_dump_traceback_later()
        file.seek(0)
        text = file.read()
    return text.count("most recent call first"), "Timeout" in text, text.count("in fault_handler")


@case
def clocks():
    steady = time.monotonic()
    time.sleep(0.01)
    return time.monotonic() > steady, time.time() > 1.6e9, time.process_time() > 0, time.thread_time() >= 0, abs(time.time_ns() / 1e9 - time.time()) < 1, [
        (name, time.get_clock_info(name).adjustable, time.get_clock_info(name).monotonic) for name in ("time", "monotonic", "perf_counter", "process_time")], (
        time.clock_getres(time.CLOCK_MONOTONIC), time.clock_gettime(time.CLOCK_BOOTTIME) > 0)


@case
def zones():
    answers = []
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "XXX-3:30"):
        os.environ["TZ"] = zone
        time.tzset()
        answers.append((time.tzname, time.timezone, time.localtime(1_700_000_000)[:6], time.strftime("%H %Z %z", time.localtime(1_700_000_000)),
                        time.mktime((2024, 7, 1, 0, 0, 0, 0, 0, -1)), datetime.datetime.fromtimestamp(1_700_000_000).astimezone().isoformat()))
    del os.environ["TZ"]
    time.tzset()
    return answers, str(zoneinfo.ZoneInfo("Europe/Berlin").utcoffset(datetime.datetime(2024, 7, 1))), len(zoneinfo.available_timezones()) > 400


@case
def environment():
    os.environ["CORDON_TEST_NAME"] = "value"
    os.putenv("CORDON_TEST_OTHER", "other")
    seen = os.popen("echo $CORDON_TEST_NAME $CORDON_TEST_OTHER").read()
    del os.environ["CORDON_TEST_NAME"]
    return seen, os.popen("echo [$CORDON_TEST_NAME]").read(), os.path.expandvars("$HOME") == os.path.expanduser("~"), os.getenvb(b"LC_ALL")


@case
def users():
    own = pwd.getpwuid(os.getuid())
    try:
        pwd.getpwnam("nobody-of-this-name")
    except KeyError as error:
        missing = str(error)
    return own, pwd.getpwnam("root").pw_uid, grp.getgrgid(0).gr_name, len(pwd.getpwall()), len(grp.getgrall()), missing, os.getgrouplist("root", 0)


@case
def limits():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    opened = []
    try:
        while True:
            opened.append(open("/dev/null"))
    except OSError as error:
        for file in opened:
            file.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return errno.errorcode[error.errno], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1000, resource.getpagesize()


@case
def system():
    return os.uname()[:2], platform.system(), platform.machine(), platform.libc_ver(), platform.python_implementation(), (
        os.cpu_count(), os.sysconf("SC_PAGE_SIZE"), os.confstr("CS_PATH"), len(os.getloadavg()), len(os.sysconf_names), os.path.exists("/etc/os-release"))


@case
def random_bytes():
    return len(os.urandom(40)), len(os.getrandom(10)), os.urandom(8) != os.urandom(8), random.SystemRandom().random() < 1, uuid.uuid1() != uuid.uuid1(), uuid.uuid4().version


@case
def locales():
    answers = []
    for name in ("C", "C.UTF-8", "en_US.UTF-8", "nonsense"):
        try:
            answers.append((locale.setlocale(locale.LC_ALL, name), locale.localeconv()["decimal_point"], locale.getpreferredencoding(), locale.nl_langinfo(locale.CODESET)))
        except locale.Error as error:
            answers.append((name, str(error)))
    return answers, sorted("bAa", key=locale.strxfrm), locale.strcoll("a", "b"), time.strftime("%A", time.gmtime(0)), locale.getlocale()


@case
def log():
    syslog.openlog("cordon-test", syslog.LOG_PID, syslog.LOG_USER)
    return syslog.syslog(syslog.LOG_DEBUG, "a test of the log"), syslog.setlogmask(syslog.LOG_UPTO(syslog.LOG_ERR)), syslog.closelog()


@case
def terminals():
    leader, follower = os.openpty()
    name = os.ttyname(follower)
    attributes = termios.tcgetattr(follower)
    tty.setraw(follower)
    os.write(leader, b"raw\x03")
    got = os.read(follower, 10)
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    termios.tcsetwinsize(follower, (33, 99))
    return name.startswith("/dev/pts/"), os.isatty(follower), got, os.get_terminal_size(leader), termios.tcgetattr(follower) == attributes, fcntl.ioctl(
        leader, termios.TIOCGWINSZ, b"\0" * 8)[:4], shutil.get_terminal_size((1, 2))


@case
def screen():
    """curses on a terminal of its own, seen from outside."""
    import curses
    import pty
    child, leader = pty.fork()
    if child == 0:
        def draw(window):
            window.addstr(0, 0, "drawn text")
            window.refresh()
            window.getch()
        curses.wrapper(draw)
        os._exit(0)
    text = b""
    while b"drawn text" not in text:
        text += os.read(leader, 1000)
    os.write(leader, b"q")
    try:
        while os.read(leader, 1000):
            pass
    except OSError:
        pass
    return os.waitpid(child, 0)[1]


@case
def terminal_database():
    import curses
    import curses.panel
    curses.setupterm("xterm", os.open("/dev/null", os.O_WRONLY))
    return curses.tigetnum("colors"), curses.tigetstr("clear"), curses.tparm(curses.tigetstr("cup"), 3, 4)


@case
def line_editing():
    readline.parse_and_bind("tab: complete")
    readline.add_history("a line")
    readline.write_history_file("history")
    readline.clear_history()
    readline.read_history_file("history")
    return readline.get_current_history_length(), readline.get_history_item(1), readline.get_completer_delims(), readline.backend


@case
def warnings():
    return sys.warnoptions, sys.flags.bytes_warning, len(sys.orig_argv)


@case
def streams():
    read_end, write_end = os.pipe()
    with open(write_end, "w", encoding="utf-8", newline="\r\n") as writer:
        writer.write("grün\n")
    with open(read_end, "rb") as reader:
        got = reader.read()
    broken_read, broken_write = os.pipe()
    os.close(broken_read)
    return got, error_of(os.write, broken_write, b"x"), sys.stdin.fileno(), io.open_code(__file__).read(3), sys.stdout.encoding


@case
def build_facts():
    names = ("EXT_SUFFIX", "SOABI", "VERSION", "LDVERSION", "py_version_short", "MULTIARCH", "Py_DEBUG", "Py_GIL_DISABLED")
    return [sysconfig.get_config_var(name) for name in names], sysconfig.get_platform(), sorted(sysconfig.get_scheme_names()), sysconfig.get_default_scheme(), (
        sys.abiflags, sys.implementation.cache_tag, sys.platform, sys.maxsize, sys.float_repr_style, sys.thread_info, sys.hash_info, sys.api_version, sys.getfilesystemencoding())


@case
def every_module():
    """All that the standard library consists of can be imported, or not, in both alike."""
    import warnings
    warnings.simplefilter("ignore")
    skipped = {"antigravity", "this", "idlelib", "turtledemo"}
    answers = {}
    for name in sorted(sys.stdlib_module_names - skipped):
        try:
            importlib.import_module(name)
        except ImportError as error:
            answers[name] = str(error)
    return answers


@case
def names_offered():
    """What os and its kin offer: the same names, so that what programs look for is there."""
    import _socket
    import _ssl
    import posix
    import select
    return [(module.__name__, sorted(set(dir(module)) - {"__file__"})) for module in (posix, signal, _socket, _ssl, select, fcntl, mmap, resource, termios, time, errno, syslog, ctypes, sqlite3)]


if __name__ == "__main__":
    run()
