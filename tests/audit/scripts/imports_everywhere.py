"""Modules from folders, from zip files, from extensions, compiled beforehand."""
import compileall
import importlib
import pathlib
import sys
import zipfile

pathlib.Path("package/inner").mkdir(parents=True)
pathlib.Path("package/__init__.py").write_text("from .inner import deep\n")
pathlib.Path("package/inner/__init__.py").write_text("")
pathlib.Path("package/inner/deep.py").write_text("VALUE = 1\n")
sys.dont_write_bytecode = False
compileall.compile_dir("package", quiet=1)
with zipfile.ZipFile("zipped.zip", "w") as archive:
    archive.writestr("from_zip.py", "VALUE = 2\n")
sys.path[:0] = [".", "zipped.zip"]
import package
import from_zip

assert package.deep.VALUE == 1 and from_zip.VALUE == 2
importlib.reload(package)
try:
    importlib.import_module("nowhere.at.all")
except ImportError:
    pass
for name in ("_ctypes_test", "xxlimited", "_curses", "readline", "_tkinter"):
    try:
        importlib.import_module(name)
    except ImportError:
        pass
