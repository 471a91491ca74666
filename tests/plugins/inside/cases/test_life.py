"""Loads that come and go: what an unload leaves (nothing), what it frees, threads that load at once, and hundreds of loads."""
import gc
import os
import sys
import threading
import tracemalloc
import unittest
import weakref

import plugin_files as files
from cordon import plugins

BUSY = """
    import asyncio, collections, copy, copyreg, dataclasses, enum, functools, importlib, importlib.metadata, importlib.resources, inspect, linecache, logging, logging.config, pickle, pkgutil, sys, traceback, typing, warnings
    from unittest import mock
    import utils, vendored
    from generated.contracts import Point
    log = logging.getLogger(__name__)
    logging.getLogger(__name__ + '.inner').addHandler(logging.NullHandler())
    sys.path.append('/nowhere')
    sys.modules['planted'] = utils
    class Finder:
        def find_spec(self, name, path=None, target=None):
            assert name != 'wanted_by_nobody'
        @classmethod
        def by_class(cls, path):
            raise ImportError
    sys.meta_path.append(Finder())
    sys.meta_path.append(Finder)
    sys.path_hooks.append(lambda path: Finder.by_class(path))
    class Colour(enum.Enum):
        RED = 1
    Pair = collections.namedtuple('Pair', 'a b')
    Maybe = typing.Optional[Point]
    class Warned(UserWarning): pass
    warnings.simplefilter('ignore', Warned)
    class Many:
        @typing.overload
        def f(self, x: int): ...
        @typing.overload
        def f(self, x: str): ...
        def f(self, x): pass
    T = typing.TypeVar('T')
    class Generic(typing.Generic[T]): pass
    Made = Generic[Point]
    copyreg.pickle(Point, lambda point: (Point, (point.who,)))
    @functools.singledispatch
    def say(thing): pass
    @say.register
    def _(thing: Point): return thing
    @mock.patch('utils.who', lambda: 0)
    def patched(): return utils.who()
    def who():
        import vendored.parts.inner
        patched()
        say(Point())
        list(pkgutil.walk_packages(vendored.__path__, 'vendored.'))
        inspect.getsource(utils.who), inspect.getmodule(utils.who), inspect.signature(who), typing.get_type_hints(Point), typing.get_type_hints(say)
        importlib.resources.files('vendored').joinpath('__init__.py').read_text()
        pickle.loads(pickle.dumps([Point(), Colour.RED, Pair(1, 2)]))
        copy.deepcopy(Point())
        try:
            importlib.metadata.version('nothing-such')
        except importlib.metadata.PackageNotFoundError:
            traceback.format_exc()
        asyncio.run(asyncio.sleep(0))
        return utils.who()
    class Kept: pass
    kept = Kept()
    def things():
        return kept, Point, Colour, Pair, who, utils, utils.who, vendored, Generic, Warned, Many, sys.modules[__name__], say, importlib
"""


def references(plugin):
    return [weakref.ref(thing) for thing in plugin.execute(["things"])] + [weakref.ref(plugin)]


def alive(references):
    gc.collect()
    return [reference() for reference in references if reference() is not None]


