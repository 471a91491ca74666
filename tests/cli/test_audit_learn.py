"""`cordon audit learn`: a program runs under what was learnt from it, and does not when any rule is taken away.

usage: test_audit_learn.py --cordon PATH
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

EVERYTHING = "version: 1\nallow:\n  - capability: \"*\"\n"

PROGRAMS = {
    "files": """
import os, tempfile
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "x"), "w") as file:
        file.write("x")
    assert os.listdir(folder) == ["x"]
open("out/result", "w").close()
assert open("data/in").read() == "in"
assert not os.path.exists("data/missing")
""",
    "network": """
import socket, threading
with socket.create_server(("127.0.0.1", 0)) as server:
    def answer():
        with server.accept()[0] as peer:
            peer.sendall(b"x")
    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with socket.create_connection(server.getsockname()) as peer:
        assert peer.recv(1) == b"x"
    thread.join()
""",
    "processes": """
import os, signal, subprocess, sys
subprocess.run([sys.executable, "-c", "import json"], check=True)
pid = os.posix_spawn("/bin/true", ["true"], {})
assert os.waitpid(pid, 0)[1] == 0
pid = os.fork()
if pid == 0:
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.raise_signal(signal.SIGUSR1)  # no number of a process: a rule that is missing must not make it another one's
""",
    "environment": """
