"""Forked processes: their ends, and the ways to wait for them."""
import os
import signal

for number in range(3):
    child = os.fork()
    if child == 0:
        open(f"child{number}", "w", encoding="utf-8").write("x")
        os._exit(number)
    if number == 0:
        assert os.waitpid(child, 0) == (child, 0)
    elif number == 1:
        os.wait4(child, 0)
    else:
        os.waitid(os.P_PID, child, os.WEXITED)
child = os.fork()
if child == 0:
    signal.pause()
os.kill(child, signal.SIGKILL)
assert os.waitstatus_to_exitcode(os.wait()[1]) == -9
fd = os.pidfd_open(os.getpid())
os.close(fd)
