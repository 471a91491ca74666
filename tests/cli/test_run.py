"""`cordon run`, in the sandbox and with --full, beside stock python: same output, same streams, same exit code; and what only Cordon says.

usage: test_run.py --cordon PATH --stock PATH
"""
import argparse
import json
import os
import pty
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# name, arguments after the interpreter, standard input. "{t}" is the test's folder. What they print must not name the machine.
SAME = [
    ("script", ["hello.py"], b""),
    ("arguments", ["arguments.py", "a", "-c", "--full", ""], b""),
    ("command", ["-c", "import sys; print(sys.argv)", "x", "y"], b""),
    ("module", ["-m", "json.tool"], b'{"b": 1, "a": [true, null]}'),
    ("standard input", ["-"], b"print(6 * 7)\n"),
    ("program and arguments from standard input", ["-", "a"], b"import sys\nprint(sys.argv)\n"),
    ("reads standard input", ["-c", "import sys; print(sys.stdin.read().upper())"], "zwölf\nüber".encode()),
    ("reads lines", ["-c", "import sys\nfor line in sys.stdin: print(len(line))"], b"a\n" * 70000),
    ("end of input", ["-c", "input()"], b""),
    ("both streams", ["-c", "import sys; print('out'); print('err', file=sys.stderr)"], b""),
    ("descriptor level", ["-c", "import os; os.write(1, b'one\\n'); os.write(2, b'two\\n')"], b""),
    ("binary output", ["-c", "import sys; sys.stdout.buffer.write(bytes(range(256)))"], b""),
    ("much output", ["-c", "for i in range(100000): print('line', i)"], b""),
    ("exit code", ["-c", "import sys; sys.exit(7)"], b""),
    ("exit code above a byte", ["-c", "import sys; sys.exit(256 + 3)"], b""),
    ("exit negative", ["-c", "import sys; sys.exit(-1)"], b""),
    ("exit with text", ["-c", "import sys; sys.exit('gone wrong')"], b""),
    ("exit by SystemExit", ["-c", "raise SystemExit"], b""),
    ("os._exit", ["-c", "import os; print('x', flush=True); os._exit(9)"], b""),
    ("exception", ["-c", "def f():\n    return 1 / 0\nf()"], b""),
    ("exception group", ["-c", "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])"], b""),
    ("chained exceptions", ["-c", "try:\n    {}['x']\nexcept KeyError as e:\n    raise RuntimeError('outer') from e"], b""),
    ("syntax error", ["-c", "if True\n    pass"], b""),
    ("missing module", ["-m", "no_such_module_at_all"], b""),
    ("atexit and finally", ["-c", "import atexit; atexit.register(print, 'bye')\ntry:\n    raise SystemExit(3)\nfinally:\n    print('finally')"], b""),
    ("a thread", ["-c", "import threading; t = threading.Thread(target=print, args=('in a thread',)); t.start(); t.join()"], b""),
    ("asyncio", ["-c", "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 5\nprint(asyncio.run(f()))"], b""),
    ("sqlite in memory", ["-c", "import sqlite3; print(sqlite3.connect(':memory:').execute('select 1+1').fetchall())"], b""),
    ("a temporary file", ["-c", "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(b'x' * 5); f.seek(0); print(f.read())"], b""),
    ("a unittest run", ["-c", "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1)\n"
     "import io; print(unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T)))"], b""),
]

