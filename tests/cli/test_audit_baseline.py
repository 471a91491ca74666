"""`cordon audit run` with --baseline, --update-baseline, --strict-baseline, --fail-on and --exit-zero.

usage: test_audit_baseline.py --cordon PATH
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
print(open("data/in").read())
if "more" in sys.argv:
    import helper
    helper.look()
if "less" not in sys.argv:
    os.listdir("data")
if "fail" in sys.argv:
    sys.exit(3)
if "signal" in sys.argv:
    import signal
    signal.raise_signal(signal.SIGTERM)
"""

HELPER = """
import os
def look():
    os.stat("/etc/passwd")
    os.environ["ADDED"] = "1"
"""

# Whatever changes from run to run: threads, names of temporary files, ports, hashes, processes.
RESTLESS = """
import os, socket, subprocess, sys, tempfile, threading
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(suffix=".txt") as named:
    open(os.path.join(folder, "x"), "w").close()
    os.mkdir(os.path.join(folder, "inner"))
def answer(server):
    server.accept()[0].close()
with socket.create_server(("127.0.0.1", 0)) as server:
    threads = [threading.Thread(target=answer, args=(server,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in threads:
        socket.create_connection(server.getsockname()).close()
    for thread in threads:
        thread.join()
for name in {"data/in", "data/other", "data/third"}:
    os.path.exists(name)
for code in (0, 1):
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    os.waitpid(pid, 0)
subprocess.run([sys.executable, "-c", "import json"], check=True)
open(f"/proc/{os.getpid()}/stat").close()
"""


def check(name, condition, detail=""):
    if not condition:
        raise AssertionError(f"{name}: {detail}")


