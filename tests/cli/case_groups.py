"""Runs groups of cases, each group in a folder of its own, and tells which case is not as it should be. Hides from tests of the command how cases are counted and told."""
import tempfile


def failed(groups, place):
    """Whether a case of `groups` failed: functions that are given `place(folder)` and yield (name, whether it is right, what to show if it is not)."""
    failures = count = 0
    for cases in groups:
        with tempfile.TemporaryDirectory() as folder:
            for name, is_right, shown in cases(place(folder)):
                count += 1
                if not is_right:
                    failures += 1
                    print(f"not ok - {name}\n{shown}")
    print(f"{count} cases, {failures} failed")
    return failures > 0 or count == 0
