"""What can go wrong between a sandbox and its host."""


class HostError(Exception):
    """A function of the host failed, or there is no host. `host_type` is the kind of error as the host names it, or None."""

    __module__ = "cordon"

    def __init__(self, message, host_type=None):
        super().__init__(message)
        self.message = message
        self.host_type = host_type

    def __reduce__(self):
        return type(self), (self.message, self.host_type)


class LimitReached(BaseException):
    """A soft limit of the host's was reached: what must be done before the end can be done now. The limits that cannot be caught stay."""

    __module__ = "cordon"


class UnknownCallError(LookupError):
    """The host has no function of that name. `name` is it."""

    __module__ = "cordon"

    def __init__(self, name, message=None):
        super().__init__(message or f"the host has no function {name!r}")
        self.name = name

    def __reduce__(self):
        return type(self), (self.name, str(self))
