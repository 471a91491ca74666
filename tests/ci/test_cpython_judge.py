#!/usr/bin/env python3
"""The judge over CPython's tests must see what it is for: with made-up interpreters, each difference beside a twin that is none."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
from cpython_tests import outcomes, tables  # noqa: E402


def result(state="passed", **tests):
    return {"state": state, "message": "", "seconds": 0.1, "tests": {name: [outcome, ""] for name, outcome in tests.items()}}


def row(**fields):
    return tables.Expectation(**{"line": 1, "variant": "full", "module": "test_x", "test": "*", "outcome": "*", "when": "always",
                                 "reason": "because", **fields})


# name, stock, here, whether they differ
PAIRS = [
    ("same outcomes", result(a="ok", b="skipped"), result(a="ok", b="skipped"), False),
    ("a failure and an error are both failures", result("failed", a="failed"), result("failed", a="error"), False),
    ("same failure", result("failed", a="failed"), result("failed", a="failed"), False),
    ("crashed in both", result("crashed"), result("crashed"), False),
    ("a test fails", result(a="ok"), result("failed", a="failed"), True),
    ("a test that fails in stock passes", result("failed", a="failed"), result(a="ok"), True),
    ("a test is skipped", result(a="ok", b="ok"), result(a="ok", b="skipped"), True),
    ("a test that stock skips passes", result(a="ok", b="skipped"), result(a="ok", b="ok"), False),
    ("a test that stock skips is not there", result(a="ok", b="skipped"), result(a="ok"), False),
    ("a test that is skipped is not in stock", result(a="ok"), result(a="ok", b="skipped"), False),
    ("all that stock skips passes", result("skipped", a="skipped"), result(a="ok"), False),
    ("a test that stock skips fails", result(a="ok", b="skipped"), result("failed", a="ok", b="failed"), True),
    ("a test is not there", result(a="ok", b="ok"), result(a="ok"), True),
    ("a test more is there", result(a="ok"), result(a="ok", b="ok"), True),
    ("the module is skipped", result(a="ok"), result("skipped"), True),
    ("the module fails at import, as it had no tests", result("passed"), result("failed"), True),
    ("crashed", result(a="ok"), result("crashed"), True),
    ("timed out", result(a="ok"), result("timed out"), True),
]


class Judgement(unittest.TestCase):
    def test_pairs(self):
        for name, stock, here, differs in PAIRS:
            with self.subTest(name):
                self.assertEqual(bool(outcomes.differences(stock, here)), differs)

    def test_reason_covers_only_its_own(self):
        stock, here = result(a="ok"), result("failed", a="failed")
        for name, expectation, is_covered in [
            ("all", row(), True), ("test and outcome", row(test="a", outcome="failed"), True), ("other variant", row(variant="sandbox"), False),
            ("other module", row(module="test_y"), False), ("other test", row(test="b"), False), ("other outcome", row(outcome="skipped"), False),
        ]:
            with self.subTest(name):
                verdict = outcomes.judge("test_x", "full", stock, here, [expectation])
                self.assertEqual(not verdict.unexplained, is_covered)
                self.assertFalse(verdict.is_as_stock)

    def test_tests_that_are_not_run_are_told_from_failures(self):
        stock = result(a="ok", b="ok")
        for name, here, only_lacks in [
            ("skipped", result(a="ok", b="skipped"), True), ("absent", result(a="ok"), True), ("same", stock, False),
            ("failed", result("failed", a="ok", b="failed"), False), ("failed and absent", result("failed", a="failed"), False),
            ("nothing run", result("skipped"), False), ("crashed", result("crashed"), False),
        ]:
            with self.subTest(name):
                self.assertEqual(outcomes.judge("test_x", "full", stock, here, []).only_lacks_tests, only_lacks)

    def test_row_that_no_longer_happens_is_stale(self):
        for name, expectation, judged, is_stale in [
            ("always", row(), {("full", "test_x")}, True), ("sometimes", row(when="sometimes"), {("full", "test_x")}, False),
            ("not run", row(), {("full", "test_y")}, False), ("met", row(met=1), {("full", "test_x")}, False),
        ]:
            with self.subTest(name):
                self.assertEqual(bool(outcomes.stale([expectation], judged)), is_stale)


class Tables(unittest.TestCase):
    def malformed(self, reader, text):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            file.write(text)
            file.flush()
            with self.assertRaises(tables.Malformed):
                reader(pathlib.Path(file.name))

    def test_own_tables_are_well_formed(self):
        modules = tables.sandbox_modules()
        self.assertEqual(len(modules), 237)
        subset = tables.quick_subset()
        self.assertGreaterEqual(len(subset["full"]) + len(subset["sandbox"]), 60)
        self.assertLessEqual(set(subset["sandbox"]), set(modules))
        self.assertLessEqual({row.module for row in tables.expectations() if row.variant == "sandbox"}, set(modules))

    def test_malformed_rows_are_refused(self):
        for reader, text in [
            (tables.sandbox_modules, "test_b\ntest_a\n"), (tables.sandbox_modules, "test_a\ntest_a\n"), (tables.sandbox_modules, "test_a\tmore\n"),
            (tables.quick_subset, "test_a\tneither\n"), (tables.expectations, "full\ttest_a\t*\t*\tnever\tbecause\n"),
            (tables.expectations, "other\ttest_a\t*\t*\talways\tbecause\n"), (tables.expectations, "full\ttest_a\t*\t*\talways\t\n"),
        ]:
            with self.subTest(text):
                self.malformed(reader, text)


class Command(unittest.TestCase):
    """The command with interpreters that are shell scripts."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build = pathlib.Path(self.folder.name)

    def interpreter(self, path, body):
        file = self.build / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n" + body)
        file.chmod(0o755)

    def says(self, answer, code=0):
        return f"echo noise\nprintf '\\n%s%s\\n' \"$2\" '{json.dumps(answer)}'\nexit {code}\n"

    def judge(self, stock, here, limit="20"):
        self.interpreter("third_party/yardstick/python", stock)
        self.interpreter("bin/cordon-python", here)
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.build / "cache")}
        return subprocess.run([sys.executable, ROOT / "ci" / "test_cpython.py", "--build", self.build, "--module", "test_x", "--variant", "full",
                               "--limit", limit], env=environment, capture_output=True, text=True, timeout=120)

    def test_same_is_well(self):
        done = self.judge(self.says(result(a="ok")), self.says(result(a="ok")))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("of 1 modules 1 as stock test for test", done.stdout)

    def test_unexplained_difference_fails_and_is_named(self):
        done = self.judge(self.says(result(a="ok")), self.says(result("failed", a="failed")))
        self.assertEqual(done.returncode, 1)
        self.assertIn("a: stock ok, here failed", done.stdout)

    def test_chance_is_not_a_difference(self):
        """A test that fails now and then, in stock or here, is as stock if they ever agree; one that always fails is not."""
        once = self.build / "once"
        by_chance = f"if [ ! -e {once} ]; then touch {once}\n{self.says(result('failed', a='failed'))}fi\n{self.says(result(a='ok'))}"
        for name, stock, here in [("here", self.says(result(a="ok")), by_chance), ("stock", by_chance, self.says(result(a="ok")))]:
            with self.subTest(name):
                once.unlink(missing_ok=True)
                shutil.rmtree(self.build / "cache", ignore_errors=True)
                done = self.judge(stock, here)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("looking again at full test_x", done.stdout)

    def test_silence_is_a_difference(self):
        for name, body, word, limit in [("no result", "exit 0\n", "crashed", "20"), ("signal", "kill -SEGV $$\n", "crashed", "20"),
                                        ("bad end after passing", self.says(result(a="ok"), code=3), "crashed", "20"),
                                        ("too slow", "sleep 60\n", "timed out", "1")]:
            with self.subTest(name):
                done = self.judge(self.says(result(a="ok")), body, limit)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"stock passed, here {word}", done.stdout)

    def test_missing_interpreter_is_told(self):
        self.interpreter("third_party/yardstick/python", self.says(result()))
        done = subprocess.run([sys.executable, ROOT / "ci" / "test_cpython.py", "--build", self.build, "--module", "test_x", "--variant", "full"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("make build", done.stderr)


if __name__ == "__main__":
    unittest.main()
