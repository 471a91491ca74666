"""FILE and FILES: what the host puts into the memory file system, and what it reads from it."""
import errno
import stat
import struct

import host as hosts
from rows import Row, broken_by, has, same, value_of

FOLDER = 0o040755


def error(name):
    return [-getattr(errno, name)]


def put_and_read(host):
    host.put_file("/data/x", b"one ", 0o100640, 5 * 10**9)
    host.put_file("/data/x", b"two", 0o100640, 6 * 10**9, flags=1)
    same(host.files("read", "/data/x", offset=0, size=100), [0, b"one two"])
    same(host.files("status", "/data/x"), [0, [0o100640, 7, 6 * 10**9]])
    same(value_of(host.execute("import os\ns = os.stat('/data/x')\n(open('/data/x').read(), oct(s.st_mode), s.st_mtime, s.st_uid == os.getuid())")), ("one two", "0o100640", 6.0, True))


def put_replaces(host):
    host.put_file("/data/x", b"long content")
    host.put_file("/data/x", b"new")
    same(host.files("read", "/data/x", offset=0, size=100), [0, b"new"])


def put_between_executions(host):
    same(value_of(host.execute("import os\nos.path.exists('/tmp/late')")), False)
    host.put_file("/tmp/late", b"here")
    same(value_of(host.execute("open('/tmp/late').read()")), "here")


def guest_writes_host_reads(host):
    value_of(host.execute("import os\nos.makedirs('/tmp/out/deep')\nopen('/tmp/out/a.bin', 'wb').write(bytes(range(256)) * 1000)\nos.symlink('a.bin', '/tmp/out/link')\nNone"))
    same(host.files("read", "/tmp/out/a.bin", offset=0, size=256), [0, bytes(range(256))])
    same(host.files("read", "/tmp/out/a.bin", offset=255_990, size=100), [0, bytes(range(246, 256))])
    same(host.files("read", "/tmp/out/a.bin", offset=10**9, size=100), [0, b""])
    same(host.files("read", "/tmp/out/link", offset=0, size=3), [0, b"\0\1\2"])
    code, entries = host.files("list", "/tmp/out")
    same((code, sorted((name, stat.S_IFMT(mode), size) for name, mode, size, _ in entries if name != "deep")), (0, [("a.bin", stat.S_IFREG, 256000), ("link", stat.S_IFLNK, 5)]))
    same([stat.S_ISDIR(mode) for name, mode, _, _ in entries if name == "deep"], [True])


def big_file_by_offset(host):
    chunk = bytes(range(256)) * 4096
    for number in range(20):
        host.put_file("/data/big", chunk + bytes([number]), flags=1 if number else 0)
    whole = b"".join(chunk + bytes([number]) for number in range(20))
    found = b""
    while True:
        code, part = host.files("read", "/data/big", offset=len(found), size=1 << 63)
        same(code, 0)
        assert len(part) <= 8 << 20, len(part)
        found += part
        if not part:
            break
    same(found == whole, True)


def empty_file_and_folder(host):
    host.put_file("/data/empty", b"")
    host.put_file("/data/folder", b"", FOLDER, 7 * 10**9)
    same(host.files("status", "/data/empty")[1][1], 0)
    same(host.files("list", "/data/folder"), [0, []])
    same(host.files("status", "/data/folder")[1][0], FOLDER)


def remove(host):
    host.put_file("/data/x", b"1")
    same(host.files("remove", "/data"), error("ENOTEMPTY"))
    same(host.files("remove", "/data/x"), [0, None])
    same(host.files("remove", "/data/x"), error("ENOENT"))
    same(host.files("remove", "/data"), [0, None])
    same(value_of(host.execute("import os\nos.path.exists('/data')")), False)


def remove_a_link_only(host):
    value_of(host.execute("import os\nopen('/tmp/t', 'w').close(); os.symlink('t', '/tmp/l'); os.mkdir('/tmp/d'); os.symlink('d', '/tmp/m'); None"))
    same((host.files("remove", "/tmp/l"), host.files("remove", "/tmp/m")), ([0, None], [0, None]))
    same(value_of(host.execute("sorted(os.listdir('/tmp'))")), ["d", "t"])


def removed_while_open(host):
    value_of(host.execute("f = open('/tmp/t', 'w+'); f.write('kept'); f.flush(); None"))
    same(host.files("remove", "/tmp/t"), [0, None])
    same(value_of(host.execute("f.seek(0); f.read()")), "kept")


