"""Reads linked files: symbols and code by binutils, sections and segments by itself. Hides the formats from the rules."""
import collections
import contextlib
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

# gcc-nm also reads objects that hold only intermediate code of link-time optimisation.
NM = "gcc-nm" if shutil.which("gcc-nm") else "nm"
LOAD, DYNAMIC, INTERPRETER, TLS, GNU_STACK = 1, 2, 3, 7, 0x6474E551
SEGMENT_EXECUTE, SEGMENT_WRITE = 1, 2
SECTION_WRITE, SECTION_ALLOCATE, SECTION_EXECUTE, SECTION_TLS = 1, 2, 4, 0x400
NO_BITS = 8


def output_of(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", check=False)
    if result.returncode != 0:
        raise SystemExit(f"check_boundary: {' '.join(map(str, command))}: {result.stderr.strip()[:500]}")
    return result.stdout


@dataclasses.dataclass(frozen=True)
class Symbol:
    file: str
    member: str  # of an archive; empty for an object
    kind: str  # nm's letter
    name: str

    @property
    def where(self):
        return f"{self.file}({self.member}):{self.name}" if self.member else f"{self.file}:{self.name}"

    @property
    def is_undefined(self):
        return self.kind in "Uvw"

    @property
    def is_visible(self):
        """Can be seen from other files. N marks what describes the program to debuggers, whatever else it is."""
        return (self.kind.isupper() and self.kind != "N") or self.kind in "uvw"


@functools.lru_cache(maxsize=None)
def symbols(path):
    """Every symbol of an object, executable or archive."""
    found, member, times = [], "", collections.Counter()
    for line in output_of(NM, path).splitlines():
        if line.endswith(":"):
            member = line[:-1]
            times[member] += 1
            if times[member] > 1:
                member = f"{member}#{times[member]}"
            continue
        fields = line.split()
        if len(fields) >= 2 and len(fields[-2]) == 1:
            found.append(Symbol(path.name, member, fields[-2], fields[-1].split("@")[0]))
    return found


def undefined(path):
    return [symbol for symbol in symbols(path) if symbol.is_undefined]


def defined_names(path):
    return {symbol.name for symbol in symbols(path) if not symbol.is_undefined and symbol.is_visible}


@dataclasses.dataclass(frozen=True)
class Instruction:
    address: int
    text: str
    function: str


FUNCTION = re.compile(r"[0-9a-f]+ <(.+)>:$")
TARGET = re.compile(r"\s*(?:#.*)?<[^<>]*>")


@functools.lru_cache(maxsize=None)
def sweep(path, pattern):
    """objdump's linear sweep of every executable section: how many instructions there are, and those that match the expression. The names of
    jump targets are not part of an instruction's text, so a function called syscall is none."""
    with tempfile.NamedTemporaryFile() as text, code_in_one_section(path) as file:
        result = subprocess.run(["objdump", "-d", "-w", "--no-show-raw-insn", file], stdout=text, stderr=subprocess.PIPE, check=False)
        if result.returncode != 0:
            raise SystemExit(f"check_boundary: objdump {path}: exit code {result.returncode} {result.stderr.decode(errors='replace')[:500]}")
        # grep, because a million lines one by one would take most of the check's time.
        count = int(grep("-c", ":\t", text.name) or 0)
        candidates = grep("-P", rf"^[0-9a-f]+ <|:\t.*(?:{pattern})", text.name)
    found, function = [], "?"
    for line in candidates.splitlines():
        header = FUNCTION.match(line)
        if header:
            function = header.group(1)
            continue
        address, _, instruction = line.partition(":\t")
        instruction = TARGET.sub("", instruction).strip()
        if re.search(pattern, instruction):
            found.append(Instruction(int(address.strip(), 16), instruction, function))
    return count, found


MERGED = "SECTIONS { .text 0 : { *(.text .text.*) } }"
MANY_SECTIONS = 500


@contextlib.contextmanager
def code_in_one_section(path):
    """A relocatable object with a section for each function starts them all at address 0, and objdump takes minutes to name them. The linker puts
    them one after the other without changing a byte of any; every other section stays as it is."""
    file = Elf(path) if is_elf(path) else None
    if file is None or file.kind != 1 or len(file.executable_sections()) < MANY_SECTIONS:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        script, merged = pathlib.Path(folder, "merge.ld"), pathlib.Path(folder, path.name)
        script.write_text(MERGED, encoding="ascii")
        output_of("ld", "-r", "-T", script, path, "-o", merged)
        if sum(section.size for section in Elf(merged).executable_sections()) < sum(section.size for section in file.executable_sections()):
            raise SystemExit(f"check_boundary: {path}: code was lost while its sections were put together")
        yield merged


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def grep(*arguments):
    result = subprocess.run(["grep", *arguments], capture_output=True, text=True, errors="replace", check=False, env={**os.environ, "LC_ALL": "C"})
    if result.returncode > 1:
        raise SystemExit(f"check_boundary: grep: {result.stderr.strip()}")
    return result.stdout


@dataclasses.dataclass(frozen=True)
class Segment:
    kind: int
    flags: int
    address: int
    size: int


@dataclasses.dataclass(frozen=True)
class Section:
    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int


class Elf:
    """The tables of one 64-bit little-endian ELF file."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise SystemExit(f"check_boundary: {path}: not a 64-bit little-endian ELF file")
        (self.kind, _, _, _, segments_at, sections_at, _, _, segment_size, segment_count, section_size, section_count,
         names_at) = struct.unpack_from("<HHIQQQIHHHHHH", self.bytes, 16)
        if section_count == 0 and sections_at:
            section_count = struct.unpack_from("<Q", self.bytes, sections_at + 32)[0]
        if names_at == 0xFFFF:
            names_at = struct.unpack_from("<I", self.bytes, sections_at + 40)[0]
        self.segments = [self._segment(segments_at + i * segment_size) for i in range(segment_count)]
        raw = [struct.unpack_from("<IIQQQQ", self.bytes, sections_at + i * section_size) for i in range(section_count)]
        text_at = raw[names_at][4] if raw else 0
        self.sections = [Section(self._text(text_at + name), kind, flags, address, offset, size)
                         for name, kind, flags, address, offset, size in raw]

    def _segment(self, at):
        kind, flags, _, address, _, _, size, _ = struct.unpack_from("<IIQQQQQQ", self.bytes, at)
        return Segment(kind, flags, address, size)

    def _text(self, at):
        return self.bytes[at:self.bytes.index(b"\0", at)].decode("ascii", "replace")

    def content(self, section):
        return b"" if section.kind == NO_BITS else self.bytes[section.offset:section.offset + section.size]

    def executable_sections(self):
        return [section for section in self.sections if section.flags & SECTION_EXECUTE]
