"""multiprocessing: forked and spawned workers, queues, pipes, locks, shared values."""
import multiprocessing


def double(number):
    return number * 2


def put(queue, lock, value):
    with lock:
        value.value += 1
    queue.put(value.value)


if __name__ == "__main__":
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            assert pool.map(double, range(4)) == [0, 2, 4, 6]
        queue, lock, value = context.Queue(), context.Lock(), context.Value("i", 0)
        child = context.Process(target=put, args=(queue, lock, value))
        child.start()
        assert queue.get() == 1
        child.join()
        one, other = context.Pipe()
        one.send("x")
        assert other.recv() == "x"
        queue.close()
        queue.join_thread()
