"""Each way in which a plugin can fail has its own error, says what and where, and leaves nothing; each beside a twin that succeeds."""
import os
import sys
import unittest

import plugin_files as files
from cordon import plugins

FUNCTIONS = {"plugin.py": "def who():\n    import utils\n    return utils.who()\ndef add(a, b=2):\n    return a + b\nclass Made:\n    def who(self):\n        return 'made'\nnot_callable = 5\n"}


class Failing(unittest.TestCase):
    def setUp(self):
        files.write_folder("warm")
        plugins.load(os.path.join(files.FOLDER, "warm"), files.manifest()).unload()
        self.traces = files.Traces()

    def tearDown(self):
        self.assertEqual(self.traces.left(), {})

    def refused(self, error, code, text, root, manifest=None, **options):
        with self.assertRaisesRegex(error, text) as caught:
            plugins.load(root, manifest, **options)
        self.assertIs(type(caught.exception), error)
        self.assertIsInstance(caught.exception, plugins.PluginError)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(self.traces.left(), {})
        return caught.exception

    def loads(self, root, manifest, command="who", **options):
        with plugins.load(root, manifest, **options) as plugin:
            return plugin.execute([command])


class Paths(Failing):
    def test_no_such_path(self):
        for path, text in (("", "an empty path"), (os.path.join(files.FOLDER, "absent"), "no such folder"), ("\0", "no plugin at"), (os.path.join(files.FOLDER, "absent.zip"), "no such folder")):
            self.refused(plugins.NoPlugin, "no_plugin", text, path, files.manifest())
        with self.assertRaises(plugins.NoPlugin):
            plugins.load(1, 5, files.manifest())

    def test_file_that_is_no_archive(self):
        path = os.path.join(files.FOLDER, "text.zip")
        with open(path, "w") as file:
            file.write("not a zip")
        self.refused(plugins.NoPlugin, "no_plugin", "not a folder, zip or wheel", path, files.manifest())
        self.refused(plugins.NoPlugin, "no_plugin", "not a folder, zip or wheel", path)

    def test_relative_paths_and_the_working_directory(self):
        root = files.write_folder("relative")
        was = os.getcwd()
        try:
            os.chdir(root)
            for path in (".", "../relative", "./"):
                self.assertEqual(self.loads(path, files.manifest())[0], "relative")
            os.chdir(files.FOLDER)
            with plugins.load("relative", files.manifest()) as plugin:
                os.chdir("/")
                self.assertEqual(plugin.execute(["who"])[0], "relative")
            self.refused(plugins.NoPlugin, "no_plugin", "no such folder", "relative", files.manifest())
        finally:
            os.chdir(was)

    def test_symbolic_link_that_changes_its_mind(self):
        link = os.path.join(files.FOLDER, "current")
        old, new = (files.write_folder(f"link/{who}", {"plugin.py": "def who():\n    import utils\n    return utils.who()\n"}) for who in ("old", "new"))
        os.symlink(old, link)
        with plugins.load(link, files.manifest()) as first:
            os.unlink(link)
            os.symlink(new, link)
            with plugins.load(link, files.manifest()) as second:
                self.assertEqual((first.execute(["who"])[0], second.execute(["who"])[0]), ("old", "new"))
        os.unlink(link)

    def test_paths_of_other_kinds(self):
        import pathlib
        root = files.write_folder("kinds")
        self.assertEqual(self.loads(pathlib.Path(root), files.manifest())[0], "kinds")
        self.assertEqual(self.loads(root.encode(), files.manifest())[0], "kinds")
        self.assertEqual(self.loads(root + "/", files.manifest())[0], "kinds")


