#!/usr/bin/env python3
"""Proves that a record is complete: runs Python programs under `cordon audit run` and strace at once, and maps each system call of their Python
processes to a record, or to a row of ci/tables/audit_system_calls.tsv that says why it has none.

    check_audit_complete.py --build DIR             all programs of tests/audit/scripts
    check_audit_complete.py --build DIR NAME ...    these
    check_audit_complete.py --build DIR --quick     a few of them, over many domains
    check_audit_complete.py --build DIR --without OPERATION,...   as if host functions had left no record: what it is then that must be found
    check_audit_complete.py --build DIR --prove     each operation that accounted for a call, left out in turn, must be found missing, but for those
                                                    of ci/tables/audit_operations_hidden.tsv

A finding says the program, the system call and the way out; the exit code is then 1. A program tells by its first line what it needs:
`# needs: MODULE ...`; and `# exit: CODE` what it must end with, if not 0.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from audit_complete import match, trace

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = ROOT / "ci" / "tables" / "audit_system_calls.tsv"
HIDDEN = ROOT / "ci" / "tables" / "audit_operations_hidden.tsv"
SCRIPTS = ROOT / "tests" / "audit" / "scripts"
QUICK = ("files_text", "subprocess_run", "sockets_tcp", "threads", "multiprocessing_pool", "signals", "sqlite_disk", "memory_maps", "fork_and_wait")
CHANNEL = "memfd:cordon audit"
SECONDS_MAX = 240


@dataclasses.dataclass
class Run:
    """One program, traced and recorded."""
    name: str
    segments: list
    records: list
    collector: int
    interpreter: str
    code: int
    complaint: str


def options_of(script):
    """{word: text} of the comments at its beginning."""
    found = {}
    for line in script.read_text(encoding="utf-8").splitlines():
        named = re.match(r"# ([a-z]+): (.*)", line)
        if named:
            found[named[1]] = named[2]
        elif not line.startswith(("#", '"""')):
            break
    return found


def run_to_end(command, folder, environment):
    """One that does not end is killed with all that it started."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                               env=environment, start_new_session=True)
    try:
        output, errors = process.communicate(timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        errors += f"it did not end in {SECONDS_MAX} s"
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def run_program(script, build, keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="audit-complete-"))
    work, trace_file, record = folder / "work", folder / "trace", folder / "record"
    try:
        work.mkdir()
        command = ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", trace_file, build / "bin/cordon", "audit", "run", "--record", record, script]
        done = run_to_end(command, work, {**os.environ, "TMPDIR": str(folder), "HOME": str(work)})
        if not record.exists() or not trace_file.exists():
            return Run(script.stem, [], [], 0, "", done.returncode, f"left no record or no trace: {done.stderr[-1500:]}")
        lines = trace_file.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        records = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        return examine(script, build, lines, records, done)
    finally:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            for file in filter(pathlib.Path.exists, (trace_file, record)):
                shutil.copy(file, keep / f"{script.stem}.{file.name}")
        shutil.rmtree(folder, ignore_errors=True)


def examine(script, build, lines, records, done):
    interpreter = os.path.realpath(build / "bin/cordon-python")
    reader = trace.Reader(lambda path: is_interpreter(path, interpreter), CHANNEL)
    segments = [segment for segment in reader.read(lines) if segment.is_python]
    wanted = int(options_of(script).get("exit", "0"))
    complaint = "" if done.returncode == wanted else f"ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return Run(script.stem, segments, records, int(lines[0].split()[0]), interpreter, done.returncode, complaint)


def is_interpreter(path, interpreter):
    """A copy in a virtual environment is a link; links may be gone when the trace is read."""
    return os.path.realpath(path) == interpreter or re.match(r"(python|cordon-python)[0-9.]*\Z", os.path.basename(path)) is not None


class Ledger:
    """The records of a run by the process that made them, and each segment's share."""

    def __init__(self, run, without):
        by_process, others = collections.defaultdict(list), collections.defaultdict(set)
        self.ids = collections.defaultdict(list)  # pid -> the record's numbers of it, in order
        for record in run.records:
            if record["type"] == "process":
                self.ids[record["pid"]].append(record["id"])
            elif record["type"] == "access" and record["operation"] not in without:
                by_process[record["process"]].append(record)
            elif record["type"] == "module":
                others[record["process"]].add("module:" + record["name"])
        self.pools = {number: match.Pool(by_process[number], others[number]) for ids in self.ids.values() for number in ids}
        self.seen = collections.Counter()

    def pools_of(self, segment):
        """A child of vfork, until it is another program, runs in its parent's memory and records there."""
        if segment.borrows is not None:
            return self.pools_of(segment.borrows)
        if not hasattr(segment, "number"):
            ids, index = self.ids[segment.pid], self.seen[segment.pid]
            self.seen[segment.pid] += 1
            segment.number = ids[index] if index < len(ids) else None
        pool = self.pools.setdefault(segment.number or -segment.pid, match.Pool([]))  # one that was killed as it began has told nothing
        if segment.is_forked:
            pool.seen.update(*(parent.seen for parent in self.pools_of(segment.parent)))
        return [pool]


