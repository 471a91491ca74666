"""Decides which files the image holds and under which paths; hides the layout of CPython's source from the rest of the packer."""
import fnmatch
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
SETS_TABLE = HERE / "sets.tsv"


class PackError(Exception):
    """The input is not as the packer needs it; the text says what to do."""


def read_sets(table=SETS_TABLE):
    """[(set, pattern)] in the order in which they decide."""
    rows = []
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            fields = line.split("\t")
            if len(fields) != 3:
                raise PackError(f"{table}:{number}: three columns are wanted: set, pattern, reason")
            rows.append((fields[0], fields[1]))
    return rows


def set_of(relative, rows):
    return next((name for name, pattern in rows if fnmatch.fnmatchcase(relative, pattern)), "none")


def files_below(folder):
    """{path relative to folder, with slashes: pathlib.Path}, without byte code that some interpreter left behind."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in path.parts:
            found[relative] = path
    return found


def standard_library(lib, wanted_sets):
    """{relative path: bytes} of the files of Lib that belong to the wanted sets."""
    if not (lib / "os.py").is_file():
        raise PackError(f"{lib} is not CPython's Lib: it has no os.py")
    rows = read_sets()
    return {relative: path.read_bytes() for relative, path in files_below(lib).items() if set_of(relative, rows) in wanted_sets}


def add_stand_ins(files, folder, prefix=""):
    """Modules of ours: for C modules that cannot exist in the sandbox, or, below `prefix`, a package. One that hides a file of Lib is a mistake."""
    for relative, path in files_below(folder).items():
        relative = prefix + relative
        if relative in files:
            raise PackError(f"{path}: Lib has {relative} already; use the folder appended/ to change it")
        files[relative] = path.read_bytes()


def add_appended(files, folder):
    """Text of ours that goes behind a file of Lib, so that line numbers of the original stay."""
    for relative, path in files_below(folder).items():
        if relative not in files:
            raise PackError(f"{path}: Lib has no {relative} to append to")
        files[relative] = files[relative].rstrip(b"\n") + b"\n\n\n" + path.read_bytes()


def time_zones(folder):
    """{relative path: bytes} of a compiled zone database, without the second copies that Debian's has for other ways to count seconds."""
    if not (folder / "UTC").is_file():
        raise PackError(f"{folder} is not a compiled time zone database: it has no UTC; install tzdata, or build without zones")
    left_out = ("posix/", "right/", "localtime")
    return {relative: path.read_bytes() for relative, path in files_below(folder).items() if not relative.startswith(left_out)}
