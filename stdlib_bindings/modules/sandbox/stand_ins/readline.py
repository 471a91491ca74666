"""Absent: whoever imports it has another way and expects an ImportError."""
from _sealed import missing

raise missing("readline", "tty", "it edits lines on a terminal; programs go on without it")
