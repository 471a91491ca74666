"""Files by their descriptors: os.open and what can be done with its result."""
import fcntl
import os

fd = os.open("a", os.O_RDWR | os.O_CREAT, 0o600)
assert os.write(fd, b"0123456789") == 10
assert os.pread(fd, 4, 2) == b"2345"
assert os.pwrite(fd, b"xy", 0) == 2
assert os.lseek(fd, 0, os.SEEK_SET) == 0
assert os.readv(fd, [bytearray(4), bytearray(6)]) == 10
assert os.writev(fd, [b"ab", b"cd"]) == 4
os.ftruncate(fd, 8)
os.fsync(fd)
os.fdatasync(fd)
os.posix_fallocate(fd, 0, 100)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
os.fchmod(fd, 0o644)
os.fstat(fd)
os.fstatvfs(fd)
other = os.dup(fd)
os.dup2(fd, other)
os.set_inheritable(other, True)
os.set_blocking(other, False)
assert os.get_blocking(other) is False
fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
fcntl.flock(fd, fcntl.LOCK_EX)
fcntl.flock(fd, fcntl.LOCK_UN)
fcntl.lockf(fd, fcntl.LOCK_EX)
fcntl.lockf(fd, fcntl.LOCK_UN)
target = os.open("b", os.O_RDWR | os.O_CREAT)
os.lseek(fd, 0, os.SEEK_SET)
assert os.copy_file_range(fd, target, 4) == 4
assert os.sendfile(target, fd, 0, 4) == 4
os.close(target)
os.close(other)
os.close(fd)
os.closerange(60, 64)
