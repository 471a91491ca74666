"""asyncio: top-level await, time that jumps without pending calls and is waited for with them, cancellation, several loops."""
from answers import LATER, Answers, Failure
from rows import Row, exception_of, same, value_of

# name: source and value; no call is pending, so time jumps and no WAIT is sent
PLAIN = {
    "await_a_coroutine": ("async def f(): return 3\nawait f()", 3),
    "await_sleep": ("import asyncio, time\nt = time.monotonic()\nawait asyncio.sleep(3600)\n3600 <= time.monotonic() - t < 3601", True),
    "await_in_the_middle": ("import asyncio\nx = await asyncio.sleep(1, 5)\ny = x + 1\ny", 6),
    "async_for": ("async def g():\n    for i in range(3): yield i\n[i async for i in g()]", [0, 1, 2]),
    "async_with": ("import asyncio\nasync with asyncio.Lock() as l: x = 1\nx", 1),
    "await_in_a_comprehension": ("async def f(i): return i * i\n[await f(i) for i in range(3)]", [0, 1, 4]),
    "last_statement_awaits_nothing": ("import asyncio\nawait asyncio.sleep(0)\nx = 9", None),
    "gather": ("import asyncio\nasync def f(i):\n    await asyncio.sleep(5 - i)\n    return i\nawait asyncio.gather(*[f(i) for i in range(5)])", [0, 1, 2, 3, 4]),
    "order_of_sleeps": ("import asyncio\nout = []\nasync def f(i):\n    await asyncio.sleep(i)\n    out.append(i)\nawait asyncio.gather(*[f(i) for i in (3, 1, 2)])\nout", [1, 2, 3]),
    "wait_for_times_out": ("import asyncio\ntry: await asyncio.wait_for(asyncio.sleep(100), 1)\nexcept TimeoutError: r = 'late'\nr", "late"),
    "timeout_is_not_reached": ("import asyncio\nasync with asyncio.timeout(10): r = await asyncio.sleep(1, 'in time')\nr", "in time"),
    "queue": ("import asyncio\nq = asyncio.Queue(2)\nasync def produce():\n    for i in range(5): await q.put(i)\nt = asyncio.create_task(produce())\n[await q.get() for i in range(5)]", [0, 1, 2, 3, 4]),
    "event_and_condition": ("import asyncio\ne = asyncio.Event(); c = asyncio.Condition(); out = []\nasync def wait():\n    await e.wait()\n    async with c: out.append(1); c.notify()\nt = asyncio.create_task(wait())\nawait asyncio.sleep(1)\nasync with c:\n    e.set()\n    await c.wait()\nout", [1]),
    "semaphore": ("import asyncio\ns = asyncio.Semaphore(2); top = now = 0\nasync def f():\n    global top, now\n    async with s:\n        now += 1; top = max(top, now)\n        await asyncio.sleep(1)\n        now -= 1\nawait asyncio.gather(*[f() for i in range(7)])\ntop", 2),
    "task_group": ("import asyncio\nasync def f(i): await asyncio.sleep(i); return i\nasync with asyncio.TaskGroup() as g: ts = [g.create_task(f(i)) for i in range(3)]\n[t.result() for t in ts]", [0, 1, 2]),
    "asyncio_run": ("import asyncio\nasync def f(): await asyncio.sleep(5); return 'ran'\nasyncio.run(f())", "ran"),
    "asyncio_run_twice": ("import asyncio\n[asyncio.run(asyncio.sleep(1, i)) for i in range(3)]", [0, 1, 2]),
    "to_thread": ("import asyncio, time\nawait asyncio.gather(*[asyncio.to_thread(lambda i=i: (time.sleep(2), i)[1]) for i in range(3)])", [0, 1, 2]),
    "stream_between_tasks": ("import asyncio, socket\na, b = socket.socketpair()\nr, w = await asyncio.open_connection(sock=a)\nr2, w2 = await asyncio.open_connection(sock=b)\nw.write(b'ping\\n')\nline = await r2.readline()\nw.close(); w2.close()\nline", b"ping\n"),
    "contextvars": ("import asyncio, contextvars\nv = contextvars.ContextVar('v', default=0)\nasync def f(): v.set(5); return v.get()\n(await asyncio.create_task(f()), v.get())", (5, 0)),
    "async_generator_is_closed": ("out = []\nasync def g():\n    try:\n        yield 1\n    finally: out.append('closed')\nx = g()\nawait anext(x)\nawait x.aclose()\nout", ["closed"]),
    "running_loop": ("import asyncio\nloop = asyncio.get_running_loop()\nawait asyncio.sleep(0)\nloop is asyncio.get_running_loop()", True),
    "loop_stopped_by_the_guest": ("import asyncio\nasyncio.get_running_loop().stop()\nawait asyncio.sleep(1, 'went on')", "went on"),
}


