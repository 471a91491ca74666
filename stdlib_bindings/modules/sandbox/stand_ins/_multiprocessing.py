"""Semaphores of multiprocessing. They work between the threads of the one process, which is what ThreadPool needs; names mean nothing."""
import _thread
import time
from itertools import count

from _sealed import refuse_all

RECURSIVE_MUTEX, SEMAPHORE = 0, 1
flags = {}
_handles = count(1)


def sem_unlink(name):
    """There is nothing to unlink: no other process can see a name."""


class SemLock:
    """A counting semaphore, or a lock that its thread may take again."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind, value, maxvalue, name, unlink):
        if kind not in (RECURSIVE_MUTEX, SEMAPHORE):
            raise ValueError("unrecognized kind")
        if not 0 <= value <= maxvalue:
            raise ValueError("invalid value")
        self.kind, self.maxvalue, self.handle = kind, maxvalue, next(_handles)
        self.name = None  # with a name, a process that clears up behind others would be started
        self._value, self._taken, self._owner = value, 0, None
        self._waiting = []  # a locked lock per waiting thread

    @staticmethod
    def _rebuild(handle, kind, maxvalue, name):
        from _sealed import refusal
        raise refusal("process.spawn", "a semaphore of another process")

    def acquire(self, block=True, timeout=None):
        if self.kind == RECURSIVE_MUTEX and self._is_mine():
            self._taken += 1
            return True
        deadline = None if timeout is None else time.monotonic() + max(timeout, 0)
        while self._value == 0:
            if not block or not self._wait(deadline):
                return False
        self._value -= 1
        self._taken += 1
        self._owner = _thread.get_ident()
        return True

    __enter__ = acquire

    def _wait(self, deadline):
        """Until a release, or False when the deadline is over."""
        turn = _thread.allocate_lock()
        turn.acquire()
        self._waiting.append(turn)
        try:
            return turn.acquire(True, -1 if deadline is None else max(deadline - time.monotonic(), 0))
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def release(self):
        if self.kind == RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._taken > 1:
                self._taken -= 1
                return
        elif self._value >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._value += 1
        self._taken -= 1
        if self.kind == RECURSIVE_MUTEX:
            self._owner = None
        if self._waiting:
            self._waiting.pop(0).release()

    def __exit__(self, *exception):
        self.release()

    def _count(self):
        return self._taken

    def _is_mine(self):
        return self._taken > 0 and self._owner == _thread.get_ident()

    def _get_value(self):
        return self._value

    def _is_zero(self):
        return self._value == 0

    def _after_fork(self):
        self._taken = 0


refuse_all(globals(), "net.connect", "recv send")
