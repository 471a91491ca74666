"""Signals: handlers, timers, masks, waits."""
import os
import signal
import time

seen = []
signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
signal.getitimer(signal.ITIMER_REAL)
signal.alarm(100)
signal.alarm(0)
assert len(seen) == 3
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
os.kill(os.getpid(), signal.SIGUSR2)
assert signal.SIGUSR2 in signal.sigpending()
assert signal.sigwait({signal.SIGUSR2}) == signal.SIGUSR2
assert signal.sigtimedwait({signal.SIGUSR2}, 0.001) is None
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
signal.siginterrupt(signal.SIGUSR1, False)
reader, writer = os.pipe2(os.O_NONBLOCK)
signal.set_wakeup_fd(writer)
signal.raise_signal(signal.SIGUSR1)
time.sleep(0)
assert os.read(reader, 10)
signal.set_wakeup_fd(-1)
signal.getsignal(signal.SIGINT)
fd = os.pidfd_open(os.getpid())
signal.pidfd_send_signal(fd, signal.SIGUSR1)
signal.pthread_kill(__import__("threading").get_ident(), signal.SIGUSR1)
