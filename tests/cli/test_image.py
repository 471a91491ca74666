"""`cordon image`: images made twice are equal, work, and hold what was asked for; info finds violations that are planted into a copy.

usage: test_image.py --cordon PATH --image PATH --raw PATH --save SCRIPT --tool PATH --modules LIST
"""
import argparse
import hashlib
import os
import struct
import subprocess
import tempfile
from pathlib import Path

PACKAGE = {
    "greeter/__init__.py": "from .words import hello\nstate = []\n",
    "greeter/words.py": "def hello(): return 'hello from the image'\n",
    "greeter/data.txt": "some data\n",
}
LOAD, EXECUTE, WRITE = 1, 1, 2
failed = 0


def check(name, holds, *seen):
    global failed
    print("ok:" if holds else "FAILED:", name, flush=True)
    if not holds:
        failed += 1
        for thing in seen:
            print("   ", thing)


def run(*command, stdin=b""):
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True, check=False, timeout=300)


def said(result):
    return (result.stdout + result.stderr).decode(errors="replace")


def segments(image):
    """[(offset of the record, kind, flags, offset, address, bytes in the file)]"""
    table, = struct.unpack_from("<Q", image, 32)
    count, = struct.unpack_from("<H", image, 56)
    found = []
    for i in range(count):
        kind, flags, offset, address, _, size = struct.unpack_from("<IIQQQQ", image, table + 56 * i)
        found.append((table + 56 * i, kind, flags, offset, address, size))
    return found


def code_of(image):
    return next(segment for segment in segments(image) if segment[1] == LOAD and segment[2] & EXECUTE)


def with_second_system_call(image):
    """In the first function that is not the gate's: the bytes of a syscall, where an instruction begins."""
    changed = bytearray(image)
    _, _, _, offset, address, _ = code_of(image)
    changed[offset:offset + 2] = b"\x0f\x05"
    return changed


def with_interrupt(image):
    changed = bytearray(image)
    offset = code_of(image)[3]
    changed[offset:offset + 2] = b"\xcd\x80"
    return changed


def with_writable_code(image):
    changed = bytearray(image)
    record, _, flags, *_ = code_of(image)
    struct.pack_into("<I", changed, record + 4, flags | WRITE)
    return changed


def with_executable_data(image):
    changed = bytearray(image)
    record, _, flags, *_ = [segment for segment in segments(image) if segment[1] == LOAD and segment[2] & WRITE][-1]
    struct.pack_into("<I", changed, record + 4, flags | EXECUTE)
    return changed


def with_executable_stack(image):
    changed = bytearray(image)
    record = next(segment[0] for segment in segments(image) if segment[1] == 0x6474E551)
    struct.pack_into("<I", changed, record + 4, 7)
    return changed


def with_overlap(image):
    """The writable memory is mapped over the code."""
    changed = bytearray(image)
    record = [segment for segment in segments(image) if segment[1] == LOAD and segment[2] & WRITE][-1][0]
    struct.pack_into("<Q", changed, record + 16, code_of(image)[4])
    return changed


