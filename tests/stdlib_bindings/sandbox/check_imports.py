"""Imports every module of the standard library and compares with what the table says of the exceptions.

Run by run_checks.py, which puts VARIANT ("sandbox" or "full") above this text. Prints a line per deviation and a summary."""
import contextlib
import importlib
import io
import json
import os
import sys
import warnings

# Modules that are not there, with a part of the message that must be seen. Everything else must be imported.
OTHER_SYSTEM = "No module named"
ABSENT = {
    "both": {
        "_msi": OTHER_SYSTEM, "_overlapped": OTHER_SYSTEM, "_scproxy": OTHER_SYSTEM, "_winapi": OTHER_SYSTEM, "_wmi": OTHER_SYSTEM,
        "msvcrt": OTHER_SYSTEM, "nt": OTHER_SYSTEM, "winreg": OTHER_SYSTEM, "winsound": OTHER_SYSTEM,
        "asyncio.windows_events": "win32 only", "asyncio.windows_utils": "win32 only",
        "encodings.mbcs": "mbcs_encode", "encodings.oem": "oem_encode",
        "multiprocessing.popen_spawn_win32": OTHER_SYSTEM, "_pyrepl.windows_console": OTHER_SYSTEM,
    },
    "sandbox": {
        "_dbm": "capability native.load", "_gdbm": "capability native.load", "dbm.gnu": "capability native.load",
        "dbm.ndbm": "capability native.load", "_uuid": "capability system.info", "readline": "capability tty",
        "_hashlib": OTHER_SYSTEM,  # OpenSSL's digests; hashlib has CPython's own
        "_pyrepl._minimal_curses": "curses library not found",
    },
    "full": {},
}
# Modules that do something else than define names when they are imported.
LEFT_OUT = {"antigravity": "opens a browser", "_ios_support": "looks for a library of the machine", "this": "prints", "__main__": "this program", "idlelib": "not in the image",
            "turtledemo": "not in the image"}
LEFT_OUT_BELOW = ("idlelib.", "turtledemo.", "tkinter.")


def modules_below(package, folder):
    """All modules of a package, by the files that are there."""
    for entry in sorted(os.listdir(folder)):
        path = f"{folder}/{entry}"
        if entry.endswith(".py") and entry not in ("__init__.py", "__main__.py"):
            yield f"{package}.{entry[:-3]}"
        elif "." not in entry and entry != "__pycache__" and os.path.exists(f"{path}/__init__.py"):
            yield f"{package}.{entry}"
            yield from modules_below(f"{package}.{entry}", path)


def all_modules():
    library = os.path.dirname(os.path.dirname(json.__file__))
    for name in sorted(sys.stdlib_module_names):
        yield name
        if os.path.isdir(f"{library}/{name}"):
            yield from modules_below(name, f"{library}/{name}")


def outcome(name):
    """"" if the module can be imported, else the message."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
        return ""
    except ImportError as error:
        return str(error) or "ImportError"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def main():
    expected = ABSENT["both"] | ABSENT[VARIANT]
    deviations = count = absent = 0
    for name in all_modules():
        if name in LEFT_OUT or name.startswith(LEFT_OUT_BELOW):
            continue
        count += 1
        found = outcome(name)
        wanted = expected.get(name, "")
        if bool(wanted) != bool(found) or wanted not in found:
            print(f"FAIL import {name}: expected '{wanted or 'an import'}', got '{found or 'an import'}'")
            deviations += 1
        absent += bool(found)
    print(f"{count} modules, {absent} of them absent as the table says, {deviations} deviations")
    return 1 if deviations or count < 400 else 0


sys.exit(main())
