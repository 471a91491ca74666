"""Layer link: which names linked files refer to and define. Read from the files themselves, so no macro and no header can hide a name."""
import re

from . import elf
from .rule import Outcome, Rule, read_table

FULL_OBJECT, SANDBOX_OBJECT, EMBEDDED_OBJECT = "lib/cordon_full.o", "lib/cordon_sandbox.o", "lib/cordon_embedded.o"
HOST_ENV, POLICY, AUDIT, SUPERVISOR = "lib/libhost_env.a", "lib/libpolicy.a", "lib/libaudit.a", "lib/libsupervisor.a"
PARTS = "lib/libsupervisor_*.a", "lib/libaudit_*.a"
SANDBOX = "bin/cordon-sandbox"
PYTHON_NAME = re.compile(r"_?Py[A-Z_]|_?PY_|cordon_bind_|PyInit")
# What core/embedded may call of the interpreter's object: CPython, and what starts it under a policy. Not the adapters: they go by the policy of the code that is run.
INTERPRETER_NAME = re.compile(r"_?Py[A-Z_]|PyInit|full_|bind_set_")
OURS_ABOVE_HOST_ENV = re.compile(r"policy_|cordon_|core_|sealed_|worker_|frame_")
# The linker defines it when an executable is made.
LINKER_NAMES = {"_GLOBAL_OFFSET_TABLE_"}


def pure_names():
    return {row["name"] for _, row in read_table("pure_symbols.tsv", ("name", "group"))}


def full_undefined(context):
    [path] = context.artefacts(FULL_OBJECT)
    allowed = pure_names() | LINKER_NAMES
    for library, prefix in ((HOST_ENV, "host_"), (POLICY, "policy_"), (AUDIT, "audit_")):
        library_path = context.build / library
        if library_path.is_file():
            allowed |= {name for name in elf.defined_names(library_path) if name.startswith(prefix)}
    names = elf.undefined(path)
    outcome = Outcome(context.shown(path), len(names), "undefined names")
    for symbol in names:
        if symbol.name not in allowed:
            outcome.add(symbol.where, "is no pure name, no host_env function and no policy function",
                        "add a row to stdlib_bindings/tables/host_calls.tsv and an adapter; only if it reaches no host, a row of policy/tables/pure_symbols.tsv")
    return outcome


def embedded_undefined(context):
    """What runs the interpreter in a host's own process calls CPython, the supervisor and host_env, and no system by itself."""
    [path] = context.artefacts(EMBEDDED_OBJECT)
    allowed = pure_names() | LINKER_NAMES | elf.defined_names(context.build / SUPERVISOR)
    allowed |= {name for name in elf.defined_names(context.build / HOST_ENV) if name.startswith("host_")}
    allowed |= {name for name in elf.defined_names(context.build / FULL_OBJECT) if INTERPRETER_NAME.match(name)}
    names = elf.undefined(path)
    outcome = Outcome(context.shown(path), len(names), "undefined names")
    for symbol in names:
        if symbol.name not in allowed:
            outcome.add(symbol.where, "is no pure name, and neither CPython's, the supervisor's nor host_env's", "call host_env with the interpreter's own host_env (embedded.h)")
    return outcome


def host_env_knows_nobody(context):
    [path] = context.artefacts(HOST_ENV)
    names = elf.symbols(path)
    outcome = Outcome(context.shown(path), len(names), "symbols")
    for symbol in names:
        if PYTHON_NAME.match(symbol.name):
            outcome.add(symbol.where, "is a name of Python or of the bindings", "host_env takes plain C values; move the code to stdlib_bindings")
        elif symbol.is_undefined and OURS_ABOVE_HOST_ENV.match(symbol.name):
            outcome.add(symbol.where, "belongs to a room above host_env", "give host_env a function pointer in host_env_config instead")
    return outcome


def without_python(context):
    paths = context.artefacts(SUPERVISOR, POLICY, AUDIT, *parts(context), *built_if_there(context, "lib/libcordon.a"))
    outcome = Outcome(", ".join(context.shown(path) for path in paths), 0, "symbols")
    for path in paths:
        for symbol in elf.symbols(path):
            outcome.count += 1
            if PYTHON_NAME.match(symbol.name):
                outcome.add(symbol.where, "is a name of Python or of the bindings", "the host's side speaks frames with a worker; move the code to core/interpreter")
    return outcome


def parts(context):
    """Libraries beside those of a room, for those who need no more than a part."""
    return sorted(str(path.relative_to(context.build)) for pattern in PARTS for path in context.build.glob(pattern))


def built_if_there(context, *names):
    return [name for name in names if (context.build / name).is_file()]


