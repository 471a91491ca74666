"""A run of tests that are found in a folder."""
import pathlib
import subprocess
import sys

pathlib.Path("test_sample.py").write_text("""
import tempfile, unittest
class Sample(unittest.TestCase):
    def test_file(self):
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
    def test_sub(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertTrue(n < 3)
    @unittest.skip("no")
    def test_skipped(self):
        raise AssertionError
""")
subprocess.run([sys.executable, "-m", "unittest", "discover", "-v"], check=True, capture_output=True)
