"""Layer instructions: what the machine code of linked files can do. Read by disassembly, so neither sources nor symbols have to be believed.

What is promised: objdump's linear sweep over every executable section, started anew at each function symbol, finds no forbidden instruction.
Bytes that only become one when jumped into the middle of another instruction are counted and shown, not forbidden: in the sandbox the
process's own seccomp filter holds for those too, and the supervisor never depends on their absence."""
import re

from . import elf
from .rule import Outcome, Rule, read_table

SANDBOX_OBJECT, FULL_OBJECT, EMBEDDED_OBJECT, SANDBOX, PYTHON = "lib/cordon_sandbox.o", "lib/cordon_full.o", "lib/cordon_embedded.o", "bin/cordon-sandbox", "bin/cordon-python"
GATE_FUNCTION = "image_system_call"
RAW_BYTES = {"syscall": b"\x0f\x05", "sysenter": b"\x0f\x34", "int $0x80": b"\xcd\x80"}
# WRFSBASE and WRGSBASE by their bytes: what they set stays in the kernel when memory is made new (docs/security.md), so not even a jump into another instruction may find one.
SETS_SEGMENT_BASE = re.compile(rb"\xf3[\x40-\x4f]?\x0f\xae[\xd0-\xdf]")
THREAD_POINTER_RELOCATION = re.compile(r"R_X86_64_(?:TPOFF|GOTTPOFF|TLSGD|TLSLD|DTPOFF|DTPMOD|GOTPC32_TLSDESC)\w*")


def banned_rows():
    return [row for _, row in read_table("banned_instructions.tsv", ("pattern", "group", "reason"))]


def banned_in(path, group):
    """How many instructions a file has, and [(instruction, reason)] of the forbidden ones. Every group is looked for in one sweep."""
    rows = banned_rows()
    count, found = elf.sweep(path, "|".join(f"(?:{row['pattern']})" for row in rows))
    matching = []
    for instruction in found:
        reason = next((row["reason"] for row in rows if row["group"] == group and re.search(row["pattern"], instruction.text)), None)
        if reason:
            matching.append((instruction, reason))
    return count, matching


def forbid(context, path, group, outcome, way_out):
    count, matching = banned_in(path, group)
    outcome.count += count
    for found, reason in matching:
        outcome.add(f"{context.shown(path)}:{found.function} at {found.address:#x}", f"{found.text}: {reason}", way_out)


def one_system_call(context):
    [path] = context.artefacts(SANDBOX)
    count, matching = banned_in(path, "system-call")
    outcome = Outcome(context.shown(path), count, "instructions")
    for found, reason in matching:
        if found.text != "syscall" or found.function != GATE_FUNCTION:
            outcome.add(f"{context.shown(path)}:{found.function} at {found.address:#x}", f"{found.text}: {reason}",
                        f"the only one is in {GATE_FUNCTION}; go through the gate")
    if len(matching) != 1:
        outcome.add(context.shown(path), f"{len(matching)} instructions that enter a kernel where 1 is right", f"keep the one of {GATE_FUNCTION}")
    if not outcome.findings:
        outcome.note = f"one syscall, in {GATE_FUNCTION} at {matching[0][0].address:#x}"
    return outcome


def sandbox_object_enters_no_kernel(context):
    [path] = context.artefacts(SANDBOX_OBJECT)
    outcome = Outcome(context.shown(path), 0, "instructions")
    forbid(context, path, "system-call", outcome, "the object leaves through cordon_gate; answer the call in core/sealed")
    return outcome


def full_object_enters_no_kernel(context):
    paths = context.artefacts(FULL_OBJECT, EMBEDDED_OBJECT)
    outcome = Outcome(", ".join(context.shown(path) for path in paths), 0, "instructions")
    for path in paths:
        forbid(context, path, "system-call", outcome, "call host_env through a binding")
    return outcome


