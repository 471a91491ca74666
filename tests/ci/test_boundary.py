#!/usr/bin/env python3
"""Plants one violation a time and sees that exactly the rules meant for it fail, and that the same file without it passes them all.

    test_boundary.py --build DIR [NAME ...]

A line of a planted file that ends in /* planted */ is the violation; its twin is the file without such lines."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHECK = ROOT / "ci" / "check_boundary.py"
MARK = "/* planted */"
FLAGS = ("-O1", "-g0", "-fno-stack-protector", "-fno-pic", "-fno-pie", "-fcf-protection=none", "-fno-asynchronous-unwind-tables", "-U_FORTIFY_SOURCE")

# What a file plays, and every rule that can be asked about such a file.
KINDS = {
    "full": ("full", ("link.full-undefined", "instructions.full-object", "objects.bound")),
    "cpython": ("full", ("objects.domains", "objects.bound", "instructions.full-object")),
    "embedded": ("full", ("link.embedded-undefined", "instructions.full-object")),
    "host_env": ("full", ("link.host-env-alone",)),
    "host_env-member": ("full", ("run.host-env",)),
    "host-side": ("full", ("link.host-side-no-python", "link.host-side-undefined")),
    "sandbox": ("sandbox", ("link.sandbox-undefined", "link.sandbox-entry", "instructions.sandbox-object", "instructions.thread-pointer")),
    "image": ("sandbox", ("link.sandbox-static", "instructions.one-syscall", "instructions.thread-pointer", "instructions.host-state",
                          "instructions.write-or-execute")),
    "image-object": ("sandbox", ("run.sandbox-killed",)),
    "source": ("full", ("headers.arrows",)),
    "source-without-os": ("full", ("headers.arrows", "headers.without-os")),
    "public-header": ("full", ("headers.arrows", "headers.without-os", "headers.alone")),
    "code": ("full", ("headers.arrows", "compile.banned", "compile.tidy")),
}
STATIC = ("-nostdlib", "-static", "-no-pie", "-Wl,-z,noexecstack", "-Wl,--build-id=none")

# file, kind, the name or path it plays, the rules that must fail
CASES = (
    ("cpython_unbound.c", "cpython", "_json.o", {"objects.bound"}),
    ("embedded_opens.c", "embedded", "", {"link.embedded-undefined"}),
    ("full_interrupt.c", "full", "", {"instructions.full-object"}),
    ("full_open.c", "full", "", {"link.full-undefined", "objects.bound"}),
    ("host_env_calls_python.c", "host_env", "", {"link.host-env-alone"}),
    ("host_env_does_not_ask.c", "host_env-member", "random.c.o", {"run.host-env"}),
    ("host_env_does_not_tell.c", "host_env-member", "random.c.o", {"run.host-env"}),
    ("host_env_includes_python.c", "source", "host_env/source/planted.c", {"headers.arrows"}),
    ("image_clock.c", "image", "", {"instructions.host-state"}),
    ("image_hidden_segment_base.c", "image", "", {"instructions.thread-pointer"}),
    ("image_second_syscall.c", "image", "", {"instructions.one-syscall"}),
    ("image_without_lock.c", "image-object", "lock.c.o", {"run.sandbox-killed"}),
    ("image_writable_code.c", "image", "", {"instructions.write-or-execute"}),
    ("interpreter_environment.c", "code", "core/interpreter/full_planted.c", {"compile.banned", "compile.tidy"}),
    ("json_opens.c", "cpython", "_json.o", {"objects.domains"}),
    ("policy_system_header.c", "source-without-os", "policy/source/planted.c", {"headers.arrows", "headers.without-os"}),
    ("public_header_needs_another.h", "public-header", "policy/include/policy/planted.h", {"headers.alone", "headers.without-os"}),
    ("sandbox_second_entry.c", "sandbox", "", {"link.sandbox-entry"}),
    ("sandbox_second_name.c", "sandbox", "", {"link.sandbox-undefined"}),
    ("sandbox_syscall.c", "sandbox", "", {"instructions.sandbox-object"}),
    ("sandbox_sysenter.c", "sandbox", "", {"instructions.sandbox-object"}),
    ("sandbox_thread_local.c", "sandbox", "", {"instructions.thread-pointer"}),
    ("sandbox_thread_pointer.c", "sandbox", "", {"instructions.thread-pointer"}),
    ("sealed_includes_host_env.c", "source-without-os", "core/sealed/source/planted.c", {"headers.arrows"}),
    ("sealed_system_header.c", "source-without-os", "core/sealed/source/planted.c", {"headers.arrows", "headers.without-os"}),
    ("supervisor_environment.c", "host-side", "", {"link.host-side-undefined"}),
    ("supervisor_python.c", "host-side", "", {"link.host-side-no-python", "link.host-side-undefined"}),
)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def built(build, source, case, folder):
    """The file that a rule reads: the source itself, an object, a library with the object in it, or an executable."""
    _, kind, plays, _ = case
    if kind in ("source", "source-without-os", "public-header", "code"):
        return source
    generated = pathlib.Path(build, "generated/host_env")
    folders = {"image-object": (ROOT,),
               "host_env-member": (ROOT / "host_env/include", ROOT / "host_env/source", generated / "include", generated / "source")}.get(kind, ())
    output = pathlib.Path(folder, source.stem + (".elf" if kind == "image" else ".o"))
    result = run("gcc", *FLAGS, *(STATIC if kind == "image" else ("-c", "-D_GNU_SOURCE")), *(f"-I{path}" for path in folders), source, "-o", output)
    if result.returncode != 0:
        raise SystemExit(f"{source.name}: does not build:\n{result.stderr}")
    return with_member(build, output, plays) if kind == "host_env-member" else output


def with_member(build, member, plays):
    """libhost_env.a as it was built, but for one member."""
    library = member.with_suffix(".a")
    shutil.copy(pathlib.Path(build, "lib/libhost_env.a"), library)
    members = run("gcc-ar", "t", library).stdout.split()
    if members.count(plays) != 1:
        raise SystemExit(f"libhost_env.a has {members.count(plays)} members {plays}, one is to be replaced")
    if run("gcc-ar", "d", library, plays).returncode != 0 or run("gcc-ar", "r", library, member).returncode != 0:
        raise SystemExit(f"{member.name}: does not go into the library")
    return library


def broken_rules(build, kind, file, plays):
    """The rules of this kind that fail for the file, and everything that was printed."""
    option = "--source" if file.suffix in (".c", ".h") else "--object"
    broken, text = set(), ""
    for rule in KINDS[kind][1]:
        result = run(sys.executable, CHECK, "--build", build, "--only", rule, option, f"{file}={plays}" if plays else file)
        # 1 is a verdict only if the table names the rule as broken; anything else is a check that fell over.
        if result.returncode not in (0, 1) or (result.returncode == 1) != (f"\n{rule}: " in result.stdout):
            raise SystemExit(f"{file.name}: {rule} gave no verdict:\n{result.stdout}{result.stderr}")
        if result.returncode == 1:
            broken.add(rule)
            if "way out: " not in result.stdout:
                raise SystemExit(f"{file.name}: {rule} shows no way out")
        text += result.stdout
    return broken, text


def judge(build, case):
    name, kind, plays, expected = case
    source = HERE / "planted" / name
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.rstrip().endswith(MARK)]
    assert kept != lines, f"{name}: no line ends in {MARK}"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as twin_folder:
        twin = pathlib.Path(twin_folder, name)
        twin.write_text("".join(kept), encoding="utf-8")
        broken, text = broken_rules(build, kind, built(build, source, case, folder), plays)
        twin_broken, twin_text = broken_rules(build, kind, built(build, twin, case, twin_folder), plays)
    problems = []
    if broken != expected:
        problems.append(f"broke {sorted(broken)} where {sorted(expected)} is right\n{text}")
    if twin_broken:
        problems.append(f"its harmless twin broke {sorted(twin_broken)}\n{twin_text}")
    return problems


def judge_executables(build):
    """Violations that only a link option makes: a loader, an executable stack; the twin is the static image."""
    problems = []
    source = HERE / "planted" / "image_clock.c"
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "program.c")
        program.write_text("".join(line for line in source.read_text(encoding="utf-8").splitlines(keepends=True) if MARK not in line), encoding="utf-8")
        for flags, rule in ((("-nostdlib", "-pie", "-fpie"), "link.sandbox-static"),
                            ((*STATIC, "-Wl,-z,execstack"), "instructions.write-or-execute")):
            output = pathlib.Path(folder, "program")
            result = run("gcc", *FLAGS, *flags, program, "-o", output)
            if result.returncode != 0:
                raise SystemExit(result.stderr)
            broken, text = broken_rules(build, "image", output, "")
            if broken != {rule}:
                problems.append(f"{' '.join(flags)}: broke {sorted(broken)} where {rule} is right\n{text}")
    return problems


def verdict(build, rule, program, **environment):
    """Whether a rule of the layer run holds for a program, and what was printed."""
    settings = {**os.environ, "CORDON_PYTHON": str(build / "bin/cordon-python"), "CORDON_SANDBOX": str(build / "bin/cordon-sandbox"), **environment}
    result = subprocess.run([sys.executable, CHECK, "--build", build, "--only", rule, "--object", program], capture_output=True, text=True,
                            check=False, env=settings)
    return (result.returncode == 0 if f"\n{rule}: " in result.stdout or result.returncode == 0 else None), result.stdout + result.stderr


def judge_programs(build, there):
    """Programs that do what they may not, watched from outside."""
    programs, problems = HERE / "planted_programs", []
    asked = []
    if "full" in there:
        asked += [("run.full-denied", programs / "forgets_policy.sh", {}, False), ("run.full-denied", programs / "forgets_policy.sh", {"KEEP_POLICY": "1"}, True)]
    if "sandbox" in there:
        asked += [("run.sandbox-calls", programs / "calls_before_lock.sh", {}, False), ("run.sandbox-calls", build / "bin/cordon-sandbox", {}, True)]
    for rule, program, environment, wanted in asked:
        holds, text = verdict(build, rule, program, **environment)
        if holds is not wanted:
            problems.append(f"{program.name} {environment}: {rule} {'holds' if holds else 'fails'}\n{text}")
    return problems


def variants(build):
    text = pathlib.Path(build, "CMakeCache.txt").read_text(encoding="utf-8")
    chosen = next((line.split("=", 1)[1] for line in text.splitlines() if line.startswith("CORDON_HOST_ENV:")), "")
    return {"": {"full", "sandbox"}, "ON": {"full"}, "OFF": {"sandbox"}}[chosen.upper()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    there = variants(options.build)
    cases = [case for case in CASES if KINDS[case[1]][0] in there and (not options.names or case[0] in options.names)]
    planted = {path.name for path in (HERE / "planted").iterdir()}
    failures = len(planted ^ {case[0] for case in CASES})
    if failures:
        print(f"not ok: files and cases differ: {sorted(planted ^ {case[0] for case in CASES})}")
    results = [(case[0], judge(options.build, case)) for case in cases]
    if "sandbox" in there and not options.names:
        results.append(("link options", judge_executables(options.build)))
    if not options.names:
        results.append(("programs", judge_programs(pathlib.Path(options.build).resolve(), there)))
    for name, problems in results:
        print(f"{'not ok' if problems else 'ok'}: {name}" + "".join(f"\n{text}" for text in problems))
        failures += bool(problems)
    print(f"{len(results)} violations planted, {failures} not seen as they should be")
    return 1 if failures or not results else 0


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    sys.exit(main())