class Versions(Failing):
    def test_api_version_must_be_the_same(self):
        root = files.write_folder("versioned")
        error = self.refused(plugins.WrongApiVersion, "wrong_api_version", "made for API version '1', and this host has '2'", root, files.manifest(), api_version="2")
        self.assertEqual((error.wanted, error.found), ("2", "1"))
        self.refused(plugins.WrongApiVersion, "wrong_api_version", "'1.0'", root, files.manifest(), api_version="1.0")
        self.assertEqual(self.loads(root, files.manifest(), api_version="1")[0], "versioned")
        self.assertEqual(self.loads(root, files.manifest(api_version=1), api_version=1)[0], "versioned")

    def test_no_code_runs_before(self):
        root = files.write_folder("unrun", {"plugin.py": "raise SystemExit('ran')\n"})
        self.refused(plugins.WrongApiVersion, "wrong_api_version", "API", root, files.manifest(), api_version="2")


class Entries(Failing):
    def test_entry_that_is_not_there(self):
        root = files.write_folder("entries", FUNCTIONS)
        for entry, text in (("absent", "no module 'absent'"), ("absent:x", "no module 'absent'"), ("plugin:absent", "has no 'absent'"), ("plugin.inner", "no module 'plugin.inner'"), ("utils:who.absent", "has no 'who.absent'")):
            self.refused(plugins.NoEntry, "no_entry", text, root, files.manifest(entry=entry))
        self.assertEqual(self.loads(root, files.manifest(entry="plugin"))[0], "entries")
        self.assertEqual(self.loads(root, files.manifest(entry="plugin:Made")), "made")

    def test_everybodys_module_is_no_entry(self):
        """An entry that the plugin does not bring would be somebody else's code."""
        self.refused(plugins.NoEntry, "no_entry", "no module 'json'", files.write_folder("borrowing"), files.manifest(entry="json"))

    def test_promised_function_that_is_not_there(self):
        root = files.write_folder("promises", FUNCTIONS)
        for changes, text in (({"commands": {"absent": {}}}, "command 'absent'.*no such function 'absent'"), ({"commands": {"not-callable": {}}}, "not_callable"),
                              ({"contracts": {"identity": {"functions": {"absent": {}}}}}, "function 'absent' of contract 'identity'")):
            self.refused(plugins.FunctionMissing, "function_missing", text, root, files.manifest(**changes))


