"""The tables of expectations as rows. Hides their files from the harness; a malformed row ends the run with file, line and the way out."""
import dataclasses
import fnmatch
import pathlib

TABLES = pathlib.Path(__file__).resolve().parents[1] / "tables"
VARIANTS = ("full", "sandbox")
WHEN = ("always", "sometimes")


class Malformed(Exception):
    pass


@dataclasses.dataclass
class Expectation:
    """A difference from stock that has a reason. `test` and `outcome` are patterns as fnmatch knows them; test `-` is the module as a whole."""
    line: int
    variant: str
    module: str
    test: str
    outcome: str
    when: str
    reason: str
    met: int = 0

    def covers(self, variant, module, difference):
        return (variant, module) == (self.variant, self.module) and fnmatch.fnmatchcase(difference.test, self.test) \
            and fnmatch.fnmatchcase(difference.here, self.outcome)


def rows(path, columns):
    """Pairs (line number, fields). Rows are sorted, so that two people's additions meet in a merge."""
    previous = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != columns or not all(fields):
            raise Malformed(f"{path}:{number}: shape: {len(fields)} fields, some may be empty; {columns} filled ones are needed, separated by tabs")
        if previous is not None and fields <= previous:
            raise Malformed(f"{path}:{number}: order: {fields[0]!r} stands after {previous[0]!r}; sort the rows, without doubles")
        previous = fields
        yield number, fields


def sandbox_modules(path=TABLES / "cpython_tests_sandbox.tsv"):
    return [fields[0] for _, fields in rows(path, 1)]


def quick_subset(path=TABLES / "cpython_tests_quick.tsv"):
    """{variant: [module]}"""
    subset = {variant: [] for variant in VARIANTS}
    for number, (module, variants) in rows(path, 2):
        for variant in variants.split(","):
            if variant not in subset:
                raise Malformed(f"{path}:{number}: variant: {variant!r} is none of {', '.join(VARIANTS)}")
            subset[variant].append(module)
    return subset


def expectations(path=TABLES / "cpython_tests_differences.tsv"):
    found = []
    for number, fields in rows(path, 6):
        expectation = Expectation(number, *fields)
        if expectation.variant not in VARIANTS or expectation.when not in WHEN:
            raise Malformed(f"{path}:{number}: word: variant is one of {', '.join(VARIANTS)}; when is one of {', '.join(WHEN)}")
        found.append(expectation)
    return found
