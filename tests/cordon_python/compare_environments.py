#!/usr/bin/env python3
"""Makes virtual environments and installs a package of our own into them, by the stock build and by cordon-python; no network.

    compare_environments.py --stock PYTHON --subject PYTHON [STEP...]

Every step must do what it says and answer the same with both. Exit code 1: one did not.
"""
import argparse
import pathlib
import sys
import zipfile

import interpreters

WHEEL = "cordon_sample-1.2-py3-none-any.whl"
FILES = {
    "cordon_sample/__init__.py": "import sys\n\n\ndef main():\n    print('sample', sys.prefix != sys.base_prefix, *sys.argv[1:])\n    return 3\n",
    "cordon_sample/data.txt": "some data\n",
    "cordon_sample-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: cordon-sample\nVersion: 1.2\n",
    "cordon_sample-1.2.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "cordon_sample-1.2.dist-info/entry_points.txt": "[console_scripts]\ncordon-sample = cordon_sample:main\n",
}
PREFIXES = "import os, sys; print(os.path.basename(sys.prefix), sys.prefix == sys.base_prefix, os.path.basename(sys.executable), 'site-packages' in sys.path[-1])"

# Name, program (None: the interpreter itself; else within the folder), arguments, exit code, what must be said. In this order: each builds on the last.
STEPS = [
    ("make", None, ["-m", "venv", "one"], 0, ""),
    ("prefixes", "one/bin/python", ["-c", PREFIXES], 0, "one False python True"),
    ("other_name", "one/bin/python3.13", ["-c", PREFIXES], 0, "one False python3.13 True"),
    ("pip_version", "one/bin/python", ["-m", "pip", "--version"], 0, "pip 2"),
    ("pip_program", "one/bin/pip", ["--version"], 0, "pip 2"),
    ("install", "one/bin/pip", ["install", "-q", "--no-index", "--find-links", "wheels", "cordon-sample"], 0, ""),
    ("imported", "one/bin/python", ["-c", "import cordon_sample as c, importlib.resources as r; print(r.files(c).joinpath('data.txt').read_text())"], 0, "some data"),
    ("console_script", "one/bin/cordon-sample", ["a"], 3, "sample True a"),
    ("metadata", "one/bin/python", ["-c", "import importlib.metadata as m; print(m.version('cordon-sample'), [str(p) for p in m.files('cordon-sample')])"], 0, "1.2"),
    ("listed", "one/bin/pip", ["list", "--format", "freeze"], 0, "cordon-sample==1.2"),
    ("checked", "one/bin/pip", ["check"], 0, "No broken requirements"),
    ("missing", "one/bin/pip", ["install", "-q", "--no-index", "--find-links", "wheels", "nowhere"], 1, "No matching distribution"),
    ("not_outside", None, ["-c", "import cordon_sample"], 1, "No module named 'cordon_sample'"),
    ("isolated", "one/bin/python", ["-I", "-c", "import cordon_sample; print('found')"], 0, "found"),
    ("uninstall", "one/bin/pip", ["uninstall", "-q", "-y", "cordon-sample"], 0, ""),
    ("uninstalled", "one/bin/python", ["-c", "import cordon_sample"], 1, "No module named"),
    ("target", "one/bin/pip", ["install", "-q", "--no-index", "--target", "target", f"wheels/{WHEEL}"], 0, ""),
    ("from_target", None, ["-c", "import sys; sys.path.append('target'); import cordon_sample; print(cordon_sample.main())"], 0, "sample False"),
    ("make_without_pip", None, ["-m", "venv", "--without-pip", "--prompt", "p", "two"], 0, ""),
    ("without_pip", "two/bin/python", ["-m", "pip"], 1, "No module named pip"),
    ("make_with_system", None, ["-m", "venv", "--without-pip", "--system-site-packages", "three"], 0, ""),
    ("with_system", "three/bin/python", ["-c", PREFIXES], 0, "three False python"),
    ("make_again", None, ["-m", "venv", "--clear", "--without-pip", "two"], 0, ""),
    ("after_again", "two/bin/python", ["-c", PREFIXES], 0, "two False python"),
    ("nested", "two/bin/python", ["-m", "venv", "--without-pip", "four"], 0, ""),
    ("in_nested", "four/bin/python", ["-c", PREFIXES], 0, "four False python"),
    ("child_is_inside", "two/bin/python", ["-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PREFIXES!r}])"], 0, "two False python"),
    ("spawned_is_inside", "two/bin/python", ["-m", "spawning"], 0, "two"),
]
SPAWNING = """import multiprocessing, os, sys
def prefix():
    return os.path.basename(sys.prefix)
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(prefix))
"""


def make_wheel(path):
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in FILES.items():
            wheel.writestr(name, content)
        record = "cordon_sample-1.2.dist-info/RECORD"
        wheel.writestr(record, "".join(f"{name},,\n" for name in [*FILES, record]))


def run_steps(interpreter, wanted):
    """Step -> answer."""
    answers = {}
    with interpreters.fresh_directory() as directory:
        make_wheel(pathlib.Path(directory, "wheels", WHEEL))
        pathlib.Path(directory, "spawning.py").write_text(SPAWNING)
        for name, program, arguments, _, _ in STEPS:
            if wanted and name not in wanted:
                continue
            inside = interpreters.Within(interpreter, pathlib.Path(directory, program)) if program else interpreter
            answers[name] = inside.run(arguments, directory, {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return answers


def complaint(step, expected, actual):
    name, _, _, code, says = step
    for who, answer in (("stock", expected), ("subject", actual)):
        if answer.code != code or says not in answer.out + answer.err:
            return f"{name}: {who} should end with {code} and say {says!r}, but\n    {answer}"
    return None if expected == actual else f"{name}\n    stock    {expected}\n    subject  {actual}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("steps", nargs="*", help="only these steps")
    arguments = parser.parse_args()
    expected = run_steps(interpreters.Interpreter(arguments.stock), arguments.steps)
    actual = run_steps(interpreters.Interpreter(arguments.subject), arguments.steps)
    complaints = [text for step in STEPS if step[0] in expected and (text := complaint(step, expected[step[0]], actual[step[0]]))]
    print("\n".join(complaints))
    print(f"{len(expected)} steps, {len(complaints)} complaints")
    return 1 if complaints or not expected else 0


if __name__ == "__main__":
    sys.exit(main())
