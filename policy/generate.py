#!/usr/bin/env python3
"""Turns tables/capabilities.tsv and tables/limits.tsv into the tables that policy compiles in, and into the schema for editors.

    generate.py --output FILE       the tables for C
    generate.py [--write]           whether docs/policy.schema.json is what the tables make; --write makes it so
"""
import argparse
import json
import pathlib
import sys

TABLES = pathlib.Path(__file__).resolve().parent / "tables"


def rows(name):
    return [line.split("\t") for line in (TABLES / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def fields_of(arguments):
    """Keys of rules are the words of the column; their flags are the same words in capitals."""
    words = {"sha256": "DIGEST"}
    return " | ".join(f"POLICY_FIELD_{words.get(word, word.upper())}" for word in arguments.split(",") if word != "-") or "0"


def table(name, comment, lines):
    return f"/* {comment} */\n#define {name}(X) \\\n" + " \\\n".join(f"    {line}" for line in lines) + "\n"


# What each key of a rule is, for people. The patterns say no more than an editor can use; `cordon policy check` has the last word.
KEYS = {
    "path": ("absolute paths: folders, or patterns with *, ? and **", {"pattern": "^/"}),
    "name": ("names, with * and ?", {"minLength": 1}),
    "host": ("host names in lower case, with * and ?", {"pattern": "^[^A-Z]*[^A-Z.]$"}),
    "address": ("addresses, ranges of them, unix:PATH, or another family's such as abstract:NAME",
                {"pattern": "^([0-9.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$|^unix:([/*?].*)?$|^(abstract|alg|bluetooth|can|netlink|other|packet|qipcrtr|raw|rds|tipc|vsock):"}),
    "port": ("ports, or ranges of them", {"pattern": "^[0-9]+(-[0-9]+)?$"}),
    "program": ("paths of programs", {"pattern": "^/"}),
    "arguments": ("arguments of a program, a pattern for each; ... for any more", {}),
    "signal": ("signals by name or number", {"pattern": "^((SIG)?[A-Z0-9]+|[0-9]+)$"}),
    "origin": ("where a module comes from: paths, built-in or frozen", {"pattern": "^/|^built-in$|^frozen$"}),
    "sha256": ("digests of a module's code", {"pattern": "^[0-9a-f]{64}$"}),
}
NUMBERS = {"port", "signal"}  # YAML reads these as numbers where they are plain


def texts(name):
    about, limits = KEYS[name]
    text = {"type": "string", **limits}
    items = {"anyOf": [text, {"type": "integer", "minimum": 0, "maximum": 65535 if name == "port" else 64}]} if name in NUMBERS else text
    return {"type": "array", "description": about, "minItems": 1, "uniqueItems": True, "items": items}


def rule():
    """A rule, and for each capability that it may name alone which keys it has none of."""
    capabilities = rows("capabilities.tsv")
    names = [row[0] for row in capabilities]
    groups = sorted({name.partition(".")[0] + ".*" for name in names if "." in name and sum(other.startswith(name.partition(".")[0] + ".") for other in names) > 1})
    conditions = []
    for name, arguments, _ in capabilities:
        others = sorted(set(KEYS) - set(arguments.split(",")))
        conditions.append({"if": {"properties": {"capability": {"const": name}}}, "then": {"not": {"anyOf": [{"required": [key]} for key in others]}}})
    known = {"anyOf": [{"const": row[0], "description": row[2]} for row in capabilities] + [{"enum": groups + ["*"]}, {"pattern": "^[a-z.*]+(, *[a-z.*]+)+$"}]}
    return {"type": "object", "required": ["capability"], "additionalProperties": False,
            "properties": {"capability": {"type": "string", "description": "one or several capabilities, a group, or *", **known}, **{key: texts(key) for key in KEYS},
                           "reason": {"type": "string", "minLength": 1, "description": "why; told with each decision"}},
            "allOf": conditions}


def schema():
    units = {"bytes": ("^[0-9]+([.][0-9]+)?[KMG]?$|^none$", "such as 64M"), "time": ("^[0-9]+([.][0-9]+)?(s|ms|us|m|h)?$|^none$", "such as 1.5s"),
             "count": ("^[0-9]+([.][0-9]+)?[KMG]?$|^none$", "such as 20M")}
    limits = {name: {"description": f"{about}, {units[unit][1]}, or none", "anyOf": [{"type": "string", "pattern": units[unit][0]}, {"type": "number", "exclusiveMinimum": 0}]}
              for name, unit, about in rows("limits.tsv")}
    content = {"report_only": {"type": "boolean", "description": "refuse nothing, and report what would be refused"}, "limits": {"$ref": "#/$defs/limits"},
               "allow": {"$ref": "#/$defs/rules"}, "deny": {"$ref": "#/$defs/rules"}}
    name = {"type": "string", "pattern": "^[^:/ ]+$"}
    profile = {"type": "object", "required": ["name"], "additionalProperties": False,
               "properties": {"name": name, "extends": {"type": "array", "minItems": 1, "maxItems": 16, "uniqueItems": True, "items": name}, **content}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Cordon policy",
            "$comment": "Made from policy/tables/capabilities.tsv and limits.tsv by policy/generate.py --write: do not edit.",
            "type": "object", "required": ["version"], "additionalProperties": False,
            "properties": {"version": {"const": 1}, "default": name, **content, "profiles": {"type": "array", "maxItems": 256, "items": profile}},
            "$defs": {"rule": rule(), "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
                      "limits": {"type": "object", "additionalProperties": False, "properties": limits}}}


def check_schema(is_written):
    path = TABLES.parent.parent / "docs" / "policy.schema.json"
    text = json.dumps(schema(), indent=1) + "\n"
    if is_written:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        print("docs/policy.schema.json is not what the tables make\n    way out: policy/generate.py --write")
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    output = arguments.output
    if output is None:
        return check_schema(arguments.write)
    text = "/* Generated from policy/tables/capabilities.tsv and limits.tsv by policy/generate.py: do not edit. */\n"
    text += table("POLICY_CAPABILITY_TABLE", "X(name, fields that a rule can limit it by)",
                  [f'X("{row[0]}", {fields_of(row[1])})' for row in rows("capabilities.tsv")])
    text += table("POLICY_LIMIT_TABLE", "X(member, name, unit)",
                  [f'X({row[0].replace("-", "_")}, "{row[0]}", {row[1].upper()})' for row in rows("limits.tsv")])
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
