"""Two runs, one after the other, through one host: what the first leaves, the second looks for. SECRET is a text that only the first is given; the
second has its first half, and its second half turned round."""
from classes.byte_code import ALL_MEMORY
from rows import Leak

# What the worker can read of itself, searched by a bytearray over all memory (byte_code.py). The looker holds the secret in two halves, the second turned round,
# so that it does not find itself.
SEARCH = ALL_MEMORY + """
import gc
memory = all_memory()
ids = [id(o) for o in gc.get_objects()]
low, high, n = min(ids), max(ids) + (8 << 20), len(SECRET_HEAD)
at = memory.find(SECRET_HEAD.encode(), low, high)
while at >= 0:
    if bytes(memory[at + n:at + 2 * n])[::-1] == SECRET_TAIL_REVERSED.encode(): print('found')
    at = memory.find(SECRET_HEAD.encode(), at + 1, high)
print('searched', high - low, 'bytes')
"""


def leak(name, leave, look):
    return Leak(name, leave, look)


ROWS = [
    leak("file_in_tmp", "open('/tmp/left', 'w').write(SECRET)", "import os\nif os.path.exists('/tmp/left'): print('found', open('/tmp/left').read())"),
    leak("file_anywhere", "import os\nfor d, _, _ in os.walk('/'):\n    try: open(d + '/left', 'w').write(SECRET)\n    except OSError: pass", "import os\nfor d, _, f in os.walk('/'):\n    if 'left' in f: print('found', open(d + '/left').read())"),
    leak("library_file_changed", "import os, json\nos.chmod(json.__file__, 0o666) if 0 else None\nopen(os.path.expanduser('~/sitecustomize.py'), 'w').write('x = %r' % SECRET)", "import os\np = os.path.expanduser('~/sitecustomize.py')\nif os.path.exists(p): print('found', open(p).read())"),
    leak("environment", "import os\nos.environ['LEFT'] = SECRET", "import os\nif 'LEFT' in os.environ: print('found', os.environ['LEFT'])"),
    leak("module_attribute", "import json, sys\njson.left = SECRET\nsys.left = SECRET", "import json, sys\nfor m in (json, sys):\n    if hasattr(m, 'left'): print('found', m.left)"),
    leak("module_planted", "import sys, types\nm = types.ModuleType('left'); m.text = SECRET; sys.modules['left'] = m", "import sys\nif 'left' in sys.modules: print('found', sys.modules['left'].text)"),
    leak("built_in_replaced", "import builtins\nbuiltins.left = SECRET\nbuiltins.len = lambda x: SECRET", "import builtins\nif hasattr(builtins, 'left'): print('found', builtins.left, len([]))"),
    leak("class_attribute_of_the_library", "import collections\ncollections.Counter.left = SECRET", "import collections\nif hasattr(collections.Counter, 'left'): print('found', collections.Counter.left)"),
    leak("interned_string", "import sys\nkeep = {sys.intern(SECRET + str(i)): i for i in range(1000)}", SEARCH),
    leak("codec_registered", "import codecs\ncodecs.register_error('left', lambda e: (SECRET, e.end))", "import codecs\ntry: print('found', codecs.lookup_error('left')(UnicodeDecodeError('x', b'', 0, 1, 'y'))[0])\nexcept LookupError: pass"),
    leak("copyreg_and_abc_registered", "import copyreg, collections.abc\ncopyreg.add_extension('left', SECRET, 4711)", "import copyreg\nif ('left' in {k[0] for k in copyreg._extension_registry}): print('found', copyreg._inverted_registry[4711])"),
    leak("import_hook", "import sys\nclass F:\n    text = SECRET\n    @staticmethod\n    def find_spec(*a): return None\nsys.meta_path.append(F)", "import sys\nfor f in sys.meta_path:\n    if hasattr(f, 'text'): print('found', f.text)"),
    leak("search_path", "import sys\nsys.path.append(SECRET)", "import sys\nif len(sys.path) and any(p.startswith(SECRET_HEAD) for p in sys.path): print('found', sys.path)"),
    leak("state_of_random", "import random\nrandom.seed(4711); random.left = [random.random()]", "import random\nif hasattr(random, 'left'): print('found')"),
    leak("working_directory_and_mask", "import os\nos.makedirs('/tmp/' + SECRET); os.chdir('/tmp/' + SECRET); os.umask(0)", "import os\nif SECRET_HEAD in os.getcwd(): print('found', os.getcwd())"),
    leak("descriptor", "import os\nfd = os.open('/tmp/x', os.O_RDWR | os.O_CREAT); os.write(fd, SECRET.encode()); os.dup2(fd, 50)", "import os\ntry: print('found', os.pread(50, 99, 0))\nexcept OSError: pass"),
    leak("thread_left_running", "import threading, time\ndef run():\n    while True: time.sleep(0.01)\nt = threading.Thread(target=run, name=SECRET, daemon=True); t.start()", "import threading\nif any(t.name.startswith(SECRET_HEAD) for t in threading.enumerate()): print('found', threading.enumerate())"),
    leak("hook_at_exit", "import atexit, sys\nsys.excepthook = lambda *a: print(SECRET)\nsys.left_hook = SECRET", "import sys\nif hasattr(sys, 'left_hook'): print('found', sys.left_hook)"),
    leak("heap_remains", "x = [(SECRET * 50).encode() + bytes([i % 256]) for i in range(20000)]\ndel x", SEARCH),
    leak("secret_in_a_big_buffer", "x = bytearray(SECRET.encode() * 100000)\nx.clear()\nSECRET = None", SEARCH),
    leak("locale_and_context", "import decimal, contextvars, locale\ndecimal.getcontext().prec = 4711\ndecimal.DefaultContext.prec = 4711", "import decimal\nif decimal.getcontext().prec == 4711: print('found')"),
    leak("gc_and_limits_of_the_interpreter", "import gc, sys\ngc.set_threshold(4711); sys.setrecursionlimit(4711); sys.setswitchinterval(47)", "import gc, sys\nif gc.get_threshold()[0] == 4711 or sys.getrecursionlimit() == 4711: print('found')"),
    leak("event_loop", "import asyncio\nl = asyncio.new_event_loop(); l.left = SECRET; asyncio.set_event_loop(l)", "import asyncio, warnings\nwarnings.simplefilter('ignore')\ntry:\n    l = asyncio.get_event_loop()\n    if hasattr(l, 'left'): print('found', l.left)\nexcept RuntimeError: pass"),
    leak("log_handler", "import logging\nlogging.getLogger('left').addHandler(logging.StreamHandler()); logging.getLogger('left').text = SECRET", "import logging\nif hasattr(logging.getLogger('left'), 'text'): print('found', logging.getLogger('left').text)"),
]
