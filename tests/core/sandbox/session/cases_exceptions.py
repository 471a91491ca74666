"""What the host hears of exceptions: parts, frames, chains, and exceptions that are hard to tell."""
from rows import Row, exception_of, has, same, value_of


def parts(host):
    exception = exception_of(host.execute("def f(x):\n    return 1 / x\n\nf(0)"))
    same((exception["type"], exception["module"], exception["message"]), ("ZeroDivisionError", "builtins", "division by zero"))
    same(sorted(exception), ["frames", "message", "module", "traceback", "type"])
    same(exception["frames"], [
        {"file": "<execution 1>", "line": 4, "end_line": 4, "column": 1, "end_column": 5, "function": "<module>", "source": "f(0)"},
        {"file": "<execution 1>", "line": 2, "end_line": 2, "column": 12, "end_column": 17, "function": "f", "source": "    return 1 / x"}])
    same(exception["traceback"], 'Traceback (most recent call last):\n  File "<execution 1>", line 4, in <module>\n    f(0)\n    ~^^^\n'
                                 '  File "<execution 1>", line 2, in f\n    return 1 / x\n           ~~^~~\nZeroDivisionError: division by zero\n')


def own_class(host):
    exception = exception_of(host.execute("class Outer:\n    class E(Exception): pass\nraise Outer.E('a', 2)"), "Outer.E", "('a', 2)")
    same(exception["module"], "__main__")
    has(exception["traceback"], "Outer.E: ('a', 2)\n")


def columns_count_characters(host):
    frame = exception_of(host.execute("'\u00e9\u00e9\U0001f40d' + nosuch"))["frames"][0]
    same((frame["column"], frame["end_column"]), (9, 15))


def several_lines(host):
    frame = exception_of(host.execute("x = (1 +\n     'a')"))["frames"][0]
    same((frame["line"], frame["end_line"], frame["column"], frame["end_column"], frame["source"]), (1, 2, 6, 9, "x = (1 +"))


def frames_of_the_library(host):
    frames = exception_of(host.execute("import json\njson.loads('{')"), "JSONDecodeError")["frames"]
    same([frame["file"].rpartition("/")[2] for frame in frames], ["<execution 1>", "__init__.py", "decoder.py", "decoder.py"])
    assert all(frame["source"] and frame["line"] for frame in frames), frames


def method_names(host):
    frames = exception_of(host.execute("class A:\n    def m(self):\n        (lambda: 1/0)()\nA().m()"))["frames"]
    same([frame["function"] for frame in frames], ["<module>", "A.m", "A.m.<locals>.<lambda>"])


def frames_of_code_without_source(host):
    frames = exception_of(host.execute("exec(compile('1/0', 'gone.py', 'exec'))"))["frames"]
    same([(frame["file"], frame["source"]) for frame in frames], [("<execution 1>", "exec(compile('1/0', 'gone.py', 'exec'))"), ("gone.py", None)])


def source_of_an_earlier_execution(host):
    host.execute("def f():\n    raise KeyError('k')")
    frames = exception_of(host.execute("f()"), "KeyError", "'k'")["frames"]
    same([(frame["file"], frame["source"]) for frame in frames], [("<execution 2>", "f()"), ("<execution 1>", "    raise KeyError('k')")])


def syntax_error(host):
    exception = exception_of(host.execute("x = 1\ny = = 2"), "SyntaxError", "invalid syntax")
    same((exception["frames"], exception["module"]), ([], "builtins"))
    has(exception["traceback"], '  File "<execution 1>", line 2\n    y = = 2\n        ^\nSyntaxError: invalid syntax\n')


def cause(host):
    exception = exception_of(host.execute("try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e"), "ValueError", "v")
    same((exception["cause"]["type"], exception["cause"]["message"], "context" in exception), ("KeyError", "'k'", False))
    same(exception["cause"]["frames"][0]["line"], 2)
    has(exception["traceback"], "The above exception was the direct cause")
    same(exception["cause"]["traceback"].count("Traceback"), 1)


