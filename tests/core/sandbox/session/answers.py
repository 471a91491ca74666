"""A host's functions for the tests, answered when the worker waits; hides pending calls and clocks."""
import struct

import host as hosts


class Failure(Exception):
    """What a function raises to answer with a failure."""

    def __init__(self, message, kind=None):
        super().__init__(message)
        self.kind = kind


LATER = object()  # a function that returns this is not answered


class Answers:
    """`functions` by name, called with args and kwargs. `order` picks which of the pending calls is answered next: an index."""

    def __init__(self, order=0, **functions):
        self.functions, self.order = {name.replace("__", "."): function for name, function in functions.items()}, order
        self.pending, self.calls, self.waits = {}, [], []

    def __call__(self, host, frame):
        if frame.type == hosts.CALL:
            name, args, kwargs = frame.value
            self.calls.append((name, args, kwargs))
            self.pending[frame.id] = (name, args, kwargs)
            return
        wait_ns = struct.unpack("<Q", frame.payload)[0]
        self.waits.append(wait_ns)
        answered = self.answer(host)
        if not answered:
            assert wait_ns != hosts.FOR_EVER, f"waits for ever for {self.pending}"
            host.send(hosts.TICK, struct.pack("<Q", wait_ns))

    def answer(self, host):
        numbers = [number for number, (name, _, _) in self.pending.items() if name in self.functions]
        order = self.order if callable(self.order) else lambda pending: self.order
        while numbers:
            number = numbers.pop(order(numbers) % len(numbers))
            name, args, kwargs = self.pending[number]
            try:
                result = self.functions[name](*args, **kwargs)
                if result is LATER:
                    continue
                answer = [True, result]
            except Failure as failure:
                answer = [False, str(failure), failure.kind]
            del self.pending[number]
            host.send_value(hosts.ANSWER, answer, number)
            return True
        return False


def parameter(name, kind=None, **more):
    return {"name": name, **({"type": kind} if kind else {}), **more}
