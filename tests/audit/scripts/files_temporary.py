"""Temporary files and folders, and copies of trees."""
import os
import shutil
import tempfile

with tempfile.TemporaryDirectory() as folder:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(b"x" * 100000)
    with tempfile.TemporaryFile() as file:
        file.write(b"y")
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"z" * 20)
    shutil.copytree(folder, "copy", symlinks=True)
    shutil.copyfile(file.name if isinstance(file.name, str) else os.path.join("copy", os.listdir("copy")[0]), "single")
    shutil.copystat(folder, "copy")
shutil.move("single", "moved")
shutil.rmtree("copy")
assert shutil.disk_usage(".").total > 0
assert shutil.which("sh")
