"""How results look to a person at a terminal. Hides widths and colours."""
import os
import sys

COLUMNS = ("rule", "inspected", "how many", "result")
WIDTHS = (30, 48, 24)
MOST_FINDINGS_SHOWN = 25


def coloured(text, code):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def cut(text, width):
    return text if len(text) <= width else text[: width - 1] + "…"


def print_rules(rules):
    for rule in rules:
        print(f"{rule.name:<{WIDTHS[0]}} {rule.variant:<8} {rule.promise}")


class Table:
    def __init__(self):
        self.failed, self.passed, self.left_out = [], 0, 0
        print("  ".join(title.ljust(width) for title, width in zip(COLUMNS, (*WIDTHS, 0))))
        print("  ".join("─" * width for width in (*WIDTHS, 8)))

    def add(self, rule, outcome, seconds):
        if outcome is None:
            self.left_out += 1
            print("  ".join((rule.name.ljust(WIDTHS[0]), f"not built: {rule.variant}".ljust(WIDTHS[1]), "-".ljust(WIDTHS[2]), "left out")), flush=True)
            return
        result = coloured(f"FAIL ({len(outcome.findings)})", 31) if outcome.findings else coloured("ok", 32)
        slow = f"  {seconds:.0f} s" if seconds >= 5 else ""
        print("  ".join((rule.name.ljust(WIDTHS[0]), cut(outcome.inspected, WIDTHS[1]).ljust(WIDTHS[1]),
                         f"{outcome.count:,} {outcome.unit}".ljust(WIDTHS[2]), result + slow)), flush=True)
        if outcome.note:
            print(f"{'':<{WIDTHS[0]}}  · {outcome.note}")
        if outcome.findings:
            self.failed.append((rule, outcome))
        else:
            self.passed += 1

    def finish(self):
        for rule, outcome in self.failed:
            print(f"\n{coloured(rule.name, 31)}: {rule.promise}")
            for finding in outcome.findings[:MOST_FINDINGS_SHOWN]:
                print(f"  {rule.name}: {finding.where}: {finding.what}\n      way out: {finding.way_out}")
            hidden = len(outcome.findings) - MOST_FINDINGS_SHOWN
            if hidden > 0:
                print(f"  … and {hidden} more; --only {rule.name} after these are gone")
        left_out = f", {self.left_out} left out" if self.left_out else ""
        print(f"\n{self.passed} rules hold, {len(self.failed)} broken{left_out}")
        return 1 if self.failed else 0
