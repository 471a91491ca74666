"""RENEW: what a worker gets anew whose memory was put into another process, at rest and while it waits; and what stays as it is."""
import struct

import host as hosts
from rows import Row, broken_by, exception_of, same, value_of

CONFIGURE = {"limits": {"fuel": 10_000_000, "memory": 256 << 20}, "clock": {"mode": "stepping", "wall_ns": 86400 * 10**9}, "seed": b"s" * 32, "random": "seed",
             "environment": {"GREETING": "hello"}, "arguments": ["first"], "directory": "/work/here"}
LOOP = "def loop(n):\n    for _ in range(n): pass\nloop({})\n'done'"


class RenewFirst:
    """Answers the first WAIT with RENEW and what the call waits for."""

    def __init__(self, **renewal):
        self.renewal, self.call = renewal, None

    def __call__(self, host, frame):
        if frame.type == hosts.CALL:
            self.call = frame.id
            return
        if self.renewal is not None:
            host.send_value(hosts.RENEW, self.renewal)
            self.renewal = None
        host.send_value(hosts.ANSWER, [True, None], self.call)


def fuel_is_that_of_the_renewal(host):
    same(value_of(host.execute(LOOP.format(100_000))), "done")
    host.send_value(hosts.RENEW, {"limits": {"fuel": 1000}})
    same(host.execute(LOOP.format(100_000)).limit["name"], "fuel")


def limits_that_are_not_given_are_none(host):
    host.send_value(hosts.RENEW, {})
    same(value_of(host.execute(LOOP.format(100_000))), "done")
    same(value_of(host.execute("len(bytes(300 << 20))")), 300 << 20)


def used_fuel_stays_used(host):
    waits = "import cordon\n" + LOOP.format(60_000).replace("'done'", "") + "cordon.call('f')\n" + LOOP.format(60_000)
    host.callbacks({"name": "f"})
    same(value_of(host.execute(waits, RenewFirst(limits={"fuel": 200_000}))), "done")
    ended = host.execute(waits, RenewFirst(limits={"fuel": 100_000}))
    same((ended.limit["name"], ended.limit["limit"]), ("fuel", 100_000))


def fuel_that_is_used_up_ends_at_once(host):
    host.callbacks({"name": "f"})
    ended = host.execute("import cordon\n" + LOOP.format(60_000).replace("'done'", "") + "cordon.call('f')\nprint('went on')\nloop(1)", RenewFirst(limits={"fuel": 1000}))
    same((ended.limit["name"], ended.stdout), ("fuel", b""))


def memory_in_use_beyond_its_limit_ends_at_once(host):
    same(value_of(host.execute("kept = bytearray(64 << 20)\nlen(kept)")), 64 << 20)
    host.send_value(hosts.RENEW, {"limits": {"memory": 128 << 20}})
    same(value_of(host.execute("len(kept)")), 64 << 20)
    host.send_value(hosts.RENEW, {"limits": {"memory": 32 << 20}})
    ended = host.follow()
    same((ended.limit["name"], ended.limit["limit"], ended.exit_code), ("memory", 32 << 20, 123))


def memory_limit_of_the_renewal_holds(host):
    host.send_value(hosts.RENEW, {"limits": {"memory": 64 << 20}})
    same(host.execute("kept = [bytes(1 << 20) for _ in range(80)]").limit["name"], "memory")


def clock_and_random_bytes_are_those_of_the_renewal(host):
    before = value_of(host.execute("import os\nos.urandom(8)"))
    host.send_value(hosts.RENEW, {"seed": b"s" * 32, "clock": {"mode": "stepping", "wall_ns": 2 * 86400 * 10**9}})
    same(value_of(host.execute("os.urandom(8)")) == before, False)  # the state of `random` and of hashes took some at the start
    host.send_value(hosts.RENEW, {"seed": b"t" * 32})
    one = value_of(host.execute("os.urandom(8)"))
    host.send_value(hosts.RENEW, {"seed": b"t" * 32})
    same(value_of(host.execute("os.urandom(8)")), one)
    same(value_of(host.execute("import time; time.gmtime()[:3]")), (1970, 1, 3))


def clock_and_random_bytes_go_on_without_a_renewal(host):
    source = "import os, time\n[os.urandom(8), time.time_ns(), time.monotonic_ns(), id(object())]"
    with hosts.Host(host.process.args[0], CONFIGURE) as other:
        same(value_of(host.execute(source)), value_of(other.execute(source)))
        other.send_value(hosts.RENEW, {"deterministic": True})
        same(value_of(host.execute(source)), value_of(other.execute(source)))


def monotonic_clock_is_not_set_back(host):
    before = value_of(host.execute("import time\ntime.sleep(100)\nthen = time.monotonic()\nthen"))
    host.send_value(hosts.RENEW, {"clock": {"mode": "stepping", "wall_ns": 1}})
    same(value_of(host.execute("time.monotonic() > then")), True)
    same(before > 100, True)


def environment_arguments_and_directory_stay(host):
    host.send_value(hosts.RENEW, {"limits": {}})
    same(value_of(host.execute("import os, sys\n[os.environ['GREETING'], sys.argv, os.getcwd()]")), ["hello", ["", "first"], "/work/here"])


def many_renewals_are_taken(host):
    for number in range(50):
        host.send_value(hosts.RENEW, {"limits": {"fuel": 1000 + number}})
    same(value_of(host.execute("1")), 1)


def before_configure_is_refused(host):
    host.send_bytes(b"\0")
    host.read()
    host.send_bytes(host.header(hosts.RENEW, 0, b"\x80")[1:])
    broken_by(host.follow(), "none of CONFIGURE")


REFUSED = {
    "unknown_key": ({"environment": {}}, "RENEW has a key"), "mounts": ({"mounts": []}, "RENEW has a key"), "limit_of_text": ({"limits": {"fuel": "x"}}, "no number"),
    "unknown_limit": ({"limits": {"nosuch": 1}}, "there is not"), "short_seed": ({"seed": b"s"}, "32 bytes"), "no_map": ([], "RENEW has a key"),
}


def refused_row(value, says):
    def case(host):
        host.send_value(hosts.RENEW, value)
        broken_by(host.follow(), says)
    return Row(case, CONFIGURE)


def no_answer_to_wait(host):
    """RENEW answers no WAIT: the worker goes on waiting."""
    host.callbacks({"name": "f"})
    waits = []

    def answer(host, frame):
        if frame.type == hosts.CALL:
            return
        waits.append(frame)
        for _ in range(3):
            host.send_value(hosts.RENEW, {})
        host.send(hosts.TICK, struct.pack("<Q", 1)) if len(waits) < 3 else host.send_value(hosts.ANSWER, [False, "refused", None], 1)
    exception_of(host.execute("import cordon\ncordon.call('f')", answer), "HostError", "refused")
    same(len(waits), 3)


ROWS = {case.__name__: Row(case, CONFIGURE) for case in (
    fuel_is_that_of_the_renewal, limits_that_are_not_given_are_none, used_fuel_stays_used, fuel_that_is_used_up_ends_at_once, memory_in_use_beyond_its_limit_ends_at_once,
    memory_limit_of_the_renewal_holds, clock_and_random_bytes_are_those_of_the_renewal, clock_and_random_bytes_go_on_without_a_renewal, monotonic_clock_is_not_set_back,
    environment_arguments_and_directory_stay, many_renewals_are_taken, no_answer_to_wait)}
ROWS["before_configure_is_refused"] = Row(before_configure_is_refused, greet=False)
ROWS |= {f"refused_{name}": refused_row(*row) for name, row in REFUSED.items()}
