"""`cordon audit run --policy` and `--report-policy` with the full interpreter.

usage: test_audit_run_policy.py --cordon PATH --schema PATH
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

START = "".join(f"  - capability: {name}\n" for name in ("env.*", "fd.use", "process.*", "system.info", "signal.handle", "time.read", "random", "memory.map", "thread.start",
                                                          "user.info", "import", "ipc", "tty", "native.load"))


def policy(*folders, more=""):
    return f"version: 1\nallow:\n  - capability: fs.*\n    path: {json.dumps(list(folders))}\n{START}{more}"


def check(name, condition, detail=""):
    if not condition:
        raise AssertionError(f"{name}: {detail}")


class Run:
    def __init__(self, cordon, folder, *arguments, **environment):
        done = subprocess.run([cordon, "audit", "run", "--record", "r.jsonl", *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
                              env={**os.environ, **environment})
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.lines = [json.loads(line) for line in Path(folder, "r.jsonl").read_text().splitlines()]
        self.start = self.lines[0]

    def of(self, path):
        """The open of a file, in whichever process."""
        [line] = [line for line in self.lines if line.get("operation") == "fs_open" and line["arguments"].get("path") == str(path)]
        return line


class Tests:
    def __init__(self, cordon, schema):
        self.cordon, self.schema = cordon, schema
        self.folder = Path(os.path.realpath(tempfile.mkdtemp()))
        for name in ("in", "out"):
            (self.folder / name).mkdir()
            (self.folder / name / "file").write_text(name)
        self.own, self.other = self.folder / "in" / "file", self.folder / "out" / "file"
        (self.folder / "narrow.yaml").write_text(policy(f"{self.folder}/in", str(Path(cordon).resolve().parent)))
        (self.folder / "wide.yaml").write_text(policy(str(self.folder), str(Path(cordon).resolve().parent)))
        self.program = f"print(open('{self.own}').read())\ntry:\n    print(open('{self.other}').read())\nexcept PermissionError:\n    print('refused')"

    def run(self, *arguments, **environment):
        return Run(self.cordon, self.folder, *arguments, **environment)

    def told(self, file, profile=None):
        return {"file": file, "profile": profile, "sha256": hashlib.sha256((self.folder / file).read_bytes()).hexdigest()}

    def test_refuses(self):
        run = self.run("--policy", "narrow.yaml", "-c", self.program)
        check("refused", run.code == 0 and run.out == "in\nrefused\n", (run.code, run.out, run.err))
        check("told", (run.of(self.own)["decision"], run.of(self.other)["decision"]) == ("allow", "deny"))
        check("start", run.start["policy"] == self.told("narrow.yaml") and run.start["report_policy"] is None, run.start)
        twin = self.run("--policy", "wide.yaml", "-c", self.program)
        check("twin", twin.out == "in\nout\n" and twin.of(self.other)["decision"] == "allow", (twin.out, twin.err))

    def test_reports(self):
        run = self.run("--report-policy", "narrow.yaml", "-c", self.program)
        check("refuses nothing", run.code == 0 and run.out == "in\nout\n", (run.code, run.out, run.err))
        line = run.of(self.other)
        check("marked", (line["decision"], line["report"], run.of(self.own)["report"]) == ("allow", "deny", None), line)
        check("start", run.start["report_policy"] == self.told("narrow.yaml") and run.start["policy"] is None, run.start)
        library = f"{Path(self.cordon).resolve().parent.parent}/lib/python3."
        reads = [line for line in run.lines if line.get("capability") == "fs.read" and line["arguments"].get("path", "").startswith(library)]
        check("the library is always allowed", reads and not any(line["report"] for line in reads), [line for line in reads if line["report"]][:2])
        twin = self.run("--report-policy", "wide.yaml", "-c", self.program)
        check("twin", twin.of(self.other)["report"] is None)

    def test_one_in_force_and_a_stricter_one_reported(self):
        run = self.run("--policy", "wide.yaml", "--report-policy", "narrow.yaml", "-c", self.program)
        check("output", run.out == "in\nout\n", run.err)
        check("marked", (run.of(self.other)["decision"], run.of(self.other)["report"]) == ("allow", "deny"))
        check("start", (run.start["policy"], run.start["report_policy"]) == (self.told("wide.yaml"), self.told("narrow.yaml")))
        validator = jsonschema.Draft202012Validator(json.loads(Path(self.schema).read_text()))
        for line in run.lines:
            validator.validate(line)

    def test_rules_are_named(self):
        (self.folder / "deny.yaml").write_text(policy(str(self.folder), more="deny:\n  - capability: env.read\n    name: [COLOUR]\n"))
        number = (self.folder / "deny.yaml").read_text().count("\n") - 1

        def colour(run):
            return [line for line in run.lines if line.get("operation") == "env_get" and line["arguments"]["name"] == "COLOUR" and line["site"] != 0] or \
                [line for line in run.lines if line.get("operation") == "env_get" and line["arguments"]["name"] == "COLOUR"]
        program = "import os; print(os.environ.get('COLOUR'))"
        run = self.run("--policy", "deny.yaml", "-c", program, COLOUR="blue")
        check("in force", run.out == "None\n" and colour(run)[0]["decision"] == "deny" and colour(run)[0]["rule"] == f"deny.yaml:{number}", (run.out, colour(run)))
        run = self.run("--report-policy", "deny.yaml", "-c", program, COLOUR="blue")
        check("reported", run.out == "blue\n" and colour(run)[0]["report"] == "deny" and colour(run)[0]["report_rule"] == f"deny.yaml:{number}", colour(run))

    def test_programs_and_shells(self):
        text = policy(str(self.folder), "/etc", "/usr", "/proc", "/dev").replace("process.*", "process.info")
        (self.folder / "echo.yaml").write_text(text + "  - capability: process.exit\n  - capability: process.spawn\n    program: [/bin/echo]\n")
        (self.folder / "shell.yaml").write_text(text + "  - capability: process.exit\n  - capability: process.spawn\n    program: [/bin/sh]\n")
        program = "import os\nos.waitpid(os.posix_spawn('/bin/echo', ['echo', 'hi'], {}), 0)\nos.system('true')"

        def marked(name):
            run = self.run("--report-policy", name, "-c", program)
            check("ran", run.out == "hi\n", run.err)
            return {line["operation"]: line["report"] for line in run.lines if line.get("operation") in ("process_posix_spawn", "process_system")}
        check("echo", marked("echo.yaml") == {"process_posix_spawn": None, "process_system": "deny"})
        check("shell", marked("shell.yaml") == {"process_posix_spawn": "deny", "process_system": None})

    def test_connections_and_descriptors(self):
        """What is marked is what would be refused: an address within an address, a socket behind a link, a program that is a descriptor."""
        text = policy(str(self.folder), "/etc", "/usr", "/proc", "/dev").replace("process.*", "process.info") + "  - capability: process.exit\n  - capability: net.resolve\n"
        (self.folder / "part.yaml").write_text(text + "  - capability: process.spawn\n    program: [/bin/echo]\n  - capability: net.connect\n"
                                               f"    address: [0.0.0.0/0, '::/0', 'unix:{self.folder}/in/*']\n  - capability: net.listen\ndeny:\n  - capability: net.connect\n    address: [127.0.0.0/8]\n")
        (self.folder / "whole.yaml").write_text(text + "  - capability: process.spawn\n  - capability: net.*\n")
        program = f"""import os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("out/socket")
