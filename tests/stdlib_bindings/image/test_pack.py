#!/usr/bin/env python3
"""Tests of stdlib_bindings/image/pack.py on a small tree: what is in the image, that it is the same every time, and what is refused.

    test_pack.py STOCK_PYTHON BUILD_FOLDER      (a build folder of CPython 3.13, and the interpreter that compiles for it)
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACK = ROOT / "stdlib_bindings" / "image" / "pack.py"
PYTHON, BUILD = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1)).resolve()
PREFIX = "/usr/lib/python3.13"

# Prints what core/sealed will see: path, size, mode and a sum of the bytes of each row, and whether the rows are sorted.
LISTER = """
#include "sealed/image_files.h"
#include <stdio.h>
#include <string.h>
int main(void)
{
    for (size_t i = 0; i < sealed_image_file_count; i++) {
        const struct sealed_image_file *file = &sealed_image_files[i];
        unsigned long sum = 0;
        for (uint64_t n = 0; n < file->size; n++)
            sum = sum * 31 + file->data[n];
        if (i && strcmp(sealed_image_files[i - 1].path, file->path) >= 0)
            return 1;
        printf("%s\\t%llu\\t%o\\t%lu\\t%llu\\n", file->path, (unsigned long long)file->size, file->mode, sum, (unsigned long long)file->mtime_ns);
    }
    return 0;
}
"""


def source_of_build():
    line = next(line for line in (BUILD / "Makefile").read_text().splitlines() if line.startswith("srcdir="))
    return (BUILD / line.partition("=")[2].strip()).resolve()


def sum_of(data):
    result = 0
    for byte in data:
        result = (result * 31 + byte) % 2**64
    return result


class Pack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="cordon_pack_"))
        cls.source = source_of_build()
        cls.first = cls.pack(cls.folder / "a" / "image.S", "--list", str(cls.folder / "list"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def pack(cls, output, *arguments, **environment):
        output.parent.mkdir(exist_ok=True)
        return subprocess.run([PYTHON, str(PACK), "--build", str(BUILD), "--output", str(output), *arguments],
                              capture_output=True, text=True, env={**os.environ, **environment})

    def assemble(self, folder):
        subprocess.run(["gcc", "-c", "image.S", "-o", "image.o"], cwd=folder, check=True)
        return (folder / "image.o").read_bytes()

    def test_it_packs(self):
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertIn("files", self.first.stdout)

    def test_same_input_gives_the_same_bytes(self):
        copy = self.folder / "copied_source"
        if not copy.exists():
            shutil.copytree(self.source, copy, ignore=shutil.ignore_patterns("test", "__pycache__", "*.o", "Doc"))
            (copy / "Lib" / "test").mkdir(exist_ok=True)
        result = self.pack(self.folder / "b" / "image.S", "--source", str(copy), PYTHONHASHSEED="4711", TZ="Asia/Tokyo")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.assemble(self.folder / "a"), self.assemble(self.folder / "b"))

    def test_rows_are_sorted_and_hold_the_files(self):
        self.assemble(self.folder / "a")
        (self.folder / "lister.c").write_text(LISTER)
        program = self.folder / "lister"
        subprocess.run(["gcc", "-no-pie", "-I", str(ROOT / "core" / "sealed" / "include"), str(self.folder / "lister.c"),
                        str(self.folder / "a" / "image.o"), "-o", str(program)], check=True)
        rows = dict(line.split("\t", 1) for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines())
        decoder = (self.source / "Lib" / "json" / "decoder.py").read_bytes()
        size, mode, total, mtime = rows[f"{PREFIX}/json/decoder.py"].split("\t")
        self.assertEqual((int(size), mode, int(total)), (len(decoder), "100644", sum_of(decoder)))
        self.assertGreater(int(mtime), 10**18)
        self.assertIn(f"{PREFIX}/json/__pycache__/decoder.cpython-313.pyc", rows)
        self.assertIn(f"{PREFIX}/_socket.py", rows)
        self.assertFalse([path for path in rows if "/test/" in path and path.startswith(f"{PREFIX}/test/") or "idlelib" in path])
        self.assertTrue([path for path in rows if path.startswith(f"{PREFIX}/_sysconfigdata_")])
        self.assertIn("/usr/include/python3.13/pyconfig.h", rows)

    def test_no_path_of_this_machine_is_inside(self):
        blob = (self.folder / "a" / "image.bin").read_bytes()
        for path in {str(BUILD.parent), str(self.source), str(ROOT), str(pathlib.Path.home()) + "/"}:
            self.assertNotIn(path.encode(), blob)

    def test_byte_code_names_the_path_in_the_image_and_is_never_stale(self):
        tree = self.folder / "tree"
        tree.mkdir()
        (tree / "module.py").write_text("def f():\n    return 1\n")
        result = self.pack(self.folder / "c" / "image.S", "--tree", f"{tree}=/srv/lib", "--list", str(self.folder / "list_c"))
        self.assertEqual(result.returncode, 0, result.stderr)
        blob = (self.folder / "c" / "image.bin").read_bytes()
        self.assertIn("/srv/lib/__pycache__/module.cpython-313.pyc\t", (self.folder / "list_c").read_text())
        self.assertIn(b"/srv/lib/module.py", blob)
        start = blob.index(b"/srv/lib/module.py")
        header = blob.rindex(marshal_magic(), 0, start)
        self.assertEqual(int.from_bytes(blob[header + 4:header + 8], "little"), 1)  # hash-based, unchecked

    def test_refuses_what_is_no_source(self):
        result = self.pack(self.folder / "d" / "image.S", "--source", str(self.folder))
        self.assertNotEqual(result.returncode, 0)

    def test_zones_come_along_and_must_be_zones(self):
        zones = self.folder / "zones"
        (zones / "right").mkdir(parents=True)
        result = self.pack(self.folder / "f" / "image.S", "--zones", str(zones))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("time zone database", result.stderr)
        for name in ("UTC", "right/UTC"):
            (zones / name).write_bytes(b"TZif2")
        result = self.pack(self.folder / "f" / "image.S", "--zones", str(zones), "--list", str(self.folder / "list_f"))
        self.assertEqual(result.returncode, 0, result.stderr)
        listed = (self.folder / "list_f").read_text()
        self.assertIn("/usr/share/zoneinfo/UTC\t", listed)
        self.assertNotIn("right", listed)

    def test_refuses_a_relative_path_for_a_tree(self):
        result = self.pack(self.folder / "e" / "image.S", "--tree", f"{self.folder}=srv")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("FOLDER=/absolute/path", result.stderr)

    def test_refuses_a_stand_in_that_hides_a_file(self):
        sys.path.insert(0, str(PACK.parent))
        import collect
        files = {"json.py": b""}
        stand_ins = self.folder / "stand_ins"
        stand_ins.mkdir()
        (stand_ins / "other.py").write_text("x = 1\n")
        collect.add_stand_ins(files, stand_ins)
        self.assertEqual(files["other.py"], b"x = 1\n")
        (stand_ins / "json.py").write_text("")
        with self.assertRaisesRegex(collect.PackError, "json.py"):
            collect.add_stand_ins(dict(files), stand_ins)
        with self.assertRaisesRegex(collect.PackError, "no other"):
            collect.add_appended({"json.py": b""}, make_appended(self.folder))


def make_appended(folder):
    path = folder / "appended"
    path.mkdir()
    (path / "other.py").write_text("")
    return path


def marshal_magic():
    return subprocess.run([PYTHON, "-c", "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"],
                          capture_output=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