def plain_row(source, wanted):
    def case(host):
        host.callbacks({"name": "f"})
        outcome = host.execute(source)
        same((outcome.result["status"], outcome.result.get("value")), ("ok", wanted))
        same((outcome.frames, outcome.stderr), ([], b""))
    return Row(case)


# name: source, type and message of the exception; frames begin in the source
BAD = {
    "raised_after_await": ("import asyncio\nawait asyncio.sleep(1)\n1/0", "ZeroDivisionError", "division"),
    "raised_in_a_coroutine": ("async def f(): raise KeyError('k')\nawait f()", "KeyError", "k"),
    "raised_in_a_task": ("import asyncio\nasync def f(): raise KeyError('k')\nawait asyncio.create_task(f())", "KeyError", "k"),
    "group_of_a_task_group": ("import asyncio\nasync def f(): raise KeyError('k')\nasync with asyncio.TaskGroup() as g: g.create_task(f())", "ExceptionGroup", "unhandled errors"),
    "await_of_no_awaitable": ("await 5", "TypeError", "can't be used in 'await' expression"),
    "timeout_error": ("import asyncio\nawait asyncio.wait_for(asyncio.sleep(9), 1)", "TimeoutError", ""),
    "keyboard_interrupt": ("import asyncio\nawait asyncio.sleep(1)\nraise KeyboardInterrupt", "KeyboardInterrupt", ""),
    "asyncio_run_inside": ("import asyncio\nc = asyncio.sleep(0)\ntry: asyncio.run(c)\nfinally: await c", "RuntimeError", "cannot be called from a running event loop"),
    "cancelled_error": ("import asyncio\nraise asyncio.CancelledError('mine')" + "\nawait asyncio.sleep(0)", "CancelledError", ""),
}


def bad_row(source, kind, message):
    def case(host):
        exception = exception_of(host.execute(source), kind, message)
        if kind != "CancelledError":
            same(exception["frames"][0]["file"], "<execution 1>")
        same("_session.py" in exception["traceback"], False)
        same(value_of(host.execute("import asyncio\nawait asyncio.sleep(1, 'well')")), "well")
    return Row(case)


def system_exit(host):
    same(host.execute("import asyncio\nawait asyncio.sleep(1)\nraise SystemExit(4)").result["exit_code"], 4)
    same(value_of(host.execute("await asyncio.sleep(1, 5)")), 5)


def deadlock(host):
    for source in ("import asyncio\nawait asyncio.Future()", "await asyncio.Event().wait()", "await asyncio.gather(asyncio.Future(), asyncio.Queue().get())"):
        exception_of(host.execute(source), "RuntimeError", "deadlock")
        same(value_of(host.execute("await asyncio.sleep(1, 5)")), 5)


def other_task_exits(host):
    same(host.execute("import asyncio\nasync def f(): raise SystemExit(3)\nt = asyncio.create_task(f())\nawait asyncio.sleep(100)").result["exit_code"], 3)
    same(value_of(host.execute("await asyncio.sleep(1, 5)")), 5)


def loop_closed_by_the_guest(host):
    host.execute("import asyncio\nawait asyncio.sleep(0)\nloop = asyncio.get_running_loop()")
    host.execute("loop.close()")
    same(value_of(host.execute("await asyncio.sleep(1, 'new')")), "new")


def tasks_rest_between_executions(host):
    value_of(host.execute("import asyncio\nout = []\nasync def tick():\n    while True:\n        await asyncio.sleep(1)\n        out.append(1)\nt = asyncio.create_task(tick())\nawait asyncio.sleep(2.5)\nlen(out)"))
    before = value_of(host.execute("len(out)"))
    same(value_of(host.execute("await asyncio.sleep(3)\nlen(out)")) - before, 3)
    same(value_of(host.execute("t.cancel()\ntry: await t\nexcept asyncio.CancelledError: r = 'cancelled'\nr")), "cancelled")


# ---- beside a pending call ----

ECHO = {"name": "echo"}


