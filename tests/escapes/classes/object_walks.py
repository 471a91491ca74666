"""From a harmless object to the module that reaches the host."""
from rows import GRANTED_FILE, Escape, FULL, read, write

ROWS = [
    read("subclasses_to_popen", """
for c in ().__class__.__base__.__subclasses__():
    if c.__name__ == '_wrap_close':
        print(c.__init__.__globals__['popen']('cat ' + CANARY).read())
"""),
    read("subclasses_to_file_io", """
import io
for c in object.__subclasses__():
    if c.__name__ == '_IOBase':
        todo = [c]
        while todo:
            k = todo.pop()
            todo += k.__subclasses__()
            if k.__name__ == 'FileIO':
                print(k(CANARY).read())
"""),
    read("loader_from_subclasses", """
for c in object.__subclasses__():
    if c.__name__ == 'BuiltinImporter':
        posix = c.load_module('posix')
        print(posix.read(posix.open(CANARY, posix.O_RDONLY), 100))
"""),
    read("builtins_of_a_function", "def f(): pass\nprint(f.__globals__['__builtins__'].open(CANARY).read())"),
    read("builtins_after_they_were_emptied", """
import builtins
keep = builtins.print
for name in list(vars(builtins)):
    if name not in ('__build_class__', 'print', 'type'):
        try: delattr(builtins, name)
        except NameError: pass
c = [x for x in ().__class__.__base__.__subclasses__() if x.__name__ == 'BuiltinImporter'][0]
p = c.load_module('posix')
keep(p.read(p.open(CANARY, 0), 100))
"""),
    read("exec_with_no_builtins", """
exec('''
p = [c for c in ().__class__.__mro__[1].__subclasses__() if c.__name__ == 'BuiltinImporter'][0].load_module('posix')
out(p.read(p.open(path, 0), 100))
''', {'__builtins__': {}, 'out': print, 'path': CANARY})
"""),
    read("modules_by_the_garbage_collector", """
import gc, types
for m in gc.get_objects():
    if isinstance(m, types.ModuleType) and m.__name__ == 'posix':
        print(m.read(m.open(CANARY, 0), 100))
        break
"""),
    read("referrers_of_a_builtin", """
import gc, builtins
for d in gc.get_referrers(builtins.len):
    if isinstance(d, dict) and 'open' in d:
        print(d['open'](CANARY).read())
        break
"""),
    read("format_walks_attributes", """
class A: pass
import os
def method(self): return os
A.reach = method
a = A()
print(open(CANARY).read() if '{0.reach.__func__.__globals__}'.format(a) else '')
"""),
    read("pickle_reduces_to_system", """
import pickle, os, subprocess
class P:
    def __reduce__(self): return subprocess.getoutput, ('cat ' + CANARY,)
print(pickle.loads(pickle.dumps(P())))
"""),
    read("pickle_stack_of_globals", r"""
import pickle
print(pickle.loads(b'cbuiltins\ngetattr\n(cbuiltins\nopen\n(V' + CANARY.encode() + b'\ntRVread\ntR(tR.'))
"""),
    read("yaml_free_eval_by_operator", "import operator\nprint(operator.methodcaller('read')(operator.itemgetter('open')(vars(__import__('builtins')))(CANARY)))"),
    read("attribute_of_a_coroutine", """
async def c(): pass
k = c()
print(k.cr_frame.f_builtins['open'](CANARY).read())
k.close()
"""),
    read("descriptor_of_type", "print(type.__getattribute__(type('x', (), {'f': lambda: 0}), 'f').__builtins__['open'](CANARY).read())"),
    read("codec_search_function", "import codecs\nprint(codecs.lookup.__self__.open(CANARY).read() if hasattr(codecs.lookup.__self__, 'open') else codecs.open(CANARY).read())"),
    read("warnings_module_of_a_class", """
import warnings
print(warnings.catch_warnings()._module.sys.modules['os'].fdopen(warnings.sys.modules['posix'].open(CANARY, 0)).read())
"""),
    write("audit_hooks_do_not_matter", "import sys\nsys.addaudithook(lambda *a: None)\nopen(FOLDER + '/made', 'w').close()"),
    read("descriptor_numbers", """
import os
for fd in range(3, 256):
    try: print(os.pread(fd, 100, 0))
    except OSError: pass
fd = os.open(CANARY, os.O_RDONLY)
print(os.pread(fd, 100, 0))
"""),
    read("proc_self_root", "print(open('/proc/self/root' + CANARY).read())"),
    read("granted_to_itself_by_path_tricks", "import os\nprint(open(os.path.join('/tmp', '..', '..', '..', CANARY.lstrip('/'))).read())", GRANTED_FILE),
    Escape("environment_of_the_host", "import os\nprint(os.environ.get(VARIABLE), os.getenvb(VARIABLE.encode()))", "variable", FULL),
    Escape("environment_by_posix", "import posix\nprint(posix.environ)", "variable", FULL),
    Escape("environment_of_the_parent", "import os\nfor pid in ('self', os.getppid(), os.getpid()):\n    try: print(open(f'/proc/{pid}/environ').read())\n"
           "    except OSError as e: print(e)", "variable", FULL),
]
