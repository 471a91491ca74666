"""The digest of code, as docs/audit.md describes it and core/interpreter/full_code_digest.c makes it: a second time, by other means.

    python3.13 code_digest.py FILE...     prints the digest of each file's code, one a line
"""
import hashlib
import opcode
import struct
import sys
import types

LOCAL, CELL, FREE = 0x20, 0x40, 0x80


def number(value):
    return struct.pack("<I", value & 0xFFFFFFFF)


def long(tag, data):
    return tag + number(len(data)) + data


def text(value):
    top = max(map(ord, value), default=0)
    width, coding = (1, "latin-1") if top < 0x100 else (2, "utf-16-le") if top < 0x10000 else (4, "utf-32-le")
    return long(str(width).encode(), value.encode(coding, "surrogatepass"))


def places(code):
    """Names and kinds of local variables as the compiler lays them out."""
    names = [*code.co_varnames, *(name for name in code.co_cellvars if name not in code.co_varnames), *code.co_freevars]
    kinds = [(LOCAL if i < len(code.co_varnames) else 0) | (CELL if name in code.co_cellvars else 0) | (FREE if i >= len(names) - len(code.co_freevars) else 0)
             for i, name in enumerate(names)]
    return tuple(names), bytes(kinds)


def instructions(code):
    """Without the interpreter's own room behind some of them."""
    result, skip = b"", 0
    for i in range(0, len(code), 2):
        if skip:
            skip -= 1
            continue
        result += code[i:i + 2]
        skip = opcode._inline_cache_entries.get(opcode.opname[code[i]], 0)
    return result


def form(value):
    if isinstance(value, types.CodeType):
        numbers = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_stacksize, value.co_flags, value.co_firstlineno)
        names, kinds = places(value)
        parts = (instructions(value.co_code), value.co_name, value.co_qualname, value.co_consts, value.co_names, names, kinds, value.co_exceptiontable, value.co_linetable)
        return b"C" + b"".join(map(number, numbers)) + b"".join(map(form, parts))
    if isinstance(value, tuple):
        return b"(" + number(len(value)) + b"".join(map(form, value))
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return long(b"b", value)
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, int):
        return long(b"i", struct.pack("<q", value)) if -(2**63) <= value < 2**63 else text(hex(value))
    if isinstance(value, float):
        return long(b"f", struct.pack("<d", value))
    if isinstance(value, complex):
        return long(b"c", struct.pack("<dd", value.real, value.imag))
    if isinstance(value, frozenset):
        return long(b"<", b"".join(sorted(hashlib.sha256(form(item)).digest() for item in value)))
    return {None: b"N", ...: b"."}[value]


def digest(code):
    return hashlib.sha256(form(code)).hexdigest()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with open(name, "rb") as source:
            print(digest(compile(source.read(), name, "exec")))
