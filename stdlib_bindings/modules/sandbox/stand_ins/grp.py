"""The group database of the sandbox: the groups of its two users."""
import operator
from collections import namedtuple

struct_group = namedtuple("struct_group", "gr_name gr_passwd gr_gid gr_mem")
struct_group.__module__ = "grp"

_groups = (struct_group("root", "x", 0, []), struct_group("sandbox", "x", 1000, []))


def getgrall():
    """All entries, in no particular order."""
    return list(_groups)


def getgrnam(name):
    """The entry of a group by name."""
    if not isinstance(name, str):
        raise TypeError(f"getgrnam() argument 'name' must be str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("embedded null byte")
    for group in _groups:
        if group.gr_name == name:
            return group
    raise KeyError(f"getgrnam(): name not found: {name!r}")


def getgrgid(id):
    """The entry of a group by number."""
    for group in _groups:
        if group.gr_gid == operator.index(id):
            return group
    raise KeyError(f"getgrgid(): gid not found: {id}")
