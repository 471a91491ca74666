"""Each plugin gets its own modules, however and whenever its code imports them."""
import sys
import unittest

import plugin_files as files
from cordon import plugins

WAYS = {
    "late": "def f():\n    import utils\n    return utils.who()\n",
    "from": "def f():\n    from utils import who\n    return who()\n",
    "dotted": "def f():\n    import generated.contracts\n    return generated.contracts.Point().who, vendored()\ndef vendored():\n    import vendored.parts.inner as inner\n    return inner.WHO + '-vendored'\n",
    "relative": "def f():\n    from . import utils\n    return utils.who()\n",
    "star": "from utils import *\ndef f():\n    return who()\n",
    "dunder": "def f():\n    return __import__('utils').who()\n",
    "importlib": "import importlib\ndef f():\n    return importlib.import_module('utils').who()\n",
    "importlib_relative": "import importlib\ndef f():\n    return importlib.import_module('.parts.inner', 'vendored').top.who()\n",
    "importlib_dunder": "import importlib\ndef f():\n    return importlib.__import__('utils').who()\n",
    "builtins": "import builtins\ndef f():\n    return builtins.__import__('utils').who()\n",
    "exec": "def f():\n    space = {}\n    exec('import utils\\nx = utils.who()', space)\n    return space['x']\n",
    "eval": "def f():\n    return eval('__import__(\"utils\").who()', {})\n",
    "compiled_function": "import types\ndef f():\n    code = compile('import utils', 'x', 'exec')\n    g = types.FunctionType(code, {'__builtins__': __builtins__})\n    g()\n    return g.__globals__ and __import__('utils').who()\n",
    "thread": "import threading\ndef f():\n    got = []\n    def work():\n        import utils\n        got.append(utils.who())\n    t = threading.Thread(target=work); t.start(); t.join()\n    return got[0]\n",
    "pool": "import importlib\nfrom concurrent.futures import ThreadPoolExecutor\ndef f():\n    with ThreadPoolExecutor(1) as pool:\n        return pool.submit(importlib.import_module, 'utils').result().who()\n",
    "task": "import asyncio\nasync def work():\n    await asyncio.sleep(0)\n    import utils\n    return utils.who()\nasync def both():\n    return await asyncio.create_task(work())\ndef f():\n    return asyncio.run(both())\n",
    "generator": "def g():\n    import utils\n    yield utils.who()\ndef f():\n    return next(g())\n",
    "callback": "def f():\n    return list(map(lambda name: __import__(name).who(), ['utils']))[0]\n",
    "method": "class C:\n    @property\n    def p(self):\n        import utils\n        return utils.who()\ndef f():\n    return C().p\n",
    "sys_modules": "import sys, utils\ndef f():\n    assert sys.modules['utils'] is utils and 'utils' in sys.modules and sys.modules[__name__].f is f\n    return sys.modules['utils'].who()\n",
    "find_spec": "import importlib.util\ndef f():\n    spec = importlib.util.find_spec('utils')\n    module = importlib.util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n    return module.who()\n",
    "by_hand": "import importlib.util, os, sys\ndef f():\n    spec = importlib.util.spec_from_file_location('by_hand', os.path.join(os.path.dirname(__file__), 'hand.py'))\n    module = importlib.util.module_from_spec(spec)\n    sys.modules['by_hand'] = module\n    spec.loader.exec_module(module)\n    import by_hand\n    return by_hand.utils.who()\n",
    "runpy": "import runpy\ndef f():\n    return runpy.run_module('hand', run_name='__main__')['said']\n",
    "pkgutil": "import pkgutil\ndef f():\n    return pkgutil.resolve_name('utils:who')()\n",
    "package_main": "import runpy\ndef f():\n    return runpy.run_module('mained', run_name='__main__')['said']\n",
    "run_path": "import runpy, os\ndef f():\n    return runpy.run_path(os.path.join(os.path.dirname(__file__), 'hand.py'), run_name='__main__')['said']\n",
}
HAND = {"hand.py": "import utils\nif __name__ == '__main__':\n    said = utils.who()\n", "mained/__init__.py": "", "mained/__main__.py": "import utils\nsaid = utils.who()\n"}


