"""Hides a pseudo-terminal with an interpreter at its other end: what a person types, and what they then see."""
import os
import pty
import re
import select
import signal
import time

TIME_LIMIT_S = float(os.environ.get("CORDON_TERMINAL_TIME_LIMIT_S", "30"))
CONTROLS = re.compile(r"\x1b\[[?>=]?[\d;]*[ -/]*[@-~]|\x1b[=>78()][0B]?|\x1b\][^\x07]*\x07|[\x00\x01\x02\x07]")


class Terminal:
    def __init__(self, interpreter, arguments, directory, variables=None):
        environment = interpreter.environment(directory, variables or {})
        self.pid, self.leader = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(directory)
                os.execve(interpreter.program, [interpreter.program, *arguments], environment)
            finally:
                os._exit(127)
        self.text = ""
        self.seen = 0

    def type(self, text):
        os.write(self.leader, text.encode())

    def read(self, time_limit_s):
        if not select.select([self.leader], [], [], time_limit_s)[0]:
            return False
        try:
            data = os.read(self.leader, 65536)
        except OSError:  # the other end is gone
            return False
        self.text += data.decode("utf-8", "backslashreplace")
        return bool(data)

    def plain(self):
        return CONTROLS.sub("", self.text)

    def see(self, expected):
        """Waits until `expected` shows up after what was seen before; raises with all that was shown if it does not."""
        end = time.monotonic() + TIME_LIMIT_S
        while (at := self.plain().find(expected, self.seen)) < 0:
            if time.monotonic() > end or not self.read(max(0, end - time.monotonic())):
                if (at := self.plain().find(expected, self.seen)) >= 0:
                    break
                raise AssertionError(f"{expected!r} was not shown, but {self.plain()[self.seen:]!r}")
        self.seen = at + len(expected)

    def end(self):
        """Its exit code, or minus the signal that ended it."""
        end = time.monotonic() + TIME_LIMIT_S
        while time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = None
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it did not end; shown: {self.plain()[-500:]!r}")

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.leader)