class Initialisation(Failing):
    def test_code_that_raises(self):
        for name, source, text in (("value", "import utils\nraise ValueError('no luck')", "ValueError: no luck"), ("exit", "import utils, sys\nsys.exit(3)", "SystemExit: 3"),
                                   ("syntax", "def (", "SyntaxError"), ("import", "import utils, absent_module", "ModuleNotFoundError: No module named 'absent_module'"),
                                   ("base", "raise BaseException('base')", "BaseException: base"), ("group", "raise ExceptionGroup('g', [ValueError(1)])", "ExceptionGroup"),
                                   ("name", "import utils\nutils.absent", "module 'utils' has no attribute"), ("submodule", "import utils.inner", "No module named 'utils.inner'; 'utils' is not a package")):
            for write, suffix in ((files.write_folder, ""), (files.write_archive, ".zip")):
                error = self.refused(plugins.InitRaised, "init_raised", text, write(f"raising/{name}{suffix}", {"plugin.py": source + "\n"}), files.manifest())
                self.assertIsNotNone(error.__cause__)
                self.assertIn("plugin.py", error.trace)
                self.assertNotIn("cordon/plugins", error.trace)
                self.assertNotIn("__cordon_plugin", error.trace + str(error))
                del error

    def test_import_errors_with_names_of_their_own_pass_as_they_are(self):
        source = "import importlib.metadata\ntry:\n    import asks\nexcept importlib.metadata.PackageNotFoundError as error:\n    def said(): return 'nothing_such'\n"
        root = files.write_folder("nameless", {"plugin.py": source, "asks.py": "import importlib.metadata\nimportlib.metadata.version('nothing_such')\n"})
        with plugins.load(root, files.commands("said")) as plugin:
            self.assertEqual(plugin.execute(["said"]), "nothing_such")

    def test_class_that_raises(self):
        root = files.write_folder("constructing", {"plugin.py": "class Entry:\n    def __init__(self):\n        import vendored.parts\n        raise KeyError('k')\n    def who(self): pass\n"})
        error = self.refused(plugins.InitRaised, "init_raised", "KeyError: 'k'", root, files.manifest(entry="plugin:Entry"))
        self.assertIsInstance(error.__cause__, KeyError)
        del error

    def test_what_is_the_hosts_passes(self):
        for kind in (KeyboardInterrupt, MemoryError):
            root = files.write_folder(f"passing/{kind.__name__}", {"plugin.py": f"import utils\nraise {kind.__name__}\n"})
            with self.assertRaises(kind):
                plugins.load(root, files.manifest())
            self.assertEqual(self.traces.left(), {})

    def test_failure_after_much_was_touched(self):
        source = "import sys, logging, linecache, pkgutil, vendored, importlib.resources, traceback\nsys.path.append('/nowhere')\nsys.modules['planted'] = sys\nlogging.getLogger(__name__)\n" \
                 "list(pkgutil.walk_packages(vendored.__path__))\nlist(pkgutil.iter_modules([vendored.__path__[0]]))\ntry:\n    1/0\nexcept ZeroDivisionError:\n    traceback.format_exc()\nlinecache.getlines(__file__)\nraise ValueError\n"
        for write, suffix in ((files.write_folder, ""), (files.write_archive, ".zip")):
            error = self.refused(plugins.InitRaised, "init_raised", "ValueError", write(f"touching{suffix}", {"plugin.py": source}), files.manifest())
            self.assertNotIn("planted", sys.modules)
            del error

    def test_a_failed_load_can_be_repeated(self):
        import importlib
        root = files.write_folder("mended", {"plugin.py": "raise ValueError\n"})
        with self.assertRaises(plugins.InitRaised):
            plugins.load(7, root, files.manifest())
        files.write_folder("mended")
        plugins.load(7, root, files.manifest())
        self.assertEqual(plugins.execute(7, ["who"])[0], "mended")
        plugins.unload(7)


class MachineCode(Failing):
    def test_it_is_refused_and_its_twin_is_taken(self):
        root = files.write_folder("native", {"fast.cpython-313-x86_64-linux-gnu.so": "x", "other.so": "x", "other.py": "WHO = 'python'\n", "plugin.py": "import fast\n"})
        import importlib.machinery
        suffixes = importlib.machinery.EXTENSION_SUFFIXES
        if ".so" not in suffixes:
            self.skipTest("this interpreter knows no machine code")
        os.rename(os.path.join(root, "fast.cpython-313-x86_64-linux-gnu.so"), os.path.join(root, "fast" + suffixes[0]))
        error = self.refused(plugins.NativeModule, "native_module", "fast.*machine code", root, files.manifest())
        self.assertIsInstance(error, ImportError)
        self.assertEqual(error.name, "fast")
        files.write_folder("native", {"plugin.py": "try:\n    import fast\nexcept ImportError:\n    fast = None\nimport other\ndef who():\n    return fast, other.WHO\n"})
        self.assertEqual(self.loads(root, files.manifest()), (None, "python"))


