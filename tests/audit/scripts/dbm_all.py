"""Databases of keys: dumb, gnu, ndbm, sqlite; shelve."""
import importlib
import shelve

for name in ("dumb", "gnu", "ndbm", "sqlite3"):
    try:
        module = importlib.import_module(f"dbm.{name}")
    except ImportError:
        continue
    with module.open(f"base_{name}", "c") as base:
        base[b"key"] = b"value"
        assert base[b"key"] == b"value"
with shelve.open("shelf") as shelf:
    shelf["a"] = [1, 2]
