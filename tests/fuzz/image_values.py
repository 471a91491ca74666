#!/usr/bin/env python3
"""The image's reader of values, with Python behind it: image_values.py IMAGE CORPUS SECONDS [SEED]

Sends each file of the corpus, and changed ones until the time is over, as an input of an execution. A worker takes it, has no memory for it, or says that a rule is broken and ends with
124; one that dies of a signal, ends otherwise or falls silent is a finding, which is printed."""
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "core" / "sandbox" / "session"))
import host  # noqa: E402
import messagepack  # noqa: E402

BROKEN_RULE = 124
INTERESTING = bytes([0, 1, 0x7F, 0x80, 0x90, 0x91, 0xC0, 0xC1, 0xC4, 0xC7, 0xC9, 0xCB, 0xCF, 0xD4, 0xD8, 0xDB, 0xDD, 0xDF, 0xFF])


def change(data, choose):
    data = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(data) + 1)
        kind = choose.randrange(4)
        if kind == 0:
            data[at:at] = bytes([choose.choice(INTERESTING)])
        elif kind == 1:
            del data[at:at + choose.randint(1, 4)]
        elif kind == 2 and at < len(data):
            data[at] = choose.choice(INTERESTING)
        elif at < len(data):
            data[at] ^= 1 << choose.randrange(8)
    return bytes(data)


class Worker:
    def __init__(self, image):
        self.image, self.host = image, None

    def takes(self, value):
        """True: it was a value; False: it was refused. Anything else is raised."""
        if self.host is None:
            self.host = host.Host(self.image)
        self.host.execution += 1
        payload = b"\x82" + messagepack.encode("source") + messagepack.encode(b"repr(x)[:100]") + messagepack.encode("inputs") + b"\x81" + messagepack.encode("x") + value
        self.host.send(host.EXECUTE, payload, number=self.host.execution)
        outcome = self.host.follow()
        if outcome.result is not None:
            if outcome.result["status"] == "ok":
                return True
            # A claim of thousands of millions of members finds no memory, and the worker goes on.
            if outcome.result["exception"]["type"] != "MemoryError":
                raise AssertionError(f"an exception: {outcome.result}")
            return False
        self.host.close()
        self.host = None
        if outcome.exit_code != BROKEN_RULE and outcome.limit is None:
            raise AssertionError(f"the worker ended with {outcome.exit_code}: {outcome.stderr!r}")
        return False


def main():
    image, corpus, seconds = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else time.time_ns()
    choose, worker, taken, refused, end = random.Random(seed), Worker(image), 0, 0, time.monotonic() + seconds
    values = [path.read_bytes() for path in sorted(corpus.iterdir())]
    waiting = list(values)
    while waiting or time.monotonic() < end:
        value = waiting.pop() if waiting else change(choose.choice(values), choose)
        try:
            if worker.takes(value):
                taken += 1
            else:
                refused += 1
        except (AssertionError, TimeoutError, KeyError) as finding:
            print(f"finding, with seed {seed}: {value.hex()}: {finding}")
            return 1
    if taken == 0 or refused == 0:
        print("the corpus holds nothing that is taken, or nothing that is refused")
        return 1
    print(f"{taken} values taken, {refused} refused, seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
