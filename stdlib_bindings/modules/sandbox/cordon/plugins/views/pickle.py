"""pickle, as a plugin sees it: what is written names the plugin's modules as the plugin does, and what is read is looked up in the plugin.

A class or function of the plugin, or an object whose __reduce__ gives its name, is written as a call of pkgutil.resolve_name: any other load of the plugin can read it, and so can a python that has the same modules without any plugins.
"""
import copyreg as _copyreg
import io as _io
import pickle as _pickle
import pkgutil as _pkgutil
from types import FunctionType as _FunctionType

from cordon.plugins import _names
from cordon.plugins._view import become_view


def _is_ours(thing):
    module = getattr(thing, "__module__", None)
    return isinstance(module, str) and plugin.brings(module)


def _reference_to(thing, name):
    """"module:name" by which the plugin finds this very thing of its own; None: it does not."""
    module = thing.__module__
    if "<locals>" in name:
        return None
    reference = f"{plugin.public(module)}:{name}"
    try:
        return reference if plugin.resolve(reference) is thing else None
    except (ImportError, AttributeError, ValueError):
        return None


def _has_reducer_of_its_own(kind):
    return kind.__reduce_ex__ is not object.__reduce_ex__ or kind.__reduce__ is not object.__reduce__


class Pickler(_pickle.Pickler):
    def __init__(self, file, protocol=None, *args, **options):
        super().__init__(file, protocol, *args, **options)
        self._protocol = _pickle.DEFAULT_PROTOCOL if protocol is None else _pickle.HIGHEST_PROTOCOL if protocol < 0 else protocol

    def reducer_override(self, thing):
        if isinstance(thing, (type, _FunctionType)):
            reference = _reference_to(thing, thing.__qualname__) if _is_ours(thing) else None
            return NotImplemented if reference is None else (_pkgutil.resolve_name, (reference,))
        if not _is_ours(thing):
            return NotImplemented
        reduce = getattr(self, "dispatch_table", _copyreg.dispatch_table).get(type(thing))
        if reduce is None and not _has_reducer_of_its_own(type(thing)):
            return NotImplemented
        reduced = reduce(thing) if reduce is not None else thing.__reduce_ex__(self._protocol)  # once: it may do something
        return self._by_name(thing, reduced) if isinstance(reduced, str) else reduced

    @staticmethod
    def _by_name(thing, name):
        reference = _reference_to(thing, name)
        if reference is None:
            raise _pickle.PicklingError(f"Can't pickle {_names.public_name(repr(thing))}: the plugin does not find this very object as {plugin.public(thing.__module__)}.{name}")
        return _pkgutil.resolve_name, (reference,)


class Unpickler(_pickle.Unpickler):
    def find_class(self, module, name):
        if module == "pkgutil" and name == "resolve_name":
            return plugin.resolve
        if _names.is_private(module) and not _names.is_below(module, plugin.prefix):
            raise _pickle.UnpicklingError(f"{_names.public_name(module)}.{name} is of another plugin, or of another load of this one")
        if plugin.brings(module):
            return plugin.resolve(f"{plugin.public(module)}:{name}")
        return super().find_class(module, name)


def dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None):
    Pickler(file, protocol, fix_imports=fix_imports, buffer_callback=buffer_callback).dump(obj)


def dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None):
    file = _io.BytesIO()
    dump(obj, file, protocol, fix_imports=fix_imports, buffer_callback=buffer_callback)
    return file.getvalue()


def load(file, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=()):
    return Unpickler(file, fix_imports=fix_imports, encoding=encoding, errors=errors, buffers=buffers).load()


def loads(data, /, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=()):
    if isinstance(data, str):
        raise TypeError("Can't load pickle from unicode string")
    return load(_io.BytesIO(data), fix_imports=fix_imports, encoding=encoding, errors=errors, buffers=buffers)


become_view(globals(), _pickle)
