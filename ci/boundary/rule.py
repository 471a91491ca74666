"""What a rule is, what it answers, and what it may look at. Hides from the layers where a build keeps its files."""
import dataclasses
import json
import pathlib
import re
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "policy" / "tables"


class NotBuilt(Exception):
    """An artefact that a rule has to inspect does not exist."""

    def __init__(self, path):
        super().__init__(str(path))
        self.path = path


@dataclasses.dataclass
class Finding:
    where: str
    what: str
    way_out: str


@dataclasses.dataclass
class Outcome:
    inspected: str
    count: int  # things inspected: symbols, instructions, files ...
    unit: str = ""
    findings: list = dataclasses.field(default_factory=list)
    note: str = ""  # what a reader should know although the rule holds

    def add(self, where, what, way_out):
        self.findings.append(Finding(str(where), what, way_out))


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str  # layer.rule
    variant: str  # full, sandbox, or any
    promise: str
    check: typing.Callable

    @property
    def layer(self):
        return self.name.split(".")[0]


@dataclasses.dataclass(frozen=True)
class Substitute:
    path: pathlib.Path
    name: str  # the object or the path in the tree that it plays


def substitute(text, name_is_needed):
    path, _, name = text.partition("=")
    if name_is_needed and not name:
        raise SystemExit(f"check_boundary: {text!r}: say which path of the tree it plays: FILE=PATH")
    if not pathlib.Path(path).is_file():
        raise SystemExit(f"check_boundary: {path}: no such file")
    return Substitute(pathlib.Path(path).resolve(), name)


class Context:
    """One build, or planted files in its place."""

    def __init__(self, build, objects=(), sources=()):
        self.build = build.resolve()
        self.objects = [substitute(text, False) for text in objects]
        self.sources = [substitute(text, True) for text in sources]
        cache = self.build / "CMakeCache.txt"
        if not cache.is_file():
            raise SystemExit(f"check_boundary: {self.build} is not a build folder: make configure")
        self.cache = dict(re.findall(r"^([A-Za-z_0-9-]+):[A-Z]+=(.*)$", cache.read_text(encoding="utf-8"), re.M))
        chosen = self.cache.get("CORDON_HOST_ENV", "")
        only = {"": ("full", "sandbox"), "ON": ("full",), "OFF": ("sandbox",)}.get(chosen.upper())
        if only is None:
            raise SystemExit(f"check_boundary: CORDON_HOST_ENV={chosen!r} is neither ON, OFF nor empty")
        self.variants = {*only, "any"}

    def artefacts(self, *names):
        """The built files of these names, or the planted ones instead."""
        if self.objects:
            return [entry.path for entry in self.objects]
        paths = [self.build / name for name in names]
        for path in paths:
            if not path.is_file():
                raise NotBuilt(path)
        return paths

    def third_party(self, name):
        path = self.build / "third_party" / name
        if not path.is_dir():
            raise NotBuilt(path)
        return path

    def commands(self):
        """How each C file of ours is compiled: entries of compile_commands.json."""
        path = self.build / "compile_commands.json"
        if not path.is_file():
            raise NotBuilt(path)
        return json.loads(path.read_text(encoding="utf-8"))

    def shown(self, path):
        """A path as people write it."""
        path = pathlib.Path(path)
        for entry in self.objects + self.sources:
            if path == entry.path:
                return entry.name or path.name
        for base in (self.build, ROOT):
            try:
                return str(path.relative_to(base))
            except ValueError:
                pass
        return str(path)


def read_table(name, columns):
    """[(line number, {column: value})] of a table below policy/tables; a wrong row stops everything, since a rule must not guess."""
    path = TABLES / name
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != len(columns):
            raise SystemExit(f"{path.relative_to(ROOT)}:{number}: a row has {len(columns)} tab-separated columns: {', '.join(columns)}")
        rows.append((number, dict(zip(columns, fields))))
    return rows
