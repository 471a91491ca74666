"""The modules of one load of a plugin: what it brings, where it looks, and the `import` of its code.

Who imports decides, and who imports is told by built-in names: each module of a plugin runs with a `__builtins__` of its own, and functions, classes, threads, tasks and code that it makes
from text take that along wherever they run. Hides all that from loading and calling.
"""
import builtins
import importlib
import importlib.util
import os
import sys
import zipimport
from importlib.machinery import ModuleSpec, NamespaceLoader

from cordon.plugins import _finder, _loaders, _names
from cordon.plugins._errors import NoPlugin

_VIEWS_FOLDER = os.path.join(os.path.dirname(__file__), "views")


def _list_views():
    """{public name: (file, is_package)} of modules that a plugin sees as its own because they take names of modules."""
    found = {}
    for folder, _, files in os.walk(_VIEWS_FOLDER):
        package = os.path.relpath(folder, _VIEWS_FOLDER).replace(os.sep, ".").strip(".")
        for file in files:
            stem, suffix = os.path.splitext(file)
            if suffix == ".py":
                is_package = stem == "__init__"
                found[package if is_package else f"{package}.{stem}" if package else stem] = os.path.join(folder, file), is_package
    del found[""]
    return found


VIEWS = _list_views()
_ROOT_FILE = os.path.join(_VIEWS_FOLDER, "__init__.py")
_real_import = builtins.__import__


