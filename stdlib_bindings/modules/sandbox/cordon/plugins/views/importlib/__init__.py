"""importlib, as a plugin sees it: modules are named as its `import` names them, from any thread and by whomever these functions are called in the end."""
import importlib as _importlib

from cordon.plugins._view import become_view

__import__ = plugin.import_own


def import_module(name, package=None):
    if name.startswith("."):
        return _importlib.import_module(name, plugin.qualify(package))
    return plugin.import_module(name)


become_view(globals(), _importlib)
