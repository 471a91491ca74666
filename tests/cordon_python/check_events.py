#!/usr/bin/env python3
"""Sees that interpreter events reach the record, and only as docs/audit_events.md says; that nothing of it can be seen or disturbed from within.

    check_events.py --subject CORDON_PYTHON --command CORDON --stock PYTHON [NAME...]
"""
import argparse
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import sys

import check_imports
import interpreters

TEXT = "password = 'open sesame'\n"
HOOK = "import sys\nsys.addaudithook(HOOK)\n"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass
class Case:
    name: str
    program: str
    event: str
    arguments: dict = dataclasses.field(default_factory=dict)  # these at least
    count: int = 1  # lines with them
    code: int = 0
    has_site: bool = True


CASES = [
    Case("compile", f"compile({TEXT!r}, 'here.py', 'exec')", "compile", {"source_bytes": len(TEXT), "source_sha256": sha256(TEXT), "filename": "here.py"}),
    Case("compile_each_place", f"compile({TEXT!r}, 'here.py', 'exec')\ncompile({TEXT!r}, 'here.py', 'exec')", "compile", {"filename": "here.py"}, 2),
    Case("compile_of_tree", "import ast\ncompile(ast.parse('1'), 'here.py', 'exec')", "compile", {"source": "Module"}),
    Case("exec_text", f"exec({TEXT!r})", "exec", {"code_object_file": "<string>", "code_object_sha256": "{digest}"}),
    Case("exec_code", f"exec(compile({TEXT!r}, 'here.py', 'exec'))", "exec", {"code_object_file": "here.py", "code_object_name": "<module>", "code_object_sha256": "{digest}"}),
    Case("eval_code", f"eval(compile({TEXT!r}, 'here.py', 'exec'))", "exec", {"code_object_file": "here.py", "code_object_sha256": "{digest}"}),
    Case("exec_traced", f"import sys\nc = compile({TEXT!r} * 3, 'here.py', 'exec')\nfor f in (None, lambda *a: None, None):\n    sys.settrace(f)\n    for i in range(20): exec(c)", "exec",
         {"code_object_file": "here.py"}),
    Case("function", f"import types\ntypes.FunctionType(compile({TEXT!r}, 'here.py', 'exec'), {{}})", "function.__new__", {"code_file": "here.py", "code_sha256": "{digest}"}),
    Case("function_changed", f"def f(): pass\nf.__code__ = compile({TEXT!r}, 'here.py', 'exec')", "object.__setattr__", {"name": "__code__", "value_file": "here.py", "value_sha256": "{digest}"}),
    Case("code_by_parts", "c = compile('1', 'here.py', 'exec')\nc.replace(co_name='other')", "code.__new__", {"filename": "here.py", "name": "other"}),
    Case("unmarshal", "import marshal\nmarshal.loads(b'i\\x01\\0\\0\\0')", "marshal.loads", {"bytes_bytes": 5, "bytes_sha256": hashlib.sha256(b"i\x01\0\0\0").hexdigest()}),
    Case("marshal", "import marshal\nmarshal.dumps(1)", "marshal.dumps", {"value": "int"}),
    Case("find_class", "import pickle\npickle.loads(b'cjson\\ndumps\\n.')", "pickle.find_class", {"module": "json", "name": "dumps"}),
    Case("frame", "import sys\nsys._getframe()", "sys._getframe"),
    Case("frame_once", "import sys\nfor i in range(1000): sys._getframe()", "sys._getframe"),
    Case("module_name_of_frame", "import sys\nsys._getframemodulename(0)", "sys._getframemodulename", {"depth": 0}),
    Case("frames", "import sys\nsys._current_frames()", "sys._current_frames"),
    Case("exceptions", "import sys\nsys._current_exceptions()", "sys._current_exceptions"),
    Case("code_of_function", "(lambda: 0).__code__", "object.__getattr__", {"obj": "function", "name": "__code__"}),
    Case("trace", "import sys\nsys.settrace(None)", "sys.settrace"),
    Case("profile", "import sys\nsys.setprofile(None)", "sys.setprofile"),
    Case("monitoring", "import sys\nm = sys.monitoring\nm.use_tool_id(0, 'x')\nm.register_callback(0, m.events.LINE, print)", "sys.monitoring.register_callback",
         {"function": "builtin_function_or_method"}),
    Case("generator_hooks", "import sys\nsys.set_asyncgen_hooks(firstiter=print, finalizer=print)", "sys.set_asyncgen_hook_firstiter"),
    Case("hook", HOOK.replace("HOOK", "print if 0 else lambda *a: None"), "sys.addaudithook"),
    Case("breakpoint", "import sys\nsys.breakpointhook = lambda: None\nbreakpoint()", "builtins.breakpoint", {"breakpointhook": "function"}),
    Case("objects", "import gc\ngc.get_objects()", "gc.get_objects", {"generation": -1}),
    Case("referrers", "import gc\ngc.get_referrers(gc)", "gc.get_referrers"),
    Case("interpreter", "import _interpreters as i\ni.destroy(i.create())", "cpython.PyInterpreterState_New", has_site=False),
    Case("interpreter_old", "import _testcapi\n_testcapi.run_in_subinterp('1')", "cpython.PyInterpreterState_New", has_site=False),
    Case("uncaught", "raise KeyError('secret')", "sys.excepthook", {"value": "KeyError"}, code=1, has_site=False),
    Case("native_memory", "import ctypes\nctypes.string_at(ctypes.create_string_buffer(5), 3)", "ctypes.string_at", {"size": 3}),
    Case("address", "import ctypes\nctypes.addressof(ctypes.c_int(1))", "ctypes.addressof", {"obj": "c_int"}),
    Case("own_event", "import sys\nsys.audit('mine.happened', 'secret', 2)", "sys.audit", {"event": "mine.happened", "argument_count": 2}),
    Case("child", "import os\nif os.fork() == 0:\n    exec('1'); os._exit(0)\nos.wait()\nexec('1')", "exec", {"code_object_file": "<string>"}, 2),
    # A guest's hook comes after ours: it hears what it would hear, and what it stops has been told.
    Case("hook_raises", HOOK.replace("HOOK", "lambda e, a: 1 / (e != 'compile')") + "try: compile('1', 'here.py', 'exec')\nexcept ZeroDivisionError: raise SystemExit(7)", "compile",
         {"filename": "here.py"}, code=7),
    Case("hook_stops_import", HOOK.replace("HOOK", "lambda e, a: 1 / (e != 'import')") + "try: import colorsys\nexcept ZeroDivisionError: pass\nsys._getframe()", "sys._getframe"),
    Case("hook_stops_hooks", HOOK.replace("HOOK", "lambda e, a: 1 / (e != 'sys.addaudithook')") + "try: sys.addaudithook(print)\nexcept ZeroDivisionError: pass\nsys._getframe()", "sys._getframe"),
    Case("hook_that_audits", HOOK.replace("HOOK", "lambda e, a: e == 'compile' and sys._getframe()") + "compile('1', 'here.py', 'exec')", "sys._getframe"),
    # Told by the accesses themselves.
    Case("covered", "open('program.py').close()\nimport os\nos.listdir()", "open", count=0),
    Case("ignored", "id(1)", "builtins.id", count=0),
    Case("import_is_a_module", "import colorsys", "import", count=0),
    Case("code_of_modules", "import colorsys", "compile", {"filename": "{library}/colorsys.py"}, 0),
]

