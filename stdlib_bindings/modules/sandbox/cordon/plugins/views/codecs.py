"""codecs, as a plugin sees it: what it registers goes with it."""
import codecs as _codecs

from cordon.plugins import _codec_traces
from cordon.plugins._view import become_view


def register(search_function, /):
    _codec_traces.register(plugin.prefix, search_function)


def unregister(search_function, /):
    _codec_traces.unregister(plugin.prefix, search_function)


def register_error(errors, handler, /):
    _codec_traces.register_error(plugin.prefix, errors, handler)


become_view(globals(), _codecs)
