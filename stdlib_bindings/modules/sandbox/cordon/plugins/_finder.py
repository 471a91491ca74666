"""Where the import system asks for modules of plugins; hides which load a name belongs to.

It knows private names only: who imports `utils` without being a plugin never comes here with success. So no plugin can be imported by what is not its own.
"""
import sys

from cordon.plugins import _names

worlds = {}  # by prefix


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if not _names.is_private(name):
            return None
        prefix = name.partition(".")[0]
        world = worlds.get(prefix)
        if world is None:
            # Never left to other finders: a folder of this name on sys.path is no plugin.
            raise ModuleNotFoundError(f"module {_names.public_name(name)!r} is of a plugin that was unloaded, or never loaded, and cannot be imported", name=name)
        return world.find(name, path)

    @staticmethod
    def invalidate_caches():
        for world in list(worlds.values()):
            world.invalidate_caches()


_finder = Finder()


def add(world):
    """From now on its modules can be found. In front of other finders: they would look for its folders in their own way, and keep what they saw."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    worlds[world.prefix] = world


def remove(world):
    worlds.pop(world.prefix, None)
