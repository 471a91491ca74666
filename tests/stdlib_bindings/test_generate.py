#!/usr/bin/env python3
"""The generator of the redirect headers: what it makes can be compiled and renames, and it finds each kind of slip in a table."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATE = ROOT / "stdlib_bindings" / "generate.py"
GOOD_ROW = "open\tfunction\tfs_open\tfs.read\topen\tmemory file system\n"

BAD_TABLES = [
    # name of the case, table, rule that must be told
    ("too_few_fields", "open\tfunction\tfs_open\n", "columns"),
    ("not_a_name", "op en\tfunction\tfs_open\tfs.read\t-\t-\n", "name"),
    ("unknown_kind", "open\tmacro\tfs_open\tfs.read\t-\t-\n", "kind"),
    ("unknown_capability", "open\tfunction\tfs_open\tfs.everything\t-\t-\n", "capability"),
    ("unknown_host_function", "open\tfunction\tfs_opne\tfs.read\t-\t-\n", "host_env_function"),
    ("unsorted", GOOD_ROW + "access\tfunction\tfs_access\tfs.read\t-\t-\n", "order"),
    ("twice", GOOD_ROW + GOOD_ROW, "order"),
    ("redirected_nowhere", "open\tfunction\t-\tfs.read\t-\t-\n", "useless"),
    ("empty", "# nothing\n", "empty"),
]


def run(*arguments):
    return subprocess.run([sys.executable, GENERATE, *map(str, arguments)], capture_output=True, text=True, check=False)


class Tables(unittest.TestCase):
    def test_good_table_passes(self):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
            table.write(GOOD_ROW)
            table.flush()
            result = run("--table", table.name)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_bad_tables_are_found(self):
        for name, text, rule in BAD_TABLES:
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
                table.write(text)
                table.flush()
                result = run("--table", table.name)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, rf"{table.name}:\d+: {rule}: ")


class Headers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.assertEqual(run("--output", self.path).returncode, 0)

    def tearDown(self):
        self.folder.cleanup()

    def undefined_names(self, program, *flags):
        source = self.path / "program.c"
        source.write_text(program)
        compiled = self.path / "program.o"
        subprocess.run(["gcc", "-O2", *flags, "-c", source, "-o", compiled], check=True)
        listing = subprocess.run(["nm", "-u", compiled], capture_output=True, text=True, check=True).stdout
        return set(listing.split()) - {"U", "w"}

    def test_calls_pointers_and_variables_are_renamed_and_types_are_not(self):
        program = """
            #include <stdio.h>
            #include <fcntl.h>
            #include <sys/stat.h>
            long size(const char *path) { struct stat stat_buffer; return stat(path, &stat_buffer) ? -1 : (long)stat_buffer.st_size; }
            int (*pointer(void))(const char *, int, ...) { return open; }
            void say(const char *text) { fputs(text, stderr); }
        """
        names = self.undefined_names(program, "-include", str(self.path / "redirect_full.h"), "-fno-builtin")
        self.assertEqual(names - {"_GLOBAL_OFFSET_TABLE_"}, {"cordon_bind_stat", "cordon_bind_open", "cordon_bind_fputs", "cordon_bind_stderr"})

    def test_without_the_header_the_same_program_keeps_libc_names(self):
        names = self.undefined_names("#include <fcntl.h>\nint f(void) { return open(\"x\", O_RDONLY); }\n")
        self.assertIn("open", names)

    def test_large_file_macros_are_refused(self):
        for macro in ("_FILE_OFFSET_BITS=64", "_LARGEFILE_SOURCE", "_FORTIFY_SOURCE=2"):
            with self.subTest(macro), self.assertRaises(subprocess.CalledProcessError):
                self.undefined_names("int x;\n", f"-U{macro.split('=')[0]}", f"-D{macro}", "-include", str(self.path / "redirect_full.h"))


if __name__ == "__main__":
    unittest.main()