# name, arguments of `cordon run`, standard input, exit code, text that one of the streams must hold
CORDON = [
    ("no target", [], b"", 120, "needs a FILE"),
    ("talks", ["-i"], b"x = 6\nfor i in range(2):\n    print(i * x)\n\nx + 1\n", 0, ">>> 7\n"),
    ("talks, a mistake", ["-i"], b"1 / 0\nprint('goes on')\n", 0, "goes on"),
    ("unknown option", ["--nothing", "x.py"], b"", 120, "--nothing is not an option"),
    ("missing script", ["missing.py"], b"", 2, "can't open file 'missing.py': [Errno 2] No such file or directory"),
    ("missing image", ["--image", "nowhere", "-c", "pass"], b"", 121, "the sandbox image cannot be used"),
    ("foreign image", ["--image", "/bin/true", "-c", "pass"], b"", 121, "ended before it greeted"),
    ("help", ["--help"], b"", 0, "usage: cordon run"),
    ("variable given", ["--env", "COLOUR=blue", "-c", "import os; print(os.environ['COLOUR'])"], b"", 0, "blue"),
    ("variable of the host not given", ["-c", "import os; print(os.environ.get('CORDON_TEST_SECRET'))"], b"", 0, "None"),
    ("variable of the host given", ["--env", "CORDON_TEST_SECRET", "-c", "import os; print(os.environ['CORDON_TEST_SECRET'])"], b"", 0, "swordfish"),
    ("variable that is not there", ["--env", "CORDON_TEST_NONE", "-c", "pass"], b"", 120, "no such variable"),
    ("file of the host not given", ["-c", "print(open('data.txt').read())"], b"", 1, "FileNotFoundError"),
    ("file of the host given", ["--file", "data.txt", "-c", "print(open('data.txt').read())"], b"", 0, "the data"),
    ("file given elsewhere", ["--file", "data.txt:/srv/d/x", "-c", "print(open('/srv/d/x').read())"], b"", 0, "the data"),
    ("folder given", ["--file", "package", "-c", "import package.part; print(package.part.VALUE)"], b"", 0, "17"),
    ("file to give is missing", ["--file", "nowhere.txt", "-c", "pass"], b"", 120, "nowhere.txt"),
    ("device to give", ["--file", "/dev/zero", "-c", "pass"], b"", 120, "neither a file nor a folder"),
    ("more memory than an image has", ["--memory", "4G", "-c", "x = bytearray(2 << 30)"], b"", 123, "of 1073741824 bytes"),
    ("seeded hash order", ["--seed", "5", "-c", "import random; print(random.random() == random.random(), hash('x'))"], b"", 0, "False"),
    ("memory limit", ["--memory", "64M", "-c", "x = bytearray(100_000_000)"], b"", 123, "LIMIT_MEMORY"),
    ("memory limit in a script", ["--memory", "64M", "-"], b"def f():\n    return 'x' * 2**40\nf()", 123, "MemoryError"),
    ("memory limit caught", ["--memory", "64M", "-c", "try: bytearray(100_000_000)\nexcept MemoryError: print('caught')"], b"", 0, "caught"),
    ("memory limit's twin", ["--memory", "256M", "-c", "x = bytearray(100_000_000); print(len(x))"], b"", 0, "100000000"),
    ("time limit", ["--time", "200ms", "-c", "sum(range(10**12))"], b"", 123, "LIMIT_TIME"),
    ("time limit's twin", ["--time", "60s", "-c", "print(sum(range(10**4)))"], b"", 0, "49995000"),
    ("fuel limit", ["--fuel", "1M", "-c", "while True:\n    try:\n        while True: pass\n    except BaseException: pass"], b"", 123, "LIMIT_FUEL"),
    ("fuel limit's twin", ["--fuel", "100M", "-c", "for i in range(1000): pass\nprint('done')"], b"", 0, "done"),
    ("output limit", ["--output", "1K", "-c", "while True: print('x' * 100)"], b"", 123, "LIMIT_OUTPUT"),
    ("output limit's twin", ["--output", "none", "-c", "print('x' * 100_000)"], b"", 0, "xxx"),
    ("fixed clock", ["--clock", "fixed=2026-02-03T04:05:06Z", "-c", "import datetime; print(datetime.datetime.now(datetime.timezone.utc))"], b"", 0,
     "2026-02-03 04:05:06"),
    ("clock at its beginning", ["--clock", "fixed=1970-01-01T00:00:00Z", "-c", "import datetime; print(datetime.datetime.now(datetime.timezone.utc))"], b"", 0, "1970-01-01 00:00:00"),
    ("clock at second 0", ["--clock", "fixed=0", "-c", "import time; print(int(time.time()))"], b"", 0, "0\n"),
    ("deterministic with the real clock", ["--deterministic", "--clock", "real", "-c", "pass"], b"", 120, "a deterministic sandbox cannot have the host's clock"),
    ("clock unknown", ["--clock", "slow", "-c", "pass"], b"", 120, "needs stepping, fixed or real"),
    ("mount without a destination", ["--mount", "package", "-c", "pass"], b"", 120, "needs SOURCE:DESTINATION"),
    ("mount over everything", ["--mount", "package:/", "-c", "pass"], b"", 120, "cannot be the root"),
    ("trace that cannot be written", ["--trace", "no/where.jsonl", "-c", "pass"], b"", 120, "no/where.jsonl"),
    ("trace to standard error", ["--trace", "-", "-c", "x = 1"], b"", 0, '{"event":"line","file":"<string>","function":"<module>","line":1,"thread":1}\n'),
    ("trace that is full", ["--trace", "/dev/full", "-c", "print('x')"], b"", 125, "--trace /dev/full"),
    ("trace with a limit", ["--trace", "/dev/null", "--trace-events", "100", "-c", "while True:\n    x = 1\n    y = 2"], b"", 123, "LIMIT_OUTPUT"),
    ("report that cannot be written", ["--report", "no/where.json", "-c", "pass"], b"", 125, "no/where.json"),
    ("--full takes no sandbox option", ["--full", "--seed", "1", "-c", "pass"], b"", 120, "--full takes no"),
]


