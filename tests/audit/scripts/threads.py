"""Threads: started, joined, locks, timers, thread-local data."""
import concurrent.futures
import os
import queue
import threading
import time

jobs = queue.Queue()


def work():
    while (number := jobs.get()) is not None:
        os.stat(f"/proc/self/fd/{number}")
        time.sleep(0.001)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for number in (0, 1, 2) * 10:
    jobs.put(number)
for _ in threads:
    jobs.put(None)
for thread in threads:
    thread.join()
assert not threading.Lock().acquire(blocking=False) is False
timer = threading.Timer(0.01, lambda: None)
timer.start()
timer.join()
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    assert sum(pool.map(len, ["a", "bb"])) == 3
threading.get_native_id()
threading.stack_size(1 << 20)
threading.Thread(target=int).start()
