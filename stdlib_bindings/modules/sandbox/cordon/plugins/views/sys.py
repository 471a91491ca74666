"""sys, as a plugin sees it: modules and path are its own."""
import sys as _sys

from cordon.plugins._modules import Modules
from cordon.plugins._view import View as _View, become_view


class _SysView(_View):
    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "path":
            plugin.path = value


modules = Modules(plugin)
path = plugin.path
become_view(globals(), _sys)
_sys.modules[__name__].__class__ = _SysView
