"""Every system call by a raw instruction, as native code in a worker would make it: each in a fresh sandbox, each refused and named, with a witness outside for
those that leave a trace. The twin is the same image without its lock, where the same program does the same thing to the host.

usage: test_raw_calls.py --cordon PATH --image PATH --unlocked PATH
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile

LAST_NUMBER = 600  # the kernel's table ends below; later kernels have room
X32 = 0x40000000
FAR = (1000, 4095, 4096, 65535, 1 << 20, X32 - 1, X32 + 5000, (1 << 31) - 1, -1, -2, -38, -4095, -(1 << 31))
# What may come back, with arguments that make it harmless: read nothing from 0, write nothing to 1, exit.
CRASHED, VIOLATION = 124, 124
PRELUDE = "import _raw_call\ncall = _raw_call.call\n"

# name, program, what `cordon run` ends with, a pattern for its error output, what the program prints
EXACT = [
    ("read on 0 comes back", "print(call('syscall', 0, 0, 0, 0))", 0, r"^$", "0\n"),
    ("write on 1 comes back", "print(call('syscall', 1, 1, b'', 0))", 0, r"^$", "0\n"),
    # A frame as the kernel would make it; without the lock the same one comes back (TRACES).
    ("rt_sigreturn does not come back where its frame says", "print(call('sigreturn', 4711))", VIOLATION, r"system call 15 \(x86-64\)", ""),
    ("rt_sigreturn to block SIGSYS", "call('sigreturn', 1, (1 << 64) - 1)\ncall('syscall', 39)\nprint('lives')", VIOLATION, r"system call 15 \(x86-64\)", ""),
    ("rt_sigreturn to take away the handler's stack", "call('sigreturn', 1, 0, 0, 2, 0)\ncall('syscall', 39)\nprint('lives')", VIOLATION, r"system call 15 \(x86-64\)", ""),
    ("rt_sigreturn without a frame", "call('syscall', 15)", VIOLATION, r"system call 15 \(x86-64\)", ""),
    ("exit ends the process", "call('syscall', 60, 7)", CRASHED, r"ended with code 7 without saying so", ""),
    ("the kernel takes 32 bits of a number", "print(call('syscall', 1 << 32, 0, 0, 0))", 0, r"^$", "0\n"),
    ("a refused number with high bits is named as the kernel takes it", "call('syscall', (1 << 32) + 39)", VIOLATION, r"system call 39 \(x86-64\)", ""),
    ("read on 1", "call('syscall', 0, 1, bytearray(8), 8)", VIOLATION, r"system call 0 \(x86-64\)", ""),
    ("read on 3", "call('syscall', 0, 3, bytearray(8), 8)", VIOLATION, r"system call 0 \(x86-64\)", ""),
    ("read on -1", "call('syscall', 0, -1, bytearray(8), 8)", VIOLATION, r"system call 0 \(x86-64\)", ""),
    ("read on a descriptor that is 0 in 32 bits", "call('syscall', 0, 1 << 32, bytearray(8), 8)", VIOLATION, r"system call 0 \(x86-64\)", ""),
    ("write on 0", "call('syscall', 1, 0, b'x', 1)", VIOLATION, r"system call 1 \(x86-64\)", ""),
    ("write on 2", "call('syscall', 1, 2, b'x', 1)", VIOLATION, r"system call 1 \(x86-64\)", ""),
    ("write on a descriptor that is 1 in 32 bits", "call('syscall', 1, (1 << 32) + 1, b'x', 1)", VIOLATION, r"system call 1 \(x86-64\)", ""),
    ("exit_group is not exit", "call('syscall', 231, 7)", VIOLATION, r"system call 231 \(x86-64\)", ""),
    ("sysenter", "call('sysenter', 20)", VIOLATION, r"system call 20 \(32-bit entry\)|ended by signal (4|11)", ""),
    ("a refused call cannot be caught", "try:\n    call('syscall', 39)\nexcept BaseException:\n    pass\nfinally:\n    print('lives')", VIOLATION, r"system call 39 ", ""),
    ("what was said before is kept", "print('before', flush=True)\ncall('syscall', 39)\nprint('after')", VIOLATION, r"system call 39 ", "before\n"),
    # A frame that says more than it has swallows the name, not the death.
    ("half a frame before it", "call('syscall', 1, 1, b'\\0CRN\\2\\5\\0\\0\\0\\0\\0\\0\\xff\\0\\0\\0\\1half', 21)\ncall('syscall', 39)", VIOLATION,
     r"made a system call outside its filter|broke the protocol", ""),
    *[(f"vsyscall {index}", f"call('vsyscall', {index}, bytearray(16), bytearray(16))", VIOLATION, rf"system call {number} \(x86-64\)|ended by signal 11", "")
      for index, number in enumerate((96, 201, 309))],
]
# From 6.14 on the kernel shows no filter its own two numbers for breakpoints of tracers. Elsewhere than in its own trampoline the first is answered by SIGILL and the
# second by an error; neither does anything. Older kernels do not know them, and the filter refuses them.
EXEMPT = [
    (335, "call('syscall', 335)", CRASHED, "ended by signal 4", ""),
    (336, "print(call('syscall', 336))", 0, "^$", "-6\n"),
]
JUDGED_BY_NAME = {0, 1, 60, 335, 336}

# What leaves a trace outside: name, program, and how the witness tells that it happened. {f}: a folder as bytes, {pid}: a process, {port}: a listening socket.
# "made": that name appears in the folder; "lost": the canary there changes or goes; "killed": the process dies; "called": the socket hears; "child": the image has a second
# process; "said": the program prints "done" behind the call, for what shows nowhere else.
PATH = "{f} + b'/made\\0'"
CANARY = "{f} + b'/canary\\0'"
TRACES = [
    ("open", f"call('syscall', 2, {PATH}, 0o101, 0o600)", "made"),
    ("creat", f"call('syscall', 85, {PATH}, 0o600)", "made"),
    ("openat", f"call('syscall', 257, -100, {PATH}, 0o101, 0o600)", "made"),
    ("openat2", f"import struct; call('syscall', 437, -100, {PATH}, struct.pack('QQQ', 0o101, 0o600, 0), 24)", "made"),
    ("open by the 32-bit entry", f"call('int80', 5, {PATH}, 0o101, 0o600)", "made"),
    ("mkdir", f"call('syscall', 83, {PATH}, 0o700)", "made"),
    ("mkdirat", f"call('syscall', 258, -100, {PATH}, 0o700)", "made"),
    ("mknod", f"call('syscall', 133, {PATH}, 0o010600, 0)", "made"),
    ("symlink", f"call('syscall', 88, b'x\\0', {PATH})", "made"),
    ("link", f"call('syscall', 86, {CANARY}, {PATH})", "made"),
    ("rename", f"call('syscall', 82, {CANARY}, {PATH})", "made"),
    ("unlink", f"call('syscall', 87, {CANARY})", "lost"),
    ("unlink by the 32-bit entry", f"call('int80', 10, {CANARY})", "lost"),
    ("truncate", f"call('syscall', 76, {CANARY}, 0)", "lost"),
    ("chmod", f"call('syscall', 90, {CANARY}, 0)", "lost"),
    ("utimensat", f"import struct; call('syscall', 280, -100, {CANARY}, struct.pack('qqqq', 1, 0, 1, 0), 0)", "lost"),
    ("execve", "a = _raw_call.address; import struct; sh, c, text = b'/bin/sh\\0', b'-c\\0', b'echo > ' + {f} + b'/made\\0'\n"
               "call('syscall', 59, sh, struct.pack('QQQQ', a(sh), a(c), a(text), 0), struct.pack('Q', 0))", "made"),
    ("kill", "call('syscall', 62, {pid}, 15)", "killed"),
    ("kill by the 32-bit entry", "call('int80', 37, {pid}, 15)", "killed"),
    ("tgkill", "call('syscall', 234, {pid}, {pid}, 15)", "killed"),
    ("pidfd_send_signal", "call('syscall', 424, call('syscall', 434, {pid}, 0), 15, 0, 0)", "killed"),
    ("ptrace", "call('syscall', 101, 16, {pid}, 0, 0); call('syscall', 101, 8, {pid}, 0, 0)", "killed"),
    ("connect", "import struct; call('syscall', 42, call('syscall', 41, 2, 1, 0), struct.pack('<H', 2) + struct.pack('!H', {port}) + bytes((127, 0, 0, 1)) + bytes(8), 16)", "called"),
    ("fork", "import time\nif call('syscall', 57) == 0:\n    call('syscall', 34)", "child"),
    ("clone", "if call('syscall', 56, 17, 0) == 0:\n    call('syscall', 34)", "child"),
    ("clone3", "import struct\nif call('syscall', 435, struct.pack('QQQQQQQQ', 0, 0, 0, 0, 17, 0, 0, 0), 64) == 0:\n    call('syscall', 34)", "child"),
    ("getpid", "assert call('syscall', 39) > 1; print('done', flush=True)", "said"),
    ("mmap, writable and executable", "assert call('syscall', 9, 0, 4096, 7, 0x22, -1, 0) > 0; print('done', flush=True)", "said"),
    ("mprotect of its own code", "assert call('syscall', 10, 0x400000, 4096, 7) == 0; print('done', flush=True)", "said"),
    ("rt_sigreturn", "assert call('sigreturn', 4711) == 4711; print('done', flush=True)", "said"),
    ("prctl", "assert call('syscall', 157, 39, 0, 0, 0, 0) >= 0; print('done', flush=True)", "said"),
    ("dup", "assert call('syscall', 32, 1) > 1; print('done', flush=True)", "said"),
    ("memfd_create", "assert call('syscall', 319, b'x\\0', 0) > 1; print('done', flush=True)", "said"),
    ("clock_gettime", "assert call('syscall', 228, 0, bytearray(16)) == 0; print('done', flush=True)", "said"),
    ("uname", "assert call('syscall', 63, bytearray(400)) == 0; print('done', flush=True)", "said"),
]


def numbers():
    """(entry, number, how it is named)"""
    for number in (*range(LAST_NUMBER + 1), *FAR):
        if number not in JUDGED_BY_NAME:
            x32 = number > 0 and number & X32
            yield "syscall", number, f"system call {number} ({'x32 entry' if x32 else 'x86-64'})"
    for number in range(LAST_NUMBER + 1):
        yield "syscall", X32 + number, f"system call {X32 + number} (x32 entry)"
    for number in (*range(LAST_NUMBER + 1), *FAR):
        yield "int80", number, f"system call {number} (32-bit entry)"


class Programs:
    def __init__(self, options):
        self.options = options

    def locked(self, text):
        return subprocess.run([self.options.cordon, "run", "--image", self.options.image, "-c", PRELUDE + text], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=60, errors="replace")

    def unlocked(self, text):
        # Files, not pipes: a child that the program leaves behind would hold a pipe open.
        with tempfile.TemporaryFile("w+") as program, tempfile.TemporaryFile("w+", errors="replace") as output, tempfile.TemporaryFile("w+", errors="replace") as errors:
            program.write(PRELUDE + text)
            program.flush()
            program.seek(0)
            code = subprocess.run([self.options.unlocked], stdin=program, stdout=output, stderr=errors, timeout=60).returncode
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess([], code, output.read(), errors.read())


def shown(result):
    return f"exit code {result.returncode}, out {result.stdout[-200:]!r}, err {result.stderr[-300:]!r}"


def judge_number(programs, case):
    entry, number, named = case
    result = programs.locked(f"call({entry!r}, {number})\nprint('came back')")
    if result.returncode != VIOLATION or named not in result.stderr or result.stdout:
        return f"{entry} {number}: wanted {named!r}, {shown(result)}"
    return None


def judge_exempt(programs, case):
    number, text, code, pattern, printed = case
    named = (f"uprobe {number}, as an older kernel has it", text, VIOLATION, rf"system call {number} \(x86-64\)", "")
    exempt = (f"uprobe {number}, as a newer kernel has it", text, code, pattern, printed)
    failures = [judge_exact(programs, either) for either in (named, exempt)]
    return " and ".join(failures) if all(failures) else None


def judge_exact(programs, case):
    name, text, code, pattern, printed = case
    result = programs.locked(text)
    if result.returncode != code or not re.search(pattern, result.stderr) or result.stdout != printed:
        return f"{name}: wanted code {code}, {pattern!r}, {printed!r}; {shown(result)}"
    return None


class Witness:
    """A folder with a canary, a process and a listening socket, and what became of them."""

    def __init__(self, image):
        self.image = os.path.realpath(image)

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="cordon-raw-")
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "canary").write_text("alive", encoding="ascii")
        os.utime(self.folder / "canary", (1000000000, 1000000000))
        self.before = self.canary()
        self.process = subprocess.Popen(["sleep", "60"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.listener.close()
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)
        self.temporary.cleanup()

    def canary(self):
        try:
            path = self.folder / "canary"
            status = path.stat()
            return path.read_text(encoding="ascii"), status.st_mode, status.st_mtime
        except OSError:
            return None

    def children(self):
        """Processes that still run the image: when the program has ended, only a child can."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "exe") == self.image:
                    found.append(int(entry.name))
            except OSError:
                continue  # gone, or not ours to see
        return found

    def program(self, text):
        return (text.replace("{f}", repr(os.fsencode(self.folder))).replace("{pid}", str(self.process.pid))
                .replace("{port}", str(self.listener.getsockname()[1])))

    def _was_called(self):
        try:
            self.listener.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def _was_killed(self):
        try:
            self.process.wait(0 if self.is_denied else 10)
            return True
        except subprocess.TimeoutExpired:
            return False

    def saw(self, trace, result, is_denied):
        self.is_denied = is_denied
        return {
            "made": lambda: os.path.lexists(self.folder / "made"),
            "lost": lambda: self.canary() != self.before,
            "killed": self._was_killed,
            "called": self._was_called,
            "child": lambda: bool(self.children()),
            "said": lambda: "done" in result.stdout,
        }[trace]()


