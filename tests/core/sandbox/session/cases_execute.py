"""Sources, values, names, streams and what stays from one execution to the next."""
import codecs

from answers import Answers
from rows import Row, exception_of, has, same, value_of

# name: the source, and the value; NONE: the result has none
NONE = object()
VALUES = {
    "last_expression": ("1 + 1", 2), "after_statements": ("x = 20\ny = 1\nx + y", 21), "none_is_a_value": ("None", None), "print_gives_none": ("print('x')", None),
    "statement_gives_nothing": ("x = 1", NONE), "empty_source": ("", NONE), "only_a_comment": ("# nothing", NONE), "pass": ("pass", NONE),
    "expression_then_statement": ("1\nx = 2", NONE), "loop_gives_nothing": ("for i in [1]: i", NONE), "text_alone_is_a_value": ("'doc'", "doc"),
    "semicolons": ("x = 1; x + 1;", 2), "no_line_feed_at_the_end": ("if True:\n    x = 5\nx", 5), "carriage_returns": ("x = 1\r\nx + 1\r\n", 2),
    "over_several_lines": ("(1 +\n 2)", 3), "name_is_main": ("__name__", "__main__"), "walrus": ("(y := 4)", 4), "lambda_is_called": ("(lambda: 7)()", 7),
    "generator_expression": ("sum(i for i in range(10))", 45), "conditional_body_is_no_value": ("if True: 5", NONE), "ellipsis_in_a_list": ("[1][:]", [1]),
    "sys_argv": ("import sys; sys.argv", ["", "first", "second"]), "working_directory": ("import os; os.getcwd()", "/work/here"),
    "environment": ("import os; os.environ['GREETING']", "hello"), "clock": ("import time; time.gmtime()[:3]", (1970, 1, 2)),
    "tab_and_form_feed": ("\x0cx = 3\nif x:\n\tx += 1\nx", 4),
    "future_annotations": ("from __future__ import annotations\ndef f(x: nosuch): pass\nf.__annotations__", {"x": "nosuch"}),
    "value_name_is_not_left": ("5\n[n for n in globals() if '$' in n]", []),
}
CONFIGURE = {"arguments": ["first", "second"], "directory": "/work/here", "environment": {"GREETING": "hello"}, "clock": {"mode": "stepping", "wall_ns": 86400 * 10**9}}


def value_row(source, wanted):
    def case(host):
        outcome = host.execute(source)
        if wanted is NONE:
            same((outcome.result["status"], "value" in outcome.result), ("ok", False))
        else:
            same(value_of(outcome), wanted)
        same(outcome.stderr, b"")
    return Row(case, CONFIGURE)


