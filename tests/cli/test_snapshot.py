"""`cordon snapshot`: a state is stored half-way by one process, and taken up by others; what is in a file is told; what is damaged, foreign or forged is refused; a full disk loses nothing.

usage: test_snapshot.py --cordon PATH --image PATH
"""
import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from case_groups import failed

STATE = """
import cordon, decimal, io, random, sqlite3
def numbers():
    n = 0
    while True:
        n += 1
        yield n
source, memory, held = numbers(), sqlite3.connect(':memory:'), io.StringIO('one\\ntwo\\nthree\\n')
memory.execute('create table t (x)'); memory.execute('insert into t values (42)')
next(source); next(held)
with decimal.localcontext() as context:
    context.prec = 5
    found = sorted(['b', 'a'], key=lambda name: cordon.call('rank', name))   # the C stack of sorted() waits, too
    seventh = decimal.Decimal(1) / 7
print(found, seventh, next(source), next(held).strip(), memory.execute('select x from t').fetchall(), open('/tmp/kept').read())
"""


class Place:
    def __init__(self, cordon, folder):
        self.cordon, self.folder = cordon, Path(folder)
        (self.folder / "key").write_bytes(b"sixteen bytes or more of key")
        (self.folder / "other").write_bytes(b"sixteen bytes of another key")

    def run(self, *arguments, limit=None):
        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return subprocess.run([self.cordon, *arguments], cwd=self.folder, capture_output=True, timeout=120, preexec_fn=small if limit else None)

    def write(self, name, content):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, name):
        return (self.folder / name).read_bytes()


def text(ended):
    return f"code {ended.returncode}\nstdout: {ended.stdout[-1500:]!r}\nstderr: {ended.stderr[-1500:]!r}"


def is_ended(ended, code, stdout=None, stderr=None):
    return ended.returncode == code and (stdout is None or ended.stdout.decode() == stdout) and (stderr is None or stderr in ended.stderr.decode())


def pending(ended):
    return [json.loads(line.partition("SUSPENDED: ")[2]) for line in ended.stderr.decode().splitlines() if "SUSPENDED: " in line]


def half_way(place):
    place.write("state.py", STATE)
    ended = place.run("snapshot", "save", "s", "--effect", "rank", "-c", "open('/tmp/kept', 'w').write('kept')")
    yield "at the end of a script", is_ended(ended, 0, "", "") and place.read("s"), text(ended)
    ended = place.run("snapshot", "resume", "s", "--snapshot", "s", "--effect", "rank", "state.py")
    told = pending(ended)
    yield "half-way", is_ended(ended, 126, "") and [(e["name"], e["args"]) for e in told] == [("rank", ["b"])], text(ended)
    whole = place.read("s")
    ended = place.run("snapshot", "resume", "s", "--snapshot", "t", "--effect", "rank", "--answer", f"{told[0]['id']}=2")
    told = pending(ended)
    yield "half-way again", is_ended(ended, 126, "") and [(e["name"], e["args"]) for e in told] == [("rank", ["a"])] and place.read("s") == whole, text(ended)
    for turn in ("first", "second"):  # as often as wanted
        ended = place.run("snapshot", "resume", "t", "--effect", "rank", "--answer", f"{told[0]['id']}=1")
        yield f"resumed, {turn} time", is_ended(ended, 0, "['a', 'b'] 0.14286 2 two [(42,)] kept\n", ""), text(ended)
    ended = place.run("snapshot", "resume", "s", "--answer", f"{told[0]['id'] - 1}=2")
    yield "a function that nobody offers any more is named", is_ended(ended, 1, "", "HostError: the host has no function 'rank' here"), text(ended)
    ended = place.run("snapshot", "resume", "t", "--effect", "rank", "--fail", f"{told[0]['id']}=no rank")
    yield "failed", is_ended(ended, 1, "", "HostError: no rank") and b"in <lambda>" in ended.stderr, text(ended)
    ended = place.run("snapshot", "resume", "t", "--effect", "rank", "--answer", "99=1", "--snapshot", "u")
    yield "another number", is_ended(ended, 120, "", "effect 99 is not pending") and not (place.folder / "u").exists(), text(ended)
    ended = place.run("snapshot", "resume", "t", "--effect", "rank", "-c", "pass")
    yield "nothing else can run meanwhile", is_ended(ended, 120, "", "it waits for effects"), text(ended)
    ended = place.run("snapshot", "resume", "t", "--effect", "rank", "--answer", f"{told[0]['id']}=1", "--trace", "steps")
    yield "no trace from the middle on", is_ended(ended, 120, "", "--trace: steps are told from an execution's beginning") and not (place.folder / "steps").exists(), text(ended)


