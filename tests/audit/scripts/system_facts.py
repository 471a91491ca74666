"""What the machine is: name, load, configuration, languages."""
import locale
import os
import platform
import sys
import sysconfig

os.uname(), os.getloadavg(), os.cpu_count(), os.sysconf("SC_PAGESIZE"), os.confstr("CS_PATH")
platform.platform(), platform.libc_ver(), platform.freedesktop_os_release()
locale.setlocale(locale.LC_ALL, "")
locale.getlocale(), locale.localeconv(), locale.getpreferredencoding()
try:
    locale.setlocale(locale.LC_ALL, "xx_XX.UTF-8")
except locale.Error:
    pass
sysconfig.get_paths()
sys.getfilesystemencoding()
os.environ["A"] = "b"
del os.environ["A"]
os.getenv("HOME")