# What a program can look at; it must look alike with and without a record.
LOOKS = {
    "methods": "import types, builtins, _imp, inspect\nfor o in (exec, eval, _imp.init_frozen, _imp.create_builtin, types.ModuleType.__init__, types.ModuleType.__new__, types.FunctionType.__new__):\n"
               "    print(repr(o).split(' at ')[0], o.__doc__, getattr(o, '__text_signature__', None), o.__name__, getattr(o, '__module__', None))",
    "hooks_hear_the_same": "import sys\nheard = []\nsys.addaudithook(lambda e, a: heard.append((e, len(a))))\nimport colorsys, types, _bisect\nexec('1')\nm = types.ModuleType('x')\nexec('1', m.__dict__)\n"
                           "eval(compile('1', 'x', 'eval'))\nsys._getframe()\nid(1)\nopen('program.py').close()\nprint(heard)",
    "objects": "import gc, json\ngc.collect()\nprint(sorted({type(o).__module__ + '.' + type(o).__qualname__ for o in gc.get_objects()}))",
    "errors": "import types\nfor f in (lambda: exec(), lambda: exec(1), lambda: exec('1', 2), lambda: exec('1', {}, 3), lambda: eval(b'\\xff'), lambda: exec('x', g=1), lambda: types.ModuleType(),\n"
              "          lambda: types.ModuleType(1), lambda: types.FunctionType(), lambda: types.FunctionType(1, 2), lambda: exec(compile('1', 'x', 'exec'), None), lambda: __import__('_imp').init_frozen(1),\n"
              "          lambda: __import__('_imp').create_builtin(1), lambda: exec('raise OSError(5)'), lambda: eval('1 +')):\n    try: print(f())\n    except BaseException as e: print(type(e), e)",
    "names": "import types\nm = types.ModuleType('x', 'doc'); print(m, m.__doc__, sorted(vars(m)))\nclass S(types.ModuleType):\n    def __init__(self): super().__init__('y')\nprint(S(), S.__mro__)\n"
             "exec('z = 1', g := {}); print(sorted(g)); exec('q = 2'); print(q); l = {}; exec('a = 1', {}, l); print(l)\ndef f():\n    exec('w = 1'); return sorted(locals())\nprint(f())",
    "tracebacks": "import traceback\ntry: exec(compile('def f():\\n  raise ValueError(1)\\nf()', 'here.py', 'exec'))\nexcept ValueError: traceback.print_exc()",
}


