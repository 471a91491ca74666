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
    if not _host.has_host():
        check(name, args, kwargs)
    from cordon import _mailbox
    return await _mailbox.call(name, args, kwargs)
