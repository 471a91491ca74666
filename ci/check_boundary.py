#!/usr/bin/env python3
"""Proves the border: reads what was linked and prints one row for each rule. Hides from callers how a rule is checked.

    check_boundary.py --build DIR                       every rule; exit code 1 if any fails
    check_boundary.py --build DIR --only RULE ...       these rules, or every rule of a layer such as `link`
    check_boundary.py --build DIR --only RULE --object FILE[=NAME]
                                                        judge FILE instead of what was built (NAME: the object it plays)
    check_boundary.py --build DIR --only RULE --source FILE=PATH
                                                        judge FILE instead of our sources, as if it lay at PATH in the tree
    check_boundary.py --build DIR --accept domains      write the host domains that objects use now into the table
    check_boundary.py --list                            the rules and what each promises

A finding says the rule, where it is (file:line, or archive(member):symbol) and the way out. A rule that found nothing to inspect fails.
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from boundary import compiled, domains, headers, instructions, link, run_time, terminal  # noqa: E402
from boundary.rule import Context, NotBuilt, Outcome  # noqa: E402

LAYERS = (link, instructions, compiled, domains, headers, run_time)


def chosen(rules, names):
    if not names:
        return rules
    for name in names:
        if not any(name in (rule.name, rule.layer) for rule in rules):
            sys.exit(f"check_boundary: no rule or layer {name!r}; --list shows them")
    return [rule for rule in rules if rule.name in names or rule.layer in names]


def judged(rule, context):
    """The outcome of one rule; what could not be inspected is a failure, not a pass."""
    if rule.variant not in context.variants:
        return None
    try:
        outcome = rule.check(context)
    except NotBuilt as error:
        outcome = Outcome(str(error.path), 0)
        outcome.add(str(error.path), "is not there", "build it (make build), then check again")
        return outcome
    if outcome.count == 0 and not outcome.findings:
        outcome.add(outcome.inspected, "nothing was found to inspect", "the rule lost sight of what it guards: repair the rule")
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, help="a configured and built folder")
    parser.add_argument("--only", action="append", default=[], metavar="RULE")
    parser.add_argument("--object", action="append", default=[], metavar="FILE[=NAME]")
    parser.add_argument("--source", action="append", default=[], metavar="FILE=PATH")
    parser.add_argument("--accept", choices=["domains"])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    rules = [rule for layer in LAYERS for rule in layer.RULES]
    if options.list:
        terminal.print_rules(rules)
        return 0
    if options.build is None:
        parser.error("--build is missing")
    if (options.object or options.source) and len(options.only) != 1:
        parser.error("--object and --source need exactly one --only RULE")
    context = Context(options.build, options.object, options.source)
    if options.accept:
        return domains.accept(context)
    table = terminal.Table()
    for rule in chosen(rules, options.only):
        started = time.monotonic()
        outcome = judged(rule, context)
        table.add(rule, outcome, time.monotonic() - started)
    return table.finish()


if __name__ == "__main__":
    sys.exit(main())
