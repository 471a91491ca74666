"""Folders: listed, walked, searched by patterns."""
import fnmatch
import glob
import os
import pathlib

for number in range(5):
    os.makedirs(f"a/{number}")
    pathlib.Path(f"a/{number}/file.txt").write_text("x")
assert len(list(os.walk("a"))) == 6
assert len(list(os.fwalk("a"))) == 6
assert len(glob.glob("a/**/*.txt", recursive=True)) == 5
assert len(list(pathlib.Path("a").rglob("*.txt"))) == 5
with os.scandir("a") as entries:
    assert all(entry.is_dir() and entry.stat() for entry in entries)
assert fnmatch.filter(os.listdir("a"), "[0-2]") and len(os.listdir("a")) == 5