def context(host):
    exception = exception_of(host.execute("try:\n    1/0\nexcept ZeroDivisionError:\n    nosuch"), "NameError")
    same((exception["context"]["type"], "cause" in exception), ("ZeroDivisionError", False))
    has(exception["traceback"], "During handling of the above exception")


def suppressed_context(host):
    exception = exception_of(host.execute("try:\n    1/0\nexcept ZeroDivisionError:\n    raise ValueError from None"), "ValueError")
    same(("context" in exception, "cause" in exception, exception["traceback"].count("Traceback")), (False, False, 1))


def long_chain(host):
    exception = exception_of(host.execute("e = None\nfor i in range(100):\n    try:\n        raise ValueError(i) from e\n    except ValueError as new: e = new\nraise e"))
    depth = 0
    while "cause" in exception:
        exception, depth = exception["cause"], depth + 1
    same(depth, 8)


def chain_in_a_circle(host):
    exception = exception_of(host.execute("a = ValueError('a'); b = KeyError('b')\na.__cause__ = b; b.__cause__ = a\nraise a"), "ValueError", "a")
    same(exception["cause"]["type"], "KeyError")
    same(value_of(host.execute("1")), 1)


def notes(host):
    exception = exception_of(host.execute("e = ValueError('v'); e.add_note('first'); e.add_note('second')\nraise e"))
    same(exception["notes"], ["first", "second"])
    has(exception["traceback"], "ValueError: v\nfirst\nsecond\n")
    same("notes" in exception_of(host.execute("raise ValueError('v')")), False)


def strange_notes(host):
    same(exception_of(host.execute("e = ValueError('v'); e.__notes__ = [1, '\\ud800']\nraise e"))["notes"], ["1", "\\ud800"])
    same("notes" in exception_of(host.execute("e = ValueError('v'); e.__notes__ = 7\nraise e"), "ValueError"), False)
    same("notes" in exception_of(host.execute("e = ValueError('v'); e.__notes__ = []\nraise e"), "ValueError"), False)


def group(host):
    exception = exception_of(host.execute("raise ExceptionGroup('both', [ValueError(1), ExceptionGroup('inner', [KeyError('k')])])"), "ExceptionGroup", "both (2 sub-exceptions)")
    same([member["type"] for member in exception["exceptions"]], ["ValueError", "ExceptionGroup"])
    same(exception["exceptions"][1]["exceptions"][0]["message"], "'k'")
    has(exception["traceback"], "| ExceptionGroup: both (2 sub-exceptions)")


def large_group(host):
    exception = exception_of(host.execute("raise ExceptionGroup('many', [ValueError(i) for i in range(1000)])"))
    same(len(exception["exceptions"]), 32)


def group_whose_members_are_hidden(host):
    exception = exception_of(host.execute("class G(ExceptionGroup):\n    exceptions = (1, 2)\nraise G('g', [ValueError(1)])"), "G")
    same([member["type"] for member in exception["exceptions"]], ["ValueError"])


def recursion(host):
    exception = exception_of(host.execute("def f(): f()\nf()"), "RecursionError", "maximum recursion depth")
    same(len(exception["frames"]), 128)
    same((exception["frames"][0]["function"], exception["frames"][1]["function"], exception["frames"][-1]["function"]), ("<module>", "f", "f"))
    has(exception["traceback"], "Previous line repeated")
    same(value_of(host.execute("1")), 1)


def str_that_raises(host):
    exception = exception_of(host.execute("class E(Exception):\n    def __str__(self): raise ValueError\nraise E"), "E")
    same(exception["message"], "<exception str() failed>")
    has(exception["traceback"], "E: <exception str() failed>\n")


def str_that_exits(host):
    same(exception_of(host.execute("class E(Exception):\n    def __str__(self): raise SystemExit\nraise E"), "E")["message"], "<exception str() failed>")
    same(value_of(host.execute("1")), 1)


def str_that_is_no_text(host):
    same(exception_of(host.execute("class E(Exception):\n    def __str__(self): return 3\nraise E"), "E")["message"], "<exception str() failed>")


def str_that_writes(host):
    outcome = host.execute("class E(Exception):\n    def __str__(self): print('told'); return 's'\nraise E")
    same(exception_of(outcome)["message"], "s")
    has(outcome.stdout, b"told\n")


