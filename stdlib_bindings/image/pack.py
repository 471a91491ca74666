#!/usr/bin/env python3
"""Packs the standard library into an assembler file that becomes the sandbox's read-only files. Run by the stock CPython of the same version.

    pack.py --build BUILD --output image.S [--source CPYTHON] [--set tests] [--zones FOLDER] [--tree FOLDER=/path/inside]... [--list FILE]

Same input, same bytes. Each module is there as source and as byte code that is never compared with a time stamp; tracebacks and
inspect.getsource find the source at the path the byte code names.
"""
import argparse
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

import assembly
import byte_code
import build_variables
import collect
from collect import PackError

STAND_INS = HERE.parent / "modules" / "sandbox" / "stand_ins"
PACKAGES = {"cordon": HERE.parent / "modules" / "sandbox" / "cordon"}
APPENDED = HERE.parent / "modules" / "sandbox" / "appended"
APPENDED_TESTS = HERE.parent / "modules" / "sandbox" / "appended_tests"
# The time that every file of the image shows; zipfile can store it in any time zone, and sysconfig or tarfile see no date of a build.
MTIME_NS = 1_735_689_600 * 10**9  # 2025-01-01T00:00:00Z
# platform and others read the file that sys.executable names. There is none to run: the interpreter is the image itself.
EXECUTABLE = "/usr/bin/python3.13"
EXECUTABLE_CONTENT = b"The Python of this sandbox is the sandbox itself. This file is here to be found, not to be run.\n"


def require_matching_python(source):
    text = (source / "Include" / "patchlevel.h").read_text(encoding="utf-8")
    version = tuple(int(re.search(rf"#define PY_{part}_VERSION\s+(\d+)", text)[1]) for part in ("MAJOR", "MINOR"))
    if version != sys.version_info[:2]:
        raise PackError(f"the byte code must be that of the source: run pack.py with Python {version[0]}.{version[1]}, not {sys.version.split()[0]}")
    return f"/usr/lib/python{version[0]}.{version[1]}"


def same_hashes_always():
    """Sets of constants are written in the order of their hashes, so the hash seed must be fixed before the interpreter starts."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, "-s", "-S", *sys.argv], {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"})


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder of the sandbox's CPython; sysconfig tells what is there")
    parser.add_argument("--source", type=pathlib.Path, help="CPython's source tree; default: the one that BUILD was configured from")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the assembler file; its data goes beside it, with the ending .bin")
    parser.add_argument("--set", dest="sets", action="append", default=["stdlib"], choices=["tests"], help="add this set of sets.tsv")
    parser.add_argument("--zones", type=pathlib.Path, help="compiled time zones, for zoneinfo; found at /usr/share/zoneinfo in the sandbox")
    parser.add_argument("--tree", action="append", default=[], metavar="FOLDER=PATH", help="add a folder at an absolute path of the image")
    parser.add_argument("--list", type=pathlib.Path, help="write the paths and sizes here")
    return parser.parse_args()


def library_files(arguments, prefix):
    """{absolute path: bytes} of the standard library, ours included, and its byte code."""
    files = collect.standard_library(arguments.source / "Lib", set(arguments.sets))
    collect.add_stand_ins(files, STAND_INS)
    for name, folder in PACKAGES.items():
        collect.add_stand_ins(files, folder, f"{name}/")
    collect.add_appended(files, APPENDED)
    if "tests" in arguments.sets:
        collect.add_appended(files, APPENDED_TESTS)
    compiled, broken = byte_code.compile_all(files, prefix)
    # CPython's tests hold files that are meant not to compile; elsewhere that is an error of ours or of the tree.
    unexpected = [relative for relative in broken if not relative.startswith("test/")]
    if unexpected:
        raise PackError(f"does not compile: {', '.join(unexpected)}")
    return {f"{prefix}/{relative}": data for relative, data in {**files, **compiled}.items()}


def tree_files(argument):
    folder, separator, target = argument.partition("=")
    target = target.rstrip("/")
    if not separator or not target.startswith("/") or not pathlib.Path(folder).is_dir():
        raise PackError(f"--tree {argument}: FOLDER=/absolute/path is wanted, and FOLDER must exist")
    files = {relative: path.read_bytes() for relative, path in collect.files_below(pathlib.Path(folder)).items()}
    compiled, _ = byte_code.compile_all(files, target)
    return {f"{target}/{relative}": data for relative, data in {**files, **compiled}.items()}


def main():
    same_hashes_always()
    arguments = parse_arguments()
    arguments.source = arguments.source or build_variables.source_of(arguments.build)
    prefix = require_matching_python(arguments.source)
    files = library_files(arguments, prefix)
    files |= build_variables.sysconfig_files(arguments.build, arguments.source, prefix)
    if arguments.zones:
        files |= {f"/usr/share/zoneinfo/{relative}": data for relative, data in collect.time_zones(arguments.zones).items()}
    for tree in arguments.tree:
        files |= tree_files(tree)
    files[EXECUTABLE] = EXECUTABLE_CONTENT
    blob_path = arguments.output.with_suffix(".bin")
    size = assembly.write_image(files, {EXECUTABLE: 0o100755}, MTIME_NS, arguments.output, blob_path.resolve())
    if arguments.list:
        arguments.list.write_text("".join(f"{path}\t{len(files[path])}\n" for path in sorted(files)), encoding="utf-8")
    print(f"image: {len(files)} files, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    try:
        main()
    except PackError as error:
        sys.exit(f"pack.py: {error}")
