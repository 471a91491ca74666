"""Code objects and marshal data made by hand. CPython trusts both; whoever controls them controls its memory."""
from rows import GRANTED_VARIABLE, Escape, crash, read

MAKE = "import types, opcode, dis\nop = opcode.opmap\ndef make(code, **more):\n    def f(a=1, b=2): return a\n    return types.FunctionType(f.__code__.replace(co_code=bytes(code), **more), {'__builtins__': __builtins__})\n"
RUN = "\nfor i in range(3): print(str(f())[:200])"
HONEST = "import opcode\nop = opcode.opmap\ndef f(): return 1\ng = type(f)(f.__code__.replace(co_consts=(None, 2), co_code=f.__code__.co_code), {})\nprint(g(), 'twin')"
# A constant that is not there: the slot behind the tuple is made to hold a pointer to bytes that look like a bytearray over all memory.
ALL_MEMORY = """
import struct
def all_memory():
    keep = []
    while True:
        consts = (None,) * 3
        consts = tuple(list(consts))
        fake = struct.pack('<QQqqQQq', 1 << 30, id(bytearray), (1 << 63) - 1, (1 << 63) - 1, 0, 0, 0) + bytes(16)
        pointer = struct.pack('<Q', id(fake) + 32)
        keep.append((consts, fake, pointer))
        index = (id(pointer) + 32 - (id(consts) + 24)) // 8
        if 3 < index < 1 << 31 and (id(pointer) - id(consts)) % 8 == 0: break
    import opcode
    op = opcode.opmap
    code = [op['RESUME'], 0]
    for shift in (24, 16, 8):
        code += [op['EXTENDED_ARG'], index >> shift & 255]
    code += [op['LOAD_CONST'], index & 255, op['RETURN_VALUE'], 0]
    def f(): return None
    g = type(f)(f.__code__.replace(co_code=bytes(code), co_consts=consts, co_stacksize=4), {})
    all_memory.keep = keep
    return g()
"""
# Searches what the worker can read of itself for a variable of the host: from the lowest object to well behind the highest.
SEARCH = ALL_MEMORY + """
import gc
memory = all_memory()
ids = [id(o) for o in gc.get_objects()]
low, high = min(ids), max(ids) + (8 << 20)
want = VARIABLE.encode() + b'='
at = memory.find(want, low, high)
while at >= 0:
    print(bytes(memory[at:at + 120]))
    at = memory.find(want, at + 1, high)
print('searched', high - low, 'bytes')
"""
ROWS = [
    crash("constant_that_is_not_there", MAKE + "f = make([op['RESUME'], 0, op['LOAD_CONST'], 200, op['RETURN_VALUE'], 0])" + RUN, HONEST),
    crash("constant_far_away", MAKE + "f = make([op['RESUME'], 0] + [op['EXTENDED_ARG'], 0x7f] * 3 + [op['LOAD_CONST'], 200, op['RETURN_VALUE'], 0])" + RUN, HONEST),
    crash("local_that_is_not_there", MAKE + "f = make([op['RESUME'], 0, op['LOAD_FAST'], 250, op['RETURN_VALUE'], 0])" + RUN, HONEST),
    crash("local_written_out_of_bounds", MAKE + "f = make([op['RESUME'], 0] + [op['LOAD_FAST'], 0, op['STORE_FAST'], 200, op['LOAD_FAST'], 0, op['STORE_FAST'], 240] + [op['RETURN_CONST'], 0])" + RUN, HONEST),
    crash("stack_below_its_bottom", MAKE + "f = make([op['RESUME'], 0] + [op['POP_TOP'], 0] * 40 + [op['RETURN_CONST'], 0])" + RUN, HONEST),
    crash("stack_above_its_top", MAKE + "f = make([op['RESUME'], 0] + [op['LOAD_CONST'], 0] * 30000 + [op['RETURN_VALUE'], 0], co_stacksize=1)" + RUN, HONEST),
    crash("empty_stack_is_returned", MAKE + "f = make([op['RESUME'], 0, op['RETURN_VALUE'], 0], co_stacksize=0)" + RUN, HONEST),
    crash("jump_out_of_the_code", MAKE + "f = make([op['RESUME'], 0, op['JUMP_FORWARD'], 250])" + RUN, HONEST),
    crash("jump_before_the_code", MAKE + "f = make([op['RESUME'], 0, op['JUMP_BACKWARD'], 250, 0, 0])" + RUN, HONEST),
    crash("code_without_an_end", MAKE + "f = make([op['RESUME'], 0, op['NOP'], 0])" + RUN, HONEST),
    crash("opcodes_that_nobody_defined", MAKE + "for n in range(119, 256):\n    if n not in op.values():\n        try:\n            make([n, 0, op['RETURN_CONST'], 0])()\n        except BaseException as e: print(repr(e)[:60])", HONEST),
    crash("specialised_opcode_by_hand", MAKE + "import _opcode_metadata as m\nfor name, n in m._specialized_opmap.items():\n    if 'LOAD_ATTR' in name:\n        make([op['RESUME'], 0, op['LOAD_CONST'], 0, n, 0] + [0, 0] * 12 + [op['RETURN_VALUE'], 0])()", HONEST),
    crash("closure_cell_that_is_none", MAKE + "f = make([op['RESUME'], 0, op['LOAD_DEREF'], 0, op['RETURN_VALUE'], 0])" + RUN, HONEST),
    crash("load_name_beyond_the_names", MAKE + "f = make([op['RESUME'], 0, op['LOAD_NAME'], 99, op['RETURN_VALUE'], 0])" + RUN, HONEST),
    crash("line_table_of_noise", "def f():\n    raise ValueError\ng = type(f)(f.__code__.replace(co_linetable=bytes(range(255, 0, -1)) * 3), globals())\nimport traceback\ntry: g()\nexcept BaseException: print(traceback.format_exc()[:200])\nprint(list(g.__code__.co_positions())[:5], list(g.__code__.co_lines())[:5])", HONEST),
    crash("every_byte_of_a_function_flipped", """
def f(a=(1, 2)):
    try: return [x for x in a if x] + list(a)
    except Exception as e: return e
base = f.__code__.co_code
n = 0
for i in range(0, len(base), 2):
    b = bytearray(base); b[i] ^= 5
    try: type(f)(f.__code__.replace(co_code=bytes(b)), globals(), None, ((1, 2),))(); n += 1
    except BaseException: n += 1
print(n)
""", HONEST),
    crash("marshal_of_noise", "import marshal, random\nr = random.Random(5)\nfor i in range(3000):\n    try: marshal.loads(r.randbytes(60))\n    except (ValueError, EOFError, TypeError, MemoryError): pass\nprint('done')", "import marshal\nprint(marshal.loads(marshal.dumps((1, 'twin'))))"),
    crash("marshal_code_flipped", "import marshal, random\nr = random.Random(6)\nd = marshal.dumps(compile('def f(a):\\n return [a, 1, \"x\"]\\nf(2)', 'x', 'exec'))\nfor i in range(400):\n    b = bytearray(d); b[r.randrange(len(b))] ^= 1 << r.randrange(8)\n    try: exec(marshal.loads(bytes(b)), {})\n    except BaseException: pass\nprint('done')",
          "import marshal\nexec(marshal.loads(marshal.dumps(compile('print(\"twin\")', 'x', 'exec'))))"),
    crash("marshal_references_to_what_is_not_finished", "import marshal\nfor n in range(6):\n    try: print(marshal.loads(b'\\xdb\\x02\\x00\\x00\\x00r' + bytes([n, 0, 0, 0]) + b'r\\0\\0\\0\\0'))\n    except (ValueError, EOFError, TypeError) as e: print(e)",
          "import marshal\na = [1]\nprint(marshal.loads(marshal.dumps([a, a])), 'twin')"),
    crash("marshal_nested_for_ever", "import marshal\nfor t in b'([<>':\n    try: marshal.loads((bytes([t]) + b'\\1\\0\\0\\0') * 100000)\n    except (ValueError, EOFError, TypeError) as e: print(e)", "import marshal\nprint(marshal.loads(marshal.dumps([[[[1]]]])), 'twin')"),
    crash("byte_code_file_with_a_foreign_body", "import importlib.util, marshal, sys, os\np = '/tmp/evil.pyc'\nopen(p, 'wb').write(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile('', 'x', 'exec').replace(co_code=bytes(40))))\nimport importlib.machinery as m\nm.SourcelessFileLoader('evil', p).load_module()",
          "import py_compile, importlib.machinery as m\nopen('/tmp/good.py', 'w').write('print(\"twin\")')\nm.SourcelessFileLoader('good', py_compile.compile('/tmp/good.py', '/tmp/good.pyc')).load_module()"),
    crash("read_of_any_address", ALL_MEMORY + "m = all_memory()\nprint(type(m), m[0:1])", ALL_MEMORY + "m = all_memory()\nx = b'the words of a twin'\nprint(bytes(m[id(x) + 32:id(x) + 51]))"),
    crash("write_to_code", ALL_MEMORY + "m = all_memory()\nm[0x400000] = 0xcc\nprint('written')", ALL_MEMORY + "m = all_memory()\nx = bytes(b'the words of a twon')\nm[id(x) + 32 + 17] = ord('i')\nprint(x)"),
    crash("function_pointer_of_a_type_replaced", ALL_MEMORY + "import struct\nm = all_memory()\nclass C: pass\nm[id(C) + 24 + 8 * 14:id(C) + 24 + 8 * 15] = struct.pack('<Q', 0x4141414141)\nprint(C()())", ALL_MEMORY + "m = all_memory()\nclass C:\n    def __call__(self): return 'twin'\nprint(bytes(m[id(C):id(C) + 1]) and C()())"),
    Escape("all_memory_of_the_worker_searched", SEARCH, "variable", GRANTED_VARIABLE),
    read("compile_of_a_tree_made_by_hand", "import ast\nt = ast.parse('print(open(CANARY).read())')\nexec(compile(ast.fix_missing_locations(t), 'x', 'exec'))"),
    crash("tree_that_is_none", "import ast\nfor node in (ast.Expression(None), ast.Module([ast.Expr(None)], []), ast.Module([None], []), ast.Expression(ast.Constant(object()))):\n    try: print(compile(node, 'x', 'eval' if isinstance(node, ast.Expression) else 'exec'))\n    except (ValueError, TypeError) as e: print(e)",
          "import ast\nprint(eval(compile(ast.Expression(ast.Constant('twin', lineno=1, col_offset=0)), 'x', 'eval')))"),
]
