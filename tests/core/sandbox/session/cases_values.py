"""Values in both directions, and what cannot be sent."""
import datetime
import math

from messagepack import Other, Raw
from rows import Row, broken_by, exception_of, same, value_of

HOUR = datetime.timezone(datetime.timedelta(hours=1))
BACK = datetime.timezone(datetime.timedelta(seconds=-12345))

# name: the value, and the Python expression for it
BOTH_WAYS = {
    "none": (None, "None"), "true": (True, "True"), "false": (False, "False"),
    "zero": (0, "0"), "small": (127, "127"), "minus_one": (-1, "-1"), "minus_33": (-33, "-33"), "byte": (200, "200"),
    "int64_max": (2**63 - 1, "2**63-1"), "int64_min": (-2**63, "-2**63"), "uint64_max": (2**64 - 1, "2**64-1"),
    "beyond_uint64": (2**64, "2**64"), "below_int64": (-2**63 - 1, "-2**63-1"), "sign_byte": (2**71, "2**71"), "minus_sign_byte": (-2**71, "-2**71"),
    "1000_digits": (10**1000 + 7, "10**1000+7"), "minus_1000_digits": (-10**1000, "-10**1000"),
    "half": (0.5, "0.5"), "minus_zero": (-0.0, "-0.0"), "infinity": (math.inf, "float('inf')"), "minus_infinity": (-math.inf, "float('-inf')"),
    "not_a_number": (math.nan, "float('nan')"), "tiny": (5e-324, "5e-324"),
    "complex": (1.5 - 2j, "1.5-2j"),
    "empty_text": ("", "''"), "text": ("gr\u00fc\u00df \U0001f40d", "'gr\\u00fc\\u00df \\U0001f40d'"), "nul_in_text": ("a\0b", "'a\\0b'"),
    "long_text": ("x" * 70000, "'x'*70000"), "surrogate": ("a\ud800b", "'a\\ud800b'"), "surrogate_pair_apart": ("\ud83d\ude00", "'\\ud83d\\ude00'"),
    "bytes": (b"\0\xff", "b'\\0\\xff'"), "long_bytes": (bytes(300), "bytes(300)"), "empty_bytes": (b"", "b''"),
    "list": ([1, [2, []]], "[1, [2, []]]"), "long_list": (list(range(70000)), "list(range(70000))"),
    "tuple": ((1, (2,), ()), "(1, (2,), ())"), "set": ({1}, "{1}"), "empty_set": (set(), "set()"), "frozenset": (frozenset([(1, 2)]), "frozenset([(1, 2)])"),
    "set_of_frozenset": ({frozenset([1])}, "{frozenset([1])}"),
    "dict": ({"b": 1, "a": 2}, "{'b': 1, 'a': 2}"), "keys_of_all_kinds": ({None: 1, 2: 3, 4.5: 6, b"x": 7, ("a", 1): 8}, "{None: 1, 2: 3, 4.5: 6, b'x': 7, ('a', 1): 8}"),
    "long_dict": ({i: str(i) for i in range(1000)}, "{i: str(i) for i in range(1000)}"),
    "datetime": (datetime.datetime(2026, 1, 2, 3, 4, 5, 678901), "datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)"),
    "datetime_of_utc": (datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc), "datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)"),
    "datetime_with_offset": (datetime.datetime(2026, 1, 2, tzinfo=HOUR), "datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))"),
    "datetime_with_fold": (datetime.datetime(2026, 1, 2, 3, fold=1, tzinfo=BACK), "datetime.datetime(2026, 1, 2, 3, fold=1, tzinfo=datetime.timezone(datetime.timedelta(seconds=-12345)))"),
    "date": (datetime.date(9999, 12, 31), "datetime.date(9999, 12, 31)"), "time": (datetime.time(23, 59, 59, 999999), "datetime.time(23, 59, 59, 999999)"),
    "time_with_offset": (datetime.time(1, tzinfo=HOUR), "datetime.time(1, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))"),
    "timedelta": (datetime.timedelta(days=-1, seconds=5, microseconds=7), "datetime.timedelta(days=-1, seconds=5, microseconds=7)"),
    "deep": (None, None), "deep_tuples": (None, None),
}
BOTH_WAYS["deep"] = (eval("[" * 64 + "]" * 64), "[" * 64 + "]" * 64)
BOTH_WAYS["deep_tuples"] = (eval("(" * 63 + "()" + ",)" * 63), "(" * 63 + "()" + ",)" * 63)


