"""Table of conversations at a terminal and of signals from outside. A step is (type, text), (see, text), (signal, number), (end, exit
code) or (wait, seconds): an interrupt between prompt and reading would be noticed at the next key only, by CPython's design."""
import dataclasses
import signal

TAB, UP, CONTROL_C, CONTROL_D, CONTROL_R = "\t", "\x10", "\x03", "\x04", "\x12"
BASIC = {"PYTHON_BASIC_REPL": "1"}  # readline; without it pyrepl
MODERN = {}
PROMPT = ">>> "
SLEEP = "import time\nprint('asleep', flush=True)\ntime.sleep(60)\n"


@dataclasses.dataclass
class Conversation:
    name: str
    steps: list
    arguments: list = dataclasses.field(default_factory=lambda: ["-q"])
    variables: dict = dataclasses.field(default_factory=dict)
    files: dict = dataclasses.field(default_factory=dict)
    leaves: tuple = ()  # (file, text that must be in it afterwards)


def both(name, steps, **more):
    """The same in either line editor."""
    return [Conversation(f"{name}_{kind}", [("see", PROMPT), *steps], variables=variables, **more) for kind, variables in (("readline", BASIC), ("pyrepl", MODERN))]


def ended_by(number, code, name):
    return Conversation(f"signal_{name}", [("see", "asleep"), ("signal", number), ("end", code)], ["program.py"], files={"program.py": SLEEP})


