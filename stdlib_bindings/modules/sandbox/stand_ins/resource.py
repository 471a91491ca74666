"""Limits and usage. Usage is what the sandbox's own clock knows; limits are set by whoever started the sandbox, not from inside."""
import errno
import operator
import os
from collections import namedtuple

from _sealed import refusal
from _sealed.resource_constants import *

error = OSError
struct_rusage = namedtuple(
    "struct_rusage",
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap "
    "ru_inblock ru_oublock ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw",
)
struct_rusage.__module__ = "resource"


def getpagesize():
    return 4096


def getrusage(who, /):
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise ValueError("invalid who parameter")
    times = os.times()
    used = (0.0, 0.0) if who == RUSAGE_CHILDREN else (times.user, times.system)
    return struct_rusage(*used, *(0,) * 14)


def _check(resource):
    if not 0 <= resource < 16:
        raise ValueError("invalid resource specified")


def getrlimit(resource, /):
    _check(resource)
    if resource == RLIMIT_NOFILE:
        return (os.sysconf("SC_OPEN_MAX"),) * 2
    return RLIM_INFINITY, RLIM_INFINITY


def _pair(limits):
    pair = tuple(limits[index] for index in range(len(limits)))
    if len(pair) != 2:
        raise ValueError("expected a tuple of 2 integers")
    if not all(-2**63 <= operator.index(limit) < 2**64 for limit in pair):
        raise OverflowError("Python int too large to convert to C long")
    return pair


def setrlimit(resource, limits, /):
    """Accepts what holds already."""
    _check(resource)
    if _pair(limits) != getrlimit(resource):
        raise refusal("process.set", "resource.setrlimit")


def prlimit(pid, resource, limits=None, /):
    _check(resource)
    if pid not in (0, os.getpid()):
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    if limits is not None:
        setrlimit(resource, limits)
    return getrlimit(resource)
