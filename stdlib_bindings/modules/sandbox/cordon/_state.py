"""The named state of a session: its variables as bytes, and bytes as its variables. Hides pickle from the host, which seals the bytes and holds the seal against them.

Used where the interpreter's memory cannot be stored as a whole: in the full interpreter. docs/interpreter.md says what is kept.
"""
import copyreg
import importlib
import io
import json
import marshal
import pickle
import pickletools
import sys
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType

# What every __main__ has: no state of the session.
_OWN = frozenset({"__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtins__", "__file__", "__cached__"})
_PROTOCOL = 5
_SIZE_BYTES = 8  # of the header's size, little endian
_NAMED_VALUES = (..., NotImplemented)  # pickled by name, and nobody's but the variable's

_session = None  # globals of whom functions belong to that are pickled or unpickled now


class _LeftOut(Exception):
    """Why a value is not kept."""


class _Pickler(pickle.Pickler):
    def reducer_override(self, value):
        kind = type(value)
        if kind is FunctionType:
            return _reduce_function(value) if value.__globals__ is _session else _by_name(value, value.__qualname__, NotImplemented)
        if kind is ModuleType:
            raise _LeftOut(f"it refers to the module {value.__name__}")
        if isinstance(value, type) and _is_of_session(value):
            raise _LeftOut(f"it needs the class {value.__qualname__}, which the session defined")
        if isinstance(value, type) or kind in copyreg.dispatch_table:
            return NotImplemented
        reduced = value.__reduce_ex__(_PROTOCOL)  # as pickle would, next
        return _by_name(value, reduced, reduced) if isinstance(reduced, str) else reduced


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "__main__":
            raise pickle.UnpicklingError(f"it needs {name} of a session")
        return super().find_class(module, name)


def _by_name(value, name, how):
    """`how`, for what pickle writes by its name alone: nobody finds such a name of a session in another one (a TypeVar, what functools.lru_cache made, a library's function under a session's name)."""
    if pickle.whichmodule(value, name) == "__main__":
        raise _LeftOut(f"it needs {name}, which the session defined, and which pickle knows by its name alone")
    return how


def _is_of_session(kind):
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__dict__", None) is _session


# ---- Functions that the session defined: their code, for the same version of Python ----

def _reduce_function(function):
    closure = [(cell.cell_contents,) if _is_filled(cell) else () for cell in function.__closure__ or ()]
    state = (function.__defaults__, function.__kwdefaults__, closure, function.__annotations__, function.__dict__, function.__doc__, function.__module__)
    return _make_function, (marshal.dumps(function.__code__), function.__name__, function.__qualname__, len(closure)), state, None, None, _fill_function


def _is_filled(cell):
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True


def _make_function(code, name, qualified_name, cell_count):
    function = FunctionType(marshal.loads(code), _session, name, None, tuple(CellType() for _ in range(cell_count)) or None)
    function.__qualname__ = qualified_name
    return function


def _fill_function(function, state):
    function.__defaults__, function.__kwdefaults__, closure, function.__annotations__, attributes, function.__doc__, function.__module__ = state
    function.__dict__.update(attributes)
    for cell, content in zip(function.__closure__ or (), closure):
        if content:
            cell.cell_contents = content[0]


# ---- Judging one variable ----

def _pickled(value):
    buffer = io.BytesIO()
    _Pickler(buffer, _PROTOCOL).dump(value)
    return buffer.getvalue()


def _named_by(pickled):
    """The module of what was pickled by its name alone, or None."""
    if len(pickled) > 4096:
        return None
    texts, is_named = [], False
    for opcode, argument, _ in pickletools.genops(pickled):
        if isinstance(argument, str):
            texts.append(argument)
        elif opcode.name == "BINGET" and texts:  # the module's name once more
            texts.append(texts[0])
        elif opcode.name == "STACK_GLOBAL":
            is_named = True
        elif opcode.name not in ("PROTO", "FRAME", "MEMOIZE", "STOP"):
            return None
    return texts[0] if is_named and len(texts) == 2 else None


def _owner(function):
    """The module that has this function or method under its own name, or None."""
    own_name = getattr(function, "__name__", None)
    for name, module in list(sys.modules.items()):
        if name != "__main__" and getattr(module, "__dict__", {}).get(own_name) is function:
            return name
    return None


def _why_left_out(value):
    """None: it is kept."""
    try:
        if isinstance(value, type) and _is_of_session(value):
            return "a class that the session defined"
        owner = _owner(value) if isinstance(value, (BuiltinFunctionType, MethodType)) else None
        if owner is not None:
            return f"{owner} owns it"
        pickled = _pickled(value)
    except _LeftOut as reason:
        return str(reason)
    except MemoryError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    owner = None if any(value is other for other in _NAMED_VALUES) else _named_by(pickled)
    return f"{owner} owns it" if owner is not None else None


def _is_importable(module):
    name = getattr(module, "__name__", None)
    return isinstance(name, str) and name != "__main__" and sys.modules.get(name) is module


def _sorted_report(kept, imported, skipped):
    return {"kept": sorted(kept), "imported": sorted(imported), "skipped": sorted((name, reason) for name, reason in skipped.items())}


# ---- The whole ----

def take(variables):
    """(bytes, report) of the session whose globals these are."""
    global _session
    _session = variables
    kept, modules, skipped = {}, {}, {}
    try:
        for name, value in list(variables.items()):
            if not isinstance(name, str) or name in _OWN or (name == "__annotations__" and not value):
                continue
            if isinstance(value, ModuleType):
                if _is_importable(value):
                    modules[name] = value.__name__
                else:
                    skipped[name] = "a module that cannot be imported by its name"
                continue
            reason = _why_left_out(value)
            if reason is None:
                kept[name] = value
            else:
                skipped[name] = reason
        pickled = _pickled(kept)  # as one, so that what is shared stays shared
    finally:
        _session = None
    header = json.dumps({"variables": sorted(kept), "modules": modules, "skipped": skipped}).encode()
    return len(header).to_bytes(_SIZE_BYTES, "little") + header + pickled, _sorted_report(kept, modules, skipped)


def restore(variables, payload):
    """Replaces the session's variables by what `take` gave; its report. Whatever is raised, nothing has changed."""
    global _session
    size = int.from_bytes(payload[:_SIZE_BYTES], "little")
    header = json.loads(payload[_SIZE_BYTES:_SIZE_BYTES + size])
    _session = variables
    try:
        restored = _Unpickler(io.BytesIO(payload[_SIZE_BYTES + size:])).load()
    finally:
        _session = None
    if type(restored) is not dict or sorted(restored) != header["variables"]:
        raise pickle.UnpicklingError("its variables are not those that it names")
    restored |= {name: importlib.import_module(module) for name, module in header["modules"].items()}
    before = dict(variables)  # lives until all is done: what ends with it may run code
    own = {name: value for name, value in before.items() if name in _OWN}
    try:
        variables.clear()
        variables.update(own | restored)
    except BaseException:  # an interrupt, which comes once
        variables.clear()
        variables.update(before)
        raise
    return _sorted_report(header["variables"], header["modules"], header["skipped"])
