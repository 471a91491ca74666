"""Calls of host functions: schemas, arguments, answers, failures, threads."""
from answers import LATER, Answers, Failure, parameter
from rows import Row, exception_of, same, value_of

SCHEMA = (
    {"name": "add", "description": "Adds.", "parameters": [parameter("a", "int", description="one"), parameter("b", "int", required=False, default=10)], "returns": "int"},
    {"name": "http.get", "parameters": [parameter("url", "str"), parameter("timeout", "float|none", required=False)], "kind": "effect"},
    {"name": "http.post", "parameters": None}, {"name": "anything"}, {"name": "nothing", "parameters": []},
    {"name": "echo", "parameters": [parameter("value")]},
)


def echo(*args, **kwargs):
    return [*args, *kwargs.values()][0]


def add(a, b=10):
    return a + b


def with_schema(host):
    host.callbacks(*SCHEMA)
    value_of(host.execute("import cordon, datetime\nNone"))
    return Answers(add=add, echo=echo, anything=lambda *args, **kwargs: [list(args), kwargs], http__get=lambda url, timeout=1: f"got {url}", nothing=lambda: None,
                   http__post=lambda *args: Failure)


# name: expression, and its value
GOOD = {
    "positional": ("cordon.call('add', 1, 2)", 3),
    "by_name": ("cordon.call('add', b=5, a=6)", 11),
    "mixed": ("cordon.call('add', 1, b=3)", 4),
    "default_is_the_hosts": ("cordon.call('add', 1)", 11),
    "namespace": ("cordon.host.add(1, 2)", 3),
    "namespace_with_dots": ("cordon.host.http.get('u')", "got u"),
    "namespace_kept": ("get = cordon.host.http.get\nget('v')", "got v"),
    "awaited": ("await cordon.call_async('add', 2, 2)", 4),
    "awaited_with_dots": ("await cordon.call_async('http.get', url='w')", "got w"),
    "no_arguments": ("cordon.call('nothing')", None),
    "without_schema": ("cordon.call('anything', 1, (2,), k=b'x')", [[1, (2,)], {"k": b"x"}]),
    "named_name": ("cordon.call('anything', name=1, self=2)", [[], {"name": 1, "self": 2}]),
    "none_where_allowed": ("cordon.call('http.get', 'u', None)", "got u"),
    "int_as_float": ("cordon.call('http.get', 'u', 3)", "got u"),
    "bool_subclass": ("cordon.call('echo', True)", True),
    "nested_value": ("cordon.call('echo', {'a': [1, {2}, (3.5, None)]})", {"a": [1, {2}, (3.5, None)]}),
    "int_enum_as_int": ("import enum\nclass E(enum.IntEnum):\n    A = 4\ncordon.call('add', E.A)", 14),
    "large_value": ("len(cordon.call('echo', 'x' * (4 << 20)))", 4 << 20), "big_int": ("cordon.call('add', 10**30, 1)", 10**30 + 1),
    "list_of_names": ("[c['name'] for c in cordon.list_calls()]", ["add", "http.get", "http.post", "anything", "nothing", "echo"]),
    "list_tells_parameters": ("cordon.list_calls()[0]", {"name": "add", "description": "Adds.", "parameters": [
        {"name": "a", "type": "int", "required": True, "description": "one"}, {"name": "b", "type": "int", "required": False, "description": None, "default": 10}], "returns": "int", "kind": "call"}),
    "list_tells_kind": ("[c['kind'] for c in cordon.list_calls()][:2]", ["call", "effect"]), "list_tells_no_schema": ("cordon.list_calls()[3]['parameters']", None),
    "list_is_a_copy": ("cordon.list_calls()[0]['parameters'].clear()\nlen(cordon.list_calls()[0]['parameters'])", 2),
    "dir": ("(dir(cordon.host), dir(cordon.host.http))", (["add", "anything", "echo", "http", "nothing"], ["get", "post"])),
    "has_attribute": ("(hasattr(cordon.host, 'add'), hasattr(cordon.host, 'nosuch'), hasattr(cordon.host.http, 'put'))", (True, False, False)),
    "signature": ("import inspect\nstr(inspect.signature(cordon.host.add))", "(a: 'int', b: 'int' = 10)"),
    "doc": ("cordon.host.add.__doc__", "Adds."),
    "repr": ("repr(cordon.host.http.get), repr(cordon.host.http)", ("<host function http.get>", "<host functions below http>")),
    "error_is_raised_once": ("try: cordon.call('add', 'x')\nexcept TypeError: r = cordon.call('add', 1, 1)\nr", 2),
    "two_in_one": ("cordon.call('add', cordon.call('add', 1, 1), 1)", 3),
    "call_in_a_loop": ("[cordon.call('add', i, i) for i in range(50)]", [2 * i for i in range(50)]),
    "call_in_del": ("class A:\n    def __del__(self): r.append(cordon.call('add', 1, 1))\nr = []\nA()\nr", [2]),
    "call_in_a_generator": ("def g():\n    for i in range(3): yield cordon.call('add', i, 1)\nlist(g())", [1, 2, 3]),
    "call_in_repr": ("class A:\n    def __repr__(self): return str(cordon.call('add', 40, 2))\nrepr(A())", "42"),
    "async_call_is_lazy": ("c = cordon.call_async('nosuch')\nc.close()\n1", 1),
    "sync_call_in_a_task": ("async def f(): return cordon.call('add', 1, 1)\nawait f()", 2),
    "asyncio_run": ("import asyncio\nasyncio.run(cordon.call_async('add', 3, 3))", 6),
}


