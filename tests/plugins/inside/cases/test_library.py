"""What the standard library looks up by name is looked up in the right plugin: pickle, dataclasses, typing, resources, mock and the like. Two folders and an archive at a time."""
import os
import pickle
import sys
import unittest

import plugin_files as files
from cordon import plugins

# Each defines f(), which answers with the plugin's name if everything in it is found where it should be.
CASES = {
    "pickle_instance": """
        import pickle
        from generated.contracts import Point
        def f():
            back = pickle.loads(pickle.dumps(Point()))
            assert type(back) is Point
            return back.who
    """,
    "pickle_every_protocol": """
        import io, pickle
        from generated.contracts import Point
        import utils
        def f():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                file = io.BytesIO()
                pickle.dump([Point, Point(), utils.who, {'a': Point('x')}], file, protocol)
                file.seek(0)
                kind, point, function, inner = pickle.load(file)
                assert kind is Point and type(point) is Point and function is utils.who and inner['a'].who == 'x'
            return point.who
    """,
    "pickle_by_generic_name": """
        import pickle
        from generated.contracts import Point
        def f():
            return pickle.loads(b'cgenerated.contracts\\nPoint\\n(tR.').who
    """,
    "pickle_class_of_another_name": """
        import pickle
        import generated.contracts
        class Late:
            who = {who!r}
        Late.__module__ = 'generated.contracts'
        generated.contracts.Late = Late
        def f():
            data = pickle.dumps(Late())
            assert b'cordon' not in data, data
            return type(pickle.loads(data)).who
    """,
    "pickle_nested_and_methods": """
        import pickle
        class Outer:
            class Inner:
                who = {who!r}
                def say(self):
                    return self.who
        def f():
            assert pickle.loads(pickle.dumps(Outer.Inner)) is Outer.Inner
            return pickle.loads(pickle.dumps(Outer.Inner().say))()
    """,
    "pickle_objects_by_name": """
        import copyreg, io, pickle, typing
        import named
        T = typing.TypeVar('T')
        Named = typing.NewType('Named', int)
        class Registered: pass
        registered = Registered()
        copyreg.pickle(Registered, lambda thing: 'registered')
        def f():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                data = pickle.dumps([named.ONE, named.Holder.inner, T, Named, registered, named.Counted()], protocol)
                assert b'cordon' not in data, data
                one, inner, t, kind, same, counted = pickle.loads(data)
                assert one is named.ONE and inner is named.Holder.inner and t is T and kind is Named and same is registered
                assert counted.reduced == 1, counted.reduced
            class Own(pickle.Pickler):
                dispatch_table = {named.Single: lambda thing: 'TWO'}
            file = io.BytesIO()
            Own(file).dump(named.TWO)
            assert pickle.loads(file.getvalue()) is named.TWO
            for lies in (named.Single('ONE'), named.Single('absent'), named.Single('who.<locals>.x')):
                try:
                    pickle.dumps(lies)
                except pickle.PicklingError as error:
                    assert 'named.' + lies.name in str(error) and 'cordon' not in str(error), error
                else:
                    raise AssertionError('another object was written by its name')
            return pickle.loads(pickle.dumps(named.ONE)).who
    """,
    "pickle_local_is_refused": """
        import pickle
        def f():
            class Local: pass
            try:
                pickle.dumps(Local)
            except (pickle.PicklingError, AttributeError) as error:
                assert 'Local' in str(error), error
                return {who!r}
    """,
    "pickle_of_everybodys": """
        import collections, decimal, pickle
        def f():
            value = [collections.OrderedDict(a=1), decimal.Decimal('1.5'), len]
            assert pickle.loads(pickle.dumps(value)) == value
            return {who!r}
    """,
    "pickle_subclasses": """
        import io, pickle
        from generated.contracts import Point
        class Mine(pickle.Pickler):
            def persistent_id(self, thing):
                return 'p' if thing == 'P' else None
        class Reads(pickle.Unpickler):
            def persistent_load(self, name):
                return {who!r}
        def f():
            file = io.BytesIO()
            Mine(file).dump([Point(), 'P'])
            point, said = Reads(io.BytesIO(file.getvalue())).load()
            assert type(point) is Point
            return said
    """,
    "pickle_by_shared_code": """
        import copy, shelve, tempfile, os
        from generated.contracts import Point
        def f():
            with tempfile.TemporaryDirectory() as folder:
                with shelve.open(os.path.join(folder, 'shelf')) as shelf:
                    shelf['a'] = Point()
                    assert type(shelf['a']) is Point
            return copy.deepcopy(Point()).who
    """,
    "copyreg": """
        import copy, copyreg, pickle
        class Odd:
            def __init__(self, who): self.who = who
        copyreg.pickle(Odd, lambda odd: (Odd, (odd.who,)))
        def f():
            return pickle.loads(pickle.dumps(copy.copy(Odd({who!r})))).who
    """,
    "dataclasses": """
        from __future__ import annotations
        import dataclasses, typing
        from generated.contracts import Point
        @dataclasses.dataclass
        class Line:
            shared: typing.ClassVar[str] = 'not a field'
            start: Point = dataclasses.field(default_factory=Point)
            extra: dataclasses.InitVar[int] = 0
        Made = dataclasses.make_dataclass('Made', [('p', Point)])
        def f():
            assert [field.name for field in dataclasses.fields(Line)] == ['start']
            assert Made.__module__ == __name__
            return dataclasses.replace(Line()).start.who
    """,
    "typing": """
        from __future__ import annotations
        import typing
        if typing.TYPE_CHECKING:
            from nowhere import Nothing
        from generated.contracts import Point
        class Node:
            next: 'Node | None'
            point: Point
        class Typed(typing.TypedDict):
            point: 'Point'
        def g(a: 'Point') -> Node: ...
        def f():
            hints = typing.get_type_hints(Node)
            assert hints['point'] is Point and hints['next'] == (Node | None)
            assert typing.get_type_hints(g) == {'a': Point, 'return': Node}
            assert typing.get_type_hints(Typed)['point'] is Point
            return hints['point']().who
    """,
    "enum_and_namedtuple": """
        import collections, enum, pickle, typing
        class Colour(enum.Enum):
            RED = {who!r}
        Pair = collections.namedtuple('Pair', 'a b')
        Made = enum.Enum('Made', 'A B')
        class Typed(typing.NamedTuple):
            who: str
        def f():
            assert pickle.loads(pickle.dumps(Colour.RED)) is Colour.RED
            assert pickle.loads(pickle.dumps(Made.A)) is Made.A
            assert pickle.loads(pickle.dumps(Pair(1, 2))) == Pair(1, 2)
            return pickle.loads(pickle.dumps(Typed(Colour.RED.value))).who
    """,
    "abc_and_singledispatch": """
        import abc, functools
        from generated.contracts import Point
        class Base(abc.ABC):
            @abc.abstractmethod
            def who(self): ...
        class Child(Base):
            def who(self): return {who!r}
        @functools.singledispatch
        def say(thing): return 'nobody'
        @say.register
        def _(thing: 'Point'): return thing.who
        def f():
            try:
                Base()
            except TypeError:
                assert Child().who() == say(Point())
                return say(Point())
    """,
    "mock": """
        from unittest import mock
        import unittest.mock
        import utils
        @mock.patch('utils.who', lambda: 'patched')
        def g():
            return utils.who()
        def f():
            assert g() == 'patched'
            with unittest.mock.patch.dict('utils.__dict__', WHO='dict'):
                assert utils.who()[0] == 'dict'
            with mock.patch.multiple('utils', WHO='multiple'):
                assert utils.who()[0] == 'multiple'
            with mock.patch.object(utils, 'WHO', 'object'), mock.patch('sys.argv', ['patched']):
                import sys
                assert utils.who()[0] == 'object' and sys.argv == ['patched']
            assert isinstance(mock.Mock(), unittest.mock.NonCallableMock)
            return utils.who()[0]
    """,
    "logging_config": """
        import logging, logging.config
        import handlers
        def f():
            logging.config.dictConfig({'version': 1, 'disable_existing_loggers': False, 'handlers': {'h': {'class': 'handlers.Keeping', 'stream': 'ext://handlers.KEPT'}},
                                       'loggers': {'handlers': {'handlers': ['h'], 'level': 'INFO', 'propagate': False}}})
            handlers.log.info({who!r})
            return handlers.KEPT.pop()
    """,
    "resources": """
        import importlib.resources, pkgutil
        from importlib import resources
        def f():
            assert importlib.resources.files('generated').joinpath('data.txt').read_text() == {who!r}
            assert resources.files(__import__('generated')).joinpath('data.txt').read_text() == {who!r}
            assert resources.read_text('generated', 'data.txt') == {who!r}
            import generated.reading
            assert generated.reading.f() == {who!r}
            with resources.as_file(resources.files('generated') / 'data.txt') as path:
                assert path.read_text() == {who!r}
            return pkgutil.get_data('generated', 'data.txt').decode()
    """,
    "resources_of_a_namespace": """
        import importlib.resources
        import spread.inner
        def f():
            assert importlib.resources.files('spread').joinpath('data.txt').read_text() == {who!r}
            return importlib.resources.files(spread).joinpath('data.txt').read_text()
    """,
    "walking": """
        import importlib, pkgutil
        import vendored
        def f():
            assert [found.name for found in pkgutil.iter_modules(vendored.__path__)] == ['parts']
            names = [found.name for found in pkgutil.walk_packages(vendored.__path__, 'vendored.')]
            assert names == ['vendored.parts', 'vendored.parts.inner'], names
            return importlib.import_module(names[-1]).WHO
    """,
    "source_and_traceback": """
        import inspect, linecache, traceback
        import utils
        def failing():
            raise ValueError('here')  # the line
        def f():
            assert inspect.getsource(utils.who).startswith('def who():')
            assert inspect.getmodule(utils.who) is utils
            assert inspect.getsource(__import__('generated.contracts', fromlist='Point').Point).startswith('@dataclasses')
            try:
                failing()
            except ValueError:
                assert '# the line' in traceback.format_exc(), traceback.format_exc()
            return linecache.getline(utils.__file__, 3).split(chr(39))[1]
    """,
    "metadata": """
        import importlib.metadata
        from importlib.metadata import version
        def f():
            assert version('vendored') == importlib.metadata.distribution('vendored').version
            import vendored
            assert version(vendored.__name__) == version('vendored')
            try:
                version('no-such-distribution')
            except importlib.metadata.PackageNotFoundError:
                return version('vendored')
    """,
    "sys_view": """
        import importlib.machinery, os, sys, io
        import utils
        from importlib import machinery, abc
        def f():
            assert sys.modules['os'] is os and sys.modules.get('no_such') is None and importlib.machinery is machinery
            assert 'utils' in list(sys.modules) and len(sys.modules) == len(list(sys.modules))
            assert not any(name.startswith('__cordon') for name in sys.modules)
            was, sys.stdout = sys.stdout, io.StringIO()
            try:
                print('caught')
                said = sys.stdout.getvalue()
            finally:
                sys.stdout = was
            assert said == 'caught\\n'
            try:
                del sys.modules['os']
            except KeyError:
                pass
            else:
                raise AssertionError('a module of everybody was removed')
            del sys.modules['utils']
            import utils as anew
            assert anew is not utils and sys.modules['utils'] is anew
            return anew.who()[0]
    """,
    "doctest_and_main": """
        import sys
        ran = []
        if __name__ == '__main__':
            ran.append('as a program')
        def f():
            assert not ran and '__main__' in sys.modules
            return {who!r}
    """,
}
EXTRA = {
    "generated/data.txt": "{who}", "spread/data.txt": "{who}", "spread/inner.py": "", "generated/reading.py": "from importlib import resources\ndef f():\n    return resources.files().joinpath('data.txt').read_text()\n",
    "named.py": "class Single:\n    who = {who!r}\n    def __init__(self, name):\n        self.name = name\n    def __reduce__(self):\n        return self.name\nONE, TWO = Single('ONE'), Single('TWO')\nclass Holder:\n    inner = Single('Holder.inner')\n"
                "class Counted:\n    reduced = 0\n    def __reduce_ex__(self, protocol):\n        self.reduced += 1\n        return Counted._made, (self.reduced,)\n    @staticmethod\n    def _made(reduced):\n        made = Counted()\n        made.reduced = reduced\n        return made\n",
    "handlers.py": "import logging\nKEPT = []\nlog = logging.getLogger(__name__)\nclass Keeping(logging.Handler):\n    def __init__(self, stream):\n        super().__init__()\n        self.kept = stream\n    def emit(self, record):\n        self.kept.append(record.getMessage())\n",
    "vendored-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: vendored\nVersion: {who}\n",
}