def runs(place):
    place.run("snapshot", "save", "s", "-c", "import random\nx = [1, 2]\ndef f(y): return x + [y]")
    for name, arguments, code, stdout, stderr in [
        ("goes on", ["resume", "s", "-c", "print(f(3))"], 0, "[1, 2, 3]\n", ""),
        ("by a script", ["resume", "s", "more.py"], 0, "[1, 2, 4]\n", ""),
        ("an exception", ["resume", "s", "-c", "1/0"], 1, "", "ZeroDivisionError"),
        ("an exit", ["resume", "s", "-c", "raise SystemExit(7)"], 7, "", ""),
        ("a limit", ["resume", "s", "--fuel", "1M", "-c", "while True: pass"], 123, "", "LIMIT_FUEL"),
        ("too little memory", ["resume", "s", "--memory", "1M", "-c", "pass"], 120, "", "memory"),
        ("an unknown name", ["resume", "s", "-c", "import cordon; cordon.call('g')"], 1, "", "UnknownCallError"),
        ("a command answers", ["resume", "s", "--call", "g=echo 5", "-c", "import cordon; print(cordon.call('g'))"], 0, "5\n", ""),
        ("nothing to run", ["resume", "s"], 120, "", "say what to run"),
        ("no file", ["resume", "nowhere", "-c", "pass"], 120, "", "nowhere"),
        ("a variable", ["resume", "s", "--env", "A=1", "-c", "pass"], 120, "", "the snapshot has its own"),
        ("a module", ["save", "n", "-m", "json.tool"], 120, "", "comes from a script"),
        ("a mount that it has not", ["resume", "s", "--mount", "/tmp:/m:ro", "-c", "pass"], 120, "", "the snapshot has 0 folders mounted"),
        ("in the full interpreter", ["save", "n", "--full", "-c", "pass"], 120, "", "has no sandbox"),
        ("an exception is not stored", ["save", "n", "-c", "1/0"], 1, "", "nothing is stored in n"),
        ("a limit is not stored", ["save", "n", "--fuel", "1M", "-c", "while True: pass"], 123, "", "nothing is stored in n"),
        ("nothing to store", ["save", "n"], 120, "", "nothing to run, so no state to store"),
        ("a key that is not there", ["save", "n", "--key-file", "nowhere", "-c", "print('has run')"], 120, "", "--key-file nowhere"),
        ("no arguments", [], 120, "", "usage: cordon snapshot"),
        ("an unknown subcommand", ["open", "s"], 120, "", "usage: cordon snapshot"),
        ("an unknown option", ["resume", "s", "--nothing"], 120, "", "--nothing is not an option"),
        ("help", ["--help"], 0, None, ""),
    ]:
        place.write("more.py", "print(f(4))")
        ended = place.run("snapshot", *arguments)
        yield f"run: {name}", is_ended(ended, code, stdout, stderr) and not (place.folder / "n").exists(), text(ended)
    for folder, content in [("one", "1"), ("two", "2")]:
        (place.folder / folder).mkdir()
        place.write(f"{folder}/f", content)
    ended = place.run("snapshot", "save", "m", "--mount", "one:/m", "--effect", "e", "-c", "import cordon\nx = open('/m/f').read()\ny = cordon.call('e')\nprint(x, y, open('/m/f').read())\nopen('/m/g', 'w').close()")
    number = (pending(ended) or [{"id": 0}])[0]["id"]
    info = place.run("snapshot", "info", "m")
    without = place.run("snapshot", "resume", "m", "--answer", f"{number}=5")
    again = place.run("snapshot", "resume", "m", "--mount", "two:/m", "--answer", f"{number}=5")
    yield ("run: with a mount", is_ended(ended, 126, "") and is_ended(info, 0) and b'mount        {"path":"/m","mode":"rw"}' in info.stdout and is_ended(without, 120, "", "has 1 folder mounted, first /m") and
           is_ended(again, 0, "1 5 2\n", "") and (place.folder / "two/g").exists() and not (place.folder / "one/g").exists(), text(ended) + text(info) + text(without) + text(again))
    ended = place.run("snapshot", "save", "t", "--trace", "t1", "--effect", "e", "-c", "import cordon\nx = cordon.call('e')\nx += 1\nprint(x)")
    again = place.run("snapshot", "resume", "t", "--trace", "t2", "--answer", f"{(pending(ended) or [{'id': 0}])[0]['id']}=5")
    lines = [json.loads(line).get("line") for line in place.read("t2").decode().splitlines() if json.loads(line)["event"] == "line"] if (place.folder / "t2").exists() else None
    yield "run: with a trace", is_ended(ended, 126, "") and is_ended(again, 0, "6\n", "") and lines == [3, 4], text(ended) + text(again) + str(lines)
    ended = place.run("snapshot", "save", "n", "--mount", "one:/m", "-c", "kept = open('/m/f')")
    yield "run: with a file of a mount open", ended.returncode not in (0, 126) and b"of /m is open" in ended.stderr and not (place.folder / "n").exists(), text(ended)
    ended = place.run("run", "--snapshot", "r", "--effect", "e", "-c", "import cordon\nprint(cordon.call('e'))")
    again = place.run("snapshot", "resume", "r", "--answer", f"{(pending(ended) or [{'id': 0}])[0]['id']}=\"yes\"")
    yield "run: by cordon run", is_ended(ended, 126, "") and is_ended(again, 0, "yes\n", ""), text(ended) + text(again)
    ended = place.run("snapshot", "save", "j.s", "--journal", "j1", "--call", "f=echo 7", "-c", "import cordon\nx = cordon.call('f')")
    again = place.run("snapshot", "resume", "j.s", "--journal", "j2", "--call", "f=echo 8", "-c", "print(x, cordon.call('f'))")
    replayed = place.run("snapshot", "resume", "j.s", "--replay", "j2", "-c", "print(x, cordon.call('f'))")
    yield "run: with journals", is_ended(ended, 0, "", "") and is_ended(again, 0, "7 8\n", "") and is_ended(replayed, 0, "7 8\n", ""), text(ended) + text(again) + text(replayed)
    ended = place.run("snapshot", "resume", "r", "--journal", "j3", "--answer", "1=1")
    yield "run: no journal of an execution that has begun", is_ended(ended, 120, "", "a journal begins with an execution") and not (place.folder / "j3").exists(), text(ended)
    drawn = [place.run("snapshot", "resume", "s", "-c", "import os; print(os.urandom(8).hex())").stdout for _ in range(2)]
    yield "run: random bytes are fresh", drawn[0] != drawn[1] and all(drawn), str(drawn)
    place.run("snapshot", "save", "d", "--deterministic", "-c", "import os; os.urandom(1)")
    drawn = [place.run("snapshot", "resume", "d", "--deterministic", "-c", "import os, time; print(os.urandom(8).hex(), time.time_ns())").stdout for _ in range(2)]
    yield "run: deterministic ones go on", drawn[0] == drawn[1] and all(drawn), str(drawn)


