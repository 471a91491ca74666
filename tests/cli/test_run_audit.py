"""`cordon run --audit`: the record of what a sandbox was given of this machine.

usage: test_run_audit.py --cordon PATH
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import os, time
print(open('/data/in.txt').read(), os.environ['COLOUR'])
open('/data/new', 'w').write('x')
try:
    open('/data/none')
except FileNotFoundError:
    pass
time.time()
open('/tmp/private', 'w').write('of the sandbox alone')
"""


def check(name, condition, detail=""):
    if not condition:
        raise AssertionError(f"{name}: {detail}")


def run(cordon, folder, *arguments, **options):
    return subprocess.run([cordon, "run", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, **options)


def test_record(cordon, folder):
    data = Path(folder, "data")
    data.mkdir()
    (data / "in.txt").write_text("hello")
    done = run(cordon, folder, "--audit", "r.jsonl", "--mount", "data:/data", "--env", "COLOUR=blue-secret", "--clock", "real", "-c", PROGRAM)
    check("the program ran", done.returncode == 0 and done.stdout == "hello blue-secret\n", done.stderr)
    text = Path(folder, "r.jsonl").read_text()
    accesses = [line for line in map(json.loads, text.splitlines()) if line["type"] == "access"]
    top = os.path.realpath(data)

    def seen(operation, capability, error=None, path=None):
        return any((line["operation"], line["capability"], line["error"], line["arguments"].get("path")) == (operation, capability, error, path) for line in accesses)
    check("opened for reading", seen("fs_open", "fs.read", None, f"{top}/in.txt"), text)
    check("opened for writing", seen("fs_open", "fs.write", None, f"{top}/new"))
    check("not there", seen("fs_stat", "fs.read", "ENOENT", f"{top}/none") or seen("fs_open", "fs.read", "ENOENT", f"{top}/none"))
    check("clock", any(line["capability"] == "time.read" for line in accesses))
    check("variable", [line["arguments"] for line in accesses if line["capability"] == "env.read"] == [{"name": "COLOUR"}])
    check("no secret", "blue-secret" not in text)
    check("nothing of the sandbox's own files", not any("/tmp/private" in str(line["arguments"]) for line in accesses))
    check("no site is believed", all(line["site"] == 0 for line in accesses))
    verified = subprocess.run([cordon, "audit", "verify", "r.jsonl"], cwd=folder, capture_output=True, text=True)
    check("whole", verified.returncode == 0, verified.stderr)


def test_codes(cordon, folder):
    for code in (0, 3):
        done = run(cordon, folder, "--audit", "r.jsonl", "-c", f"raise SystemExit({code})")
        check("passes through", done.returncode == code, done.stderr)
        check("told", json.loads(Path(folder, "r.jsonl").read_text().splitlines()[-2])["code"] == code)


def test_signals(cordon, folder):
    program = "print('ready', flush=True)\nwhile True: pass"
    child = subprocess.Popen([cordon, "run", "--audit", "r.jsonl", "-c", program], cwd=folder, stdout=subprocess.PIPE, text=True)
    check("ready", child.stdout.readline() == "ready\n")
    child.terminate()
    check("ended", child.wait(30) == -15, child.returncode)
    end, last = [json.loads(line) for line in Path(folder, "r.jsonl").read_text().splitlines() if '"type":"end"' in line or '"type":"exit"' in line]
    check("told", (end["signal"], end["code"], last["outcome"], last["code"]) == ("SIGTERM", -1, "killed", 143), (end, last))


def test_incomplete(cordon, folder):
    for name in ("/dev/full", "nowhere/r.jsonl"):
        done = run(cordon, folder, "--audit", name, "-c", "print('unreached')")
        check(name, done.returncode == 125 and done.stdout == "" and name in done.stderr, done)
    twin = run(cordon, folder, "--audit", "/dev/null", "-c", "print('reached')")
    check("twin", twin.returncode == 0 and twin.stdout == "reached\n", twin.stderr)


def test_a_file_system_that_tells_at_the_end(cordon, folder):
    command = ["strace", "-o", "/dev/null", "-P", f"{os.path.realpath(folder)}/r.jsonl", "-e", "trace=close"]
    for inject, code, words in ((["-e", "inject=close:error=EDQUOT"], 125, "the record is incomplete: r.jsonl"), ([], 3, "")):
        done = subprocess.run([*command, *inject, cordon, "run", "--audit", "r.jsonl", "-c", "raise SystemExit(3)"], cwd=folder, capture_output=True, text=True, timeout=60)
        check(str(inject), done.returncode == code and words in done.stderr, (done.returncode, done.stderr))


def test_of_the_full_interpreter(cordon, folder):
    done = run(cordon, folder, "--full", "--audit", "other.jsonl", "-c", "print('unreached')")
    check("the way out", done.returncode == 120 and done.stdout == "" and "'cordon audit run'" in done.stderr and not Path(folder, "other.jsonl").exists(), done)


def test_policy(cordon, folder):
    """A policy stays in force beside a record."""
    allowed = "".join(f"  - capability: {name}\n    path: [{os.path.realpath(folder)}/data]\n" for name in ("fs.read", "fs.list"))
    Path(folder, "p.yaml").write_text(f"version: 1\nallow:\n{allowed}")
    Path(folder, "q.yaml").write_text(f"version: 1\nallow:\n{allowed}  - capability: time.read\n")
    arguments = ("--audit", "r.jsonl", "--mount", "data:/data:ro", "--clock", "real", "-c", "import time; print(time.time() > 1, len(open('/data/in.txt').read()))")
    done = run(cordon, folder, "--policy", "p.yaml", *arguments)
    check("refused", done.returncode == 122 and "time.read" in done.stderr and done.stdout == "", done)
    twin = run(cordon, folder, "--policy", "q.yaml", *arguments)
    check("twin", twin.returncode == 0 and twin.stdout == "True 5\n", twin)
    lines = [json.loads(line) for line in Path(folder, "r.jsonl").read_text().splitlines()]
    check("told", {"time.read", "fs.read"} <= {line["capability"] for line in lines if line["type"] == "access"})


def test_full_half_way(cordon, folder):
    """A record that cannot grow any more: what is asked for then is refused, and the run ends with 125."""
    program = "import os\nfor i in range(5000):\n    try:\n        os.stat('/data/in.txt')\n    except PermissionError:\n        print('refused'); break\nelse:\n    print('all')"
    arguments = ("--audit", "r.jsonl", "--mount", "data:/data", "-c", program)

    def small():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))
    done = run(cordon, folder, *arguments, preexec_fn=small)
    check("refused", done.returncode == 125 and done.stdout == "refused\n" and "the record is incomplete" in done.stderr, done)
    twin = run(cordon, folder, *arguments)
    check("twin", twin.returncode == 0 and twin.stdout == "all\n", twin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    cordon = os.path.abspath(parser.parse_args().cordon)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_record, test_codes, test_signals, test_incomplete, test_a_file_system_that_tells_at_the_end, test_of_the_full_interpreter, test_policy, test_full_half_way):
            try:
                test(cordon, folder)
                print("ok  ", test.__name__)
            except Exception as problem:
                failed += 1
                print("FAIL", test.__name__, type(problem).__name__, str(problem)[:2000])
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
