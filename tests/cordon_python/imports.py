"""Table of ways by which a module comes to be. Each program brings the module `module` about, and is seen to have done so from outside: the module's code makes
the file `witness`, or the program prints what `prints` is."""
import dataclasses

# Its code has one of each kind of constant that a compiler makes.
VICTIM = """open('witness', 'w').close()
VALUE = 1


def outer(first, /, second=2.5, *, third=3j):
    def inner():
        return first, b'bytes', 'caf\\u00e9 \\u4e2d \\U0001f600', 2 ** 70, -5, ..., None, True
    return inner if second in {1, 2, 'three', (4, 5)} else [x for x in (1, 2, (3, False))]


class Thing:
    def method(self):
        return super().__repr__()
"""
READ = "source = open('victim.py').read(); code = compile(source, 'victim.py', 'exec')\n"
MADE = "import types; module = types.ModuleType('victim')\n"
SPEC = "import importlib.util as u; spec = u.spec_from_file_location('victim', 'victim.py'); "
ZIP = "import zipfile; z = zipfile.ZipFile('v.zip', 'w'); z.write('victim.py'); z.close()\n"
FINDER = """import sys, types, importlib.machinery as m
class Finder:
    def find_spec(self, name, path, target=None): return m.ModuleSpec(name, self) if name == 'victim' else None
    def create_module(self, spec): return CREATE
    def exec_module(self, module): exec(compile(open('victim.py').read(), 'victim.py', 'exec'), module.__dict__)
sys.path[:] = [p for p in sys.path if p]
sys.meta_path.insert(0, Finder())
import victim
"""


@dataclasses.dataclass
class Way:
    name: str
    program: str
    kinds: tuple = ("source",)
    module: str = "victim"
    prints: str = ""  # instead of the witness
    files: dict = dataclasses.field(default_factory=dict)
    variables: dict = dataclasses.field(default_factory=dict)
    arguments: tuple = ()  # instead of -c and the program
    is_silent: bool = False  # CPython itself swallows the refusal
    times: int = 1  # lines of the last kind, at least
    others: int = 0  # lines with another digest than the victim's: of code that the program only pretends to run


@dataclasses.dataclass
class Rules:
    """What `allow` or `deny` says of `import` decides whether `program` brings the witness about. {digest}: of the victim's code; {library}, {extension} and its
    {file_digest}: of the interpreter; {directory}: the program's."""
    name: str
    program: str
    happens: bool
    allow: tuple = ("",)  # rules of one line each; everything else is allowed
    deny: tuple = ()
    files: dict = dataclasses.field(default_factory=dict)
    variables: dict = dataclasses.field(default_factory=dict)


REWRITE = "text = open('victim.py').read(); open('victim.py', 'w').write(text + '#\\n' * 3 + 'OTHER = 1\\n')\n"
OTHER_ENCODINGS = """import posix
posix.close(posix.open('witness', 65, 0o600))
__path__ = ['{library}/encodings']
__file__ = __path__[0] + '/__init__.py'
exec(compile(posix.read(posix.open(__file__, 0), 1 << 20), __file__, 'exec'))
"""
START = "name: [__main__]"
OWN = "origin: [built-in, frozen, '{library}/**']"

