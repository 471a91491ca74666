# Calls that wait for another thread: pipes, fifos, event counters, readiness, an event loop.
import threading


def in_thread(function, *arguments):
    """Starts it; `result()` of what is answered waits for its end."""
    kept = []
    thread = threading.Thread(target=lambda: kept.append(answer(function, *arguments)))
    thread.start()

    def result():
        thread.join()
        return kept[0]
    return result


@case
def read_waits_for_a_writer():
    reader, writer = os.pipe()
    result = in_thread(os.read, reader, 10)
    os.write(writer, b"late")
    return result()


@case
def read_waits_for_the_end():
    reader, writer = os.pipe()
    result = in_thread(os.read, reader, 10)
    os.close(writer)
    return result()


@case
def write_waits_for_room():
    reader, writer = os.pipe()
    result = in_thread(os.write, writer, b"x" * 200_000)
    total = 0
    while total < 200_000:
        total += len(os.read(reader, 50_000))
    return result(), total


@case
def write_ends_when_nobody_reads():
    reader, writer = os.pipe()

    def fill():
        while True:
            os.write(writer, b"x" * 65536)
    result = in_thread(fill)
    os.read(reader, 1)
    os.close(reader)
    return result()


@case
def fifo_open_waits_for_the_other_side():
    os.mkfifo("p")
    result = in_thread(os.open, "p", os.O_RDONLY)
    writer = os.open("p", os.O_WRONLY)
    reader = result()
    os.write(writer, b"x")
    return os.read(reader, 5)


@case
def fifo_open_to_write_waits():
    os.mkfifo("p")
    result = in_thread(make, "p", b"hello")
    with open("p", "rb") as file:
        return file.read(), result()


@case
def event_waits():
    fd = os.eventfd(0)
    result = in_thread(os.eventfd_read, fd)
    os.eventfd_write(fd, 7)
    return result()


@case
def two_readers_get_everything():
    reader, writer = os.pipe()

    def take():
        got = b""
        while part := os.read(reader, 3):
            got += part
        return len(got)
    one, two = in_thread(take), in_thread(take)
    for _ in range(100):
        os.write(writer, b"0123456789")
    os.close(writer)
    return one() + two()


@case
def lines_between_threads():
    reader, writer = os.pipe()

    def produce():
        with open(writer, "w") as file:
            for number in range(1000):
                print(number, file=file)
    result = in_thread(produce)
    with open(reader) as file:
        return sum(map(int, file)), result()


@case
def select_waits_and_times_out():
    import select
    reader, writer = os.pipe()
    nothing = select.select([reader], [], [], 0.01)
    result = in_thread(select.select, [reader], [], [], 60)
    os.write(writer, b"x")
    return nothing, result()[0] == [reader]


@case
def poll_waits_and_times_out():
    import select
    reader, writer = os.pipe()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    nothing = poll.poll(10)
    result = in_thread(poll.poll, 60_000)
    os.write(writer, b"x")
    return nothing, [event for fd, event in result()]


@case
def event_loop():
    import asyncio

    async def work(queue, name, delay):
        await asyncio.sleep(delay)
        await queue.put(name)

    async def main():
        queue = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            for name, delay in (("c", 0.06), ("a", 0.0), ("b", 0.03)):
                group.create_task(work(queue, name, delay))
        order = [queue.get_nowait() for _ in range(3)]
        try:
            async with asyncio.timeout(0.01):
                await queue.get()
        except TimeoutError:
            order.append("timeout")
        return order, await asyncio.to_thread(os.path.exists, "no")
    return asyncio.run(main())


@case
def event_loop_reads_a_pipe():
    import asyncio

    async def main():
        reader, writer = os.pipe()
        loop = asyncio.get_running_loop()
        came = loop.create_future()
        loop.add_reader(reader, lambda: came.done() or came.set_result(os.read(reader, 5)))
        loop.call_soon(os.write, writer, b"hello")
        value = await came
        loop.remove_reader(reader)
        return value
    return asyncio.run(main())


@case
def queues_and_pools():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: make(f"f{n}", b"x" * n), range(50)))
        return sum(pool.map(lambda n: os.stat(f"f{n}").st_size, range(50))), len(names())
