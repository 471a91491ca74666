"""sys.modules as a plugin sees it; hides that there is one for all, and the modules of other plugins in it."""
import sys
from collections.abc import MutableMapping

from cordon.plugins import _names
from cordon.plugins._world import VIEWS


class Modules(MutableMapping):
    """The plugin's own modules under the names by which it imports them, and those that are everybody's. What it stores is its own."""

    def __init__(self, world):
        self._world = world

    def __getitem__(self, name):
        key = self._key(name)
        if key is None:
            raise KeyError(name)
        return sys.modules[key]

    def _key(self, name):
        """Its key in the true sys.modules; None: the plugin has no such module."""
        if not isinstance(name, str):
            return name
        if _names.is_private(name):
            return name if _names.is_below(name, self._world.prefix) else None
        key, top = self._world.private(name), name.partition(".")[0]
        if key in sys.modules:
            return key
        # What a view does not show differently is everybody's.
        return None if top not in VIEWS and self._world.owns(top) else name

    def __setitem__(self, name, module):
        is_own = isinstance(name, str) and _names.is_below(name, self._world.prefix)
        sys.modules[name if is_own else self._world.private(name)] = module

    def __delitem__(self, name):
        key = self._key(name)
        if key is None or key not in sys.modules:
            raise KeyError(name)
        if not _names.is_below(key, self._world.prefix):
            raise KeyError(f"{name!r} is everybody's module, which a plugin cannot remove")
        del sys.modules[key]

    def __iter__(self):
        names = {}
        for name in list(sys.modules):
            if isinstance(name, str) and _names.is_private(name):
                if name.startswith(self._world.prefix + "."):
                    names[self._world.public(name)] = True
            elif self._key(name) == name:
                names[name] = True
        return iter(names)

    def __len__(self):
        return sum(1 for _ in self)

    def copy(self):
        return dict(self)

    def __repr__(self):
        return f"<modules of plugin {self._world.name!r}>"