def both_ways(value, expression):
    def case(host):
        same(value_of(host.execute(f"import datetime\n{expression}")), value)
        # What came in is what the expression gives, type for type.
        more = host.execute(f"import datetime\nwanted = {expression}\n(type(given) is type(wanted), repr(given) == repr(wanted))", inputs={"given": value})
        same(value_of(more), (True, True))
        same(value_of(host.execute("given")), value)
    return Row(case)


def deep_tuples(depth):
    message = b"\xd4\x03\x90"
    for _ in range(depth - 1):
        message = b"\xc8" + (len(message) + 1).to_bytes(2, "big") + b"\x03\x91" + message
    return message


# name: statements that end in an expression, and what arrives
ONE_WAY = {
    "bool_of_a_list": ("[True, False]", [True, False]),
    "int_enum_as_int": ("import enum\nclass E(enum.IntEnum):\n    A = 3\nE.A", 3),
    "str_enum_as_str": ("import enum\nclass E(enum.StrEnum):\n    A = 'x'\nE.A", "x"),
    "int_subclass_as_int": ("class I(int):\n    def __index__(self): 1/0\n    def __repr__(self): 1/0\nI(7)", 7),
    "str_subclass_as_str": ("class S(str):\n    def __str__(self): 1/0\nS('s')", "s"),
    "float_subclass_as_float": ("class F(float):\n    def __float__(self): 1/0\nF(2.5)", 2.5),
    "bytearray_as_bytes": ("bytearray(b'ab')", b"ab"),
    "list_subclass_as_list": ("class L(list):\n    def __iter__(self): 1/0\n    def __len__(self): 1/0\n    def __getitem__(self, i): 1/0\nL([1, 2])", [1, 2]),
    "dict_subclass_as_dict": ("class D(dict):\n    def items(self): 1/0\n    def __getitem__(self, k): 1/0\n    def __iter__(self): 1/0\nD(a=1)", {"a": 1}),
    "set_subclass_as_set": ("class S(set):\n    def __iter__(self): 1/0\nS([1])", {1}),
    "named_tuple_as_tuple": ("import collections\ncollections.namedtuple('P', 'x y')(1, 2)", (1, 2)),
    "counter_as_dict": ("import collections\ncollections.Counter('aab')", {"a": 2, "b": 1}),
    "default_dict_as_dict": ("import collections\nd = collections.defaultdict(list); d['k'].append(1)\nd", {"k": [1]}),
    "ordered_dict_in_its_order": ("import collections\nd = collections.OrderedDict(a=1, b=2, c=3); d.move_to_end('a')\nlist(d.items()) and d", {"b": 2, "c": 3, "a": 1}),
    "plain_enum_as_other": ("import enum\nclass E(enum.Enum):\n    A = 3\nE.A", Other("__main__.E", "<E.A: 3>")),
    "object_as_other": ("class A:\n    def __repr__(self): return 'r\\u00e9'\nA()", Other("__main__.A", "r\u00e9")),
    "function_as_other": ("len", Other("builtins.builtin_function_or_method", "<built-in function len>")),
    "others_inside": ("[range(3), {'k': 1j.__class__}]", [Other("builtins.range", "range(0, 3)"), {"k": Other("builtins.type", "<class 'complex'>")}]),
    "memoryview_as_other": ("memoryview(b'')[:0].__class__", Other("builtins.type", "<class 'memoryview'>")),
    "long_repr_is_cut": ("class A:\n    def __repr__(self): return 'x' * 5000\nA()", Other("__main__.A", "x" * 1024)),
    "repr_that_raises": ("class A:\n    def __repr__(self): 1/0\nA()", Other("__main__.A", "<A whose repr failed>")),
    "repr_that_is_no_text": ("class A:\n    def __repr__(self): return 3\nA()", Other("__main__.A", "<A whose repr failed>")),
    "repr_with_surrogate": ("class A:\n    def __repr__(self): return '\\ud800'\nA()", Other("__main__.A", "\ud800")),
    "no_getattr_is_asked": ("class A:\n    def __getattr__(self, name): print('asked', name)\n    def __repr__(self): return 'A'\nA()", Other("__main__.A", "A")),
    "attributes_are_not_asked": ("asked = []\nclass A:\n    def __getattribute__(self, name): asked.append(name); raise SystemExit\n    def __repr__(self): return 'A'\n[A(), asked]", [Other("__main__.A", "A"), []]),
    "module_name_that_is_none": ("class A:\n    __module__ = 5\n    def __repr__(self): return 'A'\nA()", Other("A", "A")),
    "same_object_twice_is_no_cycle": ("x = [1]\n[x, x, (x, {'a': x})]", [[1], [1], ([1], {"a": [1]})]),
    "zone_of_the_database": ("import datetime, zoneinfo\ndatetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))",
                             datetime.datetime(2026, 7, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))),
    "datetime_subclass": ("import datetime\nclass D(datetime.datetime):\n    def utcoffset(self): 1/0\nD(2026, 1, 1)", datetime.datetime(2026, 1, 1)),
}


