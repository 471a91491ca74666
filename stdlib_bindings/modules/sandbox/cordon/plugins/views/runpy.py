"""runpy, as a plugin sees it: modules and files run as the plugin's code, and are published nowhere."""
import importlib.util as _util
import os as _os
import runpy as _runpy

from cordon.plugins._loaders import SourceFileLoader as _SourceFileLoader
from cordon.plugins._view import become_view


def _run(spec, init_globals, run_name):
    namespace = vars(_util.module_from_spec(spec))
    namespace.update(init_globals or {})
    namespace.update(__name__=run_name, __builtins__=plugin.builtins)
    exec(spec.loader.get_code(spec.name), namespace)
    return dict(namespace)


def run_module(mod_name, init_globals=None, run_name=None, alter_sys=False):
    qualified = plugin.qualify(mod_name)
    if qualified == mod_name:
        return _runpy.run_module(mod_name, init_globals, run_name, alter_sys)
    spec = _util.find_spec(qualified)
    if spec is not None and spec.submodule_search_locations is not None:
        qualified += ".__main__"
        spec = _util.find_spec(qualified)
    if spec is None or spec.loader is None:
        raise ImportError(f"No module named {plugin.public(qualified)}", name=plugin.public(qualified))
    return _run(spec, init_globals, run_name or qualified)


def run_path(path_name, init_globals=None, run_name=None):
    path_name = _os.fsdecode(path_name)
    if not path_name.endswith(".py"):
        return _runpy.run_path(path_name, init_globals, run_name)
    name = run_name or plugin.private("<run_path>")
    loader = _SourceFileLoader(name, path_name, plugin)
    return _run(_util.spec_from_file_location(name, path_name, loader=loader), init_globals, name)


become_view(globals(), _runpy)
