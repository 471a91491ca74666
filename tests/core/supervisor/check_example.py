#!/usr/bin/env python3
"""Builds and runs the example of cordon.h as it stands there: check_example.py INCLUDE COMPILER IMAGE LIBRARY..."""

import pathlib
import subprocess
import sys
import tempfile

EXPECTED = "hello, world\nOK, 42\n"


def example_of(header):
    lines = header.read_text(encoding="utf-8").splitlines()
    begin, end = lines.index(" * [example]"), lines.index(" * [end of example]")
    return "\n".join(line[7:] for line in lines[begin + 1:end]) + "\n"


def main():
    include, compiler, image, *libraries = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "example.c").write_text(example_of(pathlib.Path(include, "cordon", "cordon.h")), encoding="utf-8")
        for library in libraries:
            subprocess.run([*compiler.split(), "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{include}", folder / "example.c", "-o", folder / "example",
                            library, f"-Wl,-rpath,{pathlib.Path(library).parent}", "-lzstd", "-lcrypto", "-lzip", "-lcyaml", "-lyaml", "-lpthread"], check=True)
            output = subprocess.run([folder / "example", image], capture_output=True, text=True, check=True, timeout=120).stdout
            if output != EXPECTED:
                print(f"with {library} the example printed\n{output}instead of\n{EXPECTED}")
                return 1
    print(f"the example of cordon.h builds and prints what it should, with {len(libraries)} libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
