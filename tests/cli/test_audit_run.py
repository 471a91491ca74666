"""`cordon audit run` and `cordon audit verify`, with a program that stands for an audited Python and pushes what no interpreter does.

The record is read by Python's own json module, and its seals are computed here again: what a reader of ours says is not taken for granted.

usage: test_audit_run.py --cordon PATH --pusher PATH [--schema PATH]
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Run:
    """One `cordon audit run -c COMMANDS` and what came of it."""

    def __init__(self, cordon, folder, commands, record="r.jsonl", options=(), environment=None, target=None):
        arguments = [cordon, "audit", "run", *([] if record is None else ["--record", record]), *options]
        self.done = subprocess.run([*arguments, *(target or ["-c", commands])], cwd=folder, capture_output=True, timeout=60,
                                   env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL)
        self.code, self.out, self.err = self.done.returncode, self.done.stdout.decode(), self.done.stderr.decode()
        path = None if record is None else Path(folder, record)
        self.text = path.read_bytes() if path and path.is_file() else b""
        self.lines = [json.loads(line) for line in self.text.decode("utf-8").splitlines(keepends=True) if line.endswith("\n")]

    def of(self, kind):
        return [line for line in self.lines if line["type"] == kind]


def check(name, condition, detail=""):
    if not condition:
        raise AssertionError(f"{name}: {detail}")


def seals_hold(text):
    """As docs/audit.md has it, and nothing of ours."""
    previous, lines = "0" * 64, 0
    digest = hashlib.sha256(previous.encode())
    for line in text.splitlines(keepends=True):
        if not line.startswith(b'{"type":"seal"'):
            digest.update(line)
            lines += 1
            continue
        seal = json.loads(line)
        if seal["lines"] != lines or seal["sha256"] != digest.hexdigest():
            return False
        previous, lines = digest.hexdigest(), 0
        digest = hashlib.sha256(previous.encode())
    return lines == 0


class Tests:
    def __init__(self, cordon, pusher, schema, folder):
        self.folder, self.schema = folder, schema
        binaries = Path(folder, "bin")
        binaries.mkdir()
        self.cordon = str(binaries / "cordon")
        shutil.copy(cordon, self.cordon)
        shutil.copy(pusher, binaries / "cordon-python")

    def run(self, commands, **options):
        return Run(self.cordon, self.folder, commands, **options)

    def verify(self, name="r.jsonl"):
        return subprocess.run([self.cordon, "audit", "verify", name], cwd=self.folder, capture_output=True, text=True, timeout=60)

    # ---- the record ----

    def test_lines_of_every_type(self):
        run = self.run("path:/etc/passwd denied:/root/x module:json event:compile print:hi exit:7")
        check("code", run.code == 7, run.err)
        check("output", run.out == "hi\n" and run.err == "", run.out + run.err)
        check("seals", seals_hold(run.text))
        check("types", [line["type"] for line in run.lines] ==
              ["start", "process", "site", "site", "access", "access", "module", "event", "exit", "end", "seal"], run.text.decode())
        allowed, denied = run.of("access")
        check("allowed", (allowed["decision"], allowed["rule"], allowed["error"], allowed["result"]) == ("allow", None, None, 3), allowed)
        check("denied", (denied["decision"], denied["rule"], denied["error"], denied["result"]) == ("deny", "p.yaml:4", "EACCES", -1), denied)
        check("who", allowed["site"] == 2 and run.of("site")[1]["caller"] == 1 and run.of("site")[0]["imports"] == ["__main__", "package"])
        check("module", run.of("module")[0]["origin"] == "/lib/json.py" and run.of("module")[0]["sha256"] is None)
        check("end", run.of("end")[0] == {"type": "end", "accesses": 2, "events": 1, "modules": 1, "lost": 0, "outcome": "ended", "code": 7})
        start = run.of("start")[0]
        check("start", start["directory"] == os.path.realpath(self.folder) and start["python"] == "3.13.5" and start["command"][0] == "-c", start)
        done = self.verify()
        check("verify", done.returncode == 0 and done.stdout == "r.jsonl: whole, 10 lines beside its seals\n", done.stdout + done.stderr)

    def test_schema(self):
        try:
            import jsonschema
        except ImportError:
            check("python3-jsonschema", False, "is not installed")
        schema = json.loads(Path(self.schema).read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        run = self.run("path:/bin/sh denied:/root/x module:json event:compile fork:2 kill:9")
        for line in run.lines:
            validator.validate(line)
        for kind in ("start", "process", "site", "access", "event", "module", "exit", "end", "seal"):
            line = dict(run.of(kind)[0])
            check(f"schema, {kind} with a key too many", not validator.is_valid({**line, "more": 1}))
            key = [name for name in line if name != "type"][-1]
            check(f"schema, {kind} without {key}", not validator.is_valid({name: value for name, value in line.items() if name != key}))

    def test_real_paths(self):
        home = Path(self.folder, "links")
        (home / "real").mkdir(parents=True)
        (home / "real" / "file").write_text("x")
        (home / "folder").symlink_to("real")
        (home / "name").symlink_to("folder/file")
        (home / "loop").symlink_to("loop")
        top = os.path.realpath(home)
        cases = {"folder/file": "real/file", "real/file": None, "name": "real/file", "folder/gone": "real/gone", "gone/deep/er": None,
                 "folder/gone/deep": "real/gone/deep", "loop": None}
        run = self.run(" ".join(f"path:{top}/{name}" for name in cases))
        for line, (name, real) in zip(run.of("access"), cases.items(), strict=True):
            check(name, line["arguments"].get("real") == (real and f"{top}/{real}"), line["arguments"])
        run = self.run(f"stat:{top}/name stat:{top}/folder/file")
        check("a link looked at itself", ["real" in line["arguments"] for line in run.of("access")] == [False, True])

    def test_bytes_that_are_no_utf8(self):
        run = Run(self.cordon, self.folder, b"path:/tmp/\xff\xed\xb2\x80\xc3\xa9")
        check("escaped", run.of("access")[0]["arguments"]["path"] == os.fsdecode(b"/tmp/\xff\xed\xb2\x80\xc3\xa9"), run.text)
        check("verify", self.verify().returncode == 0)

    def test_order_and_threads(self):
        run = self.run("threads:8")
        check("count", len(run.of("access")) == 8000 and run.of("end")[0]["lost"] == 0)
        check("sequence", [line["seq"] for line in run.of("access")] == list(range(1, 8001)))
        check("threads", {line["thread"] for line in run.of("access")} <= set(range(1, 9)))
        check("seals", seals_hold(run.text) and len(run.of("seal")) >= 2)

    def test_very_many(self):
        """Counted, not parsed: Python's json takes much longer for them than all else here together."""
        done = subprocess.run([self.cordon, "audit", "run", "--record", "r.jsonl", "-c", "access:300000"], cwd=self.folder, capture_output=True, timeout=60)
        text = Path(self.folder, "r.jsonl").read_bytes()
        check("count", text.count(b'\n{"type":"access","seq":') == 300000 and done.returncode == 0, done.stderr)
        check("last", b'\n{"type":"access","seq":300000,' in text and b'"end","accesses":300000,"events":0,"modules":0,"lost":0,' in text)
        check("seals", text.count(b'\n{"type":"seal",') >= 300000 // 4096 and seals_hold(text))
        check("verify", self.verify().returncode == 0)

    def test_same_lines_twice(self):
        """Seals come by the clock, and between processes the order is the one that the collector saw."""
        def normal(run):
            lines = [{key: value for key, value in line.items() if key not in ("time", "pid", "seq")} for line in run.lines if line["type"] != "seal"]
            return sorted(lines, key=lambda line: (line.get("process", 0), line["type"] == "exit"))
        one, other = (self.run("path:/bin/sh access:10000 fork:10 module:json exit:3") for _ in range(2))
        check("same", normal(one) == normal(other) and len(one.of("access")) == 10011)

    def test_seals_come_while_it_runs(self):
        child = subprocess.Popen([self.cordon, "audit", "run", "--record", "live.jsonl", "-c", "path:/etc/passwd wait:"], cwd=self.folder,
                                 stdout=subprocess.PIPE)
        check("ready", child.stdout.readline() == b"ready\n")
        deadline = time.monotonic() + 30
        while b'"seal"' not in Path(self.folder, "live.jsonl").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
        text = Path(self.folder, "live.jsonl").read_bytes()
        check("sealed", seals_hold(text) and b'"type":"access"' in text, text)
        done = self.verify("live.jsonl")
        check("not whole yet", done.returncode == 125 and "cut off" in done.stderr, done.stderr)
        child.terminate()
        check("ended", child.wait(30) == -signal.SIGTERM)

    # ---- processes ----

    def test_children_that_are_killed(self):
        for when, lost in (("begun", 0), ("half", 0), ("access", 1)):
            run = self.run(f"killed:{when} exit:0")
            check(when, run.of("end")[0]["lost"] == lost and len(run.of("process")) == 1 + lost, run.lines)

    def test_children(self):
        run = self.run("fork:5 fork:6 exit:2")
        check("processes", [(line["id"], line["parent"]) for line in run.of("process")] == [(1, 0), (2, 1), (3, 1)], run.of("process"))
        check("accesses", [sum(line["process"] == i for line in run.of("access")) for i in (2, 3)] == [5, 6])
        check("sites once", len(run.of("site")) == 2)
        check("exits", {line["process"]: line["code"] for line in run.of("exit")} == {1: 2, 2: 5, 3: 5}, run.of("exit"))

    def test_another_python_in_the_same_process(self):
        run = self.run("path:/a again:path:/b")
        check("processes", [(line["id"], line["parent"]) for line in run.of("process")] == [(1, 0), (2, 1)] and run.code == 0, run.text)
        check("accesses", [(line["process"], line["arguments"]["path"]) for line in run.of("access")] == [(1, "/a"), (2, "/b")])

    def test_another_program_in_the_same_process(self):
        run = self.run("path:/a program:exit${IFS}9")
        check("code", run.code == 9 and run.of("end")[0]["code"] == 9 and len(run.of("access")) == 1, run.text)

    def test_orphans_are_waited_for(self):
        run = self.run("orphan:1500 exit:4")
        check("code", run.code == 4 and len(run.of("access")) == 3, run.text)
        check("notice", re.search(r"the program has ended; waiting for process \d+, which it left behind", run.err), run.err)
        run = self.run("late:300 exit:4")
        check("one that shows itself late", run.code == 4 and len(run.of("access")) == 2 and run.err == "", run.text)

    def test_told_to_stop_waiting(self):
        child = subprocess.Popen([self.cordon, "audit", "run", "--record", "r.jsonl", "-c", "orphan:60000 exit:4"], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        line = child.stderr.readline()
        check("notice", "waiting for process" in line, line)
        pid = int(re.search(r"process (\d+)", line)[1])
        child.terminate()
        check("incomplete", child.wait(30) == 125 and "told to stop" in child.stderr.read())
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" and time.monotonic() < deadline:
            time.sleep(0.05)
        check("ended", time.monotonic() < deadline)
        check("told in the record", self.verify().returncode == 125)

    def test_other_orphans_are_not_waited_for(self):
        began = time.monotonic()
        script = Path(self.folder, "leave.sh")
        script.write_text("#!/bin/sh\nsleep 20 > /dev/null 2>&1 &\nexit 3\n")
        script.chmod(0o755)
        run = self.run("program:./leave.sh")
        check("ended soon", run.code == 3 and time.monotonic() - began < 15, run.err)

    def test_more_processes_than_rings_one_after_the_other(self):
        run = self.run(" ".join(["fork:1"] * 700))
        check("all", run.code == 0 and len(run.of("process")) == 701 and len(run.of("access")) == 700, run.err)

    # ---- the program's own ----

    def test_exit_codes(self):
        for code in (0, 1, 3, 119, 255):
            check(str(code), self.run(f"exit:{code}").code == code)

    def test_signals_end_both(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT):
            run = self.run(f"kill:{int(number)}")
            check(number.name, run.code == -number, run.code)
            check("told", run.of("exit")[0]["signal"] == number.name and run.of("end")[0]["outcome"] == "killed" and
                  run.of("end")[0]["code"] == 128 + number and run.of("end")[0]["lost"] == 0, run.text)

    def started(self, commands, **options):
        child = subprocess.Popen([self.cordon, "audit", "run", "--record", "r.jsonl", "-c", commands], cwd=self.folder, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, **options)
        check("ready", child.stdout.readline() == b"ready\n")
        return child

    def test_signals_are_passed_on(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            child = self.started("wait:", start_new_session=True)
            child.send_signal(number)
            check(number.name, child.wait(30) == -number, child.returncode)
            check("whole", self.verify().returncode == 0)

    def test_ignored_signals_stay_ignored(self):
        child = self.started("wait:", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        child.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        check("lives", child.poll() is None)
        child.send_signal(signal.SIGTERM)
        check("ended", child.wait(30) == -signal.SIGTERM)

    def test_interrupt_from_a_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execv(self.cordon, [self.cordon, "audit", "run", "--record", "r.jsonl", "-c", "wait:"])
        text = b""
        while b"ready" not in text:
            text += os.read(terminal, 100)
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        check("interrupted", os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)
        check("whole", self.verify().returncode == 0)

    def test_no_descriptors_are_left_to_the_program(self):
        run = self.run("program:ls${IFS}/proc/self/fd")
        check("descriptors", run.out.split() == ["0", "1", "2", "3"], run.out)  # 3 is that of ls

    # ---- when the record cannot be kept ----

    def incomplete(self, name, run, *words):
        check(name, run.code == 125, (run.code, run.err))
        for word in words:
            check(f"{name} says {word}", word in run.err, run.err)

    def test_a_program_that_never_attaches(self):
        self.incomplete("silent", self.run("silent"), "the record is incomplete")
        check("told in the record", self.lost() == 1)

    def lost(self):
        return json.loads(Path(self.folder, "r.jsonl").read_text().splitlines()[-2])["lost"]

    def test_full_device(self):
        self.incomplete("/dev/full", self.run("access:100000 print:unreached", record="/dev/full"), "/dev/full", "no space")
        check("ended", "unreached" not in self.run("access:3000000 print:unreached", record="/dev/full").out)
        check("short programs, too", self.run("path:/a", record="/dev/full").code == 125)
        check("twin", self.run("access:100000 print:reached", record="/dev/null").out == "reached\n")

    def test_full_file_system(self):
        small = Path(self.folder, "small")
        small.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], capture_output=True).returncode != 0:
            return print("  (not run: no right to mount)")
        try:
            run = self.run("access:3000000 print:unreached", record="small/r.jsonl")
            self.incomplete("full", run, "small/r.jsonl", "no space")
            check("ended", run.out == "", run.out)
            check("verify", self.verify("small/r.jsonl").returncode == 125)
            check("twin", self.run("access:100 print:reached", record="small/r.jsonl").out == "reached\n")
        finally:
            subprocess.run(["umount", small], check=True)

    def test_a_file_system_that_tells_at_the_end(self):
        command = ["strace", "-o", "/dev/null", "-P", f"{os.path.realpath(self.folder)}/r.jsonl", "-e", "trace=close"]
        environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # where there is a leak sanitizer: it cannot work beneath strace
        for inject, code, words in ((["-e", "inject=close:error=EDQUOT"], 125, "the record is incomplete: r.jsonl"), ([], 3, "")):
            for program in ("path:/a exit:3", "path:/a kill:9"):
                done = subprocess.run([*command, *inject, self.cordon, "audit", "run", "--record", "r.jsonl", "-c", program], cwd=self.folder, capture_output=True, text=True, env=environment)
                wanted = -9 if code == 3 and "kill" in program else code
                check(f"{program} {inject}", done.returncode == wanted and words in done.stderr, (done.returncode, done.stderr))

    def test_closed_pipe(self):
        os.mkfifo(Path(self.folder, "pipe"))
        reader = subprocess.Popen(["head", "-c", "1000", "pipe"], cwd=self.folder, stdout=subprocess.DEVNULL)
        run = Run(self.cordon, self.folder, "access:3000000 print:unreached", record="pipe")
        reader.wait(30)
        self.incomplete("pipe", run, "pipe")
        check("ended", run.out == "", run.out)
        with open(Path(self.folder, "copy.jsonl"), "wb") as copy:
            reader = subprocess.Popen(["cat", "pipe"], cwd=self.folder, stdout=copy)
            run = Run(self.cordon, self.folder, "access:100000 print:reached", record="pipe")
            reader.wait(30)
        check("twin", run.code == 0 and run.out == "reached\n" and self.verify("copy.jsonl").returncode == 0, run.err)

    def test_unwritable(self):
        self.incomplete("folder", self.run("print:unreached", record="bin"), "bin")
        run = self.run("print:unreached", record="nowhere/r.jsonl")
        self.incomplete("missing", run, "nowhere/r.jsonl")
        check("not started", run.out == "")

    def test_killed_collector(self):
        child = self.started("print:ready sleep:500 access:300000 print:unreached")
        child.kill()
        child.wait(30)
        out, err = child.stdout.read(), child.stderr.read()
        check("the program has ended, too", b"unreached" not in out and b"the collector has gone" in err, out + err)
        child = self.started("print:ready sleep:500 access:300000 print:reached")
        check("twin", child.stdout.read() == b"reached\n" and child.wait(30) == 0)

    def test_what_a_killed_process_reserved_is_lost(self):
        self.incomplete("hole", self.run("path:/a hole: kill:9"), "1 entries were lost")
        check("what came before is there", self.verify().returncode == 0 or self.lost() == 1)

    # ---- hostile rings ----

    def test_bad_entries_are_lost_and_the_rest_is_kept(self):
        for bad in ("kind:9", "kind:200", "site:3", "site:4294967295", "function:60000", "count:3", "count:33", "count:65535", "label:5", "label:16777215", "text:abc",
                    "define:0", "define:4294967295", "kind:2"):
            run = self.run(f"path:/a {bad} path:/b exit:3")
            self.incomplete(bad, run, "the record is incomplete: 1 entries were lost")
            check(f"{bad}: the rest", [line["arguments"]["path"] for line in run.of("access")] == ["/a", "/b"] and self.lost() == 1 and seals_hold(run.text), run.text)
        check("twin", self.run("path:/a path:/b exit:3").code == 3)

    def test_rings_that_make_no_sense_end_the_program(self):
        for bad in ("size:8", "size:0", "size:16777216", "size:134217720"):
            run = self.run(f"path:/a {bad} print:unreached")
            self.incomplete(bad, run, "makes no sense")
            check("ended", "unreached" not in run.out)

    def test_counts(self):
        for script, counts in (("repeat:0 path:/a", [1, 1]), ("repeat:5 path:/a", [1, 1, 5]), ("repeat:5 told:5 path:/a", [1, 5, 1]),
                               ("repeat:5 told:5 repeat:16777215 kill:9", [1, 5, 1, 16777215])):
            run = self.run(script)
            lines, expected = run.of("access"), 1
            check(script, [line.get("count", 1) for line in lines] == counts, run.text)
            for line in lines:
                check("numbers go on", line["seq"] == expected, line)
                expected += line.get("count", 1)
                check("alike", line["operation"] == "fs_open" or (line["operation"], line["arguments"]) == ("fd_read", {"flags": 7}), line)
            check("all are counted", run.of("end")[0]["accesses"] == sum(counts) and self.verify().returncode == 0, run.text)

    def test_counts_that_make_no_sense_are_lost(self):
        for bad in ("unknown:0", "unknown:1", "unknown:4097", "told:0", "told:3"):
            run = self.run(f"path:/a {bad} path:/b")
            self.incomplete(bad, run, "1 entries were lost")
            check(f"{bad}: the rest", [line["arguments"]["path"] for line in run.of("access")] == ["/a", "/b"], run.text)
        self.incomplete("count without an access", self.run("path:/a uncalled:2"), "1 entries were lost")
        self.incomplete("repeat that is none", self.run("path:/a counted:4097"), "1 entries were lost")

    def test_who_does_not_say_who_it_is(self):
        run = self.run("anonymous:5 path:/a")
        self.incomplete("anonymous", run, "entries were lost")
        check("the rest", len(run.of("access")) == 1)

    def test_random_rings(self):
        for seed in range(12):
            run = self.run(f"path:/a random:{seed} path:/b")
            check(f"random {seed}", run.code == 125 and run.err.count("\n") <= 2, (run.code, run.err))
            check("sealed", seals_hold(run.text) or b'"end"' not in run.text)
            run = self.run(f"path:/a scribble:{seed}")
            check(f"scribble {seed}", run.code == 125, (run.code, run.err))

    # ---- the command line ----

    def test_usage(self):
        cases = [([], "needs a SCRIPT"), (["--record"], "--record needs a value"), (["--nothing", "x"], "--nothing is not an option"), (["-c"], "-c needs the program's text"),
                 (["-m"], "-m needs the module's name"), (["--"], "needs a SCRIPT"), (["--record=", "x"], "needs a value"), (["--fail-on", "", "x"], "--fail-on needs a value"), (["--record", "-", "x"], "- is no name of a record"),
                 (["--format", "json=-", "--format", "sarif=-", "x"], "sarif=- goes to standard output as another one does")]
        for arguments, words in cases:
            done = subprocess.run([self.cordon, "audit", "run", *arguments], cwd=self.folder, capture_output=True, text=True)
            check(str(arguments), done.returncode == 120 and words in done.stderr and done.stdout == "", done.stderr)
        for arguments in (["audit"], ["audit", "nothing"], ["audit", "verify"], ["audit", "verify", "a", "b"], ["audit", "verify", "missing.jsonl"]):
            done = subprocess.run([self.cordon, *arguments], cwd=self.folder, capture_output=True, text=True)
            check(str(arguments), done.returncode == 120 and done.stderr, done.stderr)
        for arguments in (["audit", "--help"], ["audit", "run", "--help"], ["audit", "verify", "--help"]):
            done = subprocess.run([self.cordon, *arguments], cwd=self.folder, capture_output=True, text=True)
            check(str(arguments), done.returncode == 0 and "usage: cordon audit" in done.stdout, done.stderr)

    def test_targets_reach_the_interpreter(self):
        interpreter = Path(self.folder, "bin", "cordon-python")
        saved = interpreter.read_bytes()
        interpreter.write_text("#!/bin/sh\nfor a in \"$@\"; do printf '<%s>' \"$a\"; done\n")
        try:
            for target, given in ((["x.py", "--record", "a b"], "<x.py><--record><a b>"), (["-m", "mod", "-c"], "<-m><mod><-c>"), (["-", "a"], "<-><a>"),
                                  (["--", "-x.py"], "<--><-x.py>"), (["--record=y.jsonl", "-c", "pass"], "<-c><pass>")):
                run = self.run(None, target=target)
                check(str(target), run.out == given, run.out)
            interpreter.unlink()
            run = self.run("exit:0")
            check("missing interpreter", run.code == 121 and "cannot start the full interpreter" in run.err, run.err)
        finally:
            interpreter.write_bytes(saved)
            interpreter.chmod(0o755)

    def test_reports(self):
        commands = "print:hi access:1000 exit:3"
        plain = self.run(commands)
        check("a record is enough", plain.code == 3 and plain.err == "", plain.err)
        run = self.run(commands, options=["--format", "json", "--format=jsonl=rows.jsonl", "--format=sarif=a.sarif", "--all"])
        check("program", run.code == 3 and run.out == plain.out, (run.code, run.out))
        whole = json.loads(run.err)
        check("json to standard error", whole["totals"]["accesses"] == 1000 and whole["code"] == 3, run.err[:300])
        rows = [json.loads(line) for line in Path(self.folder, "rows.jsonl").read_text().split("\n")[:-1]]
        check("rows to a file", rows == whole["rows"], rows[:2])
        check("sarif to a file", json.loads(Path(self.folder, "a.sarif").read_text())["version"] == "2.1.0")
        later = subprocess.run([self.cordon, "audit", "report", "--format=json", "r.jsonl"], cwd=self.folder, capture_output=True, timeout=60)
        check("as from the record", later.stdout.decode() == run.err and later.returncode == 0, later.stderr)
        again = self.run(commands, record="other.jsonl", options=["--format", "json"])
        check("two runs, one report", again.err == run.err, again.err[:300])
        run = self.run(commands, options=["--format", "table=-"])
        check("to standard output", run.out.startswith(plain.out) and "1000 accesses" in run.out and run.err == "", run.out)
        run = self.run("access:10 kill:9", options=["--format", "table"])
        check("of one that was killed", run.code == -9 and "killed with 137; 10 accesses" in run.err, (run.code, run.err))

    def test_reports_that_cannot_be(self):
        run = self.run("print:hi exit:3", options=["--format=json=/does/not/exist"])
        check("before the run", run.code == 125 and run.out == "" and "cannot write the report /does/not/exist" in run.err, run.err)
        run = self.run("print:hi exit:3", options=["--format=json=/dev/full"])
        check("after it", run.code == 125 and "cannot write the report json=/dev/full" in run.err, run.err)
        run = self.run("print:hi exit:3", record="/dev/null", options=["--format=json=x"])
        check("no record to read back", run.code == 125 and run.out == "" and "no file that can be read back" in run.err, run.err)
        run = self.run("exit:3", record="/dev/null")
        check("twin", run.code == 3 and run.err == "", run.err)
        run = self.run("exit:3", options=["--format", "xml"])
        check("no such format", run.code == 120 and "xml names no format that there is: table, jsonl" in run.err, run.err)

    def test_no_file_is_two(self):
        """One file for two things would be neither, or would be the script no more."""
        folder = Path(self.folder)
        for name, text in (("script.py", "exit:3"), ("rules.yaml", "version: 1\n"), ("kept.json", "an earlier report")):
            (folder / name).write_text(text)
        os.link(folder / "kept.json", folder / "second.json")
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        for options, words in ((["--record", "script.py"], "script.py"), (["--format=json=./script.py"], "./script.py"), (["--record", "rules.yaml", "--report-policy", "rules.yaml"], "rules.yaml"),
                               (["--record", "kept.json", "--format=json=kept.json"], "kept.json"), (["--format=json=kept.json", "--format=sarif=second.json"], "kept.json and second.json")):
            run = self.run(None, record=None, options=options, target=["script.py"])
            check(str(options), run.code == 120 and run.out == "" and f"{words} are one file" in run.err, (run.code, run.err))
        run = self.run("exit:3", record=None, options=["--format=json=kept.json", "--baseline", "missing.lock"])
        check("reports of before stay until nothing is wrong", run.code == 120, run.err)
        check("nothing has changed", {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before)
        run = self.run("exit:3", options=["--format=json=kept.json", "--format=sarif=other.sarif", "--format=table=/dev/null", "--format=markdown=/dev/null"])
        check("twin", run.code == 3 and json.loads((folder / "second.json").read_text())["code"] == 3, run.err)
        for arguments in (["report", "--format=json=r.jsonl", "r.jsonl"], ["learn", "r.jsonl", "-o", "./r.jsonl"]):
            done = subprocess.run([self.cordon, "audit", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60)
            check(str(arguments), done.returncode == 120 and "are one file" in done.stderr and done.stdout == "", done.stderr)
        check("the record stays", self.verify().returncode == 0)

    def test_without_a_record_file(self):
        temporary = Path(self.folder, "temporary")
        temporary.mkdir()
        run = self.run("access:1000 exit:3", record=None, environment={"TMPDIR": str(temporary)})
        check("code", run.code == 3 and run.out == "", run.err)
        check("a table instead", "ended with 3; 1000 accesses" in run.err, run.err)
        check("nothing is left behind", os.listdir(temporary) == [], os.listdir(temporary))


def problem_of(options, name):
    """Most tests wait for something, so several run at a time, each in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            getattr(Tests(options.cordon, options.pusher, options.schema, folder), name)()
        except Exception as problem:
            return f"{type(problem).__name__} {str(problem)[:2000]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--pusher", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    os.environ.setdefault("ASAN_OPTIONS", "handle_segv=0:handle_abort=0")  # a sanitized cordon is to end by these signals, not to explain them
    names = [name for name in dir(Tests) if name.startswith("test_") and (options.only is None or options.only in name)]

    failed = 0
    with concurrent.futures.ProcessPoolExecutor(4) as workers: # threads would hold the programs open that another one copies and starts
        for name, problem in zip(names, workers.map(problem_of, [options] * len(names), names)):
            print(f"FAIL {name} {problem}" if problem else f"ok   {name}")
            failed += problem is not None
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
