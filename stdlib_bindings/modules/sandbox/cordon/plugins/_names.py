"""How modules of plugins are called in sys.modules; hides the form of those names from everything else.

Module `utils` of the load with number 7 is `__cordon_plugin_7__.utils`, there and as its __name__. Numbers are never used twice, so code of a plugin that was unloaded meets nobody.
"""
import itertools
import re

_FAMILY = "__cordon_plugin_"
_PATTERN = re.compile(r"__cordon_plugin_\d+__(\.?)")
_numbers = itertools.count(1)


def new_prefix():
    return f"{_FAMILY}{next(_numbers)}__"


def is_private(name):
    """Whether this is the name of a module of some plugin."""
    return name.startswith(_FAMILY)


def public_name(name):
    """The name by which the plugin itself imports it: "__cordon_plugin_7__.utils" is "utils". Also takes a text with such names in it."""
    return _PATTERN.sub(lambda match: "" if match[1] else "the plugin", name)


def is_below(name, prefix):
    """Whether `name` is `prefix` or a module in it; `a.bc` is not below `a.b`."""
    return name == prefix or name.startswith(prefix + ".")
