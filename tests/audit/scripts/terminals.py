"""Pseudo-terminals: opened, configured, a child in one."""
import os
import pty
import termios
import tty

master, slave = pty.openpty()
assert os.isatty(slave)
os.ttyname(slave)
old = termios.tcgetattr(slave)
tty.setraw(slave)
termios.tcsetattr(slave, termios.TCSADRAIN, old)
termios.tcflush(slave, termios.TCIOFLUSH)
os.write(slave, b"x\n")
assert os.read(master, 10)
termios.tcgetwinsize(slave)
termios.tcsetwinsize(slave, (24, 80))
os.get_terminal_size(slave)
os.close(slave)
os.close(master)
child, master = pty.fork()
if child == 0:
    os.ctermid()
    os.tcgetpgrp(0)
    os.write(1, b"in the child")
    os._exit(0)
assert b"in the child" in os.read(master, 100)
os.waitpid(child, 0)
os.close(master)
