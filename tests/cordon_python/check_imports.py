#!/usr/bin/env python3
"""Runs each program of imports.py under audit, under a policy that refuses its module, and under its twin that refuses another; then those under rules of their own.

    check_imports.py --subject CORDON_PYTHON --command CORDON --stock PYTHON --capabilities TSV [NAME...]

Exit code 1: a module came to be without its line, or with another kind or digest, or it came to be although it was refused, or not although it was allowed.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import zipfile

import imports
import interpreters

UNDER_RULES = ["-X", "cordon-policy={rules}"]
REFUSED = "the policy refuses the module"
# Kinds whose digest is of the code that ran.
OF_CODE = {"source", "bytecode", "zip"}


def prepare(directory, way):
    interpreters.write_files(directory, {"victim.py": imports.VICTIM, **way.files})
    with zipfile.ZipFile(pathlib.Path(directory, "v.zip"), "w") as archive:
        archive.writestr("__main__.py", imports.VICTIM)


def deny(name):
    return f"version: 1\nallow:\n  - capability: '*'\ndeny:\n  - capability: import\n    name: ['{name}']\n"


def happened(directory, way, answer):
    return way.prints in answer.out if way.prints else pathlib.Path(directory, "witness").exists()


def run(interpreter, way, before, policy=None):
    """Its answer, whether it happened, and the folder's files that the caller wants."""
    with interpreters.fresh_directory() as directory:
        prepare(directory, way)
        rules, record = pathlib.Path(directory, "rules.yaml"), pathlib.Path(directory, "record.jsonl")
        if policy is not None:
            rules.write_text(policy, encoding="utf-8")
        arguments = [argument.format(record=record, rules=rules) for argument in before]
        answer = interpreter.run([*arguments, *(way.arguments or ("-c", way.program))], directory, way.variables)
        lines = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []
        return answer, happened(directory, way, answer), lines


def check_record(command, way, digest):
    answer, has_happened, lines = run(command, way, ["audit", "run", "--record", "{record}"])
    if answer.code != 0 or not has_happened:
        return f"{way.name}: under audit it did not happen\n    {answer}"
    modules = [line for line in lines if line["type"] == "module" and line["name"] == way.module]
    kinds = [line["kind"] for line in modules]
    missing = [kind for kind in way.kinds if kind not in kinds]
    if missing or kinds.count(way.kinds[-1]) < way.times or any(line["decision"] != "allow" for line in modules):
        return f"{way.name}: no line of {way.module} as {missing or way.times}, there are {modules}"
    has_victims_code = not way.prints and not any(name.endswith(("victim.py", "part.py", "sitecustomize.py")) for name in way.files)
    wrong = [line for line in modules if line["kind"] in OF_CODE and has_victims_code and line["sha256"] != digest]
    return f"{way.name}: the digest is not {digest}: {wrong}" if len(wrong) != way.others else None


def check_policy(interpreter, way):
    answer, has_happened, _ = run(interpreter, way, UNDER_RULES, deny("another_module"))
    if answer.code != 0 or not has_happened:
        return f"{way.name}: allowed, but it did not happen\n    {answer}"
    answer, has_happened, _ = run(interpreter, way, UNDER_RULES, deny(way.module))
    if has_happened or not (way.is_silent or REFUSED in answer.out + answer.err):
        return f"{way.name}: refused, but it happened or was refused in other words (seen: {has_happened})\n    {answer}"
    return None


def check_refusal(command, way):
    """Refused and recorded at once: the line tells the rule."""
    answer, has_happened, lines = run(command, way, ["audit", "run", "--policy", "{rules}", "--record", "{record}"], deny(way.module))
    modules = [line for line in lines if line["type"] == "module" and line["name"] == way.module]
    if has_happened or not modules or any(line["decision"] != "deny" or not line["rule"].endswith("rules.yaml:5") for line in modules):
        return f"{way.name}: refused under audit, but it happened or has no line with its rule (seen: {has_happened}): {modules}\n    {answer}"
    return None


