"""Sockets: a pair inside the sandbox works, as event loops need one to wake themselves; whatever would leave the sandbox is refused.
A socket can be made, since programs make one before they know what for; connecting or binding it names the capability that lacks.

Addresses in text and in bytes, and the order of bytes in numbers, are arithmetic and work."""
import errno
import os
import time

from _sealed import refusal, refuse_all
from _sealed.socket_constants import *

has_ipv6 = False
error = OSError
timeout = TimeoutError
_default_timeout = None


class herror(OSError):
    pass


class gaierror(OSError):
    pass


def _os_error(number):
    return OSError(number, os.strerror(number))


class socket:
    """One end of a pair, if it was made by socketpair() or around the descriptor of one; else a socket that nothing can be done with."""

    __slots__ = ("_descriptor", "_family", "_kind", "_protocol", "_timeout", "_deaf", "_connected")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._descriptor = -1
        self._connected = fileno is not None
        if fileno is None:
            fileno = os.open(os.devnull, os.O_RDWR)
        elif isinstance(fileno, float):
            raise TypeError("integer argument expected, got float")
        elif fileno < 0:
            raise ValueError("negative file descriptor")
        os.fstat(fileno)
        self._descriptor = fileno
        self._family = (AF_UNIX if self._connected else AF_INET) if family == -1 else family
        self._kind = SOCK_STREAM if type == -1 else type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        self._protocol = 0 if proto == -1 else proto
        self._deaf = False
        self.settimeout(_default_timeout)

    def __del__(self):
        if getattr(self, "_descriptor", -1) != -1:
            import warnings
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def __repr__(self):
        return f"<socket object, fd={self._descriptor}, family={self._family}, type={self._kind}, proto={self._protocol}>"

    family = property(lambda self: self._family)
    type = property(lambda self: self._kind)
    proto = property(lambda self: self._protocol)
    timeout = property(lambda self: self._timeout)

    # ---- descriptor ----

    def fileno(self):
        return self._descriptor

    def detach(self):
        descriptor, self._descriptor = self._descriptor, -1
        return descriptor

    def close(self):
        descriptor = self.detach()
        if descriptor != -1:
            os.close(descriptor)

    def _open_descriptor(self):
        if self._descriptor == -1:
            raise _os_error(errno.EBADF)
        return self._descriptor

    def _connected_descriptor(self):
        descriptor = self._open_descriptor()
        if not self._connected:
            raise _os_error(errno.ENOTCONN)
        return descriptor

    # ---- waiting ----

    def settimeout(self, value, /):
        if value is not None:
            value = float(value)
            if value != value or value < 0:
                raise ValueError("Timeout value out of range")
        os.set_blocking(self._open_descriptor(), value is None)
        self._timeout = value

    def gettimeout(self):
        return self._timeout

    def setblocking(self, flag, /):
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        return self._timeout is None or self._timeout > 0

    def _when_ready(self, operation, to_write):
        """Does the operation, after waiting for at most the timeout."""
        deadline = None if not self._timeout else time.monotonic() + self._timeout
        while True:
            try:
                return operation()
            except BlockingIOError:
                if deadline is None:
                    raise
            self._wait(to_write, deadline - time.monotonic())

    def _wait(self, to_write, seconds):
        import select
        poll = select.poll()
        poll.register(self._open_descriptor(), select.POLLOUT if to_write else select.POLLIN)
        if seconds <= 0 or not poll.poll(seconds * 1000):
            raise TimeoutError("timed out")

    # ---- data ----

    def recv(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if flags:
            raise _os_error(errno.EOPNOTSUPP)
        descriptor = self._connected_descriptor()
        return b"" if self._deaf else self._when_ready(lambda: os.read(descriptor, bufsize), False)

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        if nbytes < 0:
            raise ValueError("negative buffersize in recv_into")
        if nbytes > len(view):
            raise ValueError("buffer too small for requested bytes")
        data = self.recv(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data)

    def recvfrom(self, bufsize, flags=0, /):
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    def send(self, data, flags=0, /):
        if flags & ~MSG_NOSIGNAL:
            raise _os_error(errno.EOPNOTSUPP)
        descriptor = self._connected_descriptor()
        return self._when_ready(lambda: os.write(descriptor, data), True)

    def sendall(self, data, flags=0, /):
        view = memoryview(data).cast("B")
        while view:
            view = view[self.send(view, flags):]

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
        if ancdata or address:
            raise refusal("net.connect", "socket.sendmsg")
        return self.send(b"".join(bytes(buffer) for buffer in buffers), flags)

    def shutdown(self, how, /):
        if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
            raise _os_error(errno.EINVAL)
        if how != SHUT_RD:
            _pair.stop_writing(self._connected_descriptor())
        if how != SHUT_WR:
            self._deaf = True

    # ---- questions ----

    def getsockname(self):
        self._open_descriptor()
        return {AF_INET: ("0.0.0.0", 0), AF_INET6: ("::", 0, 0, 0)}.get(self._family, "")

    def getpeername(self):
        self._connected_descriptor()
        return ""

    def getsockopt(self, level, option, buflen=0, /):
        answers = {SO_TYPE: self._kind, SO_ERROR: 0, SO_DOMAIN: self._family, SO_PROTOCOL: self._protocol, SO_ACCEPTCONN: 0}
        self._open_descriptor()
        if level != SOL_SOCKET or option not in answers or buflen:
            raise _os_error(errno.ENOPROTOOPT)
        return answers[option]

    def setsockopt(self, level, option, *value):
        self._open_descriptor()
        if level == SOL_SOCKET and option not in (SO_BROADCAST, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF, SO_REUSEADDR, SO_REUSEPORT, SO_SNDBUF):
            raise _os_error(errno.ENOPROTOOPT)

    refuse_all(locals(), "net.connect", "connect connect_ex sendto recvmsg recvmsg_into sendmsg_afalg")
    refuse_all(locals(), "net.listen", "bind listen _accept")


SocketType = socket


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /):
    """Two ends of a stream; each reads what the other writes."""
    if family != AF_UNIX or type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) != SOCK_STREAM or proto:
        raise refusal("net.connect", "socket.socketpair of another kind than AF_UNIX, SOCK_STREAM")
    first, second = _pair.open()
    return socket(family, type, proto, first), socket(family, type, proto, second)


