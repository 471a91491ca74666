"""Compiles the image's modules; hides how byte code is made to be the same on every machine and never stale."""
import concurrent.futures
import importlib.util
import multiprocessing
import sys
import warnings
from importlib._bootstrap_external import _code_to_hash_pyc  # the one writer of hash-based files; py_compile uses it too

# A fixed number of parts, whatever the machine: which modules share a process must not depend on it.
PARTS = 4


def cache_path(relative):
    """json/decoder.py -> json/__pycache__/decoder.cpython-313.pyc"""
    folder, _, name = relative.rpartition("/")
    return f"{folder}/".lstrip("/") + f"__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def compile_one(source, path_in_image):
    """The content of the .pyc file, or None if the source is no valid Python. Hash-based and unchecked: no time stamp can make it stale."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = compile(source, path_in_image, "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, RecursionError):
            return None
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False))


def compile_part(part):
    return [(relative, compile_one(source, path)) for relative, source, path in part]


def compile_all(files, prefix):
    """({relative path: bytes} of .pyc files, [relative paths that do not compile])."""
    modules = [(relative, data, f"{prefix}/{relative}") for relative, data in sorted(files.items()) if relative.endswith(".py")]
    compiled, broken = {}, []
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(PARTS, mp_context=context, max_tasks_per_child=None) as pool:
        for part in pool.map(compile_part, [modules[number::PARTS] for number in range(PARTS)]):
            for relative, data in part:
                if data is None:
                    broken.append(relative)
                else:
                    compiled[cache_path(relative)] = data
    return compiled, sorted(broken)
