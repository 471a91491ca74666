"""Our C files and how they are compiled. Hides the compilation database and the places of generated headers from the layers."""
import concurrent.futures
import functools
import os
import pathlib
import re
import shlex
import subprocess

from .rule import ROOT

ROOMS = ("audit", "cli", "core", "host_env", "policy", "stdlib_bindings")
SUFFIXES = (".c", ".h", ".S", ".def", ".inc")
WORKERS = 2


@functools.lru_cache(maxsize=None)
def files():
    """Paths in the tree of every C file of the rooms that are shipped."""
    return sorted(str(path.relative_to(ROOT)) for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in SUFFIXES)


def to_inspect(context, wanted=lambda path: True):
    """[(path in the tree, file to read)]: ours, or the planted ones in their place."""
    if context.sources:
        return [(entry.name, entry.path) for entry in context.sources]
    return [(path, ROOT / path) for path in files() if wanted(path)]


def command_of(context, path):
    """The compiler and its flags for a file of the tree, or for its nearest neighbour if it is a planted one; None if the build has neither."""
    folder = os.path.dirname(path)
    neighbour = None
    for entry in context.commands():
        file = os.path.relpath(entry["file"], ROOT)
        # Tests compile some of our files a second time, for the host.
        if not file.endswith(".c") or " -o tests/" in entry["command"] or " -o bench/" in entry["command"]:
            continue
        if file == path:
            return flags_of(entry)
        if neighbour is None and os.path.dirname(file) == folder and os.path.basename(file).split("_")[0] == os.path.basename(path).split("_")[0]:
            neighbour = entry
        elif neighbour is None and os.path.dirname(file) == folder:
            neighbour = entry
    return flags_of(neighbour) if neighbour and context.sources else None


def flags_of(entry):
    words = shlex.split(entry["command"])
    kept, skip = [], False
    for word in words:
        if skip or word in ("-o", "-c"):
            skip = word == "-o"
            continue
        if word != entry["file"]:
            kept.append(word)
    return kept


def messages(text, kinds="error"):
    """[(file, line, message)] of a compiler's or clang-tidy's output."""
    found = re.findall(rf"^([^\s:][^:\n]*):(\d+):\d+: (?:fatal )?(?:{kinds}): (.*)$", text, re.M)
    return [(file, int(line), message) for file, line, message in found]


def run(command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", check=False, **options)


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(function, items))


def compiler_include():
    return pathlib.Path(run(["gcc", "-print-file-name=include"]).stdout.strip())
