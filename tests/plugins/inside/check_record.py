#!/usr/bin/env python3
"""Modules of plugins in the record of the full interpreter, and under its policy: each has a line with kind, origin and the digest of the same file imported by anybody, and can be refused by each.

usage: check_record.py --subject CORDON_PYTHON --command CORDON [--blind]

--blind leaves the plugins out of the audited program, which must be found out.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = """
import sys
sys.path.insert(0, {cases!r})
import plugin_files as files
from cordon import plugins
files.FOLDER = {folder!r}
source = "def who():\\n    import utils\\n    return utils.who()\\n"
roots = [files.write_folder("one", {{"plugin.py": source}}, who="same"), files.write_archive("two.zip", {{"plugin.py": source}}, who="same")]
if {plugins!r}:
    for root in roots:
        with plugins.load(root, files.manifest()) as plugin:
            print(plugin.execute(["who"]))
sys.path.insert(0, roots[0])
import utils, generated.contracts, vendored.parts.inner
"""
MODULES = ("utils", "vendored", "vendored.parts.inner")
ALLOWED = "('same', 'same-vendored')\n" * 2


def policy_denying(rule):
    return f"version: 1\nallow:\n  - capability: '*'\ndeny:\n  - capability: import\n    {rule}\n"


def policy_allowing(library):
    """Everything but imports, and of those what is the interpreter's own or the plugins'."""
    capabilities = "fs.*, fd.use, process.info, process.exit, system.info, signal.handle, time.read, random, memory.map, thread.start, env.read"
    return f"version: 1\nallow:\n  - capability: {capabilities}\n  - capability: import\n    origin: [built-in, frozen, {library}, {HERE}, FOLDER]\n"


class Checks:
    def __init__(self, options):
        self.options = options
        self.complaints = []

    def expect(self, holds, text):
        if not holds:
            self.complaints.append(text)

    def run(self, command):
        """Answer and folder of one run; the folder of plugins is its own."""
        with tempfile.TemporaryDirectory() as folder:
            folder = str(pathlib.Path(folder).resolve())
            rules, record, program = (pathlib.Path(folder, name) for name in ("rules.yaml", "record.jsonl", "program.py"))
            program.write_text(PROGRAM.format(cases=str(HERE / "cases"), folder=folder, plugins=not self.options.blind))
            if "policy" in command:
                rules.write_text(command["policy"].replace("FOLDER", folder))
            done = subprocess.run([argument.format(record=record, rules=rules) for argument in command["before"]] + [str(program)], capture_output=True, text=True)
            lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
            return done, [line for line in lines if line["type"] == "module"], folder

    def check_lines(self):
        done, lines, folder = self.run({"before": [self.options.command, "audit", "run", "--record", "{record}"]})
        self.expect(done.returncode == 0 and (self.options.blind or ALLOWED in done.stdout), f"under audit it did not happen: {done}")
        for module in MODULES:
            file = module.replace(".", "/")
            plain = [line for line in lines if line["name"] == module]
            self.expect(len(plain) == 1, f"{module}: not told once as everybody's: {plain}")
            for kind, root in (("source", f"{folder}/one"), ("zip", f"{folder}/two.zip")):
                origins = {f"{root}/{file}.py", f"{root}/{file}/__init__.py"}
                of_plugin = [line for line in lines if line["name"].startswith("__cordon_plugin_") and line["name"].endswith(f"__.{module}") and line["kind"] == kind]
                self.expect(len(of_plugin) == 1 and of_plugin[0]["origin"] in origins, f"{module}: no line as {kind} below {root}: {of_plugin}")
                self.expect(bool(plain) and bool(plain[0]["sha256"]) and [line["sha256"] for line in of_plugin] == [plain[0]["sha256"]], f"{module}: as {kind} it has another digest than {plain}: {of_plugin}")

    def check_allowing(self):
        """Nothing of a plugin lies elsewhere than it says: who allows by origin need know no private name."""
        library = subprocess.run([self.options.subject, "-c", "import os; print(os.path.dirname(os.__file__))"], capture_output=True, text=True, check=True).stdout.strip()
        for allowed, works in ((policy_allowing(library), True), (policy_allowing(library).replace(", FOLDER]", ", FOLDER/one, FOLDER/program.py]"), False)):
            done, _, _ = self.run({"before": [self.options.subject, "-X", "cordon-policy={rules}"], "policy": allowed})
            self.expect((ALLOWED in done.stdout) == works and ("the policy refuses the module" in done.stderr) != works, f"allowed by origin, it should work: {works}\n{done}")

    def check_refusal(self, rule, refused):
        done, _, _ = self.run({"before": [self.options.subject, "-X", "cordon-policy={rules}"], "policy": policy_denying(rule)})
        is_refused = "the policy refuses the module" in done.stderr and ALLOWED not in done.stdout
        self.expect(is_refused == refused and (refused or ALLOWED in done.stdout), f"{rule}: refused: {is_refused}, should be: {refused}\n{done}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--subject", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--blind", action="store_true")
    checks = Checks(parser.parse_args())
    checks.check_lines()
    if not checks.options.blind:
        checks.check_allowing()
        # By where it lies; by the name that it has inside any plugin; and twins that mean another.
        checks.check_refusal("origin: [FOLDER/one]", True)
        checks.check_refusal("name: ['__cordon_plugin_*__.utils']", True)
        checks.check_refusal("origin: [FOLDER/three]", False)
        checks.check_refusal("name: ['__cordon_plugin_*__.others']", False)
    print(*checks.complaints, f"{len(checks.complaints)} complaints", sep="\n")
    return 1 if checks.complaints else 0


sys.exit(main())
