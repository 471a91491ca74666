"""Windows: there is no display. tkinter and turtle can be imported; making a window is refused."""
from _sealed import refusal
from _sealed.tkinter_constants import *

TK_VERSION = TCL_VERSION = "8.6"
_interval_ms = 20


class TclError(Exception):
    """Raised by Tcl for its own failures."""


class _NeverMade:
    def __new__(cls, *arguments, **keywords):
        raise TypeError(f"cannot create '{cls.__name__}' instances")


class TkappType(_NeverMade):
    pass


class TkttType(_NeverMade):
    pass


class Tcl_Obj(_NeverMade):
    pass


def create(*arguments):
    raise refusal("net.connect", "a window needs a display")


def getbusywaitinterval():
    return _interval_ms


def setbusywaitinterval(new_val, /):
    global _interval_ms
    if new_val < 0:
        raise ValueError("busywaitinterval must be >= 0")
    _interval_ms = new_val


def _flatten(item, /):
    flat = []
    for element in item:
        if isinstance(element, (list, tuple)):
            flat.extend(_flatten(element))
        elif element is not None:
            flat.append(element)
    return tuple(flat)
