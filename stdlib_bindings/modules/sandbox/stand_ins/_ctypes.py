"""Native code: refused. Types and prototypes can be declared and measured, since libraries do so when they are imported; simple values work.

Loading a library, looking up a symbol, calling, and anything that has an address is refused."""
from struct import calcsize as _calcsize

from _sealed import refusal, refuse_all, refusing

__version__ = "1.1.0"
RTLD_LOCAL, RTLD_GLOBAL = 0, 256
FUNCFLAG_HRESULT, FUNCFLAG_CDECL, FUNCFLAG_PYTHONAPI, FUNCFLAG_USE_ERRNO, FUNCFLAG_USE_LASTERROR = 2, 1, 4, 8, 16
TYPEFLAG_ISPOINTER, TYPEFLAG_HASPOINTER = 256, 512
SIZEOF_TIME_T = 8
CTYPES_MAX_ARGCOUNT = 1024
_memmove_addr, _memset_addr, _string_at_addr, _cast_addr, _wstring_at_addr = 1, 2, 3, 4, 5  # names for functions that refuse to be called
_pointer_type_cache = {}
_errno = 0


class ArgumentError(Exception):
    pass


# ---- metatypes ----

class CType_Type(type):
    """What all C types share. Size and alignment are counted in bytes."""

    _sealed_size = 0
    _sealed_alignment = 1

    def __mul__(cls, length):
        if length < 0:
            raise ValueError(f"Array length must be >= 0, not {length}")
        return PyCArrayType(f"{cls.__name__}_Array_{length}", (Array,), {"_type_": cls, "_length_": length})

    __rmul__ = __mul__

    def from_param(cls, value):
        return value

    for _name in ("from_address", "from_buffer", "from_buffer_copy", "in_dll"):
        locals()[_name] = refusing("native.load", f"ctypes.{_name}")
    del _name


