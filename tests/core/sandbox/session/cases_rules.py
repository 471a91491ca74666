"""What a host may send when, and what the worker does about one that breaks the rules or goes away. Each broken rule is one thing changed in a talk that works."""
import host as hosts
import messagepack
from answers import LATER, Answers
from messagepack import Raw
from rows import Row, broken_by, exception_of, has, same, value_of

GOOD_CONFIGURE = {"limits": {"memory": 0, "fuel": 0, "time": 5, "calls": 1}, "clock": {"mode": "stepping", "wall_ns": 1}, "seed": b"s" * 32, "random": "seed", "environment": {}, "directory": "/work", "arguments": [], "mounts": [], "deterministic": True}


def configure_with_everything(host):
    same(value_of(host.execute("1")), 1)


def configure_with_nothing(host):
    same(value_of(host.execute("import os\nos.getcwd()")), "/home/sandbox")


def hello(host):
    same((host.hello["version"], sorted(host.hello)), (2, ["attention", "counters", "image", "ready", "version"]))
    has(host.hello["image"], "CPython 3.13")


def greeting_needs_one_byte_only(host):
    host.send_bytes(b"\0")
    same(host.read().type, hosts.HELLO)
    host.send_bytes(host.header(hosts.CONFIGURE, 0, b"\x80")[1:])
    same(value_of(host.execute("5")), 5)


def byte_by_byte(host):
    payload = messagepack.encode({"source": b"'slow'"})
    for byte in host.header(hosts.EXECUTE, 1, payload):
        host.send_bytes(bytes([byte]))
    host.execution = 1
    same(value_of(host.follow()), "slow")


def many_frames_in_one_write(host):
    payload = messagepack.encode({"source": b"x = globals().get('x', 0) + 1\nx"})
    host.send_bytes(b"".join(host.header(hosts.EXECUTE, number, payload) for number in (1, 2, 3)))
    for number in (1, 2, 3):
        host.execution = number
        same(value_of(host.follow()), number)


def execution_ids_may_skip(host):
    host.execution = 41
    same(value_of(host.execute("1")), 1)
    host.execution = (1 << 32) - 2
    same(value_of(host.execute("2")), 2)


def frame(kind, value=None, number=0, flags=0, payload=None, **more):
    data = messagepack.encode(value) if payload is None else payload
    return hosts.Host.header(kind, number, data, flags, **more)