CONVERSATIONS = [
    Conversation("banner", [("see", "Python 3.13"), ("see", 'Type "help"'), ("see", PROMPT), ("type", "exit()\r"), ("end", 0)], [], BASIC),
    Conversation("warnings", [("see", "[]"), ("end", 0)], ["-c", "import sys; print(sys.warnoptions)"]),
    *both("value", [("type", "6 * 7\r"), ("see", "42\r"), ("see", PROMPT), ("type", "exit()\r"), ("end", 0)]),
    *both("exit_code", [("type", "raise SystemExit(9)\r"), ("end", 9)]),
    *both("end_of_input", [("type", CONTROL_D), ("end", 0)]),
    *both("error", [("type", "1/0\r"), ("see", "ZeroDivisionError: division by zero"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)]),
    *both("block", [("type", "for i in range(2):\r"), ("see", "... "), ("type", " print(i + 40)\r"), ("see", "... "), ("type", "\r"), ("see", "40"), ("see", "41"),
                    ("see", PROMPT), ("type", CONTROL_D), ("end", 0)]),
    *both("interrupt_line", [("type", "x = 'half"), ("see", "half"), ("wait", 0.3), ("type", CONTROL_C), ("see", "KeyboardInterrupt"), ("see", PROMPT), ("type", "5 + 6\r"), ("see", "11\r"),
                             ("see", PROMPT), ("type", CONTROL_D), ("end", 0)]),
    *[Conversation(f"interrupt_program_{kind}", [("see", PROMPT), ("type", "import time; print('a' + 'sleep'); time.sleep(60)\r"), ("see", "asleep"), ("wait", 0.3), ("type", CONTROL_C),
                                                 ("see", "KeyboardInterrupt"), ("see", PROMPT), ("type", CONTROL_D), ("end", code)], variables=variables)
      for kind, variables, code in (("readline", BASIC, -signal.SIGINT), ("pyrepl", MODERN, 0))],
    *both("history", [("type", "'o' + 'ne'\r"), ("see", "'one'"), ("see", PROMPT), ("type", UP), ("see", "'o' + 'ne'"), ("type", "\r"), ("see", "'one'"), ("see", PROMPT),
                      ("type", "exit()\r"), ("end", 0)], leaves=(".python_history", "'o' + 'ne'")),
    *both("completion", [("type", "import sys\r"), ("see", PROMPT), ("type", "sys.getrecursionl" + TAB), ("see", "getrecursionlimit"), ("type", "\r"), ("see", PROMPT),
                         ("type", CONTROL_D), ("end", 0)]),
    *both("input_function", [("type", "input('name? ') * 2\r"), ("see", "name? "), ("type", "ab\r"), ("see", "'abab'"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)]),
    Conversation("history_search", [("see", PROMPT), ("type", "'fi' + 'rst'\r"), ("see", "'first'"), ("see", PROMPT), ("type", CONTROL_R + "rst"), ("see", "reverse-i-search"),
                                    ("type", "\r"), ("see", "'first'"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], variables=BASIC),
    Conversation("history_kept", [("see", PROMPT), ("type", UP), ("see", "'k' + 'ept'"), ("type", "\r"), ("see", "'kept'"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], variables=BASIC,
                 files={".python_history": "'k' + 'ept'\n"}),
    Conversation("bindings_of_inputrc", [("see", PROMPT), ("type", "\x18x\r"), ("see", "'bound'"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], variables=BASIC,
                 files={".inputrc": "\"\\C-xx\": \"'bo' + 'und'\"\n"}),
    Conversation("inspect", [("see", "begun"), ("see", PROMPT), ("type", "x + 1\r"), ("see", "42\r"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], ["-i", "program.py"], BASIC,
                 {"program.py": "x = 41\nprint('begun')\n"}),
    Conversation("inspect_by_variable", [("see", PROMPT), ("type", "x + 1\r"), ("see", "42\r"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], ["-c", "x = 41"],
                 {**BASIC, "PYTHONINSPECT": "1"}),
    Conversation("colours", [("see", PROMPT), ("type", "1/0\r"), ("see", "ZeroDivisionError"), ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], variables=MODERN),
    Conversation("multiple_lines_pyrepl", [("see", PROMPT), ("type", "def f():\r"), ("see", "... "), ("type", "return 6 * 7\r\r"), ("see", PROMPT), ("type", "f()\r"), ("see", "42"),
                                           ("see", PROMPT), ("type", CONTROL_D), ("end", 0)], variables=MODERN),
    Conversation("debugger", [("see", "(Pdb) "), ("type", "p x\r"), ("see", "41"), ("see", "(Pdb) "), ("type", "continue\r"), ("see", "after"), ("end", 0)], ["program.py"],
                 files={"program.py": "x = 41\nbreakpoint()\nprint('after')\n"}),
    Conversation("password", [("see", "Password: "), ("type", "secret\r"), ("see", "6 letters"), ("end", 0)],
                 ["-c", "import getpass; print(len(getpass.getpass()), 'letters')"]),
    Conversation("asyncio_console", [("see", PROMPT), ("type", "await asyncio.sleep(0, 'wo' + 'ken')\r"), ("see", "'woken'"), ("type", "exit()\r"), ("end", 0)],
                 ["-m", "asyncio"], BASIC),
    # Signals from outside, and from the terminal.
    ended_by(signal.SIGINT, -signal.SIGINT, "interrupt"),
    ended_by(signal.SIGTERM, -signal.SIGTERM, "terminate"),
    ended_by(signal.SIGHUP, -signal.SIGHUP, "hang_up"),
    ended_by(signal.SIGKILL, -signal.SIGKILL, "kill"),
    Conversation("control_c", [("see", "asleep"), ("wait", 0.3), ("type", CONTROL_C), ("see", "KeyboardInterrupt"), ("end", -signal.SIGINT)], ["program.py"], files={"program.py": SLEEP}),
    Conversation("control_c_handled", [("see", "asleep"), ("wait", 0.3), ("type", CONTROL_C), ("see", "handled"), ("end", 3)], ["program.py"],
                 files={"program.py": "try:\n    import time; print('asleep', flush=True); time.sleep(60)\nexcept KeyboardInterrupt:\n    print('handled'); raise SystemExit(3)\n"}),
    Conversation("terminate_handled", [("see", "asleep"), ("signal", signal.SIGTERM), ("see", "got 15"), ("end", 0)], ["program.py"],
                 files={"program.py": "import os, signal\nsignal.signal(15, lambda n, f: (os.write(1, b'got %d' % n), os._exit(0)))\n" + SLEEP}),
    Conversation("window_change", [("see", "asleep"), ("signal", signal.SIGWINCH), ("see", "window"), ("end", 0)], ["program.py"],
                 files={"program.py": "import os, signal\nsignal.signal(signal.SIGWINCH, lambda n, f: (os.write(1, b'window'), os._exit(0)))\n" + SLEEP}),
    Conversation("stopped_and_continued", [("see", "asleep"), ("signal", signal.SIGSTOP), ("signal", signal.SIGCONT), ("signal", signal.SIGTERM), ("end", -signal.SIGTERM)],
                 ["program.py"], files={"program.py": SLEEP}),
]
