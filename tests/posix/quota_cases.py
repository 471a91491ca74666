# Limits of the sandbox: (what it must answer, case). Not compared with the full variant, whose limits are the machine's.


def until_refused(call):
    count = 0
    while not isinstance(value := answer(call, count), str):
        count += 1
    return count, value


@case
def descriptors():
    count, refusal = until_refused(lambda n: os.open(".", os.O_RDONLY))
    os.close(500)
    return count + 3, refusal, isinstance(answer(os.open, ".", os.O_RDONLY), int)


@case
def descriptors_for_pipes():
    count, refusal = until_refused(lambda n: os.pipe())
    return refusal


@case
def bytes_in_files():
    fd = os.open("f", os.O_WRONLY | os.O_CREAT)
    block = bytes(1 << 20)
    count, refusal = until_refused(lambda n: os.write(fd, block))
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    return 200 <= count <= 256, refusal, os.write(fd, b"x")


@case
def bytes_through_file_objects():
    def fill():
        with open("f", "wb") as file:
            for _ in range(1000):
                file.write(bytes(1 << 20))
    return answer(fill), os.unlink("f"), len(make("g", b"x"))


@case
def offsets():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    return answer(os.pwrite, fd, b"x", 1 << 44), answer(os.ftruncate, fd, (1 << 44) + 1), os.pwrite(fd, b"x", (1 << 44) - 1)


@case
def names_in_a_directory():
    def create(n):
        os.close(os.open(f"f{n}", os.O_WRONLY | os.O_CREAT))
    count, refusal = until_refused(create)
    return 190_000 < count <= 200_000, refusal


@case
def depth():
    def create(n):
        os.mkdir("d")
        os.chdir("d")
    count, refusal = until_refused(create)
    for _ in range(count):
        os.chdir("..")
        os.rmdir("d")
    return 900 < count <= 1000, refusal


@case
def what_nobody_can_end():
    reader, writer = os.pipe()
    os.mkfifo("p")
    return answer(os.read, reader, 1), answer(os.open, "p", os.O_RDONLY)


@case
def the_image_is_read_only():
    path = os.__file__
    return (answer(os.open, path, os.O_WRONLY), answer(os.unlink, path), answer(os.chmod, path, 0o777), answer(os.rename, path, "x"),
            answer(os.mkdir, os.path.dirname(path) + "/new"), os.access(path, os.W_OK), os.access(path, os.R_OK))


EXPECTED = {
    "descriptors": (1024, "OSError EMFILE", True),
    "descriptors_for_pipes": "OSError EMFILE",
    "bytes_in_files": (True, "OSError ENOSPC", 1),
    "bytes_through_file_objects": ("OSError ENOSPC", None, 1),
    "offsets": ("OSError EFBIG", "OSError EFBIG", 1),
    "names_in_a_directory": (True, "OSError ENOSPC"),
    "depth": (True, "OSError ENAMETOOLONG"),
    "what_nobody_can_end": ("OSError EDEADLOCK", "OSError EDEADLOCK"),  # EDEADLK's other name
    "the_image_is_read_only": ("OSError EROFS", "OSError EROFS", "OSError EROFS", "OSError EROFS", "OSError EROFS", False, True),
}
