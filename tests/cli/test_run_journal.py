"""`cordon run` with host functions that are commands, effects, and journals of both: recorded, replayed, continued; and what is said when they are damaged, foreign, or find no room.

usage: test_run_journal.py --cordon PATH
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from case_groups import failed

COUNT = "n=$(cat); echo \"$n\" >> called; echo \"$n\" | python3 -c 'import json,sys; print(json.dumps(sum(json.load(sys.stdin)[\"args\"])))'"
ADDS = "import cordon\nprint([cordon.call('add', i, 10) for i in range(3)])\n"


class Place:
    """A folder for one case, with a count of how often the command of `add` was run."""

    def __init__(self, cordon, folder):
        self.cordon, self.folder = cordon, Path(folder)
        (self.folder / "key").write_bytes(b"sixteen bytes or more of key")
        (self.folder / "adds.py").write_text(ADDS)

    def run(self, *arguments, limit=None):
        command = [self.cordon, "run", *arguments]
        if limit is not None:  # no file may grow beyond that: what a full disk does
            command = [sys.executable, "-c", "import os,resource,signal,sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
                       "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); os.execv(sys.argv[2], sys.argv[2:])", str(limit), *command]
        return subprocess.run(command, cwd=self.folder, capture_output=True, timeout=120)

    def calls(self):
        path = self.folder / "called"
        made = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in made]


def text(ended):
    return f"code {ended.returncode}\nstdout: {ended.stdout[-1000:]!r}\nstderr: {ended.stderr[-1000:]!r}"


def is_ended(ended, code, stdout=None, stderr=None):
    return ended.returncode == code and (stdout is None or ended.stdout.decode() == stdout) and (stderr is None or stderr in ended.stderr.decode())


# name, commands of --call, program, exit code, what it prints, what is said
CALLS = [
    ("an answer", "f=cat >/dev/null; echo '{\"a\": [1, 2.5, null, true, \"ü\"]}'", "print(cordon.call('f'))", 0, "{'a': [1, 2.5, None, True, 'ü']}\n", None),
    ("a NUL in a text", "f=cat", "print(cordon.call('f', 'a\\0b')['args'] == ['a\\0b'])", 0, "True\n", None),
    ("its arguments", "f=cat", "print(cordon.call('f', 1, 'x;rm -rf /$(id)', k=[None]))", 0,
     "{'name': 'f', 'args': [1, 'x;rm -rf /$(id)'], 'kwargs': {'k': [None]}}\n", None),
    ("a dotted name", "http.get=echo 7", "print(cordon.host.http.get('/'))", 0, "7\n", None),
    ("no output", "f=true", "print(cordon.call('f'))", 0, "None\n", None),
    ("input that is not read", "f=echo 1", "print(cordon.call('f', 'x' * 1_000_000))", 0, "1\n", None),
    ("much in and out", "f=cat", "print(len(cordon.call('f', 'x' * 3_000_000)['args'][0]))", 0, "3000000\n", None),
    ("a failure", "f=echo no such thing >&2; exit 3", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message, e.host_type)", 0,
     "the command ended with code 3: no such thing CommandError\n", None),
    ("a failure's bytes", "f=printf 'a\\377b' >&2; exit 1", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message)", 0, "the command ended with code 1: a?b\n", None),
    ("death", "f=kill -9 $$", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message)", 0, "the command was ended by signal 9\n", None),
    ("no JSON", "f=echo '{'", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message[:36])", 0, "what the command printed is no JSON:\n", None),
    ("too much", "f=yes", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message)", 0, "the command wrote more than 16 MiB\n", None),
    ("a command that is not there", "f=no-such-command-at-all", "try: cordon.call('f')\nexcept cordon.HostError as e: print(e.message[:35])", 0, "the command ended with code 127: sh", None),
    ("not caught", "f=exit 1", "cordon.call('f')", 1, "", "HostError: the command ended with code 1"),
    ("another name", "f=echo 1", "try: cordon.call('g')\nexcept cordon.UnknownCallError: print('unknown')", 0, "unknown\n", None),
    ("without a command", "f", "", 120, "", "--call f: needs NAME=COMMAND"),
    ("with an empty one", "f=", "", 120, "", "--call f=: needs NAME=COMMAND"),
    ("a name that is none", "f g=echo", "", 120, "", "callback f g: its name is not made of words"),
    ("a name offered twice", "f=cat\0--effect\0f", "", 120, "", "f is offered twice"),
    ("a limit of calls", "f=echo 1", "while True: cordon.call('f')", 123, None, "LIMIT_CALLS"),
]


def commands(place):
    for name, call, program, code, stdout, stderr in CALLS:
        ended = place.run("--calls", "5", "--call", *call.split("\0"), "-c", "import cordon\n" + program)
        if name == "a command that is not there":
            ended.stdout, stdout = ended.stdout[:35], stdout[:35]
        yield f"command: {name}", is_ended(ended, code, stdout, stderr), text(ended)
    program = "import asyncio, cordon\nasync def main():\n    return await asyncio.gather(*[cordon.call_async('f', i) for i in range(20)])\nprint(sum(r['args'][0] for r in asyncio.run(main())))"
    ended = place.run("--call", "f=cat", "-c", program)
    yield "command: many at a time", is_ended(ended, 0, "190\n"), text(ended)
    ended = place.run("--time", "4s", "--call", "f=sleep 300 & echo $! > pid; wait", "-c", "import cordon; cordon.call('f')")
    yield "command: limits are heard", is_ended(ended, 123, "", "LIMIT_TIME"), text(ended)  # and run() has not waited for the command
    pid = (place.folder / "pid").read_text().strip() if (place.folder / "pid").exists() else "none"  # a machine so busy that it was not even started
    yield "command: nothing of it is left", not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2], pid
    (place.folder / "policy.yaml").write_text("version: 1\nallow:\n  - capability: process.spawn\n    program: [/bin/sh]\n    arguments: [\"-c cat\"]\n")
    ended = place.run("--policy", "policy.yaml", "--call", "f=cat", "-c", "import cordon; print(cordon.call('f', 1)['args'])")
    yield "command: allowed by a policy", is_ended(ended, 0, "[1]\n"), text(ended)
    ended = place.run("--policy", "policy.yaml", "--call", "f=id", "-c", "print('ran')")
    yield "command: not allowed by a policy", is_ended(ended, 122, "", "DENIED: process.spawn /bin/sh"), text(ended)
    for option in ("--call=f=cat", "--effect=f", "--journal=j", "--replay=j", "--snapshot=s"):
        ended = place.run("--full", option, "-c", "print('ran')")
        yield f"full interpreter: {option}", is_ended(ended, 120, "", "--full takes no " + option.split("=")[0]) and not (place.folder / "j").exists(), text(ended)


def journals(place):
    add = ("--call", "add=" + COUNT)
    ended = place.run(*add, "--journal", "j", "adds.py")
    calls = place.calls()
    yield "journal: recorded", is_ended(ended, 0, "[10, 11, 12]\n") and [call["args"] for call in calls] == [[0, 10], [1, 10], [2, 10]], text(ended) + str(calls)
    whole = (place.folder / "j").read_bytes()
    ended = place.run(*add, "--replay", "j", "adds.py")
    yield "journal: replayed without a call", is_ended(ended, 0, "[10, 11, 12]\n", "") and not place.calls() and (place.folder / "j").read_bytes() == whole, text(ended)
    ended = place.run("--replay", "j", "adds.py")
    yield "journal: replayed where no command is offered", is_ended(ended, 0, "[10, 11, 12]\n", ""), text(ended)
    ended = place.run("--call", "other=cat", "adds.py")
    yield "journal: and not without one", is_ended(ended, 1, "", "UnknownCallError"), text(ended)
    ended = place.run(*add, "--journal", "j", "adds.py")
    yield "journal: nothing is overwritten", is_ended(ended, 120, "", "overwrites nothing") and (place.folder / "j").read_bytes() == whole, text(ended)

    other = "import cordon\nprint([cordon.call('add', i, 10) for i in (0, 7)])"
    ended = place.run(*add, "--replay", "j", "-c", other)
    yield "divergence: stops", is_ended(ended, 122, "", "it calls add([7,10], {}), the recording goes on with add([1,10], {})") and not place.calls(), text(ended)
    ended = place.run(*add, "--replay", "j", "--on-divergence", "live", "-c", other)
    yield "divergence: goes live", is_ended(ended, 0, "[10, 17]\n", "it differs from its journal, at entry 2") and len(place.calls()) == 1, text(ended)
    ended = place.run(*add, "--replay", "j", "-c", "import cordon\nprint(cordon.call('add', 0, 10))")
    yield "divergence: fewer calls", is_ended(ended, 122, "10\n", "ended, and the recording goes on with a call of add"), text(ended)
    ended = place.run(*add, "--replay", "j", "--on-divergence", "perhaps", "adds.py")
    yield "divergence: neither", is_ended(ended, 120, "", "needs stop or live"), text(ended)
    ended = place.run(*add, "--replay", "j", "--report", "report.json", "-c", other)
    report = json.loads((place.folder / "report.json").read_text())
    yield "divergence: in the report", "it calls add" in report["journal_divergence"] and report["outcome"] == "CANCELLED", str(report)

    longer = "import cordon\nprint([cordon.call('add', i, 10) for i in range(5)])"
    ended = place.run(*add, "--replay", "j", "--journal", "k", "-c", longer)
    yield "continued: into a new file", is_ended(ended, 0, "[10, 11, 12, 13, 14]\n") and len(place.calls()) == 2 and (place.folder / "j").read_bytes() == whole, text(ended)
    ended = place.run(*add, "--replay", "k", "-c", longer)
    yield "continued: and replayed", is_ended(ended, 0, "[10, 11, 12, 13, 14]\n") and not place.calls(), text(ended)
    ended = place.run(*add, "--replay", "j", "--journal", "k", "-c", longer)
    yield "continued: nothing is overwritten", is_ended(ended, 120, "", "cannot be copied"), text(ended)
    ended = place.run(*add, "--replay", "j", "--journal", "j", "-c", longer)
    yield "continued: into the same file", is_ended(ended, 0, "[10, 11, 12, 13, 14]\n") and len(place.calls()) == 2 and (place.folder / "j").read_bytes().startswith(whole), text(ended)


def damaged(place):
    add = ("--call", "add=" + COUNT)
    keyed = (*add, "--journal-key-file", "key")
    place.run(*keyed, "--journal", "j", "adds.py")
    place.calls()
    whole = (place.folder / "j").read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    (place.folder / "other").write_bytes(b"sixteen bytes of another key")
    (place.folder / "short").write_bytes(b"short")
    for name, content, key, code, said in [
        ("whole", whole, "key", 0, ""),
        ("with another key", whole, "other", 120, "the key is another"),
        ("with a short key", whole, "short", 120, "a key has at least 16 bytes"),
        ("with no key there", whole, "nowhere", 120, "nowhere"),
        ("without a key", whole, None, 120, "sealed with a key, and none was given"),
        ("changed", bytes(changed), "key", 120, "is refused at offset "),
        ("foreign", b"#!/bin/sh\n" * 20, "key", 120, "it is no journal"),
        ("empty", b"", "key", 120, "it is no journal"),
        ("cut", whole[:-3], "key", 122, "warning: the last entry of the journal f is cut off"),
    ]:
        (place.folder / "f").write_bytes(content)
        ended = place.run(*add, *(("--journal-key-file", key) if key else ()), "--replay", "f", "adds.py")
        yield f"damaged: {name}", is_ended(ended, code, None, said) and not place.calls(), text(ended)
    (place.folder / "f").write_bytes(whole[:-3])
    ended = place.run(*keyed, "--replay", "f", "--journal", "f", "adds.py")
    yield "damaged: cut, and continued", is_ended(ended, 0, "[10, 11, 12]\n") and len(place.calls()) == 1, text(ended)
    ended = place.run(*keyed, "--replay", "f", "adds.py")
    yield "damaged: whole again", is_ended(ended, 0, "[10, 11, 12]\n") and b"warning" not in ended.stderr and not place.calls(), text(ended)
    ended = place.run(*add, "--journal", "/dev/full", "adds.py")
    yield "no room: no regular file", is_ended(ended, 120, "", "no regular file"), text(ended)
    ended = place.run(*add, "--journal", "full", "adds.py", limit=300)
    yield "no room: told", is_ended(ended, 125, "", "the journal cannot be written: "), text(ended)
    made = len(place.calls())
    ended = place.run(*add, "--replay", "full", "--journal", "full", "adds.py")
    kept = 3 - len(place.calls())
    yield "no room: nothing is lost", is_ended(ended, 0, "[10, 11, 12]\n") and 1 <= kept < made, text(ended) + f"{made} {kept}"
    ended = place.run("--call", f"add={COUNT}", "--journal", "none", "adds.py", limit=0)
    yield "no room: not even for its head", is_ended(ended, 125, "", "the journal cannot be written: ") and not place.calls(), text(ended)


def alone(place):
    """Options that mean nothing without another one."""
    for name, arguments, said in [
        ("a key of snapshots for a journal", ["--journal", "j", "--key-file", "key"], "a journal has --journal-key-file"),
        ("a key of journals for a snapshot", ["--snapshot", "s", "--journal-key-file", "key"], "a snapshot has --key-file"),
        ("what to do if nothing is replayed", ["--journal", "j", "--on-divergence", "live"], "--on-divergence is for --replay"),
    ]:
        ended = place.run(*arguments, "-c", "print(1)")
        yield f"alone: {name}", is_ended(ended, 120, "", said) and not (place.folder / "j").exists() and not (place.folder / "s").exists(), text(ended)
    ended = place.run("--journal", "j", "--journal-key-file", "key", "--snapshot", "s", "--key-file", "key", "-c", "print(1)")
    yield "alone: their twins", is_ended(ended, 0, "1\n", "") and (place.folder / "j").exists() and (place.folder / "s").exists(), text(ended)


def effects(place):
    program = "import asyncio, cordon\nasync def main():\n    print(await asyncio.gather(cordon.call_async('ask', 'a'), cordon.call_async('ask', 'b', k=1)))\nasyncio.run(main())"
    ended = place.run("--effect", "ask", "--report", "r.json", "-c", program)
    report = json.loads((place.folder / "r.json").read_text())
    pending = [line.partition("SUSPENDED: ")[2] for line in ended.stderr.decode().splitlines()]
    told = [json.loads(line) for line in pending]
    yield "effects: suspended", is_ended(ended, 126, "") and [(e["name"], e["args"], e["kwargs"]) for e in told] == [("ask", ["a"], {}), ("ask", ["b"], {"k": 1})], text(ended)
    yield "effects: in the report", report["outcome"] == "SUSPENDED" and len(report["suspension"]["effects"]) == 2, str(report)
    first, second = (str(effect["id"]) for effect in told)
    ended = place.run("--effect", "ask", "--answer", f"{second}=[1, null]", "--answer", first + '="A"', "-c", program)
    yield "effects: answered", is_ended(ended, 0, "['A', [1, None]]\n"), text(ended)
    ended = place.run("--effect", "ask", "--answer", first + "=1", "--fail", second + "=no", "-c", program)
    yield "effects: failed", is_ended(ended, 1, "", "HostError: no"), text(ended)
    ended = place.run("--effect", "ask", "--answer", "77=1", "-c", program)
    yield "effects: another number", is_ended(ended, 120, "", "effect 77 is not pending"), text(ended)
    ended = place.run("--effect", "ask", "--answer", first + "=1", "--answer", second + "=2", "--fail", first + "=no", "-c", program)
    yield "effects: one twice, beside all others", is_ended(ended, 120, "", f"effect {first} is answered twice"), text(ended)
    for option, value, said in [("--answer", "1", "needs ID=JSON"), ("--answer", "x=1", "needs ID=JSON"), ("--answer", "1={", "no JSON"), ("--fail", "1", "needs ID=MESSAGE"), ("--effect", "a=b", "needs a NAME")]:
        ended = place.run(option, value, "-c", "pass")
        yield f"effects: {option} {value}", is_ended(ended, 120, "", said), text(ended)
    # A day later, by the journal alone: what was answered is not asked again, what was pending is pending again.
    ended = place.run("--effect", "ask", "--journal", "j", "--answer", second + "=2", "-c", program)
    yield "effects: recorded", is_ended(ended, 126, "", '"args": ["a"]') and ended.stderr.count(b"SUSPENDED") == 1, text(ended)
    ended = place.run("--effect", "ask", "--replay", "j", "--journal", "j", "--answer", first + "=1", "-c", program)
    yield "effects: pending again, and answered", is_ended(ended, 0, "[1, 2]\n"), text(ended)
    ended = place.run("--effect", "ask", "--replay", "j", "-c", program)
    yield "effects: replayed", is_ended(ended, 0, "[1, 2]\n"), text(ended)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    cordon = os.path.abspath(parser.parse_args().cordon)
    return failed((commands, journals, damaged, alone, effects), lambda folder: Place(cordon, folder))


if __name__ == "__main__":
    sys.exit(main())