def run(command, stdin, folder):
    return subprocess.run(command, input=stdin, capture_output=True, cwd=folder, timeout=120,
                          env={**os.environ, "CORDON_TEST_SECRET": "swordfish", "PYTHONHASHSEED": "0"})


def text(result):
    return f"exit code {result.returncode}\nstdout: {result.stdout[-400:]!r}\nstderr: {result.stderr[-800:]!r}"


def normalised(data, interpreter, folder):
    """Names of the interpreter and of folders differ by design: the sandbox's are its own."""
    for name, neutral in ((interpreter, b"PYTHON"), (folder, b"FOLDER"), ("/work", b"FOLDER")):
        data = data.replace(str(name).encode(), neutral)
    return data


def compare(cordon, stock, folder):
    variants = (([], "/usr/bin/python3.13"), (["--full"], Path(cordon).parent / "cordon-python"))
    for name, arguments, stdin in SAME:
        expected = run([stock, *arguments], stdin, folder)
        for options, interpreter in variants:
            found = run([cordon, "run", *options, *arguments], stdin, folder)
            same = found.returncode == expected.returncode and all(
                normalised(a, interpreter, folder) == normalised(b, stock, folder)
                for a, b in ((found.stdout, expected.stdout), (found.stderr, expected.stderr)))
            yield f"{name}{' --full' if options else ''}", same, f"expected {text(expected)}\nfound {text(found)}"


def own_words(cordon, folder):
    for name, arguments, stdin, code, words in CORDON:
        found = run([cordon, "run", *arguments], stdin, folder)
        yield name, found.returncode == code and words in (found.stdout + found.stderr).decode(errors="replace"), text(found)


TRACED = """import json
def half(n):
    if n % 2:
        raise ValueError("\u20ac")
    return n // 2
for n in (4, 3):
    try:
        print(half(n))
    except ValueError:
        pass
"""
STEPS = ("call <module> 1", "line <module> 1", "line <module> 2", "line <module> 6", "line <module> 7", "line <module> 8", "call half 2", "line half 3", "line half 5", "return half 5",
         "line <module> 6", "line <module> 7", "line <module> 8", "call half 2", "line half 3", "line half 4", "exception half 4 ValueError", "return half 4", "exception <module> 8 ValueError",
         "line <module> 9", "line <module> 10", "line <module> 6", "return <module> 6")


