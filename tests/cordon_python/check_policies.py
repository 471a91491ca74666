#!/usr/bin/env python3
"""Runs each program of policies.py under a policy that denies or limits one capability, and under its twin that does not.

    check_policies.py --subject PYTHON --capabilities TSV [NAME...]

Exit code 1: something that was denied happened, something allowed did not, or a capability has no row.
"""
import argparse
import dataclasses
import pathlib
import select
import socket
import subprocess
import sys

import interpreters
import policies


class Witness:
    """Sees from outside whether a program did it."""

    def __init__(self, kind, directory):
        self.kind, _, name = kind.partition(":")
        self.path = pathlib.Path(directory, name) if name else None
        self.socket = self.victim = None
        if self.kind == "connection":
            self.socket = socket.create_server(("127.0.0.1", 0))
        if self.kind == "datagram":
            self.socket = socket.socket(type=socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
        if self.kind == "signal":
            self.victim = subprocess.Popen(["sleep", "60"])

    def variables(self):
        return {"PORT": str(self.socket.getsockname()[1])} if self.socket else {"VICTIM": str(self.victim.pid)} if self.victim else {}

    def happened(self, has_printed, code):
        if self.kind == "exit":
            return code == 0
        if self.socket:
            return bool(select.select([self.socket], [], [], 0)[0])
        if self.victim:
            try:
                return self.victim.wait(0.3) != 0
            except subprocess.TimeoutExpired:
                return False
        if self.path:
            return self.path.exists() if self.kind == "file" else not self.path.exists()
        return has_printed

    def close(self):
        if self.socket:
            self.socket.close()
        if self.victim:
            self.victim.kill()
            self.victim.wait()


def rules(row, is_refused, capabilities, directory):
    """A policy that allows everything, but for the row's capability if it is refused."""
    if is_refused and row.only:
        allowed = [f"capability: {name}" + (", " + row.only.replace("{directory}", directory) if name == row.capability else "") for name in capabilities]
    else:
        allowed = ["capability: '*'"]
    denied = [f"capability: {row.capability}" + (f", {row.limits}" if row.limits else "")] if is_refused and not row.only else []
    return "\n".join(["version: 1", "allow:", *[f"  - {{{rule}}}" for rule in allowed], *(["deny:"] if denied else []), *[f"  - {{{rule}}}" for rule in denied], ""])


def run(interpreter, row, is_refused, capabilities):
    """Its answer, whether it printed what it should, and whether it was seen."""
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, row.files)
        policy = pathlib.Path(directory + ".policy")
        policy.write_text(rules(row, is_refused, capabilities, directory))
        witness = Witness(row.witness, directory)
        try:
            answer = interpreter.run(["-X", f"cordon-policy={policy}", "-c", row.program], directory, {**row.variables, **witness.variables()}, time_limit_s=60)
            has_printed = row.prints in answer.out
            return answer, has_printed, witness.happened(has_printed, answer.code)
        finally:
            witness.close()
            policy.unlink()


def check(interpreter, row, capabilities):
    answer, has_printed, happened = run(interpreter, row, False, capabilities)
    if not (has_printed and happened and answer.code == 0):
        return f"{row.name}: allowed, but it did not happen (printed: {has_printed}, seen: {happened})\n    {answer}"
    answer, has_printed, happened = run(interpreter, row, True, capabilities)
    if row.cannot_start:
        if has_printed or happened or answer.code == 0:
            return f"{row.name}: the interpreter cannot do without {row.capability}, yet it ran\n    {answer}"
    if row.only and not row.within:
        return f"{row.name}: limits need a program that keeps within them"
    if row.within:
        inside = dataclasses.replace(row, program=row.within, prints="done", witness="output")
        inside_answer, has_printed, _ = run(interpreter, inside, True, capabilities)
        if not has_printed or inside_answer.code != 0:
            return f"{row.name}: within its limits, yet it did not happen\n    {inside_answer}"
    if not row.cannot_start and (happened or row.says not in answer.out + answer.err):
        return f"{row.name}: denied, but it happened or was refused in other words (seen: {happened})\n    {answer}"
    return None


def names_in(table):
    return [line.split("\t")[0] for line in pathlib.Path(table).read_text().splitlines() if line and not line.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--capabilities", required=True)
    parser.add_argument("names", nargs="*", help="only these rows")
    arguments = parser.parse_args()
    interpreter = interpreters.Interpreter(arguments.subject)
    rows = [row for row in policies.REFUSALS if not arguments.names or row.name in arguments.names]
    capabilities = names_in(arguments.capabilities)
    complaints = [f"{name}: no row denies it" for name in capabilities if name not in {row.capability for row in policies.REFUSALS}]
    complaints += [text for row in rows if (text := check(interpreter, row, capabilities))]
    print("\n".join(complaints))
    print(f"{len(rows)} refusals beside their twins, {len(complaints)} complaints")
    return 1 if complaints or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