import getpass, json, locale, os, pwd, time
os.environ["ADDED"] = "1"
assert pwd.getpwuid(0).pw_name == "root"
assert json.loads("1") == 1 and time.time() > 0
import part.inner
""",
}


def check(name, condition, detail=""):
    if not condition:
        raise AssertionError(f"{name}: {detail}")


class Tests:
    def __init__(self, cordon, folder):
        self.cordon, self.folder = cordon, Path(folder, "work")
        for made in (self.folder, self.folder / "out", self.folder / "data", self.folder / "part"):
            made.mkdir()
        (self.folder / "data" / "in").write_text("in")
        (self.folder / "part" / "__init__.py").write_text("")
        (self.folder / "part" / "inner.py").write_text("")
        (self.folder / "everything.yaml").write_text(EVERYTHING)
        for name, text in PROGRAMS.items():
            (self.folder / f"{name}.py").write_text(text)
        # The fewer variables, the fewer rules to take away one after the other.
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/nobody-has-this-name", "PYTHONDONTWRITEBYTECODE": "1"}

    def audit(self, *arguments, policy=None):
        environment = {**self.environment, "CORDON_POLICY": str(policy or self.folder / "everything.yaml")}
        return subprocess.run([self.cordon, "audit", *map(str, arguments)], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60)

    def run(self, program, record, policy=None):
        """The exit code and what was refused."""
        done = self.audit("run", "--record", record, f"{program}.py", policy=policy)
        lines = [json.loads(line) for line in (self.folder / record).read_text().splitlines()]
        # What Python looks at to find itself is no program's, and it starts without.
        begun, refused = set(), []
        for line in lines:
            if line.get("name") == "__main__":
                begun.add(line["process"])
            if line.get("decision") == "deny" and (line["process"] in begun or line.get("capability") not in ("fs.read", "fs.list")):
                refused.append(line)
        return done.returncode, [(line.get("capability", "import"), line.get("arguments", line.get("name"))) for line in refused], done.stderr

    def learn(self, *records, output="learnt.yaml", options=()):
        done = self.audit("learn", *options, *records, "-o", output)
        check("learn", done.returncode == 0, done.stderr)
        return (self.folder / output).read_text()

    def without(self, text, index):
        """The policy without its rule number `index`; None beyond the last."""
        parts = re.split(r"(?m)^(?=  - capability: )", text)
        return None if index + 1 >= len(parts) else "".join(part for i, part in enumerate(parts) if i != index + 1) + ("" if len(parts) > 2 else "  []\n")

    # ---- the promise ----

    def needs_each_rule(self, program):
        code, refused, told = self.run(program, "first.jsonl")
        check("plain run", code == 0 and refused == [], told)
        text = self.learn("first.jsonl")
        code, refused, told = self.run(program, "second.jsonl", self.folder / "learnt.yaml")
        check("under what was learnt", code == 0 and refused == [], f"{code} {refused} {told}\n{text}")
        index = 0
        while (less := self.without(text, index)) is not None:
            (self.folder / "less.yaml").write_text(less)
            code, refused, _ = self.run(program, "third.jsonl", self.folder / "less.yaml")
            rule = re.split(r"(?m)^(?=  - capability: )", text)[index + 1]
            check("a rule that is not needed", code != 0 or refused != [], rule)
            index += 1
        check("rules", index >= 8, text)

    def test_files(self):
        self.needs_each_rule("files")

    def test_network(self):
        self.needs_each_rule("network")

    def test_processes(self):
        self.needs_each_rule("processes")

    def test_environment(self):
        self.needs_each_rule("environment")

    def test_two_records(self):
        self.run("files", "files.jsonl")
        self.run("network", "network.jsonl")
        self.learn("files.jsonl", "network.jsonl", output="both.yaml")
        self.learn("files.jsonl", output="one.yaml")
        for program in ("files", "network"):
            code, refused, told = self.run(program, "r.jsonl", self.folder / "both.yaml")
            check(program, code == 0 and refused == [], f"{refused} {told}")
        check("twin", self.run("network", "r.jsonl", self.folder / "one.yaml")[0] != 0)

    def test_same_policy_from_another_run(self):
        def rules(text):  # counts may differ, as those of locks do
            return re.sub(r"(?m)  # .*$", "", text)
        self.run("network", "a.jsonl")
        self.run("network", "b.jsonl")
        check("same", rules(self.learn("a.jsonl")) == rules(self.learn("b.jsonl")))

    # ---- refusals ----

    def test_a_refused_number_of_a_process_is_nobodys(self):
        text = "import os; print(min(os.getpid(), os.getppid()) > 1 << 22)"
        for rule, expected in (("", "False"), ("deny:\n  - capability: process.info\n", "True")):
            (self.folder / "info.yaml").write_text(EVERYTHING + rule)
            done = self.audit("run", "-c", text, policy=self.folder / "info.yaml")
            check(rule, done.stdout.strip() == expected, done.stdout + done.stderr)

    def test_refused_things_are_learnt_on_demand(self):
        denies = self.folder / "denies.yaml"
        denies.write_text(EVERYTHING + "deny:\n  - capability: env.write\n    name: [ADDED]\n")
        self.run("environment", "r.jsonl", denies)
        check("left out", "ADDED" not in self.learn("r.jsonl"))
        check("asked for", "ADDED" in self.learn("r.jsonl", options=["--refused"]))

    def test_a_home_is_never_granted(self):
        self.environment["HOME"] = str(self.folder)
        self.audit("run", "--record", "r.jsonl", "-c", "import os; open(os.path.expanduser('~/x'), 'w'); os.utime(os.path.expanduser('~'))")
        done = self.audit("learn", "r.jsonl", "-o", "home.yaml")
        check("told", done.returncode == 0 and "not granted" in done.stderr, done.stderr)
        text = (self.folder / "home.yaml").read_text()
        check("said", "# not granted: fs.write " in text, text)
        check("twin", f'      - "{self.folder}/x"' in text, text)

    def test_broken_records_teach_nothing(self):
        self.run("files", "whole.jsonl")
        text = (self.folder / "whole.jsonl").read_text()
        (self.folder / "cut.jsonl").write_text(text[: len(text) // 2])
        done = self.audit("learn", "whole.jsonl", "cut.jsonl", "-o", "never.yaml")
        check("code", done.returncode == 125 and "cut.jsonl:" in done.stderr, done.stderr)
        check("nothing", not (self.folder / "never.yaml").exists())
        check("usage", self.audit("learn").returncode == 120 and self.audit("learn", "--nonsense", "x").returncode == 120)
        check("missing", self.audit("learn", "nowhere.jsonl").returncode == 120)
        check("unwritable", self.audit("learn", "whole.jsonl", "-o", "nowhere/x.yaml").returncode == 125)

    def test_output(self):
        self.run("files", "r.jsonl")
        done = self.audit("learn", "r.jsonl")
        check("standard output", done.returncode == 0 and done.stdout == self.learn("r.jsonl"), done.stderr)
        check("reader", subprocess.run([self.cordon, "policy", "check", "learnt.yaml"], cwd=self.folder, capture_output=True).returncode == 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("only", nargs="*")
    options = parser.parse_args()
    names = [name for name in vars(Tests) if name.startswith("test_") and (not options.only or name in options.only)]
    for name in names:
        # Not a name that looks random: it would stand for the folder it is in.
        folder = Path.cwd() / f"learn.{os.getpid()}"
        folder.mkdir()
        try:
            getattr(Tests(os.path.abspath(options.cordon), folder), name)()
        finally:
            shutil.rmtree(folder)
        print("ok   ", name)
    print(f"{len(names)} tests")


if __name__ == "__main__":
    sys.exit(main())