def cut(image):
    return image[:len(image) // 2]


def without_symbols(image):
    changed = bytearray(image)
    struct.pack_into("<QI", changed, 40, 0, 0)
    struct.pack_into("<HH", changed, 60, 0, 0)
    return changed


# name, how a copy is changed, exit code, what info says
PLANTED = [
    ("unchanged", bytes, 0, "boundary      holds"),
    ("a second system call", with_second_system_call, 1, "more than one system-call instruction"),
    ("an interrupt", with_interrupt, 1, "more than one system-call instruction"),
    ("writable code", with_writable_code, 1, "memory is writable and executable"),
    ("executable data", with_executable_data, 1, "memory is writable and executable"),
    ("an executable stack", with_executable_stack, 1, "the stack is executable"),
    ("overlapping segments", with_overlap, 1, "segments overlap"),
    ("truncated", cut, 120, "it ends before"),
    ("without symbols", without_symbols, 120, "is no image of this project"),
    ("empty", lambda image: b"", 120, "too short"),
    ("text", lambda image: b"#!/bin/sh\n" * 100, 120, "no 64-bit ELF file"),
]


def check_info(options, folder):
    image = options.image.read_bytes()
    for name, change, code, words in PLANTED:
        copy = folder / "planted"
        copy.write_bytes(change(image))
        result = run(options.cordon, "image", "info", copy)
        check(f"info: {name}", result.returncode == code and words in said(result), result.returncode, said(result)[-600:])
    digest = hashlib.sha256(image).hexdigest()
    result = said(run(options.cordon, "image", "info", options.image))
    check("info tells the file's digest", f"sha256:{digest}" in result, result)
    check("info tells version and contents", "CPython 3.13" in result and "dataclasses" in result and "pre-initialised" in result, result)
    result = run(options.cordon, "image", "info", options.raw)
    check("info of the raw image", result.returncode == 0 and "raw: starts" in said(result), said(result))
    result = run(options.cordon, "image", "info", folder / "absent")
    check("info of a file that is not there", result.returncode == 120 and "absent" in said(result), said(result))


def check_reproducible(options, folder):
    """The very steps of the build, twice, in folders of different names and lengths."""
    made = []
    for name in ("once", "and-once-more-in-another-folder"):
        (folder / name).mkdir()
        output = folder / name / "image"
        result = run(options.save, options.tool, options.raw, options.modules, output)
        made.append(output.read_bytes() if result.returncode == 0 else said(result).encode())
    check("the same input gives the same bytes", made[0] == made[1] and len(made[0]) > 10**6, made[0][:300], made[1][:300])
    check("and they are the build's", made[0] == options.image.read_bytes())
    memory = b"".join(made[0][offset:offset + size] for _, kind, flags, offset, _, size in segments(made[0]) if kind == LOAD and flags & WRITE)
    machine = [text.encode() for text in (str(folder), os.path.expanduser("~") + "/", os.getcwd(), os.uname().nodename + ".", str(options.image.parent.parent))]
    check("nothing of this machine was saved", len(memory) > 10**6 and not any(text in memory for text in machine if len(text) > 4),
          [text for text in machine if text in memory])


def check_start(options, _):
    """A start asks for its pages beforehand, gets each of them, and an idle sandbox has at most 1 MiB of its own."""
    with subprocess.Popen([options.image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as worker:
        worker.stdin.write(b"\0")
        worker.stdin.flush()
        worker.stdout.read(16)
        figures = dict(line.split(":", 1) for line in Path(f"/proc/{worker.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:])
        worker.kill()
    own = int(figures["Anonymous"].split()[0])
    check("an idle sandbox has at most 1 MiB of its own", 0 < own <= 1024, figures)
    trace = run("strace", "-e", "trace=madvise", options.image)
    calls = [line for line in said(trace).splitlines() if "MADV_POPULATE_WRITE" in line]
    check("a start populates what it writes", calls and all(line.endswith(" = 0") for line in calls), said(trace)[-2000:])
    trace = run("strace", "-e", "inject=madvise:error=EINVAL", options.image, stdin=b"print(1+1)\n")
    check("and goes on where the kernel cannot", trace.stdout == b"2\n" and trace.returncode == 0, said(trace)[-2000:])


def check_build(options, folder):
    for name, text in PACKAGE.items():
        path = folder / "packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    command = (options.cordon, "image", "build", "--import", "greeter", "sqlite3", "--path", folder / "packages")
    first, second = folder / "first", folder / "second"
    for output in (first, second):
        result = run(*command, "-o", output)
        check("build", result.returncode == 0, said(result))
    check("built twice, the same bytes", first.read_bytes() == second.read_bytes())
    info = run(options.cordon, "image", "info", first)
    check("what was built holds its boundary", info.returncode == 0 and "greeter" in said(info) and "/opt/packages" in said(info), said(info))
    program = ("import sys; ready = {'greeter', 'greeter.words', 'sqlite3', 'json'} <= set(sys.modules); import greeter\n"
               "print(ready, greeter.hello(), open('/opt/packages/greeter/data.txt').read().strip(), greeter.state, __name__)\n"
               "greeter.state.append(1)\n")
    for _ in range(2):
        result = run(options.cordon, "run", "--image", first, "-c", program)
        check("it has what was put in, unchanged by an earlier run", result.stdout == b"True hello from the image some data [] __main__\n", said(result))
    result = run(first, stdin=b"import greeter; print(greeter.hello())\n")
    check("it runs alone", result.stdout == b"hello from the image\n" and result.returncode == 0, said(result))
    third = folder / "third"
    result = run(options.cordon, "image", "build", "--base", first, "--import", "xml.dom.minidom", "-o", third)
    check("an image is a base too", result.returncode == 0, said(result))
    result = run(options.cordon, "run", "--image", third, "-c", "import sys; print('greeter' in sys.modules, 'xml.dom.minidom' in sys.modules)")
    check("and keeps what it had", result.stdout == b"True True\n", said(result))
    many = [f"module_with_a_long_name_{number}" for number in range(40)]
    for name in many:
        (folder / "packages" / f"{name}.py").write_text("", encoding="ascii")
    fourth = folder / "fourth"
    result = run(options.cordon, "image", "build", "--path", folder / "packages", "--import", *many, "-o", fourth)
    info = said(run(options.cordon, "image", "info", fourth))
    check("info tells each module of many", result.returncode == 0 and all(f", {name}" in info for name in many), said(result), info)
    bystander, fifth = folder / "bystander", folder / "fifth"
    bystander.write_text("not to be touched", encoding="ascii")
    (folder / "fifth.new").symlink_to(bystander)
    builds = [subprocess.Popen([options.cordon, "image", "build", "--import", "csv", "-o", fifth]) for _ in range(2)]
    codes = [build.wait(timeout=300) for build in builds]
    holds = run(options.cordon, "image", "info", fifth).returncode
    check("two builds of one image do not meet", codes == [0, 0] and holds == 0, codes, holds)
    check("nor does one write through a link that lies there", bystander.read_text(encoding="ascii") == "not to be touched" and (folder / "fifth.new").is_symlink()
          and not list(folder.glob("fifth.*.new")), list(folder.iterdir()))
    info = run(options.cordon, "image", "info", third)
    check("and its boundary", info.returncode == 0 and "boundary      holds" in said(info), said(info))


# name, arguments of build, exit code, what is said
REFUSED = [
    ("a module that is not there", ["--import", "no_such_module", "-o", "{t}/x"], 121, "No module named 'no_such_module'"),
    ("a module that fails", ["--import", "failing", "--path", "{t}/failing", "-o", "{t}/x"], 121, "ZeroDivisionError"),
    ("a module that ends the sandbox", ["--import", "leaving", "--path", "{t}/failing", "-o", "{t}/x"], 121, "cordon: "),
    ("a folder that is not there", ["--path", "{t}/absent", "-o", "{t}/x"], 121, "a folder cannot be read"),
    ("a folder without a name", ["--path", ".", "-o", "{t}/x"], 121, "has no name of its own"),
    ("a base that is none", ["--base", "/bin/sh", "-o", "{t}/x"], 121, "/bin/sh is no image"),
    ("a module that leaves without a word", ["--import", "quiet", "--path", "{t}/failing", "-o", "{t}/x"], 121, "code 3"),
    ("an output that is a device", ["--import", "json", "-o", "/dev/null"], 121, "no regular file"),
    ("no output", ["--import", "json"], 120, "-o FILE is missing"),
    ("an unknown option", ["--frobnicate"], 120, "is no option"),
    ("an option without its value", ["-o"], 120, "needs a value"),
]


def check_refused(options, folder):
    (folder / "failing").mkdir()
    (folder / "failing" / "failing.py").write_text("1 / 0\n", encoding="ascii")
    (folder / "failing" / "leaving.py").write_text("import os; os._exit(0)\n", encoding="ascii")
    (folder / "failing" / "quiet.py").write_text("raise SystemExit(3)\n", encoding="ascii")
    for name, arguments, code, words in REFUSED:
        result = run(options.cordon, "image", "build", *(argument.replace("{t}", str(folder)) for argument in arguments))
        check(f"build refuses {name}", result.returncode == code and words in said(result) and not (folder / "x").exists(), result.returncode, said(result))


def main():
    parser = argparse.ArgumentParser()
    for name in ("cordon", "image", "raw", "save", "tool", "modules"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in (check_info, check_start, check_reproducible, check_build, check_refused):
            (Path(folder) / part.__name__).mkdir()
            part(options, Path(folder) / part.__name__)
    return failed != 0


if __name__ == "__main__":
    raise SystemExit(main())
