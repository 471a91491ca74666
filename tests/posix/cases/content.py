# Bytes in files: reading, writing, appending, holes, sizes.


@case
def write_and_read_back():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    return os.write(fd, b"hello"), os.lseek(fd, 0, os.SEEK_SET), os.read(fd, 100), os.read(fd, 100)


@case
def overwrite_in_the_middle():
    make("f", b"abcdef")
    fd = os.open("f", os.O_WRONLY)
    os.lseek(fd, 2, os.SEEK_SET)
    os.write(fd, b"XY")
    return content("f")


@case
def append_goes_to_the_end():
    make("f", b"ab")
    fd = os.open("f", os.O_WRONLY | os.O_APPEND)
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, b"cd")
    return content("f"), os.lseek(fd, 0, os.SEEK_CUR)


@case
def append_from_two_descriptors():
    one = os.open("f", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    two = os.open("f", os.O_WRONLY | os.O_APPEND)
    for fd, data in ((one, b"1"), (two, b"2"), (one, b"3")):
        os.write(fd, data)
    return content("f")


@case
def two_descriptors_have_two_offsets():
    make("f", b"abcdef")
    one, two = os.open("f", os.O_RDONLY), os.open("f", os.O_RDONLY)
    return os.read(one, 2), os.read(two, 3), os.read(one, 2)


@case
def truncate_on_open():
    make("f", b"hello")
    shown(opened("f", os.O_WRONLY | os.O_TRUNC))
    return os.stat("f").st_size


@case
def truncate_shorter_then_longer():
    make("f", b"hello world")
    os.truncate("f", 5)
    short = content("f")
    os.truncate("f", 8)
    return short, content("f")


@case
def truncate_by_descriptor():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"hello")
    os.ftruncate(fd, 2)
    return os.lseek(fd, 0, os.SEEK_CUR), os.write(fd, b"!"), content("f")


@case
def truncate_refusals():
    make("f", b"x")
    os.mkdir("d")
    reader = os.open("f", os.O_RDONLY)
    return (answer(os.truncate, "no", 0), answer(os.truncate, "d", 0), answer(os.truncate, "f", -1), answer(os.ftruncate, reader, 0),
            answer(os.truncate, "f/x", 0), content("f"))


@case
def truncate_keeps_what_lies_before():
    make("f", bytes(range(256)) * 400)
    os.truncate("f", 70000)
    os.truncate("f", 90000)
    data = content("f")
    return len(data), data[:70000] == (bytes(range(256)) * 400)[:70000], data[70000:] == bytes(20000)


@case
def sparse_file_reads_zero():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.lseek(fd, 10_000_000, os.SEEK_SET)
    os.write(fd, b"end")
    return os.fstat(fd).st_size, os.pread(fd, 4, 0), os.pread(fd, 6, 9_999_997), os.fstat(fd).st_blocks * 512 < 1_000_000


@case
def sparse_file_of_a_terabyte():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, b"x", 1 << 40)
    return os.fstat(fd).st_size, os.pread(fd, 10, (1 << 40) - 1), os.fstat(fd).st_blocks * 512 < 1_000_000


@case
def sparse_end_has_no_data():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 1000)
    return answer(os.lseek, fd, 1000, os.SEEK_DATA), answer(os.lseek, fd, 2000, os.SEEK_HOLE)


@case
def seek_in_all_ways():
    make("f", b"hello")
    fd = os.open("f", os.O_RDONLY)
    return (os.lseek(fd, 2, os.SEEK_SET), os.lseek(fd, 1, os.SEEK_CUR), os.lseek(fd, -1, os.SEEK_END), os.lseek(fd, 10, os.SEEK_END),
            os.read(fd, 1))


@case
def seek_refusals():
    make("f", b"hello")
    fd = os.open("f", os.O_RDONLY)
    return (answer(os.lseek, fd, -1, os.SEEK_SET), answer(os.lseek, fd, -6, os.SEEK_END), answer(os.lseek, fd, 0, 99),
            answer(os.lseek, 999, 0, os.SEEK_SET), os.lseek(fd, 0, os.SEEK_CUR))


@case
def positional_io_leaves_the_offset():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, b"hello", 3)
    return os.pread(fd, 4, 2), os.lseek(fd, 0, os.SEEK_CUR), content("f")


@case
def positional_io_refusals():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    return answer(os.pread, fd, 1, -1), answer(os.pwrite, fd, b"x", -1), answer(os.pread, 999, 1, 0), os.pwrite(fd, b"x", 0)


