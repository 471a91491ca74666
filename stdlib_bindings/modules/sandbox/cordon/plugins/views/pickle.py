"""pickle, as a plugin sees it: what is written names the plugin's modules as the plugin does, and what is read is looked up in the plugin.

A class or function of the plugin is written as a call of pkgutil.resolve_name: any other load of the plugin can read it, and so can a python that has the same modules without any plugins.
"""
import io as _io
import pickle as _pickle
import pkgutil as _pkgutil
from types import FunctionType as _FunctionType

from cordon.plugins import _names
from cordon.plugins._view import become_view


def _reference_to(thing):
    """"module:name" by which the plugin finds this very class or function; None: it does not."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if not isinstance(module, str) or "<locals>" in name or not plugin.brings(module):
        return None
    reference = f"{plugin.public(module)}:{name}"
    try:
        return reference if plugin.resolve(reference) is thing else None
    except (ImportError, AttributeError, ValueError):
        return None


class Pickler(_pickle.Pickler):
    def reducer_override(self, thing):
        if isinstance(thing, (type, _FunctionType)):
            reference = _reference_to(thing)
            if reference is not None:
                return _pkgutil.resolve_name, (reference,)
        return NotImplemented


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
