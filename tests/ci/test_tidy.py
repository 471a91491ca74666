#!/usr/bin/env python3
"""The preset tidy must refuse what the tables forbid, and nothing else: a planted file as if it stood in core/interpreter, and its harmless twins."""
import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
import tidy  # noqa: E402

PLANTED = ROOT / "tests" / "ci" / "planted" / "interpreter_environment.c"
FLAGS = ["gcc", "-std=gnu11", "-mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign", "-c", "-o", "core/planted.o"]


class Tidy(unittest.TestCase):
    def judged(self, file, path="core/interpreter/full_planted.c", flags=FLAGS):
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed):
            return tidy.judge(path, str(file), flags), printed.getvalue()

    def test_banned_call_is_refused_and_told(self):
        code, printed = self.judged(PLANTED)
        self.assertEqual(code, 1)
        self.assertIn("getenv", printed)
        self.assertIn("way out: ", printed)

    def test_twin_without_it_passes(self):
        with tempfile.TemporaryDirectory() as folder:
            twin = pathlib.Path(folder, "twin.c")
            twin.write_text("".join(line for line in PLANTED.read_text().splitlines(keepends=True) if "/* planted */" not in line))
            self.assertEqual(self.judged(twin), (0, ""))

    def test_what_has_no_rules_is_left_alone(self):
        for path, output in [("tests/planted.c", "x.o"), ("build/generated/planted.c", "x.o"), ("cmake/planted.c", "x.o"), ("../planted.c", "x.o"), ("core/interpreter/full_planted.c", "tests/x.o")]:
            with self.subTest(path=path, output=output):
                self.assertEqual(self.judged(PLANTED, path, ["gcc", "-o", output]), (0, ""))

    def test_unreadable_file_is_a_complaint(self):
        self.assertEqual(self.judged("/nonexistent.c")[0], 1)

    def test_command_without_file_explains_itself(self):
        done = subprocess.run([sys.executable, ROOT / "ci" / "tidy.py"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("SOURCE", done.stderr)


if __name__ == "__main__":
    unittest.main()
