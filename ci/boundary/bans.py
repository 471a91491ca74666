"""What is banned outside host_env, generated from the tables: a header for the compiler, a configuration for clang-tidy.

The list is stdlib_bindings/tables/host_calls.tsv: what CPython may not call directly, our own C may not call directly either."""
import os
import re

from . import headers, sources
from .domains import HOST_CALLS, rows_of
from .rule import ROOT, read_table

# Where glibc or musl declare the functions of the table; one that a C library lacks is left out by __has_include.
DECLARED_IN = ("aio.h dirent.h dlfcn.h errno.h fcntl.h grp.h ifaddrs.h langinfo.h libintl.h locale.h malloc.h mntent.h mqueue.h net/if.h netdb.h "
               "poll.h pthread.h pty.h pwd.h sched.h semaphore.h shadow.h signal.h spawn.h stdio.h stdlib.h string.h stropts.h sys/epoll.h "
               "sys/eventfd.h sys/file.h sys/inotify.h sys/ioctl.h sys/ipc.h sys/mman.h sys/mount.h sys/personality.h sys/prctl.h sys/random.h "
               "sys/resource.h sys/select.h sys/sem.h sys/sendfile.h sys/shm.h sys/signalfd.h sys/socket.h sys/stat.h sys/statvfs.h sys/syscall.h "
               "sys/time.h sys/timerfd.h sys/times.h sys/uio.h sys/utsname.h sys/wait.h sys/xattr.h syslog.h termios.h time.h unistd.h utime.h "
               "utmp.h wchar.h").split()
TIDY_FOLDERS = ("audit", "cli", "core/embedded", "core/include", "core/interpreter", "core/sealed", "core/supervisor", "host_env", "policy", "stdlib_bindings")
GENERATED = "made by ci/generate_bans.py from policy/tables/include_arrows.tsv and stdlib_bindings/tables/host_calls.tsv"


def banned():
    """{function: way out}: functions that reach a host; a name the full variant leaves to libc reaches none."""
    rules = {}
    for name, kind, host_function, capability, *_ in rows_of(HOST_CALLS):
        if kind == "function" and host_function != "-":
            target = f"host_{host_function}" if not host_function.startswith("(") else "host_env"
            rules[name] = f"call {target} ({capability}) - {name} reaches the host without asking the policy"
    return rules


def exceptions():
    return [{**row, "number": number} for number, row in read_table("banned_exceptions.tsv", ("path", "function", "reason"))]


def exception_for(path, function, rows):
    for row in rows:
        fits = path.startswith(row["path"][:-1]) if row["path"].endswith("*") else path == row["path"]
        if fits and function and row["function"] in (function, "*"):
            return row
    return None


def includes():
    lines = ["/* Makes every function that reaches a host unavailable. Hides nothing from host_env, which is compiled without it. */", "#pragma once",
             "#ifndef _GNU_SOURCE", "#define _GNU_SOURCE 1", "#endif"]
    for name in DECLARED_IN:
        lines += [f"#if __has_include(<{name}>)", f"#include <{name}>", "#endif"]
    return lines


def header(flags, folder):
    """The text of banned_functions.h for a compiler and its flags: functions that these headers declare, each made unavailable. Calls to what they do
    not declare are errors of the compiler already. Returns (text, how many are banned)."""
    rules = banned()
    probe = os.path.join(folder, "probe.c")
    with open(probe, "w", encoding="ascii") as file:
        file.write("\n".join(includes()) + "\n" + "".join(f"__typeof__({name}) *probe_of_{name};\n" for name in rules))
    text = sources.run([*flags, "-fsyntax-only", "-w", probe]).stderr
    absent = set(re.findall(r"error: [‘'`](\w+)['’] undeclared", text))
    declared = [name for name in rules if name not in absent]
    lines = includes()
    lines += [f'extern __typeof__({name}) {name} __attribute__((unavailable("{rules[name]}")));' for name in declared]
    return "\n".join(lines) + "\n", len(declared)


def tidy_configuration(folder):
    """.clang-tidy of a folder."""
    rows = [row for row in headers.arrows() if row["path"].startswith(folder + "/") or (folder + "/").startswith(row["path"])]
    system = sorted({name for row in rows for name in headers.patterns(row["system"])} | {
        name for row in rows for name in headers.patterns(row["ours"]) if name in ("Python.h", "pycore_*")})
    never = sorted({name for row in rows for name in headers.patterns(row["never"]) if "/" not in name and name != "*"}) if len(rows) == 1 else []
    globs = ",".join((["*"] if "*" in system else ["-*", *system]) + [f"-{name}" for name in never])
    checks, options = ["-*", "portability-restrict-system-includes"], {"portability-restrict-system-includes.Includes": globs}
    if folder != "host_env":
        checks.append("bugprone-unsafe-functions")
        options["bugprone-unsafe-functions.ReportDefaultFunctions"] = "false"
        options["bugprone-unsafe-functions.CustomFunctions"] = ";".join(f"^::{name}$,,{why}" for name, why in banned().items())
    lines = [f"# {GENERATED}: edit those.", f"Checks: '{','.join(checks)}'", "WarningsAsErrors: ''", f"HeaderFilterRegex: '/{folder}/'", "CheckOptions:"]
    lines += [f"  {name}: '{value}'" for name, value in options.items()]
    return "\n".join(lines) + "\n"


def tidy_files():
    return {ROOT / folder / ".clang-tidy": tidy_configuration(folder) for folder in TIDY_FOLDERS}
