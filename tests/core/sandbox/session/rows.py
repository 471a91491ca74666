"""What the tables are made of: rows, and assertions that show what was found instead."""
from dataclasses import dataclass
from typing import Callable


@dataclass
class Row:
    case: Callable
    configure: dict = None
    greet: bool = True


def same(found, wanted):
    if type(found) is not type(wanted) or repr(found) != repr(wanted):
        raise AssertionError(f"\n  wanted {wanted!r}\n  found  {found!r}")


def has(found, part):
    if part not in found:
        raise AssertionError(f"\n  wanted with {part!r}\n  found       {found!r}")


def value_of(outcome):
    """Of an execution that ended well."""
    if outcome.result is None or outcome.result["status"] != "ok":
        raise AssertionError(f"no value: {outcome}")
    return outcome.result["value"]


def exception_of(outcome, kind=None, message=None):
    """Of an execution that ended with one; checked against what is given."""
    if outcome.result is None or outcome.result["status"] != "exception":
        raise AssertionError(f"no exception: {outcome}")
    exception = outcome.result["exception"]
    if kind is not None:
        same(exception["type"], kind)
    if message is not None:
        has(exception["message"], message)
    return exception


def broken_by(outcome, says):
    """The worker has ended because the host broke a rule."""
    has(outcome.stderr.decode(), "the host broke the protocol")
    has(outcome.stderr.decode(), says)
    same(outcome.exit_code, 124)
    same(outcome.stdout, b"")
