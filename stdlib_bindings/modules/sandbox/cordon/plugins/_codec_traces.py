"""What plugins register with codecs; hides that there is no list of that, and that handlers of errors can be replaced but not removed."""
import codecs

_searches = {}  # by prefix of a plugin: its functions
_handlers = {}  # by name: [(None, everybody's handler or None), then (prefix, handler) of each plugin that registered one, the last one in force]


def register(prefix, search_function):
    codecs.register(search_function)
    _searches.setdefault(prefix, []).append(search_function)


def unregister(prefix, search_function):
    codecs.unregister(search_function)
    if search_function in _searches.get(prefix, ()):
        _searches[prefix].remove(search_function)


def register_error(prefix, errors, handler):
    before = _find(errors)
    codecs.register_error(errors, handler)
    rows = _handlers.setdefault(errors, [(None, before)])
    rows[:] = [row for row in rows if row[0] != prefix] + [(prefix, handler)]


def forget(prefix):
    for search_function in _searches.pop(prefix, ()):
        codecs.unregister(search_function)
    for errors, rows in list(_handlers.items()):
        gone = [handler for owner, handler in rows if owner == prefix]
        rows[:] = [row for row in rows if row[0] != prefix]
        if gone and _find(errors) is gone[0]:
            codecs.register_error(errors, rows[-1][1] or _refusal(errors))
        if len(rows) == 1:
            del _handlers[errors]


def _find(errors):
    try:
        return codecs.lookup_error(errors)
    except LookupError:
        return None


def _refusal(errors):
    """As good as no handler."""
    def refuse(error):
        raise LookupError(f"unknown error handler name {errors!r}")
    return refuse
