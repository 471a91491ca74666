"""A host for the tests: starts the image, sends frames and reads them, and knows no more than docs/protocol.md. Hides pipes and headers."""
import os
import select
import struct
import subprocess
import time
from dataclasses import dataclass, field

import messagepack

(HELLO, CONFIGURE, FILE, PROGRAM, OUTPUT, INPUT_WANTED, INPUT, EXIT, EXECUTE, RESULT, CALLBACKS, CALL, ANSWER, WAIT, TICK, BROKER, BROKERED,
 FILES, FILES_ANSWER, LIMIT, SAVE, SAVED, VIOLATION, FIGURES) = range(1, 25)
RENEW, INVOKE = 25, 27
MAGIC, VERSION = 0x4E524300, 2
FOR_EVER = (1 << 64) - 1
PATIENCE_S = 120  # until a test gives up; never a measurement


class Ended(Exception):
    """The worker has no more to say."""


@dataclass
class Frame:
    type: int
    id: int
    payload: bytes

    @property
    def value(self):
        return messagepack.decode(self.payload)


@dataclass
class Outcome:
    """What came of one execution."""
    frames: list = field(default_factory=list)  # in order, OUTPUT and RESULT aside
    stdout: bytes = b""
    stderr: bytes = b""
    result: dict = None  # of RESULT; None: the worker ended
    exit_code: int = None
    limit: dict = None


class Host:
    """One worker. `answer` is called for each CALL as answer(host, frame) when the worker waits; see Answers."""

    def __init__(self, image, configure=None, greet=True):
        self.process = subprocess.Popen([image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env={})
        self.buffer = b""
        self.execution = 0
        self.hello = None
        self.input = b""  # what standard input has for the guest
        if greet:
            self.send_bytes(b"\0")
            self.hello = self.read().value
            header = self.header(CONFIGURE, 0, messagepack.encode(configure or {}))
            self.send_bytes(header[1:])

    def close(self):
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- frames ----

    @staticmethod
    def header(kind, number, payload, flags=0, magic=MAGIC, version=VERSION, length=None):
        return struct.pack("<IBBHII", magic, version, kind, flags, number, len(payload) if length is None else length) + payload

    def send_bytes(self, data):
        try:
            while data:
                data = data[self.process.stdin.write(data):]
        except BrokenPipeError:
            pass  # it has ended; what it wrote is still to be read

    def send(self, kind, payload=b"", number=0, flags=0):
        self.send_bytes(self.header(kind, number, payload, flags))

    def send_value(self, kind, value, number=0):
        self.send(kind, messagepack.encode(value), number)

    def fill(self, size):
        deadline = time.monotonic() + PATIENCE_S
        while len(self.buffer) < size:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the worker says nothing")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                raise Ended(self.process.wait(PATIENCE_S))
            self.buffer += data

    def read(self):
        self.fill(16)
        magic, version, kind, flags, number, length = struct.unpack_from("<IBBHII", self.buffer)
        if (magic, version, flags) != (MAGIC, VERSION, 0):
            raise AssertionError(f"a header that breaks the rules: {self.buffer[:16].hex()}")
        self.fill(16 + length)
        payload, self.buffer = self.buffer[16:16 + length], self.buffer[16 + length:]
        return Frame(kind, number, payload)

    # ---- what a host does ----

    def put_file(self, path, content=b"", mode=0o100644, modified_ns=0, flags=0):
        self.send(FILE, struct.pack("<IQ", mode, modified_ns) + os.fsencode(path) + b"\0" + content, flags=flags)

    def files(self, op, path, **more):
        """The answer: a list that begins with 0, or with a negative errno."""
        self.execution += 0
        self.send_value(FILES, {"op": op, "path": path, **more}, number=77)
        frame = self.read()
        assert (frame.type, frame.id) == (FILES_ANSWER, 77), frame
        return frame.value

    def callbacks(self, *rows):
        self.send_value(CALLBACKS, list(rows))

    def execute(self, source, answers=None, **more):
        """Runs `source` (str or bytes) to its RESULT, or to the worker's end."""
        self.execution += 1
        source = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        self.send_value(EXECUTE, {"source": source, **more}, number=self.execution)
        return self.follow(answers)

    def program(self, how, text, answers=None):
        self.send(PROGRAM, bytes([how]) + text.encode())
        return self.follow(answers)

    def follow(self, answers=None):
        outcome = Outcome()
        try:
            while not self.take(self.read(), outcome, answers):
                pass
        except Ended as end:
            outcome.exit_code = end.args[0]
        return outcome

    def take(self, frame, outcome, answers):
        """True when the execution has ended and the worker rests."""
        if frame.type == OUTPUT:
            name = {1: "stdout", 2: "stderr"}[frame.payload[0]]
            setattr(outcome, name, getattr(outcome, name) + frame.payload[1:])
        elif frame.type == RESULT:
            assert frame.id == self.execution, (frame.id, self.execution)
            outcome.result = frame.value
            return True
        elif frame.type == INPUT_WANTED:
            size = struct.unpack("<I", frame.payload)[0]
            self.send(INPUT, self.input[:size])
            self.input = self.input[size:]
        elif frame.type == LIMIT:
            outcome.limit = frame.value
        else:
            outcome.frames.append(frame)
            if frame.type in (CALL, WAIT):
                answers(self, frame)
        return False
