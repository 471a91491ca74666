"""The system log: there is none to write to. Masks are arithmetic and work."""
from _sealed import refuse_all
from _sealed.syslog_constants import *

refuse_all(globals(), "ipc", "openlog syslog closelog setlogmask")


def LOG_MASK(pri, /):
    """The mask for one priority."""
    return 1 << pri


def LOG_UPTO(pri, /):
    """The mask for all priorities up to one."""
    return (1 << (pri + 1)) - 1
