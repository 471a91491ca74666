"""logging.config, as a plugin sees it: classes and loggers that are named in a configuration are the plugin's."""
import logging.config as _config

from cordon.plugins._view import become_view

_OUTSIDE = "ext://"


def _qualified(value, key=None):
    if isinstance(value, dict):
        return {name if key != "loggers" else plugin.qualify(name): _qualified(inner, name) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_qualified(inner) for inner in value) if type(value) in (list, tuple) else value
    if isinstance(value, str) and value.startswith(_OUTSIDE):
        return _OUTSIDE + plugin.qualify(value[len(_OUTSIDE):])
    return plugin.qualify(value) if key in ("class", "()") else value


def dictConfig(config):
    _config.dictConfig(_qualified(config))


become_view(globals(), _config)