def make_folder(host):
    same(host.files("make_folder", "/data/a/b/c"), [0, None])
    same(host.files("make_folder", "/data/a/b/c"), [0, None])
    host.put_file("/data/file", b"")
    same(host.files("make_folder", "/data/file"), error("EEXIST"))
    same(value_of(host.execute("import os\nopen('/data/a/b/c/f', 'w').close(); os.listdir('/data/a/b/c')")), ["f"])


def names_of_any_bytes(host):
    names = [b"plain", "gr\u00fc\u00df \U0001f40d".encode(), b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe0\x80\xaf"]
    value_of(host.execute("import os\nos.mkdir('/tmp/n')\nfor n in names: open(b'/tmp/n/' + n, 'w').close()\nNone", inputs={"names": names}))
    same(sorted((name for name, *_ in host.files("list", "/tmp/n")[1]), key=repr), sorted([names[0].decode(), names[1].decode(), *names[2:]], key=repr))
    same(host.files("status", b"/tmp/n/\xff")[1][1], 0)
    same(host.files("remove", b"/tmp/n/\xff"), [0, None])
    same(host.files("remove", "/tmp/n/gr\u00fc\u00df \U0001f40d"), [0, None])
    same(len(host.files("list", "/tmp/n")[1]), 6)


def long_listing(host):
    value_of(host.execute("import os\nos.mkdir('/tmp/many')\nfor i in range(5000): open(f'/tmp/many/{i:05}', 'w').close()\nNone"))
    code, entries = host.files("list", "/tmp/many")
    same((code, sorted(entry[0] for entry in entries)), (0, [f"{i:05}" for i in range(5000)]))


def guests_permissions_do_not_bind_the_host(host):
    value_of(host.execute("import os\nos.mkdir('/tmp/d'); open('/tmp/d/f', 'w').write('x'); os.chmod('/tmp/d/f', 0); None"))
    host.put_file("/tmp/d/f", b"y", 0o100600)
    same(host.files("read", "/tmp/d/f", offset=0, size=9), [0, b"y"])


def files_of_the_image(host):
    code, part = host.files("read", "/usr/lib/python3.13/os.py", offset=0, size=20)
    same((code, part), (0, b'r"""OS routines for '))
    same(host.files("remove", "/usr/lib/python3.13/os.py")[0] < 0, True)
    same(value_of(host.execute("import os\nos.path.exists('/usr/lib/python3.13/os.py')")), True)


def fifo_does_not_hang(host):
    value_of(host.execute("import os\nos.mkfifo('/tmp/p'); None"))
    same(len(host.files("read", "/tmp/p", offset=0, size=9)) in (1, 2), True)
    same(stat.S_ISFIFO(host.files("status", "/tmp/p")[1][0]), True)


def quota_holds(host):
    same(host.files("make_folder", "/tmp/fits"), [0, None])
    outcome = host.execute("open('/tmp/f', 'wb').write(b'x' * 1000)")
    same(value_of(outcome), 1000)
    host.put_file("/tmp/large", b"x" * 2_000_000)
    end = host.follow()
    same(end.exit_code, 121)
    has(end.stderr.decode(), "cannot take a file: /tmp/large")


# name: op, path, more, and the answer
ANSWERS = {
    "read_nothing": ("read", "/nosuch", {"offset": 0, "size": 1}, error("ENOENT")),
    "read_folder": ("read", "/tmp", {"offset": 0, "size": 1}, error("EISDIR")),
    "read_size_0": ("read", "/usr/lib/python3.13/os.py", {"offset": 0, "size": 0}, [0, b""]),
    "read_far": ("read", "/usr/lib/python3.13/os.py", {"offset": (1 << 64) - 1, "size": 1}, error("EINVAL")),
    "list_nothing": ("list", "/nosuch", {}, error("ENOENT")),
    "list_file": ("list", "/usr/lib/python3.13/os.py", {}, error("ENOTDIR")),
    "status_nothing": ("status", "/tmp/nosuch", {}, error("ENOENT")),
    "status_below_file": ("status", "/usr/lib/python3.13/os.py/x", {}, error("ENOTDIR")),
    "remove_root": ("remove", "/", {}, error("EBUSY")),
    "folder_below_file": ("make_folder", "/usr/lib/python3.13/os.py/x", {}, error("ENOTDIR")),
    "long_name": ("status", "/" + "n" * 300, {}, error("ENAMETOOLONG")),
    "dots": ("status", "/tmp/../tmp/./nosuch", {}, error("ENOENT")),
}


def answer_row(op, path, more, wanted):
    def case(host):
        same(host.files(op, path, **more), wanted)
        same(host.files("list", "/tmp"), [0, []])
    return Row(case)


def file_frame(mode=0o100644, modified_ns=0, path=b"/x\0", content=b"", flags=0):
    return hosts.FILE, struct.pack("<IQ", mode, modified_ns) + path + content, 0, flags


def files_frame(value, number=1):
    import messagepack
    return hosts.FILES, messagepack.encode(value), number, 0


# name: a frame (type, payload, id, flags) that breaks a rule, and what is said
BROKEN = {
    "relative": (file_frame(path=b"x\0"), "not absolute"),
    "empty_path": (file_frame(path=b"\0", content=b"x"), "not absolute"),
    "no_end": (file_frame(path=b"/xyz"), "without its end"),
    "device": (file_frame(mode=0o020666), "neither"),
    "fifo": (file_frame(mode=0o010666), "neither"),
    "link": (file_frame(mode=0o120777), "neither"),
    "no_type": (file_frame(mode=0o644), "neither"),
    "strange_bits": (file_frame(mode=0o100644 | 1 << 20), "neither"),
    "folder_with_content": (file_frame(mode=FOLDER, content=b"x"), "directory with content"),
    "folder_appended": (file_frame(mode=FOLDER, flags=1), "directory with content"),
    "beyond_time": (file_frame(modified_ns=1 << 63), "end of time"),
    "too_short": ((hosts.FILE, b"x" * 13, 0, 0), "length"),
    "unknown_flag": (file_frame(flags=2), "flags"),
    "unknown_op": (files_frame({"op": "chmod", "path": "/x"}), "operation that there is not"),
    "no_op": (files_frame({"path": "/x"}), "without an operation"),
    "no_path": (files_frame({"op": "list"}), "without an operation or a path"),
    "relative_path": (files_frame({"op": "list", "path": "x"}), "not absolute"),
    "empty_files_path": (files_frame({"op": "list", "path": ""}), "not absolute"),
    "path_with_nul": (files_frame({"op": "list", "path": "/a\0b"}), "key or a value"),
    "bytes_path_with_nul": (files_frame({"op": "list", "path": b"/a\0b"}), "NUL"),
    "path_too_long": (files_frame({"op": "list", "path": "/" + "x" * 5000}), "too long"),
    "read_without_offset": (files_frame({"op": "read", "path": "/x", "size": 1}), "offset and a size"),
    "read_without_size": (files_frame({"op": "read", "path": "/x", "offset": 1}), "offset and a size"),
    "list_with_offset": (files_frame({"op": "list", "path": "/x", "offset": 1, "size": 1}), "offset and a size"),
    "negative_offset": (files_frame({"op": "read", "path": "/x", "offset": -1, "size": 1}), "key or a value"),
    "unknown_key": (files_frame({"op": "list", "path": "/x", "deep": True}), "key or a value"),
    "no_map": (files_frame(["list", "/x"]), "key or a value"),
    "no_id": (files_frame({"op": "list", "path": "/"}, 0), "without its id"),
}


def broken_row(frame, says):
    def case(host):
        same(host.files("list", "/tmp"), [0, []])
        kind, payload, number, flags = frame
        host.send(kind, payload, number, flags)
        broken_by(host.follow(), says)
    return Row(case)


ROWS = {case.__name__: Row(case) for case in (
    put_and_read, put_replaces, put_between_executions, guest_writes_host_reads, big_file_by_offset, empty_file_and_folder, remove, remove_a_link_only, removed_while_open, make_folder, names_of_any_bytes, long_listing,
    guests_permissions_do_not_bind_the_host, files_of_the_image, fifo_does_not_hang)}
ROWS |= {"quota_holds": Row(quota_holds, {"limits": {"fs-bytes": 1_000_000}})}
ROWS |= {f"answer_{name}": answer_row(*row) for name, row in ANSWERS.items()}
ROWS |= {f"broken_{name}": broken_row(*row) for name, row in BROKEN.items()}