class Calls(Failing):
    def setUp(self):
        super().setUp()
        parameters = [{"name": "a", "type": "int"}, {"name": "b", "type": "int|none", "required": False}]
        self.plugin = plugins.load(files.write_folder("calls", FUNCTIONS), files.manifest(
            commands={"add": {"parameters": parameters}, "who": {}}, contracts={"sums": {"functions": {"add": {"parameters": parameters, "returns": "int"}}}, "loose": {"functions": {"who": {}}}}))

    def tearDown(self):
        if plugins._loaded.is_loaded(self.plugin):
            self.plugin.unload()
        super().tearDown()

    def test_what_fits(self):
        call, handle = plugins.call, self.plugin.handle
        for _ in range(3):
            self.assertEqual(call(handle, "sums", "add", [1], {}), 3)
            self.assertEqual(call(handle, "sums", "add", (1, 5)), 6)
            self.assertEqual(call(handle, "sums", "add", (), {"b": 1, "a": 2}), 3)
            self.assertEqual(self.plugin.call("sums", "add", 1, b=1), 2)
            self.assertEqual(self.plugin.execute({"command": "add", "a": 4}), 6)
            self.assertEqual(self.plugin.execute(["add", 4, 1]), 5)

    def test_what_does_not(self):
        for _ in range(3):
            for positional, named, text in (((), {}, "missing 1 required argument: 'a'"), (("x",), {}, "argument 'a' must be int, not str"), ((True,), {}, "must be int, not bool"), ((1, 2, 3), {}, "takes 2 positional"),
                                            ((1,), {"a": 1}, "multiple values"), ((1,), {"c": 1}, "unexpected keyword argument 'c'"), ((1, 1.5), {}, "argument 'b' must be int or none, not float")):
                with self.assertRaisesRegex(plugins.ArgumentsDoNotFit, text) as caught:
                    plugins.call(self.plugin.handle, "sums", "add", positional, named)
                self.assertEqual(caught.exception.code, "arguments_do_not_fit")
                self.assertIsInstance(caught.exception, TypeError)
            for function, contract in (("add", "sums"), ("who", "loose")):
                with self.assertRaisesRegex(plugins.ArgumentsDoNotFit, "must be texts"):
                    plugins.call(self.plugin.handle, contract, function, (), {1: 2})
            for arguments in (5, {1: 2}, "add"):
                with self.assertRaises(plugins.ArgumentsDoNotFit):
                    self.plugin.execute(arguments)
            self.assertEqual(self.plugin.call("sums", "add", 1), 3)

    def test_functions_that_are_not_there(self):
        for contract, function, text in (("sum", "add", "no contract 'sum'; did you mean 'sums'"), ("sums", "ad", "no function 'ad'; did you mean 'add'"), ("sums", "zzz", "there are 'add'"), ("sums", "who", "no function 'who'"), ("zz", None, "there are 'sums', 'loose'"), ([], "add", r"no contract \[\]"), ("sums", {}, r"no function \{\}")):
            with self.assertRaisesRegex(plugins.FunctionMissing, text) as caught:
                self.plugin.call(contract, function)
            self.assertEqual(caught.exception.code, "function_missing")
        for arguments, text in ((["abb"], "no command 'abb'"), ([], "which command"), (None, "which command"), ({}, "which command"), (["not_callable"], "no command"), ([[]], r"no command \[\]"), ({"command": None}, "no command None")):
            with self.assertRaisesRegex(plugins.FunctionMissing, text):
                self.plugin.execute(arguments)

    def test_handles_that_are_not_there(self):
        for function in (plugins.describe, plugins.unload, plugins.execute, lambda handle: plugins.call(handle, "sums", "add")):
            with self.assertRaisesRegex(plugins.NotLoaded, "as 99") as caught:
                function(99)
            self.assertEqual(caught.exception.code, "not_loaded")
        with self.assertRaisesRegex(plugins.NotLoaded, r"as \[\]"):
            plugins.call([], "sums", "add")
        self.plugin.unload()
        with self.assertRaisesRegex(plugins.NotLoaded, "was unloaded"):
            self.plugin.call("sums", "add", 1)
        with self.assertRaises(plugins.NotLoaded):
            self.plugin.unload()

    def test_things_that_cannot_be_what_they_are_given_for(self):
        root = files.write_folder("wrong_types", FUNCTIONS)
        for handle in ([], {}, set()):
            with self.assertRaisesRegex(plugins.ArgumentsDoNotFit, f"handle must be .*not {type(handle).__name__}") as caught:
                plugins.load(handle, root, files.manifest())
            self.assertEqual(caught.exception.code, "arguments_do_not_fit")
            for function in (plugins.describe, plugins.unload, plugins.execute):
                with self.assertRaises(plugins.NotLoaded):
                    function(handle)
        with self.assertRaisesRegex(plugins.ArgumentsDoNotFit, "takes a path and a manifest"):
            plugins.load(root, {}, {})
        for handle in ("text", (1, "pair"), None, 2.5):
            self.assertEqual(plugins.load(handle, root, files.manifest())["name"], "probe")
            self.assertEqual(plugins.execute(handle, ["who"])[0], "wrong_types")
            plugins.unload(handle)
        for positional, named in ((5, None), (None, None), ("ab", None), (iter([1]), None), ((1,), 5), ((1,), ["b"]), ((1,), {1: 2}), ((1,), "b")):
            for _ in range(2):
                with self.assertRaises(plugins.ArgumentsDoNotFit):
                    plugins.call(self.plugin.handle, "sums", "add", positional, named)
                self.assertEqual(plugins.call(self.plugin.handle, "sums", "add", [1], {"b": 2}), 3)
        for function in (self.plugin.module, self.plugin.resolve):
            for name in (5, None, [], b"utils"):
                with self.assertRaisesRegex(plugins.ArgumentsDoNotFit, "name of a module must be a text"):
                    function(name)
        self.assertEqual(self.plugin.module("utils").WHO, "calls")
        self.assertEqual(self.plugin.resolve("utils:WHO"), "calls")

    def test_a_handle_is_used_once(self):
        root = files.write_folder("handles")
        described = plugins.load(3, root, files.manifest())
        self.assertEqual((described["name"], described["capabilities"], plugins.describe(3)), ("probe", [], described))
        with self.assertRaisesRegex(plugins.AlreadyLoaded, "loaded as 3 already") as caught:
            plugins.load(3, root, files.manifest())
        self.assertEqual(caught.exception.code, "already_loaded")
        self.assertEqual(plugins.execute(3, ["who"])[0], "handles")
        plugins.unload(3)
        plugins.load(3, root, files.manifest())
        plugins.unload(3)

    def test_what_the_plugin_raises_is_its_own(self):
        with plugins.load(files.write_folder("own_errors", {"plugin.py": "class Odd(Exception): pass\ndef who():\n    raise Odd('mine')\n"}), files.manifest()) as plugin:
            with self.assertRaisesRegex(Exception, "mine") as caught:
                plugin.execute(["who"])
            self.assertEqual(type(caught.exception).__name__, "Odd")
            self.assertNotIsInstance(caught.exception, plugins.PluginError)
        caught = None

    def test_coroutines_are_handed_back(self):
        import asyncio
        with plugins.load(files.write_folder("coroutine", {"plugin.py": "import asyncio\nasync def who():\n    await asyncio.sleep(0)\n    import utils\n    return utils.who()\n"}), files.manifest()) as plugin:
            self.assertEqual(asyncio.run(plugin.execute(["who"]))[0], "coroutine")
            self.assertEqual(asyncio.run(plugin.call("identity", "who"))[0], "coroutine")


