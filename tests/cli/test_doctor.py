"""`cordon doctor`: on this machine nothing is missing; with one thing taken away it names that thing and fails.

usage: test_doctor.py --cordon PATH --refuse-call PATH
"""
import argparse
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

NOTHING_MISSING, MISSING, USAGE = 0, 121, 120
SECCOMP, OPENAT2, PIDFD_OPEN, MADVISE, LANDLOCK, YIELD = 317, 437, 434, 28, 444, 24
POPULATE_WRITE = 23


def bounded(**limits):
    def enter():
        for name, value in limits.items():
            number = getattr(resource, name)
            resource.setrlimit(number, (value, value))
    return enter


# name, arguments of refuse_call, what is done in the child first, arguments of doctor, exit code, checks that are not ok, with their state
CASES = [
    ("as it is", [], None, [], NOTHING_MISSING, {}),
    ("a call that nobody needs is refused", [YIELD, errno.EPERM], None, [], NOTHING_MISSING, {}),
    ("no seccomp filters", [SECCOMP, errno.EPERM], None, [], MISSING, {"seccomp": "missing", "run": "missing"}),
    ("no openat2", [OPENAT2, errno.ENOSYS], None, [], MISSING, {"openat2": "missing"}),
    ("no pidfd_open", [PIDFD_OPEN, errno.ENOSYS], None, [], MISSING, {"pidfd": "missing"}),
    ("no populating of pages", [MADVISE, errno.EINVAL, 2, POPULATE_WRITE], None, [], NOTHING_MISSING, {"populate": "note"}),
    ("no Landlock", [LANDLOCK, errno.EOPNOTSUPP], None, [], NOTHING_MISSING, {"landlock": "note"}),
    ("little address space", [], bounded(RLIMIT_AS=512 << 20), [], MISSING, {"address-space": "missing", "seccomp": "missing", "run": "missing"}),
    ("address space that suffices", [], bounded(RLIMIT_AS=8 << 30), [], NOTHING_MISSING, {}),
    ("few descriptors", [], bounded(RLIMIT_NOFILE=40), [], MISSING, {"descriptors": "missing"}),
    ("image that is not there", [], None, ["--image", "/nowhere/cordon-sandbox"], MISSING, {"image": "missing", "seccomp": "missing", "run": "missing"}),
    ("image that is another program", [], None, ["--image", "/bin/true"], MISSING, {"image": "missing", "seccomp": "missing", "run": "missing"}),
    ("image that cannot be executed", [], None, ["--image", "{plain}"], MISSING, {"image": "missing", "seccomp": "missing", "run": "missing"}),
]
TOLD = {"as it is", "no seccomp filters", "no populating of pages"}  # whose text is looked at too; each look takes a while
USAGES = [
    (["--nothing"], USAGE, "", "--nothing is not an option"),
    (["--image"], USAGE, "", "--image needs a file"),
    (["--help"], 0, "usage: cordon doctor", ""),
]


def run(command, before=None):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, preexec_fn=before, timeout=120)


def judge(options, plain, case):
    name, refused, before, arguments, code, states = case
    arguments = [plain if argument == "{plain}" else argument for argument in arguments]
    wrapper = [options.refuse_call, *refused, "--"] if refused else []
    as_json = run([*wrapper, options.cordon, "doctor", "--json", *arguments], before)
    try:
        report = json.loads(as_json.stdout)
    except ValueError as error:
        return f"{name}: no JSON: {error}: {as_json.stdout[-300:]!r} {as_json.stderr!r}"
    found = {check["name"]: check["state"] for check in report["checks"] if check["state"] != "ok"}
    # The full interpreter needs a library path or address space of its own in some of these worlds; memory depends on the machine's other programs.
    ignored = {"full", "memory", "overcommit"} | ({"landlock"} if "landlock" not in states else set())
    found = {check: state for check, state in found.items() if check not in ignored}
    if found != states:
        return f"{name}: wanted {states}, found {found}"
    if as_json.returncode != code or report["ok"] != (code == NOTHING_MISSING):
        return f"{name}: exit code {as_json.returncode}, wanted {code}; ok is {report['ok']}"
    if name not in TOLD:
        return None
    told = run([*wrapper, options.cordon, "doctor", *arguments], before)
    if told.returncode != code:
        return f"{name}: exit code {told.returncode} without --json, wanted {code}"
    for check in report["checks"]:
        if check["name"] not in told.stdout or not check["detail"]:
            return f"{name}: the text does not name {check['name']}, or says nothing of it"
        if check["state"] != "ok" and (check["meaning"] not in told.stdout or len(check["meaning"]) < 20):
            return f"{name}: it is not told what {check['name']} means"
    if (code == NOTHING_MISSING) != ("Nothing is missing" in told.stdout):
        return f"{name}: the last line is wrong: {told.stdout[-80:]!r}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--refuse-call", required=True)
    options = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        plain = shutil.copy(os.path.join(os.path.dirname(options.cordon), "cordon-sandbox"), folder)
        os.chmod(plain, 0o644)
        failures += filter(None, (judge(options, plain, case) for case in CASES))
    for arguments, code, out, err in USAGES:
        result = run([options.cordon, "doctor", *arguments])
        if result.returncode != code or out not in result.stdout or err not in result.stderr:
            failures.append(f"{arguments}: exit code {result.returncode}, {result.stdout[:200]!r}, {result.stderr[:200]!r}")
    for failure in failures:
        print(f"FAILED  {failure}")
    print(f"{len(CASES) + len(USAGES)} cases, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
