#!/usr/bin/env python3
"""Sees that only the table of operations names what reaches the host: check_primitives.py LIBRARY NM COMPILER

Every other member of libhost_env.a may refer to the library itself and to the pure names below. An object that calls getenv is then put
beside them, and must be found."""

import pathlib
import re
import subprocess
import sys
import tempfile

TABLE = "operations.c.o"
# Names outside the library that touch nothing but memory of this process, by reason.
PURE = {
    "memory and text": "memchr memcmp memcpy memmem memmove memset snprintf stpcpy strcat strchr strcmp strcpy strcspn strdup strlen strncmp strncpy strnlen strrchr",
    "numbers and messages of the network, in memory": "__cmsg_nxthdr htonl htons ntohl ntohs",
    "the heap, for what an env owns": "calloc free malloc realloc",
    "errno": "__errno_location",
    "sets and attributes that are only memory until a primitive takes them":
        "sigaddset sigdelset sigemptyset sigfillset sigismember cfgetispeed cfgetospeed cfsetispeed cfsetospeed "
        "pthread_attr_destroy pthread_attr_init pthread_attr_setdetachstate pthread_attr_setstacksize",
    "memory that a primitive returned": "dirfd freeaddrinfo if_freenameindex",
    "variables of libc, handed out as they are": "environ stderr stdin stdout",
    "a child between fork and exec that failed has nothing to record to": "_exit",
    "assert is for our bugs": "__assert_fail",
    "what compilers and sanitizers add": "_GLOBAL_OFFSET_TABLE_ __stack_chk_fail __tls_get_addr",
}
ALLOWED = {name for names in PURE.values() for name in names.split()}
PATTERNS = re.compile(r"posix_spawn(attr|_file_actions)_\w+|__(asan|ubsan|tsan|lsan|sanitizer|gcov)_\w+")


def symbols(nm, library):
    """member -> (defined, undefined)"""
    members, name = {}, None
    for line in subprocess.run([nm, library], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(":"):
            name = line[:-1]
            members[name] = (set(), set())
        elif line.strip():
            kind, symbol = line.split()[-2:]
            members[name][kind in "Uwv"].add(symbol)
    return members


def findings(nm, library):
    members = symbols(nm, library)
    own = set().union(*(defined for defined, _ in members.values()))
    return [(member, symbol) for member, (_, undefined) in sorted(members.items()) if member != TABLE
            for symbol in sorted(undefined - own - ALLOWED) if not PATTERNS.fullmatch(symbol)], members


def planted(library, nm, compiler):
    """True if a member that calls getenv is found."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy = folder / "library.a"
        copy.write_bytes(pathlib.Path(library).read_bytes())
        (folder / "planted.c").write_text("char *getenv(const char *); char *planted(void) { return getenv(\"A\"); }\n", encoding="utf-8")
        subprocess.run([*compiler.split(), "-c", folder / "planted.c", "-o", folder / "planted.o"], check=True)
        subprocess.run(["ar", "q", copy, folder / "planted.o"], check=True)
        return ("planted.o", "getenv") in findings(nm, copy)[0]


def main():
    library, nm, compiler = sys.argv[1:]
    found, members = findings(nm, library)
    for member, symbol in found:
        print(f"{library}:{member}: names {symbol} past the table of operations\n"
              f"    way out: list it in host_env/source/operations_<domain>.def, or as pure in {__file__} with the reason")
    if not planted(library, nm, compiler):
        print("the planted call of getenv was not found")
        return 1
    if TABLE not in members or len(members) < 10:
        print(f"{library} does not look like host_env")
        return 1
    print(f"{len(members)} members, {len(found)} findings, the planted one found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
