"""Memory mapped from files and from nowhere."""
import mmap
import os

with open("a", "w+b") as file:
    file.write(bytes(10000))
    file.flush()
    with mmap.mmap(file.fileno(), 0) as memory:
        memory[:5] = b"hello"
        memory.flush()
        memory.madvise(mmap.MADV_SEQUENTIAL)
        memory.resize(20000)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        assert memory[:5] == b"hello"
with mmap.mmap(-1, 1 << 20) as memory:
    memory.write(b"x")
fd = os.memfd_create("mine")
os.ftruncate(fd, 4096)
mmap.mmap(fd, 4096).close()
os.close(fd)
