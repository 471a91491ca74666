# Numbers of open files: which are given out, what copies share, flags, locks.


@case
def lowest_free_number():
    first = os.open(".", os.O_RDONLY)
    second = os.open(".", os.O_RDONLY)
    third = os.open(".", os.O_RDONLY)
    os.close(second)
    return second - first, third - second, os.open(".", os.O_RDONLY) - first


@case
def closing():
    fd = os.open(".", os.O_RDONLY)
    return answer(os.close, fd), answer(os.close, fd), answer(os.close, -1), answer(os.close, 999), answer(os.fstat, fd), answer(os.read, fd, 1)


@case
def copy_shares_the_offset():
    make("f", b"abcdef")
    fd = os.open("f", os.O_RDONLY)
    copy = os.dup(fd)
    first = os.read(fd, 2), os.read(copy, 2)
    os.close(fd)
    return first, os.read(copy, 2)


@case
def copy_to_a_number():
    make("f", b"abcdef")
    fd = os.open("f", os.O_RDONLY)
    return (os.dup2(fd, 100), os.read(fd, 1), os.read(100, 1), answer(os.dup2, fd, fd) == fd, answer(os.dup2, 999, 50), answer(os.dup2, fd, -1),
            answer(os.dup, 999))


@case
def copy_to_a_number_closes_what_was_there():
    reader, writer = os.pipe()
    fd = os.open(".", os.O_RDONLY)
    os.dup2(fd, writer)
    return os.read(reader, 1)


@case
def inheritance():
    fd = os.open(".", os.O_RDONLY)
    copy = os.dup(fd)
    os.dup2(fd, 100)
    os.dup2(fd, 101, inheritable=False)
    before = [os.get_inheritable(number) for number in (fd, copy, 100, 101)]
    os.set_inheritable(fd, True)
    return before, os.get_inheritable(fd), answer(os.get_inheritable, 999), answer(os.set_inheritable, 999, True)


@case
def blocking():
    reader, writer = os.pipe()
    before = os.get_blocking(reader)
    os.set_blocking(reader, False)
    return before, os.get_blocking(reader), os.get_blocking(writer), answer(os.read, reader, 1), answer(os.get_blocking, 999)


@case
def ranges_are_closed():
    numbers = [os.dup2(0, number) for number in range(200, 210)]
    os.closerange(203, 206)
    return numbers == list(range(200, 210)), [isinstance(answer(os.fstat, number), str) for number in numbers]


@case
def status_of_kinds():
    reader, writer = os.pipe()
    make("f", b"abc")
    return (stat.filemode(os.fstat(reader).st_mode), stat.filemode(os.fstat(os.open("f", 0)).st_mode), stat.filemode(os.fstat(os.open(".", 0)).st_mode)[0],
            stat.filemode(os.fstat(os.open("/dev/null", 0)).st_mode))


@case
def no_terminal():
    make("f")
    fd = os.open("f", os.O_RDONLY)
    return os.isatty(fd), os.isatty(999), answer(os.get_terminal_size, fd), answer(os.ttyname, fd) if hasattr(os, "ttyname") else "OSError ENOTTY"


@case
def seeking_in_a_pipe():
    reader, writer = os.pipe()
    return answer(os.lseek, reader, 0, os.SEEK_SET), answer(os.pread, reader, 1, 0), answer(os.ftruncate, writer, 0), open(reader, "rb").seekable()


@case
def descriptor_directory():
    fd = os.open(".", os.O_RDONLY)
    return str(fd) in os.listdir("/dev/fd"), "0" in os.listdir("/dev/fd"), shown(opened("/dev/fd/999", os.O_RDONLY)), shown(opened(f"/dev/fd/{fd}", os.O_RDONLY))


@case
def file_object_on_a_descriptor():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    with open(fd, "w", closefd=False) as file:
        file.write("hello")
    still = os.fstat(fd).st_size
    with open(fd, "r+") as file:
        file.seek(0)
        text = file.read()
    return still, text, answer(os.fstat, fd)


@case
def locks_between_files():
    make("f")
    fd = os.open("f", os.O_RDWR)
    return answer(os.lockf, fd, os.F_LOCK, 0), answer(os.lockf, fd, os.F_TEST, 0), answer(os.lockf, fd, os.F_ULOCK, 0), answer(os.lockf, 999, os.F_LOCK, 0)


@case
def lock_needs_a_writer():
    make("f")
    fd = os.open("f", os.O_RDONLY)
    return answer(os.lockf, fd, os.F_LOCK, 0), answer(os.lockf, fd, os.F_TLOCK, 0)


@case
def redirected_output():
    sys.stdout.flush()
    saved = os.dup(1)
    target = os.open("f", os.O_WRONLY | os.O_CREAT)
    os.dup2(target, 1)
    print("inside")
    sys.stdout.flush()
    os.dup2(saved, 1)
    return content("f")
