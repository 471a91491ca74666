"""Runs one of CPython's test modules inside the interpreter under test. Hides libregrtest's conditions from the harness: it runs unchanged in all
variants, so nothing but the interpreter differs. Prints one line at the end: the mark, then JSON.

Usage: PYTHON drive.py MARK MODULE
"""
import importlib.machinery
import json
import os
import random
import re
import sys
import time
import unittest

RANK = ["ok", "expected failure", "skipped", "unexpected success", "failed", "error"]
MESSAGE_MOST = 400  # characters kept of a message


def name_of(test):
    # Through the class: a test may keep a number of its own as `id`. Addresses and numbers of processes differ from run to run.
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x", re.sub(r"@test_\d+_tmp", "@test_tmp", type(test).id(test)))


class Recorder(unittest.TestResult):
    """Keeps the worst outcome of each test, its subtests included."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome, message=""):
        name = name_of(test)
        known = self.outcomes.get(name)
        if known is None or RANK.index(outcome) > RANK.index(known[0]):
            self.outcomes[name] = [outcome, message[-MESSAGE_MOST:]]

    def addSuccess(self, test):
        self.note(test, "ok")

    def addSkip(self, test, reason):
        # A skipped subtest leaves its test to be judged by the others.
        if not hasattr(test, "test_case"):
            self.note(test, "skipped", str(reason))

    def addFailure(self, test, err):
        self.note(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        self.note(test, "error", self._exc_info_to_string(err, test))

    def addExpectedFailure(self, test, err):
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected success")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self.note(test, "failed" if failed else "error", f"{subtest._subDescription()}: " + self._exc_info_to_string(err, test))


def judge(module, recorder):
    """The module's state and a message: as libregrtest's single.py does it, with no resource (-u) allowed."""
    from test import support
    support.use_resources = ()
    support.verbose = 0
    random.seed(1)
    try:
        loaded = __import__(module, fromlist=["*"])
        loader = unittest.TestLoader()
        tests = loader.loadTestsFromModule(loaded)
        if loader.errors:
            return "failed", "\n".join(loader.errors)[-MESSAGE_MOST:]
        tests.run(recorder)
    except unittest.SkipTest as reason:
        return "skipped", str(reason)
    except BaseException as error:  # SystemExit and KeyboardInterrupt out of a test module are failures, too.
        return "failed", f"{type(error).__name__}: {error}"[:MESSAGE_MOST]
    outcomes = [outcome for outcome, _ in recorder.outcomes.values()]
    if any(outcome in ("failed", "error", "unexpected success") for outcome in outcomes):
        return "failed", ""
    return ("skipped", "every test skipped") if outcomes and set(outcomes) == {"skipped"} else ("passed", "")


def main():
    mark, name = sys.argv[1:]
    sys.argv[1:] = []
    del sys.path[0]  # this file's folder holds modules of ours that a test must not find
    module = name if name.startswith("test.") else "test." + name
    # As under `python -m test`, where __main__ has a spec; with this name multiprocessing's children do not import it again.
    sys.modules["__main__"].__spec__ = importlib.machinery.ModuleSpec("__main__", None)
    # A descriptor of our own: tests replace sys.stdout, and some close descriptor 1.
    stream = os.dup(1)
    started = time.perf_counter()
    recorder = Recorder()
    state, message = judge(module, recorder)
    result = {"state": state, "message": message, "seconds": round(time.perf_counter() - started, 2), "tests": recorder.outcomes}
    line = memoryview(f"\n{mark}{json.dumps(result)}\n".encode("ascii", "backslashreplace"))
    while line:
        line = line[os.write(stream, line):]
    os.close(stream)


if __name__ == "__main__":
    main()
