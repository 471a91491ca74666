"""The type of modules that a plugin sees in place of everybody's: a few names of its own, and all others those of the true module, to read and to set."""
import importlib
import types

from cordon.plugins import _world


class View(types.ModuleType):
    """Its namespace has `_real`, the true module, and what differs."""

    def __getattr__(self, name):
        own = self.__dict__
        public = f"{own['_real'].__name__}.{name}"
        if public in _world.VIEWS:
            return importlib.import_module(own["plugin"].private(public))
        try:
            return getattr(own["_real"], name)
        except AttributeError:
            if name.startswith("__"):
                raise
        try:
            return importlib.import_module(public)
        except ImportError:
            raise AttributeError(f"module {own['_real'].__name__!r} has no attribute {name!r}", name=name, obj=self) from None

    def __setattr__(self, name, value):
        own = self.__dict__
        if name in own or name.startswith("__") or f"{own['_real'].__name__}.{name}" in _world.VIEWS:
            super().__setattr__(name, value)
        else:
            setattr(own["_real"], name, value)

    def __delattr__(self, name):
        if name in self.__dict__:
            super().__delattr__(name)
        else:
            delattr(self.__dict__["_real"], name)

    def __dir__(self):
        own = self.__dict__
        return sorted({*dir(own["_real"]), *(name for name in own if not name.startswith("_") and name not in ("plugin", "View"))})

    def __repr__(self):
        return f"<module {self.__dict__['_real'].__name__!r}, as plugin {self.__dict__['plugin'].name!r} sees it>"


def become_view(namespace, real):
    """The module with this namespace shows `real` but for the names it has itself."""
    import sys
    namespace["_real"] = real
    if not hasattr(real, "__all__"):
        namespace["__all__"] = [name for name in dir(real) if not name.startswith("_")]
    sys.modules[namespace["__name__"]].__class__ = View