class Unloading(unittest.TestCase):
    def roots(self, name, source=BUSY):
        return files.write_folder(f"{name}/folder", {"plugin.py": source}), files.write_archive(f"{name}/archive.zip", {"plugin.py": source})

    def test_nothing_is_left_and_everything_freed(self):
        for root in self.roots("busy"):
            traces = files.Traces()
            plugin = plugins.load(root, files.commands("who", "things"))
            plugin.execute(["who"])
            kept = references(plugin)
            self.assertNotEqual(traces.left(), {})
            self.assertEqual(len(alive(kept)), len(kept))
            plugin.unload()
            self.assertEqual(traces.left(), {})
            del plugin
            self.assertEqual(alive(kept), [])

    def test_what_somebody_holds_stays_whole(self):
        root, _ = self.roots("held", "import utils, sys\ndef who():\n    return utils.who()\ndef late():\n    import vendored.parts.late\ndef shared():\n    import json\n    return json\nclass Held: pass\ndef held():\n    return Held\n")
        plugin = plugins.load(root, files.commands("who", "late", "shared", "held"))
        held = plugin.execute(["held"])
        functions = [plugin.resolve(f"plugin:{name}") for name in ("who", "late", "shared")]
        plugin.unload()
        gc.collect()
        self.assertEqual(held.__name__, "Held")
        self.assertEqual(functions[0](), ("folder", "folder-vendored"))
        with self.assertRaises(ImportError):
            functions[1]()
        import json
        self.assertIs(functions[2](), json)
        for use in (lambda: plugin.module("utils"), lambda: plugin.resolve("utils:who")):
            with self.assertRaisesRegex(ImportError, "was unloaded"):
                use()
        self.assertFalse([name for name in sys.modules if "cordon_plugin" in name])

    def test_what_is_left_is_told_why_it_cannot_import(self):
        """In a thread that outlives its plugin: modules that were there, that were not yet, whose files went, in packages; and everybody's, which can be."""
        source = """
            import importlib, threading
            import utils, vendored
            def own(): import utils
            def late(): import vendored.parts.late
            def later(): import not_yet
            def gone(): import gone
            def by_name(): importlib.import_module('utils')
            def by_name_in(): importlib.import_module('.inner', 'vendored.parts')
            def by_builtin(): __import__('generated.contracts')
            def inside(): import vendored.inside as inside; return inside
            def absent(): import absent_for_all
            def missing_part(): import json.absent
            def shared():
                import json, sys, pickle, importlib.util, logging.config, os.path as path
                from importlib import machinery
                from json import decoder
                return json, sys, pickle, importlib, logging, path, machinery, decoder
            def in_thread(function):
                goes_on, told = threading.Event(), []
                def run():
                    goes_on.wait(20)
                    try:
                        told.append(function())
                    except ImportError as error:
                        told.append(error)
                thread = threading.Thread(target=run)
                thread.start()
                return goes_on, told, thread
        """
        names = ("own", "late", "later", "gone", "by_name", "by_name_in", "by_builtin", "relative", "relative_name", "absent", "missing_part", "shared")
        inside = "def relative():\n    from .parts import later\ndef relative_name():\n    from . import parts\n"
        extra = {"plugin.py": source, "not_yet.py": "", "gone.py": "", "vendored/inside.py": inside, "vendored/parts/late.py": "", "vendored/parts/later.py": ""}
        for root in (files.write_folder("left/folder", extra, who="left"), files.write_archive("left/archive.zip", extra, who="left")):
            plugin = plugins.load(root, files.commands("in_thread", "inside"))
            left = plugin.execute(["inside"])
            told = {name: plugin.execute(["in_thread", getattr(left, name, None) or plugin.resolve(f"plugin:{name}")]) for name in names}
            plugin.unload()
            os.rename(root, root + ".was")
            for goes_on, _, thread in told.values():
                goes_on.set()
                thread.join()
            os.rename(root + ".was", root)
            errors = {name: answer for name, (_, (answer,), _) in told.items()}
            shared = errors.pop("shared")
            self.assertIsInstance(errors.pop("missing_part"), ModuleNotFoundError)
            for name, error in errors.items():
                self.assertIsInstance(error, ImportError, name)
                self.assertRegex(str(error), "unloaded", name)
                self.assertNotIn("cordon_plugin", str(error), name)
            for name in ("own", "late", "by_name", "by_builtin", "relative"):
                self.assertRegex(str(errors[name]), "plugin 'probe' was unloaded", name)
            self.assertEqual(errors["relative"].name, "vendored.parts")
            self.assertRegex(str(errors["absent"]), "No module named 'absent_for_all'; plugin 'probe' was unloaded")
            import importlib, importlib.machinery, json, json.decoder, logging, pickle
            self.assertEqual(shared, (json, sys, pickle, importlib, logging, os.path, importlib.machinery, json.decoder))
            self.assertFalse([name for name in sys.modules if "cordon_plugin" in name])
            del plugin, left, told, errors

    def check_registered(self, source, has, keeps=None, collections=1):
        """What `f` of the plugin registers is there while it is loaded, and neither it nor the class Kept afterwards; what everybody registered stays (`keeps`)."""
        import textwrap
        source = textwrap.dedent(source)
        for root in (files.write_folder("registers/folder", {"plugin.py": source}), files.write_archive("registers/archive.zip", {"plugin.py": source})):
            for _ in range(2):
                with plugins.load(root, files.commands("f")) as plugin:
                    plugin.execute(["f"])
                    kept = weakref.ref(plugin.resolve("plugin:Kept"))
                    self.assertTrue(has())
                del plugin
                self.assertFalse(has())
                for _ in range(collections):
                    gc.collect()
                self.assertIsNone(kept())
                self.assertTrue(keeps is None or keeps())
        with self.assertRaises(plugins.InitRaised):
            plugins.load(files.write_folder("registers/failing", {"plugin.py": source + "f()\nraise ValueError\n"}), files.commands("f"))
        self.assertFalse(has())

    def test_codecs_go_with_their_plugin(self):
        import codecs

        def found(name, look):
            try:
                return look(name)
            except LookupError:
                return None

        def everybodys(name):
            return codecs.lookup("ascii") if name == "everybodys_codec" else None

        codecs.register(everybodys)
        self.addCleanup(codecs.unregister, everybodys)
        codecs.register_error("everybodys_errors", codecs.ignore_errors)
        source = """
            import codecs
            from codecs import register_error
            class Kept(codecs.Codec): pass
            def search(name):
                return codecs.CodecInfo(lambda text, errors='strict': (Kept.__name__.encode(), len(text)), None, name=name) if name == 'kept_codec' else None
            def handle(error, kind=Kept): return '?', error.end
            def f():
                codecs.register(search)
                codecs.register(str)
                codecs.unregister(str)
                assert 'x'.encode('kept_codec') == b'Kept'
                codecs.register_error('kept_errors', lambda error: ('!', error.end))
                register_error('kept_errors', handle)
                codecs.register_error('everybodys_errors', handle)
                assert b'\\xff'.decode('ascii', 'kept_errors') == b'\\xff'.decode('ascii', 'everybodys_errors') == '?'
        """

        def has():
            try:
                return b"\xff".decode("ascii", "kept_errors") == "?" and found("kept_codec", codecs.lookup) is not None
            except LookupError as error:
                self.assertIn("unknown error handler name 'kept_errors'", str(error))
                return found("kept_codec", codecs.lookup) is not None

        self.check_registered(source, has, lambda: codecs.lookup("everybodys_codec").name == "ascii" and codecs.lookup_error("everybodys_errors") is codecs.ignore_errors)

    def test_handlers_of_errors_in_any_order(self):
        """Of two plugins that replace the same one; whoever goes first, in the end it is nobody's."""
        import codecs
        roots = [files.write_folder(f"replacing/{name}", {"plugin.py": f"import codecs\nclass Kept: pass\ndef f(): codecs.register_error('contended', lambda error, kind=Kept: ({name!r}, error.end))\n"}) for name in ("a", "b")]
        for order in ((0, 1), (1, 0)):
            loaded = [plugins.load(root, files.commands("f")) for root in roots]
            kept = []
            for plugin in loaded:
                plugin.execute(["f"])
                kept.append(weakref.ref(plugin.resolve("plugin:Kept")))
            self.assertEqual(b"\xff".decode("ascii", "contended"), "b")
            loaded[order[0]].unload()
            self.assertEqual(b"\xff".decode("ascii", "contended"), "b" if order[0] == 0 else "a")
            loaded[order[1]].unload()
            plugin = loaded = None
            with self.assertRaisesRegex(LookupError, "contended"):
                b"\xff".decode("ascii", "contended")
            gc.collect()
            self.assertEqual([reference() for reference in kept], [None, None])

    def test_adapters_go_with_their_plugin(self):
        try:
            import sqlite3
        except ImportError:
            self.skipTest("this interpreter has no sqlite3")
        source = """
            import sqlite3
            class Kept: pass
            def f():
                sqlite3.register_adapter(Kept, lambda kept: 'kept')
                sqlite3.register_converter('KEPT', lambda text, kind=Kept: kind())
                with sqlite3.connect(':memory:', detect_types=sqlite3.PARSE_DECLTYPES) as database:
                    database.execute('create table t (k KEPT)')
                    database.execute('insert into t values (?)', (Kept(),))
                    assert type(database.execute('select k from t').fetchone()[0]) is Kept
                database.close()
        """
        count, names = len(sqlite3.adapters), set(sqlite3.converters)
        self.check_registered(source, lambda: "KEPT" in sqlite3.converters or len(sqlite3.adapters) > count, lambda: len(sqlite3.adapters) == count and set(sqlite3.converters) == names)

    def test_types_of_ctypes_go_with_their_plugin(self):
        try:
            import ctypes
        except ImportError:
            self.skipTest("this interpreter has no ctypes")
        source = """
            import ctypes
            class Kept(ctypes.Structure):
                _fields_ = [('a', ctypes.c_int)]
            def f():
                assert ctypes.POINTER(Kept) is ctypes.POINTER(Kept) and Kept * 3
                ctypes.POINTER(ctypes.POINTER(Kept))
                ctypes.CFUNCTYPE(None, ctypes.POINTER(Kept), Kept)
                ctypes.CFUNCTYPE(Kept)
        """
        everybodys = ctypes.POINTER(ctypes.c_longdouble)
        ours = lambda: any("Kept" in getattr(kind, "__name__", "") for kind in ctypes._pointer_type_cache)
        self.check_registered(source, ours, lambda: ctypes.POINTER(ctypes.c_longdouble) is everybodys, collections=2)  # types of arrays are kept weakly, by keys that hold their members'

    def test_handlers_of_loggers_go_with_their_plugin(self):
        import logging
        mine = logging.NullHandler()
        mine.addFilter(everybodys := logging.Filter("x"))
        logging.getLogger().addHandler(mine)
        self.addCleanup(logging.getLogger().removeHandler, mine)
        source = """
            import logging
            class Kept(logging.Handler):
                def emit(self, record): pass
                def filter(self, record): return True
            def f():
                for logger in logging.getLogger(), logging.getLogger('everybodys'):
                    logger.addHandler(Kept())
                    logger.addFilter(Kept())
                    logger.addFilter(lambda record, kind=Kept: True)
                logging.getLogger().handlers[0].addFilter(Kept())
        """
        everywhere = lambda: [*logging.root.handlers, *logging.root.filters, *logging.getLogger("everybodys").handlers, *logging.getLogger("everybodys").filters, *mine.filters]
        self.check_registered(source, lambda: any(type(each).__name__ in ("Kept", "function") for each in everywhere()), lambda: mine in logging.root.handlers and mine.filters == [everybodys])

    def test_other_registers_let_go(self):
        """Formats of shutil; and what never held: abc's caches and registers, csv's dialects, a library's single dispatch that only looked."""
        import shutil
        source = """
            import collections.abc, copy, csv, functools, importlib.resources, numbers, pprint, shutil
            class Kept(csv.excel): pass
            def f():
                shutil.register_archive_format('kept', lambda *unused, kind=Kept: None)
                shutil.register_unpack_format('kept', ['.kept'], lambda *unused, kind=Kept: None)
                collections.abc.Sequence.register(Kept)
                numbers.Number.register(Kept)
                assert isinstance(Kept(), collections.abc.Sequence) and not isinstance(Kept(), collections.abc.Mapping) and issubclass(Kept, numbers.Number)
                csv.register_dialect('kept', Kept)
                pprint.pformat(Kept()), copy.deepcopy(Kept())
        """
        has = lambda: "kept" in [row[0] for row in [*shutil.get_archive_formats(), *shutil.get_unpack_formats()]]
        self.check_registered(source, has, lambda: "zip" in shutil._ARCHIVE_FORMATS)

    def test_unloading_one_leaves_its_twin(self):
        root, _ = self.roots("twins")
        first, second = (plugins.load(root, files.commands("who", "things")) for _ in range(2))
        first.execute(["who"])
        second.execute(["who"])
        first.unload()
        self.assertEqual(second.execute(["who"])[0], "folder")
        second.unload()

    def test_caches_of_others_stay(self):
        import linecache
        source = "import sys\nsys.path[:0] = ['', '/', 5]\ndef who():\n    import utils\n    return utils.who()\n"
        mine = linecache.getlines(files.__file__)
        self.assertTrue(mine)
        was = os.getcwd()
        os.chdir(files.write_folder("caches/here"))
        try:
            with plugins.load(files.write_folder("caches/plugin", {"plugin.py": source}), files.manifest()) as plugin:
                self.assertEqual(plugin.execute(["who"])[0], "plugin")
        finally:
            os.chdir(was)
        self.assertIs(linecache.cache[files.__file__][2], mine)

    def test_unload_while_code_of_it_imports(self):
        """A module that is being imported when its plugin goes must not come back into sys.modules."""
        source = "def who():\n    pass\ndef late():\n    import slow\n"
        slow = "import sys\nsys.slow_started.set()\nsys.slow_goes_on.wait(20)\n"
        root = files.write_folder("overtaken", {"plugin.py": source, "slow.py": slow})
        sys.slow_started, sys.slow_goes_on = threading.Event(), threading.Event()
        plugin, failed = plugins.load(root, files.commands("who", "late")), []

        def run():
            try:
                plugin.execute(["late"])
            except ImportError as error:
                failed.append(str(error))

        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(sys.slow_started.wait(20))
        plugin.unload()
        sys.slow_goes_on.set()
        thread.join()
        del sys.slow_started, sys.slow_goes_on
        self.assertRegex(failed[0], "was unloaded")
        self.assertFalse([name for name in sys.modules if "cordon_plugin" in name])

    def test_a_changed_file_is_read_anew(self):
        """Of the same size and time, so byte code could not tell; an archive in the same place with other members."""
        for write, name in ((files.write_folder, "changing"), (files.write_archive, "changing.zip")):
            said = []
            for who in ("one", "two"):
                root = write(name, {"plugin.py": f"def who():\n    return {who!r}\n", f"only_{who}.py": f"WHO = {who!r}\n"})
                if os.path.isdir(root):
                    os.utime(os.path.join(root, "plugin.py"), (1000000000, 1000000000))
                with plugins.load(root, files.manifest()) as plugin:
                    said.append((plugin.execute(["who"]), plugin.module(f"only_{who}").WHO))
            self.assertEqual(said, [("one", "one"), ("two", "two")])
        self.assertFalse([folder for folder, _, _ in os.walk(files.FOLDER) if os.path.basename(folder) == "__pycache__"])

    def test_forged_byte_code_is_not_run(self):
        import importlib.util
        import marshal
        import struct
        root = files.write_folder("forged", {"plugin.py": "def who():\n    return 'source'\n"})
        source = os.path.join(root, "plugin.py")
        os.makedirs(os.path.join(root, "__pycache__"))
        status = os.stat(source)
        header = importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, int(status.st_mtime), status.st_size)
        with open(importlib.util.cache_from_source(source), "wb") as file:
            file.write(header + marshal.dumps(compile("def who():\n    return 'forged'\n", source, "exec")))
        with plugins.load(root, files.manifest()) as plugin:
            self.assertEqual(plugin.execute(["who"]), "source")
        sys.path.insert(0, root)
        try:
            import plugin as twin
            self.assertEqual(twin.who(), "forged")
        finally:
            sys.path.remove(root)
            del sys.modules["plugin"]


