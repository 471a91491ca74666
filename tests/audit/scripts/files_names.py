"""Names: links, renames, folders, modes, times, and what is not there."""
import os

os.mkdir("folder")
os.makedirs("deep/er/est")
open("a", "w", encoding="utf-8").close()
os.link("a", "hard")
os.symlink("a", "soft")
assert os.readlink("soft") == "a"
os.rename("hard", "folder/hard")
os.replace("folder/hard", "hard")
os.chmod("a", 0o600)
os.chown("a", os.getuid(), os.getgid())
os.lchown("soft", os.getuid(), os.getgid())
os.utime("a", (1, 2))
os.stat("a")
os.lstat("soft")
assert os.access("a", os.R_OK)
assert not os.access("none", os.R_OK)
os.truncate("a", 10)
os.statvfs("a")
os.pathconf("a", "PC_NAME_MAX")
os.mkfifo("pipe")
os.umask(os.umask(0o22))
os.chdir("folder")
os.chdir("..")
fd = os.open("folder", os.O_RDONLY)
os.fchdir(fd)
os.chdir("..")
os.stat("../a", dir_fd=fd)
os.mkdir("inner", dir_fd=fd)
os.rmdir("inner", dir_fd=fd)
os.close(fd)
os.remove("soft")
os.unlink("hard")
os.rmdir("folder")
os.removedirs("deep/er/est")
for call in (os.stat, os.unlink, os.rmdir, os.listdir):
    try:
        call("nowhere/at/all")
        raise AssertionError(call)
    except FileNotFoundError:
        pass