def one_way(source, wanted):
    def case(host):
        outcome = host.execute(source)
        same(value_of(outcome), wanted)
        same((outcome.stdout, outcome.stderr), (b"", b""))
    return Row(case)


# name: statements that end in an expression that cannot be sent; type and part of the message. Each worker answers the twin afterwards.
REFUSED = {
    "list_in_itself": ("l = [1]\nl.append(l)\nl", "ValueError", "the result[1] contains itself"),
    "dict_in_itself": ("d = {'a': [()]}\nd['a'].append(d)\nd", "ValueError", "the result['a'][1] contains itself"),
    "tuple_in_itself": ("l = []\nt = (0, l)\nl.append(t)\nt", "ValueError", "the result[1][0] contains itself"),
    "too_deep": ("x = []\nfor i in range(64): x = [x]\nx", "ValueError", "nests too deeply"),
    "too_deep_in_dicts": ("x = {}\nfor i in range(64): x = {'key': x}\nx", "ValueError", "the result['key']['key']"),
    "endlessly_deep": ("x = []\nfor i in range(100000): x = [x]\nx", "ValueError", "nests too deeply"),
    "too_large": ("'x' * (17 << 20)", "ValueError", "too large"),
    "too_large_in_parts": ("['x' * (1 << 20)] * 17", "ValueError", "too large"),
    "too_large_int": ("1 << (8 * (17 << 20))", "ValueError", "too large"),
    "offset_with_microseconds": ("import datetime\n[datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(microseconds=1)))]", "ValueError", "the result[0] has a UTC offset"),
    "offset_that_raises": ("import datetime\nclass Z(datetime.tzinfo):\n    def utcoffset(self, d): raise KeyError('mine')\ndatetime.datetime(1, 1, 1, tzinfo=Z())", "KeyError", "mine"),
    "list_that_grows": ("l = []\nclass A:\n    def __repr__(self): l.append(1); return 'A'\nl.append(A())\nl", "RuntimeError", "changed while it was being sent"),
    "dict_that_grows": ("d = {}\nclass A:\n    def __repr__(self): d[len(d)] = 1; return 'A'\nd['a'] = A()\nd", "RuntimeError", "changed while it was being sent"),
    "set_that_shrinks": ("class A:\n    def __repr__(self): s.clear(); return 'A'\ns = {A(), A()}\ns", "RuntimeError", "changed while it was being sent"),
    "list_that_vanishes": ("class A:\n    def __repr__(self): l.clear(); return 'A'\nl = [A(), A(), A()]\nl", "RuntimeError", "changed while it was being sent"),
    "repr_without_memory": ("class A:\n    def __repr__(self): raise MemoryError\nA()", "MemoryError", ""),
    "repr_that_is_interrupted": ("class A:\n    def __repr__(self): raise KeyboardInterrupt\nA()", "KeyboardInterrupt", ""),
}


