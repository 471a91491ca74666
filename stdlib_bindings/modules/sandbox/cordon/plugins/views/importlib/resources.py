"""importlib.resources, as a plugin sees it: packages are named as its `import` names them."""
import importlib.resources as _resources
import sys as _sys

from cordon.plugins._view import become_view


def files(anchor=None):
    if anchor is None:
        anchor = _sys._getframe(1).f_globals["__name__"]
    return _resources.files(plugin.qualify(anchor))


def _with_anchor(name):
    real = getattr(_resources, name)

    def function(anchor, *names, **options):
        return real(plugin.qualify(anchor), *names, **options)

    function.__name__ = function.__qualname__ = name
    return function


for _name in ("open_binary", "open_text", "read_binary", "read_text", "path", "is_resource", "contents"):
    globals()[_name] = _with_anchor(_name)
become_view(globals(), _resources)
