"""Layer run: what the finished programs do, seen from outside by strace, and by a program that counts what host_env asks and tells."""
import os
import pathlib
import re
import tempfile

from . import sources
from .rule import ROOT, NotBuilt, Outcome, Rule

SANDBOX, PYTHON, HOST_ENV = "bin/cordon-sandbox", "bin/cordon-python", "lib/libhost_env.a"
PROBES = pathlib.Path(__file__).resolve().parent / "probes"
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)", re.M)
SECONDS = 60
# What a sandbox calls before its lock, which is complete with seccomp.
BEFORE_LOCK = {"execve", "madvise", "mprotect", "munmap", "sigaltstack", "rt_sigaction", "prctl", "seccomp"}
RUNNING = {"read", "write", "exit"}
PROGRAM = "import json, re, time, random\nprint(json.dumps({'sum': sum(range(10)), 'words': re.findall('[a-z]+', 'one two')}))\n"
# Tries what a program may try; a sandbox answers all of it from its own memory.
CURIOUS = ("import os, time\nopen('/tmp/x', 'w').write('y')\nassert open('/tmp/x').read() == 'y'\nassert not os.path.exists({marker!r})\n"
           "try:\n    open({marker!r}).read()\nexcept OSError:\n    print('not there')\ntry:\n    import socket; socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError:\n    print('no net')\n")
POLICY = "version: 1\nallow:\n"
# What an interpreter needs to start and to say that it was refused.
START = ("env.*", "fd.use", "process.info", "process.exit", "system.info", "signal.handle", "time.read", "random", "memory.map", "thread.start", "fs.list", "fs.read",
         "import")


def traced(command, folder, stdin):
    """(what was printed, exit code, strace's text) of a program, children included."""
    trace = pathlib.Path(folder, "trace")
    result = sources.run(["strace", "-f", "-qq", "-s", "256", "-o", trace, *command], input=stdin, timeout=SECONDS)
    return result.stdout + result.stderr, result.returncode, trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""


def calls_of(trace):
    return [(match.group(1), match.group(2)) for match in CALL.finditer(trace)]


def sandbox_calls(context):
    [path] = context.artefacts(SANDBOX)
    outcome = Outcome(f"strace of {context.shown(path)}", 0, "system calls")
    with tempfile.TemporaryDirectory() as folder:
        marker = pathlib.Path(folder, "marker")
        marker.write_text("seen", encoding="ascii")
        for text, wanted in ((PROGRAM, '{"sum": 45, "words": ["one", "two"]}\n'), (CURIOUS.format(marker=str(marker)), "not there\nno net\n")):
            printed, code, trace = traced([path], folder, text)
            calls = [name for name, _ in calls_of(trace)]
            outcome.count += len(calls)
            if (printed, code) != (wanted, 0):
                outcome.add(context.shown(path), f"the witness program did not run: exit code {code}, {printed[-300:]!r}", "repair the sandbox first")
            locked = calls.index("seccomp") + 1 if "seccomp" in calls else len(calls)
            if locked == len(calls) or set(calls[:locked]) - BEFORE_LOCK or "prctl" not in calls[:locked]:
                outcome.add(context.shown(path), f"starts with {', '.join(calls[:locked][:8])}",
                            f"only {', '.join(sorted(BEFORE_LOCK))} come first, seccomp last of them, before any byte is read")
            for name in sorted(set(calls[locked:]) - RUNNING):
                outcome.add(context.shown(path), f"makes the system call {name} after its lock", "answer it in core/sealed")
            if calls.count("seccomp") != 1 or "SECCOMP_SET_MODE_FILTER" not in trace or "PR_SET_NO_NEW_PRIVS, 1" not in trace:
                outcome.add(context.shown(path), "does not lock itself once with a seccomp filter", "core/sealed/arch/x86_64/image/lock.c")
    if not outcome.findings:
        outcome.note = "locks itself first, then read, write, exit only"
    return outcome


def image_objects(context):
    folder = context.build / "core/sealed/CMakeFiles/sealed_image.dir"
    found = {path.name: path for path in sorted(folder.rglob("*.o"))}
    if not found:
        raise NotBuilt(folder)
    for planted in context.objects:
        if planted.name not in found:
            raise SystemExit(f"check_boundary: {planted.name!r} is no object of the image: {', '.join(found)}")
        found[planted.name] = planted.path
    return list(found.values())