def audited(command, program):
    """(answer, lines of the record, its text)"""
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, {"program.py": program})
        answer = command.run(["audit", "run", "--record", "record.jsonl", "program.py"], directory)
        text = pathlib.Path(directory, "record.jsonl").read_text(encoding="utf-8")
        return answer, [json.loads(line) for line in text.splitlines()], text


def is_of_program(sites, number):
    """Whether the place, or the one outside the library that led there, is in the program."""
    site = sites.get(number, {"file": "", "caller": None})
    return site["file"].endswith("/program.py") or (site["caller"] is not None and is_of_program(sites, site["caller"]))


def check_case(command, case, known):
    answer, lines, text = audited(command, case.program)
    wanted = {name: value.format(**known) if isinstance(value, str) else value for name, value in case.arguments.items()}
    sites = {line["id"]: line for line in lines if line["type"] == "site"}
    found = [line for line in lines if line["type"] == "event" and line["event"] == case.event and wanted.items() <= line["arguments"].items()
             and (case.count == 0 or not case.has_site or is_of_program(sites, line["site"]))]
    if answer.code != case.code or len(found) != case.count:
        return f"{case.name}: {len(found)} lines of {case.event} with {wanted} at the program's own lines, not {case.count}\n    {answer}"
    secrets = [secret for secret in ("open sesame", "secret") if secret in text]
    return f"{case.name}: the record holds {secrets}" if secrets else None


def check_look(interpreter, command, name, program):
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, {"program.py": program})
        plain = interpreter.run(["program.py"], directory)
        watched = command.run(["audit", "run", "--record", "record.jsonl", "program.py"], directory)
    if (plain.out, plain.code) != (watched.out, watched.code) or plain.code != 0 or not plain.out + plain.err:
        return f"{name}: looks different under audit\n    {plain}\n    {watched}"
    return None


def digest_of(stock, text):
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, {"text.py": text})
        script = pathlib.Path(__file__).with_name("code_digest.py")
        return subprocess.run([stock, script, "text.py"], cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--stock", required=True)
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    interpreter = interpreters.Interpreter(arguments.subject)
    command = check_imports.Command(arguments.command, interpreter)
    known = {"digest": digest_of(pathlib.Path(arguments.stock).absolute(), TEXT), "library": interpreter.library}
    cases = [case for case in CASES if not arguments.names or case.name in arguments.names]
    looks = [item for item in LOOKS.items() if not arguments.names or item[0] in arguments.names]
    complaints = [check_case(command, case, known) for case in cases] + [check_look(interpreter, command, *look) for look in looks]
    complaints = [text for text in complaints if text]
    print("\n".join(complaints))
    print(f"{len(cases)} events and {len(looks)} looks, {len(complaints)} complaints")
    return 1 if complaints or not cases + looks else 0


if __name__ == "__main__":
    sys.exit(main())
