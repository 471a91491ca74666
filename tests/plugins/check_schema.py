#!/usr/bin/env python3
"""docs/plugin.schema.json and the reader of manifests agree about what is a manifest, and the example of docs/plugins_host.md is one.

    check_schema.py --reader PROGRAM --docs FOLDER        PROGRAM FILE ends with 0 if FILE is a manifest, with 1 if it is none
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

HEAD = "name: p\nversion: '1'\napi_version: 1\nentry: m\n"
GOOD = [
    HEAD,
    "{name: p, version: '1', api_version: '1', entry: 'a.b:c.d'}",
    HEAD + "description: d\n",
    HEAD + "description:\ncommands:\ncontracts:\ncapabilities:\n",
    HEAD + "commands: {run-it: , do: {parameters: [{name: a, type: 'int|none', default: }, {name: b, required: false}], returns: str, description: x}}\n",
    HEAD + "contracts: {a.b: , c: {entry: m, functions: {f: , g: {parameters: }}}}\n",
    HEAD + "capabilities: [{capability: random}, {capability: fs.read, arguments: {path: /srv}}, {capability: net.connect, arguments: {address: [127.0.0.1], port: [443, 80-90]}}]\n",
    HEAD + "capabilities: [{capability: net.connect, arguments: {port: 443}}]\n",
]
BAD = [
    "[]",
    "name: p\n",
    HEAD + "colour: red\n",
    HEAD.replace("'1'", "1.5"),
    HEAD.replace("api_version: 1", "api_version: 1.5"),
    HEAD.replace("api_version: 1", "api_version: true"),
    HEAD.replace("name: p", "name: a/b"),
    HEAD.replace("name: p", "name: " + 65 * "a"),
    HEAD.replace("name: p", "name: .a"),
    HEAD.replace("entry: m", "entry: a-b"),
    HEAD.replace("entry: m", "entry: a:b:c"),
    HEAD.replace("entry: m", "entry: "),
    HEAD + "description: 5\n",
    HEAD + "commands: [run]\n",
    HEAD + "commands: {a b: }\n",
    HEAD + "commands: {a: {parameters: {}}}\n",
    HEAD + "commands: {a: {parameters: [{name: 1}]}}\n",
    HEAD + "commands: {a: {parameters: [{type: int}]}}\n",
    HEAD + "commands: {a: {parameters: [{name: b, type: integer}]}}\n",
    HEAD + "commands: {a: {returns: text}}\n",
    HEAD + "commands: {a: {entry: m}}\n",
    HEAD + "contracts: {a-b: }\n",
    HEAD + "contracts: {a: {functions: {b-c: }}}\n",
    HEAD + "contracts: {a: {functions: []}}\n",
    HEAD + "capabilities: {capability: random}\n",
    HEAD + "capabilities: [random]\n",
    HEAD + "capabilities: [{capability: fs.red}]\n",
    HEAD + "capabilities: [{capability: 'fs.*'}]\n",
    HEAD + "capabilities: [{capability: random, path: /a}]\n",
    HEAD + "capabilities: [{capability: fs.read, arguments: {paths: /a}}]\n",
    HEAD + "capabilities: [{capability: fs.read, arguments: {path: ''}}]\n",
    HEAD + "capabilities: [{capability: net.connect, arguments: {port: true}}]\n",
]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reader", required=True)
    options.add_argument("--docs", required=True, type=pathlib.Path)
    options = options.parse_args()
    schema = json.loads((options.docs / "plugin.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    example = re.search(r"```yaml\n(.*?)```", (options.docs / "plugins_host.md").read_text(), re.S).group(1)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "plugin.yaml")
        for text, is_good in [(text, True) for text in [example, *GOOD]] + [(text, False) for text in BAD]:
            file.write_text(text)
            read = subprocess.run([options.reader, file], capture_output=True, text=True, timeout=60)
            by_schema = validator.is_valid(yaml.safe_load(text))
            if (read.returncode == 0, by_schema) != (is_good, is_good) or read.returncode not in (0, 1):
                failed += 1
                print(f"{'good' if is_good else 'bad'}, but the reader says {read.returncode} {read.stdout.strip()!r}, the schema {by_schema}:\n{text}")
    print(f"{1 + len(GOOD) + len(BAD)} manifests, {failed} judged wrongly")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