def sandbox_kills(context):
    """The image's own start code and gate with another program behind them: one that breaks out, and one that does not."""
    outcome = Outcome("start code and lock, hostile program behind", 0, "programs")
    layout = ROOT / "core/sealed/arch/x86_64/image/image.ld"
    cases = sorted((PROBES / "sandbox").glob("*.c"))
    objects = image_objects(context)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            program = pathlib.Path(folder, case.stem)
            result = sources.run(["gcc", "-O1", "-fno-stack-protector", "-fno-pic", "-fno-pie", "-fcf-protection=none", "-fno-asynchronous-unwind-tables",
                                  "-fno-builtin", "-nostdlib", "-static", "-no-pie", f"-I{ROOT / 'core/include'}", f"-Wl,-T,{layout}", "-Wl,--build-id=none",
                                  "-Wl,-z,noexecstack", case, *objects, "-o", program])
            if result.returncode != 0:
                outcome.add(case.name, result.stderr.strip()[:300], "the probes are linked like cordon-sandbox: see cmake/link_sandbox.cmake")
                continue
            outcome.count += 1
            end = sources.run([program], input="", timeout=SECONDS)
            killed = case.stem != "allowed"
            # A child that a signal ended: SIGSYS is 31.
            if end.returncode != (-31 if killed else 7):
                outcome.add(case.name, f"ended with {end.returncode}", "the kernel kills it (SIGSYS)" if killed else "the twin exits with 7 through the gate")
    if not outcome.findings:
        outcome.note = f"{outcome.count - 1} killed by SIGSYS, their harmless twin exits"
    if outcome.count < 2:
        outcome.add("probes", "no hostile program and its twin were run", "ci/boundary/probes/sandbox")
    return outcome


def host_env_asks(context):
    [library] = context.artefacts(HOST_ENV)
    outcome = Outcome("a program on libhost_env.a with a counting policy", 0, "accesses")
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "asks")
        flags = [word for word in context.cache.get("CMAKE_C_FLAGS", "").split() if word.startswith("-fsanitize")]
        result = sources.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-D_GNU_SOURCE", *flags, f"-I{ROOT / 'host_env/include'}",
                              f"-I{context.build / 'generated/host_env/include'}", PROBES / "host_env_asks.c", library, "-pthread", "-ldl", "-lrt", "-lutil",
                              "-o", program])
        if result.returncode != 0:
            outcome.add("host_env_asks.c", result.stderr.strip()[:500], "repair ci/boundary/probes/host_env_asks.c")
            return outcome
        end = sources.run([program, folder], timeout=SECONDS)
        counted = re.search(r"^accesses: (\d+)$", end.stdout, re.M)
        outcome.count = int(counted.group(1)) if counted else 0
        if end.returncode != 0 or not counted:
            outcome.add("libhost_env.a", (end.stdout + end.stderr).strip()[-500:] or f"exit code {end.returncode}", "every entry asks, calls, records: host_env/README.md")
        else:
            outcome.note = end.stdout.strip().splitlines()[0]
    return outcome


def full_obeys(context):
    [path] = context.artefacts(PYTHON)
    outcome = Outcome(f"strace of {context.shown(path)}, denied and allowed", 0, "runs")
    with tempfile.TemporaryDirectory() as folder:
        for name, denied, allowed, needs in full_cases(folder):
            for may in (False, True):
                policy = pathlib.Path(folder, "policy.yaml")
                granted = [*START, *(needs if may else ())]
                granted = [capability for capability in granted if may or capability not in needs]
                policy.write_text(POLICY + "".join(f"  - capability: {capability}\n" for capability in granted), encoding="ascii")
                printed, code, trace = traced([path, "-I", "-S", "-X", f"cordon-policy={policy}", "-c", denied], folder, "")
                outcome.count += 1
                # The command line and the error message name the target too.
                touched = allowed in "\n".join(f"{call}({rest}" for call, rest in calls_of(trace) if call != "execve" and not rest.startswith("2, "))
                if may and (code != 0 or not touched):
                    outcome.add(f"{context.shown(path)}: {name}", f"the twin that may failed: exit code {code}, {printed[-200:]!r}", "a policy that grants must not stand in the way")
                elif not may and touched:
                    outcome.add(f"{context.shown(path)}: {name}", f"touched {allowed} although the policy denies it", "some path misses host_env: strace it")
                elif not may and (code == 0 or "PermissionError" not in printed):
                    outcome.add(f"{context.shown(path)}: {name}", f"was not refused as PermissionError: exit code {code}, {printed[-200:]!r}", "an adapter lost the refusal")
    if not outcome.findings:
        outcome.note = "denied: PermissionError and no system call names the target; allowed: the same program does it"
    return outcome


def full_cases(folder):
    """(name, program, text that only the access itself puts into a trace, capabilities it needs)"""
    marker = os.path.join(folder, "marker-of-the-witness")
    yield "write a file", f"open({marker!r}, 'w').close()", "marker-of-the-witness", ("fs.write",)
    yield "make a folder", f"import posix; posix.mkdir({marker!r} + '.d')", "marker-of-the-witness.d", ("fs.write",)
    yield "make a pipe", "import posix; posix.pipe()", "pipe2(", ("ipc",)
    yield "send a signal", "import posix; posix.kill(posix.getpid(), 0)", "kill(", ("process.signal",)


RULES = [
    Rule("run.host-env", "full", "every access asks the policy once and leaves one record; a refused one never happens", host_env_asks),
    Rule("run.full-denied", "full", "cordon-python makes no system call for what its policy denies", full_obeys),
    Rule("run.sandbox-calls", "sandbox", "cordon-sandbox locks itself first, then reads, writes and exits only", sandbox_calls),
    Rule("run.sandbox-killed", "sandbox", "the kernel kills a sandbox that makes any other system call", sandbox_kills),
]
