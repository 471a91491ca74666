"""Reads what strace wrote, and tells whose each system call is. Hides strace's format and how processes and threads come to be."""
import dataclasses
import functools
import os
import re

LINE = re.compile(r"^(\d+) +(.*)$")
CALL = re.compile(r"^([a-z_0-9]+)\((.*)\)\s+= (.*)$", re.DOTALL)
RESUMED = re.compile(r"^<\.\.\. [a-z_0-9]+ resumed>(.*)$", re.DOTALL)
DESCRIPTOR = re.compile(r"^(?:AT_FDCWD|-?\d+)<(.*)>(?:\(deleted\))?$", re.DOTALL)
NUMBER = re.compile(r"^(-?\d+)")
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|[0-7]{1,3}|.)", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}
# Restarted by the kernel, which strace then shows as a call of its own, or cut off by the end of the process: nothing came of it.
WITHOUT_EFFECT = ("? ERESTART", "?")
# Whose first text is no path that the process gave.
NAMELESS = ("getcwd", "memfd_create", "sethostname", "getrandom")
START, RUN, CHILD = "start", "run", "child"

CUT_OFF = "+++ cut off"  # in place of the last call of who was killed
CUT_OFF_MAX = 3  # further calls that one access may consist of


@dataclasses.dataclass
class Call:
    """One system call of one process."""
    name: str
    arguments: list
    result: str
    line: int
    phase: str
    directory: str  # the process's own, as far as it is known

    @functools.cached_property
    def error(self):
        match = re.match(r"-1 (E[A-Z0-9]+)", self.result)
        return match[1] if match else None

    @property
    def value(self):
        match = re.match(r"-?\d+|0x[0-9a-f]+", self.result)
        return int(match[0], 0) if match and not self.error else None

    @functools.cached_property
    def descriptor(self):
        """The argument that is the descriptor this is about, or an empty text."""
        place = 4 if self.name == "mmap" else 0
        return self.arguments[place] if len(self.arguments) > place and DESCRIPTOR.match(self.arguments[place]) else ""

    @functools.cached_property
    def fd(self):
        match = NUMBER.match(self.descriptor)
        return int(match[1]) if match else None

    @property
    def fd_path(self):
        return DESCRIPTOR.match(self.descriptor)[1] if self.fd is not None else None

    @functools.cached_property
    def path(self):
        """The first path among the arguments, absolute; None: there is none."""
        base, arguments = self.directory, self.arguments[1:] if self.name.startswith("symlink") else self.arguments
        if arguments and DESCRIPTOR.match(arguments[0]):
            if not self.name.rstrip("2").endswith("at"):
                return None  # what stands in quotes are data
            base, arguments = DESCRIPTOR.match(arguments[0])[1], arguments[1:]
        if not arguments or not arguments[0].startswith('"') or self.name in NAMELESS:
            return None
        text = unescape(arguments[0])
        return os.path.normpath(os.path.join(base, text)).replace("//", "/") if text else None

    def shown(self):
        return f"{self.name}({', '.join(self.arguments)}) = {self.result}"[:300]


@dataclasses.dataclass
class Segment:
    """The life of a process from its start, or from an exec, to its end or its next exec."""
    pid: int
    is_python: bool
    borrows: "Segment" = None  # a child of vfork: it is its parent's memory that it runs in
    parent: "Segment" = None  # of a forked child: modules and what the C library keeps are its parent's
    calls: list = dataclasses.field(default_factory=list)
    phase: str = RUN
    directory: str = "/"
    was_cut_off: bool = False  # by a signal that killed it

    @property
    def is_forked(self):
        return self.parent is not None

    def without_cut_off(self, missing):
        """Without the calls at its end with which a process that was killed had begun one access: a folder is opened and looked at before it counts as opened, and is told."""
        untold, cut_off = {id(call) for call in missing}, set()
        for call in reversed(self.calls[-CUT_OFF_MAX:] if self.was_cut_off else []):
            if id(call) not in untold:
                break
            cut_off.add(id(call))
        return [call for call in missing if id(call) not in cut_off]


def unescape(argument):
    def one(match):
        text = match[1]
        if text[0] == "x":
            return chr(int(text[1:], 16))
        return chr(int(text, 8)) if text[0] in "01234567" else LETTERS.get(text, text)
    inner = argument[1:argument.rindex('"')]
    return ESCAPE.sub(one, inner).encode("latin-1", "surrogateescape").decode("utf-8", "surrogateescape") if "\\" in inner else inner


