#!/usr/bin/env python3
"""What a call into a plugin costs beside a bare call of the same function, and a load beside the bare import of the same modules, in the full interpreter. Rounds alternate; medians of processor time.

The bar: a call at most 1 µs over a bare one.

usage: plugin_call.py --build BUILD [--rounds N]
"""
import argparse
import os
import subprocess
import sys
import tempfile
import textwrap

FUNCTION = """
def add(a, b):
    return a + b
"""
FILES = {
    "plugin.py": "import utils\nfrom generated.contracts import Point" + FUNCTION,
    "utils.py": "import vendored\ndef who():\n    return vendored.VERSION\n",
    "generated/__init__.py": "",
    "generated/contracts.py": "class Point:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n",
    "vendored/__init__.py": "VERSION = '1.0'\n" + "".join(f"def function_{number}(a, b):\n    return a * {number} + b\n" for number in range(50)),
}

INSIDE = """
import statistics, sys, time
from cordon import plugins

root, rounds = sys.argv[1], int(sys.argv[2])
parameters = [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]
manifest = {"name": "bench", "version": "1", "api_version": "1", "entry": "plugin", "contracts": {"sums": {"functions": {"add": {"parameters": parameters}}}}}
plugins.load(1, root, manifest)
plugin = plugins.load(root, manifest)
bare, call, CALLS, LOADS = plugin.resolve("plugin:add"), plugins.call, 200000, 40

def of_bare():
    for _ in range(CALLS): bare(1, 2)
def of_call():
    positional = (1, 2)
    for _ in range(CALLS): call(1, "sums", "add", positional, None)
def of_method():
    for _ in range(CALLS): plugin.call("sums", "add", 1, 2)
def of_named():
    named = {"a": 1, "b": 2}
    for _ in range(CALLS): call(1, "sums", "add", (), named)
def of_load():
    for _ in range(LOADS): plugins.load(root, manifest).unload()
def of_import():
    for _ in range(LOADS):
        import plugin as module
        for name in ("plugin", "utils", "vendored", "generated", "generated.contracts"): del sys.modules[name]

sys.path.append(root)
sys.dont_write_bytecode = True
figures = {}
for _ in range(rounds):
    for name, function, count in (("bare", of_bare, CALLS), ("call", of_call, CALLS), ("method", of_method, CALLS), ("named", of_named, CALLS), ("import", of_import, LOADS), ("load", of_load, LOADS)):
        start = time.process_time_ns()
        function()
        figures.setdefault(name, []).append((time.process_time_ns() - start) / count)
for name, taken in figures.items():
    print(name, statistics.median(taken))
"""

ROWS = (("call(handle, contract, function, (1, 2), None)", "call", "bare"), ("plugin.call(contract, function, 1, 2)", "method", "bare"), ("call(handle, contract, function, (), {a: 1, b: 2})", "named", "bare"),
        ("load and unload, five modules", "load", "import"))


def measure(python, rounds):
    """{what: nanoseconds}"""
    with tempfile.TemporaryDirectory() as root:
        for name, text in FILES.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w") as file:
                file.write(text)
        done = subprocess.run([python, "-c", textwrap.dedent(INSIDE), root, str(rounds)], check=True, capture_output=True, text=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    figures = measure(os.path.join(options.build, "bin", "cordon-python"), options.rounds)
    print(f"Calls into plugins, full interpreter, processor time, medians of {options.rounds} rounds; a bare call {figures['bare']:.0f} ns, a bare import without byte code {figures['import'] / 1e3:.0f} µs")
    print(f"{'':52} {'ns':>10} {'over bare':>12} {'ratio':>8}")
    for text, name, yardstick in ROWS:
        print(f"{text:52} {figures[name]:10.0f} {figures[name] - figures[yardstick]:9.0f} ns {figures[name] / figures[yardstick]:7.2f}x")
    print(f"bar: at most 1000 ns over a bare call: {'met' if figures['call'] - figures['bare'] <= 1000 else 'missed'} with {figures['call'] - figures['bare']:.0f} ns")
    return 0


sys.exit(main())
