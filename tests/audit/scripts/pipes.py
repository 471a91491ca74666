"""Pipes, and waiting on them without and with data."""
import os

reader, writer = os.pipe()
os.set_blocking(reader, False)
try:
    os.read(reader, 1)
except BlockingIOError:
    pass
os.write(writer, b"x" * 1000)
with open(reader, "rb", buffering=0) as source, open("a", "wb") as target:
    assert os.splice(source.fileno(), target.fileno(), 500) == 500
    assert len(source.read(1000)) == 500
os.close(writer)
os.mkfifo("named")
fd = os.open("named", os.O_RDWR)
os.write(fd, b"abc")
assert os.read(fd, 10) == b"abc"
os.close(fd)
