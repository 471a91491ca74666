"""A virtual environment, and a program in it."""
import subprocess
import venv

venv.create("env", with_pip=False, symlinks=True)
shown = subprocess.run(["env/bin/python", "-c", "import sys; print(sys.prefix)"], check=True, capture_output=True, text=True).stdout
assert shown.strip().endswith("env"), shown
