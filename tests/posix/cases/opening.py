# Flags of open, and what open refuses.


@case
def create_modes_less_the_mask():
    os.umask(0o027)
    shown(opened("f", os.O_WRONLY | os.O_CREAT, 0o666))
    shown(opened("g", os.O_WRONLY | os.O_CREAT, 0o777))
    return mode("f"), mode("g")


@case
def create_existing_keeps_mode():
    make("f", b"x", 0o600)
    shown(opened("f", os.O_WRONLY | os.O_CREAT, 0o777))
    return mode("f"), content("f")


@case
def create_without_any_permission():
    fd = os.open("f", os.O_RDWR | os.O_CREAT, 0)
    return os.write(fd, b"x"), shown(opened("f", os.O_RDONLY)), mode("f")


@case
def exclusive():
    make("f")
    os.symlink("nowhere", "l")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return shown(opened("f", flags)), shown(opened("l", flags)), shown(opened("g", flags)), names()


@case
def create_through_a_dangling_link():
    os.symlink("target", "l")
    return shown(opened("l", os.O_WRONLY | os.O_CREAT)), names(), kind("l", follow_symlinks=False)


@case
def create_where_there_is_no_directory():
    make("f")
    flags = os.O_WRONLY | os.O_CREAT
    return shown(opened("no/f", flags)), shown(opened("f/g", flags)), shown(opened("f/", flags)), shown(opened("g/", flags)), names()


@case
def absent():
    return shown(opened("f", os.O_RDONLY)), shown(opened("", os.O_RDONLY)), shown(opened("", os.O_WRONLY | os.O_CREAT))


@case
def directory_for_writing():
    os.mkdir("d")
    return (shown(opened("d", os.O_WRONLY)), shown(opened("d", os.O_RDWR)), shown(opened("d", os.O_RDONLY | os.O_CREAT)),
            shown(opened("d", os.O_RDONLY)), answer(open, "d"))


@case
def directory_is_not_read():
    os.mkdir("d")
    fd = os.open("d", os.O_RDONLY)
    return answer(os.read, fd, 1), answer(os.write, fd, b"x"), answer(os.ftruncate, fd, 0)


@case
def directory_flag():
    make("f")
    os.mkdir("d")
    os.symlink("d", "l")
    flags = os.O_RDONLY | os.O_DIRECTORY
    return shown(opened("f", flags)), shown(opened("d", flags)), shown(opened("l", flags)), shown(opened("l", flags | os.O_NOFOLLOW))


@case
def no_follow_flag():
    make("f")
    os.symlink("f", "l")
    return shown(opened("l", os.O_RDONLY | os.O_NOFOLLOW)), shown(opened("f", os.O_RDONLY | os.O_NOFOLLOW)), shown(opened("l", os.O_RDONLY))


@case
def path_flag():
    make("f", b"hello")
    fd = os.open("f", os.O_PATH)
    return os.fstat(fd).st_size, answer(os.read, fd, 1), answer(os.fchmod, fd, 0o600), answer(os.ftruncate, fd, 0), mode("f")


@case
def path_flag_on_a_link():
    os.symlink("nowhere", "l")
    fd = os.open("l", os.O_PATH | os.O_NOFOLLOW)
    return stat.filemode(os.fstat(fd).st_mode), os.readlink("", dir_fd=fd)


@case
def temporary_flag():
    fd = answer(os.open, ".", os.O_RDWR | os.O_TMPFILE, 0o600)
    if isinstance(fd, str):
        return "not on this volume"
    os.write(fd, b"x")
    return os.fstat(fd).st_nlink, os.pread(fd, 5, 0), names()


@case
def trailing_slash():
    make("f")
    os.mkdir("d")
    return shown(opened("f/", os.O_RDONLY)), shown(opened("d/", os.O_RDONLY)), shown(opened("d//", os.O_RDONLY)), shown(opened("no/", os.O_RDONLY))


@case
def name_lengths():
    return (shown(opened("x" * 255, os.O_WRONLY | os.O_CREAT)), shown(opened("x" * 256, os.O_WRONLY | os.O_CREAT)), len(names()[0]),
            shown(opened("./" * 2000 + "x" * 255, os.O_RDONLY)), shown(opened("./" * 2047 + "xy", os.O_RDONLY)))


@case
def name_with_odd_bytes():
    odd = b"\xff\n \t*"
    make(odd, b"x")
    make("na\u00efve \u65e5\u672c", b"y")
    return sorted(os.listdir(b".")), content(odd), content("na\u00efve \u65e5\u672c")


@case
def name_with_nul():
    return answer(os.open, "a\0b", os.O_RDONLY), answer(os.mkdir, "a\0b"), names()


@case
def python_modes():
    results = []
    for letters in ("r", "r+", "w", "x", "a", "a+", "w+"):
        make("there", b"old")
        if os.path.exists("new"):
            os.unlink("new")
        for name in ("there", "new"):
            def use():
                with open(name, letters) as file:
                    if letters != "r":
                        file.write("N")
                return "done"
            results.append((letters, name, answer(use), content(name)))
    return results


@case
def python_buffering_and_seek():
    with open("f", "w+") as file:
        file.write("line one\nline two\n")
        file.seek(0)
        first = file.readline()
        position = file.tell()
        file.seek(0, 2)
        file.write("three")
        file.seek(position)
        return first, position, file.read(), file.truncate(4), content("f")


@case
def python_closed_descriptor():
    file = open("f", "w")
    os.close(file.fileno())
    return answer(file.close)


@case
def opener_and_dir_fd():
    os.mkdir("d")
    make("d/f", b"x")
    directory = os.open("d", os.O_RDONLY)
    with open("f", opener=lambda path, flags: os.open(path, flags, dir_fd=directory)) as file:
        return file.read(), shown(opened("f", os.O_RDONLY, dir_fd=directory)), shown(opened("g", os.O_RDONLY, dir_fd=directory))


@case
def dir_fd_refusals():
    make("f", b"x")
    fd = os.open("f", os.O_RDONLY)
    return (shown(opened("g", os.O_RDONLY, dir_fd=fd)), shown(opened("g", os.O_RDONLY, dir_fd=999)), shown(opened("/dev/null", os.O_RDONLY, dir_fd=999)),
            answer(os.stat, "x", dir_fd=fd), answer(os.mkdir, "x", dir_fd=999))