def judge_trace(programs, case):
    name, text, trace = case
    with Witness(programs.options.image) as witness:
        result = programs.locked(witness.program(text))
        if result.returncode != VIOLATION or "which its filter refuses" not in result.stderr:
            return f"{name}: was not refused, {shown(result)}"
        if witness.saw(trace, result, is_denied=True):
            return f"{name}: the witness saw it happen ({trace})"
    with Witness(programs.options.unlocked) as witness:
        result = programs.unlocked(witness.program(text))
        if not witness.saw(trace, result, is_denied=False):
            return f"{name}: the twin without a lock did not do it ({trace}), {shown(result)}"
    return None


def main():
    parser = argparse.ArgumentParser()
    for name in ("cordon", "image", "unlocked"):
        parser.add_argument(f"--{name}", required=True)
    programs = Programs(parser.parse_args())
    failures, judged = [], 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for judge, cases in ((judge_exact, EXACT), (judge_exempt, EXEMPT), (judge_number, list(numbers()))):
            for failure in pool.map(lambda case: judge(programs, case), cases):
                judged += 1
                failures += [failure] if failure else []
    # One after the other: a child is looked for by the program that it runs.
    for case in TRACES:
        judged += 1
        failure = judge_trace(programs, case)
        failures += [failure] if failure else []
    for failure in failures:
        print(f"FAILED  {failure}")
    print(f"{judged} calls, each in a fresh sandbox; {len(failures)} failed")
    return 1 if failures or judged < 1800 else 0


if __name__ == "__main__":
    sys.exit(main())