def gather_in_any_order(host):
    host.callbacks(ECHO)
    source = "import asyncio, cordon\nawait asyncio.gather(*[cordon.call_async('echo', i) for i in range(20)])"
    for order in (0, -1, lambda numbers: (len(numbers) * 7) // 3):
        answers = Answers(order, echo=lambda x: x)
        same(value_of(host.execute(source, answers)), list(range(20)))
        same(len(answers.waits), 20)


def tasks_go_on_in_the_hosts_order(host):
    host.callbacks(ECHO)
    source = "import asyncio, cordon\nout = []\nasync def f(i): out.append(await cordon.call_async('echo', i))\nawait asyncio.gather(*[f(i) for i in range(5)])\nout"
    same(value_of(host.execute(source, Answers(-1, echo=lambda x: x))), [4, 3, 2, 1, 0])


def timeout_around_a_call(host):
    host.callbacks({"name": "slow"}, ECHO)
    answers = Answers(slow=lambda: LATER, echo=lambda x: x)
    source = "import asyncio, cordon, time\nt = time.monotonic()\ntry:\n    async with asyncio.timeout(7): await cordon.call_async('slow')\nexcept TimeoutError: r = 'late'\n(r, 7 <= time.monotonic() - t < 7.1)"
    same(value_of(host.execute(source, answers)), ("late", True))
    same([6.9e9 < wait <= 7e9 for wait in answers.waits], [True])
    same(value_of(host.execute("await cordon.call_async('echo', 1)", answers)), 1)


def late_answer_to_a_cancelled_call(host):
    host.callbacks({"name": "slow"}, ECHO)
    answers = Answers(slow=lambda: LATER if len(answers.waits) < 2 else "too late", echo=lambda x: x)
    source = "import asyncio, cordon\nt = asyncio.create_task(cordon.call_async('slow'))\nawait asyncio.sleep(1)\nt.cancel()\ntry: await t\nexcept asyncio.CancelledError: r = 'cancelled'\n(r, await cordon.call_async('echo', 2))"
    same(value_of(host.execute(source, answers)), ("cancelled", 2))
    same(len(answers.calls), 2)


def sleep_beside_a_call_is_waited_for(host):
    host.callbacks({"name": "slow"})
    answers = Answers(slow=lambda: LATER if len(answers.waits) < 4 else "done")
    source = "import asyncio, cordon\nticks = 0\nasync def tick():\n    global ticks\n    while True:\n        await asyncio.sleep(1)\n        ticks += 1\nt = asyncio.create_task(tick())\nr = await cordon.call_async('slow')\nt.cancel()\n(r, ticks)"
    same(value_of(host.execute(source, answers)), ("done", 3))
    same([0.9e9 < wait <= 1e9 for wait in answers.waits], [True] * 4)


def time_sleep_beside_a_call(host):
    host.callbacks({"name": "slow"})
    answers = Answers(slow=lambda: LATER)
    outcome = host.execute("import asyncio, cordon, time\nt = asyncio.create_task(cordon.call_async('slow'))\nawait asyncio.sleep(0)\ntime.sleep(3)\n1", answers)
    same(value_of(outcome), 1)
    same(3e9 - 1e6 < sum(answers.waits) <= 3e9, True)


def tick_longer_than_asked(host):
    import struct
    import host as hosts
    host.callbacks({"name": "slow"})

    def answers(to, frame):
        if frame.type == hosts.WAIT:
            to.send(hosts.TICK, struct.pack("<Q", 10**10))
    same(value_of(host.execute("import asyncio, cordon, time\nt = asyncio.create_task(cordon.call_async('slow'))\nstart = time.monotonic()\nawait asyncio.sleep(1)\n10 <= time.monotonic() - start < 10.1", answers)), True)


def tick_before_answer_moves_time(host):
    import struct
    import host as hosts
    host.callbacks({"name": "f"})
    steps = []

    def answers(to, frame):
        if frame.type == hosts.CALL:
            steps.append(frame.id)
        elif len(steps) == 1:
            steps.append("tick")
            to.send(hosts.TICK, struct.pack("<Q", 4 * 10**9))
        else:
            to.send_value(hosts.ANSWER, [True, "x"], steps[0])
    same(value_of(host.execute("import asyncio, cordon, time\nstart = time.monotonic()\nr = await asyncio.wait_for(cordon.call_async('f'), 9)\n(r, 4 <= time.monotonic() - start < 4.1)", answers)), ("x", True))


def spinning_task_hears_answers(host):
    host.callbacks(ECHO)
    answers = Answers(echo=lambda x: x)
    source = "import asyncio, cordon\nt = asyncio.create_task(cordon.call_async('echo', 6))\nn = 0\nwhile not t.done():\n    await asyncio.sleep(0)\n    n += 1\n(t.result(), n < 1000)"
    same(value_of(host.execute(source, answers)), (6, True))
    same(answers.waits, [0])


def sync_call_keeps_the_others(host):
    host.callbacks(ECHO)
    source = "import asyncio, cordon\nts = [asyncio.create_task(cordon.call_async('echo', i)) for i in range(3)]\nawait asyncio.sleep(0)\nfirst = cordon.call('echo', 'sync')\n(first, [t.done() for t in ts], [await t for t in ts])"
    same(value_of(host.execute(source, Answers(0, echo=lambda x: x))), ("sync", [False, False, False], [0, 1, 2]))
    same(value_of(host.execute(source, Answers(-1, echo=lambda x: x))), ("sync", [False, False, False], [0, 1, 2]))


def loops_in_threads(host):
    host.callbacks(ECHO)
    source = ("import asyncio, cordon, threading\nout = {}\nasync def run(i): out[i] = await asyncio.gather(*[cordon.call_async('echo', (i, j)) for j in range(4)])\n"
              "threads = [threading.Thread(target=lambda i=i: asyncio.run(run(i))) for i in range(4)]\nfor t in threads: t.start()\nfor t in threads: t.join()\nout == {i: [(i, j) for j in range(4)] for i in range(4)}")
    for order in (0, -1):
        same(value_of(host.execute(source, Answers(order, echo=lambda x: x))), True)


def failure_cancels_the_group(host):
    host.callbacks({"name": "bad"}, {"name": "slow"})

    def bad():
        raise Failure("no", "Nope")
    answers = Answers(bad=bad, slow=lambda: LATER)
    source = "import asyncio, cordon\ntry:\n    async with asyncio.TaskGroup() as g:\n        s = g.create_task(cordon.call_async('slow'))\n        g.create_task(cordon.call_async('bad'))\nexcept* cordon.HostError as e: r = [x.host_type for x in e.exceptions]\n(r, s.cancelled())"
    same(value_of(host.execute(source, answers)), (["Nope"], True))


def gather_returns_exceptions(host):
    host.callbacks({"name": "bad"}, ECHO)

    def bad():
        raise Failure("no")
    source = "import asyncio, cordon\nr = await asyncio.gather(cordon.call_async('bad'), cordon.call_async('echo', 1), return_exceptions=True)\n(str(r[0]), r[1])"
    same(value_of(host.execute(source, Answers(-1, bad=bad, echo=lambda x: x))), ("no", 1))


def loops_leave_no_descriptors(host):
    host.callbacks(ECHO)
    source = "import asyncio, cordon, os\nasyncio.run(cordon.call_async('echo', 1))\na = os.dup(0); os.close(a)\nfor i in range(50): asyncio.run(cordon.call_async('echo', i))\nb = os.dup(0); os.close(b)\na == b"
    same(value_of(host.execute(source, Answers(echo=lambda x: x))), True)


def descriptor_closed_by_the_guest(host):
    """A guest that closes what is not its own loses that call, and nothing else."""
    host.callbacks(ECHO)
    source = "import asyncio, cordon, os\nt = asyncio.create_task(cordon.call_async('echo', 1))\nawait asyncio.sleep(0)\nfrom cordon import _mailbox\nfor m in _mailbox._mailboxes.values(): os.close(m.descriptor)\nr = cordon.call('echo', 2)\nr"
    same(value_of(host.execute(source, Answers(echo=lambda x: x))), 2)
    same(value_of(host.execute("cordon.call('echo', 3)", Answers(echo=lambda x: x))), 3)


def pending_tasks_of_an_ended_execution(host):
    host.callbacks({"name": "slow"}, ECHO)
    answers = Answers(slow=lambda: LATER, echo=lambda x: x)
    same(value_of(host.execute("import asyncio, cordon\nt = asyncio.create_task(cordon.call_async('slow'))\nawait asyncio.sleep(0)\n'left'", answers)), "left")
    answers.pending.clear()
    same(value_of(host.execute("try: await t\nexcept cordon.HostError as e: r = str(e)\n(r, await cordon.call_async('echo', 1))", answers)), ("the execution that made this call has ended", 1))


ROWS = {f"plain_{name}": plain_row(*row) for name, row in PLAIN.items()}
ROWS |= {f"bad_{name}": bad_row(*row) for name, row in BAD.items()}
ROWS |= {case.__name__: Row(case) for case in (
    system_exit, deadlock, other_task_exits, loop_closed_by_the_guest, tasks_rest_between_executions, gather_in_any_order, tasks_go_on_in_the_hosts_order, timeout_around_a_call, late_answer_to_a_cancelled_call,
    sleep_beside_a_call_is_waited_for, time_sleep_beside_a_call, tick_longer_than_asked, tick_before_answer_moves_time, spinning_task_hears_answers, sync_call_keeps_the_others, loops_in_threads,
    failure_cancels_the_group, gather_returns_exceptions, loops_leave_no_descriptors, descriptor_closed_by_the_guest, pending_tasks_of_an_ended_execution)}
