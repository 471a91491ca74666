"""Limits and usage. Usage is what the sandbox's own clock knows; limits are set by whoever started the sandbox, not from inside."""
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


def setrlimit(resource, limits, /):
    _check(resource)
    raise refusal("process.set", "resource.setrlimit")


def prlimit(pid, resource, limits=None, /):
    _check(resource)
    if limits is None and pid in (0, os.getpid()):
        return getrlimit(resource)
    raise refusal("process.set" if limits else "process.info", "resource.prlimit")
