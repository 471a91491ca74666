#!/usr/bin/env python3
"""Plants one fault a time in a small tree and sees that ci/check_rows.py finds it, and finds nothing in the same tree without it."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).resolve().parents[2] / "ci" / "check_rows.py"
TREE = {
    "NOTICE": "zlib  Zlib\n",
    "cmake/third_party/sources.tsv": "zlib\t1\n",
    "host_env/tables/fs.tsv": "open\tfs.read\tpath\topens\nstat\tfs.read\tpath\tlooks\n",
    "policy/tables/capabilities.tsv": "fs.read\tpath\tread\nfs.write\tpath\twrite\n",
    "stdlib_bindings/tables/host_calls.tsv": "open\tfunction\tfs_open\tfs.read\topen\tmemory\n",
    "docs/place.md": "a page\n",
}
# name, file, its faulty text ({root}: the tree's own path), what the finding must say
FAULTS = (
    ("order", "host_env/tables/fs.tsv", "stat\tfs.read\tpath\tlooks\nopen\tfs.read\tpath\topens\n", "fs.tsv:2: open is out of order"),
    ("twice", "policy/tables/capabilities.tsv", "fs.read\tpath\tread\nfs.read\tpath\tread\n", "capabilities.tsv:2: fs.read is there twice"),
    ("columns", "policy/tables/capabilities.tsv", "fs.read\tpath\tread\nfs.write\tpath\n", "capabilities.tsv:2: 2 columns"),
    ("empty", "policy/tables/capabilities.tsv", "fs.read\t\tread\n", "capabilities.tsv:1: an empty column"),
    ("host_capability", "host_env/tables/fs.tsv", "open\tfs.red\tpath\topens\n", "fs.tsv:1: open names 'fs.red'"),
    ("libc_capability", "stdlib_bindings/tables/host_calls.tsv", "open\tfunction\tfs_open\tfs.read,fs.write\topen\tmemory\n", "host_calls.tsv:1: open names"),
    ("licence", "cmake/third_party/sources.tsv", "xz\t1\n", "NOTICE:1: xz of"),
    ("machine", "docs/place.md", "see {root}/docs\n", "place.md:1: names a place"),
)


def checked(folder, changes):
    root = pathlib.Path(folder).resolve()
    for name, text in {**TREE, **changes}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{root}", str(root)), encoding="utf-8")
    return subprocess.run([sys.executable, CHECK, "--root", root], capture_output=True, text=True, check=False)


def main():
    failures = 0
    for name, file, text, wanted in (("nothing", "docs/place.md", "a page\n", None), *FAULTS):
        with tempfile.TemporaryDirectory() as folder:
            result = checked(folder, {file: text})
        right = (result.returncode, result.stderr) == (0, "") if wanted is None else result.returncode == 1 and wanted in result.stderr
        failures += not right
        print(f"{'ok' if right else 'not ok'}: {name}" + ("" if right else f"\n{result.stdout}{result.stderr}"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