class Tests:
    def __init__(self, cordon, folder):
        self.cordon, self.folder = cordon, Path(folder)
        (self.folder / "data").mkdir()
        (self.folder / "data" / "in").write_text("in")
        for name, text in (("program.py", PROGRAM), ("helper.py", HELPER), ("restless.py", RESTLESS)):
            (self.folder / name).write_text(text)
        self.lock = self.folder / "audit.lock"

    def run(self, *arguments, environment=None, folder=None):
        return subprocess.run([self.cordon, "audit", "run", *arguments], cwd=folder or self.folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env={**{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}, **(environment or {})})

    def compare(self, *arguments, options=(), **more):
        return self.run("--baseline", "audit.lock", *options, *arguments, **more)

    def make(self, *arguments):
        done = self.compare(*arguments, options=["--update-baseline"])
        check("made", done.returncode == 0, done.stderr)
        return self.lock.read_text()

    def entries(self):
        return [line for line in self.lock.read_text().splitlines()[1:] if line and not line.startswith("#")]

    # ---- the baseline ----

    def test_the_same_passes(self):
        text = self.make("program.py")
        check("sorted", self.entries() == sorted(self.entries()), text)
        check("entry", "fs.read ./data/in by __main__" in self.entries(), text)
        done = self.compare("program.py")
        check("same", done.returncode == 0 and done.stdout == "in\n" and done.stderr == "", done.stderr)
        check("untouched", self.lock.read_text() == text)

    def test_new_access_fails_and_is_shown(self):
        self.make("program.py")
        done = self.compare("program.py", "more")
        check("code", done.returncode == 122, done.stderr)
        check("output", done.stdout == "in\n", done.stdout)
        for expected in ("  fs.read /etc/passwd by helper\n", "helper.py:4 in look, 1 time, imported by __main__", "  env.write ADDED by helper\n",
                         "import helper from ./helper.py", "  - capability: env.write\n    name:\n      - \"ADDED\"", "--update-baseline writes them to audit.lock"):
            check("told", expected in done.stderr, f"{expected!r} in {done.stderr}")
        check("twin", "./data/in" not in done.stderr, done.stderr)

    def test_patch_is_a_policy(self):
        self.make("program.py")
        done = self.compare("program.py", "more")
        lines = done.stderr.splitlines()
        begin = next(i for i, line in enumerate(lines) if "under `allow:`" in line)
        patch = [line for line in lines[begin + 1:] if line.startswith("  ")]
        (self.folder / "patch.yaml").write_text("version: 1\nallow:\n" + "\n".join(patch) + "\n")
        checked = subprocess.run([self.cordon, "policy", "check", "patch.yaml"], cwd=self.folder, capture_output=True, text=True)
        check("patch", checked.returncode == 0, checked.stderr + done.stderr)

    def test_vanished_access_warns(self):
        self.make("program.py")
        done = self.compare("program.py", "less")
        check("warned", done.returncode == 0 and "not seen any more" in done.stderr and "  fs.list ./data by __main__\n" in done.stderr, done.stderr)
        strict = self.compare("program.py", "less", options=["--strict-baseline"])
        check("strict", strict.returncode == 122, strict.stderr)
        check("twin", self.compare("program.py", options=["--strict-baseline"]).returncode == 0)

    def test_update_keeps_comments(self):
        text = self.make("program.py").replace("fs.read ./data/in", "# The orders of the day.\nfs.read ./data/in").replace("fs.list ./data by", "# Why?\nfs.list ./data by")
        self.lock.write_text(text)
        done = self.compare("program.py", "less", "more", options=["--update-baseline"])
        check("told", done.returncode == 0 and "wrote audit.lock" in done.stderr, done.stderr)
        new = self.lock.read_text()
        check("kept", "# The orders of the day.\nfs.read ./data/in by __main__\n" in new, new)
        check("gone", "# Why?" not in new and "fs.list ./data by" not in new, new)
        check("added", "\nfs.read /etc/passwd by helper\n" in new, new)
        check("whole", not list(self.folder.glob("*.new")))
        check("fits", self.compare("program.py", "less", "more").returncode == 0)

    def test_moved_lines_and_places_are_the_same(self):
        self.make("program.py", "more")
        (self.folder / "program.py").write_text("\n\n# moved\n" + PROGRAM)
        (self.folder / "helper.py").write_text("# moved\n" + HELPER.replace("look", "look"))
        check("moved", self.compare("program.py", "more").returncode == 0)
        elsewhere = self.folder / "elsewhere"
        shutil.copytree(self.folder, elsewhere, ignore=shutil.ignore_patterns("elsewhere", "__pycache__"))
        done = self.compare("program.py", "more", folder=elsewhere, environment={"HOME": "/home/other", "SOME_OTHER_VARIABLE": "1"})
        check("elsewhere", done.returncode == 0 and done.stderr == "", done.stderr)

    def test_where_it_lies_is_no_news(self):
        """Paths that are followed from the root on tell of each folder above."""
        places = [self.folder / "a", self.folder / "other" / "and" / "deeper"]
        program = "from pathlib import Path\nprint(Path(__file__).resolve().parent.joinpath('x').exists())\n"
        for place in places:
            place.mkdir(parents=True)
            (place / "follow.py").write_text(program)
        lock = places[0] / "audit.lock"
        for made, other in (places, places[::-1]):
            check("made", self.compare("follow.py", options=["--update-baseline"], folder=made).returncode == 0)
            (made / "audit.lock").rename(other / "audit.lock")
            done = self.compare("follow.py", folder=other, options=["--strict-baseline"], environment={"HOME": str(self.folder / "other")})
            check("elsewhere", done.returncode == 0 and done.stderr == "", done.stderr)
        check("told", "fs.read <above> by __main__\n" in lock.read_text(), lock.read_text())
        (places[0] / "follow.py").write_text(program + "import os; os.listdir('..')\n")
        done = self.compare("follow.py", folder=places[0])
        check("twin", done.returncode == 122 and "fs.list" in done.stderr, done.stderr)

    def test_caches_of_byte_code_are_no_news(self):
        cache = self.folder / "__pycache__"
        self.make("program.py", "more")
        check("cold made a cache", cache.exists())
        check("warm", self.compare("program.py", "more", options=["--strict-baseline"]).returncode == 0)
        self.make("program.py", "more")
        shutil.rmtree(cache)
        done = self.compare("program.py", "more", options=["--strict-baseline"])
        check("cold", done.returncode == 0 and cache.exists(), done.stderr)

    def test_restless_program_has_one_baseline(self):
        text = self.make("restless.py")
        for _ in range(3):  # each with a seed of its own for hashes
            done = self.compare("restless.py", options=["--strict-baseline"])
            check("again", done.returncode == 0, done.stderr)
        check("anew", self.make("restless.py") == text)

    # ---- what is wrong with it ----

    def test_missing_and_broken_files(self):
        done = self.compare("program.py")
        check("missing", done.returncode == 120 and "--update-baseline makes it" in done.stderr and done.stdout == "", done.stderr)
        for text, expected in (("{}", "audit.lock:1: this is no baseline"), ("cordon-audit-baseline 1\n\nfs.raed x\n", "audit.lock:3: there is no capability fs.raed")):
            self.lock.write_text(text)
            for options in ([], ["--update-baseline"]):
                done = self.compare("program.py", options=options)
                check("broken", done.returncode == 120 and expected in done.stderr and done.stdout == "", done.stderr)
            check("kept", self.lock.read_text() == text)
            record = self.folder / "kept.jsonl"
            record.write_text("an earlier record")
            done = self.compare("program.py", options=["--record", str(record)])
            check("record kept", done.returncode == 120 and record.read_text() == "an earlier record", done.stderr)
        done = self.run("--update-baseline", "program.py")
        check("usage", done.returncode == 120 and "needs --baseline" in done.stderr, done.stderr)
        done = self.run("--baseline", "nowhere/audit.lock", "--update-baseline", "program.py")
        check("unwritable", done.returncode == 125, done.stderr)
        done = self.compare("program.py", options=["--update-baseline", "--record", "/dev/null"])
        check("record", done.returncode == 120, done.stderr)

    def test_environments_are_no_news(self):
        """Made at a desk, compared in a container, and the other way: what the interpreter does about locale, home and hashes is not the program's."""
        desk = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "PYTHONHASHSEED": "1"}
        container, bare = {"PATH": "/usr/bin:/bin", "HOME": "/"}, {"LC_ALL": "POSIX"}

        def run(environment, *options):
            return subprocess.run([self.cordon, "audit", "run", "--baseline", "audit.lock", *options, "program.py"], cwd=self.folder, capture_output=True, text=True, timeout=60,
                                  stdin=subprocess.DEVNULL, env=environment)
        for made, others in ((desk, (container, bare, {})), (container, (desk, bare))):
            self.lock.unlink(missing_ok=True)
            check("made", run(made, "--update-baseline").returncode == 0)
            for other in others:
                done = run(other, "--strict-baseline")
                check(f"{made} / {other}", done.returncode == 0 and done.stderr == "", done.stderr)
        (self.folder / "program.py").write_text(PROGRAM + "import pwd; pwd.getpwuid(0); os.environ['LC_CTYPE'] = 'C'; os.urandom(3)\n")
        done = run(desk)
        for entry in ("env.write LC_CTYPE by __main__", "user.info - by __main__", "random - by __main__"):
            check("twin", done.returncode == 122 and f"\n  {entry}\n" in done.stderr, (entry, done.stderr))

    def test_links_and_other_writers(self):
        """The file that a link leads to is the one that is written, and nothing beside it that is somebody else's."""
        real, beside = self.folder / "real.lock", self.folder / "audit.lock.new"
        beside.write_text("somebody else's")
        self.compare("program.py", options=["--update-baseline"])
        self.lock.rename(real)
        self.lock.symlink_to("real.lock")
        plain = real.read_text()
        self.compare("program.py", "more", options=["--update-baseline"])
        check("longer", len(real.read_text()) > len(plain), real.read_text())
        check("written", self.lock.is_symlink() and real.read_text().startswith("cordon-audit-baseline 1"), list(self.folder.iterdir()))
        check("not touched", beside.read_text() == "somebody else's")

    # ---- exit codes ----

    def test_fail_on(self):
        done = self.run("--fail-on", "env.write,net.*", "program.py", "more")
        check("found", done.returncode == 122 and "  env.write ADDED by helper\n" in done.stderr and "helper.py:5 in look" in done.stderr, done.stderr)
        done = self.run("--fail-on", "env.write,net.*", "program.py")
        check("twin", done.returncode == 0 and done.stderr == "", done.stderr)
        # What Python reads to start is no program's: nothing of it is told.
        done = self.run("--fail-on", "env.read", "program.py")
        check("start", done.returncode == 0, done.stderr)
        for wrong in ("fs.raed", "", "fs.read,", "nothing.*"):
            check(wrong, self.run("--fail-on", wrong, "program.py").returncode == 120)

    def test_codes(self):
        self.make("program.py")
        check("own", self.compare("program.py", "fail").returncode == 3)
        check("own signal", self.compare("program.py").returncode == 0)
        check("new wins", self.compare("program.py", "more", "fail").returncode == 122)
        done = self.compare("program.py", "more", "fail", options=["--exit-zero"])
        check("exit zero", done.returncode == 3 and "new accesses" in done.stderr, done.stderr)
        check("exit zero", self.compare("program.py", "more", options=["--exit-zero"]).returncode == 0)
        check("fail on", self.run("--exit-zero", "--fail-on", "fs.*", "program.py").returncode == 0)
        check("usage stays", self.run("--exit-zero", "--baseline", "none.lock", "program.py").returncode == 120)
        done = self.compare("program.py", "signal", options=["--exit-zero"])
        check("signal", done.returncode == -15, str(done.returncode))

    def test_reports_mark_what_is_new(self):
        self.make("program.py")
        done = self.compare("program.py", "more", options=["--format", "jsonl=r.jsonl"])
        rows = [json.loads(line) for line in (self.folder / "r.jsonl").read_text().splitlines()]
        new = {(row.get("capability"), row.get("target")) for row in rows if row.get("new")}
        check("new", ("fs.read", "/etc/passwd") in new and ("env.write", "ADDED") in new, new)
        check("twin", ("fs.read", "./data/in") not in new, new)
        for capability, target in new:
            check("told, too", f"\n  {capability} {target or '-'}" in done.stderr, f"{capability} {target}\n{done.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("only", nargs="*")
    options = parser.parse_args()
    names = [name for name in vars(Tests) if name.startswith("test_") and (not options.only or name in options.only)]
    for name in names:
        folder = Path.cwd() / f"baseline.{os.getpid()}"
        folder.mkdir()
        try:
            getattr(Tests(os.path.abspath(options.cordon), folder), name)()
        finally:
            shutil.rmtree(folder)
        print("ok   ", name, flush=True)
    print(f"{len(names)} tests")


if __name__ == "__main__":
    sys.exit(main())