RULES = [
    Rules("nothing_more_than_the_start", "open('witness', 'w')", True, (START,)),
    Rules("nothing_more_than_the_start_needs", "import colorsys; open('witness', 'w')", False, (START,)),
    Rules("not_even_the_program", "open('witness', 'w')", False, (OWN,)),
    Rules("start_after_the_start", "import importlib.util, sys, types; sys.modules.pop('stat'); import stat; open('witness', 'w')", False, (START, "name: [types, importlib, 'importlib.*']")),
    Rules("start_after_the_start_twin", "import importlib.util, sys, types; sys.modules.pop('stat'); import stat; open('witness', 'w')", True, (START, "name: [types, importlib, 'importlib.*', stat]")),
    Rules("own_origin", "import colorsys, _bisect, __hello__; open('witness', 'w')", True, (START, OWN)),
    Rules("other_origin", "import victim", False, (START, OWN)),
    Rules("origin_of_folder", "import sys; sys.path.insert(0, '{directory}'); import victim", True, (START, OWN, "origin: ['{directory}/*']")),
    Rules("origin_of_other_folder", "import sys; sys.path.insert(0, '{directory}'); import victim", False, (START, OWN, "origin: ['{directory}/x/*']")),
    Rules("digest", "import victim", True, (START, OWN, "name: [victim], sha256: ['{digest}']")),
    Rules("other_digest", REWRITE + "import victim", False, (START, OWN, "name: [victim], sha256: ['{digest}']")),
    Rules("other_digest_behind_a_cache", "import py_compile, os\n" + REWRITE + "s = os.stat('victim.py'); c = py_compile.compile('victim.py'); open('victim.py', 'w').write(text)\n"
          "import struct; b = open(c, 'r+b'); b.seek(8); os.utime('victim.py', (1, 1)); b.write(struct.pack('<II', 1, len(text.encode()))); b.close(); import victim", False,
          (START, OWN, "name: [victim], sha256: ['{digest}']")),
    Rules("digest_under_other_name", "import shutil; shutil.copy('victim.py', 'harmless.py'); import harmless", False, deny=("sha256: ['{digest}']",)),
    Rules("digest_under_other_name_twin", "import shutil; shutil.copy('victim.py', 'harmless.py'); import harmless", True, deny=("sha256: ['" + "0" * 64 + "']",)),
    Rules("extension_digest", "import xxlimited; open('witness', 'w')", True, (START, OWN.replace("**", "*.py"), "name: ['importlib.*', importlib]", "name: [xxlimited], sha256: ['{file_digest}']")),
    Rules("extension_other_digest", "import xxlimited; open('witness', 'w')", False, (START, OWN.replace("**", "*.py"), "name: [xxlimited], sha256: ['{digest}']")),
    Rules("other_encodings", "pass", True, ("",), files={"folder/encodings/__init__.py": OTHER_ENCODINGS}, variables={"PYTHONPATH": "folder"}),
    Rules("other_encodings_refused", "pass", False, (START, OWN), files={"folder/encodings/__init__.py": OTHER_ENCODINGS}, variables={"PYTHONPATH": "folder"}),
]

