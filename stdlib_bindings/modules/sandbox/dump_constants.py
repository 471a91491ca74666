#!/usr/bin/env python3
"""Writes stand_ins/_sealed/<module>_constants.py: the numbers and names of C modules that the sandbox lacks, from a CPython that has them.

    dump_constants.py            check that the files are up to date
    dump_constants.py --write    refresh them

Run by the stock build of the same CPython on Linux. The numbers are the kernel's, OpenSSL's and ncurses' interface, so they change with
neither the C library nor the machine.
"""
import importlib
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "stand_ins" / "_sealed"
MODULES = ("_curses", "_socket", "_ssl", "_tkinter", "mmap", "resource", "syslog", "termios")
# What would tell the machine it was dumped on, or belongs to the stand-in itself.
LEFT_OUT = {
    "_curses": {"ncurses_version", "__version__", "version"},
    "_socket": {"has_ipv6"},
    "_ssl": {"OPENSSL_VERSION", "OPENSSL_VERSION_NUMBER", "OPENSSL_VERSION_INFO", "_OPENSSL_API_VERSION"},
    "_tkinter": {"TK_VERSION", "TCL_VERSION"},
}


def constants(name):
    module = importlib.import_module(name)
    for attribute in sorted(vars(module)):
        value = getattr(module, attribute)
        if type(value) in (int, bool, str) and not attribute.startswith("__") and attribute not in LEFT_OUT.get(name, ()):
            yield attribute, value


def text_of(name):
    lines = [f'"""Constants of {name}; made by dump_constants.py."""', ""]
    lines += [f"{attribute} = {value!r}" for attribute, value in constants(name)]
    return "\n".join(lines) + "\n"


def main():
    outdated = []
    for name in MODULES:
        path = FOLDER / f"{name.strip('_')}_constants.py"
        text = text_of(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            outdated.append(path)
            if "--write" in sys.argv:
                path.write_text(text, encoding="utf-8")
    if outdated and "--write" not in sys.argv:
        sys.exit("\n".join(f"{path}: out of date: run dump_constants.py --write with the stock CPython" for path in outdated))


if __name__ == "__main__":
    main()
