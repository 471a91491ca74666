#!/usr/bin/env python3
"""Builds and runs the example of host_env.h as it stands there: check_example.py HEADER COMPILER LIBRARY INCLUDE..."""

import pathlib
import subprocess
import sys
import tempfile

EXPECTED = ["fs_open: OK", "fd_read: OK", "fd_close: OK", "a.example", "fs_open: OUTSIDE_ROOT",
            "fs_open: directory -100, path '/dev/null', flags 0, mode 0: the path leaves every granted root (errno 13)"]


def example_of(header):
    lines = header.read_text(encoding="utf-8").splitlines()
    begin, end = lines.index(" * [example]"), lines.index(" * [end of example]")
    return "\n".join(line[7:] for line in lines[begin + 1:end]) + "\n"


def main():
    header, compiler, library, *includes = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "example.c").write_text(example_of(pathlib.Path(header)), encoding="utf-8")
        (folder / "root").mkdir()
        (folder / "root/hostname").write_text("a.example\n", encoding="utf-8")
        subprocess.run([*compiler.split(), "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", folder / "example.c", "-o", folder / "example",
                        *[f"-I{include}" for include in includes], library, "-lpthread", "-ldl", "-lutil", "-lrt"], check=True)
        output = subprocess.run([folder / "example", folder / "root"], capture_output=True, text=True, check=True).stdout
    if output.splitlines() != EXPECTED:
        print(f"the example printed\n{output}instead of\n" + "\n".join(EXPECTED))
        return 1
    print("the example of host_env.h builds and prints what it should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