def host_side_undefined(context):
    """policy, audit, supervisor and the command reach a host through host_env only."""
    paths = context.artefacts(POLICY, AUDIT, SUPERVISOR, *parts(context)) + ([] if context.objects else sorted((context.build / "cli").rglob("*.o")))
    ours = set().union(*(elf.defined_names(path) for path in paths))
    ours |= {name for library in built_if_there(context, HOST_ENV) for name in elf.defined_names(context.build / library)
             if name.startswith("host_")}
    allowed = pure_names() | LINKER_NAMES | ours
    outcome = Outcome("libpolicy.a, libaudit.a, libsupervisor.a, objects of cli" if not context.objects else context.shown(paths[0]), 0, "undefined names")
    for path in paths:
        for symbol in elf.undefined(path):
            outcome.count += 1
            if symbol.name not in allowed:
                outcome.add(symbol.where, "is no pure name and no host_env function", "call host_env, which asks the policy and records")
            elif symbol.name.startswith("host_") and path.name.startswith(("libpolicy", "libaudit")):
                outcome.add(symbol.where, f"{path.name} calls host_env", "policy and audit take values; the caller fetches them")
    return outcome


def sandbox_undefined(context):
    [path] = context.artefacts(SANDBOX_OBJECT)
    names = elf.undefined(path)
    outcome = Outcome(context.shown(path), len(names), "undefined names")
    for symbol in names:
        if symbol.name != "cordon_gate" and symbol.name not in LINKER_NAMES:
            outcome.add(symbol.where, "is a second way out of the sandbox", "answer it in stdlib_bindings/source/sandbox, with a row in stdlib_bindings/tables/host_calls.tsv")
    if not any(symbol.name == "cordon_gate" for symbol in names):
        outcome.add(context.shown(path), "does not refer to cordon_gate", "this is not the sandbox object: link it with cmake/link_sandbox_object.sh")
    outcome.note = "undefined: " + ", ".join(sorted(symbol.name for symbol in names)) if not outcome.findings else ""
    return outcome


def sandbox_entry(context):
    [path] = context.artefacts(SANDBOX_OBJECT)
    visible = [symbol for symbol in elf.symbols(path) if symbol.is_visible and not symbol.is_undefined]
    outcome = Outcome(context.shown(path), len(visible), "visible names")
    for symbol in visible:
        if symbol.name not in ("cordon_sandbox_main", "cordon_sandbox_faulted"):
            outcome.add(symbol.where, "is visible to an embedder", "objcopy --keep-global-symbol=cordon_sandbox_main …, as cmake/link_sandbox_object.sh does")
    return outcome


def sandbox_static(context):
    [path] = context.artefacts(SANDBOX)
    file = elf.Elf(path)
    outcome = Outcome(context.shown(path), len(file.segments), "segments")
    if file.kind != 2:
        outcome.add(context.shown(path), "is not an executable at a fixed address (ET_EXEC)", "link with -static -no-pie")
    for kind, name in ((elf.INTERPRETER, "PT_INTERP"), (elf.DYNAMIC, "PT_DYNAMIC"), (elf.TLS, "PT_TLS")):
        if any(segment.kind == kind for segment in file.segments):
            outcome.add(context.shown(path), f"has a segment {name}", "link with -nostdlib -static; keep thread-local variables out of the sandbox")
    for symbol in elf.undefined(path):
        outcome.add(symbol.where, "is left undefined", "the sandbox resolves nothing at run time")
    return outcome


RULES = [
    Rule("link.full-undefined", "full", "every outside name of the full interpreter is pure, host_env's or policy's", full_undefined),
    Rule("link.embedded-undefined", "full", "what embeds the full interpreter reaches a host through host_env only", embedded_undefined),
    Rule("link.host-env-alone", "full", "host_env knows nothing of Python, of the bindings or of any room above", host_env_knows_nobody),
    Rule("link.host-side-no-python", "full", "supervisor, policy and libcordon hold no Python", without_python),
    Rule("link.host-side-undefined", "full", "supervisor, policy and the command reach a host through host_env only", host_side_undefined),
    Rule("link.sandbox-undefined", "sandbox", "the sandbox refers to one outside name: cordon_gate", sandbox_undefined),
    Rule("link.sandbox-entry", "sandbox", "the sandbox shows what cordon/sandbox.h declares: cordon_sandbox_main, cordon_sandbox_faulted", sandbox_entry),
    Rule("link.sandbox-static", "sandbox", "cordon-sandbox loads nothing: static, fixed address, no loader, no thread-local storage", sandbox_static),
]
