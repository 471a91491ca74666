# Modes, owners, masks, and what they forbid to an ordinary user.


@case
def change_mode():
    make("f")
    results = []
    for wanted in (0o000, 0o777, 0o640, 0o7777):
        os.chmod("f", wanted)
        results.append(mode("f"))
    return results, answer(os.chmod, "no", 0)


@case
def change_mode_by_descriptor():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.fchmod(fd, 0o640)
    return mode("f"), answer(os.fchmod, 999, 0), answer(os.chmod, fd, 0o600), mode("f")


@case
def reading_and_writing_are_asked():
    make("f", b"x", 0o200)
    writing = shown(opened("f", os.O_RDONLY)), shown(opened("f", os.O_WRONLY)), shown(opened("f", os.O_RDWR))
    os.chmod("f", 0o400)
    return writing, shown(opened("f", os.O_RDONLY)), shown(opened("f", os.O_WRONLY)), shown(opened("f", os.O_RDONLY | os.O_TRUNC)), content("f")


@case
def open_descriptor_keeps_its_rights():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.chmod("f", 0)
    return os.write(fd, b"x"), os.pread(fd, 1, 0)


@case
def directory_rights():
    os.mkdir("d")
    make("d/f", b"x")
    os.chmod("d", 0o500)
    no_write = answer(os.mkdir, "d/e"), answer(os.unlink, "d/f"), answer(os.symlink, "x", "d/l"), shown(opened("d/g", os.O_WRONLY | os.O_CREAT)), content("d/f")
    os.chmod("d", 0o600)
    no_search = content("d/f"), names("d"), answer(os.stat, "d/f"), answer(os.stat, "d/."), answer(os.stat, "d")[stat.ST_MODE] & 0o777
    os.chmod("d", 0o300)
    no_read = content("d/f"), names("d")
    return no_write, no_search, no_read


@case
def access():
    make("f", b"", 0o500)
    os.symlink("no", "l")
    return ([os.access("f", bits) for bits in (os.F_OK, os.R_OK, os.W_OK, os.X_OK, os.R_OK | os.X_OK, os.R_OK | os.W_OK)], os.access("no", os.F_OK),
            os.access("l", os.F_OK), os.access("l", os.F_OK, follow_symlinks=False), os.access("f", os.R_OK, effective_ids=True))


@case
def mask():
    before = os.umask(0o077)
    make("f")
    os.mkdir("d")
    os.mkfifo("p")
    os.umask(0)
    make("g")
    return oct(before), mode("f"), mode("d"), mode("p"), mode("g"), os.umask(0o22)


@case
def mode_of_a_new_directory():
    os.mkdir("d", 0o1777)
    os.mkdir("e", 0)
    return mode("d"), mode("e")


@case
def owner():
    make("f")
    status = os.stat("f")
    return (status.st_uid == os.getuid(), status.st_gid == os.getgid(), answer(os.chown, "f", os.getuid(), os.getgid()), answer(os.chown, "f", -1, -1),
            answer(os.chown, "f", 0, -1), answer(os.chown, "f", -1, 0), answer(os.chown, "no", -1, -1), answer(os.lchown, "f", -1, -1))


@case
def what_belongs_to_root():
    return (answer(os.chmod, "/", 0o777), answer(os.mkdir, "/new"), answer(os.rename, "/tmp", "x"), answer(os.utime, "/", (1, 1)), answer(os.chown, "/", 1, 1),
            shown(opened("/new", os.O_WRONLY | os.O_CREAT)))


@case
def set_id_bits_are_lost():
    make("f", b"", 0o6775)
    fd = os.open("f", os.O_WRONLY)
    before = mode("f")
    os.write(fd, b"x")
    written = mode("f")
    os.chmod("f", 0o4755)
    os.chown("f", os.getuid(), -1)
    return before, written, mode("f")


@case
def truncate_is_asked():
    make("f", b"hello", 0o400)
    return answer(os.truncate, "f", 0), content("f"), answer(os.chmod, "f", 0o600), answer(os.truncate, "f", 0)


@case
def not_a_privileged_user():
    return os.getuid() != 0, os.geteuid() == os.getuid(), answer(os.mknod, "c", 0o20666, os.makedev(1, 3)), answer(os.mknod, "f", 0o100644), kind("f")
