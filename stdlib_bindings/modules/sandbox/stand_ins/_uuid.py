"""Absent: whoever imports it has another way and expects an ImportError."""
from _sealed import missing

raise missing("_uuid", "system.info", "uuid works without it")
