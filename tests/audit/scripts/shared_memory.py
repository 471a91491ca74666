"""Shared memory with a name, and semaphores."""
import _multiprocessing
from multiprocessing import shared_memory

memory = shared_memory.SharedMemory(create=True, size=10000)
memory.buf[:5] = b"hello"
again = shared_memory.SharedMemory(memory.name)
assert bytes(again.buf[:5]) == b"hello"
again.close()
memory.close()
memory.unlink()
try:
    shared_memory.SharedMemory("nowhere_at_all")
except FileNotFoundError:
    pass
semaphore = _multiprocessing.SemLock(1, 1, 1, "/audit-complete", True)
assert semaphore.acquire() and not semaphore.acquire(False)
semaphore.release()
