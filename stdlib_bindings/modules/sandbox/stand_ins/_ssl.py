"""TLS: there is nobody to talk to. Contexts can be made and configured, since libraries do so when they start; using one is refused."""
import os
from collections import deque

from _sealed import refusal, refuse_all
from _sealed.ssl_constants import *
from _sealed.ssl_constants import _DEFAULT_CIPHERS

# As the oldest OpenSSL that CPython's users ask for. No code of OpenSSL is here.
OPENSSL_VERSION = "OpenSSL 3.0.0 (interface only)"
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (3, 0, 0, 0, 0)
OPENSSL_VERSION_NUMBER = 0x30000000


class SSLError(OSError):
    """An error occurred in the SSL implementation."""
    library = reason = None

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args)


class SSLZeroReturnError(SSLError):
    """SSL/TLS session closed cleanly."""


class SSLWantReadError(SSLError):
    """Non-blocking SSL socket needs to read more data before the requested operation can be completed."""


class SSLWantWriteError(SSLError):
    """Non-blocking SSL socket needs to write more data before the requested operation can be completed."""


class SSLSyscallError(SSLError):
    """System error when attempting SSL operation."""


class SSLEOFError(SSLError):
    """SSL/TLS connection terminated abruptly."""


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate could not be verified."""


class _NeverMade:
    def __new__(cls, *arguments, **keywords):
        raise TypeError(f"cannot create '{cls.__module__}.{cls.__name__}' instances")


class SSLSession(_NeverMade):
    pass


class _SSLSocket(_NeverMade):
    pass


class Certificate(_NeverMade):
    pass


class MemoryBIO:
    """A queue of bytes."""

    def __init__(self):
        self._chunks, self._size, self._ended = deque(), 0, False

    @property
    def pending(self):
        return self._size

    @property
    def eof(self):
        return self._ended and not self._size

    def write(self, b, /):
        data = bytes(memoryview(b))
        if self._ended:
            raise SSLError(0, "cannot write() after write_eof()")
        self._chunks.append(data)
        self._size += len(data)
        return len(data)

    def write_eof(self):
        self._ended = True

    def read(self, size=-1, /):
        data = b"".join(self._chunks)
        wanted = len(data) if size < 0 else min(size, len(data))
        self._chunks.clear()
        if data[wanted:]:
            self._chunks.append(data[wanted:])
        self._size = len(data) - wanted
        return data[:wanted]


def _setting(name, kind=int):
    """A property that keeps what it is given; the ssl module wraps it into its enumerations."""
    field = "_" + name

    def get(self):
        return self.__dict__[field]

    def put(self, value):
        self.__dict__[field] = value if kind is None else kind(value)
    return property(get, put)


class _SSLContext:
    """The settings of a context."""

    def __new__(cls, protocol, /):
        if protocol not in (PROTOCOL_TLS, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, PROTOCOL_TLSv1, PROTOCOL_TLSv1_1, PROTOCOL_TLSv1_2):
            raise ValueError("invalid or unsupported protocol version")
        self = super().__new__(cls)
        is_client = protocol == PROTOCOL_TLS_CLIENT
        self.__dict__.update(
            _protocol=protocol, _verify_mode=CERT_REQUIRED if is_client else CERT_NONE, _check_hostname=is_client,
            _options=OP_ALL | OP_NO_SSLv3 | OP_NO_COMPRESSION | OP_CIPHER_SERVER_PREFERENCE | OP_SINGLE_DH_USE | OP_SINGLE_ECDH_USE
            | OP_ENABLE_MIDDLEBOX_COMPAT | OP_IGNORE_UNEXPECTED_EOF,
            _verify_flags=VERIFY_X509_TRUSTED_FIRST, _minimum_version=PROTO_MINIMUM_SUPPORTED, _maximum_version=PROTO_MAXIMUM_SUPPORTED,
            _num_tickets=2, _post_handshake_auth=False, _host_flags_=0, _sni_callback=None, _msg_callback_=None, _keylog_filename=None)
        return self

    protocol = property(lambda self: self.__dict__["_protocol"])
    security_level = property(lambda self: 2)
    options = _setting("options")
    verify_flags = _setting("verify_flags")
    minimum_version = _setting("minimum_version")
    maximum_version = _setting("maximum_version")
    num_tickets = _setting("num_tickets")
    post_handshake_auth = _setting("post_handshake_auth", bool)
    sni_callback = _setting("sni_callback", None)
    _host_flags = _setting("host_flags_")
    _msg_callback = _setting("msg_callback_", None)

    @property
    def verify_mode(self):
        return self.__dict__["_verify_mode"]

    @verify_mode.setter
    def verify_mode(self, value):
        if value not in (CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED):
            raise ValueError("invalid value for verify_mode")
        if value == CERT_NONE and self.check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self.__dict__["_verify_mode"] = int(value)

    @property
    def check_hostname(self):
        return self.__dict__["_check_hostname"]

    @check_hostname.setter
    def check_hostname(self, value):
        if value and self.__dict__["_verify_mode"] == CERT_NONE:
            self.__dict__["_verify_mode"] = CERT_REQUIRED
        self.__dict__["_check_hostname"] = bool(value)

    @property
    def keylog_filename(self):
        return None

    @keylog_filename.setter
    def keylog_filename(self, value):
        if value is not None:
            raise refusal("net.connect", "ssl.SSLContext.keylog_filename")

    def set_ciphers(self, cipherlist, /):
        if not isinstance(cipherlist, str):
            raise TypeError(f"set_ciphers() argument must be str, not {type(cipherlist).__name__}")

    def _set_alpn_protocols(self, protos, /):
        bytes(protos)

    def set_default_verify_paths(self):
        """No certificates are here, so there is nothing to find."""

    def get_ciphers(self):
        return []

    def get_ca_certs(self, binary_form=False):
        return []

    def cert_store_stats(self):
        return {"x509": 0, "crl": 0, "x509_ca": 0}

    def session_stats(self):
        return dict.fromkeys("number connect connect_good connect_renegotiate accept accept_good accept_renegotiate hits misses timeouts cache_full".split(), 0)

    refuse_all(locals(), "net.connect", """
        _wrap_socket _wrap_bio load_cert_chain load_dh_params load_verify_locations set_ecdh_curve set_psk_client_callback set_psk_server_callback""")


# The purposes that the ssl module itself asks for.
_objects = (
    (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    (130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
)


def txt2obj(txt, name=False):
    for known in _objects:
        if txt == known[3] or (name and txt in known[1:3]):
            return known
    raise ValueError(f"unknown object '{txt:.100}'")


def nid2obj(nid, /):
    for known in _objects:
        if nid == known[0]:
            return known
    raise ValueError(f"unknown NID {nid}")


def RAND_bytes(n, /):
    """Bytes from the sandbox's generator."""
    if n < 0:
        raise ValueError("num must be positive")
    return os.urandom(n)


def RAND_add(string, entropy, /):
    """The generator takes nothing from programs."""


def RAND_status():
    return True


def get_default_verify_paths():
    return "SSL_CERT_FILE", "/etc/ssl/cert.pem", "SSL_CERT_DIR", "/etc/ssl/certs"


refuse_all(globals(), "net.connect", "_test_decode_cert")