def clock(place):
    program = "import cordon, time\nbegan = time.time()\ncordon.call('later')\nprint(int(time.time() - began))"
    began = time.time()
    ended = place.run("snapshot", "save", "s", "--effect", "later", "-c", program)
    time.sleep(2)
    resumed = place.run("snapshot", "resume", "s", "--answer", f"{pending(ended)[0]['id']}=null")
    waited = time.time() - began
    yield "the guest's time has moved by the wait", is_ended(resumed, 0) and 2 <= int(resumed.stdout or 0) <= waited + 1, text(resumed)
    ended = place.run("snapshot", "save", "d", "--deterministic", "--effect", "later", "-c", program)
    resumed = place.run("snapshot", "resume", "d", "--deterministic", "--answer", f"{pending(ended)[0]['id']}=null")
    yield "and not where time is the program's alone", is_ended(resumed, 0, "0\n"), text(resumed)


def files(place, image):
    place.run("snapshot", "save", "plain", "--effect", "ask", "-c", "import cordon\nx = cordon.call('ask', 'ä', k={'a': [1]})")
    place.run("snapshot", "save", "keyed", "--key-file", "key", "-c", "x = 1")
    ended = place.run("snapshot", "info", "plain")
    told = dict(line.split(None, 1) for line in ended.stdout.decode().splitlines())
    effect = json.loads(told.get("effect", "{}"))
    right = (ended.returncode == 0 and told["size"] == f"{len(place.read('plain'))} bytes" and told["seal"].startswith("none") and "waiting for effects" in told["state"]
             and effect == {"id": effect.get("id"), "name": "ask", "args": ["ä"], "kwargs": {"k": {"a": [1]}}})
    yield "info: half-way", right, text(ended)
    digest = subprocess.run(["sha256sum", image], capture_output=True, text=True).stdout.split()[0]
    yield "info: the image", told["image"] == f"sha256:{digest}", told["image"]
    ended = place.run("snapshot", "info", "keyed", "--key-file", "key")
    yield "info: with a key", is_ended(ended, 0) and b"HMAC-SHA256" in ended.stdout and b"between executions" in ended.stdout and b"effect" not in ended.stdout, text(ended)
    yield "files are for nobody else", oct((place.folder / "keyed").stat().st_mode & 0o777) == "0o600", ""

    plain, keyed = place.read("plain"), place.read("keyed")
    middle = bytearray(keyed)
    middle[len(keyed) // 2] ^= 1
    place.run("image", "build", "--import", "json", "-o", "image")
    for name, content, arguments, said in [
        ("another key", keyed, ["--key-file", "other"], "its seal does not fit"),
        ("no key", keyed, [], "it is sealed, and no key was given"),
        ("no seal", plain, ["--key-file", "key"], "it has no seal"),
        ("changed", bytes(middle), ["--key-file", "key"], "its seal does not fit"),
        ("cut", keyed[:-100], ["--key-file", "key"], "the snapshot is refused"),
        ("cut to nothing", b"", ["--key-file", "key"], "the snapshot is refused"),
        ("foreign", b"#!/bin/sh\n" * 200, ["--key-file", "key"], "it is no snapshot"),
        ("of another image", keyed, ["--key-file", "key", "--image", "image"], "of another image"),
        ("a short key", keyed, ["--key-file", "more"], "at least 16 bytes"),
        ("whole, its twin", keyed, ["--key-file", "key"], None),
    ]:
        place.write("f", content)
        place.write("more", b"short")
        ended = place.run("snapshot", "resume", "f", *arguments, "-c", "print(x)")
        yield f"file: {name}", is_ended(ended, 120, "", said) if said else is_ended(ended, 0, "1\n", ""), text(ended)

    place.write("f", keyed)
    ended = place.run("snapshot", "resume", "f", "--key-file", "key", "--snapshot", "f", "-c", "y = 'x' * 10**6", limit=4096)
    left = [name for name in os.listdir(place.folder) if name.startswith("f.")]
    yield "no room: told, and nothing is lost", is_ended(ended, 125, "", "the snapshot f cannot be stored: ") and place.read("f") == keyed and not left, text(ended) + str(left)
    ended = place.run("snapshot", "save", "/dev/full", "-c", "x = 1")
    yield "no room: a full device", is_ended(ended, 125, "", "/dev/full cannot be stored: "), text(ended)
    ended = place.run("snapshot", "save", "nowhere/f", "-c", "x = 1")
    yield "no folder", is_ended(ended, 125, "", "nowhere/f cannot be stored: "), text(ended)


def places(place):
    """Where a state is stored: behind links, in several processes at once, on a full standard output."""
    def f(name):
        return place.folder / name
    (f("elsewhere")).mkdir()
    os.symlink("elsewhere/state", f("link"))
    place.write("elsewhere/state", b"longer than any state " * 10000)
    ended = place.run("snapshot", "save", "link", "-c", "x = 1")
    again = place.run("snapshot", "resume", "link", "-c", "print(x)")
    yield "link: the file behind it is replaced", is_ended(ended, 0, "", "") and is_ended(again, 0, "1\n", "") and f("link").is_symlink() and os.listdir(f("elsewhere")) == ["state"], text(ended) + text(again)
    whole = place.read("elsewhere/state")
    ended = place.run("snapshot", "resume", "link", "--snapshot", "link", "-c", "y = 'x' * 10**6", limit=4096)
    yield "link: no room, and nothing is lost", is_ended(ended, 125, "", "link cannot be stored: ") and place.read("elsewhere/state") == whole, text(ended)
    os.symlink("other", f("s.part"))
    place.write("other", b"of somebody else")
    ended = place.run("snapshot", "save", "s", "-c", "x = 1")
    yield "nobody else's file is written to on the way", is_ended(ended, 0, "", "") and place.read("other") == b"of somebody else" and f("s.part").is_symlink(), text(ended)

    # All of them write the same file, each a state of its own size.
    program = "import os; n = {0}; data = os.urandom({0} * 100_000)"
    writers = [subprocess.Popen([place.cordon, "snapshot", "save", "shared", "-c", program.format(n)], cwd=place.folder, stderr=subprocess.PIPE) for n in range(1, 9)]
    said = [(writer.communicate(timeout=120)[1], writer.returncode) for writer in writers]
    ended = place.run("snapshot", "resume", "shared", "-c", "print(len(data) == n * 100_000)")
    left = [name for name in os.listdir(place.folder) if name.startswith("shared") and name != "shared"]
    yield "several at once: one of them is there, whole", is_ended(ended, 0, "True\n", "") and all(code == 0 and not line for line, code in said) and not left, text(ended) + str(said) + str(left)

    with open("/dev/full", "w") as full:
        ended = subprocess.run([place.cordon, "snapshot", "info", "s"], cwd=place.folder, stdout=full, stderr=subprocess.PIPE, timeout=120)
    yield "info: to a full device", ended.returncode == 121 and b"cannot be written" in ended.stderr, str(ended)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--image", required=True)
    options = parser.parse_args()
    cordon, image = os.path.abspath(options.cordon), os.path.abspath(options.image)
    return failed((half_way, runs, clock, lambda place: files(place, image), places), lambda folder: Place(cordon, folder))


if __name__ == "__main__":
    sys.exit(main())
