"""Calls into plugins: which function is meant, whether the arguments are its schema's, and that this costs next to nothing the next time."""
from cordon.plugins._errors import ArgumentsDoNotFit, FunctionMissing
from cordon._functions import Function

# Types of which nobody can make more: which of them an argument has decides whether it fits, and remembering them keeps nothing alive.
_PLAIN = {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset}
_FITTING_MAX = 64

_bound = {}  # (handle, contract, function): (target, what fits, Bound)


class Bound:
    """A function of a plugin with its schema."""

    def __init__(self, name, target, row):
        self.target = target
        self.schema = Function({"name": name, "parameters": row["parameters"]})
        self.defaults = [(parameter["name"], parameter["default"]) for parameter in row["parameters"] or () if "default" in parameter]
        self.positions = {parameter[0]: index for index, parameter in enumerate(self.schema.parameters)}
        self.fitting = set()  # of (types of positional arguments, then names, then types of those)

    def call(self, positional, named):
        named = named or {}
        if not all(isinstance(name, str) for name in named):
            raise ArgumentsDoNotFit(f"{self.schema.name}(): names of arguments must be texts")
        try:
            self.schema.check(positional, named)
        except TypeError as error:
            raise ArgumentsDoNotFit(str(error)) from None
        missing = {name: value for name, value in self.defaults if name not in named and self.positions[name] >= len(positional)}
        if not missing:
            self._remember(positional, named)
        return self.target(*positional, **(named | missing))

    def _remember(self, positional, named):
        types = {*map(type, positional), *map(type, named.values())}
        if len(self.fitting) < _FITTING_MAX and _PLAIN.issuperset(types):
            self.fitting.add((*map(type, positional), *named, *map(type, named.values())))


def call(handle, contract, function, positional=(), named=None):
    """Calls a function of a contract. What it returns, or raises, is its own; a coroutine is the caller's to await. NotLoaded, LoadInProgress, FunctionMissing, ArgumentsDoNotFit."""
    try:
        target, fitting, bound = _bound[handle, contract, function]
    except (KeyError, TypeError):  # not called before, or nothing that could be a name
        target, fitting, bound = bind(handle, contract, function)
    if not isinstance(positional, (tuple, list)) or named and not isinstance(named, dict):
        raise ArgumentsDoNotFit(f"{bound.schema.name}(): arguments must be a list and a mapping, not {type(positional).__name__} and {type(named).__name__}")
    if not named:
        if (*map(type, positional),) in fitting:
            return target(*positional)
    elif (*map(type, positional), *named, *map(type, named.values())) in fitting:
        return target(*positional, **named)
    return bound.call(positional, named)


def known(target, *positional):
    """What call() does with a call that the worker has recognised: below a plugin's function stands the same frame each time."""
    return target(*positional)


known.__code__ = known.__code__.replace(co_name=call.__name__, co_qualname=call.__qualname__)


def bind(handle, contract, function):
    from cordon.plugins import _loaded
    plugin = _loaded.find(handle)
    bound = plugin.bind(contract, function)
    entry = _bound[handle, contract, function] = bound.target, bound.fitting, bound
    if not _loaded.is_loaded(plugin):
        _bound.pop((handle, contract, function), None)
    return entry


def forget(handle):
    for key in [key for key in list(_bound) if key[0] == handle]:
        _bound.pop(key, None)


def missing(what, name, names):
    """FunctionMissing that says what there is."""
    import difflib
    close = difflib.get_close_matches(str(name), names, 1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(map(repr, names))}" if names else "; there are none"
    return FunctionMissing(f"{what} {name!r}{hint}")
