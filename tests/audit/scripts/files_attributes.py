"""Extended attributes of files."""
import os

open("a", "w", encoding="utf-8").close()
try:
    os.setxattr("a", "user.note", b"hello")
    assert os.getxattr("a", "user.note") == b"hello"
    assert "user.note" in os.listxattr("a")
    os.removexattr("a", "user.note")
except OSError as error:
    print("this file system has none:", error)
fd = os.open("a", os.O_RDONLY)
try:
    os.getxattr(fd, "user.none")
except OSError:
    pass
os.close(fd)
