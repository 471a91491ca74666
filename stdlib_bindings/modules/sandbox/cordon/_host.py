"""The host as the built-in module of the sandbox gives it; hides from the package that there may be none: alone, or in the full interpreter."""
from cordon._errors import HostError

try:
    import _cordon as builtin
except ImportError:
    builtin = None
else:
    builtin.set_error(HostError)


def has_host():
    return builtin is not None and builtin.has_host()


def require():
    """The built-in module, or HostError."""
    if builtin is None:
        raise HostError("no host: this is no sandbox")
    if not builtin.has_host():
        raise HostError("no host: nobody supervises this sandbox")
    return builtin
