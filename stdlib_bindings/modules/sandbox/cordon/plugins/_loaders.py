"""How code of a plugin becomes modules; hides how those get the plugin's own built-in names, above all its own `import`.

The classes are called as those of importlib that they take after: who records or judges imports knows a loader by that.
"""
import zipimport
from importlib import machinery

from cordon.plugins._errors import NativeModule


def _run(run, loader, module):
    """exec() keeps the __builtins__ that it finds: whatever this code defines will look its built-in names up there."""
    loader.world.require_open(module.__name__)
    module.__dict__["__builtins__"] = loader.world.builtins
    run(module)
    loader.world.require_open(module.__name__)


class SourceFileLoader(machinery.SourceFileLoader):
    """Neither reads nor writes byte code: a plugin's folder stays as it was judged, and what runs is what lies there."""

    def __init__(self, name, path, world):
        super().__init__(name, path)
        self.world = world

    def get_code(self, fullname):
        return self.source_to_code(self.get_data(self.path), self.path)

    def exec_module(self, module):
        _run(super().exec_module, self, module)


class SourcelessFileLoader(machinery.SourcelessFileLoader):
    def __init__(self, name, path, world):
        super().__init__(name, path)
        self.world = world

    def exec_module(self, module):
        _run(super().exec_module, self, module)


class zipimporter(zipimport.zipimporter):
    """One folder of an archive. All of a plugin share one list of members: the import system's own would be shared with other loads, and theirs may be of another file."""

    def __init__(self, archive, folder, members, world):
        self.archive = archive
        self.prefix = folder + "/" if folder else ""
        self.members = members
        self.world = world

    def _get_files(self):
        return self.members

    def invalidate_caches(self):
        """What was loaded stays what it was."""

    def exec_module(self, module):
        _run(super().exec_module, self, module)


class _ViewLoader(machinery.SourceFileLoader):
    """Of cordon.plugins.views: runs with everybody's built-in names, and finds the plugin as `plugin`."""

    def __init__(self, name, path, world):
        super().__init__(name, path)
        self.world = world

    def exec_module(self, module):
        module.__dict__["plugin"] = self.world
        super().exec_module(module)


_ViewLoader.__name__ = _ViewLoader.__qualname__ = "SourceFileLoader"
ViewLoader = _ViewLoader


def read_members(archive):
    """The members of an archive as zipimport wants them; ZipImportError."""
    zipimport._zip_directory_cache.pop(archive, None)  # of an archive that may have been another one
    try:
        members = dict(zipimport.zipimporter(archive)._get_files())
    finally:
        zipimport._zip_directory_cache.pop(archive, None)
    # An archive need not name its folders, and zipimport finds namespace packages only if it does.
    for name in list(members):
        while name := name.rstrip("/").rpartition("/")[0]:
            members.setdefault(name + "/")
    return members


def folder_finder(path, world):
    """Finds modules in one folder. Machine code comes last, so that its twin in Python is taken if there is one."""
    def refuse(name, path):
        raise NativeModule(f"{path}: plugin {world.name!r} brings machine code, which is not loaded for plugins; install it for all, beside the interpreter",
                           name=world.public(name), path=path)

    def source(name, path):
        return SourceFileLoader(name, path, world)

    def sourceless(name, path):
        return SourcelessFileLoader(name, path, world)

    return machinery.FileFinder(path, (source, machinery.SOURCE_SUFFIXES), (sourceless, machinery.BYTECODE_SUFFIXES), (refuse, machinery.EXTENSION_SUFFIXES or [".so"]))
