#!/usr/bin/env python3
"""CPython's own tests judge both interpreters: Lib/test under stock (the same source, untouched), full and sandbox; every difference needs a reason.

    test_cpython.py --build BUILD            all modules under full, the sandbox's list under the sandbox
    test_cpython.py --build BUILD --quick    the subset of tables/cpython_tests_quick.tsv
    ... --write                              refresh docs/cpython_tests.md from all results that BUILD holds

Stock's results are kept in the cache, the others below BUILD/cpython_tests/. The exit code is 1 when a module differs from stock without a
reason in tables/cpython_tests_differences.tsv, when a row of that table no longer happens, or when a bar is missed.
"""
import argparse
import pathlib
import signal
import subprocess
import sys
import time

from cpython_tests import outcomes, page, runner, tables

SANDBOX_BAR = 220  # modules of the sandbox's list that must be as stock, tests that cannot run there aside
NEEDED = {"full": "cordon-testembed", "sandbox": "cordon-sandbox-tests"}  # targets that a plain build leaves out
LOOKS = 3  # runs of both, alone, before a difference counts
SHOWN = 6  # unexplained tests shown of one module


class Progress:
    """One line per module, so that a person and a log can both follow."""

    def __init__(self, total):
        self.total, self.done, self.started = total, 0, time.monotonic()

    def tell(self, variant, module, text):
        self.done += 1
        passed = int(time.monotonic() - self.started)
        print(f"[{self.done:4}/{self.total} {passed // 60:2}:{passed % 60:02}] {variant:8} {module:45} {text}", flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--quick", action="store_true", help="only the subset that CI runs")
    parser.add_argument("--variant", action="append", choices=tables.VARIANTS, help="only this variant; may be repeated")
    parser.add_argument("--module", action="append", help="only this test module; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="modules at once (2)")
    parser.add_argument("--limit", type=int, default=600, help="seconds that one module may take (600)")
    parser.add_argument("--keep", action="store_true", help="do not repeat modules whose result is newer than the interpreter")
    parser.add_argument("--write", action="store_true", help="refresh docs/cpython_tests.md")
    return parser.parse_args()


def plan(chosen, stock):
    """{variant: [module]}"""
    if chosen.module:
        wanted = {variant: chosen.module for variant in tables.VARIANTS}
    elif chosen.quick:
        wanted = tables.quick_subset()
    else:
        wanted = {"full": runner.all_modules(stock), "sandbox": tables.sandbox_modules()}
    return {variant: modules for variant, modules in wanted.items() if variant in (chosen.variant or tables.VARIANTS)}


def complete(build, names):
    """Builds what only these tests need. A build folder without its cache was copied from elsewhere: it is judged as it is."""
    if (build / "CMakeCache.txt").exists():
        targets = ["third_party_yardstick", *(NEEDED[name] for name in names)]
        if subprocess.run(["cmake", "--build", str(build), "--target", *targets]).returncode != 0:
            raise runner.NotBuilt(f"{build}: {', '.join(targets)} cannot be built")


def obtain(variant, modules, keep, chosen, tell):
    """Results of all modules; with `keep`, those of earlier runs are taken."""
    results = {module: variant.known(module) if keep else None for module in modules}
    missing = [module for module in modules if results[module] is None]
    results.update(runner.run_all(variant, missing, chosen.jobs, chosen.limit, tell))
    return results


def short(result):
    run, skipped, failed = outcomes.counts(result)
    return f"{result['state']}: {run} run" + (f", {skipped} skipped" if skipped else "") + (f", {failed} failed" if failed else "") \
        + f"  {result['seconds']:.1f} s"


def look_again(verdict, stock, variant, chosen, expectations):
    """A difference that another run of both, alone, does not show was the machine's: some tests measure time, or count on where memory lies."""
    seen = [stock.known(verdict.module)]
    for _ in range(LOOKS):
        again = runner.run_module(variant, verdict.module, chosen.limit)
        variant.keep(verdict.module, again)
        for known in seen:
            second = outcomes.judge(verdict.module, verdict.variant, known, again, expectations)
            if not second.unexplained:
                stock.keep(verdict.module, known)
                return second
        seen.append(runner.run_module(stock, verdict.module, chosen.limit))
        third = outcomes.judge(verdict.module, verdict.variant, seen[-1], again, expectations)
        if not third.unexplained:
            stock.keep(verdict.module, seen[-1])
            return third
    return third


def report(verdicts):
    for verdict in verdicts:
        if not verdict.unexplained:
            continue
        print(f"\n{verdict.variant} {verdict.module}: differs without a reason")
        for difference in verdict.unexplained[:SHOWN]:
            last = difference.message.strip().splitlines()
            print(f"  {difference.test}: stock {difference.stock}, here {difference.here}" + (f": {last[-1]}" if last else ""))
        if len(verdict.unexplained) > SHOWN:
            print(f"  ... and {len(verdict.unexplained) - SHOWN} more")


def conclude(verdicts, expectations, is_whole):
    """Prints what was found; returns whether all is well."""
    report(verdicts)
    stale = outcomes.stale(expectations, {(verdict.variant, verdict.module) for verdict in verdicts})
    for row in stale:
        print(f"{tables.TABLES.name}/cpython_tests_differences.tsv:{row.line}: stale: {row.variant} {row.module} {row.test} is as stock; remove the row")
    unexplained = sum(1 for verdict in verdicts if verdict.unexplained)
    is_well = not unexplained and not stale
    print()
    for name in tables.VARIANTS:
        judged = [verdict for verdict in verdicts if verdict.variant == name]
        same = sum(verdict.is_as_stock or verdict.only_lacks_tests for verdict in judged)
        if judged:
            print(f"{name}: {outcomes.summary(judged)}")
        if name == "sandbox" and is_whole and judged and same < SANDBOX_BAR:
            print(f"sandbox: at least {SANDBOX_BAR} must be as stock")
            is_well = False
    return is_well


def main():
    chosen = options()
    build = chosen.build.resolve()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell, and tests inherit that
    runner.keep_clock()
    known = runner.variants(build)
    try:
        complete(build, chosen.variant or tables.VARIANTS)
        stock = known["stock"]()
        wanted = plan(chosen, stock)
        interpreters = {name: known[name]() for name in wanted}
        expectations = tables.expectations()
    except (runner.NotBuilt, tables.Malformed) as problem:
        print(f"test_cpython: {problem}" + ("; run make build" if isinstance(problem, runner.NotBuilt) else ""), file=sys.stderr)
        return 1
    modules = sorted(set().union(*wanted.values()))
    progress = Progress(len(modules) + sum(map(len, wanted.values())))
    # Stock is the yardstick: a second run of the same source has nothing new to say.
    baseline = obtain(stock, modules, True, chosen, lambda module, result: progress.tell("stock", module, short(result)))
    progress.done = len(modules)
    verdicts = []
    for name, variant in interpreters.items():
        def tell(module, result, name=name):
            found = outcomes.differences(baseline[module], result)
            progress.tell(name, module, ("as stock; " if not found else f"{len(found)} differ; ") + short(result))
        results = obtain(variant, wanted[name], chosen.keep, chosen, tell)
        for module in wanted[name]:
            fresh = [row for row in expectations if row.module == module]
            verdict = outcomes.judge(module, name, baseline[module], results[module], fresh)
            if verdict.unexplained:
                print(f"looking again at {name} {module}: {len(verdict.unexplained)} tests differ without a reason", flush=True)
                verdict = look_again(verdict, stock, variant, chosen, fresh)
            verdicts.append(verdict)
    is_well = conclude(verdicts, expectations, not chosen.quick and not chosen.module)
    if chosen.write:
        page.write(known, sorted(set(runner.all_modules(stock)) | set(tables.sandbox_modules())), expectations)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