EXECUTE = {"source": b"print('believed')"}
# name: bytes that come where the worker rests, and what is said of them
AT_REST = {
    "magic": (frame(hosts.EXECUTE, EXECUTE, 1, magic=0x11111111), "magic number"),
    "version": (frame(hosts.EXECUTE, EXECUTE, 1, version=1), "version"),
    "worker_type": (frame(hosts.OUTPUT, payload=b"\1x"), "never sends"),
    "type_0": (frame(0, EXECUTE), "never sends"),
    "type_255": (frame(255, EXECUTE), "never sends"),
    "flags": (frame(hosts.EXECUTE, EXECUTE, 1, flags=1 << 8), "flags"),
    "flags_of_another_type": (frame(hosts.CALLBACKS, [], flags=1), "flags"),
    "no_id": (frame(hosts.EXECUTE, EXECUTE), "without its id"),
    "id_where_none_is": (frame(hosts.CALLBACKS, [], 5), "id where none"),
    "too_long": (frame(hosts.EXECUTE, EXECUTE, 1, length=(16 << 20) + 1), "length"),
    "empty": (frame(hosts.EXECUTE, number=1, payload=b""), "length"),
    "configure_again": (frame(hosts.CONFIGURE, {}), "may not come now"),
    "input": (frame(hosts.INPUT, payload=b"x"), "may not come now"),
    "answer": (frame(hosts.ANSWER, [True, 1], 1), "may not come now"),
    "tick": (frame(hosts.TICK, payload=b"\0" * 8), "may not come now"),
    "brokered": (frame(hosts.BROKERED, [0], 1), "may not come now"),
    "execute_of_no_map": (frame(hosts.EXECUTE, [1], 1), "EXECUTE has a key"),
    "execute_without_source": (frame(hosts.EXECUTE, {}, 1), "without a source"),
    "execute_with_text_source": (frame(hosts.EXECUTE, {"source": "1"}, 1), "EXECUTE has a key"),
    "execute_with_unknown_key": (frame(hosts.EXECUTE, EXECUTE | {"more": 1}, 1), "EXECUTE has a key"),
    "execute_with_key_twice": (frame(hosts.EXECUTE, Raw(b"\x82\xa6source\xc4\x00\xa6source\xc4\x00"), 1), "EXECUTE has a key"),
    "execute_with_number_as_name": (frame(hosts.EXECUTE, EXECUTE | {"name": 5}, 1), "EXECUTE has a key"),
    "execute_with_nul_in_name": (frame(hosts.EXECUTE, EXECUTE | {"name": "a\0b"}, 1), "EXECUTE has a key"),
    "execute_with_inputs_of_list": (frame(hosts.EXECUTE, EXECUTE | {"inputs": []}, 1), "EXECUTE has a key"),
    "execute_with_number_as_input_name": (frame(hosts.EXECUTE, EXECUTE | {"inputs": {1: 2}}, 1), "no text"),
    "execute_of_no_message": (frame(hosts.EXECUTE, number=1, payload=b"\xc1"), "not MessagePack"),
    "execute_cut_short": (frame(hosts.EXECUTE, number=1, payload=b"\x81\xa6source\xc4\x09x"), "not MessagePack"),
    "execute_with_rest": (frame(hosts.EXECUTE, number=1, payload=messagepack.encode(EXECUTE) + b"\0"), "behind its value"),
    "invoke_without_id": (frame(hosts.INVOKE, ["unload", 1]), "without its id"),
    "invoke_of_map": (frame(hosts.INVOKE, {"unload": 1}, 1), "no array"),
    "invoke_of_nothing": (frame(hosts.INVOKE, [], 1), "no array"),
    "invoke_of_number": (frame(hosts.INVOKE, [1, 2], 1), "no array"),
    "invoke_of_no_operation": (frame(hosts.INVOKE, ["__import__", "os"], 1), "there is not"),
    "invoke_with_too_few": (frame(hosts.INVOKE, ["unload"], 1), "number of arguments"),
    "invoke_with_too_many": (frame(hosts.INVOKE, ["call", 1, "c", "f", [], {}, 0], 1), "number of arguments"),
    "callbacks_of_map": (frame(hosts.CALLBACKS, {}), "no array"),
    "callback_of_text": (frame(hosts.CALLBACKS, ["f"]), "CALLBACKS has a function"),
    "callback_without_name": (frame(hosts.CALLBACKS, [{}]), "function without a name"),
    "callback_with_unknown_key": (frame(hosts.CALLBACKS, [{"name": "f", "x": 1}]), "CALLBACKS has a function"),
    "parameter_without_name": (frame(hosts.CALLBACKS, [{"name": "f", "parameters": [{}]}]), "parameter without a name"),
    "parameter_with_unknown_key": (frame(hosts.CALLBACKS, [{"name": "f", "parameters": [{"name": "a", "x": 1}]}]), "CALLBACKS has a parameter"),
    "parameter_with_number_as_type": (frame(hosts.CALLBACKS, [{"name": "f", "parameters": [{"name": "a", "type": 1}]}]), "CALLBACKS has a parameter"),
    "parameters_of_map": (frame(hosts.CALLBACKS, [{"name": "f", "parameters": {}}]), "CALLBACKS has a function"),
    "unknown_program": (frame(hosts.PROGRAM, payload=b"\4x"), "unknown way"),
    "nul_in_program": (frame(hosts.PROGRAM, payload=b"\1a\0b"), "NUL"),
}


def at_rest_row(data, says):
    def case(host):
        host.send_bytes(data)
        broken_by(host.follow(), says)
    return Row(case)


def id_that_does_not_count_up(host):
    same(value_of(host.execute("1")), 1)
    host.execution = 0
    broken_by(host.execute("print('believed')"), "does not count up")