def split_arguments(text):
    """At commas that are in no string, bracket or description of a descriptor."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif letter == "<" and at > 0 and (text[at - 1].isdigit() or text[at - 1] == "D"):
            at = text.find(">", at)
            if at < 0:
                break
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    rest = text[start:].strip()
    return parts + [rest] if rest else parts


def joined_lines(lines):
    """(line number, thread, text) of each call, whole, in the order in which they began."""
    open_calls, found = {}, []
    for number, line in enumerate(lines, 1):
        match = LINE.match(line)
        if not match:
            continue
        thread, text = int(match[1]), match[2]
        resumed = RESUMED.match(text)
        if resumed and thread in open_calls:
            index = open_calls.pop(thread)
            found[index][2] += resumed[1]
        elif text.endswith("<unfinished ...>"):
            open_calls[thread] = len(found)
            found.append([number, thread, text[:-len("<unfinished ...>")]])
        elif text.startswith("+++ killed by"):
            open_calls.pop(thread, None)
            cut_off = next((call for call in reversed(found) if call[1] == thread), None)
            if cut_off:
                cut_off[2] = CUT_OFF  # the signal came between the call and its record
        elif not text.startswith(("---", "+++")):
            found.append([number, thread, text])
    return found


class Reader:
    """Follows processes through a trace."""

    def __init__(self, is_interpreter, channel):
        self.is_interpreter = is_interpreter  # of an exec's path
        self.channel = channel  # what strace calls the descriptor through which the record leaves
        self.segments = []
        self.current = {}  # thread -> segment

    def segment(self, thread):
        if thread not in self.current:
            self.current[thread] = Segment(thread, False)
        return self.current[thread]

    def begin(self, pid, **keywords):
        self.current[pid] = Segment(pid, **keywords)
        self.segments.append(self.current[pid])

    def note_child(self, parent, call):
        child, flags = call.value, " ".join(call.arguments)
        if not child:
            return
        if "CLONE_THREAD" in flags:
            self.adopt(child, parent)
        else:
            shares_memory = call.name == "vfork" or "CLONE_VM" in flags
            before = self.current.get(child)
            self.begin(child, is_python=parent.is_python, borrows=(parent.borrows or parent) if shares_memory else None, parent=None if shares_memory else parent, directory=parent.directory, phase=CHILD if shares_memory else RUN)
            if before is not None:  # strace may show what a child does before it shows what its parent's call gave
                self.take_over(before, self.current[child])

    def adopt(self, thread, segment):
        before = self.current.get(thread)
        self.current[thread] = segment
        if before is not None:
            segment.calls.extend(before.calls)

    @staticmethod
    def take_over(before, after):
        for call in before.calls:
            after.calls.append(call)

    def note_exec(self, thread, segment, call):
        program = unescape(call.arguments[0]) if call.arguments[0].startswith('"') else ""
        self.begin(thread, is_python=self.is_interpreter(os.path.join(segment.directory, program)), directory=segment.directory, phase=START)

    def read(self, lines):
        for number, thread, text in joined_lines(lines):
            if text == CUT_OFF:
                self.segment(thread).was_cut_off = True
            match = CALL.match(text)
            if not match or match[3].startswith(WITHOUT_EFFECT) and match[1] != "exit_group":
                continue
            segment = self.segment(thread)
            call = Call(match[1], split_arguments(match[2]), match[3], number, segment.phase, segment.directory)
            if call.arguments and call.arguments[0].startswith("AT_FDCWD<"):
                segment.directory = call.directory = DESCRIPTOR.match(call.arguments[0])[1]
            segment.calls.append(call)
            if call.name in ("clone", "clone3", "fork", "vfork"):
                self.note_child(segment, call)
            elif call.name in ("execve", "execveat") and call.error is None:
                self.note_exec(thread, segment, call)
            elif call.name in ("chdir", "fchdir") and call.error is None:
                segment.directory = call.path or call.fd_path or segment.directory
            elif call.name == "close" and segment.phase == START and self.channel in (call.fd_path or ""):
                segment.phase = RUN
        return self.segments