def check_many(command):
    """None is lost and none told twice."""
    way = imports.Way("many", imports.MANY, module="many")
    answer, has_happened, lines = run(command, way, ["audit", "run", "--record", "{record}"])
    counts = {kind: sum(line["type"] == "module" and (line["name"], line["kind"]) == ("many", kind) for line in lines) for kind in ("made", "source")}
    if answer.code != 0 or not has_happened or set(counts.values()) != {imports.MANY_LINES}:
        return f"many: there are {counts}, not {imports.MANY_LINES} of each\n    {answer}"
    return None


def policy_of(rules, known):
    """Everything but imports is allowed, and what the rules say of those."""
    others = sorted(known["capabilities"] - {"import"})
    def lines(limits):
        return [f"  - {{capability: import{', ' + limit.format(**known) if limit else ''}}}" for limit in limits]
    return "\n".join(["version: 1", "allow:", *[f"  - capability: {name}" for name in others], *lines(rules.allow), *(["deny:"] if rules.deny else []), *lines(rules.deny), ""])


def check_rules(interpreter, rules, known):
    with interpreters.fresh_directory() as directory:
        here = {**known, "directory": directory}
        interpreters.write_files(directory, {"victim.py": imports.VICTIM, **{name: text.replace("{library}", known["library"]) for name, text in rules.files.items()}})
        file = pathlib.Path(directory, "rules.yaml")
        file.write_text(policy_of(rules, here), encoding="utf-8")
        answer = interpreter.run(["-X", f"cordon-policy={file}", "-c", rules.program.replace("{directory}", directory)], directory, rules.variables)
        has_happened = pathlib.Path(directory, "witness").exists()
    if has_happened != rules.happens or (answer.code == 0) != rules.happens or (not rules.happens and REFUSED not in answer.err):
        return f"{rules.name}: it happened: {has_happened}, it should: {rules.happens}\n    {answer}"
    return None


def facts(interpreter, digest, table):
    extension = subprocess.run([interpreter.program, "-c", "import xxlimited; print(xxlimited.__file__)"], capture_output=True, text=True, check=True).stdout.strip()
    names = {line.split("\t")[0] for line in pathlib.Path(table).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
    return {"digest": digest, "library": interpreter.library, "file_digest": hashlib.sha256(pathlib.Path(extension).read_bytes()).hexdigest(), "capabilities": names}


def victims_digest(stock):
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, {"victim.py": imports.VICTIM})
        script = pathlib.Path(__file__).with_name("code_digest.py")
        return subprocess.run([stock, script, "victim.py"], cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


class Command(interpreters.Interpreter):
    """The command instead of an interpreter."""

    def __init__(self, program, interpreter):
        self.program = str(pathlib.Path(program).absolute())
        self.own = interpreter.own


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--stock", required=True)
    parser.add_argument("--capabilities", required=True)
    parser.add_argument("names", nargs="*", help="only these rows")
    arguments = parser.parse_args()
    interpreter = interpreters.Interpreter(arguments.subject)
    command = Command(arguments.command, interpreter)
    ways = [way for way in imports.WAYS if not arguments.names or way.name in arguments.names]
    digest = victims_digest(pathlib.Path(arguments.stock).absolute())
    complaints = []
    for way in ways:
        complaints += [text for text in (check_record(command, way, digest), check_policy(interpreter, way), check_refusal(command, way)) if text]
    rules = [row for row in imports.RULES if not arguments.names or row.name in arguments.names]
    known = facts(interpreter, digest, arguments.capabilities) if rules else None
    complaints += [text for row in rules if (text := check_rules(interpreter, row, known))]
    if not arguments.names:
        complaints += [text for text in [check_many(command)] if text]
    print("\n".join(complaints))
    print(f"{len(ways)} ways to a module, {len(rules)} rules, {len(complaints)} complaints")
    return 1 if complaints or not ways + rules else 0


if __name__ == "__main__":
    sys.exit(main())