def extra(who):
    return {name: text.replace("{who}", who).replace("{who!r}", repr(who)) for name, text in EXTRA.items()}


class Library(unittest.TestCase):
    def check(self, case):
        names = [f"{case}_a", f"{case}_b"]
        loaded = [plugins.load(files.write_folder(f"{case}/{who}", extra(who) | {"plugin.py": CASES[case]}), files.commands("f")) for who in names]
        loaded.append(plugins.load(files.write_archive(f"{case}/{case}_c.whl", extra(f"{case}_c") | {"plugin.py": CASES[case]}), files.commands("f")))
        for who, plugin in zip([*names, f"{case}_c"], loaded):
            self.assertEqual(plugin.execute(["f"]), who)
            self.assertNotIn("utils", sys.modules)
        for plugin in loaded:
            plugin.unload()


for _case in CASES:
    setattr(Library, f"test_{_case}", lambda self, case=_case: self.check(case))

TWO = {"plugin.py": "import pickle\nfrom generated.contracts import Point\nclass Single:\n    def __reduce__(self):\n        return 'single'\nsingle = Single()\ndef dump_single():\n    return pickle.dumps(single)\ndef is_single(data):\n    return pickle.loads(data) is single\ndef dump():\n    return pickle.dumps(Point('kept'))\ndef load(data):\n    thing = pickle.loads(data)\n    return type(thing) is Point and thing.who\ndef name():\n    return __name__\n"}


