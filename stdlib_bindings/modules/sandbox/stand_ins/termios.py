"""Terminal attributes: there is no terminal. Every question is refused as termios.error, which programs expect for a file that is none."""
from _sealed import refusal
from _sealed.termios_constants import *


class error(Exception):
    """Raised by all functions: errno and text, as programs expect it. As in CPython it is no OSError."""


def _refusing(name):
    def refuse(fd, *arguments):
        raise refusal("tty", f"termios.{name}", error)
    refuse.__name__ = refuse.__qualname__ = name
    return refuse


for _name in ("tcgetattr", "tcsetattr", "tcsendbreak", "tcdrain", "tcflush", "tcflow", "tcgetwinsize", "tcsetwinsize"):
    globals()[_name] = _refusing(_name)
del _name
