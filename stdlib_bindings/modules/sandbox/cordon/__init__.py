"""The host's functions, for code that runs in a sandbox.

    cordon.call("http.get", "https://…", timeout=5)         calls one and waits
    await cordon.call_async("http.get", "https://…")        the same, while other tasks run
    cordon.host.http.get("https://…", timeout=5)            the same as call, as attributes
    cordon.list_calls()                                     what there is, with descriptions, parameters and kind: "call", or "effect", which
                                                            the host may answer much later; both are called alike

Arguments and results are None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, and the datetime module's datetime, date, time
and timedelta. What a function takes is checked here, and again by the host: a wrong argument is a TypeError that names function and parameter.

    cordon.narrow(policy, profile=None)                     gives up rights, in the full interpreter; a sandbox has none to give up
"""
from cordon._errors import HostError, LimitReached, UnknownCallError
from cordon._functions import list_calls
from cordon._calls import call, call_async
from cordon._namespace import host

try:
    from _cordon_policy import narrow
except ImportError:
    def narrow(text, /, profile=None):
        raise OSError("cordon.narrow: a sandbox has no rights to give up; its host decides what it may")

__all__ = ["HostError", "LimitReached", "UnknownCallError", "call", "call_async", "host", "list_calls", "narrow"]
