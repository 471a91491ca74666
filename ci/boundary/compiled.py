"""Layer compile: functions that reach a host are unavailable to our own C outside host_env, said by the compiler and by clang-tidy."""
import os
import re
import shutil
import tempfile

from . import bans, sources
from .rule import ROOT, Outcome, Rule

CLANG_TIDY = "clang-tidy-22"
WAY_OUT = "call host_env; if it has to stay, a row with a reason in policy/tables/banned_exceptions.tsv"
UNAVAILABLE = re.compile(r"[‘'](\w+)['’] is unavailable: (.*)")
UNSAFE = re.compile(r"function '(\w+)' (.*)")


def ours_outside_host_env(path):
    return path.endswith(".c") and not path.startswith(("host_env/", "stdlib_bindings/pyconfig/"))


def commands(context):
    """[(path, file, flags)] of every C file outside host_env that this build compiles."""
    found = []
    for path, file in sources.to_inspect(context, ours_outside_host_env):
        flags = sources.command_of(context, path)
        if flags:
            found.append((path, file, flags))
    return found


def family(flags):
    """Flags that choose a C library: all that decides which functions are declared."""
    return tuple(["gcc", "-std=gnu11", *[flag for flag in flags if flag == "-nostdinc" or flag.startswith("-isystem/")]])


def diagnosed(path, file, result, folder):
    """[(line, function, message)] of one compilation, in the file itself or in our headers that it includes."""
    found = []
    for place, line, message in sources.messages(result.stderr):
        if os.path.realpath(place).startswith(os.path.realpath(folder)):
            continue
        match = UNAVAILABLE.match(message)
        tree = path if os.path.realpath(place) == os.path.realpath(file) else os.path.relpath(os.path.realpath(place), ROOT)
        if match and not tree.startswith(("..", "build")):
            found.append((tree, line, match.group(1), match.group(2)))
        elif not match:
            found.append((tree, line, "", message))
    if result.returncode != 0 and not sources.messages(result.stderr):
        found.append((path, 1, "", result.stderr.strip()[:300] or f"compiler's exit code {result.returncode}"))
    return found


def banned_functions(context):
    work = commands(context)
    outcome = Outcome("our C outside host_env, banned_functions.h included", len(work), "files")
    rows, seen, used = bans.exceptions(), set(), set()
    with tempfile.TemporaryDirectory() as folder:
        headers = {}
        for _, _, flags in work:
            key = family(flags)
            if key not in headers:
                text, count = bans.header(key, folder)
                headers[key] = (os.path.join(folder, f"banned_functions_{len(headers)}.h"), count)
                with open(headers[key][0], "w", encoding="ascii") as file:
                    file.write(text)
        results = sources.in_parallel(
            lambda item: sources.run([*item[2], "-fsyntax-only", "-w", "-include", headers[family(item[2])][0],
                                      "-iquote", ROOT / os.path.dirname(item[0]), item[1]]), work)
        for (path, file, _), result in zip(work, results):
            for tree, line, function, message in diagnosed(path, file, result, folder):
                row = bans.exception_for(tree, function, rows)
                if row:
                    used.add(row["number"])
                if row or (tree, line, function) in seen:
                    continue
                seen.add((tree, line, function))
                outcome.add(f"{tree}:{line}", f"{function}: {message}" if function else message, WAY_OUT)
        for row in rows:
            if not context.sources and row["number"] not in used and len(context.variants) == 3:
                outcome.add(f"policy/tables/banned_exceptions.tsv:{row['number']}", "excepts nothing any more", "remove the row")
        outcome.note = " · ".join(f"{count} functions banned ({'musl' if '-nostdinc' in key else 'glibc'})" for key, (_, count) in headers.items())
    return outcome


def clang_tidy(context):
    outcome = Outcome("our C, .clang-tidy of each folder", 0, "files")
    if shutil.which(CLANG_TIDY) is None:
        outcome.add(CLANG_TIDY, "is not installed", "cmake/set_up_machine.sh installs it")
        return outcome
    for path, text in bans.tidy_files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            outcome.add(f"{path.relative_to(ROOT)}:1", "is not what the tables say", "ci/generate_bans.py --write")
    work = commands(context) if context.sources else [
        (path, file, flags) for path, file in sources.to_inspect(context, lambda path: path.endswith(".c"))
        if (flags := sources.command_of(context, path))]
    rows = bans.exceptions()
    outcome.count = len(work)
    results = sources.in_parallel(lambda item: tidy(*item), work)
    for (path, file, _), result in zip(work, results):
        for complaint in complaints(path, file, result, rows):
            outcome.add(*complaint)
    return outcome


def complaints(path, file, result, exceptions):
    """[(where, what, way out)] of one run of clang-tidy, without what has a reason."""
    messages = sources.messages(result.stdout, "error|warning")
    if result.returncode != 0 and not messages:
        said = (result.stdout + result.stderr).strip()[:300] or f"clang-tidy's exit code {result.returncode}"
        return [(path, said, "clang-tidy could not read this file")]
    found = []
    for place, line, message in messages:
        tree = path if os.path.realpath(place) == os.path.realpath(file) else os.path.relpath(os.path.realpath(place), ROOT)
        function = UNSAFE.match(message)
        if not tree.startswith(("..", "build")) and not (function and bans.exception_for(tree, function.group(1), exceptions)):
            found.append((f"{tree}:{line}", message, WAY_OUT))
    return found


def meaning_of(flags):
    """The flags that decide what a source says; clang does not know every one with which gcc makes code."""
    kept, takes_next = [], False
    for flag in flags:
        if takes_next or flag.startswith(("-D", "-U", "-I", "-isystem", "-iquote", "-include", "-nostdinc", "-std=")):
            kept.append(flag)
        takes_next = not takes_next and flag in ("-D", "-U", "-I", "-isystem", "-iquote", "-include")
    return kept


def tidy(path, file, flags):
    folder = max((name for name in bans.TIDY_FOLDERS if path.startswith(name + "/")), key=len, default=None)
    own = meaning_of(flags[1:])
    configuration = [f"--config-file={ROOT / folder / '.clang-tidy'}"] if folder else []
    return sources.run([CLANG_TIDY, "--quiet", *configuration, file, "--", *own, "-w", "-iquote", ROOT / os.path.dirname(path)])


RULES = [
    Rule("compile.banned", "any", "the compiler refuses functions that reach a host, outside host_env", banned_functions),
    Rule("compile.tidy", "any", "clang-tidy finds no banned function and no header that its folder may not include", clang_tidy),
]
