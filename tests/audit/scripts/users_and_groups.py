"""Users, groups and the ids of the process."""
import getpass
import grp
import os
import pwd

pwd.getpwuid(os.getuid())
pwd.getpwnam("root")
assert pwd.getpwall()
grp.getgrgid(os.getgid())
grp.getgrnam("root")
assert grp.getgrall()
os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), os.getresuid(), os.getresgid()
os.getgrouplist("root", 0)
getpass.getuser()
os.path.expanduser("~root")
try:
    pwd.getpwnam("nobody at all")
except KeyError:
    pass
try:
    os.getlogin()
except OSError:
    pass
os.setuid(os.getuid()), os.setgid(os.getgid()), os.setreuid(-1, -1), os.setresgid(-1, -1, -1)
