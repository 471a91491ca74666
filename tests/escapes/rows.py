"""What a row of an escape table says. The rows are in classes/, the witnesses and the judge in test_escapes.py."""
import dataclasses

ANSWERED = frozenset({"OK", "PYTHON_EXCEPTION"})
# Where native code goes wrong the sandbox may die or run into a limit; the host and its canaries may not notice.
MAY_CRASH = ANSWERED | {"CRASHED", "LIMIT"}
LIMITED = ANSWERED | {"LIMIT"}

# Programs find these names: FOLDER (of the host, with a file named canary in it), CANARY (its path), PORT (a listening socket of the host on 127.0.0.1), PID (a
# process of the host), VARIABLE (the name of an environment variable of the host).
FULL = "full"                 # the twin: the same program in the full interpreter does what it is after
GRANTED_FILE = "granted file"  # the twin: the same program in a sandbox that was given the file
GRANTED_VARIABLE = "granted variable"


@dataclasses.dataclass(frozen=True)
class Escape:
    """An attempt. `after` says what it wants: read (the canary's text in its output), variable (that of the host's environment), write (a change in FOLDER), call (the
    listening socket), kill (the process PID), crash (to confuse native code; the witnesses are asked all the same). `twin` is FULL, GRANTED_*, or a program that does
    honest work of the same kind in the sandbox and prints "twin"."""
    name: str
    program: str
    after: str
    twin: str
    outcomes: frozenset = ANSWERED
    options: tuple = ()


@dataclasses.dataclass(frozen=True)
class Leak:
    """Two runs: `leave` puts something somewhere, `look` prints whatever of it can be found. The twin is both in one run, where it is found: "found" is printed."""
    name: str
    leave: str
    look: str


def read(name, program, twin=FULL, outcomes=ANSWERED):
    return Escape(name, program, "read", twin, outcomes)


def write(name, program, twin=FULL, outcomes=ANSWERED):
    return Escape(name, program, "write", twin, outcomes)


def crash(name, program, twin, outcomes=MAY_CRASH, options=()):
    return Escape(name, program, "crash", twin, outcomes, options)