def message_with_surrogates(host):
    same(exception_of(host.execute("raise ValueError('a\\ud800b')"))["message"], "a\\ud800b")


def long_message(host):
    message = exception_of(host.execute("raise ValueError('x' * 10_000_000)"), "ValueError")["message"]
    has(message, "[... 9934464 characters ...]")
    assert len(message) < 70000, len(message)


def keyboard_interrupt(host):
    same(exception_of(host.execute("raise KeyboardInterrupt"), "KeyboardInterrupt")["module"], "builtins")
    same(exception_of(host.execute("import signal; signal.raise_signal(signal.SIGINT)\nfor i in range(1000): pass"), "KeyboardInterrupt")["frames"][0]["line"], 1)
    same(value_of(host.execute("1")), 1)


def generator_exit_and_stop(host):
    exception_of(host.execute("raise GeneratorExit"), "GeneratorExit")
    exception_of(host.execute("raise StopIteration(3)"), "StopIteration", "3")
    exception_of(host.execute("class E(BaseException): pass\nraise E"), "E")


def no_exception_class(host):
    exception_of(host.execute("raise 3"), "TypeError", "must derive from BaseException")


def memory_error(host):
    exception = exception_of(host.execute("x = 'x' * (1 << 40)"), "MemoryError")
    same((exception["limit"], exception["frames"][0]["line"]), ("memory", 1))
    same("limit" in exception_of(host.execute("1/0")), False)


def memory_error_of_nested(host):
    exception = exception_of(host.execute("try:\n    'x' * (1 << 40)\nexcept MemoryError:\n    1/0"), "ZeroDivisionError")
    same((exception["context"]["type"], exception["context"]["limit"], "limit" in exception), ("MemoryError", "memory", False))


def memory_used_up(host):
    """Nobody named a limit, so memory ends in an exception that must still be told, with all of it in use."""
    exception = exception_of(host.execute("keep = []\nn = 1 << 26\nwhile n > 8:\n    try:\n        keep.append(bytearray(n))\n    except MemoryError:\n        n //= 2\nmore = []\nwhile True: more.append(bytearray(100))"), "MemoryError")
    same((exception["limit"], exception["frames"][0]["source"]), ("memory", "while True: more.append(bytearray(100))"))
    same(value_of(host.execute("len(keep) > 3")), True)
    host.execute("keep.clear(); more.clear()")
    same(value_of(host.execute("len(bytes(1 << 26))")), 1 << 26)


def traceback_module_broken(host):
    host.execute("import traceback, linecache, sys\ntraceback.TracebackException = None; linecache.getline = None; linecache.cache = None\nsys.modules['traceback'] = None")
    exception = exception_of(host.execute("1/0"), "ZeroDivisionError", "division by zero")
    has(exception["traceback"], "ZeroDivisionError: division by zero")
    same(exception["frames"][0]["line"], 1)
    same(value_of(host.execute("1")), 1)


def excepthook_is_not_asked(host):
    host.execute("import sys\ndef hook(*a): print('hook')\nsys.excepthook = hook")
    outcome = host.execute("1/0")
    exception_of(outcome, "ZeroDivisionError")
    same(outcome.stdout, b"")


def import_error(host):
    exception_of(host.execute("import nosuch"), "ModuleNotFoundError", "No module named 'nosuch'")
    host.put_file("/home/sandbox/bad.py", b"def f():\n    x = = 1\n")
    exception = exception_of(host.execute("import bad"), "SyntaxError")
    has(exception["traceback"], 'File "/home/sandbox/bad.py", line 2')


def traceback_is_cut_off(host):
    exception = exception_of(host.execute("e = ValueError('v')\nraise e.with_traceback(None)"))
    same(len(exception["frames"]), 1)


def raised_object_is_kept_by_the_guest(host):
    exception_of(host.execute("e = ValueError('v')\nraise e"))
    same(value_of(host.execute("import traceback\nlen(traceback.extract_tb(e.__traceback__))")), 1)


ROWS = {name: Row(case) for name, case in list(globals().items()) if callable(case) and getattr(case, "__module__", "") == __name__}
