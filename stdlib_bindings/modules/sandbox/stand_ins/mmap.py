"""Mapped memory: refused. The constants are there, since libraries look at them when they are imported."""
from _sealed import refusal
from _sealed.mmap_constants import *

error = OSError


class mmap:
    def __new__(cls, fileno, length, *arguments, **keywords):
        raise refusal("memory.map", f"mmap.mmap({fileno!r}, {length!r})")
