"""Frames, tracebacks, tracing and generators as ways to somebody else's variables."""
from rows import crash, read

CLIMB = """
    while f:
        for name in list(f.f_locals) + list(f.f_globals):
            seen.add(name)
        b = f.f_builtins
        f = f.f_back
"""
ROWS = [
    read("climbing_from_a_traceback", "import sys\ntry: 1/0\nexcept Exception as e:\n    f = e.__traceback__.tb_frame\n    seen = set()" + CLIMB
         + "    print(sorted(seen)[:3], b['open'](CANARY).read())"),
    read("climbing_from_the_current_frame", "import sys\nseen = set()\nf = sys._getframe()\nif 1:" + CLIMB + "    print(b['open'](CANARY).read())"),
    read("frames_of_all_threads", "import sys, threading\nt = threading.Thread(target=lambda: [print(f.f_builtins['open'](CANARY).read()) for f in sys._current_frames().values()][:0])\nt.start(); t.join()"),
    read("exceptions_of_all_threads", "import sys\ntry: raise KeyError\nexcept KeyError: e = list(sys._current_exceptions().values())[0]\nprint((e if isinstance(e, BaseException) else e[1]).__traceback__.tb_frame.f_builtins['open'](CANARY).read())"),
    read("profile_function_sees_frames", """
import sys
got = []
def p(frame, event, arg):
    if not got: got.append(frame.f_builtins['open'])
sys.setprofile(p); len([]); (lambda: 0)(); sys.setprofile(None)
print(got[0](CANARY).read())
"""),
    read("monitoring_callbacks", """
import sys
m, got = sys.monitoring, []
m.use_tool_id(3, 'x')
m.register_callback(3, m.events.PY_START, lambda code, offset: got.append(code))
m.set_events(3, m.events.PY_START)
(lambda: 0)()
m.set_events(3, 0)
print(open(CANARY).read() if got else '')
"""),
    read("generator_frame_holds_builtins", "g = (x for x in [1])\nprint(g.gi_frame.f_builtins['open'](CANARY).read())"),
    read("unraisable_hook", "import sys\ngot = []\nsys.unraisablehook = lambda a: got.append(a.exc_traceback.tb_frame.f_builtins['open'])\nclass A:\n    def __del__(self): 1/0\nA()\nprint(got[0](CANARY).read())"),
    crash("generator_iterator_replaced_in_its_frame", "g = (x for x in range(10))\ng.gi_frame.f_locals['.0'] = object()\nprint(list(g))", "g = (x for x in range(3))\nprint(list(g), 'twin')"),
    crash("frame_locals_outlive_the_frame", """
import sys
def g():
    a = [1]
    yield sys._getframe().f_locals
for i in range(50):
    d = next(g())
    junk = [bytes(200) for _ in range(100)]
    d['a'] = 7
    print(dict(d))
""", "def f():\n    a = 1\n    return dict(locals())\nprint(f(), 'twin')"),
    crash("jump_into_a_loop", """
import sys
def f():
    x = 1
    for i in [1, 2]:
        x += i
    with open('/dev/null') as o:
        x += 2
    return x
for line in range(1, 9):
    for to in range(1, 9):
        def t(frame, event, arg):
            if frame.f_code is f.__code__ and event == 'line' and frame.f_lineno == frame.f_code.co_firstlineno + line:
                sys.settrace(None)
                try: frame.f_lineno = frame.f_code.co_firstlineno + to
                except ValueError: pass
            return t
        sys.settrace(t)
        try: f()
        except Exception as e: print(type(e))
        sys.settrace(None)
""", "import sys\nn = []\nsys.settrace(lambda f, e, a: n.append(e))\n(lambda: 0)()\nsys.settrace(None)\nprint('twin' if n else '')"),
    crash("frame_cleared_while_it_runs", "import sys\ndef f():\n    try: sys._getframe().clear()\n    except RuntimeError as e: print(e)\n    try: sys._getframe(1).clear()\n    except RuntimeError as e: print(e)\nf()",
          "def f(): 1/0\ntry: f()\nexcept Exception as e: e.__traceback__.tb_next.tb_frame.clear()\nprint('twin')"),
    crash("locals_of_every_frame_overwritten", """
import sys
def a(x):
    return b(x)
def b(x):
    f = sys._getframe()
    while f:
        for n in list(f.f_locals):
            try: f.f_locals[n] = memoryview(b'')
            except Exception as e: print(type(e))
        f = f.f_back
    return x
try: print(a(5))
except BaseException as e: print(repr(e)[:80])
""", "def a(x):\n    x += 1\n    return x\nprint(a(1), 'twin')"),
    crash("traceback_in_a_circle", "import types, sys, traceback\ntry: 1/0\nexcept Exception as e: t = e.__traceback__\ntry: t.tb_next = t\nexcept ValueError as e: print(e)\nu = types.TracebackType(t, t.tb_frame, 10**6, -5)\nprint(''.join(traceback.format_tb(u))[:200])",
          "import traceback\ntry: 1/0\nexcept Exception: print(traceback.format_exc()[:9], 'twin')"),
]
