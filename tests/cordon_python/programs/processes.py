"""Starting, feeding, ending and waiting for processes."""
import os
import signal
import subprocess
import sys
import time

from cases import case, run


@case
def run_output():
    done = subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True, text=True)
    return done.stdout, done.stderr, done.returncode


@case
def run_self():
    return subprocess.check_output([sys.executable, "-c", "import sys; print(sys.version_info[:2])"], text=True)


@case
def run_input():
    return subprocess.run(["cat"], input=b"x" * 300_000, capture_output=True).stdout.count(b"x")


@case
def run_shell_variables():
    return subprocess.run("echo $A$B", shell=True, env={"A": "1", "B": "2"}, capture_output=True, text=True).stdout


@case
def run_folder():
    return subprocess.run(["pwd"], cwd="/", capture_output=True, text=True).stdout


@case
def run_missing():
    try:
        subprocess.run(["/nowhere/program"])
    except FileNotFoundError as error:
        return error.errno, error.filename


@case
def run_folder_missing():
    try:
        subprocess.run(["true"], cwd="/nowhere")
    except FileNotFoundError as error:
        return error.errno, error.filename


@case
def run_not_executable():
    open("text", "w").close()
    try:
        subprocess.run(["./text"])
    except PermissionError as error:
        return error.errno


@case
def run_time_limit():
    try:
        subprocess.run(["sleep", "60"], timeout=0.2)
    except subprocess.TimeoutExpired as error:
        return error.timeout


@case
def run_check():
    try:
        subprocess.run(["false"], check=True)
    except subprocess.CalledProcessError as error:
        return error.returncode


@case
def pipeline():
    first = subprocess.Popen(["printf", "b\\na\\n"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["sort"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdout.close()
    return second.communicate()[0], first.wait(), second.returncode


@case
def killed():
    process = subprocess.Popen(["sleep", "60"])
    process.kill()
    return process.wait()


@case
def terminated_by_default():
    process = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.terminate()
    return process.wait()


@case
def broken_pipe_is_an_error():
    process = subprocess.Popen([sys.executable, "-c", "for i in range(100000): print('x' * 100)"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    return process.stderr.read().splitlines()[-1], process.wait()


@case
def descriptors_are_closed():
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    listing = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])"
    closed = subprocess.check_output([sys.executable, "-c", listing])
    passed = subprocess.check_output([sys.executable, "-c", f"import os; print(os.fstat({write_end}).st_mode)"], pass_fds=[write_end])
    return closed, int(passed) == os.fstat(write_end).st_mode


@case
def before_exec():
    return subprocess.check_output(["sh", "-c", "umask"], preexec_fn=lambda: os.umask(0o27))


@case
def umask_and_session():
    code = "import os; print(oct(os.umask(0)), os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())"
    return subprocess.check_output([sys.executable, "-c", code], umask=0o71, start_new_session=True)


@case
def process_group():
    return subprocess.check_output([sys.executable, "-c", "import os; print(os.getpgid(0) == os.getpid())"], process_group=0)


@case
def fork_and_wait():
    child = os.fork()
    if child == 0:
        os._exit(7)
    pid, status = os.waitpid(child, 0)
    return pid == child, os.waitstatus_to_exitcode(status)


@case
def fork_runs_handlers():
    seen = []
    os.register_at_fork(before=lambda: seen.append("before"), after_in_parent=lambda: seen.append("parent"))
    child = os.fork()
    if child == 0:
        os._exit(len(seen))
    return seen, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@case
def fork_in_tracked_process():
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        os.write(write_end, b"from the child")
        os._exit(0)
    os.close(write_end)
    os.wait()
    return os.read(read_end, 100)


@case
def exec_replaces():
    child = os.fork()
    if child == 0:
        os.execvp("sh", ["sh", "-c", "exit 5"])
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@case
def exec_with_variables():
    child = os.fork()
    if child == 0:
        os.execvpe("sh", ["sh", "-c", "exit $CODE"], {"CODE": "6", "PATH": os.environ["PATH"]})
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@case
def posix_spawn():
    actions = [(os.POSIX_SPAWN_OPEN, 1, "out", os.O_CREAT | os.O_WRONLY, 0o600)]
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "echo spawned; exit 2"], os.environ, file_actions=actions)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, open("out").read()


@case
def system_and_popen():
    return os.waitstatus_to_exitcode(os.system("exit 4")), os.popen("echo text").read(), os.popen("exit 3").close()


@case
def waiting_forms():
    child = os.fork()
    if child == 0:
        time.sleep(0.2)
        os._exit(1)
    nothing = os.waitpid(child, os.WNOHANG)
    seen = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    pid, status, usage = os.wait4(child, 0)
    return nothing, seen.si_status, pid == child, os.waitstatus_to_exitcode(status), usage.ru_maxrss > 0


@case
def pid_descriptor():
    child = os.fork()
    if child == 0:
        time.sleep(60)
    descriptor = os.pidfd_open(child)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    result = os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
    os.close(descriptor)
    return result.si_status, result.si_code == os.CLD_KILLED


@case
def identity():
    same = subprocess.check_output([sys.executable, "-c", "import os; print(os.getppid())"])
    return int(same) == os.getpid(), os.getuid() == os.geteuid(), sorted(os.getgroups()), os.getpgrp() == os.getpgid(0), os.getlogin is not None


@case
def priorities():
    return os.getpriority(os.PRIO_PROCESS, 0) == os.nice(0), len(os.sched_getaffinity(0)) > 0, os.sched_getscheduler(0), os.sched_get_priority_max(os.SCHED_FIFO)


if __name__ == "__main__":
    run()
