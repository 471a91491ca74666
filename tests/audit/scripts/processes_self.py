"""What a process learns and sets of itself."""
import os
import socket

os.getpid(), os.getppid(), os.getpgid(0), os.getpgrp(), os.getsid(0)
os.getpriority(os.PRIO_PROCESS, 0)
socket.gethostname()
os.sched_getaffinity(0)
os.sched_setaffinity(0, os.sched_getaffinity(0))
os.sched_yield()
os.sched_getscheduler(0)
os.sched_getparam(0)
os.sched_get_priority_max(os.SCHED_FIFO)
os.sched_rr_get_interval(0)
os.process_cpu_count()
if os.fork() == 0:
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, 5)
    os._exit(0)
os.wait()
