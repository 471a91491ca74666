"""Python processes started by Python processes."""
import subprocess
import sys

INNER = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', 'open(\"/etc/hostname\").read()'], check=True, close_fds=False)"
subprocess.run([sys.executable, "-c", INNER], check=True)
subprocess.run([sys.executable, "-m", "json.tool", "--help"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-I", "-c", "import time; time.sleep(0.01)"], check=True, env={})
