"""multiprocessing with each way to start, threads, futures, shared memory."""
import concurrent.futures
import ctypes
import multiprocessing
import os
import queue
import threading
import time
from multiprocessing import shared_memory

from cases import case, run

METHODS = ["fork", "spawn", "forkserver"]


def square(x):
    return x * x


def fail(x):
    raise ValueError(x)


def worker(inputs, outputs, lock, counter, event):
    for item in iter(inputs.get, None):
        with lock:
            counter.value += item
        outputs.put(item * 2)
    event.set()


def leave(code):
    raise SystemExit(code)


def add_to_manager(items, table):
    items.append(1)
    table["k"] = "v"


def write_shared(name):
    block = shared_memory.SharedMemory(name)
    block.buf[:5] = b"hello"
    block.close()


def pool_of(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(square, range(10)), pool.apply_async(square, (12,)).get(60)


def queues_of(method):
    context = multiprocessing.get_context(method)
    inputs, outputs, lock, counter, event = context.Queue(), context.Queue(), context.Lock(), context.Value("i", 0, lock=False), context.Event()
    process = context.Process(target=worker, args=(inputs, outputs, lock, counter, event))
    process.start()
    for item in [1, 2, 3, None]:
        inputs.put(item)
    answers = sorted(outputs.get(timeout=60) for _ in range(3))
    process.join(60)
    return answers, counter.value, event.is_set(), process.exitcode


def register(name, function):
    function.__name__ = name
    case(function)


for method in METHODS:
    register(f"pool_{method}", lambda method=method: pool_of(method))
    register(f"queues_{method}", lambda method=method: queues_of(method))


@case
def exit_codes():
    codes = []
    for method in METHODS:
        process = multiprocessing.get_context(method).Process(target=leave, args=(3,))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    process.start()
    process.terminate()
    process.join(60)
    return codes, process.exitcode


@case
def error_from_worker():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        try:
            pool.apply(fail, (7,))
        except ValueError as error:
            return error.args


@case
def manager():
    with multiprocessing.get_context("fork").Manager() as manager:
        items, table = manager.list(), manager.dict()
        process = multiprocessing.get_context("fork").Process(target=add_to_manager, args=(items, table))
        process.start()
        process.join(60)
        return list(items), dict(table)


@case
def pipes():
    ours, theirs = multiprocessing.Pipe()
    theirs.send({"a": [1, 2]})
    return ours.poll(10), ours.recv(), ours.poll(0)


@case
def executor():
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(square, range(5)))


@case
def shared_memory_between_processes():
    block = shared_memory.SharedMemory(create=True, size=4096)
    try:
        process = multiprocessing.get_context("spawn").Process(target=write_shared, args=(block.name,))
        process.start()
        process.join(60)
        return bytes(block.buf[:5]), process.exitcode, block.size >= 4096
    finally:
        block.close()
        block.unlink()


@case
def shared_array():
    array = multiprocessing.Array(ctypes.c_double, 3)
    process = multiprocessing.get_context("fork").Process(target=lambda: array.__setitem__(1, 2.5))
    process.start()
    process.join(60)
    return list(array)


@case
def semaphore_between_processes():
    context = multiprocessing.get_context("fork")
    semaphore = context.Semaphore(0)
    process = context.Process(target=semaphore.release)
    process.start()
    got = semaphore.acquire(timeout=60)
    process.join(60)
    return got, semaphore.acquire(timeout=0.05), semaphore.get_value()


@case
def threads_count():
    counter, lock = [0], threading.Lock()

    def add():
        for _ in range(1000):
            with lock:
                counter[0] += 1

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counter


@case
def thread_tools():
    barrier, event, items = threading.Barrier(3), threading.Event(), queue.Queue()

    def work(number):
        barrier.wait(30)
        event.wait(30)
        items.put(number)

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(2)]
    for thread in threads:
        thread.start()
    barrier.wait(30)
    event.set()
    return sorted(items.get(timeout=30) for _ in range(2)), event.wait(0), threading.Lock().acquire(timeout=0.01)


@case
def thread_ids():
    ids = []
    thread = threading.Thread(target=lambda: ids.append(threading.get_native_id()))
    thread.start()
    thread.join()
    return threading.get_native_id() == os.getpid(), ids[0] != os.getpid(), threading.stack_size()


@case
def thread_pool():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [future.result() for future in [pool.submit(square, n) for n in range(6)]]


@case
def timer():
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    return event.wait(30)


@case
def interpreters():
    import _interpreters
    number = _interpreters.create()
    return _interpreters.run_string(number, "x = 1 + 1"), _interpreters.destroy(number)


if __name__ == "__main__":
    run()
