"""What cordon-python tells of itself under `cordon audit run`: every access, from every thread, handler, child and started program, with who asked.

What must be in the record is known from outside: the files a program was told to open, the processes it was told to start, its own source.

usage: check_record.py --subject CORDON_PYTHON --command CORDON [CASE ...]
"""
import argparse
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(what, condition, detail=""):
    if not condition:
        raise AssertionError(f"{what}: {str(detail)[:2000]}")


class Record:
    """One audited run, and its record as Python's own json reads it."""

    def __init__(self, folder, done):
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.text = Path(folder, "r.jsonl").read_bytes()
        self.lines = [json.loads(line) for line in self.text.decode().splitlines()]
        self.sites = {line["id"]: line for line in self.of("site")}

    def of(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    def opened(self, path):
        return [line for line in self.of("access") if line["operation"] == "fs_open" and line["arguments"]["path"] == str(path)]

    def total(self, operation, **arguments):
        return sum(line.get("count", 1) for line in self.of("access")
                   if line["operation"] == operation and all(line["arguments"].get(name) == value for name, value in arguments.items()))

    def processes(self):
        return {line["id"]: line for line in self.of("process")}

    def ends(self):
        return {line["process"]: line["code"] for line in self.of("exit")}


class World:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def write(self, name, text):
        path = Path(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def command(self, *arguments):
        return [self.options.command, "audit", "run", "--record", str(Path(self.folder, "r.jsonl")), *map(str, arguments)]

    def run(self, program, *arguments, code=0, environment=None):
        script = self.write("script.py", program)
        done = subprocess.run(self.command(script, *arguments), cwd=self.folder, capture_output=True, timeout=300, stdin=subprocess.DEVNULL,
                              env={**os.environ, **(environment or {})})
        record = Record(self.folder, done)
        expect("exit code", record.code == code, (record.code, record.out, record.err))
        if code != 125:
            verified = subprocess.run([self.options.command, "audit", "verify", str(Path(self.folder, "r.jsonl"))], capture_output=True)
            expect("the record is whole", verified.returncode == 0 and record.of("end")[0]["lost"] == 0, verified.stdout)
        return record


# ---- Who asked ---------------------------------------------------------------------------------------------------------------------------

@case
def site(world):
    world.write("package/__init__.py", "")
    inner = world.write("package/inner.py", """\
        import pathlib

        class Reader:
            def read(self, path):
                return open(path).read(), pathlib.Path(path).read_text()
        """)
    world.write("outer.py", "from package import inner\n")
    target = world.write("data.txt", "x")
    record = world.run("""\
        import outer
        from package.inner import Reader
        Reader().read('data.txt')
        """)
    sites = [record.sites[line["site"]] for line in record.opened(target)]
    expect("two opened it", len(sites) == 2, sites)
    own, library = sites
    expect("own place", (own["file"], own["line"], own["function"], own["module"], own["caller"]) == (str(inner), 5, "Reader.read", "package.inner", None), own)
    expect("who imported", own["imports"] == ["__main__", "outer"], own)
    expect("the library's place", library["module"].startswith("pathlib") and library["distribution"].startswith("python 3."), library)
    caller = record.sites[library["caller"]]
    expect("and who called it", (caller["file"], caller["line"], caller["function"]) == (str(inner), 5, "Reader.read"), caller)


@case
def distributions(world):
    for name, files in (("One_Thing", ["alone.py", "shared/one.py", '"comma, quoted.py"']), ("two", ["shared/two.py"])):
        for path in files:
            if not path.startswith('"'):
                world.write(f"site/{path}", "def look(path): open(path).close()\n")
        folder = f"site/{name.lower()}-1.5.dist-info"
        world.write(f"{folder}/RECORD", "".join(f"{path},sha256=x,3\n" for path in files))
        world.write(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5.0\n\nName: wrong\n")
    world.write("site/nobodys.py", "def look(path): open(path).close()\n")
    world.write("site/broken-1.dist-info/METADATA", "Name: broken\n")
    record = world.run("""\
        import alone, nobodys, shared.one, shared.two
        for module in (alone, nobodys, shared.one, shared.two): module.look('script.py')
        """, environment={"PYTHONPATH": str(Path(world.folder, "site"))})
    found = {site["module"]: site["distribution"] for site in record.sites.values() if site["function"] == "look"}
    expect("each file's own", found == {"alone": "One_Thing 1.5.0", "nobodys": None, "shared.one": "One_Thing 1.5.0", "shared.two": "two 1.5.0"}, found)
    expect("a script has none", {site["distribution"] for site in record.sites.values() if site["module"] == "__main__"} == {None}, "")


@case
def errors_and_results(world):
    record = world.run("""\
        import os
        try: open('missing')
        except FileNotFoundError: pass
        fd = os.open('script.py', os.O_RDONLY)
        os.read(fd, 7)
        """)
    missing, = record.opened(Path(world.folder, "missing"))
    expect("errno", missing["error"] == "ENOENT" and missing["decision"] == "allow", missing)
    expect("result", record.total("fd_read", size=7) == 1, "")


@case
def denials(world):
    policy = world.write("p.yaml", """\
        version: 1
        allow:
          - capability: "*"
        deny:
          - capability: env.write
        """)
    record = world.run("import os; os.environ.get('HOME')\ntry: os.putenv('A', 'x')\nexcept PermissionError: print('refused')\n",
                       environment={"CORDON_POLICY": str(policy)})
    denied = [line for line in record.of("access") if line["decision"] == "deny" and line["site"] != 0]
    expect("refused and told", record.out == "refused\n" and [line["operation"] for line in denied] == ["env_set"], denied)
    expect("an errno, and the rule", denied[0]["error"] == "EPERM" and denied[0]["rule"] == f"{policy}:5", denied)
    twin = world.run("import os; os.putenv('A', 'x')\n")
    expect("twin", twin.total("env_set", name="A") == 1 and not [line for line in twin.of("access") if line["decision"] == "deny"], "")


@case
def paths(world):
    target = world.write("a/b/data.txt", "x")
    record = world.run("""\
        import os
        open('a//./b/../b/data.txt').close()
        os.chdir('a')
        open('b/data.txt').close()
        fd = os.open('b', os.O_RDONLY)
        os.close(os.open('data.txt', os.O_RDONLY, dir_fd=fd))
        os.fchdir(fd)
        open('data.txt').close()
        os.chdir('/')
        open('/' + os.path.relpath(%r, '/')).close()
        """ % str(target))
    expect("five times the same path", len(record.opened(target)) == 5, [line["arguments"] for line in record.of("access") if line["operation"] == "fs_open"][-8:])


@case
def paths_of_any_length(world):
    """What is odd in a path is seen wherever it lies: looking for it takes sixteen bytes at a time, or eight, or each."""
    record = world.run("""\
        import os
        for length in range(1, 45):
            for odd in ('/', '/.', '/./', '/..', '//', '/.x', '/x.', '..', '/-', '/0', '.'):
                try: os.stat('/' + 'n' * length + odd)
                except OSError: pass
                try: os.stat('/nowhere' + odd + '/' + 'n' * length)
                except OSError: pass
        """)
    asked = [line["arguments"]["path"] for line in record.of("access") if line["operation"] == "fs_stat"]
    wanted = []
    for length in range(1, 45):
        for odd in ("/", "/.", "/./", "/..", "//", "/.x", "/x.", "..", "/-", "/0", "."):
            wanted += [os.path.normpath("/" + "n" * length + odd), os.path.normpath("/nowhere" + odd + "/" + "n" * length)]
    first = asked.index(wanted[0])
    expect("each as it is", asked[first:first + len(wanted)] == wanted, [pair for pair in zip(asked[first:], wanted) if pair[0] != pair[1]][:5])


@case
def paths_from_here(world):
    """Relative ones, where the folder and the path are short and where either is not, and after each change of the folder."""
    record = world.run("""\
        import os, threading
        top = os.getcwd()
        def ask():
            for name in ('a', 'a/b', './a', 'a//b/', '../a', '../' * 100 + 'a', '.', '..', 'n' * 200 + '/x', ('n' * 200 + '/') * 6):
                for function in (os.stat, os.listdir):
                    try: function(name)
                    except OSError: pass
            try: os.rename('here/x', '../there/y')
            except OSError: pass
        ask()
        for _ in range(7):
            os.mkdir('f' * 200); os.chdir('f' * 200)
            ask()
        os.chdir('/'); ask()
        os.chdir(top); thread = threading.Thread(target=ask); thread.start(); thread.join()
        """)
    names = ("a", "a/b", "./a", "a//b/", "../a", "../" * 100 + "a", ".", "..", "n" * 200 + "/x", ("n" * 200 + "/") * 6)
    folders = [str(world.folder) + ("/" + "f" * 200) * deep for deep in range(8)] + ["/", str(world.folder)]
    asked = [line["arguments"]["path"] for line in record.of("access") if line["operation"] == "fs_stat" and record.sites.get(line["site"], {}).get("function") == "ask"]
    wanted = [os.path.normpath(os.path.join(folder, name)) for folder in folders for name in names]
    expect("each is absolute", asked == wanted, [pair for pair in zip(asked, wanted) if pair[0] != pair[1]][:3])
    moved = [(line["arguments"]["path"], line["arguments"]["new_path"]) for line in record.of("access") if line["operation"] == "fs_rename"]
    expect("both of two", moved == [tuple(os.path.normpath(os.path.join(folder, name)) for name in ("here/x", "../there/y")) for folder in folders], moved[:2])


@case
def locks(world):
    """A lock reads the clock only where there is a time to wait until: what the program does not ask for is not in its record."""
    record = world.run("""\
        import faulthandler, os, threading, time
        locks = threading.Lock(), threading.RLock()

        def untimed():
            for lock in locks * 100:
                lock.acquire()
                lock.acquire(False)
                lock.release()
            locks[1].release()
            with open(__file__, 'rb') as file:
                for _ in range(100): file.seek(0); file.read()

        def timed():
            locks[0].acquire()
            assert not locks[0].acquire(timeout=0.05)
            threading.Timer(0.05, locks[0].release).start()
            assert locks[0].acquire(timeout=60)

        untimed(); timed()
        # Its thread waits for a lock, with a timeout, until it is time to write.
        reading, writing = os.pipe()
        begin = time.monotonic()
        faulthandler.dump_traceback_later(0.2, file=writing)
        assert os.read(reading, 7) == b'Timeout' and time.monotonic() - begin >= 0.2
        faulthandler.dump_traceback_later(3600, file=writing)
        faulthandler.cancel_dump_traceback_later()
        """)

    def clocks(is_wanted):
        return sum(line.get("count", 1) for line in record.of("access") if line["operation"] == "time_clock" and is_wanted(line, record.sites.get(line["site"], {}).get("function")))
    without = clocks(lambda line, function: function == "untimed")
    expect("no clock without a timeout", without == 0, without)
    expect("one for each timeout", clocks(lambda line, function: function == "timed") >= 2)
    expect("and for a thread of C code", clocks(lambda line, function: line["thread"] > 2 and function is None) >= 2)


@case
def hooks_beside(world):
    """No arguments are gathered for an event that this program's hooks do not want; hooks of others get them as ever, be they written in Python or in C."""
    record = world.run("""\
        import ctypes, sys
        KIND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.py_object, ctypes.c_void_p)
        heard = []

        def in_python(event, arguments):
            if event == 'open': heard.append(('python', *arguments[:2]))

        @KIND
        def in_c(event, arguments, context):
            if event == b'open': heard.append(('c', *arguments[:2]))
            return 0

        open('a.txt', 'w').close()
        ctypes.pythonapi.PySys_AddAuditHook(in_c, None)
        open('b.txt', 'w').close()
        sys.addaudithook(in_python)
        open('c.txt', 'w').close()
        sys.audit('mine', 1)
        print(heard, flush=True)
        import os; os._exit(0)
        """)
    expect("who heard what", record.out == "[('c', 'b.txt', 'w'), ('c', 'c.txt', 'w'), ('python', 'c.txt', 'w')]\n", record.out)
    for name in ("a.txt", "b.txt", "c.txt"):
        expect("each is in the record", len(record.opened(Path(world.folder, name))) == 1, name)
    foreign = [line["arguments"] for line in record.of("event") if line["event"] == "sys.audit"]
    expect("an event of the program's own", foreign == [{"event": "mine", "argument_count": 1}], foreign)


@case
def names_that_are_no_paths(world):
    record = world.run("""\
        import ctypes, os
        os.symlink('../elsewhere', 'link')
        ctypes.CDLL('libc.so.6')
        os.waitpid(os.posix_spawnp('true', ['true'], os.environ), 0)
        fd = os.open('.', os.O_RDONLY)
        os.listdir(fd)
        """)
    def told(operation):
        return [line["arguments"] for line in record.of("access") if line["operation"] == operation and line["site"] != 0]
    links, = told("fs_symlink")
    expect("what a link says", (links["target"], links["path"]) == ("../elsewhere", f"{world.folder}/link"), links)
    expect("a library by name", "libc.so.6" in [arguments["path"] for arguments in told("native_dlopen")], told("native_dlopen"))
    expect("a program by name", [arguments["program"] for arguments in told("process_posix_spawn")] == ["true"], "")
    expect("a folder", world.folder in [arguments["path"] for arguments in told("fs_open")], told("fs_open"))


@case
def secrets(world):
    record = world.run("""\
        import os, subprocess, sys
        os.environ['ONE'] = 'swordfish'
        os.environ['TWO'] = 'swordfish'
        os.environ['THREE'] = 'other'
        subprocess.run([sys.executable, '-c', 'import os; os.environ["FOUR"] = "swordfish"'], check=True)
        """)
    values = {line["arguments"]["name"]: line["arguments"]["value"] for line in record.of("access") if line["operation"] == "env_set"}
    uses = [line for line in record.lines if "swordfish" in json.dumps(line) and line["type"] == "access"]
    expect("digests", len(values["ONE"]) == 7 + 16 and values["ONE"].startswith("sha256:"), values)
    expect("equal ones are equal, others are not", values["ONE"] == values["TWO"] == values["FOUR"] != values["THREE"], values)
    expect("never in clear", all(line["operation"] == "process_execve" or "posix_spawn" in line["operation"] for line in uses), uses)
    again = world.run("import os; os.environ['ONE'] = 'swordfish'\n")
    values_again = {line["arguments"]["name"]: line["arguments"]["value"] for line in again.of("access") if line["operation"] == "env_set"}
    expect("another record has another key", values_again["ONE"] != values["ONE"], values_again)


# ---- Threads, handlers, children ------------------------------------------------------------------------------------------------------------

@case
def threads(world):
    for i in range(8):
        world.write(f"t{i}", "x")
    record = world.run("""\
        import threading
        def work(i):
            for _ in range(300):
                open(f't{i}').read()
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        """)
    numbers = set()
    for i in range(8):
        lines = record.opened(Path(world.folder, f"t{i}"))
        expect("every open", len(lines) == 300, len(lines))
        expect("one thread each", len({line["thread"] for line in lines}) == 1, "")
        expect("its place", {record.sites[line["site"]]["function"] for line in lines} == {"work"}, "")
        numbers.add(lines[0]["thread"])
    expect("eight threads", len(numbers) == 8, numbers)


@case
def signal_handlers(world):
    record = world.run("""\
        import os, signal, time
        heard = 0
        def hear(*_):
            global heard
            heard += 1
            open('script.py').close()
        r, w = os.pipe()
        os.set_blocking(w, False)
        signal.set_wakeup_fd(w, warn_on_full_buffer=False)
        signal.signal(signal.SIGALRM, hear)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        until = time.monotonic() + 1
        while time.monotonic() < until:
            os.stat('script.py')
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(heard)
        """)
    opened = [line for line in record.opened(Path(world.folder, "script.py")) if record.sites.get(line["site"], {}).get("function") == "hear"]
    expect("each handler's open", len(opened) == int(record.out) > 50, (len(opened), record.out))


@case
def children(world):
    names = ["run", "plain", "system", "shell", "wrong", "spawn", "preexec", "spawnve", "execv", "fork", "pty", "vfork", "fexec"]
    for name in names:
        world.write(name, "x")
    record = world.run("""\
        import os, pty, subprocess, sys
        P = sys.executable
        def code(name): return f'import os; assert "CORDON_AUDIT_CHANNEL" not in os.environ; open({os.path.abspath(name)!r}).close()'
        def script(name): return [P, '-c', code(name)]
        assert 'CORDON_AUDIT_CHANNEL' not in os.environ and os.getenv('CORDON_AUDIT_CHANNEL') is None
        os.environ['CORDON_AUDIT_CHANNEL'] = '/nowhere'
        os.unsetenv('CORDON_AUDIT_CHANNEL')
        path = os.environ['PATH']
        os.environ.clear()
        subprocess.run(script('run'), env={}, check=True)
        subprocess.run(script('plain'), close_fds=True, check=True)
        with open('code.py', 'w') as file: file.write(code('system'))
        assert os.system(P + ' code.py') == 0
        with open('code.py', 'w') as file: file.write(code('shell'))
        subprocess.run(f'true; {P} code.py', shell=True, env={'PATH': path}, check=True)
        subprocess.run(script('wrong'), env={'CORDON_AUDIT_CHANNEL': '/nowhere'}, check=True)
        os.waitpid(os.posix_spawn(P, script('spawn'), {}), 0)
        subprocess.run(script('preexec'), preexec_fn=lambda: None, check=True)
        os.spawnve(os.P_WAIT, P, script('spawnve'), {})
        if os.fork() == 0: os.execv(P, script('execv'))
        os.wait()
        if os.fork() == 0:
            open('fork').close()
            os._exit(7)
        os.wait()
        pid, fd = pty.fork()
        if pid == 0:
            open('pty').close()
            os._exit(8)
        os.waitpid(pid, 0)
        subprocess.run(script('vfork'), cwd='/', check=True)
        if os.fork() == 0:
            os.execve(os.open(P, os.O_RDONLY), script('fexec'), {})
        os.wait()
        """)
    for name in names:
        lines = record.opened(Path(world.folder, name))
        expect(f"{name}: told by a process of its own", len(lines) == 1 and lines[0]["process"] > 1, lines)
    ends = collections.Counter(record.ends().values())
    expect("exit codes", ends[7] == 1 and ends[8] == 1, ends)
    main = next(line for line in record.of("process") if line["id"] == 1)
    expect("every process has a parent", all(line["parent"] < line["id"] for line in record.of("process")), main)


@case
def exit_codes(world):
    record = world.run("""\
        import subprocess, sys
        for program in ('pass', 'import sys; sys.exit(3)', 'raise SystemExit(4)', '1/0', 'import os; os._exit(5)'):
            subprocess.run([sys.executable, '-c', program], stderr=subprocess.DEVNULL)
        raise SystemExit(9)
        """, code=9)
    codes = {line["arguments"][-1]: record.ends()[line["id"]] for line in record.of("process")}
    expected = {"pass": 0, "import sys; sys.exit(3)": 3, "raise SystemExit(4)": 4, "1/0": 1, "import os; os._exit(5)": 5}
    expect("codes", all(codes[program] == code for program, code in expected.items()) and record.ends()[1] == 9, codes)


@case
def multiprocessing_ways(world):
    world.write("worker.py", "def work(path):\n    open(path).close()\n    return 1\n")
    for way in ("fork", "spawn", "forkserver"):
        for i in range(6):
            world.write(f"{way}{i}", "x")
    record = world.run("""\
        import multiprocessing, os
        from worker import work
        if __name__ == '__main__':
            for way in ('fork', 'spawn', 'forkserver'):
                with multiprocessing.get_context(way).Pool(2) as pool:
                    assert pool.map(work, [os.path.abspath(f'{way}{i}') for i in range(6)], chunksize=1) == [1] * 6
        """)
    for way in ("fork", "spawn", "forkserver"):
        for i in range(6):
            line, = record.opened(Path(world.folder, f"{way}{i}"))
            expect(f"{way}: by a child", line["process"] > 1 and record.sites[line["site"]]["module"] == "worker", line)


@case
def many_forks(world):
    record = world.run("""\
        import os
        for i in range(200):
            if os.fork() == 0:
                open(f'/nowhere/{i}') if False else os.access(f'/nowhere/{i}', os.R_OK)
                os._exit(0)
        for i in range(200): os.wait()
        """)
    asked = [line for line in record.of("access") if line["operation"] == "fs_access" and line["arguments"]["path"].startswith("/nowhere/")]
    expect("each child once", len(asked) == 200 and len({line["process"] for line in asked}) == 200, len(asked))


@case
def forks_among_threads(world):
    record = world.run("""\
        import os, threading, warnings
        warnings.simplefilter('ignore')
        stop = False
        def work():
            while not stop: os.stat('script.py')
        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads: t.start()
        for i in range(60):
            pid = os.fork()
            if pid == 0:
                os.access(f'/nowhere/{i}', os.R_OK)
                os._exit(0)
            os.waitpid(pid, 0)
        stop = True
        for t in threads: t.join()
        """)
    asked = [line for line in record.of("access") if line["operation"] == "fs_access" and line["arguments"]["path"].startswith("/nowhere/")]
    expect("each child once", len(asked) == 60 and len({line["process"] for line in asked}) == 60, len(asked))


@case
def subinterpreters(world):
    target = world.write("data.txt", "x")
    record = world.run("""\
        import _interpreters, threading
        _interpreters.run_string(_interpreters.create(), "def inside(): open('data.txt').close()\\ninside()")
        """)
    line, = record.opened(target)
    expect("its place", record.sites[line["site"]]["function"] == "inside", record.sites[line["site"]])


# ---- Counting -------------------------------------------------------------------------------------------------------------------------------

@case
def a_million(world):
    record = world.run("""\
        import os
        fd = os.open('script.py', os.O_RDONLY)
        for i in range(1000000): os.lseek(fd, 3, os.SEEK_SET)
        """)
    expect("all of them", record.total("fd_lseek", offset=3) == 1000000, record.total("fd_lseek", offset=3))
    lines = [line for line in record.of("access") if line["arguments"].get("offset") == 3]
    expect("in few lines", len(lines) == 2, len(lines))
    expected = 1
    for line in record.lines:
        if line["type"] in ("access", "event", "module"):
            expect("numbers go on", line["seq"] == expected, line)
            expected += line.get("count", 1)


@case
def counts_of_threads(world):
    record = world.run("""\
        import os, threading
        def work(fd):
            for i in range(5000):
                os.lseek(fd, i % 9000, os.SEEK_SET)
        fds = [os.open('script.py', os.O_RDONLY) for _ in range(4)]
        threads = [threading.Thread(target=work, args=(fd,)) for fd in fds]
        for t in threads: t.start()
        for t in threads: t.join()
        """)
    seeks = [line for line in record.of("access") if line["operation"] == "fd_lseek" and record.sites.get(line["site"], {}).get("function") == "work"]
    expect("each seek of each thread", sum(line.get("count", 1) for line in seeks) == 20000, len(seeks))
    expect("each place once per descriptor", len({(line["arguments"]["fd"], line["arguments"]["offset"]) for line in seeks}) == 20000, "")


@case
def counts_where_signals_come(world):
    """The interpreter's own handler of signals writes, in C, what the thread that it interrupts is writing at that place, too: both count at one place, none is lost."""
    record = world.run("""\
        import os, signal, threading
        r, w = os.pipe()
        os.set_blocking(w, False)
        signal.set_wakeup_fd(w, warn_on_full_buffer=False)
        signal.signal(signal.SIGALRM, lambda *_: None)
        fd = os.open('script.py', os.O_RDONLY)
        def work():
            for i in range(60000): os.lseek(fd, i % 3000, os.SEEK_SET)
        other = threading.Thread(target=work)
        other.start()
        mine, all = 0, 0
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for i in range(200):
            for _ in range(1000): os.write(w, b'x')
            mine += 1000
            all += len(os.read(r, 65536))
        signal.setitimer(signal.ITIMER_REAL, 0)
        other.join()
        os.set_blocking(r, False)
        try: all += len(os.read(r, 65536))
        except BlockingIOError: pass
        print(mine, all, w)
        """)
    mine, both, fd = map(int, record.out.split())
    expect("the handler wrote", both > mine + 5, record.out)
    expect("each write", record.total("fd_write", fd=fd) == both, (record.total("fd_write", fd=fd), both))
    seeks = collections.Counter()
    for line in record.of("access"):
        if line["operation"] == "fd_lseek" and record.sites.get(line["site"], {}).get("function") == "work":
            seeks[line["arguments"]["offset"]] += line.get("count", 1)
    expect("each seek of the other thread, as often as any", len(seeks) == 3000 and set(seeks.values()) == {20}, set(seeks.values()))


@case
def counts_survive_a_kill(world):
    script = world.write("killed.py", """\
        import os, sys, signal
        fd = os.open('killed.py', os.O_RDONLY)
        for i in range(1000): os.lseek(fd, 5, os.SEEK_SET)
        os.stat('/etc/passwd')
        os.kill(os.getpid(), signal.SIGKILL)
        """)
    done = subprocess.run(world.command(script), cwd=world.folder, capture_output=True, timeout=60)
    record = Record(world.folder, done)
    expect("killed likewise", done.returncode == -signal.SIGKILL, done)
    expect("nothing is missing", record.total("fd_lseek", offset=5) == 1000 and record.of("end")[0]["lost"] == 0, record.text[-600:])


@case
def slow_reader(world):
    """The record's reader takes its time; the program waits instead of losing anything."""
    script = world.write("script.py", "import os\nfor i in range(30000): os.access(f'/nowhere/{i}', os.R_OK)\n")
    fifo = Path(world.folder, "r.fifo")
    os.mkfifo(fifo)
    command = [world.options.command, "audit", "run", "--record", str(fifo), str(script)]
    running = subprocess.Popen(command, cwd=world.folder, stdin=subprocess.DEVNULL)
    text = b""
    with open(fifo, "rb", buffering=0) as pipe:
        while chunk := pipe.read(65536):
            text += chunk
            time.sleep(0.005)
    expect("ended well", running.wait(60) == 0, running.returncode)
    asked = [line for line in map(json.loads, text.decode().splitlines()) if line["type"] == "access" and line["arguments"].get("path", "").startswith("/nowhere/")]
    expect("in order, all", [line["arguments"]["path"] for line in asked] == [f"/nowhere/{i}" for i in range(30000)], len(asked))


# ---- Failing closed ---------------------------------------------------------------------------------------------------------------------------

@case
def collector_killed(world):
    """Nobody empties the ring any more: the program and its children must end soon, by themselves, with 125."""
    script = world.write("script.py", """\
        import os, subprocess, sys, time
        print('ready', os.getpid(), flush=True)
        child = os.fork()
        while True:
            os.stat('/etc/passwd')
            time.sleep(0.01)
        """)
    running = subprocess.Popen(world.command(script), cwd=world.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    pid = int(running.stdout.readline().split()[1])
    time.sleep(0.3)
    running.kill()
    running.wait()
    complaints = running.stderr.read().decode()  # ends when the last that holds the stream has gone
    expect("both said why", complaints.count("can no longer be recorded, so it ends") == 2, complaints)
    def is_gone():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return True
    deadline = time.monotonic() + 60  # its streams are closed a little before it has ended
    while not is_gone() and time.monotonic() < deadline:
        time.sleep(0.01)
    expect("it is gone", is_gone(), pid)


@case
def no_collector(world):
    """A channel that cannot be joined: nothing runs."""
    witness = Path(world.folder, "witness")
    program = f"open({str(witness)!r}, 'w')"
    broken = world.write("broken", "x" * 8192)
    for channel in ("/nowhere/at/all", "", str(broken), "/dev/null", "/proc/self/exe", "/" + "x" * 5000):
        done = subprocess.run([world.options.subject, "-c", program], env={**os.environ, "CORDON_AUDIT_CHANNEL": channel}, capture_output=True)
        expect(f"{channel[:20]}: 125 and one line", done.returncode == 125 and done.stderr.count(b"\n") == 1 and not witness.exists(), done)
    done = subprocess.run([world.options.subject, "-c", program], env={**os.environ}, capture_output=True)
    expect("twin", done.returncode == 0 and witness.exists(), done)


@case
def full_device(world):
    script = world.write("script.py", "import os\nfor i in range(100000): os.access(f'/nowhere/{i}', os.R_OK)\nopen('witness', 'w')\n")
    done = subprocess.run([world.options.command, "audit", "run", "--record", "/dev/full", str(script)], cwd=world.folder, capture_output=True, timeout=60)
    expect("125 and the program did not go on", done.returncode == 125 and not Path(world.folder, "witness").exists(), done)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--subject", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    chosen = [function for function in CASES if not options.cases or function.__name__ in options.cases]
    failed = 0
    for function in chosen:
        folder = os.path.realpath(tempfile.mkdtemp(prefix="cordon-record-"))
        try:
            function(World(options, folder))
            print("ok  ", function.__name__, flush=True)
        except Exception as error:  # a test's own mistake is a failure as well
            failed += 1
            print("FAIL", function.__name__, type(error).__name__, error, flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(chosen)} cases, {failed} complaints")
    return 1 if failed or not chosen else 0


sys.exit(main())