class InProgress(Failing):
    def test_a_plugin_that_is_being_loaded_cannot_be_used(self):
        source = "from cordon import plugins\ngot = []\nfor use in (plugins.describe, plugins.execute, plugins.unload, lambda handle: plugins.call(handle, 'identity', 'who'), lambda handle: plugins.load(handle, {root!r}, {})):\n" \
                 "    try:\n        use(11)\n    except plugins.PluginError as error:\n        got.append(error.code)\ndef who():\n    return got\n"
        root = files.write_folder("impatient")
        manifest = files.manifest()
        files.write_folder("impatient", {"plugin.py": source.replace("{root!r}", repr(root)).replace(", {})", f", {manifest!r})")})
        plugins.load(11, root, manifest)
        self.assertEqual(plugins.execute(11, ["who"]), ["load_in_progress"] * 5)
        plugins.unload(11)


class Manifests(Failing):
    def test_bad_ones_name_the_place(self):
        root = files.write_folder("manifests")
        parameter = lambda **row: {"commands": {"who": {"parameters": [row]}}}
        for changes, text in (({"name": None}, "'name' is missing"), ({"name": ""}, "name: must be a text that is not empty"), ({"name": 5}, "name: must be a text"), ({"version": []}, "version: must be"), ({"version": 1.1}, "version: must be a text"), ({"name": "a b"}, "name: must be a name"), ({"name": "../a"}, "name: must be a name"), ({"version": "1 0"}, "without blanks"),
                              ({"api_version": True}, "api_version: must be"), ({"api_version": 1.0}, "api_version: must be a text"), (parameter(name="a", default=1, required=True), "has a default, and is required"),
                              ({"commands": {"who": {"parameters": [{"name": "a", "required": False}, {"name": "b"}]}}}, "'b' is required, and stands behind 'a'"), ({"entry": None}, "'entry' is missing"), ({"entry": "a b"}, 'entry: must be "module:attribute"'), ({"entry": "a:"}, "entry: must"), ({"entry": ":a"}, "entry: must"),
                              ({"entry": "../a"}, "entry: must"), ({"surprise": 1}, "unknown key 'surprise'"), ({"commands": []}, "commands: must be a mapping of names"), ({"commands": {"who": 5}}, "commands.who: must be a mapping"),
                              ({"commands": {"who": {"parameters": {}}}}, "commands.who.parameters: must be a list"), (parameter(), r"parameters\[0\]: 'name' is missing"), (parameter(name="a b"), r"parameters\[0\].name: must be a name"),
                              (parameter(name="a", type="strr"), r"parameters\[0\].type: unknown type 'strr'"), (parameter(name="a", required=1), "required: must be true or false"), (parameter(name="a", kind=1), "unknown key 'kind'"),
                              ({"commands": {"who": {"parameters": [{"name": "a"}, {"name": "a"}]}}}, "two parameters 'a'"), ({"contracts": {"c": {"functions": {"f": {"returns": "nothing"}}}}}, "contracts.c.functions.f.returns: unknown type"),
                              ({"contracts": {"c": {"function": {}}}}, "contracts.c: unknown key 'function'"), ({"capabilities": {}}, "capabilities: must be a list"), ({"capabilities": [{}]}, r"capabilities\[0\]: 'capability' is missing")):
            error = self.refused(plugins.BadManifest, "bad_manifest", text, root, files.manifest(**changes))
            self.assertTrue(str(error).startswith("manifest: "), error)
        self.refused(plugins.BadManifest, "bad_manifest", "must be a mapping, not list", root, [])
        good = plugins.load(5, root, files.manifest(description="d", capabilities=[{"capability": "fs.read", "arguments": {"path": "/x"}}], **parameter(name="a", type="str|none", default=None)))
        self.assertEqual(good["commands"]["who"]["parameters"], [{"name": "a", "type": "str|none", "default": None, "required": False}])
        self.assertEqual(good["capabilities"], [{"capability": "fs.read", "arguments": {"path": "/x"}}])
        plugins.unload(5)

    def test_defaults_are_filled_in(self):
        rows = [{"name": "a"}, {"name": "b", "default": 40}]
        with plugins.load(files.write_folder("defaults", FUNCTIONS), files.manifest(commands={"add": {"parameters": rows}}, contracts={"c": {"functions": {"add": {"parameters": rows}}}})) as plugin:
            self.assertEqual((plugin.execute(["add", 2]), plugin.execute(["add", 2, 3]), plugin.call("c", "add", 2), plugin.call("c", "add", a=1)), (42, 5, 42, 41))
            self.assertEqual((plugin.call("c", "add", 2, 3), plugin.call("c", "add", 2)), (5, 42))

    def test_exported(self):
        literal = "MANIFEST = {'name': 'x', 'version': '1', 'api_version': 1, 'commands': {'who': {}}}\n"
        who = "def who():\n    import utils\n    return utils.who()\n"
        for name, brings, expected in (("plugin", {"plugin.py": literal + who}, "plugin"), ("annotated", {"plugin.py": literal.replace("MANIFEST =", "MANIFEST: dict =") + who}, "plugin"),
                                       ("package", {"plugin.py": None, "greeter/__init__.py": literal + who}, "greeter"), ("module", {"plugin.py": None, "greeter.py": literal + who}, "greeter"),
                                       ("first", {"plugin.py": literal + who, "greeter.py": literal}, "plugin"), ("own_entry", {"plugin.py": literal.replace("'name'", "'entry': 'greeter', 'name'"), "greeter.py": who}, "greeter")):
            for root in (files.write_folder(f"exported/{name}", brings, who=name), files.write_archive(f"exported/{name}.whl", brings, who=name)):
                self.assertEqual(plugins.read_manifest(root)["entry"], expected)
                self.assertEqual(self.loads(root, None)[0], name)

    def test_exported_badly(self):
        for name, brings, text in (("none", {}, "no module at the top exports MANIFEST"), ("yaml", {"plugin.yaml": "name: x\n"}, "plugin.yaml is read by the host"), ("computed", {"plugin.py": "\nMANIFEST = dict(name='x')\n"}, "plugin.py:2: MANIFEST must be a literal"),
                                   ("broken", {"plugin.py": "MANIFEST = {"}, "plugin.py: .*never closed"), ("two", {"plugin.py": None, "a.py": "MANIFEST = {}", "b.py": "MANIFEST = {}"}, "exported by .*a.py and by .*b.py"),
                                   ("bad", {"plugin.py": "MANIFEST = {'name': 'x'}"}, "plugin.py: manifest: 'version' is missing"), ("inside", {"deep/er/plugin.py": "MANIFEST = {}"}, "no module at the top")):
            self.refused(plugins.BadManifest, "bad_manifest", text, files.write_folder(f"exported_badly/{name}", brings))
            if name != "yaml":
                self.refused(plugins.BadManifest, "bad_manifest", text, files.write_archive(f"exported_badly/{name}.zip", brings))

    def test_reading_it_runs_nothing(self):
        root = files.write_folder("unread", {"plugin.py": "MANIFEST = {'name': 'x', 'version': '1', 'api_version': '1'}\nraise SystemExit('ran')\n"})
        self.assertEqual(plugins.read_manifest(root)["name"], "x")
        self.refused(plugins.InitRaised, "init_raised", "SystemExit: ran", root)


