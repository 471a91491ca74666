#!/usr/bin/env python3
"""Plants one fault at a time in a copy of host_env's tables and sees ci/generate_host_env.py find it; an unharmed copy must pass."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "ci/generate_host_env.py"
COPIED = ["host_env/tables", "host_env/include", "host_env/lockdown", "policy/tables", "docs/host_env.md", "tests/host_env"]


def replace(path, old, new):
    def plant(tree):
        file = tree / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} no longer holds {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return plant


def append(path, line):
    def plant(tree):
        with open(tree / path, "a", encoding="utf-8") as file:
            file.write(line)
    return plant


def remove(path):
    return lambda tree: (tree / path).unlink()


# What is planted, how, and what the check must say.
FAULTS = [
    ("an unknown capability", replace("host_env/tables/env.tsv", "env_get\tenv.read", "env_get\tenv.raed"), "env.raed is not a capability"),
    ("a missing column", replace("host_env/tables/env.tsv", "env_get\tenv.read\tname\t", "env_get\tenv.read\t"), "a row has 4 columns"),
    ("an empty column", replace("host_env/tables/env.tsv", "env_get\tenv.read\tname\t", "env_get\tenv.read\t\t"), "a row has 4 columns"),
    ("rows out of order", append("host_env/tables/env.tsv", "env_aaa\tenv.read\t-\tx\n"), "env_aaa stands after"),
    ("a row twice", append("host_env/tables/fs.tsv", "zz_env_get\tenv.read\t-\tx\n"), "no header declares host_zz_env_get"),
    ("a name of two tables", replace("host_env/tables/fd.tsv", "fd_write\t", "fd_write\tfd.use\t-\tx\nfs_stat\t"), "fs_stat is a row of"),
    ("a name with its prefix", append("host_env/tables/env.tsv", "host_x\tenv.read\t-\tx\n"), "host_x is not a function name"),
    ("a row without a function", append("host_env/tables/env.tsv", "env_zap\tenv.write\t-\tremove all\n"), "no header declares host_env_zap"),
    ("a declaration in a comment only",
     lambda tree: (append("host_env/tables/env.tsv", "env_zap\tenv.write\t-\tx\n")(tree),
                   append("host_env/include/host_env/env.h", "/* host_env_zap(host_env *env) */\n")(tree)), "no header declares host_env_zap"),
    ("a function without a row", append("host_env/include/host_env/env.h", "host_status host_env_zap(host_env *env, host_error *error);\n"),
     "host_env_zap has no row"),
    ("a domain without a test", remove("tests/host_env/test_env.c"), "no test runs the cases of env"),
    ("a stale page", append("docs/host_env.md", "more\n"), "the page is not what the tables say"),
]


def check(tree):
    return subprocess.run([sys.executable, GENERATOR, "--root", tree], capture_output=True, text=True)


def copy_tree(tree):
    for name in COPIED:
        source, target = ROOT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def run_case(name, plant, expected):
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        copy_tree(tree)
        plant(tree)
        result = check(tree)
    found = result.returncode == 1 and expected in result.stderr and "way out:" in result.stderr
    if not found:
        print(f"FAILED: {name}: expected {expected!r}, exit code {result.returncode}, said:\n{result.stderr}")
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        copy_tree(tree)
        # The page may be older than a table that is being edited; that alone is host_env_tables' finding.
        subprocess.run([sys.executable, GENERATOR, "--root", tree, "--write"], capture_output=True)
        unharmed = check(tree)
        if unharmed.returncode != 0:
            print(f"FAILED: an unharmed tree has findings:\n{unharmed.stderr}")
    found = sum(run_case(*fault) for fault in FAULTS)
    print(f"{found} of {len(FAULTS)} planted faults found")
    return 0 if unharmed.returncode == 0 and found == len(FAULTS) else 1


if __name__ == "__main__":
    sys.exit(main())