# name: bytes that come after WAIT, while call 1 is pending
AT_WAIT = {
    "answer_to_another": (frame(hosts.ANSWER, [True, 1], 2), "not pending"),
    "answer_to_none": (frame(hosts.ANSWER, [True, 1], 0), "without its id"),
    "answer_of_map": (frame(hosts.ANSWER, {}, 1), "neither a value nor a failure"),
    "answer_of_nothing": (frame(hosts.ANSWER, [], 1), "neither a value nor a failure"),
    "answer_without_value": (frame(hosts.ANSWER, [True], 1), "neither a value nor a failure"),
    "answer_with_more": (frame(hosts.ANSWER, [True, 1, 2], 1), "another length"),
    "failure_without_type": (frame(hosts.ANSWER, [False, "m"], 1), "another length"),
    "failure_without_text": (frame(hosts.ANSWER, [False, 5, None], 1), "no text"),
    "failure_with_number_as_type": (frame(hosts.ANSWER, [False, "m", 5], 1), "no text"),
    "answer_with_no_value": (frame(hosts.ANSWER, [True, Raw(b"\xd4\x63\0")], 1), "extension type"),
    "short_tick": (frame(hosts.TICK, payload=b"\0" * 7), "length"),
    "long_tick": (frame(hosts.TICK, payload=b"\0" * 9), "length"),
    "tick_with_id": (frame(hosts.TICK, number=1, payload=b"\0" * 8), "id where none"),
    "tick_beyond_time": (frame(hosts.TICK, payload=b"\xff" * 8), "end of time"),
    "execute": (frame(hosts.EXECUTE, EXECUTE, 2), "may not come now"),
    "input": (frame(hosts.INPUT, payload=b"x"), "may not come now"),
    "file": (frame(hosts.FILE, payload=b"\0" * 14), "may not come now"),
    "callbacks": (frame(hosts.CALLBACKS, []), "may not come now"),
    "answer_of_no_message": (frame(hosts.ANSWER, number=1, payload=b"\xc1"), "not MessagePack"),
}


def at_wait_row(data, says):
    def case(host):
        host.callbacks({"name": "f"})

        def answers(to, seen):
            if seen.type == hosts.WAIT:
                to.send_bytes(data)
        broken_by(host.execute("import cordon\ncordon.call('f')\nprint('believed')", answers), says)
    return Row(case)


# name: bytes that come after INPUT_WANTED for 3 bytes
AT_INPUT = {"longer": (frame(hosts.INPUT, payload=b"abcd"), "not the input asked for"), "answer": (frame(hosts.ANSWER, [True, 1], 1), "may not come now"), "execute": (frame(hosts.EXECUTE, EXECUTE, 2), "may not come now"), "with_id": (frame(hosts.INPUT, number=1, payload=b"x"), "id where none")}


def at_input_row(data, says):
    def case(host):
        host.send(hosts.EXECUTE, messagepack.encode({"source": b"import os\nos.read(0, 3)\nprint('believed')"}), 1)
        same(host.read().type, hosts.INPUT_WANTED)
        host.send_bytes(data)
        broken_by(host.follow(), says)
    return Row(case)


def answered_twice(host):
    host.callbacks({"name": "f"}, {"name": "g"})

    def answers(to, seen):
        if seen.type == hosts.WAIT:
            to.send_value(hosts.ANSWER, [True, 1], 1)
    broken_by(host.execute("import asyncio, cordon\nawait asyncio.gather(cordon.call_async('f'), cordon.call_async('g'))", answers), "not pending")


def unasked_answer_breaks_the_next_rest(host):
    host.callbacks({"name": "f"})
    same(value_of(host.execute("import cordon\ncordon.call('f')", Answers(f=lambda: 1))), 1)
    host.send_value(hosts.ANSWER, [True, 1], 1)
    broken_by(host.execute("print('believed')"), "may not come now")


def host_goes_away_at_rest(host):
    same(value_of(host.execute("1")), 1)
    host.process.stdin.close()
    same(host.process.wait(hosts.PATIENCE_S), 124)
    same(host.process.stdout.read(), b"")


def host_goes_away_in_a_frame(host):
    for cut in (1, 15, 16, 20):
        with hosts.Host(host.process.args[0]) as other:
            other.send_bytes(frame(hosts.EXECUTE, EXECUTE, 1)[:cut])
            other.process.stdin.close()
            same((other.process.wait(hosts.PATIENCE_S), other.process.stdout.read()), (124, b""))


def host_goes_away_in_a_call(host):
    host.callbacks({"name": "f"})

    def answers(to, seen):
        if seen.type == hosts.WAIT:
            to.process.stdin.close()
    outcome = host.execute("import cordon\ntry: cordon.call('f')\nfinally: print('believed')", answers)
    same((outcome.result, outcome.exit_code, outcome.stdout), (None, 124, b""))


