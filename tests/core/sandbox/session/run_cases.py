#!/usr/bin/env python3
"""Runs the tables of this folder against the image: run_cases.py IMAGE [TABLE...] [-k TEXT]. Each row is a function `case(host)`; what it raises fails it."""
import argparse
import importlib
import sys
import traceback

import host as hosts

TABLES = ("values", "execute", "exceptions", "calls", "loops", "files", "rules", "renew")


def run(image, name, row):
    with hosts.Host(image, row.configure, greet=row.greet) as host:
        row.case(host)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("tables", nargs="*", default=TABLES)
    parser.add_argument("-k", dest="text", default="", help="only rows whose name has this in it")
    arguments = parser.parse_args()
    failed = done = 0
    for table in arguments.tables:
        for name, row in importlib.import_module(f"cases_{table}").ROWS.items():
            if arguments.text not in name:
                continue
            done += 1
            try:
                run(arguments.image, name, row)
            except Exception:
                failed += 1
                print(f"FAILED: {table}: {name}\n{traceback.format_exc()}", flush=True)
            else:
                print(f"ok: {table}: {name}", flush=True)
    print(f"{done} rows, {failed} failed")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
