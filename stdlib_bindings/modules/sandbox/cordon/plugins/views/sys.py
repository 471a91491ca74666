"""sys, as a plugin sees it: modules and path are its own."""
import sys as _sys

from cordon.plugins._modules import Modules
from cordon.plugins._view import become_view

modules = Modules(plugin)
path = plugin.path
become_view(globals(), _sys)
