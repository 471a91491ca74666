"""Calling a function of the host, waiting for it or not."""
from cordon import _host
from cordon._functions import check

if _host.builtin:
    call = _host.builtin.call
else:
    def call(name, /, *args, **kwargs):
        """Raises HostError: this is no sandbox."""
        check(name, args, kwargs)


async def call_async(name, /, *args, **kwargs):
    """As call, but other tasks of the event loop run meanwhile. Several may be under way at once, and are answered in any order."""
    return await (_call_in_loop or _load())(name, args, kwargs)


_call_in_loop = None


def _load():
    """asyncio is imported by who uses it. Without a host there is nothing to import it for."""
    global _call_in_loop
    if not _host.has_host():
        return _refuse
    from cordon._mailbox import call as _call_in_loop
    return _call_in_loop


async def _refuse(name, args, kwargs):
    check(name, args, kwargs)
