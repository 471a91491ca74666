"""What a plugin leaves behind in the standard library; hides which of its modules remember names, files and classes of those that use them."""
import copyreg
import os
import sys
import zipimport

from cordon.plugins import _codec_traces, _names, _paths


def remove(world):
    """Everything by which the modules of this load could be found or would be kept. What the plugin handed to others to be called, such as to atexit, stays theirs."""
    is_ours = _is_below(world.prefix)
    _remove_modules(world.prefix)
    _remove_paths(world)
    _remove_reducers(is_ours)
    _remove_finders(is_ours)
    _codec_traces.forget(world.prefix)
    for module, forget in _CACHES.items():
        if module in sys.modules:
            forget(sys.modules[module], is_ours)


def _is_below(prefix):
    return lambda name: isinstance(name, str) and _names.is_below(name, prefix)


def _remove_modules(prefix):
    for name in [name for name in list(sys.modules) if isinstance(name, str) and _names.is_below(name, prefix)]:
        sys.modules.pop(name, None)


def _remove_paths(world):
    """Caches by path, which others may share: they are filled anew when they are wanted."""
    from cordon.plugins import _finder
    folders = _folders_of(world) - {path for other in list(_finder.worlds.values()) for path in _folders_of(other)}
    caches = [sys.path_importer_cache, zipimport._zip_directory_cache]
    if "linecache" in sys.modules:
        caches.append(sys.modules["linecache"].cache)
    for cache in caches:
        for path in [path for path in list(cache) if any(_paths.is_below(path, folder) for folder in folders) and path not in sys.path]:
            cache.pop(path, None)


def _folders_of(world):
    """Below the root of all paths lies everything, which is nobody's."""
    return {os.path.abspath(path) for path in world.own_path() if isinstance(path, str)} - {"/"}


def _remove_reducers(is_ours):
    for kind in [kind for kind in list(copyreg.dispatch_table) if is_ours(getattr(kind, "__module__", None))]:
        copyreg.dispatch_table.pop(kind, None)
    for key, code in [(key, code) for key, code in list(copyreg._extension_registry.items()) if is_ours(key[0])]:
        copyreg.remove_extension(*key, code)


def _remove_finders(is_ours):
    """Finders and hooks for paths that the plugin's code defines: they would keep it, and be asked for everybody's modules."""
    for finders in (sys.meta_path, sys.path_hooks):
        for finder in list(finders):
            if any(is_ours(getattr(thing, "__module__", None)) for thing in (finder, type(finder))):
                finders.remove(finder)


# ---- what modules keep, by module ----

def _is_of(is_ours, *things):
    """Whether one of these is a class or function of the plugin, or an object of such a class."""
    return any(is_ours(getattr(owner, "__module__", None)) for thing in things for owner in (thing, type(thing)))


def _drop(mapping, is_in):
    for key in [key for key, value in list(mapping.items()) if is_in(key, value)]:
        mapping.pop(key, None)


def _forget_loggers(logging, is_ours):
    """Loggers of the plugin's modules; of everybody's, handlers and filters that it defines."""
    with logging._lock:
        manager = logging.root.manager
        _drop(manager.loggerDict, lambda name, logger: is_ours(name))
        owners = [logger for logger in (logging.root, *manager.loggerDict.values()) if isinstance(logger, logging.Filterer)]
        for owner in owners:
            if hasattr(owner, "handlers"):
                owner.handlers[:] = [handler for handler in owner.handlers if not _is_of(is_ours, handler)]
        for owner in [*owners, *(handler for owner in owners for handler in getattr(owner, "handlers", ()))]:
            owner.filters[:] = [each for each in owner.filters if not _is_of(is_ours, each)]


def _forget_adapters(sqlite3, is_ours):
    _drop(sqlite3.adapters, lambda key, adapter: _is_of(is_ours, *key, adapter))
    _drop(sqlite3.converters, lambda name, converter: _is_of(is_ours, converter))


def _forget_pointers(ctypes, is_ours):
    """Types that ctypes makes of a plugin's structures, and keeps by them."""
    def is_made_of_ours(kind):
        while not _is_of(is_ours, kind):
            kind = getattr(kind, "_type_", None)  # of pointers and arrays
            if not isinstance(kind, type):
                return False
        return True

    _drop(ctypes._pointer_type_cache, lambda target, pointer: is_made_of_ours(target) or is_made_of_ours(pointer))
    _drop(ctypes._c_functype_cache, lambda signature, function: any(map(is_made_of_ours, (signature[0], *signature[1]))))


def _forget_formats(shutil, is_ours):
    for formats in (shutil._ARCHIVE_FORMATS, shutil._UNPACK_FORMATS):
        _drop(formats, lambda name, row: _is_of(is_ours, *row))


def _forget_forking(reduction, is_ours):
    _drop(reduction.ForkingPickler._extra_reducers, lambda kind, reduce: _is_of(is_ours, kind, reduce))


def _forget_files(inspect, is_ours):
    for cache in (inspect.modulesbyfile, inspect._filesbymodname):
        for key in [key for key, value in list(cache.items()) if is_ours(key) or is_ours(value)]:
            cache.pop(key, None)


def _forget_types(typing, is_ours):
    """Generic types are kept by their arguments, classes of the plugin among them; typing has no other way than to forget all."""
    for cleanup in typing._cleanups:
        cleanup()
    for module in [module for module in typing._overload_registry if is_ours(module)]:
        typing._overload_registry.pop(module, None)


def _forget_warnings(warnings, is_ours):
    """Filters for categories that the plugin defines: they would keep it, and grow with each load."""
    kept = [item for item in warnings.filters if not is_ours(getattr(item[2], "__module__", None))]
    if len(kept) < len(warnings.filters):
        warnings.filters[:] = kept
        warnings._filters_mutated()


def _forget_distributions(metadata, is_ours):
    metadata.MetadataPathFinder.invalidate_caches()


_CACHES = {"logging": _forget_loggers, "inspect": _forget_files, "typing": _forget_types, "warnings": _forget_warnings, "importlib.metadata": _forget_distributions,
           "sqlite3": _forget_adapters, "ctypes": _forget_pointers, "shutil": _forget_formats, "multiprocessing.reduction": _forget_forking}