class World:
    """`path` is the plugin's sys.path; `prefix` the private name of its root; `name` for people."""

    def __init__(self, root, name):
        self.root = root
        self.name = name
        self.prefix = _names.new_prefix()
        self.is_open = True
        self.path = [root, *sys.path]
        self._seen_path = list(self.path)
        self._inherited = frozenset(self.path) - {root}  # stays everybody's, also when everybody's path loses it
        self._owned = {}  # top-level name: whether it is the plugin's
        self._finders = {}  # by folder or place in an archive
        self._archives = {}  # members by archive
        if not os.path.isdir(root):
            try:
                self._members_of(root)
            except zipimport.ZipImportError as error:
                raise NoPlugin(f"{root}: not a folder, zip or wheel: {public_text(error)}") from None

    def start(self):
        _finder.add(self)
        self.builtins = vars(importlib.import_module(f"{self.prefix}.builtins"))
        self.import_own = self._make_import()
        self.builtins["__import__"] = self.import_own

    # ---- names ----

    def private(self, name):
        return f"{self.prefix}.{name}"

    def public(self, name):
        return name.removeprefix(self.prefix + ".") if isinstance(name, str) else name

    def qualify(self, name):
        """The name under which everybody finds what the plugin means by `name`: a module, or something in one."""
        return self.private(name) if isinstance(name, str) and self.owns(_top_of(name)) else name

    def brings(self, name):
        """Whether this is a name in a module that the plugin itself brings."""
        return _names.is_below(name, self.prefix) or _top_of(name) not in VIEWS and self.owns(_top_of(name))

    def require_open(self, name):
        if not self.is_open:
            raise ImportError(f"plugin {self.name!r} was unloaded; module {self.public(name)!r} cannot be imported any more", name=self.public(name))

    # ---- what is the plugin's ----

    def owns(self, top):
        """Whether this top-level name means a module of the plugin, when its own code imports it."""
        if self.path != self._seen_path:
            self.invalidate_caches()
        known = self._owned.get(top)
        if known is None:
            known = self._owned[top] = self._brings(top)
        return known or self.private(top) in sys.modules

    def _brings(self, top):
        if top in VIEWS:
            return True
        if _names.is_private(top) or not top:
            return False
        spec = self._search(self.private(top), self.own_path())
        # A folder without __init__ means a package only if there is no true one: the rule of sys.path.
        return spec is not None and (spec.submodule_search_locations is None or spec.loader is not None or not _is_true_module(top))

    def forget(self, top):
        """What was not found may come to be."""
        if not self._owned.get(top):
            self._owned.pop(top, None)

    def invalidate_caches(self):
        self._seen_path = list(self.path)
        self._owned.clear()
        for finder in list(self._finders.values()):
            if finder is not None:
                finder.invalidate_caches()

    # ---- finding ----

    def find(self, name, path):
        """The spec of a private name, or None. `path`: of the package that it is in."""
        self.require_open(name)
        parent, _, _ = name.rpartition(".")
        if name == self.prefix:
            return self._view_spec(name, _ROOT_FILE, self.path)
        view = VIEWS.get(self.public(name))
        if view is not None:
            file, is_package = view
            return self._view_spec(name, file, [os.path.dirname(file)] if is_package else None)
        if parent == self.prefix:
            return self._search(name, self.own_path())
        return self._search(name, path) if self.public(parent) not in VIEWS else None

    def _view_spec(self, name, file, locations):
        return importlib.util.spec_from_file_location(name, file, loader=_loaders.ViewLoader(name, file, self), submodule_search_locations=locations)

    def own_path(self):
        """What the plugin put on its path; what is on everybody's is found by everybody's import."""
        shared = self._inherited.union(sys.path)
        return [self.root] + [entry for entry in self.path if entry != self.root and entry not in shared]

    def _search(self, name, path):
        portions = []
        for entry in path or ():
            finder = self._finder_of(entry)
            spec = finder.find_spec(name) if finder is not None else None
            if spec is not None and spec.loader is not None:
                return spec
            portions.extend(spec.submodule_search_locations if spec is not None else ())
        return self._namespace_spec(name, portions) if portions else None

    def _namespace_spec(self, name, portions):
        if name.count(".") == 1:
            shared = _shared_spec(self.public(name))
            portions += list(shared.submodule_search_locations or ()) if shared is not None else []
        spec = ModuleSpec(name, None)
        spec.submodule_search_locations = NamespaceLoader(name, portions, lambda name, path: self._search(name, path))._path
        return spec

    def _finder_of(self, entry):
        if not isinstance(entry, str):
            return None
        entry = os.path.abspath(entry)
        if entry not in self._finders:
            self._finders[entry] = self._make_finder(entry)
        return self._finders[entry]

    def _make_finder(self, entry):
        if os.path.isdir(entry):
            return _loaders.folder_finder(entry, self)
        archive = entry
        while archive != "/" and not os.path.exists(archive):
            archive = os.path.dirname(archive)
        try:
            members = self._members_of(archive)
        except zipimport.ZipImportError:
            return None
        return _loaders.zipimporter(archive, entry[len(archive) + 1:], members, self)

    def _members_of(self, archive):
        if archive not in self._archives:
            self._archives[archive] = _loaders.read_members(archive)
        return self._archives[archive]

    # ---- importing ----

    def _make_import(self):
        owns, prefix, forget, modules = self.owns, self.prefix, self.forget, sys.modules

        def __import__(name, globals=None, locals=None, fromlist=(), level=0):
            if type(fromlist) is list and not fromlist and locals is globals and level == 0 and isinstance(name, str) and not _names.is_private(name):
                # Such are the arguments of PyImport_Import, which takes its result from the true sys.modules: C code that the plugin's called wants everybody's module.
                if not _writes_import(sys._getframe(1).f_code):
                    return _real_import(name, globals, locals, fromlist, 0)
                _import_if_there(name)
            if not self.is_open:
                return self._import_of_the_left(name, globals, locals, fromlist, level)
            try:
                if level == 0 and isinstance(name, str):
                    top = name.partition(".")[0]
                    if owns(top):
                        return self._import_private(name, top, globals, locals, fromlist)
                    if _names.is_private(top) and top != prefix:
                        raise ModuleNotFoundError(f"No module named {name!r}: it is of another plugin", name=name)
                return _real_import(name, globals, locals, fromlist, level)
            except ImportError as error:
                if level == 0 and isinstance(name, str):
                    forget(name.partition(".")[0])
                self._make_public(error)
                raise
            finally:
                if not self.is_open:
                    sweep_modules(prefix)

        return __import__

    def _import_of_the_left(self, name, globals, locals, fromlist, level):
        """For code that outlives its plugin: what is everybody's, views' true modules among it; of what was its own it is told why that cannot be."""
        top = _top_of(name) if isinstance(name, str) else ""
        if level or _names.is_private(top) or top not in VIEWS and self._owned_once(top):
            self.require_open(self._absolute(name, globals, level))
        try:
            return _real_import(name, globals, locals, fromlist, level)
        except ModuleNotFoundError as error:
            if error.name is None or _top_of(error.name) != top:
                raise
            raise ModuleNotFoundError(f"{error}; plugin {self.name!r} was unloaded, and what was its own cannot be imported any more", name=error.name) from None

    def _owned_once(self, top):
        try:
            return self.owns(top)
        except OSError:  # its files may have gone
            return False

    @staticmethod
    def _absolute(name, globals, level):
        package = globals.get("__package__") if level and isinstance(globals, dict) else None
        try:
            return importlib.util.resolve_name("." * level + name, package) if isinstance(package, str) else name
        except ImportError:
            return name

    def _import_private(self, name, top, globals, locals, fromlist):
        if top in VIEWS and name not in VIEWS and self.private(name) not in sys.modules:
            # importlib.machinery: there is nothing of a plugin's own about it.
            module = _real_import(name, globals, locals, fromlist, 0)
            return module if fromlist else importlib.import_module(self.private(top))
        module = _real_import(self.private(name), globals, locals, fromlist, 0)
        return module if fromlist else sys.modules[self.private(top)]

    def import_module(self, name):
        """As importlib.import_module of an absolute name in the plugin's code: the module itself."""
        return self.import_own(name, None, None, ("",))

    def resolve(self, name):
        """As pkgutil.resolve_name in the plugin's code: "package.module:attribute.inner", or with a dot for the colon."""
        import pkgutil
        return pkgutil.resolve_name(self.qualify(name))

    def _make_public(self, error):
        if self.prefix in str(error):
            error.msg = _names.public_name(error.msg)
            error.args = tuple(_names.public_name(each) if isinstance(each, str) else each for each in error.args)
        if isinstance(error.name, str) and error.name != self.public(error.name):
            try:
                error.name = self.public(error.name)
            except AttributeError:  # a class of ImportErrors that makes its name from its arguments
                pass


def _writes_import(code):
    """Whether this code has `__import__` in it, so that an import in its frame may be its own and not that of C code which it called."""
    return "__import__" in code.co_names or "__import__" in code.co_varnames or "__import__" in code.co_freevars


def _import_if_there(name):
    try:
        _real_import(name)
    except ImportError:
        pass


def _top_of(name):
    return name.partition(":")[0].partition(".")[0]


def public_text(error):
    return _names.public_name(str(error))


def sweep_modules(prefix):
    for name in [name for name in list(sys.modules) if isinstance(name, str) and _names.is_below(name, prefix)]:
        sys.modules.pop(name, None)


def _shared_spec(top):
    """Of what everybody's import finds, without importing it."""
    module = sys.modules.get(top)
    spec = getattr(module, "__spec__", None)
    if spec is not None:
        return spec
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


def _is_true_module(top):
    spec = _shared_spec(top)
    return spec is not None and spec.loader is not None and not isinstance(spec.loader, NamespaceLoader)