class Ways(unittest.TestCase):
    """A case for each way to import, with three plugins at once and modules of the same names for everybody."""

    @classmethod
    def setUpClass(cls):
        cls.shared = files.write_folder("shared", who="shared")
        sys.path.insert(0, cls.shared)
        import utils
        import vendored.parts.inner
        import generated.contracts
        cls.everybody = utils, vendored, generated.contracts

    @classmethod
    def tearDownClass(cls):
        sys.path.remove(cls.shared)
        for name in ("utils", "vendored", "vendored.parts", "vendored.parts.inner", "generated", "generated.contracts"):
            sys.modules.pop(name, None)

    def check(self, way):
        loaded = [plugins.load(files.write_folder(f"{way}/{who}", HAND | {"plugin.py": WAYS[way]}), files.commands("f")) for who in ("first", "second")]
        loaded.append(plugins.load(files.write_archive(f"{way}/third.zip", HAND | ({} if way in ("by_hand", "run_path") else {"plugin.py": WAYS[way]})), files.commands("f" if way not in ("by_hand", "run_path") else "who")))
        self.assertEqual([plugin.execute(["f"]) for plugin in loaded[:2]], [(who, who + "-vendored") for who in ("first", "second")])
        self.assertEqual(loaded[2].execute(["who" if way in ("by_hand", "run_path") else "f"]), ("third", "third-vendored"))
        import utils
        self.assertIs(utils, self.everybody[0])
        self.assertEqual(utils.who(), ("shared", "shared-vendored"))
        self.assertNotIn("hand", sys.modules)
        self.assertNotIn("by_hand", sys.modules)
        for plugin in loaded:
            plugin.unload()


for _way in WAYS:
    setattr(Ways, f"test_{_way}", lambda self, way=_way: self.check(way))


# Modules of the standard library that its C code imports when it wants them, in the frame of whoever called it; each plugin has its own of these names.
NAMESAKES = {"_strptime.py": "WHO = {who!r}\n", "typing.py": "WHO = {who!r}\n", "numbers.py": "WHO = {who!r}\n", "plugin.py": """
    import datetime, time
    at_top = __import__('_strptime', globals(), locals(), [])
    def own():
        import _strptime, typing
        return at_top.WHO, _strptime.WHO, typing.WHO
    def parse():
        return datetime.datetime.strptime('2020-05', '%Y-%m').month, time.strptime('2021', '%Y').tm_year
    def generic():
        class Box[T]:
            pass
        return Box[int].__origin__ is Box
    def both():
        mine = __import__('_strptime', globals(), globals(), [])
        return mine.WHO, datetime.datetime.strptime('2020', '%Y').year
"""}


class CodeInC(unittest.TestCase):
    def without(self, names):
        """As if nobody had wanted these modules yet."""
        for name in names:
            module = sys.modules.pop(name, None)
            if module is not None:
                self.addCleanup(sys.modules.__setitem__, name, module)

    def test_it_gets_the_librarys_modules(self):
        commands = files.commands("own", "parse", "generic", "both")
        with plugins.load(files.write_folder("namesakes", NAMESAKES, who="first"), commands) as first, plugins.load(files.write_archive("namesakes.zip", NAMESAKES, who="second"), commands) as second:
            for who, plugin in (("first", first), ("second", second)):
                for _ in range(2):
                    self.without(["_strptime", "typing"])
                    self.assertEqual(plugin.execute(["parse"]), (5, 2021))
                    self.assertIs(plugin.execute(["generic"]), True)
                    self.assertEqual(plugin.execute(["own"]), (who,) * 3)
                    self.without(["_strptime"])
                    self.assertEqual(plugin.execute(["both"]), (who, 2020))
            import _strptime
            import datetime
            self.assertFalse(hasattr(_strptime, "WHO"))
            self.assertEqual(datetime.datetime.strptime("1999", "%Y").year, 1999)
            parse = second.resolve("plugin:parse")
        self.without(["_strptime"])
        self.assertEqual(parse(), (5, 2021))


