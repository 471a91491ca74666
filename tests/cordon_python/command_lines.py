"""Table of command lines: what python3.13 answers to each is asked of the stock build, and cordon-python must answer the same."""
import dataclasses


@dataclasses.dataclass
class Case:
    name: str
    arguments: list
    says: str = ""  # must be in what the stock build prints: a case that fails in both is no case
    code: int = 0
    text: str = ""  # standard input
    variables: dict = dataclasses.field(default_factory=dict)
    files: dict = dataclasses.field(default_factory=dict)


FLAGS = "import sys; print(sys.flags)"
HELLO = {"hello.py": "import sys\nprint('hello', sys.argv, __name__)\n"}
PACKAGE = {"package/__init__.py": "print('init', __name__)\n", "package/__main__.py": "import sys; print('main', sys.argv[1:], __name__)\n",
           "package/part.py": "print('part', __name__)\n"}
BAD = {"bad.py": "def f(x):\n    return 1 / x\n\n\nf(0)\n"}


def one(name, body, says="", code=0, options=(), **more):
    return Case(name, [*options, "-c", body], says, code, **more)


CASES = [
    # What it says about itself.
    Case("version", ["-V"], "Python 3.13"),
    Case("version_long", ["--version"], "Python 3.13"),
    Case("version_full", ["-VV"], "GCC"),
    Case("help", ["-h"], "usage:"),
    Case("help_variables", ["--help-env"], "PYTHONPATH"),
    Case("help_implementation", ["--help-xoptions"], "-X importtime"),
    Case("help_all", ["--help-all"], "PYTHONPATH"),
    Case("help_question_mark", ["-?"], "usage:"),
    Case("option_unknown", ["-Z"], "Unknown option", 2),
    Case("option_unknown_long", ["--nonsense"], "unknown option", 2),
    Case("option_without_argument", ["-c"], "Argument expected", 2),
    # Where the program comes from.
    one("command", "print(1 + 1)", "2"),
    Case("command_arguments", ["-c", "import sys; print(sys.argv)", "-x", "--y", "z"], "['-c', '-x', '--y', 'z']"),
    Case("command_joined", ["-cprint('joined')"], "joined"),
    one("command_syntax_error", "print(", "SyntaxError", 1),
    Case("script", ["hello.py", "a", "-b"], "hello ['hello.py', 'a', '-b'] __main__", files=HELLO),
    Case("script_missing", ["nowhere.py"], "can't open file", 2),
    Case("script_in_folder", ["package", "x"], "main ['x'] __main__", files=PACKAGE),
    Case("script_folder_without_main", ["."], "can't find '__main__' module", 1),
    Case("script_null_byte", ["bytes.py"], "null bytes", 1, files={"bytes.py": "print(1)\n\0\n"}),
    Case("script_encoding_unknown", ["latin.py"], "encoding problem", 1, files={"latin.py": "# coding: nonsense\n"}),
    Case("module", ["-m", "package", "x"], "main ['x'] __main__", files=PACKAGE),
    Case("module_part", ["-m", "package.part"], "part __main__", files=PACKAGE),
    Case("module_missing", ["-m", "nowhere"], "No module named nowhere", 1),
    Case("module_of_library", ["-m", "json.tool", "--compact"], '{"a":[1,2]}', text='{"a": [1, 2]}'),
    Case("module_this", ["-m", "this"], "Beautiful is better than ugly"),
    Case("input_dash", ["-", "a"], "['-', 'a']", text="import sys\nprint(sys.argv)\n"),
    Case("input_no_argument", [], "['']", text="import sys\nprint(sys.argv)\n"),
    Case("input_traceback", [], "ZeroDivisionError", 1, text="def f():\n    1/0\nf()\n"),
    Case("input_interactive", ["-i"], "Type \"help\"", text="x = 6 * 7\nx\n1/0\nprint('after')\n"),
    Case("input_interactive_quiet", ["-i", "-q"], "42", text="6 * 7\n"),
    Case("input_interactive_exit_code", ["-q", "-i"], "", 7, text="raise SystemExit(7)\n"),
    Case("zip_archive", ["-m", "zipapp", "package", "-o", "p.pyz", "-p", "/usr/bin/env python3"], "", files=PACKAGE),
    # Options that change how it runs: seen in sys.flags, and in what they change.
    *[one(f"flags_{option.strip('-')}", FLAGS, "sys.flags(", options=[option])
      for option in ("-B", "-E", "-s", "-S", "-I", "-O", "-OO", "-u", "-v", "-b", "-bb", "-d", "-P", "-q", "-R", "-i")],
    one("flags_none", FLAGS, "safe_path=False"),
    Case("optimise_assert", ["-O", "-c", "assert False; print(__debug__)"], "False"),
    Case("optimise_not_assert", ["-c", "assert False, 'why'"], "AssertionError: why", 1),
    Case("optimise_docstrings", ["-OO", "-c", "def f():\n    'text'\nprint(f.__doc__)"], "None"),
    Case("bytes_warning", ["-b", "-c", "print(b'a' == 'a')"], "BytesWarning"),
    Case("bytes_warning_error", ["-bb", "-c", "print(b'a' == 'a')"], "BytesWarning", 1),
    Case("skip_first_line", ["-x", "odd.py"], "second", files={"odd.py": "this is no python\nprint('second')\n"}),
    Case("isolated_path", ["-I", "-c", "import sys; print('' in sys.path, sys.flags.isolated)"], "False 1"),
    Case("safe_path", ["-P", "-c", "import hello"], "No module named 'hello'", 1, files=HELLO),
    Case("path_twin", ["-c", "import hello"], "hello", files=HELLO),
    Case("site_without", ["-S", "-c", "print('exit' in dir(__builtins__))"], "False"),
    Case("site_twin", ["-c", "print('exit' in dir(__builtins__))"], "True"),
    Case("no_byte_code", ["-B", "-c", "import hello, os; print(os.path.exists('__pycache__'))"], "False", files=HELLO),
    Case("byte_code_twin", ["-c", "import hello, os; print(os.listdir('__pycache__'))"], "hello.cpython-313.pyc", files=HELLO),
    Case("unbuffered", ["-u", "-c", "import os, sys; sys.stdout.write('kept'); os._exit(0)"], "kept"),
    Case("buffered_twin", ["-c", "import os, sys; sys.stdout.write('lost'); os._exit(3)"], "", 3),
    Case("inspect_after_error", ["-i", "-c", "x = 5; 1/0"], "5", text="x\n"),
    *[Case(f"hash_based_{how}", ["--check-hash-based-pycs", how, "-c", "import _imp; print(_imp.check_hash_based_pycs)"], how)
      for how in ("always", "never", "default")],
    Case("hash_based_wrong", ["--check-hash-based-pycs", "sometimes"], "must be one of", 2),
    # Warnings.
    *[Case(f"warnings_{action}", ["-W", action, "-c", "import warnings; warnings.warn('w1'); warnings.warn('w2', DeprecationWarning)"],
           "", 1 if action == "error" else 0) for action in ("ignore", "default", "always", "error", "module", "once", "error::DeprecationWarning:nowhere")],
    Case("warnings_wrong", ["-W", "nonsense", "-c", "print(1)"], "Invalid -W option"),
    # -X.
    one("dev_mode", "import sys; print(sys.flags.dev_mode); open('x', 'w')", "ResourceWarning", options=["-X", "dev"]),
    one("utf8_off", "import sys; print(sys.flags.utf8_mode)", "0", options=["-X", "utf8=0"]),
    one("utf8_on", "import sys; print(sys.flags.utf8_mode, sys.getfilesystemencoding())", "1 utf-8", options=["-X", "utf8"], variables={"LC_ALL": "C"}),
    one("utf8_wrong", "print(1)", "invalid -X utf8", 1, options=["-X", "utf8=2"]),
    one("import_time", "import sys; sys.stderr = open('/dev/null', 'w'); print('importtime' in sys._xoptions)", "True", options=["-X", "importtime"]),
    one("faulthandler", "import faulthandler; print(faulthandler.is_enabled())", "True", options=["-X", "faulthandler"]),
    one("tracemalloc", "import tracemalloc; print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())", "True 3", options=["-X", "tracemalloc=3"]),
    one("int_digits", "int('1' * 700)", "Exceeds the limit (640 digits)", 1, options=["-X", "int_max_str_digits=640"]),
    one("no_debug_ranges", "def f(): return 1 / 0\nf()", "ZeroDivisionError", 1, options=["-X", "no_debug_ranges"]),
    one("pycache_prefix", "import sys; print(sys.pycache_prefix)", "elsewhere", options=["-X", "pycache_prefix=elsewhere"]),
    one("frozen_modules", "import os; print(os.__spec__.loader)", "FrozenImporter", options=["-X", "frozen_modules=on"]),
    one("frozen_modules_off", "import os; print(type(os.__spec__.loader).__name__)", "SourceFileLoader", options=["-X", "frozen_modules=off"]),
    one("safe_x_option", "import sys; print(sys._xoptions)", "{'what': 'ever'}", options=["-X", "what=ever"]),
    one("show_reference_count", "print(1)", "1", options=["-X", "showrefcount"]),
    one("warn_default_encoding", "open('hello.py').read()", "EncodingWarning", options=["-X", "warn_default_encoding"], files=HELLO),
    one("cpu_count", "import os; print(os.cpu_count(), os.process_cpu_count())", "3 3", options=["-X", "cpu_count=3"]),
    one("gil_needed", "print(1)", "", 1, options=["-X", "gil=0"]),
    # Variables.
    one("variable_path", "import hello", "hello", variables={"PYTHONPATH": "elsewhere"}, files={"elsewhere/hello.py": "print('hello')\n"}),
    one("variable_path_ignored", "import hello", "No module named", 1, options=["-E"], variables={"PYTHONPATH": "elsewhere"},
        files={"elsewhere/hello.py": "print('hello')\n"}),
    one("variable_home_wrong", "print(1)", "Failed to import encodings", 1, variables={"PYTHONHOME": "/nowhere"}),
    one("variable_optimise", "assert False; print('on')", "on", variables={"PYTHONOPTIMIZE": "1"}),
    one("variable_unbuffered", "import os, sys; sys.stdout.write('kept'); os._exit(0)", "kept", variables={"PYTHONUNBUFFERED": "1"}),
    one("variable_no_byte_code", FLAGS, "dont_write_bytecode=1", variables={"PYTHONDONTWRITEBYTECODE": "1"}),
    one("variable_hash_seed", "print(hash('text'))", "", variables={"PYTHONHASHSEED": "42"}),
    one("variable_hash_seed_wrong", "print(hash('text'))", "PYTHONHASHSEED must be", 1, variables={"PYTHONHASHSEED": "nonsense"}),
    one("variable_encoding", "import sys; print(sys.stdout.encoding, sys.stdout.errors)", "iso8859-1 replace", variables={"PYTHONIOENCODING": "latin-1:replace"}),
    one("variable_warnings", "import warnings; warnings.warn('w', DeprecationWarning)", "DeprecationWarning", 1, variables={"PYTHONWARNINGS": "error"}),
    one("variable_dev_mode", FLAGS, "dev_mode=True", variables={"PYTHONDEVMODE": "1"}),
    one("variable_utf8", FLAGS, "utf8_mode=1", variables={"PYTHONUTF8": "1"}),
    one("variable_safe_path", FLAGS, "safe_path=True", variables={"PYTHONSAFEPATH": "1"}),
    one("variable_no_user_site", FLAGS, "no_user_site=1", variables={"PYTHONNOUSERSITE": "1"}),
    one("variable_user_base", "import site; print(site.getuserbase())", "userbase", variables={"PYTHONUSERBASE": "userbase"}),
    one("variable_verbose", FLAGS, "verbose=1", variables={"PYTHONVERBOSE": "1"}),
    one("variable_fault_handler", "import faulthandler; print(faulthandler.is_enabled())", "True", variables={"PYTHONFAULTHANDLER": "1"}),
    one("variable_trace_malloc", "import tracemalloc; print(tracemalloc.is_tracing())", "True", variables={"PYTHONTRACEMALLOC": "1"}),
    one("variable_breakpoint", "breakpoint(); print('on')", "on", variables={"PYTHONBREAKPOINT": "0"}),
    one("variable_coerce_locale", "import locale; print(locale.setlocale(locale.LC_CTYPE))", "", variables={"LC_ALL": "", "LANG": "C"}),
    one("variable_coerce_locale_warn", "print(1)", "1", variables={"LC_ALL": "", "LANG": "C", "PYTHONCOERCECLOCALE": "warn"}),
    one("variable_pycache_prefix", "import sys; print(sys.pycache_prefix)", "elsewhere", variables={"PYTHONPYCACHEPREFIX": "elsewhere"}),
    one("variable_malloc_debug", "print('on')", "on", variables={"PYTHONMALLOC": "debug"}),
    one("variable_malloc_wrong", "print('on')", "unknown allocator", 1, variables={"PYTHONMALLOC": "nonsense"}),
    one("variable_startup_not_run", "print('only')", "only", variables={"PYTHONSTARTUP": "hello.py"}, files=HELLO),
    Case("variable_startup", ["-i", "-q"], "hello", variables={"PYTHONSTARTUP": "hello.py"}, files=HELLO),
    one("variable_int_digits", FLAGS, "int_max_str_digits=700", variables={"PYTHONINTMAXSTRDIGITS": "700"}),
    one("variable_no_colour", "1/0", "ZeroDivisionError", 1, variables={"NO_COLOR": "1"}),
    one("variable_force_colour", "1/0", "\x1b[", 1, variables={"FORCE_COLOR": "1"}),
    # Exit codes.
    one("exit_none", "raise SystemExit"),
    one("exit_number", "raise SystemExit(3)", "", 3),
    one("exit_large", "raise SystemExit(256 + 7)", "", 7),
    one("exit_negative", "raise SystemExit(-1)", "", 255),
    one("exit_text", "raise SystemExit('reason')", "reason", 1),
    one("exit_object", "raise SystemExit((1, 2))", "(1, 2)", 1),
    one("exit_sys", "import sys; sys.exit(5)", "", 5),
    one("exit_at_once", "import os; os._exit(9)", "", 9),
    one("exit_handlers", "import atexit; atexit.register(print, 'last'); raise SystemExit(4)", "last", 4),
    one("exit_exception", "raise ValueError('v')", "ValueError: v", 1),
    one("exit_chained", "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e", "direct cause", 1),
    one("exit_group", "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])", "2 sub-exceptions", 1),
    one("exit_keyboard_interrupt", "raise KeyboardInterrupt", "KeyboardInterrupt", -2),
    one("exit_abort", "import os; os.abort()", "", -6),
    one("exit_signal_self", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "", -15),
    one("exit_segmentation_fault", "import faulthandler; faulthandler._sigsegv()", "Segmentation fault", -11, options=["-X", "faulthandler"]),
    one("exit_fatal_error", "import faulthandler; faulthandler._fatal_error_c_thread()", "", -6),
    one("exit_closed_output", "import sys; print('x'); sys.stdout.close()", "x"),
    one("exit_unraisable", "class C:\n    def __del__(self): 1/0\nC()", "Exception ignored in"),
    one("exit_thread_error", "import threading; t = threading.Thread(target=lambda: 1/0); t.start(); t.join()", "Exception in thread"),
    one("exit_recursion", "def f(): f()\nf()", "RecursionError", 1),
    Case("traceback_carets", ["bad.py"], "~~^~~", 1, files=BAD),
    Case("traceback_module", ["-m", "bad"], "~~^~~", 1, files=BAD),
    one("traceback_suggestion", "import collections; collections.namedtoplo", "Did you mean: 'namedtuple'", 1),
    one("traceback_library", "import json; json.loads('{')", "JSONDecodeError", 1),
    # About the standard library's own command lines.
    Case("tool_timeit", ["-m", "timeit", "-n1", "-r1", "-s", "x = 1", "raise ValueError(4)"], "ValueError: 4", 1),
    Case("tool_dis", ["-m", "dis", "bad.py"], "BINARY_OP", files=BAD),
    Case("tool_tokenize", ["-m", "tokenize", "bad.py"], "NAME", files=BAD),
    Case("tool_ast", ["-m", "ast", "bad.py"], "FunctionDef", files=BAD),
    Case("tool_compileall", ["-m", "compileall", "-q", "."], "", files=BAD),
    Case("tool_py_compile", ["-m", "py_compile", "bad.py"], "", files=BAD),
    Case("tool_unittest", ["-m", "unittest", "nowhere"], "ModuleNotFoundError", 1),
    Case("tool_doctest", ["-m", "doctest", "doc.py"], "Expected", 1, files={"doc.py": '"""\n>>> 1 + 1\n3\n"""\n'}),
    Case("tool_calendar", ["-m", "calendar", "2024", "2"], "February 2024"),
    Case("tool_base64", ["-m", "base64", "-e"], "aGVsbG8=", text="hello"),
    Case("tool_gzip_help", ["-m", "gzip", "--help"], "usage:"),
    Case("tool_zipfile", ["-m", "zipfile", "-c", "z.zip", "bad.py"], "", files=BAD),
    Case("tool_tarfile", ["-m", "tarfile", "-c", "t.tar", "bad.py"], "", files=BAD),
    Case("tool_sqlite3", ["-m", "sqlite3", ":memory:", "select 6 * 7"], "(42,)"),
    Case("tool_pdb", ["-m", "pdb", "bad.py"], "ZeroDivisionError", files=BAD, text="continue\nquit\n"),
    Case("tool_profile", ["-m", "profile", "-h"], "Usage:"),
    Case("tool_trace", ["-m", "trace", "--count", "--missing", "-C", "counts", "hello.py"], "hello", files=HELLO),
    Case("tool_pydoc", ["-m", "pydoc", "abs"], "Return the absolute value"),
    Case("tool_code", ["-m", "code", "-q"], "42", text="6 * 7\n"),
    Case("tool_pip", ["-m", "pip", "--version"], "No module named pip", 1),
    Case("tool_ensurepip", ["-m", "ensurepip", "--version"], "pip 2"),
]
