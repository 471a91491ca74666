# Times of files; nothing here depends on what the clock says.


def times(path, **named):
    status = os.stat(path, **named)
    return status.st_atime_ns, status.st_mtime_ns


@case
def set_in_nanoseconds():
    make("f")
    os.utime("f", ns=(1_000_000_001, 2_123_456_789))
    return times("f"), os.stat("f").st_mtime


@case
def set_in_seconds():
    make("f")
    os.utime("f", (10, 20.5))
    return times("f")


@case
def set_to_now():
    make("f")
    os.utime("f", ns=(1, 1))
    os.utime("f")
    return [value > 1_000_000_000_000_000_000 for value in times("f")]


@case
def set_before_the_epoch():
    make("f")
    os.utime("f", ns=(-1_500_000_000, -1))
    return times("f")


@case
def set_on_a_link():
    make("f")
    os.symlink("f", "l")
    os.utime("f", ns=(1, 2))
    os.utime("l", ns=(3, 4), follow_symlinks=False)
    return times("f"), times("l", follow_symlinks=False)[1]


@case
def set_by_descriptor():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.utime(fd, ns=(5, 6))
    return times("f"), answer(os.utime, 999, ns=(1, 1))


@case
def set_on_a_directory():
    os.mkdir("d")
    os.utime("d", ns=(5, 6))
    return times("d")


@case
def refusals():
    return answer(os.utime, "no"), answer(os.utime, "no/x", (1, 1)), answer(os.utime, "")


@case
def set_without_write_permission():
    make("f", b"", 0o400)
    return answer(os.utime, "f", ns=(7, 8)), times("f")


@case
def writing_moves_modified():
    make("f")
    os.utime("f", ns=(1, 1))
    fd = os.open("f", os.O_WRONLY)
    opened_only = os.stat("f").st_mtime_ns
    os.write(fd, b"x")
    return opened_only, os.stat("f").st_mtime_ns > 1


@case
def truncating_moves_modified():
    make("f", b"hello")
    os.utime("f", ns=(1, 1))
    os.truncate("f", 2)
    return os.stat("f").st_mtime_ns > 1


@case
def reading_does_not_move_modified():
    make("f", b"hello")
    os.utime("f", ns=(1, 1))
    content("f")
    return os.stat("f").st_mtime_ns


@case
def changing_mode_moves_changed_only():
    make("f")
    os.utime("f", ns=(1, 1))
    before = os.stat("f").st_ctime_ns
    for _ in range(1000):
        os.chmod("f", 0o600)
        if os.stat("f").st_ctime_ns > before:
            break
    else:
        import time
        time.sleep(0.05)
        os.chmod("f", 0o600)
    status = os.stat("f")
    return status.st_mtime_ns, status.st_ctime_ns > before


@case
def renaming_keeps_modified():
    make("f")
    os.utime("f", ns=(1, 2))
    os.rename("f", "g")
    return os.stat("g").st_mtime_ns


@case
def newer_than():
    import time
    make("old")
    time.sleep(0.02)
    make("new")
    return os.stat("new").st_mtime_ns > os.stat("old").st_mtime_ns


@case
def volume_figures():
    volume = os.statvfs(".")
    same = os.fstatvfs(os.open(".", os.O_RDONLY))
    return (volume.f_bsize > 0, volume.f_blocks >= volume.f_bfree > 0, volume.f_files >= volume.f_ffree, volume.f_namemax, same.f_bsize == volume.f_bsize,
            answer(os.statvfs, "no"), answer(os.fstatvfs, 999))


@case
def limits_of_paths():
    fd = os.open(".", os.O_RDONLY)
    return (os.pathconf(".", "PC_NAME_MAX"), os.pathconf(".", "PC_PATH_MAX"), os.fpathconf(fd, "PC_PIPE_BUF"), answer(os.pathconf, "no", "PC_NAME_MAX"),
            answer(os.pathconf, ".", "PC_NONSENSE"))