# name: source bytes, and the value
ENCODINGS = {
    "utf_8": ("'\u00e9'".encode(), "\u00e9"), "byte_order_mark": (codecs.BOM_UTF8 + b"'x'", "x"), "latin_1_cookie": (b"# coding: latin-1\n'\xe9'", "\u00e9"),
    "cookie_in_second_line": (b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\n'\x80'", "\u20ac"), "utf_8_cookie": ("# coding: utf-8\n'\u00e9'".encode(), "\u00e9"),
}


def encoding_row(source, wanted):
    def case(host):
        same(value_of(host.execute(source)), wanted)
    return Row(case)


# name: source bytes, type and message of the exception; the same worker then runs a good one
BAD_SOURCES = {
    "syntax_error": (b"x = = 1", "SyntaxError", "invalid syntax"), "not_utf_8": (b"x = '\xff'", "SyntaxError", "can't decode byte 0xff"),
    "unknown_cookie": (b"# coding: nosuch\n1", "SyntaxError", "nosuch"),
    "cookie_against_mark": (codecs.BOM_UTF8 + b"# coding: latin-1\n1", "SyntaxError", "encoding problem"),
    "nul_byte": (b"1\0", "SyntaxError", "null bytes"),
    "nul_in_a_string": (b"'a\0b'", "SyntaxError", "null bytes"),
    "indentation": (b"if 1:\nx", "IndentationError", "expected an indented block"),
    "tabs_and_spaces": (b"if 1:\n\tx\n        y", "TabError", "inconsistent use"), "return_outside": (b"return 1", "SyntaxError", "'return' outside function"),
    "unclosed_bracket": (b"(1,", "SyntaxError", "was never closed"), "too_many_parentheses": (b"(" * 300 + b")" * 300, "SyntaxError", "too many nested"),
    "deep_source": (b"-" * 100000 + b"1", "MemoryError", ""), "name_error": (b"nosuch", "NameError", "nosuch"),
    "yield_at_the_top": (b"yield 1", "SyntaxError", "'yield' outside function"),
    "await_in_a_function": (b"def f(): await x", "SyntaxError", "'await' outside async function"),
}


def bad_source_row(source, kind, message):
    def case(host):
        exception = exception_of(host.execute(source), kind, message)
        has(exception["traceback"], kind)
        same(value_of(host.execute("6 * 7")), 42)
    return Row(case)


# name: sources one after the other, and the value of the last
SEQUENCES = {
    "variables_stay": (["x = 1", "x += 1", "x"], 2), "functions_stay": (["def f(): return g()", "def g(): return 5", "f()"], 5),
    "imports_stay": (["import json", "json.dumps([1])"], "[1]"),
    "after_an_exception": (["x = 3", "1/0", "x"], 3),
    "assigned_before_the_exception": (["y = 4; 1/0", "y"], 4),
    "after_an_exit": (["x = 3", "raise SystemExit(2)", "x"], 3), "after_a_syntax_error": (["x = 3", "x = = 3", "x"], 3),
    "future_stays": (["from __future__ import annotations", "def f(x: nosuch): pass\nf.__annotations__"], {"x": "nosuch"}),
    "main_is_one_module": (["class A: pass", "import sys\nsys.modules['__main__'].A is A"], True),
    "pickle_of_a_class_of_main": (["class A:\n    x = 5", "import pickle\npickle.loads(pickle.dumps(A())).x"], 5),
    "value_name_is_not_left_after_exception": (["5", "1/0", "[n for n in globals() if n.startswith('$')]"], []),
    "globals_cleared": (["globals().clear()", "1 + 1"], 2),
    "sources_are_known": (["def f():\n    return 'here'\n", "import inspect\ninspect.getsource(f)"], "def f():\n    return 'here'\n"),
    "unraisable_is_no_harm": (["class A:\n    def __del__(self): 1/0\na = A()", "del a", "7"], 7), "exit_builtin": (["exit(3)", "8"], 8),
    "recursion_limit": (["import sys\nsys.setrecursionlimit(200)", "def f(n): return n and f(n - 1)\nf(50)"], 0),
    "low_recursion_limit": (["import sys; sys.setrecursionlimit(25)", "def f(): f()\nf()", "1/0", "12"], 12),
    "trace_function_sees_the_guest_only": (["import sys\nseen = []\ndef t(frame, *a):\n    seen.append(frame.f_code.co_filename); return t\nsys.settrace(t)", "x = 1", "1/0", "sys.settrace(None)", "sorted(set(seen))"], ["<execution 2>", "<execution 3>", "<execution 4>"]),
    "outputs_gone": (["import sys; sys.stdout = sys.stderr = None", "print('x')", "raise SystemExit('m')", "13"], 13),
    "modules_gone": (["import sys; sys.modules.clear()", "1/0", "14"], 14),
    "many_builtins_gone": (["import builtins\nfor n in ('any', 'len', 'list', 'isinstance', 'print', 'open', 'str'): delattr(builtins, n)", "1/0", "15"], 15),
    "deleted_builtins": (["import builtins\ndel builtins.print", "9"], 9),
    "main_replaced": (["import sys, types\nsys.modules['__main__'] = types.ModuleType('x')", "__name__"], "__main__"),
}


def sequence_row(sources, wanted):
    def case(host):
        for source in sources[:-1]:
            assert host.execute(source).result is not None
        same(value_of(host.execute(sources[-1])), wanted)
    return Row(case)


# name: source, standard output, standard error; and the next execution is well
STREAMS = {
    "print": ("print('a'); print('b')", "a\nb\n", ""), "standard_error": ("import sys; print('e', file=sys.stderr)", "", "e\n"),
    "descriptor_level": ("import os; os.write(1, b'one'); os.write(2, b'two'); None", "one", "two"),
    "mixed": ("import os; print('a', flush=True); os.write(1, b'b'); None", "a\nb", ""),
    "unflushed_text": ("import sys; n = sys.stdout.write('no line feed')", "no line feed", ""),
    "unflushed_bytes": ("import sys; n = sys.stdout.buffer.write(b'x' * 20000)", "x" * 20000, ""),
    "large": ("print('y' * 300000)", "y" * 300000 + "\n", ""), "replaced": ("import sys, io; sys.stdout = io.StringIO(); print('lost')", "", ""),
    "written_then_replaced": ("import sys, io; print('kept'); sys.stdout = io.StringIO()", "kept\n", ""),
    "closed": ("import sys; print('kept'); sys.stdout.close()", "kept\n", ""),
    "descriptor_closed": ("import os; os.close(1)", "", ""),
    "set_to_none": ("import sys; print('kept'); sys.stdout = None", "kept\n", ""),
    "deleted": ("import sys; print('kept'); del sys.stdout", "kept\n", ""),
    "broken_flush": ("import sys\nclass B:\n    def flush(self): 1/0\nsys.stdout = B()", "", ""),
    "flush_that_exits": ("import sys\nclass B:\n    def flush(self): raise SystemExit(5)\nsys.stdout = B()", "", ""),
    "flush_that_writes": ("import sys, os\nclass B:\n    def flush(self): os.write(1, b'in flush')\nsys.stderr = B()", "in flush", ""),
    "duplicated": ("import os; d = os.dup(1); os.write(d, b'dup'); os.close(d)", "dup", ""),
    "own_stream_replaces_then_restores": ("import sys, contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): print('lost')\nprint('back')", "back\n", ""),
    "both_in_order": ("import sys\nfor i in range(3): print(i); print(-i, file=sys.stderr)", "0\n1\n2\n", "0\n-1\n-2\n"),
    "warning": ("import warnings; warnings.warn('w')", "", None),
    "subprocess_is_refused_without_harm": ("import subprocess\ntry: subprocess.run(['x'])\nexcept OSError as e: print(type(e).__name__)", "PermissionError\n", ""),
}


def stream_row(source, stdout, stderr):
    def case(host):
        outcome = host.execute(source)
        assert outcome.result["status"] == "ok", outcome
        same(outcome.stdout.decode(), stdout)
        if stderr is None:
            has(outcome.stderr.decode(), "UserWarning: w")
        else:
            same(outcome.stderr.decode(), stderr)
        same(value_of(host.execute("11")), 11)
    return Row(case)


def named_result(host):
    same(value_of(host.execute("x = [1]\n'last'", result="x")), [1])
    outcome = host.execute("y = 1", result="nosuch")
    same((outcome.result["status"], "value" in outcome.result), ("ok", False))
    same(value_of(host.execute("None", result="x")), [1])  # of an earlier execution
    same(value_of(host.execute("5", result=None)), 5)


def inputs(host):
    same(value_of(host.execute("a + b['k']", inputs={"a": 1, "b": {"k": 2}})), 3)
    same(value_of(host.execute("a")), 1)
    exception_of(host.execute("a = = 1", inputs={"a": 7}), "SyntaxError")
    same(value_of(host.execute("a")), 1)  # a source that does not compile sets nothing
    same(value_of(host.execute("globals()['no identifier']", inputs={"no identifier": 3})), 3)
    same(value_of(host.execute("a", inputs=None, result=None, name=None)), 1)


def names(host):
    frame = exception_of(host.execute("\n1/0", name="lib/thing.py"))["frames"][0]
    same((frame["file"], frame["line"], frame["source"]), ("lib/thing.py", 2, "1/0"))
    same(exception_of(host.execute("1/0"))["frames"][0]["file"], "<execution 2>")
    same(value_of(host.execute("import inspect\ndef g(): pass\ninspect.getsourcefile(g)", name="\u00fc.py")), "\u00fc.py")


def exit_codes(host):
    for source, code, stderr in (("raise SystemExit", 0, ""), ("raise SystemExit(None)", 0, ""), ("raise SystemExit(7)", 7, ""), ("raise SystemExit(300)", 44, ""), ("raise SystemExit(-1)", 255, ""),
                                 ("raise SystemExit('why')", 1, "why\n"), ("raise SystemExit((1, 2))", 1, "(1, 2)\n"), ("import sys; sys.exit(True)", 1, ""), ("quit()", 0, ""),
                                 ("raise SystemExit(10**30)", 255, ""), ("class E(SystemExit): pass\nraise E(4)", 4, "")):
        outcome = host.execute(source)
        same((source, outcome.result["status"], outcome.result["exit_code"], outcome.stderr.decode()), (source, "exit", code, stderr))
    same(value_of(host.execute("1")), 1)


def os_exit(host):
    outcome = host.execute("import os; print('said', flush=True); os._exit(7)")
    same((outcome.result, outcome.exit_code, outcome.stdout, outcome.frames[-1].type), (None, 7, b"said\n", 8))


def os_exit_in_a_thread(host):
    outcome = host.execute("import os, threading, time\nthreading.Thread(target=lambda: os._exit(6)).start()\ntime.sleep(1)")
    same((outcome.result, outcome.exit_code), (None, 6))


def exit_in_a_thread_ends_the_thread(host):
    outcome = host.execute("import sys, threading\nt = threading.Thread(target=lambda: sys.exit(5))\nt.start(); t.join()\nt.is_alive()")
    same((value_of(outcome), outcome.stderr), (False, b""))


def exception_in_a_thread_is_told(host):
    outcome = host.execute("import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()")
    same(outcome.result["status"], "ok")
    has(outcome.stderr.decode(), "ZeroDivisionError")


def threads_rest_between_executions(host):
    same(host.execute("import threading, time\nticks = []\ndef run():\n    for i in range(1000): time.sleep(1); ticks.append(i)\nt = threading.Thread(target=run, daemon=True)\nt.start()").result["status"], "ok")
    before = value_of(host.execute("len(ticks)"))
    after = value_of(host.execute("time.sleep(5.5); len(ticks)"))
    same(5 <= after - before <= 6, True)


def atexit_does_not_run(host):
    outcome = host.execute("import atexit; atexit.register(print, 'end'); 1")
    same((value_of(outcome), outcome.stdout), (1, b""))
    same(host.execute("2").stdout, b"")


def input_is_asked_for(host):
    host.input = b"first\nsecond\nthird"
    same(value_of(host.execute("input()")), "first")
    same(value_of(host.execute("import sys; [input(), sys.stdin.read()]")), ["second", "third"])
    exception_of(host.execute("input()"), "EOFError")


def figures(host):
    small = host.execute("1").result["figures"]
    same(sorted(small), ["fs_bytes", "fs_files", "fuel", "memory_bytes", "memory_peak_bytes"])
    loop = host.execute("for i in range(100000): pass").result["figures"]
    assert 100000 <= loop["fuel"] <= 101000 and small["fuel"] < 100, (small, loop)
    same(host.execute("for i in range(100000): pass").result["figures"]["fuel"], loop["fuel"])
    full = host.execute("x = bytearray(20 << 20); open('/tmp/f', 'wb').write(b'x' * 100000)").result["figures"]
    assert full["memory_bytes"] > small["memory_bytes"] + (20 << 20) and full["memory_peak_bytes"] >= full["memory_bytes"], full
    assert full["fs_bytes"] >= small["fs_bytes"] + 100000 and full["fs_files"] == small["fs_files"] + 1, full
    freed = host.execute("del x; import os; os.unlink('/tmp/f')").result["figures"]
    assert freed["memory_bytes"] < full["memory_bytes"] - (19 << 20) and freed["memory_peak_bytes"] > full["memory_bytes"] - (1 << 20), freed
    after = host.execute("1").result["figures"]
    assert after["memory_peak_bytes"] < full["memory_bytes"] - (15 << 20), after  # of each execution, not of all


def long_session_does_not_grow(host):
    host.callbacks({"name": "f"})
    source = "import cordon\nx = cordon.call('f')\ntry: 1/0\nexcept ZeroDivisionError: pass\n[x]"
    answers = Answers(f=lambda: [1, "x"])
    sizes = []
    for number in range(3000):
        answers.calls.clear()
        answers.waits.clear()
        sizes.append(host.execute(source, answers).result["figures"]["memory_bytes"])
    assert sizes[-1] - sizes[1500] < 20000, (sizes[0], sizes[1500], sizes[-1])
    host.execute("def old(): 1/0")
    same(exception_of(host.execute("old()"))["frames"][1]["source"], "def old(): 1/0")
    for number in range(1001):
        host.execute("pass")
    same(exception_of(host.execute("old()"))["frames"][1]["source"], None)


def large_sources_are_forgotten_first(host):
    host.execute("def old(): 1/0")
    host.execute("x = '" + "y" * (5 << 20) + "'")
    host.execute("def new(): 1/0")
    same([exception_of(host.execute(f"{name}()"))["frames"][1]["source"] for name in ("old", "new")], [None, "def new(): 1/0"])


def large_source(host):
    same(value_of(host.execute("x = '" + "y" * (8 << 20) + "'\nlen(x)")), 8 << 20)
    same(value_of(host.execute("\n" * 100000 + "2")), 2)


def program_after_configure(host):
    outcome = host.program(1, "import sys; print(sys.argv); sys.exit(3)")
    same((outcome.stdout, outcome.exit_code, outcome.frames[-1].type), (b"['-c', 'first', 'second']\n", 3, 8))


def module_of_working_directory(host):
    host.put_file("/work/here/helper.py", b"value = 17\n")
    same(value_of(host.execute("import helper; helper.value")), 17)


ROWS = {f"value_{name}": value_row(*row) for name, row in VALUES.items()}
ROWS |= {f"encoding_{name}": encoding_row(*row) for name, row in ENCODINGS.items()}
ROWS |= {f"bad_source_{name}": bad_source_row(*row) for name, row in BAD_SOURCES.items()}
ROWS |= {f"sequence_{name}": sequence_row(*row) for name, row in SEQUENCES.items()}
ROWS |= {f"stream_{name}": stream_row(*row) for name, row in STREAMS.items()}
ROWS |= {case.__name__: Row(case) for case in (
    named_result, inputs, names, exit_codes, os_exit, os_exit_in_a_thread, exit_in_a_thread_ends_the_thread, exception_in_a_thread_is_told, threads_rest_between_executions,
    atexit_does_not_run, input_is_asked_for, figures, large_source, long_session_does_not_grow, large_sources_are_forgotten_first)}
ROWS |= {case.__name__: Row(case, CONFIGURE) for case in (program_after_configure, module_of_working_directory)}
