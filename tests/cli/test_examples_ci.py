#!/usr/bin/env python3
"""The workflow and the hooks of examples/ci are what their readers expect, and the commands in them do in a repository what the page says."""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ci"
OPTIONS = None
TEST = "import unittest\nclass Sample(unittest.TestCase):\n    def test_it(self):\n        {}\n"


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def step_named(name):
    return next(step for step in load(EXAMPLES / "github-workflow.yml")["jobs"]["audit"]["steps"] if step.get("name") == name)


class Files(unittest.TestCase):
    def test_workflow_has_what_github_asks_for(self):
        workflow = load(EXAMPLES / "github-workflow.yml")
        self.assertEqual(set(workflow) - {True, "on"}, {"name", "permissions", "jobs"})  # YAML 1.1 reads `on` as true
        self.assertEqual(workflow["permissions"], {"contents": "read", "security-events": "write"})
        for step in workflow["jobs"]["audit"]["steps"]:
            self.assertEqual(len({"uses", "run"} & set(step)), 1, step)
            self.assertRegex(step.get("uses", "a/b@v1"), r"\A[a-z-]+/[a-z/-]+@v[0-9]+\Z")

    def test_what_is_uploaded_is_what_is_written(self):
        written = set(re.findall(r"[a-z]+=([a-z.]+\.[a-z]+)", step_named("Audit the tests")["run"])) | {"audit.jsonl"}
        self.assertIn(step_named("Alerts")["with"]["sarif_file"], written)
        self.assertLessEqual(set(step_named("Record and report")["with"]["path"].split()), written)
        self.assertIn("audit.md", written)

    def test_hooks_have_what_pre_commit_asks_for(self):
        hooks = load(ROOT / ".pre-commit-hooks.yaml")
        local = load(EXAMPLES / "pre-commit-config.yaml")["repos"][0]["hooks"]
        self.assertEqual([hook["id"] for hook in hooks], [hook["id"] for hook in local])
        for hook in hooks + local:
            self.assertLessEqual({"id", "name", "entry", "language"}, set(hook))
            self.assertEqual(shlex.split(hook["entry"])[0], "cordon")
        for published, own in zip(hooks, local):
            self.assertEqual(published["entry"].split() + published.get("args", []), own["entry"].split())
            self.assertEqual(published.get("files"), own.get("files"))

    def test_binary_hook_takes_native_files_alone(self):
        pattern = load(ROOT / ".pre-commit-hooks.yaml")[1]["files"]
        for name in ("a.so", "b/c.cpython-313-x86_64-linux-gnu.so", "lib.so.1.2", "d.a", "e.o", "f-1.0-py3-none-any.whl"):
            self.assertTrue(re.search(pattern, name), name)
        for name in ("a.py", "so", "a.so.py", "README.md"):
            self.assertFalse(re.search(pattern, name), name)


class Commands(unittest.TestCase):
    """In a repository of their own, with `cordon` on the path."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.write_test("self.assertTrue(True)")

    def write_test(self, body):
        (self.folder / "tests").mkdir(exist_ok=True)
        (self.folder / "tests" / "test_sample.py").write_text(TEST.format(body), encoding="utf-8")

    def run_line(self, words):
        binaries = str(pathlib.Path(OPTIONS.cordon).parent)
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
                              env={**os.environ, "PATH": binaries + os.pathsep + os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"})

    def workflow_words(self):
        words = shlex.split(step_named("Audit the tests")["run"])
        self.assertEqual(words[0], ".cordon/build/bin/cordon")
        return ["cordon", *words[1:]]

    def test_workflow_passes_and_fails(self):
        words = self.workflow_words()
        place = words.index("-m")
        written = self.run_line([*words[:place], "--update-baseline", *words[place:]])
        self.assertEqual(written.returncode, 0, written.stderr)
        same = self.run_line(words)
        self.assertEqual(same.returncode, 0, same.stderr)
        self.write_test("import socket; socket.create_server(('127.0.0.1', 0)).close()")
        other = self.run_line(words)
        self.assertEqual(other.returncode, 122, other.stderr)
        self.assertIn("::", other.stdout)
        self.assertIn("net.listen", other.stdout + other.stderr)
        self.assertEqual(json.loads((self.folder / "audit.sarif").read_text(encoding="utf-8"))["version"], "2.1.0")
        for name in ("audit.jsonl", "audit.md", "audit.html"):
            self.assertGreater((self.folder / name).stat().st_size, 0, name)

    def test_hook_passes_and_fails(self):
        words = shlex.split(load(EXAMPLES / "pre-commit-config.yaml")["repos"][0]["hooks"][0]["entry"])
        place = words.index("-m")
        self.assertEqual(self.run_line([*words[:place], "--update-baseline", *words[place:]]).returncode, 0)
        self.assertEqual(self.run_line(words).returncode, 0)
        self.write_test("open('new', 'w').close()")
        self.assertEqual(self.run_line(words).returncode, 122)
        self.write_test("self.assertTrue(False)")  # what a traceback reads is accepted first; the program's own code passes through
        self.assertEqual(self.run_line([*words[:place], "--update-baseline", *words[place:]]).returncode, 1)
        self.assertEqual(self.run_line(words).returncode, 1)

    def test_binary_hook_passes_and_fails(self):
        words = shlex.split(load(EXAMPLES / "pre-commit-config.yaml")["repos"][0]["hooks"][1]["entry"])
        source = self.folder / "a.c"
        for body, code in (("int f(void) { return 1; }", None), ("int f(void) { return 2; }", 0), ("int unlink(); int f(void) { return unlink(); }", 122)):
            source.write_text(body, encoding="utf-8")
            subprocess.run(["gcc", "-shared", "-fPIC", "-w", source, "-o", self.folder / "a.so"], check=True)
            done = self.run_line([*words, "a.so"] if code is not None else [*words, "--update-baseline", "a.so"])
            self.assertEqual(done.returncode, code or 0, done.stderr)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
