"""MessagePack with the extension types of docs/engine.md, written anew for the tests: an error in the library that both sides use does not hide here.

Values decode to what Python has for them; Other stands for what is only described. Strict: what docs/engine.md does not allow is an error.
"""
import datetime
import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Other:
    type_name: str
    text: str


@dataclass(frozen=True)
class Raw:
    """Bytes that are put into a message as they are: for messages that break the rules."""
    data: bytes


def _head(short, short_max, forms, size):
    if size <= short_max:
        return bytes([short | size])
    for code, width in forms:
        if size < 1 << 8 * width:
            return bytes([code]) + size.to_bytes(width, "big")
    raise ValueError("too long")


def _extension(number, payload):
    fixed = {1: 0xd4, 2: 0xd5, 4: 0xd6, 8: 0xd7, 16: 0xd8}
    if len(payload) in fixed:
        return bytes([fixed[len(payload)], number]) + payload
    return _head(0, -1, ((0xc7, 1), (0xc8, 2), (0xc9, 4)), len(payload)) + bytes([number]) + payload


def _int(value):
    if 0 <= value < 128:
        return bytes([value])
    if -32 <= value < 0:
        return struct.pack(">b", value)
    if -(1 << 63) <= value < 0:
        return b"\xd3" + struct.pack(">q", value)
    if 0 < value < 1 << 64:
        return b"\xcf" + struct.pack(">Q", value)
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return _extension(1, value.to_bytes(size, "little", signed=True))


def _text(value):
    try:
        data = value.encode()
    except UnicodeEncodeError:
        return _extension(2, value.encode("utf-8", "surrogatepass"))
    return _head(0xa0, 31, ((0xd9, 1), (0xda, 2), (0xdb, 4)), len(data)) + data


def _array(members):
    return _head(0x90, 15, ((0xdc, 2), (0xdd, 4)), len(members)) + b"".join(map(encode, members))


def _offset(value):
    offset = value.utcoffset()
    return None if offset is None else offset.days * 86400 + offset.seconds


def _time_fields(value):
    return [value.hour, value.minute, value.second, value.microsecond, value.fold, _offset(value)]


_ENCODERS = {
    type(None): lambda value: b"\xc0",
    bool: lambda value: b"\xc3" if value else b"\xc2",
    int: _int,
    float: lambda value: b"\xcb" + struct.pack(">d", value),
    str: _text,
    bytes: lambda value: _head(0, -1, ((0xc4, 1), (0xc5, 2), (0xc6, 4)), len(value)) + value,
    list: _array,
    tuple: lambda value: _extension(3, _array(value)),
    set: lambda value: _extension(4, _array(list(value))),
    frozenset: lambda value: _extension(5, _array(list(value))),
    dict: lambda value: _head(0x80, 15, ((0xde, 2), (0xdf, 4)), len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items()),
    datetime.datetime: lambda value: _extension(6, _array([value.year, value.month, value.day, *_time_fields(value)])),
    datetime.date: lambda value: _extension(7, _array([value.year, value.month, value.day])),
    datetime.time: lambda value: _extension(8, _array(_time_fields(value))),
    datetime.timedelta: lambda value: _extension(9, _array([value.days, value.seconds, value.microseconds])),
    complex: lambda value: _extension(10, _array([value.real, value.imag])),
    Raw: lambda value: value.data,
}


def encode(value):
    return _ENCODERS[type(value)](value)


def _zone(offset):
    return None if offset is None else datetime.timezone(datetime.timedelta(seconds=offset))


def _datetime(f):
    return datetime.datetime(*f[:7], fold=f[7], tzinfo=_zone(f[8]))


def _time(f):
    return datetime.time(*f[:4], fold=f[4], tzinfo=_zone(f[5]))


_FROM_ARRAY = {
    3: tuple, 4: set, 5: frozenset, 6: _datetime, 7: lambda f: datetime.date(*f), 8: _time,
    9: lambda f: datetime.timedelta(*f), 10: lambda f: complex(*f), 11: lambda f: Other(*f),
}


class Reader:
    def __init__(self, data):
        self.data, self.position = data, 0

    def take(self, size):
        if self.position + size > len(self.data):
            raise ValueError("message ends too early")
        self.position += size
        return self.data[self.position - size:self.position]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "big", signed=signed)

    def array(self, count):
        return [self.value() for _ in range(count)]

    def map(self, count):
        pairs = [(self.value(), self.value()) for _ in range(count)]
        result = dict(pairs)
        if len(result) != count:
            raise ValueError("a key twice")
        return result

    def extension(self, size):
        kind = self.number(1)
        payload = self.take(size)
        if kind == 1:
            value = int.from_bytes(payload, "little", signed=True)
            if -(1 << 63) <= value < 1 << 64 or len(payload) != (value if value >= 0 else ~value).bit_length() // 8 + 1:
                raise ValueError("a big int that is not the shortest")
            return value
        if kind == 2:
            text = payload.decode("utf-8", "surrogatepass")
            if not any("\ud800" <= character <= "\udfff" for character in text):
                raise ValueError("a str without surrogates as one with them")
            return text
        return _FROM_ARRAY[kind](decode(payload))

    def value(self):
        code = self.number(1)
        if code < 0x80:
            return code
        if code < 0x90:
            return self.map(code & 15)
        if code < 0xa0:
            return self.array(code & 15)
        if code < 0xc0:
            return self.take(code & 31).decode()
        if code >= 0xe0:
            return code - 256
        return _BY_CODE[code](self)


_BY_CODE = {
    0xc0: lambda r: None, 0xc2: lambda r: False, 0xc3: lambda r: True,
    0xc4: lambda r: r.take(r.number(1)), 0xc5: lambda r: r.take(r.number(2)), 0xc6: lambda r: r.take(r.number(4)),
    0xc7: lambda r: r.extension(r.number(1)), 0xc8: lambda r: r.extension(r.number(2)), 0xc9: lambda r: r.extension(r.number(4)),
    0xcb: lambda r: struct.unpack(">d", r.take(8))[0],
    0xcc: lambda r: r.number(1), 0xcd: lambda r: r.number(2), 0xce: lambda r: r.number(4), 0xcf: lambda r: r.number(8),
    0xd0: lambda r: r.number(1, True), 0xd1: lambda r: r.number(2, True), 0xd2: lambda r: r.number(4, True), 0xd3: lambda r: r.number(8, True),
    0xd4: lambda r: r.extension(1), 0xd5: lambda r: r.extension(2), 0xd6: lambda r: r.extension(4), 0xd7: lambda r: r.extension(8),
    0xd8: lambda r: r.extension(16),
    0xd9: lambda r: r.take(r.number(1)).decode(), 0xda: lambda r: r.take(r.number(2)).decode(), 0xdb: lambda r: r.take(r.number(4)).decode(),
    0xdc: lambda r: r.array(r.number(2)), 0xdd: lambda r: r.array(r.number(4)),
    0xde: lambda r: r.map(r.number(2)), 0xdf: lambda r: r.map(r.number(4)),
}


def decode(data):
    reader = Reader(data)
    value = reader.value()
    if reader.position != len(data):
        raise ValueError("bytes behind the value")
    return value