listener.listen()
os.symlink("../out/socket", "in/link")
for family, address in ((2, ("0.0.0.0", 9)), (10, ("64:ff9b::127.0.0.1", 9)), (2, ("192.0.2.1", 9)), (1, "in/link"), (1, "{self.folder}/in/../out/socket")):
    try: socket.socket(family, 2 if family != 1 else 1).connect(address)
    except OSError as error: print(type(error).__name__)
if os.fork() == 0:
    try: os.execve(os.open("/usr/bin/true", os.O_RDONLY), ["true"], {{}})
    except OSError as error: print(type(error).__name__, flush=True)
    os._exit(0)
os.wait()
"""

        def marked(*options):
            for name in ("in/link", "out/socket"):  # which stay while the record is made: where they lead is looked up by then
                (self.folder / name).unlink(missing_ok=True)
            run = self.run(*options, "-c", program)
            connections = [line for line in run.lines if line.get("operation") == "net_connect"]
            execs = [line for line in run.lines if line.get("operation") == "process_fexecve"]
            check("all of them", len(connections) == 5 and len(execs) == 1, (connections, run.err))
            return run, [line["report"] or line["decision"] for line in connections + execs]
        run, found = marked("--policy", "part.yaml")
        check("refused", found == ["deny", "deny", "allow", "deny", "deny", "deny"] and run.out.count("PermissionError\n") == 5, (found, run.out, run.err))
        run, found = marked("--policy", "whole.yaml", "--report-policy", "part.yaml")
        check("marked", found == ["deny", "deny", "allow", "deny", "deny", "deny"] and "PermissionError" not in run.out, (found, run.out, run.err))
        lead = [line["arguments"].get("real") for line in run.lines if line.get("operation") == "net_connect"]
        check("told where they lead", lead[2:] == [None] + [f"unix:{self.folder}/out/socket"] * 2, lead)

    def test_modules(self):
        (self.folder / "modules.yaml").write_text(policy(str(self.folder)).replace("  - capability: import\n", "  - capability: import\n    name: [__main__, json, 'json.*', re, 're.*']\n"))
        run = self.run("--report-policy", "modules.yaml", "-c", "import json, colorsys")
        found = {line["name"]: line["report"] for line in run.lines if line["type"] == "module"}
        check("marked", (found["json"], found["colorsys"], found["encodings"]) == (None, "deny", None), found)

    def test_children_in_other_folders(self):
        child = f"import subprocess, sys, os; sys.exit(subprocess.run([sys.executable, '-c', {self.program!r}], cwd='{self.folder}/in').returncode)"
        run = self.run("--policy", "narrow.yaml", "-c", child)
        check("refused there, too", run.code == 0 and run.out == "in\nrefused\n" and run.of(self.other)["process"] == 2, (run.out, run.err[-2000:]))
        twin = self.run("--policy", "wide.yaml", "-c", child)
        check("twin", twin.out == "in\nout\n", twin.err[-2000:])

    def test_profiles_and_the_variable(self):
        (self.folder / "two.yaml").write_text("version: 1\nprofiles:\n" + "".join(
            f"  - name: {name}\n" + "".join(f"    {line}\n" for line in policy(str(path)).splitlines()[1:]) for name, path in (("narrow", self.folder / "in"), ("wide", self.folder))))
        for name, out in (("narrow", "in\nrefused\n"), ("wide", "in\nout\n")):
            run = self.run("--policy", f"two.yaml:{name}", "-c", self.program)
            check(name, run.out == out and run.start["policy"] == self.told("two.yaml", name), (run.out, run.err, run.start))
            run = self.run("-c", self.program, CORDON_POLICY=f"two.yaml:{name}")
            check(f"{name} by the variable", run.out == out and run.start["policy"] == self.told("two.yaml", name), (run.out, run.start))

    def test_broken(self):
        self.run("-c", "pass")
        before = (self.folder / "r.jsonl").read_bytes()
        (self.folder / "broken.yaml").write_text("version: 1\nallow:\n  - capability: fs.reed\n")
        for option in ("--policy", "--report-policy"):
            for choice, words in (("broken.yaml", "broken.yaml:3:"), ("missing.yaml", "missing.yaml"), ("wide.yaml:none", "none"), (":x", "names no policy")):
                run = self.run(option, choice, "-c", "print('reached')")
                check(f"{option} {choice}", run.code == 120 and words in run.err and run.out == "", (run.code, run.err))
        check("the last record stays", (self.folder / "r.jsonl").read_bytes() == before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    failed = 0
    for name in [name for name in dir(Tests) if name.startswith("test_") and options.only in name]:
        try:
            getattr(Tests(os.path.abspath(options.cordon), options.schema), name)()
            print("ok  ", name)
        except Exception as problem:
            failed += 1
            print("FAIL", name, type(problem).__name__, str(problem)[:2000])
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
