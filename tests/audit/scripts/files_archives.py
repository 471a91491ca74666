"""Archives: zip, tar, gzip, bzip2, lzma."""
import bz2
import gzip
import lzma
import os
import tarfile
import zipfile

data = os.urandom(1000) * 50
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("inner/b", data)
with zipfile.ZipFile("a.zip") as archive:
    archive.extractall("out")
with tarfile.open("a.tar.gz", "w:gz") as archive:
    archive.add("out")
with tarfile.open("a.tar.gz") as archive:
    archive.extractall("again", filter="data")
for module, name in ((gzip, "a.gz"), (bz2, "a.bz2"), (lzma, "a.xz")):
    with module.open(name, "wb") as file:
        file.write(data)
    with module.open(name, "rb") as file:
        assert file.read() == data
