"""Holds system calls against records: which record accounts for which call. Hides the table's small language from its users."""
import collections
import dataclasses
import fnmatch
import os

COLUMNS = ("call", "when", "accounted_by", "how", "reason")
WAYS = ("each", "result", "any", "some", "opened", "none")


@dataclasses.dataclass
class Row:
    """A row of audit_system_calls.tsv."""
    number: int
    call: str
    conditions: list
    operations: list
    how: str
    reason: str
    used: int = 0

    def fits(self, call, names):
        return all(holds(call, key, filled(pattern, names)) for key, pattern in self.conditions)


def filled(pattern, names):
    for name, value in names.items():
        pattern = pattern.replace("{" + name + "}", str(value))
    return pattern


def holds(call, key, pattern):
    if key == "above":  # the path is one of those that lead to another
        return call.path is not None and (call.path == pattern or pattern.startswith(call.path.rstrip("/") + "/"))
    return fnmatch.fnmatchcase(value_of(call, key) or "", pattern)


def value_of(call, key):
    return {"phase": call.phase, "path": call.path, "fd": call.fd_path, "number": str(call.fd), "arguments": ", ".join(call.arguments), "error": call.error}[key]


def read_table(path):
    """The rows, and what is wrong with the table."""
    rows, problems, last = collections.defaultdict(list), [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != len(COLUMNS):
            problems.append((number, "columns", f"a row has {len(COLUMNS)} tab-separated fields: {', '.join(COLUMNS)}"))
            continue
        name, when, operations, how, reason = fields
        if name < last:
            problems.append((number, "order", f"{name} must come before {last}"))
        last = name
        conditions = [tuple(part.split("=", 1)) for part in when.split(";")] if when != "-" else []
        if any(len(part) != 2 or part[0] not in ("phase", "path", "fd", "number", "arguments", "error", "above") for part in conditions):
            problems.append((number, "when", f"{when!r} is not phase=, path=, above=, fd=, arguments= or error= with a pattern; several are parted by ;"))
            continue
        if how not in WAYS:
            problems.append((number, "how", f"{how!r} is none of {', '.join(WAYS)}"))
        if (how == "none") != (operations == "-"):
            problems.append((number, "accounted_by", "- and none belong together"))
        if how in ("none", "some", "opened") and len(reason) < 10:
            problems.append((number, "reason", "a call without a record of its own needs a reason"))
        rows[name].append(Row(number, name, conditions, [] if operations == "-" else operations.split(","), how, reason))
    return rows, problems


class Pool:
    """The records of one process that no call has used up, by what they are about."""

    def __init__(self, accesses, others=()):
        self.seen = {access["operation"] for access in accesses}.union(others)
        self.known = {}  # what names() has found
        self.left = collections.defaultdict(list)  # (operation, what) -> [access, how many are left]
        for access in accesses:
            entry = [access, access.get("count", 1)]
            for what in {*subjects(access["arguments"]), ("all",)}:
                self.left[access["operation"], what].append(entry)

    def names(self, patterns):
        key = (len(self.seen), *patterns)
        if key not in self.known:
            self.known[key] = sorted(name for name in self.seen if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))
        return self.known[key]

    def take(self, call, patterns, way):
        """Whether a record of one of the operations fits the call; it is then used up. One that names what the call names comes first."""
        names = self.names(patterns)
        return any(self.take_from(self.left[name, what], call, way) for what in subjects_of(call) for name in names if (name, what) in self.left)

    def has_opened(self, call, patterns):
        """Whether a record of one of the operations names the file that the call's descriptor is."""
        return call.fd_path is not None and any((name, ("path", call.fd_path)) in self.left for name in self.names(patterns))

    @staticmethod
    def take_from(entries, call, way):
        for index, entry in enumerate(entries):
            if entry[1] > 0 and fits(call, entry[0], way):
                entry[1] -= 1
                return True
            if entry[1] == 0 and index == 0:
                entries[:] = [other for other in entries if other[1] > 0]
                return Pool.take_from(entries, call, way)
        return False


def path_of(text):
    return os.path.normpath(text).replace("//", "/")


def subjects(arguments):
    """What a record is about."""
    paths = {arguments[name] for name in ("path", "path_real") if isinstance(arguments.get(name), str)}
    if paths:
        return [("path", path_of(path)) for path in paths]
    return [("fd", arguments[name]) for name in arguments if name.startswith("fd")] or [("nothing",)]


def subjects_of(call):
    """What records of a call can be about, the most telling first."""
    if call.path is not None:
        return [("path", call.path), ("nothing",)]
    if call.fd is not None:
        return [("fd", call.fd), ("nothing",)]
    return [("all",)]


def fits(call, access, way):
    if way != "any" and access["error"] != call.error:
        return False
    return way != "result" or call.error is not None or call.value == access["result"]


class Matcher:
    """Judges the calls of processes by the table."""

    def __init__(self, rows, names):
        self.rows = rows
        self.names = names  # what stands in braces in a pattern

    def accounts(self, call, pools):
        for row in self.rows.get(call.name, ()):
            if row.fits(call, self.names) and (row.how == "none" or any(self.account_by(row, call, pool) for pool in pools)):
                row.used += 1
                return True
        return False

    @staticmethod
    def account_by(row, call, pool):
        if row.how == "some":
            return bool(pool.names(row.operations))
        if row.how == "opened":
            return pool.has_opened(call, row.operations)
        return pool.take(call, row.operations, row.how)

    def judge(self, calls, pools):
        """The calls that nothing accounts for. What can be told apart best chooses first."""
        return [call for call in calls if not self.accounts(call, pools)]
