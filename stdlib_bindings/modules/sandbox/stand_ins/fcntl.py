"""Control of descriptors, as far as a file system in memory has something to control; locks hold, since nobody else is there to ask."""
import errno
import os

from _sealed import refusal
from _sealed.fcntl_constants import *
from _sealed.termios_constants import FIOCLEX as _FIOCLEX, FIONBIO as _FIONBIO, FIONCLEX as _FIONCLEX


def _number(fd):
    number = fd if isinstance(fd, int) else fd.fileno()
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    os.fstat(number)  # EBADF where there is none
    return number


def _get_status(number):
    return 0 if os.get_blocking(number) else os.O_NONBLOCK


def _set_status(number, flags):
    os.set_blocking(number, not flags & os.O_NONBLOCK)
    return 0


def _set_descriptor(number, flags):
    os.set_inheritable(number, not flags & FD_CLOEXEC)
    return 0


def _duplicate(number, lowest, inheritable):
    """The first free number from `lowest` on, found by filling those below it for a moment."""
    below, copy = [], os.dup(number)
    try:
        while copy < lowest:
            below.append(copy)
            copy = os.dup(number)
    finally:
        for taken in below:
            os.close(taken)
    os.set_inheritable(copy, inheritable)
    return copy


_commands = {
    F_GETFD: lambda number, argument: 0 if os.get_inheritable(number) else FD_CLOEXEC,
    F_SETFD: _set_descriptor,
    F_GETFL: lambda number, argument: _get_status(number),
    F_SETFL: _set_status,
    F_DUPFD: lambda number, argument: _duplicate(number, argument, True),
    F_DUPFD_CLOEXEC: lambda number, argument: _duplicate(number, argument, False),
}


def fcntl(fd, cmd, arg=0, /):
    number = _number(fd)
    if cmd in (F_SETLK, F_SETLKW) and isinstance(arg, (bytes, bytearray)):
        return bytes(arg)
    if cmd not in _commands or not isinstance(arg, int):
        raise refusal("fd.use", f"fcntl.fcntl command {cmd}")
    return _commands[cmd](number, arg)


def ioctl(fd, request, arg=0, mutate_flag=True, /):
    number = _number(fd)
    if request == _FIONBIO and isinstance(arg, int):
        os.set_blocking(number, not arg)
        return 0
    if request in (_FIOCLEX, _FIONCLEX):
        os.set_inheritable(number, request == _FIONCLEX)
        return 0
    raise refusal("fd.use", f"fcntl.ioctl request {request}")


def flock(fd, operation, /):
    if operation & ~LOCK_NB not in (LOCK_SH, LOCK_EX, LOCK_UN):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    _number(fd)


def lockf(fd, cmd, len=0, start=0, whence=0, /):
    if not cmd & (LOCK_SH | LOCK_EX | LOCK_UN):
        raise ValueError("unrecognized lockf argument")
    _number(fd)
