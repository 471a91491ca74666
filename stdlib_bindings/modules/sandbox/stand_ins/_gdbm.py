"""Absent: whoever imports it has another way and expects an ImportError."""
from _sealed import missing

raise missing("_gdbm", "native.load", "dbm.sqlite3 and dbm.dumb work")