def reader_goes_away(host):
    host.process.stdout.close()
    host.send_value(hosts.EXECUTE, {"source": b"while True: print('x' * 1000)"}, 1)
    same(host.process.wait(hosts.PATIENCE_S) in (124, -13), True)


# ---- limits that the worker trips: the frame, and a twin below the limit ----

def fuel_limit(host):
    same(value_of(host.execute("for i in range(1000): pass\n1")), 1)
    outcome = host.execute("try:\n    while True: pass\nexcept BaseException: print('caught')\nfinally: print('finally')")
    same((outcome.result, outcome.exit_code, outcome.stdout), (None, 123, b""))
    same((outcome.limit["name"], outcome.limit["limit"], outcome.limit["figure"] > 100000, outcome.limit["where"]), ("fuel", 100000, True, "<execution 2>:2"))


def fuel_is_for_one_execution(host):
    for _ in range(5):
        same(value_of(host.execute("for i in range(60000): pass\n1")), 1)


def memory_limit(host):
    same(value_of(host.execute("len(bytearray(10 << 20))")), 10 << 20)
    outcome = host.execute("x = []\ntry:\n    while True: x.append(bytearray(1 << 20))\nexcept MemoryError: print('caught')")
    same((outcome.result, outcome.exit_code, outcome.limit["name"], outcome.limit["limit"], outcome.stdout), (None, 123, "memory", 64 << 20, b""))


def memory_request_beyond_the_limit(host):
    same(exception_of(host.execute("bytearray(1 << 30)"), "MemoryError")["limit"], "memory")
    same(value_of(host.execute("1")), 1)


def files_limit(host):
    same(value_of(host.execute("open('/tmp/a', 'w').write('x' * 1000)")), 1000)
    outcome = host.execute("try: open('/tmp/b', 'wb').write(b'x' * 2_000_000)\nexcept OSError: print('caught')")
    same((outcome.result, outcome.exit_code, outcome.limit["name"], outcome.stdout), (None, 123, "fs-bytes", b""))


def limit_while_a_call_is_pending(host):
    host.callbacks({"name": "f"})
    outcome = host.execute("import asyncio, cordon\nt = asyncio.create_task(cordon.call_async('f'))\nawait asyncio.sleep(0)\nwhile True: pass", Answers(f=lambda: LATER))
    same((outcome.result, outcome.limit["name"]), (None, "fuel"))


def unknown_limit_of_configure(host):
    host.send_bytes(b"\0")
    host.read()
    host.send_bytes(frame(hosts.CONFIGURE, {"limits": {"moon": 1}})[1:])
    broken_by(host.follow(), "limit that there is not")


ROWS = {"configure_with_everything": Row(configure_with_everything, GOOD_CONFIGURE), "greeting_needs_one_byte_only": Row(greeting_needs_one_byte_only, greet=False), "unknown_limit_of_configure": Row(unknown_limit_of_configure, greet=False)}
ROWS |= {case.__name__: Row(case) for case in (
    configure_with_nothing, hello, byte_by_byte, many_frames_in_one_write, execution_ids_may_skip, id_that_does_not_count_up, answered_twice, unasked_answer_breaks_the_next_rest, host_goes_away_at_rest, host_goes_away_in_a_frame,
    host_goes_away_in_a_call, reader_goes_away)}
ROWS |= {f"at_rest_{name}": at_rest_row(*row) for name, row in AT_REST.items()}
ROWS |= {f"at_wait_{name}": at_wait_row(*row) for name, row in AT_WAIT.items()}
ROWS |= {f"at_input_{name}": at_input_row(*row) for name, row in AT_INPUT.items()}
ROWS |= {"fuel_limit": Row(fuel_limit, {"limits": {"fuel": 100000}}), "fuel_is_for_one_execution": Row(fuel_is_for_one_execution, {"limits": {"fuel": 100000}}), "memory_limit": Row(memory_limit, {"limits": {"memory": 64 << 20}}),
         "memory_request_beyond_the_limit": Row(memory_request_beyond_the_limit, {"limits": {"memory": 64 << 20}}), "files_limit": Row(files_limit, {"limits": {"fs-bytes": 1_000_000}}), "limit_while_a_call_is_pending": Row(limit_while_a_call_is_pending, {"limits": {"fuel": 10_000_000}})}