def refused(source, kind, message):
    def case(host):
        exception_of(host.execute(source), kind, message)
        same(value_of(host.execute("[1, {'a': (2,)}]")), [1, {"a": (2,)}])
    return Row(case)


def repr_that_exits(host):
    same(host.execute("class A:\n    def __repr__(self): raise SystemExit(9)\nA()").result["exit_code"], 9)
    same(value_of(host.execute("1")), 1)


def repr_may_write_and_call(host):
    outcome = host.execute("class A:\n    def __repr__(self): print('from repr'); return 'A'\n[A(), 'x' * 100000]")
    same(value_of(outcome), [Other("__main__.A", "A"), "x" * 100000])
    same(outcome.stdout, b"from repr\n")


# name: an input that is no value, and what is said of it; the worker ends
BAD_INPUTS = {
    "float_of_32_bits": (b"\xca\x3f\x80\0\0", "float of 32 bits"),
    "timestamp": (b"\xd6\xff\0\0\0\0", "hosts do not send"),
    "unknown_extension": (b"\xd4\x20\0", "hosts do not send"),
    "other": (b"\xc7\x05\x0b\x92\xa1a\xa1b", "hosts do not send"),
    "big_int_of_nothing": (b"\xc7\x00\x01", "hosts do not send"),
    "text_that_is_not_utf_8": (b"\xa1\xff", "Python does not have"),
    "surrogates_that_are_none": (b"\xc7\x01\x02\xff", "Python does not have"),
    "tuple_of_no_array": (b"\xd4\x03\x01", "payload is not as"),
    "tuple_of_nothing": (b"\xc7\x00\x03", "payload is not as"),
    "tuple_with_rest": (b"\xd5\x03\x90\x00", "payload is not as"),
    "set_member_twice": (b"\xc7\x03\x04\x92\x01\x01", "same member twice"),
    "set_of_lists": (b"\xd5\x04\x91\x90", "cannot have"),
    "dict_with_list_as_key": (b"\x81\x90\x01", "cannot have"),
    "date_of_two": (b"\xc7\x03\x07\x92\x01\x01", "payload is not as"),
    "month_13": (b"\xc7\x04\x07\x93\x01\x0d\x01", "Python does not have"),
    "time_of_text": (b"\xc7\x07\x08\x96\xa0\x00\x00\x00\x00\xc0", "no number"),
    "offset_of_a_week": (b"\xc7\x0b\x08\x96\x00\x00\x00\x00\x00\xce\x00\x09\x3a\x80", "Python does not have"),
    "complex_of_ints": (b"\xc7\x03\x0a\x92\x01\x02", "no floats"),
    "lists_too_deep": (b"\x91" * 64 + b"\x90", "nests too deeply"),
    "tuples_too_deep": (deep_tuples(65), "nests too deeply"),
}


def bad_input(data, says):
    def case(host):
        broken_by(host.execute("print('believed')", inputs={"x": Raw(data)}), says)
    return Row(case)


ROWS = {name: both_ways(*row) for name, row in BOTH_WAYS.items()}
ROWS |= {f"one_way_{name}": one_way(*row) for name, row in ONE_WAY.items()}
ROWS |= {f"refused_{name}": refused(*row) for name, row in REFUSED.items()}
ROWS |= {f"bad_input_{name}": bad_input(*row) for name, row in BAD_INPUTS.items()}
ROWS |= {"repr_that_exits": Row(repr_that_exits), "repr_may_write_and_call": Row(repr_may_write_and_call)}
