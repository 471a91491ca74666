"""Layer objects: which capabilities of the host each object of CPython can ask for, told by the names it refers to.

policy/tables/object_domains.tsv is the accepted state. An object that asks for more fails, and so does a row that no longer fits; an object that
is host-free stays so until a person removes its row."""
import collections

from . import elf
from .rule import ROOT, TABLES, Context, Outcome, Rule, read_table

TABLE = "object_domains.tsv"
COLUMNS = ("object", "variant", "domains")
HOST_FREE = "host-free"
BOUND = "cordon_bind_"
HOST_CALLS = ROOT / "stdlib_bindings" / "tables" / "host_calls.tsv"
NATIVE = ROOT / "stdlib_bindings" / "tables" / "native_exceptions.tsv"
ACCEPT = "ci/check_boundary.py --build BUILD --accept domains"
HEADER = """# Which capabilities of the host each object of CPython's library can ask for, through the names it calls (stdlib_bindings/tables/host_calls.tsv).
# Seen in the objects by ci/boundary/domains.py; a new one fails the check. Sorted by object, then variant; tab-separated.
# host-free: it can reach no host, and stays so: a person has to remove the row before more can be accepted.
# native:NAME: calls a library that is a row of stdlib_bindings/tables/native_exceptions.tsv. #2: the second member of that name.
# object	variant	domains
"""


def rows_of(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def capability_of_names():
    """{bound name: capability}; a name that the full variant leaves to libc reaches no host."""
    return {BOUND + row[0]: row[3] if row[3] != "-" else row[2].strip("()") for row in rows_of(HOST_CALLS) if row[2] != "-"}


def library_of_names():
    native = {row[1] for row in rows_of(NATIVE)}
    return {row["name"]: f"native:{row['group']}" for _, row in read_table("pure_symbols.tsv", ("name", "group")) if row["group"] in native}


def archives(context):
    """[(variant, archive)] of what is built here."""
    found = []
    for variant in ("full", "sandbox"):
        if variant in context.variants:
            path = context.third_party(variant) / "libpython3.13.a"
            found.append((variant, path))
    return found


def domains_of(symbols, meaning):
    return ",".join(sorted({meaning[symbol.name] for symbol in symbols if symbol.is_undefined and symbol.name in meaning})) or HOST_FREE


def seen(context: Context):
    """{(object, variant): domains} as the objects are now."""
    bound, native = capability_of_names(), library_of_names()
    state = {}
    for variant, path in archives(context):
        meaning = {**bound, **native} if variant == "full" else bound
        members = collections.defaultdict(list)
        for symbol in elf.symbols(path):
            members[symbol.member].append(symbol)
        for member, symbols in members.items():
            state[member, variant] = domains_of(symbols, meaning)
    return state


def planted(context):
    bound = {**capability_of_names(), **library_of_names()}
    return {(entry.name, "full"): domains_of(elf.symbols(entry.path), bound) for entry in context.objects}


def accepted():
    return {(row["object"], row["variant"]): (number, row["domains"]) for number, row in read_table(TABLE, COLUMNS)}


def difference(before, after):
    old, new = set(before.split(",")) - {HOST_FREE}, set(after.split(",")) - {HOST_FREE}
    return " ".join([f"+{name}" for name in sorted(new - old)] + [f"-{name}" for name in sorted(old - new)]) or "nothing"


def domains_stay(context):
    state = planted(context) if context.objects else seen(context)
    table = accepted()
    outcome = Outcome(f"policy/tables/{TABLE}", len(state), "objects")
    for key, domains in sorted(state.items()):
        number, before = table.get(key, (0, None))
        if before == domains:
            continue
        where = f"policy/tables/{TABLE}:{number}: libpython3.13.a({key[0]}), {key[1]}"
        if before is None:
            outcome.add(where, f"has no row; it asks for {domains}", f"judge it, then {ACCEPT}")
        elif before == HOST_FREE:
            outcome.add(where, f"is host-free and now asks the host: {difference(before, domains)}",
                        f"take the call out; if it must stay, remove the row by hand and run {ACCEPT}")
        else:
            outcome.add(where, f"changed: {difference(before, domains)}", f"judge it, then {ACCEPT}")
    if not context.objects:
        for key, (number, _) in sorted(table.items()):
            if key not in state and key[1] in context.variants:
                outcome.add(f"policy/tables/{TABLE}:{number}", f"{key[0]} is no object of {key[1]} any more", f"run {ACCEPT}")
    if not outcome.findings:
        free = sum(domains == HOST_FREE for domains in state.values())
        outcome.note = f"{free} of them host-free"
    return outcome


def accept(context):
    state, table = seen(context), accepted()
    refused = [key for key, domains in state.items() if table.get(key, (0, domains))[1] == HOST_FREE != domains]
    for key in sorted(refused):
        print(f"policy/tables/{TABLE}:{table[key][0]}: {key[0]} ({key[1]}) is host-free and now asks for {state[key]}: remove the row by hand first")
    if refused:
        return 1
    kept = {key: domains for key, (_, domains) in table.items() if key[1] not in context.variants}
    lines = sorted("\t".join((*key, domains)) for key, domains in {**kept, **state}.items())
    (TABLES / TABLE).write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"policy/tables/{TABLE}: {len(lines)} rows; read the difference before you commit it: git diff policy/tables/{TABLE}")
    return 0


def bound_names(variant):
    column = {"full": 2, "sandbox": 5}[variant]
    return {row[0] for row in rows_of(HOST_CALLS) if row[column] != "-"}


def nothing_left_unbound(context):
    """No object of CPython refers to a name of libc that the table says is answered by a binding."""
    if context.objects:
        pairs = [("full", entry.path) for entry in context.objects]
    else:
        pairs = archives(context)
    outcome = Outcome("libpython3.13.a, both variants" if len(pairs) == 2 else context.shown(pairs[0][1]), 0, "undefined names")
    for variant, path in pairs:
        bound, own = bound_names(variant), elf.defined_names(path)
        for symbol in elf.undefined(path):
            outcome.count += 1
            if symbol.name in bound and symbol.name not in own:
                outcome.add(f"{variant}: {symbol.where}", "is called by its own name and not by its binding",
                            "the redirect header did not reach this call: see stdlib_bindings/variants and the compiler's builtins")
    return outcome


RULES = [
    Rule("objects.domains", "any", "no object of CPython asks the host for more than was accepted", domains_stay),
    Rule("objects.bound", "any", "every name that reaches a host is renamed in every object of CPython", nothing_left_unbound),
]
