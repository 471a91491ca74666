"""examples/effects/run.sh: a program is stored while it waits, answered by other processes, and its clock has moved by the wait.

usage: test_example_effects.py --example PATH --build PATH
"""
import argparse
import re
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--example", required=True)
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    ended = subprocess.run([options.example, options.build, "3"], capture_output=True, text=True, timeout=120)
    lines = ended.stdout.splitlines()
    last = re.fullmatch(r"together 40, after (\d+) s", lines[-1] if lines else "")
    wanted = ["/orders/1: status 200, 40", "/orders/2: no route to the shop"]
    asked = [line for line in lines if '"name":"http.get"' in line]
    if ended.returncode != 0 or lines[-3:-1] != wanted or last is None or int(last[1]) < 3 or len(asked) != 2:
        print(f"code {ended.returncode}\n{ended.stdout}\n{ended.stderr}")
        return 1
    print(f"two effects, answered by two other processes; the program saw {last[1]} s pass")
    return 0


if __name__ == "__main__":
    sys.exit(main())
