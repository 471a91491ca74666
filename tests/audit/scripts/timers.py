"""Timers and counters that are descriptors."""
import os
import select
import time

fd = os.timerfd_create(time.CLOCK_MONOTONIC)
os.timerfd_settime(fd, initial=0.01)
os.timerfd_gettime(fd)
assert select.select([fd], [], [], 5)[0]
assert os.read(fd, 8)
os.close(fd)
fd = os.eventfd(1)
os.eventfd_write(fd, 2)
assert os.eventfd_read(fd) == 3
os.close(fd)
