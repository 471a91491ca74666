"""A program that becomes another one, which becomes another one."""
import os
import sys

if len(sys.argv) == 1:
    open("before", "w", encoding="utf-8").close()
    os.execv(sys.executable, [sys.executable, __file__, "again"])
if sys.argv[1] == "again":
    assert os.path.exists("before")
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert os.system("exit 3") == 3 << 8
    assert os.popen("echo x").read() == "x\n"
    os.execvpe("env", ["env", "-i", "true"], {"PATH": os.environ["PATH"]})
