"""importlib.util, as a plugin sees it."""
import importlib.util as _util
from importlib import machinery as _machinery
from os import fspath as _fspath

from cordon.plugins import _names
from cordon.plugins._loaders import SourceFileLoader as _SourceFileLoader
from cordon.plugins._view import become_view


def find_spec(name, package=None):
    if name.startswith("."):
        return _util.find_spec(name, plugin.qualify(package))
    return _util.find_spec(plugin.qualify(name))


def spec_from_file_location(name, location=None, *, loader=None, **rest):
    """A source file that the plugin loads by hand is the plugin's as well."""
    if loader is None and location is not None and _fspath(location).endswith(tuple(_machinery.SOURCE_SUFFIXES)):
        name = name if _names.is_private(name) else plugin.private(name)
        loader = _SourceFileLoader(name, _fspath(location), plugin)
    return _util.spec_from_file_location(name, location, **({"loader": loader} if loader is not None else {}), **rest)


become_view(globals(), _util)