class Identity(unittest.TestCase):
    def test_two_loads_of_one_plugin_do_not_meet(self):
        root = files.write_folder("twice", {"plugin.py": "import utils\nfrom generated.contracts import Point\ndef put(x):\n    utils.kept = x\ndef get():\n    return getattr(utils, 'kept', None), Point\n"})
        first, second = (plugins.load(root, files.commands("put", "get")) for _ in range(2))
        first.execute(["put", 7])
        self.assertEqual(first.execute(["get"])[0], 7)
        self.assertIsNone(second.execute(["get"])[0])
        self.assertIsNot(first.execute(["get"])[1], second.execute(["get"])[1])
        first.unload()
        self.assertIsNone(second.execute(["get"])[0])
        second.unload()

    def test_nothing_generic_is_published(self):
        traces = files.Traces()
        with plugins.load(files.write_folder("quiet", {"plugin.py": "import utils, generated.contracts, vendored.parts.inner, sys\nsys.modules['mine'] = utils\nimport mine\ndef who():\n    return mine.who()\n"}), files.manifest()) as plugin:
            self.assertEqual(plugin.execute(["who"]), ("quiet", "quiet-vendored"))
            self.assertEqual({name for name in sys.modules if name.split(".")[0] in ("utils", "generated", "vendored", "plugin", "mine")}, set())
            self.assertTrue(any(name.startswith("__cordon_plugin_") and name.endswith(".utils") for name in sys.modules))
        self.assertEqual(traces.left(), {})

    def test_neighbour_with_longer_name_is_not_looked_in(self):
        short = files.write_folder("near/b", {"plugin.py": "def f():\n    import only_in_longer\n"})
        longer = files.write_folder("near/bc", {"only_in_longer.py": "X = 1\n", "plugin.py": "def f():\n    import only_in_longer\n    return only_in_longer.X\n"})
        with plugins.load(short, files.commands("f")) as first, plugins.load(longer, files.commands("f")) as second:
            self.assertEqual(second.execute(["f"]), 1)
            with self.assertRaises(ModuleNotFoundError) as caught:
                first.execute(["f"])
            self.assertEqual((caught.exception.name, str(caught.exception)), ("only_in_longer", "No module named 'only_in_longer'"))
            second_modules = {name for name in sys.modules if name.startswith("__cordon_plugin_") and "only_in_longer" in name}
            self.assertEqual(len(second_modules), 1)
            first.unload()
            self.assertEqual(second.execute(["f"]), 1)
            self.assertEqual({name for name in sys.modules if "only_in_longer" in name}, second_modules)
            first = None
            second.unload()
            self.assertEqual({name for name in sys.modules if "only_in_longer" in name}, set())

    def test_another_plugins_modules_cannot_be_imported_by_name(self):
        asks = {"plugin.py": "import importlib, sys\ndef name():\n    return __name__\ndef get(name):\n    __import__(name)\ndef get_by_function(name):\n    importlib.import_module(name)\ndef get_by_modules(name):\n    return sys.modules[name]\n"}
        with plugins.load(files.write_folder("ask/one", asks), files.commands("name", "get", "get_by_function", "get_by_modules")) as one, \
                plugins.load(files.write_folder("ask/two", asks), files.commands("name", "get", "get_by_function", "get_by_modules")) as two:
            for way in ("get", "get_by_function", "get_by_modules"):
                one.execute([way, one.execute(["name"])])
                with self.assertRaises((ImportError, KeyError)):
                    one.execute([way, two.execute(["name"])])

    def test_everybodys_modules_are_everybodys(self):
        source = "import json, collections, os.path\ndef f():\n    return json, collections.OrderedDict, os.path\n"
        import collections
        import json
        import os
        with plugins.load(files.write_folder("both", {"plugin.py": source}), files.commands("f")) as plugin:
            for mine, theirs in zip(plugin.execute(["f"]), (json, collections.OrderedDict, os.path)):
                self.assertIs(mine, theirs)

    def test_vendored_comes_before_everybodys(self):
        import json
        brings = {"json/__init__.py": "MINE = True\n", "plugin.py": "import json, csv\ndef f():\n    return json.MINE, csv\n"}
        with plugins.load(files.write_folder("vendoring", brings), files.commands("f")) as plugin:
            self.assertEqual(plugin.execute(["f"])[0], True)
        import json as again
        self.assertIs(json, again)
        self.assertFalse(hasattr(json, "MINE"))

    def test_folder_without_init_does_not_hide_a_true_module(self):
        import json
        with plugins.load(files.write_folder("data", {"json/table.txt": "", "plugin.py": "import json\ndef f():\n    return json\n"}), files.commands("f")) as plugin:
            self.assertIs(plugin.execute(["f"]), json)

    def test_namespace_packages(self):
        source = "import company.tools\nfrom company import more\ndef f():\n    import company.late\n    return company.tools.WHO, more.WHO, company.late.WHO\n"
        brings = {"company/tools.py": "WHO = {who!r}\n", "company/more.py": "WHO = {who!r}\n", "company/late.py": "from . import tools\nWHO = tools.WHO\n", "plugin.py": source}
        shared = files.write_folder("namespace_shared", {"company/common.py": "WHO = 'shared'\n"}, common=False)
        sys.path.append(shared)
        try:
            brings["plugin.py"] += "def g():\n    import company.common\n    return company.common.WHO\n"
            loaded = [plugins.load(files.write_folder("namespace/a", brings), files.commands("f", "g")), plugins.load(files.write_archive("namespace/b.zip", brings), files.commands("f", "g"))]
            self.assertEqual([plugin.execute(["f"]) for plugin in loaded], [("a",) * 3, ("b",) * 3])
            self.assertEqual([plugin.execute(["g"]) for plugin in loaded], ["shared"] * 2)
            self.assertNotIn("company", sys.modules)
        finally:
            sys.path.remove(shared)
            sys.path_importer_cache.pop(shared, None)
            for plugin in loaded:
                plugin.unload()

    def test_reload(self):
        for write, name in ((files.write_folder, "reload_a"), (files.write_archive, "reload_b.zip")):
            with plugins.load(write(name, {"plugin.py": "import importlib, utils\ndef f():\n    utils.WHO = 'changed'\n    changed = utils.who()[0]\n    assert importlib.reload(utils) is utils\n    return changed, utils.who()[0]\n"}),
                              files.commands("f")) as plugin:
                self.assertEqual(plugin.execute(["f"]), ("changed", name.partition(".")[0]))

    def test_plugins_path_is_its_own(self):
        extra = files.write_folder("extra", {"from_extra.py": "WHO = 'extra'\n"}, common=False)
        before = list(sys.path)
        for way in (f"sys.path.insert(0, {extra!r})", f"sys.path = [{extra!r}] + sys.path"):
            self.check_path(f"import sys\n{way}\ndef f():\n    import from_extra\n    return from_extra.WHO\n", before)

    def check_path(self, source, before):
        with plugins.load(files.write_folder("pathed", {"plugin.py": source}), files.commands("f")) as plugin, \
                plugins.load(files.write_folder("unpathed", {"plugin.py": "def f():\n    import from_extra\n"}), files.commands("f")) as other:
            self.assertEqual(sys.path, before)
            self.assertEqual(plugin.execute(["f"]), "extra")
            with self.assertRaises(ModuleNotFoundError):
                other.execute(["f"])
        self.assertEqual(sys.path, before)

    def test_what_everybody_loses_does_not_become_a_plugins(self):
        shared = files.write_folder("lost", {"lost_module.py": ""}, common=False)
        sys.path.append(shared)
        with plugins.load(files.write_folder("losing", {"plugin.py": "def f():\n    import lost_module\n"}), files.commands("f")) as plugin:
            sys.path.remove(shared)
            sys.path_importer_cache.pop(shared, None)
            with self.assertRaises(ModuleNotFoundError):
                plugin.execute(["f"])

    def test_names_that_are_none(self):
        source = "import importlib\ndef f(name):\n    return __import__(name)\ndef g(name):\n    return importlib.import_module(name)\n"
        with plugins.load(files.write_folder("nameless", {"plugin.py": source}), files.commands("f", "g")) as plugin:
            for name, error in (("", ValueError), ("../utils", (ImportError, TypeError)), ("utils/", ImportError), (5, (TypeError, AttributeError)), ("utils.", ImportError)):
                for way in ("f", "g"):
                    with self.assertRaises(error):
                        plugin.execute([way, name])

    def test_modules_written_later_are_found(self):
        import os
        source = "import importlib\ndef f():\n    try:\n        import written\n    except ModuleNotFoundError:\n        return None\n    return written.X\ndef again():\n    importlib.invalidate_caches()\n    return f()\n"
        root = files.write_folder("writing", {"plugin.py": source})
        with plugins.load(root, files.commands("f", "again")) as plugin:
            self.assertIsNone(plugin.execute(["f"]))
            with open(os.path.join(root, "written.py"), "w") as file:
                file.write("X = 5\n")
            self.assertEqual(plugin.execute(["again"]), 5)

    def test_names_that_plugins_add_to_builtins_are_their_own(self):
        import builtins
        with plugins.load(files.write_folder("adding", {"plugin.py": "import builtins\nbuiltins.shout = str.upper\ndef f():\n    return shout('x')\n"}), files.commands("f")) as plugin:
            self.assertEqual(plugin.execute(["f"]), "X")
            self.assertFalse(hasattr(builtins, "shout"))

    def test_built_in_names_are_those_of_python(self):
        source = "def f():\n    return sorted(__builtins__)\ndef g(name):\n    return eval(name)\n"
        import builtins
        with plugins.load(files.write_folder("names", {"plugin.py": source}), files.commands("f", "g")) as plugin:
            self.assertEqual(set(plugin.execute(["f"])) - {"_"}, set(vars(builtins)) - {"_"})
            for name in ("plugin", "_real", "__file__x"):
                with self.assertRaises(NameError):
                    plugin.execute(["g", name])

    def test_relative_import_does_not_leave_the_plugin(self):
        with plugins.load(files.write_folder("leaving", {"plugin.py": "def f():\n    from .. import utils\n"}), files.commands("f")) as plugin:
            with self.assertRaisesRegex(ImportError, "beyond top-level"):
                plugin.execute(["f"])


unittest.main()