class Objects(Failing):
    def test_functions_of_contracts(self):
        """Of the contract's own entry, of what the entry has under the contract's name, or of the entry."""
        source = "def who():\n    return 'module'\nclass Greetings:\n    def who(self):\n        return 'class'\nclass Entry:\n    greetings = Greetings()\n    def who(self):\n        return 'entry'\nentry = Entry()\ndef plain(*args, **kwargs):\n    return args, kwargs\n"
        root = files.write_folder("contracts", {"plugin.py": source})
        functions = {"functions": {"who": {}}}
        with plugins.load(root, files.manifest(entry="plugin:Entry", contracts={"greetings": functions, "other": functions, "own": functions | {"entry": "plugin"}, "a.b-c": functions})) as plugin:
            self.assertEqual([plugin.call(contract, "who") for contract in ("greetings", "other", "own", "a.b-c")], ["class", "entry", "module", "entry"])
        with plugins.load(root, files.manifest(entry="plugin:plain", commands={}, contracts={})) as plugin:
            self.assertEqual((plugin.execute(), plugin.execute([1]), plugin.execute({"a": 1, "command": "x"})), (((), {}), ((1,), {}), ((), {"a": 1, "command": "x"})))
        with plugins.load(root, files.manifest(entry="plugin:entry", commands={}, contracts={})) as plugin:
            with self.assertRaisesRegex(plugins.FunctionMissing, "cannot be called"):
                plugin.execute()


unittest.main()
