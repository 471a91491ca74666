"""`cordon plugin`: looks at plugins without running them, calls them, grants and refuses, and tells by its exit code what became of it.

usage: test_plugin.py --cordon PATH --plugins FOLDER
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

MANIFEST = "name: p\nversion: '1'\napi_version: {api}\nentry: main\ncommands: {{greet: {{parameters: [{{name: who, type: str}}]}}, fail: , spin: , exit: }}\n{more}"
CODE = """
import sys
def greet(who): print('greeting', who); return {'hello': who}
def fail(): raise ValueError('as it was told')
def spin():
    while True: pass
def exit(): sys.exit(3)
"""
failures = 0


def check(is_true, what, detail=""):
    global failures
    if not is_true:
        failures += 1
        print(f"FAILED: {what}: {detail}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--plugins", required=True, type=Path)
    options = parser.parse_args()

    def run(*arguments):
        done = subprocess.run([options.cordon, "plugin", *map(str, arguments)], capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def expect(what, code, out, *arguments, says=""):
        found = run(*arguments)
        check(found[0] == code and (out is None or found[1] == out) and says in found[2], what, str(found))
        return found

    german, french, policy = options.plugins / "german", options.plugins / "french", options.plugins / "policy.yaml"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plugin, grants = folder / "p", folder / "grants.json"
        plugin.mkdir()

        def write(api=1, more="", code=CODE):
            (plugin / "plugin.yaml").write_text(MANIFEST.format(api=api, more=more))
            (plugin / "main.py").write_text(code)

        write(code="import sys\ndef greet(who): sys.stdout.buffer.write(b'a\\0b\\xff\\n'); sys.stdout.buffer.write(bytes(10000)); return who\nfail = spin = exit = greet")
        done = subprocess.run([options.cordon, "plugin", "run", plugin, '{"command": "greet", "who": "x"}'], capture_output=True, timeout=120)
        check((done.returncode, done.stdout) == (0, b"a\0b\xff\n" + bytes(10000) + b'"x"\n'), "what it writes is passed on, each byte", str(done)[:300])
        with open("/dev/full", "w") as full:
            done = subprocess.run([options.cordon, "plugin", "check", german], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
        check(done.returncode == 121 and "cannot be written" in done.stderr, "an answer that finds no room", str(done))
        expect("an option that is none", 120, "", "check", german, "--polcy", policy, says="--polcy is no option")
        expect("an option without its value", 120, "", "check", german, "--policy", says="--policy is no option of cordon plugin, or lacks its value")
        expect("a time that is none", 120, "", "check", german, "--time", "soon", says="--time soon: needs a time")
        expect("a grant that nothing remembers", 120, "", "grant", german, says="--grants FILE")
        expect("a call", 0, '"Guten Tag, Ann."\n', "call", german, "greetings", "greet", '["Ann"]')
        expect("a call by name", 0, '"Guten Tag, Ann."\n', "call", german, "greetings", "greet", '{"who": "Ann"}')
        expect("without policy nothing is granted", 122, "", "call", french, "greetings", "greet", '["Ann"]', says="time.read")
        expect("with policy it is", 0, '"Bonjour, Ann !"\n', "call", f"--policy={policy}", french, "greetings", "greet", '["Ann"]')
        expect("an argument that does not fit", 120, "", "call", german, "greetings", "greet", "[1]", says="must be str, not int")
        expect("no such function", 120, "", "call", german, "greetings", "nope", says="nope")
        expect("no JSON", 120, "", "call", german, "greetings", "greet", "[", says="no JSON")
        described = expect("a description", 0, None, "describe", german)
        check(json.loads(described[1])["name"] == "german", "a description is JSON", described[1])

        write()
        expect("a command", 0, 'greeting Ann\n{"hello":"Ann"}\n', "run", plugin, '{"command": "greet", "who": "Ann"}')
        expect("an exception", 1, "", "run", plugin, '{"command": "fail"}', says="ValueError: as it was told")
        expect("an exit", 1, "", "run", plugin, '{"command": "exit"}', says="code 3")
        expect("a limit", 123, "", "run", "--time=500ms", plugin, '{"command": "spin"}', says="limit")
        expect("a time that is none", 120, "", "run", "--time", "soon", plugin, says="--time soon: needs")
        expect("another interface", 120, "", "run", "--api-version", "2", plugin, says="was made for version 1 of the host's interface, this host has version 2")
        write(code="raise OverflowError\n")
        checked = expect("a check runs nothing", 0, None, "check", plugin)
        check(json.loads(checked[1])["granted"] == "first", "what is granted is told", checked[1])
        expect("a load does", 1, "", "describe", plugin, says="OverflowError")
        (plugin / "plugin.yaml").write_text("name: p\ncolour: red\n")
        expect("a wrong manifest", 120, "", "check", plugin, says="plugin.yaml:2:9: `colour` is no key of a manifest")

        write(more="capabilities: [{capability: time.read}]\n")
        common = ("--policy", policy, "--grants", grants, "--ask-first")
        expect("never granted", 122, "", "describe", *common, plugin, says="never granted")
        expect("granted", 0, "", "grant", *common, plugin)
        expect("what was granted", 0, None, "describe", *common, plugin)
        check(grants.stat().st_mode & 0o777 == 0o600, "grants are their owner's alone")
        grants.chmod(0o644)
        expect("grants that others may read", 120, "", "describe", *common, plugin, says="0600")
        for wrong in ([], ["check"], ["check", plugin, "more"], ["call", plugin, "a"], ["fly", plugin]):
            expect(f"usage: {wrong}", 120, "", *wrong, says="usage: cordon plugin")
        expect("help", 0, None, "--help")
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