@case
def scattered_io():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    written = os.writev(fd, [b"he", b"", b"llo", b"!"])
    os.lseek(fd, 0, os.SEEK_SET)
    one, two, three = bytearray(1), bytearray(3), bytearray(9)
    count = os.readv(fd, [one, two, three])
    return written, count, bytes(one), bytes(two), bytes(three)


@case
def scattered_positional_io():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    written = os.pwritev(fd, [b"ab", b"cd"], 2)
    one, two = bytearray(3), bytearray(3)
    return written, os.preadv(fd, [one, two], 1), bytes(one), bytes(two), answer(os.preadv, fd, [one], -5)


@case
def access_mode_is_held_to():
    make("f", b"x")
    reader, writer = os.open("f", os.O_RDONLY), os.open("f", os.O_WRONLY)
    return answer(os.write, reader, b"y"), answer(os.read, writer, 1), os.read(reader, 1), os.write(writer, b"y")


@case
def write_in_append_mode_at_an_offset():
    make("f", b"ab")
    fd = os.open("f", os.O_WRONLY | os.O_APPEND)
    os.pwrite(fd, b"c", 0)
    return content("f")


@case
def unlink_while_open():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"hello")
    os.unlink("f")
    status = os.fstat(fd)
    os.write(fd, b"!")
    return names(), status.st_nlink, status.st_size, os.pread(fd, 10, 0)


@case
def unlinked_file_and_a_new_one():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"old")
    os.unlink("f")
    make("f", b"new")
    return os.pread(fd, 10, 0), content("f"), os.fstat(fd).st_ino != os.stat("f").st_ino


@case
def allocate_grows():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"ab")
    os.posix_fallocate(fd, 0, 100)
    return os.fstat(fd).st_size, os.pread(fd, 3, 0), answer(os.posix_fallocate, fd, 0, 0), answer(os.posix_fallocate, fd, -1, 5)


@case
def advise():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    reader, writer = os.pipe()
    return (answer(os.posix_fadvise, fd, 0, 0, os.POSIX_FADV_SEQUENTIAL), answer(os.posix_fadvise, reader, 0, 0, os.POSIX_FADV_NORMAL),
            answer(os.posix_fadvise, 999, 0, 0, os.POSIX_FADV_NORMAL), answer(os.posix_fadvise, fd, 0, 0, 99))


@case
def synchronise():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    reader, writer = os.pipe()
    return answer(os.fsync, fd), answer(os.fdatasync, fd), answer(os.fsync, reader), answer(os.fsync, 999), answer(os.sync)


@case
def send_file():
    make("f", b"hello world")
    source, target = os.open("f", os.O_RDONLY), os.open("g", os.O_RDWR | os.O_CREAT)
    return os.sendfile(target, source, 6, 100), content("g"), os.lseek(source, 0, os.SEEK_CUR), os.sendfile(target, source, None, 5), content("g")


@case
def send_file_to_a_pipe():
    make("f", b"hello")
    source = os.open("f", os.O_RDONLY)
    reader, writer = os.pipe()
    return os.sendfile(writer, source, 0, 5), os.read(reader, 9), answer(os.sendfile, writer, reader, 0, 1)


@case
def copy_range():
    make("f", b"hello world")
    make("g", b"--------")
    source, target = os.open("f", os.O_RDONLY), os.open("g", os.O_RDWR)
    return os.copy_file_range(source, target, 5, 6, 1), content("g"), answer(os.copy_file_range, target, source, 1), answer(os.copy_file_range, source, 999, 1)


@case
def device_null():
    fd = os.open("/dev/null", os.O_RDWR)
    return os.write(fd, b"abc"), os.read(fd, 9), kind("/dev/null"), stat.S_IMODE(os.stat("/dev/null").st_mode) == 0o666


@case
def device_zero():
    fd = os.open("/dev/zero", os.O_RDWR)
    return os.read(fd, 5), os.write(fd, b"abc")


@case
def device_full():
    fd = os.open("/dev/full", os.O_RDWR)
    return os.read(fd, 2), answer(os.write, fd, b"x")


@case
def device_full_through_a_file_object():
    file = open("/dev/full", "w")
    file.write("x")
    result = answer(file.flush)
    answer(file.close)
    return result


@case
def device_random():
    fd = os.open("/dev/urandom", os.O_RDONLY)
    one, two = os.read(fd, 16), os.read(fd, 16)
    return len(one), one != two, len(os.urandom(9))


@case
def large_write_and_read():
    data = bytes(i * 7 & 255 for i in range(1_000_003))
    make("f", data)
    return os.stat("f").st_size, content("f") == data