def good_row(expression, wanted):
    def case(host):
        answers = with_schema(host)
        same(value_of(host.execute(expression, answers)), wanted)
        same(answers.pending, {})
    return Row(case)


# name: expression, type, message. No CALL may be sent; then the twin must succeed.
BAD = {
    "wrong_type": ("cordon.call('add', 'x')", "TypeError", "add() argument 'a' must be int, not str"),
    "wrong_type_by_name": ("cordon.call('add', 1, b=2.5)", "TypeError", "add() argument 'b' must be int, not float"),
    "bool_is_no_int": ("cordon.call('add', True)", "TypeError", "must be int, not bool"),
    "none_is_no_int": ("cordon.call('add', None)", "TypeError", "must be int, not NoneType"),
    "wrong_type_of_two": ("cordon.call('http.get', 'u', '1')", "TypeError", "http.get() argument 'timeout' must be float or none, not str"),
    "missing": ("cordon.call('add')", "TypeError", "add() missing 1 required argument: 'a'"),
    "missing_by_name": ("cordon.call('add', b=1)", "TypeError", "add() missing 1 required argument: 'a'"),
    "too_many": ("cordon.call('add', 1, 2, 3)", "TypeError", "add() takes 2 positional arguments but 3 were given"),
    "too_many_for_none": ("cordon.call('nothing', 1)", "TypeError", "nothing() takes 0 positional arguments but 1 was given"),
    "unexpected": ("cordon.call('add', 1, c=1)", "TypeError", "add() got an unexpected keyword argument 'c'"),
    "twice": ("cordon.call('add', 1, a=1)", "TypeError", "add() got multiple values for argument 'a'"),
    "unknown": ("cordon.call('nosuch')", "UnknownCallError", "the host has no function 'nosuch'"),
    "misspelt": ("cordon.call('ad', 1)", "UnknownCallError", "did you mean 'add'?"),
    "unknown_is_a_lookup_error": ("try: cordon.call('nosuch')\nexcept LookupError as e: raise KeyError(e.name)", "KeyError", "nosuch"),
    "unknown_awaited": ("await cordon.call_async('nosuch')", "UnknownCallError", "nosuch"),
    "wrong_type_awaited": ("await cordon.call_async('add', 'x')", "TypeError", "argument 'a' must be int"),
    "unknown_attribute": ("cordon.host.nosuch(1)", "AttributeError", "the host has no function 'nosuch'"),
    "namespace_is_no_function": ("cordon.host.http('u')", "UnknownCallError", "http"),
    "root_is_no_function": ("cordon.host()", "UnknownCallError", "''"),
    "attribute_set": ("cordon.host.add = 1", "AttributeError", "cannot be replaced"),
    "name_that_is_no_text": ("cordon.call(5)", "TypeError", "must be str, not int"),
    "no_name": ("cordon.call()", "TypeError", "name"),
    "object": ("cordon.call('echo', object())", "TypeError", "echo(): argument 1 is of type object, which cannot be sent"),
    "object_inside": ("cordon.call('echo', {'k': [1, object()]})", "TypeError", "argument 1['k'][1] is of type object"),
    "object_by_name": ("cordon.call('anything', x=object())", "TypeError", "anything(): argument 'x' is of type object"),
    "function": ("cordon.call('echo', len)", "TypeError", "builtin_function_or_method"),
    "cycle": ("l = []; l.append(l)\ncordon.call('echo', l)", "ValueError", "echo(): argument 1[0] contains itself"),
    "too_deep": ("x = 1\nfor i in range(70): x = [x]\ncordon.call('echo', x)", "ValueError", "nests too deeply"),
    "too_large": ("cordon.call('echo', b'x' * (17 << 20))", "ValueError", "echo(): argument 1 is too large"),
    "object_awaited": ("await cordon.call_async('echo', object())", "TypeError", "cannot be sent"),
    "surrogate_in_a_keyword": ("cordon.call('anything', **{'\\ud800': 1})", "UnicodeEncodeError", "surrogates not allowed"),
}