class AtOnce(unittest.TestCase):
    def test_threads_load_call_and_unload(self):
        roots = [files.write_folder(f"threads/{index}", {"plugin.py": "import utils\ndef who():\n    from generated.contracts import Point\n    import vendored.parts.inner\n    return utils.who()[0], Point().who, vendored.parts.inner.WHO\n"}) for index in range(4)]
        wrong, barrier = [], threading.Barrier(8)

        def work(number):
            try:
                barrier.wait()
                for _ in range(6):
                    index = number % 4
                    with plugins.load(roots[index], files.manifest()) as plugin:
                        for _ in range(3):
                            if plugin.execute(["who"]) != (str(index),) * 3:
                                wrong.append((number, plugin.execute(["who"])))
            except BaseException as error:
                wrong.append((number, error))

        traces = files.Traces()
        was = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(was)
        self.assertEqual(wrong, [])
        self.assertEqual(traces.left(), {})

    def test_one_handle_from_many_threads(self):
        root = files.write_folder("contended", {"plugin.py": "import time\ntime.sleep(0.01)\ndef who():\n    return 1\n"})
        outcomes, barrier = [], threading.Barrier(6)

        def work():
            barrier.wait()
            try:
                plugins.load("one", root, files.manifest())
                outcomes.append("loaded")
            except plugins.PluginError as error:
                outcomes.append(error.code)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(outcomes.count("loaded"), 1)
        self.assertLessEqual(set(outcomes), {"loaded", "load_in_progress", "already_loaded"})
        self.assertEqual(plugins.execute("one", ["who"]), 1)
        plugins.unload("one")


