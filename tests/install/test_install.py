"""Installs Cordon below a fresh prefix and builds the embedding examples against it, as a user would: with the CMake package, and with pkg-config, shared and static.

usage: test_install.py --build FOLDER --source FOLDER
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def run(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(is_true, what, detail=""):
    if not is_true:
        sys.exit(f"FAILED: {what}\n{detail}")
    print(f"ok: {what}")


def check_programs(folder, image, environment=None):
    out = run([folder / "smallest", image], env=environment)
    check(out == "hello from inside\nOK, the value is 45\n", f"{folder.name}: smallest", out)
    out = run([folder / "callbacks", image], env=environment)
    check("price of tea: 2.5\nthe host says: there is no such article\nnot sent at all:" in out and
          "['content of slow', 'content of quick']\nOK after 4 host calls" in out, f"{folder.name}: callbacks", out)
    out = run([folder / "session", image], env=environment)
    check(out == "OK: 1\nOK: 2\nPYTHON_EXCEPTION: ZeroDivisionError\nCANCELLED: KeyboardInterrupt\nOK: true\n  into <module>, line 1\n  into visit, line 2\n"
          "  out of visit, line 5\n  out of <module>, line 1\nOK: true\n6 executions\n", f"{folder.name}: session", out)
    out = run([folder / "plugin_host", image, Path(__file__).resolve().parents[2] / "examples" / "embed" / "plugins"], env=environment)
    check(out == "french 1.0: Bonjour, Ann !\ngerman 1.0: Guten Tag, Ann.\nrefused: plugin curious asks for what policy does not allow: "
          "allow fs.read, path [/etc]; allow fs.list, path [/etc]\n", f"{folder.name}: plugin host", out)
    with tempfile.TemporaryDirectory() as granted:
        (Path(granted) / "a.txt").write_text("a")
        out = run([folder / "mounts_and_limits", image, granted], env=environment)
        wanted = ["1 entries; the note reads: only seen inside", "never ends +LIMIT_(FUEL|TIME)", "interpreter +LIMIT_TIME", "memory +LIMIT_MEMORY",
                  "too much +LIMIT_OUTPUT", "well behaved +OK: still here"]
        check(all(re.search(pattern, out) for pattern in wanted) and os.listdir(granted) == ["a.txt"], f"{folder.name}: mounts and limits", out)
    with tempfile.TemporaryDirectory() as kept:
        stored = Path(kept) / "computation"
        told = [run([folder / "effect_store_and_resume", image, stored, *answer], env=environment) for answer in ([], ["-3"], ["21.5"], ["18"])]
        check(told == ["asks for temperature of Oslo\n", "asks for temperature of Rome\n", "asks for temperature of Lima\n",
                       "coldest first: Oslo Lima Rome\nasked 3 times\nOK \n"], f"{folder.name}: a computation in a file, answered by three other processes", str(told))


def check_full(program, home, how):
    """Two processes, the second of which goes on with the first one's variables."""
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "session.state"
        out = run([program, home, "begin", stored])
        check("3 articles in stock\nrefused: PermissionError" in out and "kept articles, restock\n" in out, f"full_session begins ({how})", out)
        out = run([program, home, "go-on", stored])
        check("pears: 12\n" in out, f"full_session goes on in another process ({how})", out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--source", required=True, type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prefix, work = Path(name) / "prefix", Path(name) / "work"
        work.mkdir()
        run(["cmake", "--install", options.build, "--prefix", prefix])
        examples = options.source / "examples" / "embed"
        image = prefix / "bin" / "cordon-sandbox"

        run(["cmake", "-S", examples, "-B", work / "cmake", f"-DCMAKE_PREFIX_PATH={prefix}"])
        run(["cmake", "--build", work / "cmake"])
        check_programs(work / "cmake", image)

        [description] = prefix.rglob("cordon.pc")
        environment = {**os.environ, "PKG_CONFIG_PATH": str(description.parent)}
        named = run(["pkg-config", "--variable=image", "cordon"], env=environment).strip()
        check(Path(named).resolve() == image.resolve(), "pkg-config knows the image", named)
        library = description.parent.parent
        for kind, libraries in (("shared", ["--libs", "cordon"]), ("static", None)):
            flags = run(["pkg-config", "--cflags", "cordon"], env=environment).split()
            linked = run(["pkg-config", *libraries], env=environment).split() if libraries else [
                library / "libcordon.a", *(flag for flag in run(["pkg-config", "--static", "--libs-only-l", "cordon"], env=environment).split() if flag != "-lcordon")]
            (work / kind).mkdir()
            for example in ("smallest", "callbacks", "mounts_and_limits", "session", "plugin_host", "effect_store_and_resume"):
                run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L", *flags, examples / f"{example}.c", "-o", work / kind / example,
                     *linked])
            check_programs(work / kind, image, {**os.environ, "LD_LIBRARY_PATH": str(library)})

        check_full(work / "cmake" / "full_session", prefix, "CMake package")
        home = run(["pkg-config", "--variable=home", "cordon-full"], env=environment).strip()
        flags = run(["pkg-config", "--cflags", "--libs", "cordon-full"], env=environment).split()
        run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", examples / "full_session.c", "-o", work / "full_session", *flags])
        check_full(work / "full_session", home, "pkg-config")

        exported = {row.split()[-1].split("@")[0] for row in run(["nm", "-D", "--defined-only", library / "libcordon.so"]).splitlines()}
        foreign = {symbol for symbol in exported if not symbol.startswith("cordon_") and symbol != "CORDON_0"}
        check(exported and not foreign, "libcordon.so exports cordon_* only", str(sorted(foreign)))

        (work / "header.cc").write_text('#include "cordon/cordon.h"\n#include "cordon/interpreter.h"\n#include "cordon/plugin.h"\nint main() { return cordon_outcome_name(CORDON_OUTCOME_OK) == nullptr; }\n')
        run(["c++", "-Wall", "-Wextra", "-Werror", f"-I{prefix}/include", work / "header.cc", "-o", work / "header", library / "libcordon.so"])
        check(True, "the headers are C++ too")
        check("2\n" == run([prefix / "bin" / "cordon", "run", "-c", "print(1 + 1)"]), "the installed cordon runs the installed image")
        check("('Cordon', 3)\n" == run([prefix / "bin" / "cordon-python", "-I", "-c", "import json, sys; print((json.loads('\"Cordon\"'), sys.version_info[0]))"]),
              "the installed full interpreter finds its library")


if __name__ == "__main__":
    main()