def judge(run, rows, without=()):
    """(segment, call) that nothing accounts for."""
    ledger = Ledger(run, without)
    matcher = match.Matcher(rows, {"collector": run.collector, "interpreter": run.interpreter})
    for segment in run.segments:
        if hasattr(segment, "number"):
            del segment.number
    return [(segment, call) for segment in run.segments for call in segment.without_cut_off(matcher.judge(segment.calls, ledger.pools_of(segment)))]


def tell(run, missing, all_calls):
    told = collections.Counter()
    for segment, call in missing:
        told[call.name] += 1
        if told[call.name] <= (1000 if all_calls else 3):
            print(f"tests/audit/scripts/{run.name}.py: unaccounted: process {segment.pid}, {call.phase}: {call.shown()}")
    for name, count in told.items():
        if count > 3 and not all_calls:
            print(f"tests/audit/scripts/{run.name}.py: unaccounted: {count - 3} more of {name}")
    if missing:
        print("    way out: the host function that makes the call records it; if there is none, or it stands for several calls: a row of ci/tables/audit_system_calls.tsv with its reason")


def prove(runs, rows):
    """Operations whose loss nothing would show, of those that account for a call alone, as far as the table of hidden ones does not say so; and those it
    says without need."""
    used = sorted({operation for group in rows.values() for row in group if row.how in ("each", "result") and row.used for operation in row.operations})
    recorded = {run.name: {record["operation"] for record in run.records if record["type"] == "access"} for run in runs}
    hidden, tried = [], 0
    for operation in used:
        having = [run for run in runs if operation in recorded[run.name]]
        if not having:
            continue
        tried += 1
        if not any(judge(run, rows, without={operation}) for run in having):
            hidden.append(operation)
    return tried, sorted(set(hidden) ^ {line.split("\t")[0] for line in HIDDEN.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"})


def fitting(scripts):
    for script in scripts:
        missing = [name for name in options_of(script).get("needs", "").split() if importlib.util.find_spec(name) is None and not (ROOT / name).exists()]
        if missing:
            print(f"{script.stem}: left out: this machine has no {', '.join(missing)}")
        else:
            yield script


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--without", default="")
    parser.add_argument("--all", action="store_true", help="tell every call, not the first of each kind")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for traces and records, to look at")
    parser.add_argument("--scripts", type=pathlib.Path, default=SCRIPTS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    rows, problems = match.read_table(TABLE)
    for number, rule, text in problems:
        print(f"{TABLE.relative_to(ROOT)}:{number}: {rule}: {text}")
    names = options.names or (QUICK if options.quick else sorted(path.stem for path in options.scripts.glob("*.py") if not path.stem.startswith("_")))
    scripts = list(fitting([options.scripts / f"{name}.py" for name in names]))
    if problems or not scripts:
        return 1
    failures, calls, runs = 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as workers:
        for run in workers.map(lambda script: run_program(script, build, options.keep), scripts):
            missing = judge(run, rows, set(filter(None, options.without.split(","))))
            made = sum(len(segment.calls) for segment in run.segments)
            calls += made
            if run.complaint:
                print(f"tests/audit/scripts/{run.name}.py: {run.complaint}")
            if not run.segments or not made:
                print(f"tests/audit/scripts/{run.name}.py: no Python process was traced")
            tell(run, missing, options.all)
            failures += bool(missing or run.complaint or not made)
            runs.append(run)
    print(f"{len(runs)} programs, {calls} system calls of {sum(len(run.segments) for run in runs)} Python processes, {failures} programs with findings")
    if options.prove and not failures:
        tried, hidden = prove(runs, rows)
        print(f"{tried} operations left out in turn, {len(hidden)} not as audit_operations_hidden.tsv says" + "".join(f"\n    {name}" for name in hidden))
        failures += len(hidden)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
