#!/usr/bin/env python3
"""`cordon audit binary` beside the tools that everybody trusts: readelf for names and headers, objdump for instructions; and what
damaged and hostile files do to it."""
import argparse
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

OPTIONS = None
LIBC = pathlib.Path("/lib/x86_64-linux-gnu/libc.so.6")
LIBC_ARCHIVE = pathlib.Path("/usr/lib/x86_64-linux-gnu/libc.a")
ENTRY = re.compile(r"^\s*([0-9a-f]+):\s+(?:[0-9a-f]{2} )+\s*(syscall|sysenter|int +\$0x80)\s*$")
PROGRAM = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
extern int mkfifo(const char *, unsigned) __attribute__((weak));
/* The bytes of a syscall instruction within another one, and as data among code. */
int hidden(void) { return 0x050f; }
__asm__(".text\n.globl table\ntable: .byte 0x0f, 0x05, 0xff, 0xff, 0x62, 0x00, 0x0f\n.balign 16\n");
int old_way(void) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(20)); return r; }
int own_way(void) { long r; __asm__ volatile("syscall" : "=a"(r) : "a"(39) : "rcx", "r11", "memory"); return (int)r; }
int plain(int a) { return a * 2; }
int reaches(const char *path) { puts(getenv("HOME")); return open(path, O_RDONLY) + socket(1, 1, 0) + (mkfifo ? mkfifo(path, 0) : 0); }
"""


def run(*arguments, **keywords):
    return subprocess.run([OPTIONS.cordon, "audit", "binary", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120, **keywords)


def findings(*files):
    done = run("--format", "json", *files)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"{files}: {done.returncode} {done.stderr}")
    return json.loads(done.stdout)["findings"]


def entries_of(found):
    return {(f["address"], f["name"]) for f in found if f["kind"] == "instruction"}


def objdump_entries(path):
    """Address and instruction of each way into the kernel, as objdump reads the code."""
    lines = subprocess.run(["objdump", "-d", path], capture_output=True, text=True, check=True).stdout.splitlines()
    matches = filter(None, map(ENTRY.match, lines))
    return {(int(m[1], 16), re.sub(r"int +\$0x80", "int 0x80", m[2])) for m in matches}


def undefined_names(path):
    lines = subprocess.run(["nm", "-D", "--undefined-only", path], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[-1] for line in lines}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def compile(self, name, *options, source=PROGRAM):
        text = self.write("made.c", source.encode())
        subprocess.run(["gcc", "-O1", text, "-o", self.folder / name, *options], check=True)
        return self.folder / name

    def wheel(self, name, members):
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    def assert_refused(self, path, what):
        done = run(path)
        self.assertEqual((done.returncode, done.stdout), (120, ""), done.stderr)
        self.assertIn(f"{path}: ", done.stderr)
        self.assertRegex(done.stderr, what)


class BesideTools(Folder):
    def test_names_are_those_of_nm(self):
        for path in (pathlib.Path("/bin/ls"), pathlib.Path(OPTIONS.cordon), pathlib.Path(OPTIONS.python), LIBC):
            found = findings(path)
            told = {f["name"] + ("@" + f["version"] if f["version"] else "") for f in found if f["kind"] == "function"}
            undefined = {name.replace("@@", "@") for name in undefined_names(path)}
            self.assertLessEqual(told, undefined, path)
            plain = {name.split("@")[0] for name in undefined}
            for name in {"open", "openat", "socket", "execve", "getenv", "unlink", "fork", "dlopen"} & plain:
                self.assertIn(name, {f["name"] for f in found}, path)

    def test_every_row_of_the_bindings_is_known(self):
        names = [row.split("\t")[0] for row in pathlib.Path(OPTIONS.calls).read_text(encoding="utf-8").splitlines()
                 if not row.startswith("#") and row.split("\t")[2] != "-"]
        self.assertGreater(len(names), 300)
        source = "".join(f"extern char {name}[];\n" for name in names) + "char *all[] = {" + ",".join(names) + "};\n"
        told = {f["name"] for f in findings(self.compile("all.o", "-c", "-fno-builtin", "-w", source=source)) if f["kind"] == "function"}
        self.assertEqual(set(names), told)

    def test_instructions_are_those_of_objdump(self):
        for path in (LIBC, pathlib.Path(OPTIONS.python), pathlib.Path("/lib64/ld-linux-x86-64.so.2")):
            self.assertEqual(entries_of(findings(path)), objdump_entries(path), path)
        self.assertGreater(len(objdump_entries(LIBC)), 300)

    def test_an_archive_has_what_its_objects_have(self):
        members = subprocess.run(["ar", "t", LIBC_ARCHIVE], capture_output=True, text=True, check=True).stdout.split()
        chosen = [name for name in members if name in ("open64.o", "getenv.o", "system.o", "socket.o", "a_very_long.o", "fork.o")]
        subprocess.run(["ar", "x", LIBC_ARCHIVE, *chosen], cwd=self.folder, check=True)
        every = findings(LIBC_ARCHIVE)
        for name in chosen:
            alone = {(f["kind"], f["name"], f["address"]) for f in findings(self.folder / name)}
            within = {(f["kind"], f["name"], f["address"]) for f in every if f["file"].endswith("!" + name)}
            self.assertEqual(alone, within, name)
        self.assertEqual(len([f for f in every if f["kind"] == "instruction"]), self.count_in_archive())

    def count_in_archive(self):
        lines = subprocess.run(["objdump", "-d", LIBC_ARCHIVE], capture_output=True, text=True, check=True).stdout.splitlines()
        return len([line for line in lines if ENTRY.match(line)])

    def test_the_interpreter_enters_the_kernel_through_libc_alone(self):
        found = findings(OPTIONS.python)
        self.assertEqual(entries_of(found), set())
        self.assertIn("openat", {f["name"] for f in found} | {f["name"].removesuffix("64") for f in found})

    def test_the_sandbox_has_one_instruction_and_no_name(self):
        if OPTIONS.image is None:
            self.skipTest("this build has no sandbox")
        found = findings(OPTIONS.image)
        self.assertEqual([(f["kind"], f["name"], f["function"]) for f in found], [("instruction", "syscall", "image_system_call")])


class Made(Folder):
    """Files whose content is known."""

    def check(self, found, has_functions=True):
        told = {(f["name"], f["capability"]) for f in found if f["kind"] == "function"}
        for wanted in (("open", "fs.read"), ("socket", "net.connect"), ("getenv", "env.read"), ("puts", "fd.use")):
            self.assertIn(wanted[0], {name for name, _ in told})
        self.assertIn(("getenv", "env.read"), told)
        self.assertTrue(all(f["weak"] for f in found if f["name"] == "mkfifo"))
        self.assertFalse(any(f["weak"] for f in found if f["name"] == "socket"))
        self.assertEqual(len([f for f in found if f["name"] == "mkfifo"]), 1)
        entries = sorted((f["name"], f["function"]) for f in found if f["kind"] == "instruction" and f["function"] != "table")
        self.assertEqual(entries, [("int 0x80", "old_way"), ("syscall", "own_way")] if has_functions
                         else [("int 0x80", None), ("syscall", None)])

    def test_shared_object(self):
        path = self.compile("made.so", "-shared", "-fPIC", "-Wl,-rpath,/opt/odd", "-Wl,--disable-new-dtags")
        found = findings(path)
        self.check(found)
        self.assertIn(("search-path", "/opt/odd"), {(f["kind"], f["name"]) for f in found})
        self.assertIn(("library", "libc.so.6"), {(f["kind"], f["name"]) for f in found})
        self.assertTrue(all(f["plt"] for f in found if f["name"] == "open"))
        self.assertNotIn("memory", {f["kind"] for f in found})

    def test_relocatable_object(self):
        self.check(findings(self.compile("made.o", "-c")))

    def test_object_with_a_section_for_each_function(self):
        self.check(findings(self.compile("made.o", "-c", "-ffunction-sections")))

    def test_stripped_file_tells_address_and_section(self):
        path = self.compile("made.so", "-shared", "-fPIC", "-fvisibility=hidden")
        named = {f["address"] for f in findings(path) if f["kind"] == "instruction" and f["function"] in ("old_way", "own_way")}
        subprocess.run(["strip", "-s", path], check=True)
        found = [f for f in findings(path) if f["kind"] == "instruction"]
        self.assertLessEqual(named, {f["address"] for f in found})
        self.assertEqual({f["section"] for f in found}, {".text"})

    def test_without_section_headers_what_the_loader_sees_is_told(self):
        path = self.compile("made.so", "-shared", "-fPIC")
        before = {(f["kind"], f["name"]) for f in findings(path)}
        content = bytearray(path.read_bytes())
        content[40:48] = bytes(8)  # e_shoff
        content[58:64] = bytes(6)  # sizes and counts of sections
        after = findings(self.write("bare.so", bytes(content)))
        self.assertEqual({(f["kind"], f["name"]) for f in after}, before)
        self.assertEqual({f["section"] for f in after if f["kind"] == "instruction"}, {None})

    def test_writable_and_executable_memory(self):
        source = "int main(void) { return 0; }\n"
        closed = findings(self.compile("closed", source=source))
        self.assertNotIn("memory", {f["kind"] for f in closed})
        self.assertIn("interpreter", {f["kind"] for f in closed})
        opened = findings(self.compile("opened", "-Wl,-z,execstack", "-Wl,-N", "-static", "-nostdlib", source=source.replace("main", "_start")))
        self.assertEqual({f["name"] for f in opened if f["kind"] == "memory"}, {"segment", "stack"})

    def test_32_bit_object(self):
        source = "int own(void) { int r; __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(20)); return r; } int open(); int f(void) { return open(); }\n"
        found = findings(self.compile("made32.o", "-c", "-m32", source=source))
        self.assertEqual({(f["kind"], f["name"], f["function"]) for f in found if f["kind"] != "memory"},
                         {("instruction", "int 0x80", "own"), ("function", "open", None)})

    def test_code_of_another_processor(self):
        content = bytearray(self.compile("made.o", "-c").read_bytes())
        content[18:20] = (243).to_bytes(2, "little")  # RISC-V
        found = findings(self.write("riscv.o", bytes(content)))
        self.assertIn("unread", {f["kind"] for f in found})
        self.assertIn("socket", {f["name"] for f in found})
        content[18:20] = (183).to_bytes(2, "little")  # aarch64, whose svc is found by its bits
        self.assertNotIn("unread", {f["kind"] for f in findings(self.write("arm.o", bytes(content)))})

    def test_wheel_and_archives_within(self):
        library = self.compile("made.so", "-shared", "-fPIC").read_bytes()
        subprocess.run(["ar", "rc", "made.a", self.compile("an_object_with_a_long_name.o", "-c").name], cwd=self.folder, check=True)
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("deep/made.so", library)
        path = self.wheel("made-1.0-py3-none-any.whl", {"made/__init__.py": "import os\n", "made/made.so": library,
                                                        "made/made.a": (self.folder / "made.a").read_bytes(), "made/inner.zip": inner.getvalue()})
        found = findings(path)
        for part in ("made/made.so", "made/made.a!an_object_with_a_long_name.o", "made/inner.zip!deep/made.so"):
            self.check([f for f in found if f["file"] == f"{path}!{part}"])
        self.assertEqual(findings(self.wheel("plain-1.0-py3-none-any.whl", {"plain/__init__.py": "import os\n"})), [])


class Baselines(Folder):
    def test_new_and_vanished(self):
        source = "int {}(); int f(void) {{ return {}(); }}\n"
        path, lock = self.compile("made.o", "-c", source=source.format("open", "open")), self.folder / "binary.lock"
        missing = run("--baseline", lock, path)
        self.assertEqual(missing.returncode, 120)
        self.assertIn("--update-baseline", missing.stderr)
        self.assertEqual(run("--baseline", lock, "--update-baseline", path).returncode, 0)
        same = run("--baseline", lock, path)
        self.assertEqual((same.returncode, same.stderr), (0, ""))
        self.compile("made.o", "-c", source=source.format("unlink", "unlink"))
        other = run("--baseline", lock, path)
        self.assertEqual(other.returncode, 122)
        self.assertIn("unlink NEW", other.stdout)
        self.assertRegex(other.stderr, r"no longer there: .*\topen\t")
        self.compile("made.o", "-c", source="int f(void) { return 0; }\n")
        fewer = run("--baseline", lock, path)
        self.assertEqual(fewer.returncode, 0, fewer.stderr)
        self.assertIn("no longer there", fewer.stderr)

    def test_one_more_instruction_of_a_function_is_new(self):
        once = "void f(void) { __asm__ volatile(\"syscall\"); }\n"
        path, lock = self.compile("made.o", "-c", source=once), self.folder / "binary.lock"
        self.assertEqual(run("--baseline", lock, "--update-baseline", path).returncode, 0)
        self.compile("made.o", "-c", source=once.replace("syscall", "nop; syscall"))
        self.assertEqual(run("--baseline", lock, path).returncode, 0)  # moved, not new
        self.compile("made.o", "-c", source=once.replace("syscall", "syscall; syscall"))
        self.assertEqual(run("--baseline", lock, path).returncode, 122)

    def test_a_new_version_of_a_wheel_is_the_same_file(self):
        library = self.compile("made.o", "-c").read_bytes()
        lock = self.folder / "binary.lock"
        os.chdir(self.folder)
        self.assertEqual(run("--baseline", lock, "--update-baseline", self.wheel("made-1.0-py3-none-any.whl", {"a.o": library})).returncode, 0)
        done = run("--baseline", lock, self.wheel("made-2.0-py3-none-any.whl", {"a.o": library}))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(run("--baseline", lock, self.wheel("other-1.0-py3-none-any.whl", {"a.o": library})).returncode, 122)

    def test_no_baseline(self):
        path = self.compile("made.o", "-c")
        good = "# cordon audit binary, version 1\n"
        for text, line in (("", 1), ("version: 1\n", 1), (good + "a\tb\n", 2), (good + "# x\n\na\tb\tc\td\te\tmany\n", 4), (good + "\0", 1)):
            lock = self.write("binary.lock", text.encode())
            done = run("--baseline", lock, path)
            self.assertEqual((done.returncode, done.stdout), (120, ""), text)
            self.assertIn(f"{lock}:{line}: ", done.stderr)

    def test_damaged_files_leave_a_baseline_as_it_was(self):
        path, lock = self.compile("made.o", "-c"), self.folder / "binary.lock"
        self.assertEqual(run("--baseline", lock, "--update-baseline", path).returncode, 0)
        before = lock.read_bytes()
        self.assertEqual(run("--baseline", lock, "--update-baseline", self.write("bad", b"\177ELF")).returncode, 120)
        self.assertEqual(lock.read_bytes(), before)


class Hostile(Folder):
    def test_no_binary(self):
        self.assert_refused(self.write("a.txt", b"hello\n"), "no ELF file, archive of objects, wheel or zip file")
        self.assert_refused(self.write("empty", b""), "no ELF file")
        self.assert_refused(self.folder / "missing", "cannot be read")
        self.assert_refused(self.folder, "cannot be read")
        self.assertEqual(run().returncode, 120)
        self.assertEqual(run("--format", "xml", "/bin/ls").returncode, 120)
        self.assertEqual(run("--update-baseline", "/bin/ls").returncode, 120)
        self.assertEqual(run("--odd", "/bin/ls").returncode, 120)

    def test_one_bad_file_among_good_ones(self):
        done = run("--format", "json", self.write("bad", b"\177ELF"), "/bin/ls")
        self.assertEqual(done.returncode, 120)
        self.assertTrue(json.loads(done.stdout)["findings"])

    def test_cut_off_anywhere(self):
        whole = self.compile("made.so", "-shared", "-fPIC").read_bytes()
        for size in sorted({*range(16, 64, 3), *range(64, len(whole), max(1, len(whole) // 60))}):
            self.assert_refused(self.write("cut.so", whole[:size]), "cut off|outside|past the end|unknown class")

    def test_absurd_numbers(self):
        whole = self.compile("made.so", "-shared", "-fPIC").read_bytes()
        for offset, width in ((32, 8), (40, 8), (54, 2), (56, 2), (58, 2), (60, 2), (72, 8), (64 + 8, 8), (64 + 32, 8)):
            for value in (2 ** (8 * width) - 1, 2 ** (8 * width - 1), 2 ** (8 * width - 1) - 8):
                content = bytearray(whole)
                content[offset:offset + width] = value.to_bytes(width, "little")
                done = run(self.write("absurd.so", bytes(content)))
                self.assertIn(done.returncode, (0, 120), f"{offset} {value}: {done.stderr}")

    def test_any_byte_changed(self):
        """Whatever is changed: an answer or a complaint, never a crash."""
        rng = random.Random(20)
        wheel = self.wheel("made-1.0-py3-none-any.whl", {"a.so": self.compile("made.so", "-shared", "-fPIC").read_bytes()}).read_bytes()
        subprocess.run(["ar", "rc", "made.a", self.compile("made.o", "-c").name], cwd=self.folder, check=True)
        for whole in ((self.folder / "made.so").read_bytes(), (self.folder / "made.o").read_bytes(), (self.folder / "made.a").read_bytes(), wheel):
            for _ in range(60):
                content = bytearray(whole)
                for _ in range(rng.choice((1, 4, 64))):
                    content[rng.randrange(min(len(content), rng.choice((64, 1024, len(content)))))] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
                done = run(self.write("changed", bytes(content)))
                self.assertIn(done.returncode, (0, 120), done.stderr)

    def test_names_that_lead_elsewhere(self):
        for name in ("../evil.so", "/etc/evil.so", "a/../../evil.so", "a\nb.so", "..", "a\x1b[2J.so"):
            self.assert_refused(self.wheel("a-1.0-py3-none-any.whl", {name: b"\177ELF"}), "the name of a member")
        self.assertEqual(run(self.wheel("a-1.0-py3-none-any.whl", {"a..b/..c/d...so": b"text"})).returncode, 0)

    def test_bombs(self):
        bomb = b"\177ELF" + bytes(64 << 20)
        path = self.folder / "a-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for index in range(17):
                archive.writestr(f"{index}.so", b"\177ELF\2\1\1" + bytes(57) + bomb)
        self.assertLess(path.stat().st_size, 4 << 20)
        self.assert_refused(path, "more than 1073741824 bytes")
        # What is no machine code is not unpacked.
        quiet = self.wheel("b-1.0-py3-none-any.whl", {"zeros.bin": bytes(256 << 20)})
        self.assertEqual(run(quiet, preexec_fn=lambda: limit_memory(200 << 20)).returncode, 0)

    def test_archives_in_archives(self):
        content = b"text"
        for depth in range(8):
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as archive:
                archive.writestr("inner.zip", content)
            content = inner.getvalue()
        self.assert_refused(self.write("deep.zip", content), "deep")

    def test_zip_that_is_none(self):
        whole = self.wheel("a-1.0-py3-none-any.whl", {"a.so": self.compile("made.so", "-shared", "-fPIC").read_bytes()}).read_bytes()
        self.assert_refused(self.write("cut.whl", whole[:len(whole) // 2]), "no whole zip file")
        self.assert_refused(self.write("head.whl", b"PK\3\4"), "no whole zip file")
        content = bytearray(whole)
        content[200:240] = bytes(40)
        self.assert_refused(self.write("bad.whl", bytes(content)), "a.so")

    def test_damaged_archives(self):
        subprocess.run(["ar", "rc", "made.a", self.compile("made.o", "-c").name], cwd=self.folder, check=True)
        whole = (self.folder / "made.a").read_bytes()
        self.assert_refused(self.write("cut.a", whole[:100]), "damaged or cut off")
        self.assert_refused(self.write("odd.a", whole[:8] + b"x" * 60), "damaged or cut off")
        subprocess.run(["ar", "rcT", "thin.a", "made.o"], cwd=self.folder, check=True)
        self.assert_refused(self.folder / "thin.a", "thin archive")

    def test_a_terminal_is_not_acted_upon(self):
        path = self.compile("made.so", "-shared", "-fPIC", "-Wl,-rpath,/opt/\x1b[31m")
        done = run(path)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("/opt/?[31m", done.stdout)


def limit_memory(size):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--calls", required=True, help="host_calls.tsv")
    parser.add_argument("--image", help="cordon-sandbox, if it is built")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