def bad_row(expression, kind, message):
    def case(host):
        answers = with_schema(host)
        exception = exception_of(host.execute(expression, answers), kind, message)
        same(answers.calls, [])
        same([frame["file"] for frame in exception["frames"] if "cordon" in frame["file"]], [])
        same("/cordon/" in exception["traceback"], False)
        same(value_of(host.execute("cordon.call('add', 1, 1)", answers)), 2)
    return Row(case)


TYPES = ("none", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "set", "datetime", "date", "time", "timedelta", "complex")
SAMPLES = {"None": "none", "True": "bool", "1": "int float", "2**70": "int float", "1.5": "float", "'s'": "str", "b's'": "bytes", "bytearray(1)": "bytes", "[1]": "list", "(1,)": "tuple", "{1: 2}": "dict", "{1}": "set", "frozenset()": "set",
           "datetime.datetime(1, 1, 1)": "datetime", "datetime.date(1, 1, 1)": "date", "datetime.time()": "time", "datetime.timedelta()": "timedelta", "1j": "complex"}


def type_row(sample, fitting):
    def case(host):
        host.callbacks(*({"name": kind, "parameters": [parameter("x", kind)]} for kind in (*TYPES, "any", "later_type")))
        answers = Answers(**{kind: lambda x: "taken" for kind in (*TYPES, "any", "later_type")})
        fits = value_of(host.execute(f"import cordon, datetime\nfits = []\nfor c in cordon.list_calls():\n    try: cordon.call(c['name'], {sample})\n    except TypeError: continue\n    fits.append(c['name'])\nfits", answers))
        same(fits, [kind for kind in TYPES if kind in fitting.split()] + ["any", "later_type"])
    return Row(case)


def host_error(host):
    host.callbacks({"name": "f"})
    answers = Answers(f=raising(Failure("no such page \u00e9", "NotFound")))
    exception = exception_of(host.execute("import cordon\ncordon.call('f')", answers), "HostError", "no such page \u00e9")
    same((exception["module"], len(exception["frames"])), ("cordon", 1))
    same(value_of(host.execute("try: cordon.call('f')\nexcept cordon.HostError as e: r = (e.message, e.host_type, str(e))\nr", answers)), ("no such page \u00e9", "NotFound", "no such page \u00e9"))
    answers.functions["f"] = raising(Failure("plain"))
    same(value_of(host.execute("try: await cordon.call_async('f')\nexcept cordon.HostError as e: r = (e.message, e.host_type)\nr", answers)), ("plain", None))
    same(value_of(host.execute("import pickle\ne = pickle.loads(pickle.dumps(cordon.HostError('m', 't')))\n(e.message, e.host_type, e.args)")), ("m", "t", ("m",)))


def raising(failure):
    def function(*args, **kwargs):
        raise failure
    return function


def list_is_replaced(host):
    host.callbacks({"name": "a"}, {"name": "b"})
    same(value_of(host.execute("import cordon\n[c['name'] for c in cordon.list_calls()]")), ["a", "b"])
    host.callbacks({"name": "c"})
    same(value_of(host.execute("[c['name'] for c in cordon.list_calls()]")), ["c"])
    exception_of(host.execute("cordon.call('a')"), "UnknownCallError")
    same(value_of(host.execute("cordon.call('c')", Answers(c=lambda: 1))), 1)
    host.callbacks()
    same(value_of(host.execute("cordon.list_calls()")), [])


def no_list(host):
    same(value_of(host.execute("import cordon\ncordon.list_calls()")), [])
    exception_of(host.execute("cordon.call('x')"), "UnknownCallError", "the host has no function 'x'")


