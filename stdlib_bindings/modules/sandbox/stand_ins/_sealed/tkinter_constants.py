"""Constants of _tkinter; made by dump_constants.py."""

ALL_EVENTS = -3
DONT_WAIT = 2
EXCEPTION = 8
FILE_EVENTS = 8
IDLE_EVENTS = 32
READABLE = 2
TIMER_EVENTS = 16
WINDOW_EVENTS = 4
WRITABLE = 4
