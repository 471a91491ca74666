#!/usr/bin/env python3
"""The package cordon where there is no host: check_without_host.py PROGRAM... Each PROGRAM reads Python from standard input: the sandbox alone, or the full interpreter."""
import subprocess
import sys

SOURCE = b"""
import asyncio, inspect
import cordon
print(cordon.list_calls())
for ask in (lambda: cordon.call("add", 1), lambda: cordon.host.http.get("u"), lambda: asyncio.run(cordon.call_async("add", 1))):
    try:
        ask()
    except cordon.HostError as error:
        print(type(error).__module__, str(error).partition(":")[0], error.host_type)
try:
    cordon.call()
except TypeError as error:
    print("name" in str(error))
print(str(inspect.signature(cordon.call)), sorted(cordon.__all__))
"""
WANTED = """[]
cordon no host None
cordon no host None
cordon no host None
True
(name, /, *args, **kwargs) ['HostError', 'LimitReached', 'UnknownCallError', 'call', 'call_async', 'host', 'list_calls', 'narrow']
"""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    failed = 0
    for program in sys.argv[1:]:
        done = subprocess.run([program], input=SOURCE, capture_output=True, timeout=300)
        found = done.stdout.decode()
        if (found, done.stderr, done.returncode) != (WANTED, b"", 0):
            failed += 1
            print(f"FAILED: {program}: code {done.returncode}\n{found}{done.stderr.decode()}")
        else:
            print(f"ok: {program}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
