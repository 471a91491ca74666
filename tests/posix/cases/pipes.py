# Pipes, fifos and event counters; nothing here needs a second thread.


@case
def bytes_pass():
    reader, writer = os.pipe()
    return os.write(writer, b"hello"), os.read(reader, 2), os.read(reader, 100)


@case
def end_of_file():
    reader, writer = os.pipe()
    os.write(writer, b"x")
    os.close(writer)
    return os.read(reader, 5), os.read(reader, 5)


@case
def nobody_reads():
    reader, writer = os.pipe()
    os.close(reader)
    return answer(os.write, writer, b"x")


@case
def wrong_end():
    reader, writer = os.pipe()
    return answer(os.write, reader, b"x"), answer(os.read, writer, 1)


@case
def flags():
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    return os.get_blocking(reader), os.get_inheritable(writer), answer(os.read, reader, 1), answer(os.pipe2, os.O_RDWR)


@case
def capacity():
    reader, writer = os.pipe2(os.O_NONBLOCK)
    total = 0
    while isinstance(count := answer(os.write, writer, b"x" * 4096), int):
        total += count
    return total, count, len(os.read(reader, 100000)), answer(os.write, writer, b"y")


@case
def large_write_is_cut():
    reader, writer = os.pipe2(os.O_NONBLOCK)
    return os.write(writer, b"x" * 100000), len(os.read(reader, 1000000))


@case
def copy_keeps_it_open():
    reader, writer = os.pipe()
    copy = os.dup(writer)
    os.close(writer)
    os.write(copy, b"x")
    first = os.read(reader, 1)
    os.close(copy)
    return first, os.read(reader, 1)


@case
def file_objects():
    reader, writer = os.pipe()
    with open(writer, "w") as file:
        file.write("one\ntwo\n")
    with open(reader) as file:
        return file.readlines()


@case
def fifo():
    os.mkfifo("p", 0o640)
    reader = os.open("p", os.O_RDONLY | os.O_NONBLOCK)
    empty = answer(os.read, reader, 1)
    writer = os.open("p", os.O_WRONLY)
    waiting = answer(os.read, reader, 1)
    os.write(writer, b"x")
    got = os.read(reader, 5)
    os.close(writer)
    return kind("p"), mode("p"), empty, waiting, got, os.read(reader, 5)


@case
def fifo_without_a_reader():
    os.mkfifo("p")
    return shown(opened("p", os.O_WRONLY | os.O_NONBLOCK)), shown(opened("p", os.O_RDWR)), answer(os.mkfifo, "p"), answer(os.mkfifo, "no/p")


@case
def fifo_is_renamed_and_removed():
    os.mkfifo("p")
    fd = os.open("p", os.O_RDWR)
    os.rename("p", "q")
    os.unlink("q")
    os.write(fd, b"x")
    return os.read(fd, 5), names()


@case
def fifo_forgets():
    os.mkfifo("p")
    fd = os.open("p", os.O_RDWR)
    os.write(fd, b"x")
    os.close(fd)
    fd = os.open("p", os.O_RDONLY | os.O_NONBLOCK)
    return os.read(fd, 5)


@case
def event_counter():
    fd = os.eventfd(3, os.EFD_NONBLOCK)
    first = os.eventfd_read(fd), answer(os.eventfd_read, fd)
    os.eventfd_write(fd, 2)
    os.eventfd_write(fd, 5)
    return first, os.eventfd_read(fd), answer(os.read, fd, 4), answer(os.write, fd, b"x")


@case
def event_semaphore():
    fd = os.eventfd(2, os.EFD_NONBLOCK | os.EFD_SEMAPHORE)
    return os.eventfd_read(fd), os.eventfd_read(fd), answer(os.eventfd_read, fd)


@case
def event_overflow():
    fd = os.eventfd(0, os.EFD_NONBLOCK)
    os.eventfd_write(fd, 2**64 - 2)
    return answer(os.eventfd_write, fd, 1), answer(os.eventfd_write, fd, 2**64 - 1), os.eventfd_read(fd)


@case
def readiness():
    import select
    reader, writer = os.pipe()
    before = select.select([reader], [writer], [], 0)
    os.write(writer, b"x")
    after = select.select([reader], [writer], [], 0)
    return [len(part) for part in before], [len(part) for part in after]


@case
def readiness_by_poll():
    import select
    reader, writer = os.pipe()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.register(writer, select.POLLOUT)
    before = [(fd == writer, event) for fd, event in poll.poll(0)]
    os.close(writer)
    after = sorted((fd == reader, event) for fd, event in poll.poll(0))
    return before, after
