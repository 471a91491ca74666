"""Text files: written, appended, read by lines, sought, truncated."""
import os

with open("a.txt", "w", encoding="utf-8") as file:
    file.write("one\ntwo\n" * 1000)
with open("a.txt", "a+", encoding="utf-8") as file:
    file.write("three\n")
    file.seek(0)
    assert len(file.readlines()) == 2001
    file.truncate(4)
assert os.path.getsize("a.txt") == 4
try:
    open("missing.txt", encoding="utf-8")
except FileNotFoundError:
    pass
