#!/usr/bin/env python3
"""docs/policy.schema.json and `cordon policy check` agree about what is a policy, and the example of docs/policy.md is one.

    check_schema.py --cordon PROGRAM --docs FOLDER
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

GOOD = [
    "version: 1",
    "version: 1\nallow: []\ndeny: []",
    "version: 1\nallow: [{capability: '*', reason: all}]",
    "version: 1\nallow: [{capability: 'fs.read, fs.list', path: [/srv, '/a/**/*.b']}]",
    "version: 1\nallow: [{capability: net.connect, address: [10.0.0.0/8, '::1', 'fe80::/10', 'unix:/run/*'], port: [443, '8000-8010', 0]}]",
    "version: 1\nallow: [{capability: import, name: [json, json.*], origin: [frozen, built-in, /usr/**], sha256: [" + "0a" * 32 + "]}]",
    "version: 1\nallow: [{capability: process.spawn, program: [/bin/ls], arguments: ['', -l ...]}, {capability: process.signal, signal: [TERM, SIGINT, 10]}]",
    "version: 1\nallow: [{capability: net.resolve, host: ['*.example.com', localhost]}, {capability: 'time.*'}]",
    "version: 1\nallow: [{capability: net.connect, address: ['unix:', 'unix:*.sock', 'abstract:a', 'netlink:*', 'raw:ipv4', '10.0.0.1']}]",
    "version: 1\nlimits: {memory: 64M, time: 1.5s, cpu: 2, fuel: 20M, fs-files: 100, recursion: none}",
    "version: 1\ndefault: a\nprofiles: [{name: a, extends: [b], report_only: true, limits: {calls: 5}}, {name: b, allow: [{capability: tty}]}]",
]
BAD = [
    "allow: []",
    "version: '1'",
    "version: 1\nreport_only: 'true'",
    "version: 1\nallow: [{capability: fs.read, path: [/a, /b, /a]}]",
    "version: 1\nprofiles: [{name: a, extends: [b, b]}, {name: b}]",
    "version: 1\nallow: [{capability: net.connect, address: ['unix:run/x']}]",
    "version: 1\nallow: [{capability: net.connect, address: ['abstrakt:x']}]",
    "version: 2",
    "version: 1\nalow: []",
    "version: 1\nallow: {capability: tty}",
    "version: 1\nallow: [{path: [/a]}]",
    "version: 1\nallow: [{capability: fs.red}]",
    "version: 1\nallow: [{capability: user.*}]",
    "version: 1\nallow: [{capability: fs.read, path: /a}]",
    "version: 1\nallow: [{capability: fs.read, path: []}]",
    "version: 1\nallow: [{capability: fs.read, path: [a]}]",
    "version: 1\nallow: [{capability: fs.read, port: [1]}]",
    "version: 1\nallow: [{capability: env.read, name: ['']}]",
    "version: 1\nallow: [{capability: net.connect, port: [65536]}]",
    "version: 1\nallow: [{capability: net.connect, port: [http]}]",
    "version: 1\nallow: [{capability: net.connect, address: [localhost]}]",
    "version: 1\nallow: [{capability: net.resolve, host: [Example.com]}]",
    "version: 1\nallow: [{capability: net.resolve, host: [example.com.]}]",
    "version: 1\nallow: [{capability: import, sha256: [abc]}]",
    "version: 1\nallow: [{capability: import, origin: [lib]}]",
    "version: 1\nallow: [{capability: tty, reason: []}]",
    "version: 1\nlimits: {memory: 1s}",
    "version: 1\nlimits: {time: 64M}",
    "version: 1\nlimits: {memmory: 1M}",
    "version: 1\nreport_only: maybe",
    "version: 1\nprofiles: [{extends: [a]}]",
    "version: 1\nprofiles: [{name: 'a:b'}]",
    "version: 1\nprofiles: {a: {}}",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--docs", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    schema = json.loads((arguments.docs / "policy.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    examples = re.findall(r"```yaml\n(.*?)```", (arguments.docs / "policy.md").read_text(encoding="utf-8"), re.DOTALL)
    complaints = [] if examples else ["docs/policy.md has no example"]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "policy.yaml")
        for text, is_good in [*[(text, True) for text in [*GOOD, *examples]], *[(text, False) for text in BAD]]:
            path.write_text(text + "\n", encoding="utf-8")
            checked = subprocess.run([arguments.cordon, "policy", "check", path], capture_output=True, text=True, timeout=60)
            if (checked.returncode == 0) != is_good:
                complaints.append(f"cordon policy check ends with {checked.returncode}: {checked.stderr}\n{text}")
            if text in examples and checked.stderr:
                complaints.append(f"the example has a rule that does nothing: {checked.stderr}")
            found = [error.message for error in validator.iter_errors(yaml.safe_load(text))]
            if (not found) != is_good:
                complaints.append(f"the schema says {found}\n{text}")
    print("\n".join(complaints))
    print(f"{len(GOOD)} policies and {len(examples)} examples, {len(BAD)} that are none, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
