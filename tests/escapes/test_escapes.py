"""Attempts to get out of a sandbox, by class, each with witnesses outside and a twin that must succeed.

usage: test_escapes.py --cordon PATH --full PATH --image PATH --one-engine PATH [--only CLASS] [--row NAME] [--verbose]

Every attempt runs in a fresh sandbox while a folder with a canary, an environment variable, a listening socket and a process watch. A row fails if a witness saw
anything, if the sandbox ended in a way that the row does not allow, if the next sandbox does not work, or if the twin does not succeed: then the attempt proves nothing.
"""
import argparse
import concurrent.futures
import importlib
import json
import os
import pathlib
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import rows

CLASSES = ("doors", "object_walks", "frames", "byte_code", "native_memory", "import_machinery", "protocol_abuse", "resource_bombs", "leaks")
VARIABLE = "CORDON_TEST_CANARY"
SECONDS = 120


class Witnesses:
    """What stands around a sandbox: everything that it must not read, change, reach or end."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="cordon-escape-")
        self.folder = pathlib.Path(self.temporary.name)
        self.text, self.value = secrets.token_hex(12), secrets.token_hex(12)
        (self.folder / "canary").write_text(self.text + "\n", encoding="ascii")
        (self.folder / "module_of_the_host.py").write_text(f"TEXT = {self.text!r}\n", encoding="ascii")
        database = sqlite3.connect(self.folder / "host.db")
        database.execute("create table t(a)")
        database.execute("insert into t values(?)", [self.text])
        database.commit()
        database.close()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.process = subprocess.Popen(["sleep", "300"])
        self.environment = {**os.environ, VARIABLE: self.value, "PYTHONDONTWRITEBYTECODE": "1"}
        self.before = self._state()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.listener.close()
        self.temporary.cleanup()

    def _state(self):
        # Reading changes a database's folder in no way; a journal that comes and goes does not count as a change.
        return {str(path.relative_to(self.folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None) for path in sorted(self.folder.rglob("*"))}

    def prelude(self):
        return (f"FOLDER, CANARY, PORT, PID, VARIABLE = {str(self.folder)!r}, {str(self.folder / 'canary')!r}, {self.listener.getsockname()[1]}, {self.process.pid}, "
                f"{VARIABLE!r}\n")

    def run(self, command):
        return subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, env=self.environment, cwd="/", timeout=SECONDS)

    def _was_called(self):
        try:
            self.listener.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def _has_died(self, patient):
        end = time.monotonic() + (10 if patient else 0)
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        return self.process.poll() is not None

    def saw(self, result, after=None):
        """What happened, as a list of the words of rows.Escape.after. With `after`, that thing is waited for."""
        output = result.stdout + result.stderr
        return [thing for thing, happened in (
            ("read", self.text in output), ("variable", self.value in output), ("write", self._state() != self.before),
            ("call", self._was_called()), ("kill", self._has_died(after == "kill"))) if happened]


def shown(result):
    return f"exit code {result.returncode}, out {result.stdout[-300:]!r}, err {result.stderr[-500:]!r}"


class Judge:
    def __init__(self, options):
        self.options = options

    def sandbox(self, witnesses, program, *options):
        """A run of `cordon run`, with the outcome that its report tells as one more attribute."""
        with tempfile.TemporaryDirectory(prefix="cordon-report-") as folder:
            report = pathlib.Path(folder, "report.json")
            result = witnesses.run([self.options.cordon, "run", "--image", self.options.image, "--report", report, *options, "-c", witnesses.prelude() + program])
            result.outcome = json.loads(report.read_text(encoding="utf-8"))["outcome"] if report.exists() else "NO REPORT"
            return result

    def full(self, witnesses, program):
        return witnesses.run([self.options.full, "-I", "-c", witnesses.prelude() + program])

    def attempt(self, row):
        with Witnesses() as witnesses:
            result = self.sandbox(witnesses, row.program, *row.options)
            saw, outcome = witnesses.saw(result), "LIMIT" if result.outcome.startswith("LIMIT_") else result.outcome
            if self.options.verbose:
                print(f"{row.name}: {result.outcome} {shown(result)}")
            if saw:
                return f"ESCAPED ({', '.join(saw)}): {shown(result)}"
            if outcome not in row.outcomes:
                return f"ended as {outcome}, allowed are {', '.join(sorted(row.outcomes))}: {shown(result)}"
            again = self.sandbox(witnesses, "print('as before')")
            if (again.returncode, again.stdout) != (0, "as before\n"):
                return f"the next sandbox does not work: {shown(again)}"
        return None

    def twin(self, row):
        with Witnesses() as witnesses:
            if row.twin == rows.FULL:
                result = self.full(witnesses, row.program)
                happened = row.after in witnesses.saw(result, row.after)
            elif row.twin == rows.GRANTED_FILE:
                canary = str(witnesses.folder / "canary")
                result = self.sandbox(witnesses, row.program, "--file", f"{canary}:{canary}")
                happened = witnesses.saw(result) == ["read"]
            elif row.twin == rows.GRANTED_VARIABLE:
                result = self.sandbox(witnesses, row.program, "--env", VARIABLE)
                happened = witnesses.saw(result) == ["variable"]
            else:
                result = self.sandbox(witnesses, row.twin)
                happened = result.returncode == 0 and "twin" in result.stdout
            return None if happened else f"the twin did not succeed: {shown(result)}"

    def escape(self, row):
        return self.attempt(row) or self.twin(row)

    def leak(self, row):
        secret = secrets.token_hex(12)
        half = len(secret) // 2
        knows = f"SECRET = {secret!r}\n"
        looks = f"SECRET_HEAD, SECRET_TAIL_REVERSED = {secret[:half]!r}, {secret[half:][::-1]!r}\n" + row.look
        with Witnesses() as witnesses:
            left = self.sandbox(witnesses, knows + row.leave)
            looked = self.sandbox(witnesses, looks)
            twin = self.sandbox(witnesses, knows + row.leave + "\n" + looks)
            if self.options.verbose:
                print(f"{row.name}: {shown(looked)}; twin {shown(twin)}")
            both = [self.in_one_engine(witnesses, knows + row.leave, looks), self.in_one_engine(witnesses, knows + row.leave + "\n" + looks)]
        if left.returncode != 0:
            return f"nothing was left: {shown(left)}"
        if looked.returncode != 0 or "found" in looked.stdout or secret in looked.stdout + looked.stderr:
            return f"LEAKED or could not look: {shown(looked)}"
        if twin.returncode != 0 or "found" not in twin.stdout:
            return f"the twin, both in one run, found nothing: {shown(twin)}"
        return self.judge_engine(row, secret, *both)

    def in_one_engine(self, witnesses, *programs):
        """What each program wrote, one engine and its pool for all, with the outcome in the first line."""
        with tempfile.TemporaryDirectory(prefix="cordon-programs-") as folder:
            files = []
            for number, program in enumerate(programs):
                files.append(pathlib.Path(folder, f"{number}.py"))
                files[-1].write_text(witnesses.prelude() + program, encoding="utf-8")
            result = witnesses.run([self.options.one_engine, self.options.image, *files])
            return result.stdout.split("== ")[1:] or [shown(result)]

    @staticmethod
    def judge_engine(row, secret, apart, together):
        if len(apart) != 2 or not apart[1].startswith("OK") or "found" in apart[1] or secret in apart[1]:
            return f"LEAKED through one engine, or could not look: {apart}"
        if not apart[0].startswith("OK") or not together[0].startswith("OK") or "found" not in together[0]:
            return f"the twin, both in one sandbox of an engine, found nothing: {together}"
        return None

    def judge(self, row):
        try:
            return self.leak(row) if isinstance(row, rows.Leak) else self.escape(row)
        except subprocess.TimeoutExpired as error:
            return f"did not end within {SECONDS} s: {error}"[:500]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--full", required=True, help="cordon-python")
    parser.add_argument("--image", required=True)
    parser.add_argument("--one-engine", required=True)
    parser.add_argument("--only", choices=CLASSES, action="append")
    parser.add_argument("--row")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    for name in ("cordon", "full", "image", "one_engine"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    judge, failed, judged = Judge(options), 0, 0
    for name in options.only or CLASSES:
        table = [row for row in importlib.import_module(f"classes.{name}").ROWS if options.row in (None, row.name)]
        assert len({row.name for row in table}) == len(table), f"{name}: two rows of one name"
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for row, failure in zip(table, pool.map(judge.judge, table)):
                judged += 1
                if failure:
                    failed += 1
                    print(f"FAILED  {name}.{row.name}: {failure}")
        print(f"{name}: {len(table)} attempts", flush=True)
    print(f"{judged} attempts, {failed} failed")
    return 1 if failed or judged == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
