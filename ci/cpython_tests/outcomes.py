"""Compares what one test module did in two interpreters. Hides the shapes of results from the harness; runs nothing."""
import collections
import dataclasses

BAD = {"failed", "error", "unexpected success"}
# How a module ends that never told its results.
SILENT = {"crashed", "timed out"}


@dataclasses.dataclass(frozen=True)
class Difference:
    test: str  # a test's id; - for the module as a whole
    stock: str
    here: str
    message: str = ""


@dataclasses.dataclass
class Verdict:
    """What a module's run means once the table of reasons was asked."""
    module: str
    variant: str
    differences: list
    reasons: list  # of those with a reason, once each
    unexplained: list
    has_same_result: bool  # the module as a whole passed, failed or was skipped, as under stock

    @property
    def is_as_stock(self):
        """Test for test."""
        return not self.differences

    @property
    def only_lacks_tests(self):
        """The module's result is stock's, and all that differs is tests that are not run here."""
        return bool(self.differences) and self.has_same_result and all(difference.here in ("skipped", "absent") for difference in self.differences)


def plain(outcome):
    """A test that fails by an assertion fails as one that raises: which of the two is often the interpreter's wording."""
    return "failed" if outcome == "error" else outcome


def is_other(there, here):
    """A test that stock skips (as root, for one) and that passes here says nothing against here; nor does one that neither runs."""
    return plain(there) != plain(here) and (there, here) not in {("skipped", "ok"), ("skipped", "absent"), ("absent", "skipped")}


def differences(stock, here):
    if here["state"] in SILENT or stock["state"] in SILENT:
        if here["state"] == stock["state"]:
            return []
        return [Difference("-", stock["state"], here["state"], here["message"])]
    found = []
    for test in sorted(set(stock["tests"]) | set(here["tests"])):
        there, _ = stock["tests"].get(test, ("absent", ""))
        outcome, message = here["tests"].get(test, ("absent", ""))
        if is_other(there, outcome):
            found.append(Difference(test, plain(there), plain(outcome), message))
    # A module can fail or be skipped as it is imported, before any test. Where tests differ, they say it better.
    if not found and here["state"] != stock["state"] and not is_other_by_skips(stock, here):
        found.append(Difference("-", stock["state"], here["state"], here["message"]))
    return found


def is_other_by_skips(stock, here):
    """All tests of stock were skipped, some pass here."""
    return stock["state"] == "skipped" and bool(stock["tests"]) and here["state"] == "passed"


def judge(module, variant, stock, here, expectations):
    found = differences(stock, here)
    reasons, unexplained = [], []
    for difference in found:
        covering = [row for row in expectations if row.covers(variant, module, difference)]
        for row in covering:
            row.met += 1
            if row.reason not in reasons:
                reasons.append(row.reason)
        if not covering:
            unexplained.append(difference)
    return Verdict(module, variant, found, reasons, unexplained, stock["state"] == here["state"])


def summary(verdicts):
    """One sentence about the modules of one variant."""
    same = sum(verdict.is_as_stock for verdict in verdicts)
    lacking = sum(verdict.only_lacks_tests for verdict in verdicts)
    return (f"of {len(verdicts)} modules {same} as stock test for test, {lacking} as stock but for tests that are not run here, "
            f"{len(verdicts) - same - lacking} differ; {sum(bool(verdict.unexplained) for verdict in verdicts)} of all these without a reason")


def stale(expectations, judged):
    """Rows whose difference should have appeared in the modules that were `judged` (pairs variant, module) and did not."""
    return [row for row in expectations if row.when == "always" and not row.met and (row.variant, row.module) in judged]


def counts(result):
    """(tests run, tests skipped, tests failed) of one module's result."""
    tally = collections.Counter(outcome for outcome, _ in result["tests"].values())
    skipped = tally["skipped"]
    return sum(tally.values()) - skipped, skipped, sum(tally[word] for word in BAD)
