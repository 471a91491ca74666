"""Limits and usage. Usage is what the sandbox's own clock knows; limits belong to whoever started the sandbox."""
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
    raise refusal("process.info", "resource.getrlimit")


def setrlimit(resource, limits, /):
    _check(resource)
    raise refusal("process.set", "resource.setrlimit")


def prlimit(pid, resource, limits=None, /):
    _check(resource)
    raise refusal("process.set" if limits else "process.info", "resource.prlimit")
