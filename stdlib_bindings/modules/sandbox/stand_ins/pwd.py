"""The user database of the sandbox: one ordinary user and root, to whom the image's files belong."""
import operator
from collections import namedtuple

struct_passwd = namedtuple("struct_passwd", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell")
struct_passwd.__module__ = "pwd"

_users = (
    struct_passwd("root", "x", 0, 0, "", "/", ""),
    struct_passwd("sandbox", "x", 1000, 1000, "", "/home/sandbox", ""),
)


def getpwall():
    """All entries, in no particular order."""
    return list(_users)


def getpwnam(name, /):
    """The entry of a user by name."""
    if not isinstance(name, str):
        raise TypeError(f"getpwnam() argument must be str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("embedded null byte")
    for user in _users:
        if user.pw_name == name:
            return user
    raise KeyError(f"getpwnam(): name not found: {name!r}")


def getpwuid(uid, /):
    """The entry of a user by number."""
    for user in _users:
        if user.pw_uid == operator.index(uid):
            return user
    raise KeyError(f"getpwuid(): uid not found: {uid}")
