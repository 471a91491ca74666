"""Children by subprocess: output, input, a missing program, a shell, an environment, a folder."""
import os
import subprocess
import sys

assert subprocess.run(["/bin/echo", "hi"], capture_output=True, check=True).stdout == b"hi\n"
assert subprocess.run(["cat"], input=b"in", capture_output=True, check=True).stdout == b"in"
assert subprocess.run("echo $A", shell=True, env={"A": "b", "PATH": os.environ["PATH"]}, capture_output=True, check=True).stdout == b"b\n"
assert subprocess.run([sys.executable, "-c", "import os; print(os.getcwd())"], cwd="/", capture_output=True, check=True).stdout == b"/\n"
try:
    subprocess.run(["/no/such/program"], check=True)
except FileNotFoundError:
    pass
child = subprocess.Popen(["sleep", "10"], start_new_session=True)
child.terminate()
assert child.wait() == -15
try:
    subprocess.run(["sleep", "10"], timeout=0.05, check=False)
except subprocess.TimeoutExpired:
    pass
