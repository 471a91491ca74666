"""Calling a function of the host, waiting for it or not."""
from cordon import _host
from cordon._functions import find


def call(name, /, *args, **kwargs):
    """Calls the host's function `name` and returns what it answers. Other threads run meanwhile; in a running event loop, other tasks do not.

    TypeError: the arguments do not fit. UnknownCallError: there is no such function. HostError: it failed, with the host's message.
    """
    find(name).check(args, kwargs)
    return _host.builtin.call(name, args, kwargs)


async def call_async(name, /, *args, **kwargs):
    """As call, but other tasks of the event loop run meanwhile. Several may be under way at once, and are answered in any order."""
    find(name).check(args, kwargs)
    from cordon import _mailbox
    return await _mailbox.call(name, args, kwargs)