class PyCSimpleType(CType_Type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        code = getattr(cls, "_type_", None)
        if code is None:
            return
        if code not in _simple_kinds:
            raise AttributeError("class must define a '_type_' attribute which must be\na single character string containing one of "
                                 f"'{''.join(_simple_kinds)}'.")
        cls._sealed_size = cls._sealed_alignment = _simple_kinds[code][0]


def _lay_out(cls, fields, is_union):
    """Size and alignment as the C compiler of x86-64 Linux counts them; bit fields take their whole type."""
    pack = getattr(cls, "_pack_", 0)
    offset = 0
    alignment = max([getattr(cls, "_align_", 1)] + [base._sealed_alignment for base in cls.__bases__ if isinstance(base, CType_Type)])
    if not is_union:
        offset = max((base._sealed_size for base in cls.__bases__ if isinstance(base, CType_Type)), default=0)
    size = offset
    for field in fields:
        kind = field[1]
        if not isinstance(kind, CType_Type):
            raise TypeError("second item in _fields_ tuple must be a C type")
        step = min(kind._sealed_alignment, pack) if pack else kind._sealed_alignment
        alignment = max(alignment, step)
        if is_union:
            size = max(size, kind._sealed_size)
        else:
            size = -(-size // step) * step + kind._sealed_size
    cls._sealed_alignment = alignment
    cls._sealed_size = -(-size // alignment) * alignment


class PyCStructType(CType_Type):
    _sealed_is_union = False

    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        inherited = next((base for base in bases if isinstance(base, CType_Type)), None)
        if inherited is not None:
            type.__setattr__(cls, "_sealed_size", inherited._sealed_size)
            type.__setattr__(cls, "_sealed_alignment", inherited._sealed_alignment)
        if "_fields_" in namespace:
            cls._fields_ = namespace["_fields_"]

    def __setattr__(cls, name, value):
        super().__setattr__(name, value)
        if name == "_fields_":
            _lay_out(cls, value, cls._sealed_is_union)
            for field in value:
                type.__setattr__(cls, field[0], property(refusing("native.load", f"ctypes field {field[0]}")))


class UnionType(PyCStructType):
    _sealed_is_union = True


class PyCArrayType(CType_Type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        if "_length_" in namespace:
            cls._sealed_size = cls._type_._sealed_size * cls._length_
            cls._sealed_alignment = cls._type_._sealed_alignment


class PyCPointerType(CType_Type):
    _sealed_size = _sealed_alignment = 8

    def set_type(cls, kind):
        cls._type_ = kind


class PyCFuncPtrType(CType_Type):
    _sealed_size = _sealed_alignment = 8


# ---- values ----

def _wrapping(bits, signed):
    def convert(value):
        if not isinstance(value, int):
            raise TypeError(f"int expected instead of {type(value).__name__} instance")
        value &= (1 << bits) - 1
        return value - (1 << bits) if signed and value >> (bits - 1) else value
    return convert


def _character(kind):
    def convert(value):
        if isinstance(value, kind) and len(value) == 1:
            return value
        raise TypeError(f"one character {kind.__name__} expected")
    return convert


def _text(kind):
    def convert(value):
        if value is None or isinstance(value, kind):
            return value
        raise TypeError(f"{kind.__name__} or None expected instead of {type(value).__name__} instance")
    return convert


def _address(value):
    return value if not value else _wrapping(64, False)(value)


# type code: size in bytes, conversion, first value
_simple_kinds = {
    "c": (1, _character(bytes), b"\0"), "u": (4, _character(str), "\0"),
    "b": (1, _wrapping(8, True), 0), "B": (1, _wrapping(8, False), 0), "h": (2, _wrapping(16, True), 0), "H": (2, _wrapping(16, False), 0),
    "i": (4, _wrapping(32, True), 0), "I": (4, _wrapping(32, False), 0), "l": (8, _wrapping(64, True), 0), "L": (8, _wrapping(64, False), 0),
    "q": (8, _wrapping(64, True), 0), "Q": (8, _wrapping(64, False), 0), "f": (4, float, 0.0), "d": (8, float, 0.0), "g": (16, float, 0.0),
    "?": (1, bool, False), "v": (2, bool, False), "P": (8, _address, None), "z": (8, _text(bytes), None), "Z": (8, _text(str), None),
    "O": (8, lambda value: value, None),
}


class _CData(metaclass=CType_Type):
    """The base of all C types."""

    _objects = _b_base_ = None
    _b_needsfree_ = False

    def __reduce__(self):
        raise ValueError("ctypes objects cannot be pickled in the sandbox")


class _SimpleCData(_CData, metaclass=PyCSimpleType):
    def __new__(cls, *arguments):
        if not hasattr(cls, "_type_"):
            raise TypeError("abstract class")
        self = super().__new__(cls)
        self._value = _simple_kinds[cls._type_][2]
        return self

    def __init__(self, value=None):
        if value is not None:
            self.value = value

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = _simple_kinds[self._type_][1](value)

    def __bool__(self):
        return bool(self._value) and self._value not in (b"\0", "\0")

    def __repr__(self):
        return f"{type(self).__name__}({self._value!r})"


def _cannot_be_made(self, *arguments, **keywords):
    raise refusal("native.load", f"ctypes.{type(self).__name__} in native memory")


class Structure(_CData, metaclass=PyCStructType):
    __init__ = _cannot_be_made


class Union(_CData, metaclass=UnionType):
    __init__ = _cannot_be_made


class Array(_CData, metaclass=PyCArrayType):
    __init__ = _cannot_be_made


class _Pointer(_CData, metaclass=PyCPointerType):
    def __init__(self, *target):
        if target:
            _cannot_be_made(self)

    def __bool__(self):
        return False

    @property
    def contents(self):
        raise ValueError("NULL pointer access")


class CFuncPtr(_CData, metaclass=PyCFuncPtrType):
    """A prototype. One that was given a number exists, one that was given a name or a Python function is refused, and none can be called."""

    restype = argtypes = errcheck = None

    def __init__(self, *arguments):
        if arguments and not isinstance(arguments[0], int):
            name = arguments[0][0] if isinstance(arguments[0], tuple) else getattr(arguments[0], "__qualname__", arguments[0])
            raise refusal("native.load", f"ctypes function {name!r}")

    def __bool__(self):
        return False

    def __call__(self, *arguments, **keywords):
        raise refusal("native.load", "calling a ctypes function")


# ---- functions ----

def dlopen(name, flag=0, /):
    """None is the program itself, which the ctypes module opens when it is imported; nothing can be looked up in it."""
    if name is not None:
        raise refusal("native.load", f"loading {name!r}")
    return 0


def POINTER(kind, /):
    if kind in _pointer_type_cache:
        return _pointer_type_cache[kind]
    if isinstance(kind, str):
        result = PyCPointerType(f"LP_{kind}", (_Pointer,), {})
        _pointer_type_cache[id(result)] = result
        return result
    if not isinstance(kind, CType_Type):
        raise TypeError("must have a ctypes type")
    result = PyCPointerType(f"LP_{kind.__name__}", (_Pointer,), {"_type_": kind})
    _pointer_type_cache[kind] = result
    return result


def _type_of(thing):
    kind = thing if isinstance(thing, CType_Type) else type(thing)
    if not isinstance(kind, CType_Type):
        raise TypeError("this type has no size")
    return kind


def sizeof(obj_or_type, /):
    return _type_of(obj_or_type)._sealed_size


def alignment(obj_or_type, /):
    return _type_of(obj_or_type)._sealed_alignment


def get_errno():
    return _errno


def set_errno(value, /):
    global _errno
    previous, _errno = _errno, value
    return previous


refuse_all(globals(), "native.load", """
    addressof byref call_cdeclfunction call_function dlclose dlsym pointer resize buffer_info _unpickle PyObj_FromPtr Py_INCREF Py_DECREF""")
