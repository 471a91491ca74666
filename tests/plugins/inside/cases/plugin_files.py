"""Makes plugins for tests: folders and archives, each with `generated.contracts`, `utils` and the package `vendored` in a version of its own."""
import atexit
import os
import shutil
import sys
import tempfile
import zipfile

FOLDER = os.path.realpath(tempfile.mkdtemp(prefix="plugins"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

_COMMON = {
    "utils.py": """
        import vendored
        WHO = {who!r}
        def who():
            return WHO, vendored.VERSION
    """,
    "generated/__init__.py": "",
    "generated/contracts.py": """
        import dataclasses
        @dataclasses.dataclass
        class Point:
            who: str = {who!r}
    """,
    "vendored/__init__.py": """
        from .parts import inner
        VERSION = {who!r} + "-vendored"
    """,
    "vendored/parts/__init__.py": "",
    "vendored/parts/inner.py": "import utils as top\nWHO = {who!r}\n",
    "plugin.py": """
        import utils
        def who():
            return utils.who()
    """,
}

MANIFEST = {"name": "probe", "version": "1.0", "api_version": "1", "entry": "plugin", "commands": {"who": {"parameters": []}},
            "contracts": {"identity": {"functions": {"who": {"parameters": []}}}}}


def _text(source, who):
    import textwrap
    source = textwrap.dedent(source)
    return source.replace("{who!r}", repr(who))


def sources(who, files=None, common=True):
    """{relative path: text}. `files` come over the usual ones; None leaves one out. {who!r} in them is the plugin's name."""
    merged = (_COMMON if common else {}) | (files or {})
    return {name: _text(source, who) for name, source in merged.items() if source is not None}


def write_folder(name, files=None, who=None, common=True):
    """Writes a plugin into a folder and returns its path."""
    root = os.path.join(FOLDER, name)
    for relative, text in sources(who or os.path.basename(name), files, common).items():
        path = os.path.join(root, relative)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    return root


def write_archive(name, files=None, who=None, common=True):
    """The same as a zip or wheel."""
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for relative, text in sources(who or os.path.splitext(os.path.basename(name))[0], files, common).items():
            archive.writestr(relative, text)
    return path


def manifest(**changes):
    return MANIFEST | changes


def commands(*names):
    """A manifest with these commands, each of which takes anything."""
    return manifest(commands={name: {} for name in names}, contracts={})


class Traces:
    """What a load could leave: taken before, compared after. Modules of everybody that were merely imported are none."""

    def __init__(self):
        self.before = self._now()

    @staticmethod
    def _now():
        import linecache
        import logging
        import warnings
        import zipimport
        ours = lambda key: isinstance(key, str) and (key.startswith(FOLDER) or "cordon_plugin" in key)
        generic = {"utils", "generated", "generated.contracts", "vendored", "plugin"}
        return {
            "sys.modules": {name for name in sys.modules if "cordon_plugin" in name or name in generic},
            "sys.path": list(sys.path),
            "sys.meta_path": [type(finder).__name__ for finder in sys.meta_path if type(finder).__module__ != "cordon.plugins._finder"],
            "sys.path_hooks": list(sys.path_hooks),
            "sys.path_importer_cache": {key for key in sys.path_importer_cache if ours(key)},
            "zip directories": {key for key in zipimport._zip_directory_cache if ours(key)},
            "linecache": {key for key in linecache.cache if ours(key)},
            "warnings": list(warnings.filters),
            "loggers": {key for key in logging.root.manager.loggerDict if ours(key)},
        }

    def left(self):
        """{where: what is more or less}; empty if nothing was left."""
        now = self._now()
        return {where: (self.before[where], now[where]) for where in now if now[where] != self.before[where]}
