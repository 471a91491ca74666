#!/usr/bin/env python3
"""Conversations with a few bytes changed: mutations.py IMAGE [COUNT [SEED]]. Whatever a host sends, the worker answers, ends with its own code or waits for more; it never crashes. Same seed, same bytes."""
import datetime
import random
import struct
import subprocess
import sys

import host as hosts
import messagepack

VALUE = {"list": [1, -2, 2**40, 10**30, -10**30, 1.5, True, None], "tuple": (1, ("x",)), "set": {1, "a"}, "frozen": frozenset([(1,)]), "text": "gr\u00fc\u00df\ud800", "bytes": b"\0\xff" * 20, 5: {None: 1},
         "moment": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc), "day": datetime.date(2026, 1, 1), "time": datetime.time(1, 2), "span": datetime.timedelta(1, 2, 3), "complex": 1 + 2j}
SOURCE = b"import cordon\nx = 1\ntry: y = cordon.call('f', x, value)\nexcept cordon.HostError as e: y = str(e)\n[value, y, object()]"


def frame(kind, value=None, number=0, flags=0, payload=None):
    return hosts.Host.header(kind, number, messagepack.encode(value) if payload is None else payload, flags)


def conversation():
    """Frames of a host that knows beforehand what it will be asked."""
    return [
        frame(hosts.CONFIGURE, {"limits": {"memory": 64 << 20, "fuel": 10**7}, "clock": {"mode": "stepping", "wall_ns": 5}, "seed": b"s" * 32, "environment": {"A": "b"}, "directory": "/work", "arguments": ["x"]}),
        frame(hosts.RENEW, {"limits": {"memory": 96 << 20, "fuel": 10**7}, "clock": {"mode": "fixed", "wall_ns": 9}, "seed": b"t" * 32, "random": "seed", "deterministic": True}),
        frame(hosts.CALLBACKS, [{"name": "f", "description": "d", "parameters": [{"name": "a", "type": "int", "required": True}, {"name": "b", "default": VALUE}], "returns": "any", "kind": "call"}]),
        frame(hosts.FILE, payload=struct.pack("<IQ", 0o100644, 7) + b"/data/x\0content"),
        frame(hosts.FILES, {"op": "read", "path": "/data/x", "offset": 1, "size": 5}, 3),
        frame(hosts.FILES, {"op": "list", "path": "/data"}, 4),
        frame(hosts.EXECUTE, {"source": SOURCE, "name": "n.py", "inputs": {"value": VALUE}}, 1),
        frame(hosts.TICK, payload=struct.pack("<Q", 1000)),
        frame(hosts.ANSWER, [True, VALUE], 1),
        frame(hosts.EXECUTE, {"source": SOURCE, "result": "y"}, 2),
        frame(hosts.ANSWER, [False, "message", "Type"], 2),
        frame(hosts.INVOKE, ["call", 1, "contract", "function", [VALUE], {"named": VALUE}], 3),
    ]


def mutate(frames, chance):
    """Bytes of one or two frames changed, taken out or put in; half of the time with a length that fits again, so that what lies behind is reached."""
    frames = list(frames)
    for _ in range(chance.choice((1, 1, 2))):
        index = chance.randrange(len(frames))
        data = bytearray(frames[index])
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            place = chance.randrange(16, len(data)) if chance.random() < 0.85 else chance.randrange(1, len(data))
            how = chance.randrange(4)
            if how == 0:
                data[place] = chance.randrange(256)
            elif how == 1:
                data[place] ^= 1 << chance.randrange(8)
            elif how == 2:
                del data[place:place + chance.randrange(1, 4)]
            else:
                data[place:place] = bytes(chance.choice((0x80, 0x90, 0xc0, 0xc7, 0xd4, 0xdd, 0xdf, 0xff, 0)) for _ in range(chance.randrange(1, 4)))
            if len(data) < 20:
                break
        if chance.random() < 0.7 and len(data) >= 16:
            struct.pack_into("<I", data, 12, len(data) - 16)
        frames[index] = bytes(data)
    return b"".join(frames)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    image, count, seed = sys.argv[1], int((sys.argv[2:] or [300])[0]), int((sys.argv[3:] or [1])[0])
    frames, endings, failed = conversation(), {}, 0
    for number in range(count):
        data = b"".join(frames) if number == 0 else mutate(frames, random.Random(f"{seed}-{number}"))
        done = subprocess.run([image], input=data, capture_output=True, timeout=120)
        endings[done.returncode] = endings.get(done.returncode, 0) + 1
        # 124: the host broke a rule, or went away at the end of its bytes; 121: it asked for what cannot be; 123: a limit.
        if done.returncode not in (121, 123, 124) or done.stderr or (number == 0 and done.stdout.count(b"status") != 3):
            failed += 1
            print(f"FAILED: seed {seed} number {number}: code {done.returncode}, {done.stderr[-300:]!r}\n  {data.hex()}")
    print(f"{count} conversations, by code: {endings}; {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