def no_thread_pointer(context):
    paths = context.artefacts(SANDBOX_OBJECT, SANDBOX)
    outcome = Outcome(", ".join(context.shown(path) for path in paths), 0, "instructions")
    for path in paths:
        forbid(context, path, "thread-pointer", outcome, "no thread pointer exists in the sandbox: use a plain variable (core/sealed/source/thread_local.c)")
        file = elf.Elf(path)
        for section in file.sections:
            if section.flags & elf.SECTION_TLS and section.size:
                outcome.add(f"{context.shown(path)}:{section.name}", f"{section.size} bytes of thread-local storage", "use a plain variable")
        for section in file.executable_sections() if file.kind != 1 else ():
            for match in SETS_SEGMENT_BASE.finditer(file.content(section)):
                outcome.add(f"{context.shown(path)}:{section.name} at {section.address + match.start():#x}", "bytes that set the base of FS or GS when they are jumped to",
                            "change the code there until they are gone: a constant, an order of registers")
        if file.kind == 1:
            for match in set(THREAD_POINTER_RELOCATION.findall(elf.output_of("readelf", "-rW", path))):
                outcome.add(f"{context.shown(path)}:{match}", "a relocation against the thread pointer", "use a plain variable")
    return outcome


def no_host_instruction(context):
    paths = context.artefacts(SANDBOX)
    outcome = Outcome(context.shown(paths[0]), 0, "instructions")
    forbid(context, paths[0], "host-state", outcome, "ask through the gate: time and randomness come from outside as values")
    return outcome


def hidden_bytes(context):
    """Informs: counts byte pairs at any alignment, minus the instructions that the sweep saw."""
    [path] = context.artefacts(SANDBOX)
    file = elf.Elf(path)
    outcome = Outcome(context.shown(path) + ", raw bytes", 0, "bytes of code")
    counts = dict.fromkeys(RAW_BYTES, 0)
    for section in file.executable_sections():
        content = file.content(section)
        outcome.count += len(content)
        for name, pair in RAW_BYTES.items():
            counts[name] += sum(1 for _ in re.finditer(b"(?=" + re.escape(pair) + b")", content))
    aligned = [found.text for found, _ in banned_in(path, "system-call")[1]]
    outcome.note = "byte pairs inside other instructions: " + ", ".join(
        f"{counts[name] - aligned.count(name)} {name}" for name in RAW_BYTES) + "; the seccomp filter holds for these"
    return outcome


def nothing_writable_executable(context):
    sandbox, full = "sandbox" in context.variants, "full" in context.variants
    paths = context.artefacts(*([SANDBOX] if sandbox else []), *([PYTHON] if full else []))
    outcome = Outcome(", ".join(context.shown(path) for path in paths), 0, "segments, sections")
    both = elf.SEGMENT_WRITE | elf.SEGMENT_EXECUTE
    for path in paths:
        file = elf.Elf(path)
        outcome.count += len(file.segments) + len(file.sections)
        for segment in file.segments:
            if segment.kind == elf.LOAD and segment.flags & both == both:
                outcome.add(f"{context.shown(path)}:{segment.address:#x}", "a segment is writable and executable", "split code from data in the linker script")
            if segment.kind == elf.GNU_STACK and segment.flags & elf.SEGMENT_EXECUTE:
                outcome.add(context.shown(path), "the stack is executable", "link with -z noexecstack; assembly needs .section .note.GNU-stack")
        for section in file.sections:
            if section.flags & elf.SECTION_EXECUTE and section.flags & elf.SECTION_WRITE:
                outcome.add(f"{context.shown(path)}:{section.name}", "a section is writable and executable", "give it the flags \"ax\" or \"aw\"")
        if file.kind != 1 and not any(segment.kind == elf.GNU_STACK for segment in file.segments):
            outcome.add(context.shown(path), "does not say that its stack is not executable", "link with -z noexecstack")
    return outcome


RULES = [
    Rule("instructions.one-syscall", "sandbox", f"cordon-sandbox can enter the kernel at one instruction, in {GATE_FUNCTION}", one_system_call),
    Rule("instructions.sandbox-object", "sandbox", "the sandbox object cannot enter a kernel", sandbox_object_enters_no_kernel),
    Rule("instructions.full-object", "full", "CPython, bindings and interpreter enter no kernel by themselves", full_object_enters_no_kernel),
    Rule("instructions.thread-pointer", "sandbox", "the sandbox reads no segment register and has no thread-local storage", no_thread_pointer),
    Rule("instructions.host-state", "sandbox", "the sandbox reads neither the processor's clock nor its random numbers", no_host_instruction),
    Rule("instructions.hidden-bytes", "sandbox", "informs: byte pairs that would be system calls if jumped into the middle", hidden_bytes),
    Rule("instructions.write-or-execute", "any", "nothing is writable and executable", nothing_writable_executable),
]