def threads_get_their_own_answers(host):
    host.callbacks({"name": "f"})
    for order in (0, -1, lambda numbers: len(numbers) // 2):
        source = ("import cordon, threading\nout = {}\ndef run(i):\n    for j in range(5): out[i, j] = cordon.call('f', i, j)\n"
                  "threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]\nfor t in threads: t.start()\nfor t in threads: t.join()\nout == {(i, j): i * 100 + j for i in range(8) for j in range(5)}")
        same(value_of(host.execute(source, Answers(order, f=lambda i, j: i * 100 + j))), True)


def threads_run_while_one_calls(host):
    host.callbacks({"name": "f"})
    answers = Answers(f=lambda: LATER if len(answers.waits) < 3 else "late")
    source = ("import cordon, threading, time\nticks = []\nstop = False\ndef tick():\n    while not stop: time.sleep(1); ticks.append(1)\nt = threading.Thread(target=tick)\nt.start()\nr = cordon.call('f')\nstop = True; t.join()\n(r, len(ticks) >= 2)")
    same(value_of(host.execute(source, answers)), ("late", True))


def busy_thread_does_not_starve_a_caller(host):
    host.callbacks({"name": "f"})
    source = ("import cordon, threading\nr = []\nt = threading.Thread(target=lambda: r.append(cordon.call('f')))\nt.start()\nwhile not r: pass\nt.join()\nr")
    same(value_of(host.execute(source, Answers(f=lambda: 5))), [5])


def call_and_wait_leave_together(host):
    host.callbacks({"name": "f"})
    answers = Answers(f=lambda: 1)
    outcome = host.execute("import cordon\ncordon.call('f')", answers)
    same([frame.type for frame in outcome.frames], [12, 14])
    same(answers.waits, [(1 << 64) - 1])


def ids_count_up(host):
    host.callbacks({"name": "f"})
    answers = Answers(f=lambda: 1)
    first = host.execute("import cordon\n[cordon.call('f') for i in range(3)]", answers)
    second = host.execute("cordon.call('f')", answers)
    same([frame.id for outcome in (first, second) for frame in outcome.frames if frame.type == 12], [1, 2, 3, 4])


def pending_calls_end_with_the_execution(host):
    host.callbacks({"name": "f"}, {"name": "g"})
    answers = Answers(f=lambda: LATER, g=lambda: "g")
    source = "import cordon, threading\nout = []\ndef run():\n    try: out.append(cordon.call('f'))\n    except Exception as e: out.append(str(e))\nt = threading.Thread(target=run)\nt.start()\nimport time\ntime.sleep(0.1)\n'left'"
    same(value_of(host.execute(source, answers)), "left")
    answers.pending.clear()  # forgotten by both sides
    same(value_of(host.execute("t.join()\n(out, cordon.call('g'))", answers)), (["the execution that made this call has ended"], "g"))


def output_comes_before_the_call(host):
    host.callbacks({"name": "f"})
    seen = []
    host_answers = Answers(f=lambda: 1)
    outcome = host.execute("import cordon, os\nos.write(1, b'before')\nseen = cordon.call('f')\nos.write(1, b' after')\nseen", host_answers)
    same((value_of(outcome), outcome.stdout, seen), (1, b"before after", []))


def guest_reads_input_while_a_call_is_pending(host):
    host.callbacks({"name": "f"})
    host.input = b"line\n"
    source = "import asyncio, cordon\nasync def ask(): return input()\nt = asyncio.create_task(cordon.call_async('f'))\nawait asyncio.sleep(0)\n(await ask(), await t)"
    same(value_of(host.execute(source, Answers(f=lambda: 7))), ("line", 7))


def program_calls_too(host):
    host.callbacks({"name": "f"})
    outcome = host.program(1, "import cordon, asyncio\nprint(cordon.call('f'), asyncio.run(cordon.call_async('f')))", Answers(f=lambda: 7))
    same((outcome.stdout, outcome.exit_code), (b"7 7\n", 0))


def module_survives_reload(host):
    host.callbacks({"name": "f"})
    value_of(host.execute("import cordon, sys\nfor name in [n for n in sys.modules if n.startswith(('cordon', '_cordon'))]: del sys.modules[name]\nimport cordon\nNone"))
    same(value_of(host.execute("cordon.call('f')", Answers(f=lambda: 3))), 3)


def many_answers_in_memory(host):
    """Values of many pending calls, each answered with a lot, do not pile up once they are taken."""
    host.callbacks({"name": "f"})
    source = "import asyncio, cordon\nn = 0\nfor i in range(20):\n    n += sum(map(len, await asyncio.gather(*[cordon.call_async('f') for i in range(4)])))\nn"
    outcome = host.execute(source, Answers(f=lambda: b"x" * (1 << 20)))
    same(value_of(outcome), 80 << 20)
    assert outcome.result["figures"]["memory_bytes"] < 64 << 20, outcome.result["figures"]


ROWS = {f"good_{name}": good_row(*row) for name, row in GOOD.items()}
ROWS |= {f"bad_{name}": bad_row(*row) for name, row in BAD.items()}
ROWS |= {f"type_of_{sample}": type_row(sample, fitting) for sample, fitting in SAMPLES.items()}
ROWS |= {case.__name__: Row(case) for case in (
    host_error, list_is_replaced, no_list, threads_get_their_own_answers, threads_run_while_one_calls, busy_thread_does_not_starve_a_caller, call_and_wait_leave_together, ids_count_up,
    pending_calls_end_with_the_execution, output_comes_before_the_call, guest_reads_input_while_a_call_is_pending, program_calls_too, module_survives_reload, many_answers_in_memory)}