class Hundreds(unittest.TestCase):
    LOADS = 500

    def test_loads_do_not_add_up(self):
        """Also those that fail. The second half must not need more than the first left."""
        import textwrap
        source = textwrap.dedent(BUSY)
        light = "import utils\nclass Kept: pass\nkept = Kept()\ndef who():\n    return utils.who()\n"
        roots = [files.write_folder("many/folder", {"plugin.py": source}), files.write_archive("many/archive.zip", {"plugin.py": source}), files.write_folder("many/failing", {"plugin.py": source + "raise ValueError\n"}),
                 *(files.write_folder(f"many/light{number}", {"plugin.py": light}) for number in range(4)), *(files.write_archive(f"many/light{number}.zip", {"plugin.py": light}) for number in range(4))]

        def load(index):
            try:
                with plugins.load(roots[index % len(roots)], files.manifest()) as plugin:
                    plugin.execute(["who"])
            except plugins.InitRaised:
                pass

        for index in range(30):
            load(index)
        gc.collect()
        modules = len(sys.modules)
        tracemalloc.start()
        sizes = []
        for half in range(2):
            for index in range(self.LOADS // 2):
                load(index)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        self.assertEqual(len(sys.modules), modules)
        self.assertLess(sizes[1] - sizes[0], 64 << 10, sizes)


unittest.main()