class BetweenLoads(unittest.TestCase):
    def test_what_one_load_wrote_another_reads(self):
        root = files.write_folder("stored", TWO)
        with plugins.load(root, files.commands("dump")) as first:
            data = first.execute(["dump"])
        self.assertNotIn(b"cordon", data)
        with plugins.load(root, files.commands("load")) as second:
            self.assertEqual(second.execute(["load", data]), "kept")
        with self.assertRaises(ModuleNotFoundError):
            pickle.loads(data)

    def test_objects_by_name_are_those_of_who_reads(self):
        root = files.write_folder("stored_names", TWO)
        with plugins.load(root, files.commands("dump_single", "is_single")) as first, plugins.load(root, files.commands("is_single", "dump_single")) as second:
            data = first.execute(["dump_single"])
            self.assertNotIn(b"cordon", data)
            self.assertIs(first.execute(["is_single", data]), True)
            self.assertIs(second.execute(["is_single", data]), True)
            self.assertIsNot(first.resolve("plugin:single"), second.resolve("plugin:single"))
            # What is another plugin's is not written as one's own of that name.
            with self.assertRaisesRegex(pickle.UnpicklingError, "of another plugin"):
                second.execute(["is_single", second.resolve("pickle:dumps")(first.resolve("plugin:single"))])

    def test_a_python_without_plugins_reads_it(self):
        root = files.write_folder("stored_plainly", TWO)
        with plugins.load(root, files.commands("dump")) as plugin:
            data = plugin.execute(["dump"])
        sys.path.insert(0, root)
        try:
            self.assertEqual(pickle.loads(data).who, "kept")
        finally:
            sys.path.remove(root)
            for name in ("generated", "generated.contracts"):
                sys.modules.pop(name)

    def test_names_of_another_plugin_are_refused(self):
        with plugins.load(files.write_folder("foreign/a", TWO), files.commands("name", "load")) as first, plugins.load(files.write_folder("foreign/b", TWO), files.commands("name", "load")) as second:
            for asked, is_own in ((first, True), (second, False)):
                module = asked.execute(["name"]).replace(".plugin", ".generated.contracts")
                data = b"c" + module.encode() + b"\nPoint\n(S'kept'\ntR."
                if is_own:
                    self.assertEqual(first.execute(["load", data]), "kept")
                else:
                    with self.assertRaisesRegex(pickle.UnpicklingError, "of another plugin"):
                        first.execute(["load", data])

    @unittest.skipUnless(hasattr(os, "fork") and sys.platform == "linux" and "cordon-python" in sys.executable, "a sandbox has no processes")
    def test_processes(self):
        source = "import multiprocessing, utils\ndef work(queue):\n    import utils\n    from generated.contracts import Point\n    queue.put((utils.who(), Point()))\ndef f():\n    context = multiprocessing.get_context('fork')\n    queue = context.SimpleQueue()\n    process = context.Process(target=work, args=(queue,))\n    process.start()\n    said, point = queue.get()\n    process.join()\n    assert process.exitcode == 0\n    return said, point.who\n"
        with plugins.load(files.write_folder("forking", {"plugin.py": source}), files.commands("f")) as plugin:
            self.assertEqual(plugin.execute(["f"]), (("forking", "forking-vendored"), "forking"))


unittest.main()