class _pair:
    """What core/sealed does for a pair; the C module is looked for when the first pair is made."""

    @staticmethod
    def open():
        import _sealed_pair
        return _sealed_pair.open()

    @staticmethod
    def stop_writing(descriptor):
        import _sealed_pair
        _sealed_pair.stop_writing(descriptor)


def close(fd, /):
    os.close(fd)


def dup(fd, /):
    return os.dup(fd)


def getdefaulttimeout():
    return _default_timeout


def setdefaulttimeout(timeout, /):
    global _default_timeout
    if timeout is not None:
        timeout = float(timeout)
        if timeout < 0:
            raise ValueError("Timeout value out of range")
    _default_timeout = timeout


def gethostname():
    """The name that os.uname() gives."""
    return os.uname().nodename


refuse_all(globals(), "net.resolve", """
    getaddrinfo gethostbyaddr gethostbyname gethostbyname_ex getnameinfo getprotobyname getservbyname getservbyport
    if_indextoname if_nameindex if_nametoindex""")
refuse_all(globals(), "process.set", "sethostname")


# ---- arithmetic ----

def _unsigned(value, bits, name):
    if not isinstance(value, int):
        raise TypeError(f"expected int, {type(value).__name__} found")
    if not 0 <= value < 1 << bits:
        raise OverflowError(f"{name}: Python int too large to convert to C {bits}-bit unsigned integer" if value > 0
                            else f"{name}: can't convert negative Python int to C {bits}-bit unsigned integer")
    return value


def htons(x, /):
    return int.from_bytes(_unsigned(x, 16, "htons").to_bytes(2, "little"), "big")


def ntohs(x, /):
    return int.from_bytes(_unsigned(x, 16, "ntohs").to_bytes(2, "little"), "big")


def htonl(x, /):
    return int.from_bytes(_unsigned(x, 32, "htonl").to_bytes(4, "little"), "big")


def ntohl(x, /):
    return int.from_bytes(_unsigned(x, 32, "ntohl").to_bytes(4, "little"), "big")


def _number_of(part):
    """As C reads an integer: 0x is hexadecimal, 0 octal."""
    if part[:2].lower() == "0x" and part[2:].isalnum():
        return int(part[2:], 16)
    if not part.isascii() or not part.isdigit():
        raise ValueError(part)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def inet_aton(ip_addr, /):
    """The four bytes of an IPv4 address in any of its old notations."""
    try:
        parts = [_number_of(part) for part in ip_addr.strip(" ").split(".")]
        *front, last = parts
        if len(parts) > 4 or any(part > 255 for part in front):
            raise ValueError(ip_addr)
        return bytes(front) + last.to_bytes(5 - len(parts), "big")
    except (ValueError, OverflowError):
        raise OSError("illegal IP address string passed to inet_aton") from None


def inet_ntoa(packed_ip, /):
    packed = bytes(packed_ip)
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, packed))


def inet_pton(af, ip, /):
    import ipaddress
    kinds = {AF_INET: ipaddress.IPv4Address, AF_INET6: ipaddress.IPv6Address}
    if af not in kinds:
        raise _os_error(errno.EAFNOSUPPORT)
    try:
        if "%" in ip:
            raise ValueError(ip)
        return kinds[af](ip).packed
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None


def inet_ntop(af, packed_ip, /):
    import ipaddress
    packed = bytes(packed_ip)
    sizes = {AF_INET: 4, AF_INET6: 16}
    if af not in sizes:
        raise ValueError(f"unknown address family {af}")
    if len(packed) != sizes[af]:
        raise ValueError("invalid length of packed IP address string")
    if af == AF_INET:
        return inet_ntoa(packed)
    address = ipaddress.IPv6Address(packed)
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def CMSG_LEN(length, /):
    if length < 0:
        raise OverflowError("CMSG_LEN() argument out of range")
    return 16 + length


def CMSG_SPACE(length, /):
    return 16 + (CMSG_LEN(length) - 16 + 7 & ~7)


def __getattr__(name):
    if name != "CAPI":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # types.CapsuleType is the type of this object. No C code here asks for sockets, so another module's capsule serves.
    from _datetime import datetime_CAPI
    return datetime_CAPI
