"""Layer headers: what a file can know. Includes follow the arrows between rooms, and code without an operating system compiles without its headers."""
import fnmatch
import functools
import os
import pathlib
import re
import tempfile

from . import sources
from .rule import ROOT, Outcome, Rule, read_table

INCLUDE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", re.M)
FREESTANDING = pathlib.Path(__file__).resolve().parent / "freestanding"
WITHOUT_OS = ("policy/", "core/sealed/")
PUBLIC = ("audit/include/", "host_env/include/", "policy/include/", "core/include/", "core/sealed/include/", "stdlib_bindings/include/")
THIRD_PARTY_OF_POLICY = ("yaml.h", "cyaml")
INCLUDE_FOLDERS = ("audit/include", "host_env/include", "policy/include", "core/include", "core/sealed/include", "stdlib_bindings/include")


def patterns(text):
    return [] if text == "-" else text.split(",")


@functools.lru_cache(maxsize=None)
def arrows():
    return [row for _, row in read_table("include_arrows.tsv", ("path", "ours", "system", "never", "why"))]


def arrow_of(path):
    fitting = [row for row in arrows() if path.startswith(row["path"])]
    return max(fitting, key=lambda row: len(row["path"])) if fitting else None


def room_of(row):
    return row["path"] if row["path"].endswith("/") else os.path.dirname(row["path"]) + "/"


@functools.lru_cache(maxsize=None)
def lies_in(room, name):
    return any(file.startswith(room) and (file == room + name or file.endswith("/" + name)) for file in sources.files())


def fits(name, texts):
    return any(fnmatch.fnmatchcase(name, text) for text in texts)


def refusal(path, row, bracket, name):
    if fits(name, patterns(row["never"])):
        return f"includes {name}, which {row['path']} never may: {row['why']}"
    if bracket == '"' and lies_in(room_of(row), name) and (row["path"].endswith("/") or os.path.basename(name).startswith(os.path.basename(row["path"]))):
        return None
    if fits(name, patterns(row["ours"] if bracket == '"' else row["system"])):
        return None
    return f"includes {name}, which is no header for {row['path']}: {row['why']}"


def include_arrows(context):
    outcome = Outcome("#include lines of every room", 0, "includes")
    for path, file in sources.to_inspect(context):
        row = arrow_of(path)
        if row is None:
            outcome.add(path, "belongs to no row of policy/tables/include_arrows.tsv", "add a row for its folder")
            continue
        text = file.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            outcome.count += 1
            why = refusal(path, row, *match.groups())
            if why:
                outcome.add(f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}", why,
                            "move the code to the room that may, or hand the value down; a new arrow is a row of policy/tables/include_arrows.tsv")
    return outcome


def freestanding_flags(context, folder):
    """Nothing of the system: the compiler's own headers, a handful of harmless declarations, libyaml's for policy."""
    for name in THIRD_PARTY_OF_POLICY:
        if os.path.exists(f"/usr/include/{name}"):
            os.symlink(f"/usr/include/{name}", os.path.join(folder, name))
    generated = [context.build / "generated" / part for part in ("policy", "host_env/include")]
    ours = [ROOT / name for name in INCLUDE_FOLDERS if not name.startswith("stdlib_bindings")] + [ROOT / "policy/source"]
    return ["gcc", "-std=gnu11", "-ffreestanding", "-nostdinc", "-fsyntax-only", "-w", *[f"-I{path}" for path in ours + generated],
            "-isystem", sources.compiler_include(), "-isystem", FREESTANDING, "-isystem", folder]


def compile_all(outcome, items, way_out):
    """items: [(path shown, command)]"""
    results = sources.in_parallel(lambda item: sources.run(item[1]), items)
    for (path, _), result in zip(items, results):
        outcome.count += 1
        if result.returncode == 0:
            continue
        found = sources.messages(result.stderr)
        if not found:
            outcome.add(path, result.stderr.strip()[:300] or f"compiler's exit code {result.returncode}", way_out)
        for file, line, message in found[:3]:
            outcome.add(f"{path} ({os.path.basename(file)}:{line})", message, way_out)


def without_os(context):
    outcome = Outcome("policy/, core/sealed/ with -nostdinc", 0, "files")
    wanted = [(path, file) for path, file in sources.to_inspect(context, lambda path: path.startswith(WITHOUT_OS))
              if path.endswith((".c", ".h"))]
    with tempfile.TemporaryDirectory() as folder:
        flags = freestanding_flags(context, folder)
        items = [(path, [*flags, "-iquote", ROOT / os.path.dirname(path), "-x", "c", file]) for path, file in wanted]
        compile_all(outcome, items, "no header of an operating system here; take the value as an argument, or through a function pointer")
    return outcome


def headers_stand_alone(context):
    outcome = Outcome("public headers, each compiled alone", 0, "headers")
    wanted = sources.to_inspect(context, lambda path: path.startswith(PUBLIC) and path.endswith(".h"))
    with tempfile.TemporaryDirectory() as folder:
        flags = freestanding_flags(context, folder) + [f"-I{ROOT / 'stdlib_bindings/include'}"]
        items = [(path, [*flags, "-x", "c", file]) for path, file in wanted]
        compile_all(outcome, items, "include what the header itself needs, and no header of the system")
    return outcome


RULES = [
    Rule("headers.arrows", "any", "every #include follows the arrows between rooms", include_arrows),
    Rule("headers.without-os", "any", "policy and core/sealed compile without any header of an operating system", without_os),
    Rule("headers.alone", "any", "every public header compiles alone, without any header of an operating system", headers_stand_alone),
]