WAYS = [
    Way("statement", "import victim"),
    Way("from_statement", "from victim import VALUE"),
    Way("dunder_import", "__import__('victim')"),
    Way("import_module", "import importlib; importlib.import_module('victim')"),
    Way("package", "import victim.part", files={"victim/__init__.py": "", "victim/part.py": "open('witness', 'w').close()"}),
    Way("submodule", "import package.victim", module="package.victim", files={"package/__init__.py": "", "package/victim.py": "open('witness', 'w').close()"}),
    Way("namespace_package", "import empty_folder; print('done')", kinds=("made",), module="empty_folder", prints="done", files={"empty_folder/data.txt": ""}),
    Way("thread", "import threading; t = threading.Thread(target=__import__, args=('victim',)); t.start(); t.join()"),
    Way("pickle", "import pickle; pickle.loads(b'cvictim\\nVALUE\\n.')"),
    Way("resolve_name", "import pkgutil; pkgutil.resolve_name('victim:VALUE')"),
    Way("after_deletion", "import sys\ntry: import victim\nexcept ImportError: pass\nsys.modules.pop('victim', None)\nimport victim"),
    Way("spec_and_loader", SPEC + "spec.loader.exec_module(u.module_from_spec(spec))"),
    Way("load_module", "from importlib.machinery import SourceFileLoader as L; L('victim', 'victim.py').load_module()"),
    Way("bootstrap_load", SPEC + "import importlib._bootstrap as b; b._load(spec)"),
    Way("path_finder", "from importlib import machinery as m, util as u; s = m.PathFinder.find_spec('victim', ['.']); s.loader.exec_module(u.module_from_spec(s))"),
    Way("lazy_loader", SPEC + "spec.loader = u.LazyLoader(spec.loader); m = u.module_from_spec(spec); spec.loader.exec_module(m); m.VALUE", kinds=("made", "source")),
    Way("own_loader", FINDER.replace("CREATE", "None"), kinds=("made", "source")),
    Way("own_loader_makes", FINDER.replace("CREATE", "types.ModuleType('victim')"), kinds=("made", "source")),
    Way("subclassed_loader", "import importlib.machinery as m, importlib.util as u\nclass L(m.SourceFileLoader):\n    def get_code(self, name): return compile(open('victim.py').read(), 'x', 'exec')\n"
        "s = u.spec_from_loader('victim', L('victim', 'victim.py')); s.loader.exec_module(u.module_from_spec(s))", kinds=("made", "source")),
    Way("bytecode_file", "import py_compile, os; py_compile.compile('victim.py', 'victim.pyc'); os.remove('victim.py'); import victim", kinds=("bytecode",)),
    Way("sourceless_loader", "import py_compile; py_compile.compile('victim.py', 'x.pyc'); from importlib.machinery import SourcelessFileLoader as L; L('victim', 'x.pyc').load_module()",
        kinds=("bytecode",)),
    Way("cached_bytecode", "import py_compile; py_compile.compile('victim.py'); import victim"),
    Way("zip_path", ZIP + "import sys; sys.path.insert(0, 'v.zip'); import victim", kinds=("zip",)),
    Way("zip_importer", ZIP + "import zipimport; zipimport.zipimporter('v.zip').load_module('victim')", kinds=("zip",)),
    Way("exec_in_module", READ + MADE + "exec(code, module.__dict__)", kinds=("made", "source")),
    Way("exec_text_in_module", READ + MADE + "exec(source, module.__dict__)", kinds=("made", "source")),
    Way("hook_swaps_text", READ + MADE + "import sys\nother = compile('1', 'x', 'exec')\nsys.addaudithook(lambda event, args: event == 'compile' and sys.audit('exec', other))\n"
        "exec(source, module.__dict__)", kinds=("made", "source"), times=2, others=1),
    Way("exec_by_keyword", READ + MADE + "exec(code, globals=vars(module))", kinds=("made", "source")),
    Way("eval_in_module", READ + MADE + "eval(code, module.__dict__)", kinds=("made", "source")),
    Way("function_in_module", READ + MADE + "types.FunctionType(code, module.__dict__)()", kinds=("made", "source")),
    Way("function_by_keyword", READ + MADE + "types.FunctionType(code=code, globals=module.__dict__)()", kinds=("made", "source")),
    Way("unmarshalled", READ + MADE + "import marshal; exec(marshal.loads(marshal.dumps(code)), module.__dict__)", kinds=("made", "source")),
    Way("hook_swaps_code", READ + MADE + "import sys, marshal\nsys.addaudithook(lambda event, args: event == 'marshal.loads' and len(args[0]) > 99 and marshal.loads(b'N'))\n"
        "exec(marshal.loads(marshal.dumps(code)), module.__dict__)", kinds=("made", "source")),
    Way("replaced_code", READ + MADE + "exec(code.replace(co_filename='other.py'), module.__dict__)", kinds=("made", "source")),
    Way("type_of_sys", READ + "import sys; m = type(sys)('victim'); exec(code, m.__dict__)", kinds=("made", "source")),
    Way("module_subclass", READ + "import types\nclass M(types.ModuleType): pass\nm = M('victim'); exec(code, m.__dict__)", kinds=("made", "source")),
    Way("module_without_name", READ + "import types; m = types.ModuleType.__new__(types.ModuleType); m.__dict__['__name__'] = 'victim'; exec(code, m.__dict__)"),
    Way("module_renamed", READ + "import types; m = types.ModuleType('harmless'); m.__name__ = 'victim'; exec(code, m.__dict__)"),
    Way("module_made_twice", READ + "import types; m = types.ModuleType('harmless'); m.__init__('victim'); exec(code, m.__dict__)", kinds=("made", "source")),
    Way("bootstrap_new_module", READ + "import importlib._bootstrap as b; m = b._new_module('victim'); exec(code, m.__dict__)", kinds=("made", "source")),
    Way("put_into_modules", READ + "import sys, types; m = sys.modules['victim'] = types.ModuleType('victim'); import victim; exec(code, vars(victim))", kinds=("made", "source")),
    Way("run_path", "import runpy; runpy.run_path('victim.py', run_name='victim')", kinds=("made", "source")),
    Way("run_module", "import runpy; runpy.run_module('victim')"),
    Way("run_module_as_module", "import runpy; runpy.run_module('victim', alter_sys=True)", kinds=("made", "source")),
    Way("reloaded", "import importlib, os, victim; os.remove('witness'); importlib.reload(victim)", times=2),
    Way("path_file", "pass", variables={"PYTHONUSERBASE": "base"}, files={"base/lib/python3.13/site-packages/x.pth": "import sys; sys.path.insert(0, '.'); import victim\n"}),
    Way("path_file_by_hand", "import site; site.addsitedir('folder')", files={"folder/x.pth": "import victim\n"}),
    Way("site_customisation", "pass", module="sitecustomize", variables={"PYTHONPATH": "folder"}, files={"folder/sitecustomize.py": "open('witness', 'w').close()"}, is_silent=True),
    Way("program", "", module="__main__", arguments=("victim.py",)),
    Way("program_by_name", "", module="__main__", arguments=("-m", "victim")),
    Way("program_in_zip", "", module="__main__", kinds=("zip",), arguments=("v.zip",)),
    Way("subinterpreter", "import _interpreters as i; n = i.create(); e = i.exec(n, 'import sys; sys.path.insert(0, \"\"); import victim'); i.destroy(n); assert not e, e.formatted"),
    Way("subinterpreter_old", "import _testcapi; assert _testcapi.run_in_subinterp('import victim') == 0"),
    Way("builtin", "import _bisect; print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_by_hand", "import _imp, types; _imp.create_builtin(types.SimpleNamespace(name='_bisect')); print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_importer", "from importlib.machinery import BuiltinImporter as B; B.load_module('_bisect'); print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_from_name", "import importlib._bootstrap as b; b._builtin_from_name('_bisect'); print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_in_subinterpreter", "import _interpreters as i; e = i.exec(i.create(), 'import _bisect'); assert not e, e.formatted; print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_of_two_names", "import _imp\nclass S:\n    asked = 0\n    @property\n    def name(self): self.asked += 1; return '_heapq' if self.asked == 1 else '_bisect'\n"
        "_imp.create_builtin(S()); print('done')", kinds=("builtin",), module="_bisect", prints="done"),
    Way("builtin_of_one_phase", "import _tracemalloc, sys; del sys.modules['_tracemalloc']; import _tracemalloc; print('done')", kinds=("builtin",), module="_tracemalloc", prints="done", times=2),
    Way("frozen", "import __hello__; print('done')", kinds=("frozen",), module="__hello__", prints="done"),
    Way("frozen_by_hand", "import _imp; _imp.init_frozen('__hello__'); print('done')", kinds=("frozen",), module="__hello__", prints="done"),
    Way("frozen_importer", "from importlib.machinery import FrozenImporter as F; F.load_module('__hello__'); print('done')", kinds=("frozen",), module="__hello__", prints="done"),
    Way("frozen_code", "import _imp, types; m = types.ModuleType('__hello__'); exec(_imp.get_frozen_object('__hello__'), m.__dict__); print('done')", kinds=("made", "source"),
        module="__hello__", prints="done"),
    Way("extension", "import xxlimited; print('done')", kinds=("extension",), module="xxlimited", prints="done"),
    Way("extension_of_one_phase", "import _testsinglephase, sys; del sys.modules['_testsinglephase']; import _testsinglephase; print('done')", kinds=("extension",), module="_testsinglephase",
        prints="done", times=2),
    Way("extension_of_two_names", "import _imp, importlib.util as u\ns = u.find_spec('xxlimited')\nclass S:\n    asked = 0\n    origin = s.origin\n    @property\n"
        "    def name(self): self.asked += 1; return 'harmless' if self.asked == 1 else 'xxlimited'\n_imp.create_dynamic(S()); print('done')", kinds=("extension",), module="xxlimited", prints="done"),
    Way("extension_in_subinterpreter", "import _interpreters as i; e = i.exec(i.create(), 'import xxlimited'); assert not e, e.formatted; print('done')", kinds=("extension",),
        module="xxlimited", prints="done"),
    Way("extension_by_hand", "import _imp, importlib.util as u; s = u.find_spec('xxlimited'); _imp.create_dynamic(s); print('done')", kinds=("extension",), module="xxlimited", prints="done"),
    Way("extension_by_loader", "import importlib.util as u; s = u.find_spec('xxlimited'); u.module_from_spec(s); print('done')", kinds=("extension",), module="xxlimited", prints="done"),
]

# Threads, and interpreters with locks of their own, all at once: (program, lines of each kind that it makes).
MANY = """import _interpreters as i, threading, types
PROGRAM = 'import json, types\\nfor k in range(100):\\n    m = types.ModuleType("many"); exec("x = 1", m.__dict__)'
def interpreters():
    for k in range(2):
        n = i.create()
        e = i.exec(n, PROGRAM)
        assert not e, e.formatted
        i.destroy(n)
def own():
    for k in range(500):
        m = types.ModuleType('many'); eval(compile('1', 'x', 'eval'), vars(m))
threads = [threading.Thread(target=target) for target in (interpreters, own) * 3]
[t.start() for t in threads]
[t.join() for t in threads]
open('witness', 'w').close()
"""
MANY_LINES = 3 * 2 * 100 + 3 * 500
