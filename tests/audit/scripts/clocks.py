"""Clocks, sleeps and time zones."""
import datetime
import os
import time
import zoneinfo

for name in ("CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "CLOCK_BOOTTIME"):
    time.clock_gettime(getattr(time, name))
    time.clock_getres(getattr(time, name))
time.time(), time.monotonic(), time.perf_counter(), time.process_time(), time.thread_time()
time.sleep(0.001)
time.localtime(), time.gmtime(), time.strftime("%c")
os.environ["TZ"] = "Europe/Rome"
time.tzset()
time.mktime(time.localtime())
datetime.datetime.now().astimezone()
try:
    datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Tokyo"))
except zoneinfo.ZoneInfoNotFoundError:
    pass
os.times()
time.get_clock_info("monotonic")
