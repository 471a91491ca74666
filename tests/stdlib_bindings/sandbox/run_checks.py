#!/usr/bin/env python3
"""Runs the checks of the standard library in an interpreter of Cordon, which is told its variant and never guesses it.

    run_checks.py --variant sandbox|full --interpreter PROGRAM [check...]
    run_checks.py --imitate SOURCE --interpreter STOCK_PYTHON [check...]

A check is a file check_NAME.py beside this one; it is given on standard input, behind a line that names the variant. With --imitate, the stock
CPython of SOURCE stands in for the sandbox: the C modules that the sandbox lacks are hidden and our stand-ins put in their place.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SANDBOX_FOLDER = ROOT / "stdlib_bindings" / "modules" / "sandbox"

# Put above a check when the stock CPython plays the sandbox.
IMITATION = """
import faulthandler, sys
faulthandler.dump_traceback_later(60, exit=True)
def _imitate(library, hidden):
    import _socket, importlib.machinery, os, types
    pair = types.ModuleType("_sealed_pair")
    pair.open = lambda real=_socket.socketpair: tuple(end.detach() for end in real())
    def stop_writing(descriptor, real=_socket.socket):
        end = real(fileno=descriptor)
        try: end.shutdown(1)
        finally: end.detach()
    pair.stop_writing = stop_writing
    sys.modules["_sealed_pair"] = pair
    for module in (os, sys.modules["posix"]):
        for name in "fork forkpty openpty posix_spawn posix_spawnp system execv execve pidfd_open".split():
            module.__dict__.pop(name, None)
    os.supports_fd = os.supports_fd
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name in hidden:
                return importlib.machinery.PathFinder.find_spec(name, [library])
            return None
    class Wall:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name in hidden:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return None
    for name in hidden:
        sys.modules.pop(name, None)
    sys.meta_path[:0] = [Finder, Wall]
    sys.path[:] = [library] + [entry for entry in sys.path if entry.endswith("-3.13")]
"""


def hidden_modules():
    """What variants/sandbox.sh leaves out, and what we have a stand-in for."""
    text = (ROOT / "stdlib_bindings" / "variants" / "sandbox.sh").read_text(encoding="utf-8")
    listed = text.partition("for module in ")[2].partition(";")[0].replace("\\", " ").split()
    return sorted(set(listed) | {path.stem for path in (SANDBOX_FOLDER / "stand_ins").glob("*.py")})


def merged_library(source, folder):
    """Lib with our stand-ins and additions, as the packer puts it into the image."""
    sys.path.insert(0, str(ROOT / "stdlib_bindings" / "image"))
    import collect
    files = collect.standard_library(pathlib.Path(source) / "Lib", {"stdlib"})
    collect.add_stand_ins(files, SANDBOX_FOLDER / "stand_ins")
    collect.add_appended(files, SANDBOX_FOLDER / "appended")
    for relative, data in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def run(check, interpreter, head):
    text = head + f"\n# ---- {check.name}\n" + check.read_text(encoding="utf-8")
    result = subprocess.run(interpreter, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    output = result.stdout.decode(errors="replace")
    print(f"{check.stem}: {'passed' if result.returncode == 0 else f'failed (exit code {result.returncode})'}\n{output}", end="")
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=["sandbox", "full"])
    parser.add_argument("--imitate", metavar="SOURCE")
    parser.add_argument("--interpreter", required=True)
    parser.add_argument("checks", nargs="*", default=["imports", "refusals", "works"])
    arguments = parser.parse_args()
    if bool(arguments.variant) == bool(arguments.imitate):
        parser.error("one of --variant and --imitate is wanted")
    head, command = f"VARIANT = {arguments.variant or 'sandbox'!r}\n", [arguments.interpreter]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.imitate:
            merged_library(arguments.imitate, pathlib.Path(folder))
            head += IMITATION + f"_imitate({folder!r}, frozenset({hidden_modules()!r}))\n"
            command += ["-I", "-S"]
        if arguments.variant != "sandbox":
            command += ["-"]
        passed = [run(HERE / f"check_{name}.py", command, head) for name in arguments.checks]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
