"""The streams that a process begins with, read and written in odd ways."""
import os
import subprocess
import sys

sys.stdout.write("text\n")
sys.stdout.buffer.write(b"bytes\n")
sys.stdout.flush()
os.write(2, b"to two\n")
assert sys.stdin.read() == ""
os.isatty(0)
CODE = "import sys; print(sys.stdin.readline().upper(), end=''); print(input()); sys.exit(3)"
done = subprocess.run([sys.executable, "-c", CODE], input=b"abc\nsecond\n", capture_output=True, check=False)
assert (done.stdout, done.returncode) == (b"ABC\nsecond\n", 3)
subprocess.run([sys.executable, "-u", "-"], input=b"print(1)\n", check=True, capture_output=True)
