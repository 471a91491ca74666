"""Names of types in the host's schemas, and which values fit; hides what Python calls them. docs/engine.md has the list."""
import sys


def _of(*types):
    return lambda value: isinstance(value, types)


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _of_datetime(name, but=None):
    """A class of the datetime module, which is imported by whoever has such a value."""
    def fits(value):
        module = sys.modules.get("datetime")
        return module is not None and isinstance(value, getattr(module, name)) and not (but and isinstance(value, getattr(module, but)))
    return fits


# Exact types that surely fit, by name; what is not here is looked at one by one.
EXACT = {
    "none": (type(None),), "bool": (bool,), "int": (int,), "float": (float, int), "str": (str,), "bytes": (bytes,), "list": (list,), "tuple": (tuple,), "dict": (dict,),
    "set": (set, frozenset), "complex": (complex,),
}

FITS = {
    "none": lambda value: value is None,
    "bool": _of(bool),
    "int": _is_int,
    "float": lambda value: isinstance(value, float) or _is_int(value),
    "str": _of(str),
    "bytes": _of(bytes, bytearray),
    "list": _of(list),
    "tuple": _of(tuple),
    "dict": _of(dict),
    "set": _of(set, frozenset),
    "datetime": _of_datetime("datetime"),
    "date": _of_datetime("date", but="datetime"),
    "time": _of_datetime("time"),
    "timedelta": _of_datetime("timedelta"),
    "complex": _of(complex),
}


def checks_of(text):
    """The functions of which one must hold, or None if anything fits: "int", "str|none", "any", None."""
    words = text.split("|") if text else ["any"]
    # A name that this side does not know is left to the host.
    return None if any(word not in FITS for word in words) else tuple(FITS[word] for word in words)


def exact_of(text):
    """The exact types that surely fit, or None if anything does."""
    if checks_of(text) is None:
        return None
    return tuple(kind for word in text.split("|") for kind in EXACT.get(word, ()))
