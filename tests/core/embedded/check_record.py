"""A host with an interpreter in its own process, started in an audited run: what its code does is in the record, with where in the code, and so is what its policy refused.

usage: check_record.py CORDON HOST HOME
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CORDON, HOST, HOME = sys.argv[1:]
SOURCE = "def read(path):\n    return open(path).read()\n\nread('{granted}')\ntry:\n    read('{other}')\n    print('read it')\nexcept PermissionError:\n    print('refused')\n"
STARTER = "import subprocess, sys\nsys.exit(subprocess.run({command!r}).returncode)\n"


def record_of(folder, source, *policy):
    command = [HOST, HOME, source, *map(str, policy)]
    script, record = folder / "starter.py", folder / "record.jsonl"
    script.write_text(STARTER.format(command=command))
    record.unlink(missing_ok=True)
    run = subprocess.run([CORDON, "audit", "run", "--record", record, script], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    check = subprocess.run([CORDON, "audit", "verify", record], capture_output=True, text=True, timeout=120)
    assert check.returncode == 0 and ": whole" in check.stdout, check.stdout + check.stderr
    return run.stdout, [json.loads(line) for line in record.read_text().splitlines()]


def opened(lines, path):
    return [line for line in lines if line["type"] == "access" and line.get("operation") == "fs_open" and line["arguments"].get("path") == str(path)]


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "granted").mkdir()
        granted, other, policy = folder / "granted" / "a.txt", folder / "b.txt", folder / "policy.yaml"
        granted.write_text("a")
        other.write_text("b")
        policy.write_text(f"version: 1\nallow:\n  - capability: fs.read, fs.list\n    path: [\"{folder / 'granted'}\"]\n"
                          "  - capability: fd.use, import, process.info, process.exit, system.info, signal.handle, time.read, random, memory.map, thread.start\n")
        source = SOURCE.format(granted=granted, other=other)

        output, lines = record_of(folder, source)
        assert "read it\nOK" in output, output
        [line] = opened(lines, other)
        assert line["decision"] == "allow" and line["error"] is None, line
        [site] = [row for row in lines if row["type"] == "site" and row["id"] == line["site"]]
        assert (site["file"], site["line"], site["function"]) == ("embedded.py", 2, "read"), site

        output, lines = record_of(folder, source, policy)
        assert "refused\nOK" in output, output
        assert [line["decision"] for line in opened(lines, granted)] == ["allow"], opened(lines, granted)
        assert opened(lines, other) and all(line["decision"] == "deny" for line in opened(lines, other)), opened(lines, other)
    print("ok: the record has what an interpreter in a host's own process does, and what it was refused")


if __name__ == "__main__":
    main()