def traces(cordon, folder):
    """Each step as a line of JSON, of the program alone; without the option nothing is there."""
    Path(folder, "tra\"ced\n.py").write_text(TRACED, encoding="utf-8")
    plain = run([cordon, "run", "tra\"ced\n.py"], b"", folder)
    found = run([cordon, "run", "--trace", "steps.jsonl", "tra\"ced\n.py"], b"", folder)
    full = run([cordon, "run", "--trace", "/dev/full", "-c", "pass"], b"", folder)
    yield "a trace that finds no room, told once", full.returncode == 125 and full.stderr.count(b"\n") == 1 and b"--trace /dev/full: " in full.stderr, text(full)
    yield "a trace changes no output", (plain.returncode, plain.stdout, plain.stderr) == (found.returncode, found.stdout, found.stderr), text(found)
    events = [json.loads(line) for line in Path(folder, "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = tuple(" ".join(str(event[key]) for key in ("event", "function", "line", "name") if key in event) for event in events)
    yield "a trace tells each step", steps == STEPS, repr(steps)
    yield "a trace names the file", {event["file"] for event in events} == {"/work/tra\"ced\n.py"}, repr(events[:2])


def two_seeds(cordon, folder):
    program = "import random, uuid, os; print(hash('x'), random.random(), uuid.uuid4(), os.urandom(4))"
    first, second, other = (run([cordon, "run", "--seed", seed, "-c", program], b"", folder).stdout for seed in ("1", "1", "2"))
    yield "same seed, same bytes; another seed, others", first == second != other and first != b"", f"{first} {second} {other}"


def deterministic_copies(cordon, folder):
    """The same files, made in another order at another time, are the same input."""
    program = "import os\nfor top, folders, files in os.walk('.'):\n    print(top, os.listdir(top), [(n, os.stat(top + '/' + n).st_mtime) for n in files])"
    outputs = {}
    for option in ([], ["--deterministic"]):
        for place, names, age in (("one", ("b", "a", "c"), 1e9), ("other", ("c", "b", "a"), 1.1e9)):
            tree = Path(folder, "copies", option[0] if option else "-", place, "tree")
            tree.mkdir(parents=True)
            for name in names:
                (tree / name).write_text(name)
                os.utime(tree / name, (age, age))
            os.utime(tree, (age, age))
            outputs[place] = run([cordon, "run", *option, "--file", "tree", "-c", program], b"", tree.parent)
        same = outputs["one"].stdout == outputs["other"].stdout and outputs["one"].returncode == 0
        yield f"files of another age and order {option}", same == bool(option) and b"['a', 'b', 'c']" in outputs["other"].stdout, text(outputs["one"]) + text(outputs["other"])


def report(cordon, folder):
    """--report: what a program that reads it finds."""
    target = Path(folder) / "report.json"
    ended = run([cordon, "run", "--report", target, "-c", "import sys\nprint('x' * 10)\nsys.exit(3)"], b"", folder)
    found = json.loads(target.read_text())
    yield "report of a program", (found["outcome"], found["exit_code"], found["figures"]["output_bytes"], ended.returncode) == ("OK", 3, 11, 3) and (
        0 < found["figures"]["fuel"] < 10**6 and found["figures"]["memory_peak_bytes"] > 10**6), found
    ended = run([cordon, "run", "--report", target, "--fuel", "1M", "-c", "while True: pass"], b"", folder)
    found = json.loads(target.read_text())
    yield "report of a limit", (found["outcome"], found["limit"]["name"], found["limit"]["limit"], ended.returncode) == (
        "LIMIT_FUEL", "fuel", 1000000, 123) and found["figures"]["fuel"] >= 1000000 and not list(Path(folder).glob("*.part")), found
    device = Path(folder) / "device"
    os.mkfifo(device)
    reader = subprocess.Popen(["cat", device], stdout=subprocess.PIPE)
    ended = run([cordon, "run", "--report", device, "-c", "pass"], b"", folder)
    yield "report into a pipe, which stays one", ended.returncode == 0 and b'"OK"' in reader.communicate(timeout=60)[0] and device.is_fifo(), text(ended)


def mounts(cordon, folder):
    """--mount in its three modes, seen from outside."""
    shared = Path(folder) / "shared"
    shared.mkdir()
    (shared / "old.txt").write_text("old")
    program = ["-c", "import pathlib\np = pathlib.Path('/s')\nprint((p / 'old.txt').read_text())\n(p / 'new.txt').write_text('new')\n(p / 'old.txt').unlink()"]
    ended = run([cordon, "run", "--mount", f"{shared}:/s:ro", *program], b"", folder)
    yield "read-only mount", ended.returncode == 1 and ended.stdout == b"old\n" and b"OSError" in ended.stderr and os.listdir(shared) == ["old.txt"], text(ended)
    target = Path(folder) / "report.json"
    ended = run([cordon, "run", "--mount", f"{shared}:/s:overlay", "--report", target, *program], b"", folder)
    found = json.loads(target.read_text())["overlays"]
    changes = [(row["change"], row["path"]) for row in found[0]["changes"]]
    yield "overlay", ended.returncode == 0 and os.listdir(shared) == ["old.txt"] and (found[0]["path"], changes) == (
        "/s", [("added", "new.txt"), ("removed", "old.txt")]), f"{text(ended)}\n{found}"
    elsewhere = Path(folder) / "temporary"
    elsewhere.mkdir()
    for place, code in ((elsewhere, 0), (Path(folder) / "nowhere", 121), (target, 121)):
        ended = subprocess.run([cordon, "run", "--mount", f"{shared}:/s:overlay", *program], capture_output=True, cwd=folder, timeout=120,
                               env={**os.environ, "TMPDIR": str(place)})
        yield f"overlay kept in TMPDIR, {place.name}", ended.returncode == code and (code == 0 or str(place).encode() in ended.stderr) and (
            os.listdir(elsewhere), os.listdir(shared)) == ([], ["old.txt"]), text(ended)
    ended = run([cordon, "run", "--mount", "shared:/s", *program], b"", folder)
    yield "read-write mount", ended.returncode == 0 and os.listdir(shared) == ["new.txt"], text(ended)
    ended = run([cordon, "run", "--mount", "nowhere:/s", *program], b"", folder)
    yield "mount of nothing", ended.returncode in (120, 121) and b"nowhere" in ended.stderr, text(ended)


def missing_streams(cordon, folder):
    """Started without some of its descriptors: none of Cordon's own takes their place."""
    for closed, expected in (("<&-", b"1\n"), ("<&- 2>&-", b"1\n"), ("<&- >&- 2>&-", b""), (">&-", b"")):
        ended = run(["sh", "-c", f'"$0" run -c "import sys; print(1); print(2, file=sys.stderr)" {closed}', cordon], b"", folder)
        yield f"started with {closed}", (ended.returncode, ended.stdout) == (0, expected) and b"cordon" not in ended.stderr, text(ended)


def little_address_space(cordon, folder):
    """A limit that the image does not fit in is named; one that it fits in is none of its business."""
    for kib, expected in ((300000, (121, b"")), ("unlimited", (0, b"1\n"))):
        ended = run(["sh", "-c", f'ulimit -v {kib}; "$0" run -c "print(1)"', cordon], b"", folder)
        yield f"address space of {kib}", (ended.returncode, ended.stdout) == expected and (b"ulimit -v" in ended.stderr) == (kib != "unlimited"), text(ended)


def signalled(cordon, folder):
    """A signal ends the program as it would end any, but the report is written and the overlay's folder is gone."""
    target, shared = Path(folder) / "signalled.json", Path(folder) / "overlaid"
    shared.mkdir()
    waits = {"computing": "while True: pass", "reading": "input()", "catching": "while True:\n    try:\n        while True: pass\n    except BaseException: pass"}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for name, program in waits.items():
            target.unlink(missing_ok=True)
            before = set(os.listdir(tempfile.gettempdir()))
            process = subprocess.Popen([cordon, "run", "--report", target, "--mount", f"{shared}:/s:overlay", "-c",
                                        f"open('/s/new', 'w').close()\nprint('ready', flush=True)\n{program}"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
            process.stdout.readline()
            during = {entry.name for entry in Path(tempfile.gettempdir()).glob("cordon-*") if entry.name not in before and any("new" in files for _, _, files in os.walk(entry))}
            process.send_signal(number)
            try:
                code = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            found = json.loads(target.read_text()) if target.exists() else {}
            left = during & set(os.listdir(tempfile.gettempdir()))
            yield f"{signal.Signals(number).name} while {name}", (code, found.get("outcome"), bool(during), left) == (
                -number, "CANCELLED", True, set()) and found["figures"]["wall_ns"] > 0 and found["overlays"][0]["changes"][0]["path"] == "new" \
                and process.stderr.read() == b"", f"exit code {code}, overlays {during}, left {left}, report {found}"
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()
    process = subprocess.Popen(["sh", "-c", 'trap "" INT; exec "$0" run -c "print(1, flush=True); input(); print(2)"', cordon],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(b"\n", timeout=60)
    yield "a signal that was ignored stays ignored", (process.returncode, output) == (0, b"2\n"), f"{process.returncode} {output!r}"


def conversation(cordon, folder):
    """At a terminal: Ctrl-C drops what is being typed, or ends what computes; Ctrl-D ends all."""
    def talk(lines, until):
        process_id, terminal = pty.fork()
        if process_id == 0:
            os.chdir(folder)
            os.execv(cordon, [cordon, "run"])
        seen = b""

        def read_until(words):
            nonlocal seen
            while words not in seen and select.select([terminal], [], [], 60)[0]:
                try:
                    seen += os.read(terminal, 4096)
                except OSError: # as a terminal says that nobody is there any more
                    return
        def until_it_reads():
            """Waits in poll(2) or ppoll(2) for one descriptor: what is typed is echoed before anybody reads it, and Ctrl-C then ends what computes."""
            for _ in range(600):
                try:
                    call = Path(f"/proc/{process_id}/syscall").read_text().split()
                except OSError:
                    return
                if call[0] in ("7", "271") and call[2] == "0x1":
                    return
                time.sleep(0.1)
        for awaited, typed in lines:
            read_until(awaited)
            if awaited == b"1+":
                until_it_reads()
            seen = b"" if awaited in seen else seen
            os.write(terminal, typed)
        read_until(until)
        for _ in range(600): # bounded: one that does not end is killed, and seen by its exit code
            found, status = os.waitpid(process_id, os.WNOHANG)
            if found != 0:
                break
            time.sleep(0.1)
        else:
            os.kill(process_id, signal.SIGKILL)
            _, status = os.waitpid(process_id, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), seen
    code, seen = talk([(b">>> ", b"1+"), (b"1+", b"\x03"), (b"KeyboardInterrupt\r\n>>> ", b"6*7\n"), (b"42\r\n>>> ", b"\x04")], b"never said")
    yield "Ctrl-C while typing, then Ctrl-D", code == 0, f"exit code {code}, {seen!r}"
    code, seen = talk([(b">>> ", b"exec('print(6*7, flush=True)\\nwhile True: pass')\n"), (b"\r\n42\r\n", b"\x03")], b"never said")
    yield "Ctrl-C while computing", code == -signal.SIGINT, f"exit code {code}, {seen!r}"


def whole_writes(cordon, folder):
    """As into a pipe, a write at descriptor level is whole."""
    ended = run([cordon, "run", "-c", "import os, sys\nprint(os.write(1, b'x' * 1000000), file=sys.stderr)"], b"", folder)
    yield "a write of a million bytes", (len(ended.stdout), ended.stderr) == (1000000, b"1000000\n"), f"{len(ended.stdout)} {ended.stderr[-200:]!r}"


def output_that_is_refused(cordon, folder):
    """A device without room: the program was run, so the code is not that of a sandbox that could not be set up."""
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([cordon, "run", "-c", "print('x')"], stdout=full, stderr=subprocess.PIPE, cwd=folder, timeout=120)
    yield "output that is refused", ended.returncode == 125 and b"cannot write the program's output" in ended.stderr, f"{ended.returncode} {ended.stderr!r}"


def streams_that_wait(cordon, folder):
    """Whoever types or reads slowly does not lift the limit of time; who is slow but in time gets everything, whatever the stream's flags."""
    for name, program in (("input that never comes", "input()"), ("output that nobody reads", "print('x' * 10_000_000)")):
        process = subprocess.Popen([cordon, "run", "--time", "300ms", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
        try:
            code = process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        yield name, code == 123 and b"LIMIT_TIME" in process.stderr.read(), f"exit code {code}"
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = subprocess.Popen([cordon, "run", "-c", "print('x' * 1_000_000, end='')"], stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, cwd=folder)
    os.close(writer)
    time.sleep(0.5) # until it has filled the pipe
    with open(reader, "rb") as stream:
        read = stream.read()
    yield "output that does not wait and is read late", (process.wait(timeout=60), len(read)) == (0, 1_000_000), f"{process.returncode}, {len(read)} bytes, {process.stderr.read()!r}"
    process.stderr.close()


def reader_goes_away(cordon, folder):
    """The reader closes after one line: the sandbox ends and leaves no process; as a pipe's writer does."""
    process = subprocess.Popen([cordon, "run", "-c", "while True: print('y')"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    process.stdout.readline()
    process.stdout.close()
    code = process.wait(timeout=60)
    yield "reader goes away", code == 128 + signal.SIGPIPE, f"exit code {code}, stderr {process.stderr.read()!r}"
    process.stderr.close()


def killed_with_its_supervisor(cordon, folder):
    """The worker ends when the command is killed: nothing of it stays."""
    process = subprocess.Popen([cordon, "run", "-c", "print('ready', flush=True)\nwhile True: pass"], stdout=subprocess.PIPE, cwd=folder)
    process.stdout.readline()
    children = [child for task in Path(f"/proc/{process.pid}/task").iterdir() for child in (task / "children").read_text().split()]
    process.kill()
    process.wait(timeout=60)
    process.stdout.close()
    for _ in range(200):
        alive = [child for child in children if Path(f"/proc/{child}").exists() and
                 Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"]
        if not alive:
            break
        time.sleep(0.05)
    yield "the worker ends with its supervisor", len(children) == 1 and not alive, f"children {children}, alive {alive}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--stock", required=True)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGHUP): # may be ignored here, and would be by what is started here
        signal.signal(number, signal.SIG_DFL)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello.py").write_text("print('hello', __name__, __file__)\n")
        (folder / "arguments.py").write_text("import sys\nprint(sys.argv)\n")
        (folder / "data.txt").write_text("the data\n")
        (folder / "package").mkdir()
        (folder / "package" / "__init__.py").write_text("")
        (folder / "package" / "part.py").write_text("VALUE = 17\n")
        for outcomes in (compare(options.cordon, options.stock, folder), own_words(options.cordon, folder),
                         two_seeds(options.cordon, folder), traces(options.cordon, folder), deterministic_copies(options.cordon, folder), report(options.cordon, folder), mounts(options.cordon, folder), output_that_is_refused(options.cordon, folder), streams_that_wait(options.cordon, folder), reader_goes_away(options.cordon, folder),
                         killed_with_its_supervisor(options.cordon, folder), missing_streams(options.cordon, folder), little_address_space(options.cordon, folder), signalled(options.cordon, folder),
                         conversation(options.cordon, folder), whole_writes(options.cordon, folder)):
            for name, good, detail in outcomes:
                print(f"{'ok' if good else 'FAILED'}: {name}")
                passed, failed = passed + good, failed + (not good)
                if not good:
                    print("    " + str(detail).replace("\n", "\n    "))
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
