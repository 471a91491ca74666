"""Runs the POSIX cases that were put behind this text and prints one line for each: name, tab, what it answered.

The runner puts this file and one file of cases into one program, so that it needs no file system to be read from. A case is a function; what it returns
must not depend on where and when it runs. It starts in an empty directory of its own, with the usual mask.
"""
import errno
import os
import stat
import sys
import tempfile

CASES = []
# What cases import; loaded early where the interpreter's own files are out of an ordinary user's reach.
LIBRARIES = """asyncio concurrent.futures.thread dbm.dumb encodings.cp437 encodings.latin_1 encodings.utf_16 filecmp fileinput glob gzip importlib
    logging.handlers pathlib pickle random select shutil sqlite3 tarfile threading time traceback zipfile zlib"""


def case(function):
    CASES.append(function)
    return function


def answer(call, *arguments, **named):
    """What a call answers: its value, or the class and number of its refusal."""
    try:
        return call(*arguments, **named)
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno, error.errno)}"
    except (ValueError, TypeError, EOFError) as error:
        return type(error).__name__


def make(path, content=b"", mode=None):
    """A file with content."""
    with open(path, "wb") as file:
        file.write(content)
    if mode is not None:
        os.chmod(path, mode)
    return path


def content(path):
    def read():
        with open(path, "rb") as file:
            return file.read()
    return answer(read)


def mode(path, **named):
    return oct(stat.S_IMODE(os.stat(path, **named).st_mode))


def kind(path, **named):
    value = answer(os.stat, path, **named)
    return value if isinstance(value, str) else stat.filemode(value.st_mode)[0]


def names(path="."):
    value = answer(os.listdir, path)
    return value if isinstance(value, str) else sorted(value)


def opened(path, flags, mode=0o666, **named):
    """A descriptor, or the refusal; a descriptor is shown as "open" by `shown`."""
    return answer(os.open, path, flags, mode, **named)


def shown(value):
    if isinstance(value, int):
        os.close(value)
        return "open"
    return value


def remove_all(path):
    for name in os.listdir(path):
        inner = os.path.join(path, name)
        if os.path.isdir(inner) and not os.path.islink(inner):
            os.chmod(inner, 0o700)
            remove_all(inner)
            os.rmdir(inner)
        else:
            os.unlink(inner)


def run_one(function, home):
    os.chdir(home)
    os.umask(0o022)
    own = os.path.join(home, "case")
    os.mkdir(own)
    os.chdir(own)
    try:
        result = function()
    except BaseException as error:
        result = f"raised {type(error).__name__}: {error}"
    os.closerange(3, 1024)
    os.chdir(home)
    os.chmod(own, 0o700)
    remove_all(own)
    os.rmdir(own)
    return result


def become(user):
    import importlib
    for name in LIBRARIES.split():
        importlib.import_module(name)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def run_all(area, user=0):
    if user and os.getuid() == 0:
        become(user)
    home = os.path.realpath(tempfile.mkdtemp(prefix="posix-"))
    for function in CASES:
        print(f"{area}.{function.__name__}\t{run_one(function, home)!r}", flush=True)
    os.chdir("/")
    os.rmdir(home)
    print(f"{area}\tdone", flush=True)
