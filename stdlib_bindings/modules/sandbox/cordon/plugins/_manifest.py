"""What a manifest must be; hides from loading and calling that somebody else wrote it. The host's reader of plugin.yaml has the same rules, with lines."""
import re

from cordon._types import FITS
from cordon.plugins._errors import BadManifest

_TYPES = {"any", *FITS}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[!-~]{1,64}")


class Manifest:
    """A manifest that is as it must be. `rows`: it again, with every key there is."""

    def __init__(self, given, *, default_entry=None):
        rows = _mapping(given, "", {"name": _name, "version": _version, "api_version": _api_version, "entry": _entry, "description": _optional_text, "commands": _functions,
                                    "contracts": _contracts, "capabilities": _capabilities},
                        required=("name", "version", "api_version", *(() if default_entry else ("entry",))))
        rows["entry"] = rows.get("entry") or default_entry
        self.rows = {"description": None, "commands": {}, "contracts": {}, "capabilities": []} | rows
        self.name, self.version, self.api_version, self.entry = (rows[key] for key in ("name", "version", "api_version", "entry"))
        self.commands, self.contracts = self.rows["commands"], self.rows["contracts"]


def _complain(place, text):
    raise BadManifest(f"manifest: {place}: {text}" if place else f"manifest: {text}")


def _inside(place, key):
    return f"{place}.{key}" if place else str(key)


def _mapping(given, place, readers, required=()):
    if not isinstance(given, dict):
        _complain(place, f"must be a mapping, not {type(given).__name__}")
    for key in given:
        if key not in readers:
            _complain(place, f"unknown key {key!r}; there are {', '.join(readers)}")
    for key in required:
        if given.get(key) is None:
            _complain(place, f"{key!r} is missing")
    return {key: readers[key](value, _inside(place, key)) for key, value in given.items() if value is not None or readers[key] is _anything}


def _anything(value, place):
    return value


def _text(value, place):
    if not isinstance(value, str) or not value:
        _complain(place, f"must be a text that is not empty, not {value!r}")
    return value


def _optional_text(value, place):
    if not isinstance(value, str):
        _complain(place, f"must be a text, not {value!r}")
    return value


def _name(value, place):
    if not _NAME.fullmatch(_text(value, place)):
        _complain(place, f"must be a name of letters, digits, _, - and ., at most 64, not {value!r}")
    return value


def _version(value, place):
    """A number would lose what was meant: 1.10 is 1.1."""
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        _complain(place, f"must be a text such as \"1.0\", without blanks, at most 64 characters, not {value!r}")
    return value


def _api_version(value, place):
    return _version(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, place)


def _truth(value, place):
    if not isinstance(value, bool):
        _complain(place, f"must be true or false, not {value!r}")
    return value


def _entry(value, place):
    module, colon, attribute = _text(value, place).partition(":")
    if not _is_dotted(module) or colon and not _is_dotted(attribute):
        _complain(place, f"must be \"module:attribute\" or \"module\", not {value!r}")
    return value


def _is_dotted(text):
    return all(part.isidentifier() for part in text.split("."))


def _named(value, place, read):
    if not isinstance(value, dict):
        _complain(place, f"must be a mapping of names, not {type(value).__name__}")
    return {_text(name, place): read(row, _inside(place, name)) for name, row in value.items()}


def _functions(value, place):
    return _named(value, place, _function)


def _function(value, place):
    row = _mapping({} if value is None else value, place, {"parameters": _parameters, "returns": _type, "description": _optional_text})
    return {"parameters": None, "returns": None, "description": None} | row


def _contracts(value, place):
    return _named(value, place, lambda row, place: {"description": None, "functions": {}} | _mapping(
        {} if row is None else row, place, {"functions": _functions, "description": _optional_text, "entry": _entry}))


def _parameters(value, place):
    if not isinstance(value, (list, tuple)):
        _complain(place, f"must be a list, not {type(value).__name__}")
    rows = [_parameter(row, f"{place}[{index}]") for index, row in enumerate(value)]
    names = [row["name"] for row in rows]
    for name in names:
        if names.count(name) > 1:
            _complain(place, f"there are two parameters {name!r}")
    optional = [row["name"] for row in rows if not row["required"]]
    for row in rows[len(rows) - len(optional):] if optional else ():
        if row["required"]:
            _complain(place, f"parameter {row['name']!r} is required, and stands behind {optional[0]!r}, which is not")
    return rows


def _parameter(value, place):
    row = _mapping(value, place, {"name": _identifier, "type": _type, "required": _truth, "default": _anything, "description": _optional_text}, required=("name",))
    row.setdefault("type", "any")
    row.setdefault("required", "default" not in row)
    if row["required"] and "default" in row:
        _complain(place, f"parameter {row['name']!r} has a default, and is required")
    return row


def _identifier(value, place):
    if not _text(value, place).isidentifier():
        _complain(place, f"must be a name, not {value!r}")
    return value


def _type(value, place):
    """A type that nobody knows would be one that nobody checks."""
    for word in _text(value, place).split("|"):
        if word not in _TYPES:
            _complain(place, f"unknown type {word!r}; there are {', '.join(sorted(_TYPES))}")
    return value


def _capabilities(value, place):
    if not isinstance(value, (list, tuple)):
        _complain(place, f"must be a list, not {type(value).__name__}")
    return [_mapping(row, f"{place}[{index}]", {"capability": _text, "arguments": _anything}, required=("capability",)) for index, row in enumerate(value)]
