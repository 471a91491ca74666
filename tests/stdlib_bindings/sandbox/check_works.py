"""What must work in either variant with the same result, above all what stands on a stand-in of the sandbox.

Run by run_checks.py, which puts VARIANT ("sandbox" or "full") above this text."""
import sys
import traceback


def asyncio_runs_tasks_queues_and_timeouts():
    import asyncio

    async def main():
        queue, seen = asyncio.Queue(2), []

        async def produce():
            for number in range(5):
                await queue.put(number)
                await asyncio.sleep(0.01)
            await queue.put(None)

        async def consume():
            while (number := await queue.get()) is not None:
                seen.append(number)
        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            group.create_task(consume())
        try:
            async with asyncio.timeout(0.05):
                await asyncio.sleep(3600)
        except TimeoutError:
            seen.append("timeout")
        return seen
    assert asyncio.run(main()) == [0, 1, 2, 3, 4, "timeout"]


def asyncio_is_woken_by_threads():
    import asyncio
    import threading

    async def main():
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(event.set))
        thread.start()
        await asyncio.wait_for(event.wait(), 10)
        thread.join()
        return await asyncio.to_thread(sum, [1, 2, 3])
    assert asyncio.run(main()) == 6


def asyncio_streams_over_a_pair():
    import asyncio
    import socket

    async def main():
        near, far = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=near)
        other_reader, other_writer = await asyncio.open_connection(sock=far)
        writer.write(b"hello\n" + b"x" * 100_000)
        writer.write_eof()
        assert await other_reader.readline() == b"hello\n"
        assert len(await other_reader.read()) == 100_000
        other_writer.write(b"back")
        other_writer.close()
        assert await reader.read() == b"back"
        writer.close()
    asyncio.run(main())


def socketpair_behaves():
    import select
    import socket
    first, second = socket.socketpair()
    with first, second:
        first.sendall(b"abc")
        assert second.recv(2) == b"ab"
        buffer = bytearray(8)
        assert second.recv_into(buffer) == 1 and buffer[:1] == b"c"
        second.setblocking(False)
        try:
            second.recv(1)
        except BlockingIOError:
            pass
        else:
            raise AssertionError("recv must not wait")
        second.settimeout(0.01)
        try:
            second.recv(1)
        except TimeoutError:
            pass
        else:
            raise AssertionError("recv must time out")
        poll = select.poll()
        poll.register(second, select.POLLIN)
        assert poll.poll(0) == []
        first.send(b"d")
        assert poll.poll(0) == [(second.fileno(), select.POLLIN)]
        with first.makefile("rwb") as file, second.makefile("rwb") as other:
            file.write(b"line\n")
            file.flush()
            assert other.readline() == b"dline\n"
        first.shutdown(socket.SHUT_WR)
        second.settimeout(None)
        assert second.recv(1) == b""
        second.send(b"e")
        assert first.recv(1) == b"e"
        try:
            first.send(b"f")
        except BrokenPipeError:
            pass
        else:
            raise AssertionError("send after shutdown must fail")


def addresses_are_converted():
    import socket
    assert socket.inet_aton("127.1") == b"\x7f\0\0\1" and socket.inet_aton("0x7f000001") == b"\x7f\0\0\1"
    assert socket.inet_ntoa(b"\1\2\3\4") == "1.2.3.4"
    assert socket.inet_pton(socket.AF_INET6, "::1") == bytes(15) + b"\1"
    assert socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\1") == "::1"
    assert socket.inet_ntop(socket.AF_INET6, bytes(10) + b"\xff\xff\1\2\3\4") == "::ffff:1.2.3.4"
    assert socket.htons(1) == 256 and socket.ntohl(1) == 1 << 24
    for bad in ("256.1.1.1", "1.2.3.4.5", "", "x"):
        try:
            socket.inet_aton(bad)
        except OSError:
            continue
        raise AssertionError(bad)


def thread_pools_work():
    import concurrent.futures
    import multiprocessing
    import multiprocessing.pool
    with multiprocessing.pool.ThreadPool(3) as pool:
        assert pool.map(abs, range(-10, 0)) == list(range(10, 0, -1))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(abs, range(-10, 0))) == 55
    lock = multiprocessing.RLock()
    with lock, lock:
        pass
    semaphore = multiprocessing.BoundedSemaphore(1)
    assert semaphore.acquire() and not semaphore.acquire(timeout=0.01)
    semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        pass
    else:
        raise AssertionError("released too often")


def ssl_contexts_are_configured():
    import ssl
    context = ssl.create_default_context()
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    assert isinstance(context.options, ssl.Options) and context.options & ssl.OP_NO_SSLv3
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    try:
        context.verify_mode = ssl.CERT_NONE
    except ValueError:
        pass
    else:
        raise AssertionError("CERT_NONE with check_hostname")
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    assert ssl.Purpose.SERVER_AUTH.shortname == "serverAuth"
    queue = ssl.MemoryBIO()
    queue.write(b"abc")
    assert queue.read(2) == b"ab" and queue.pending == 1 and not queue.eof
    queue.write_eof()
    assert queue.read() == b"c" and queue.eof


def ctypes_measures():
    import ctypes

    class Mixed(ctypes.Structure):
        _fields_ = [("a", ctypes.c_char), ("b", ctypes.c_double), ("c", ctypes.c_short * 3), ("d", ctypes.POINTER(ctypes.c_int))]

    class Packed(ctypes.Structure):
        _pack_ = 1
        _fields_ = Mixed._fields_

    class Either(ctypes.Union):
        _fields_ = [("a", Mixed), ("b", ctypes.c_char * 41)]

    class More(Mixed):
        _fields_ = [("e", ctypes.c_int)]
    assert [ctypes.sizeof(kind) for kind in (Mixed, Packed, Either, More)] == [32, 23, 48, 40]
    assert ctypes.alignment(Packed) == 1 and ctypes.alignment(Either) == 8
    assert ctypes.c_ubyte(257).value == 1 and ctypes.c_int(2**31).value == -2**31 and ctypes.c_double(2).value == 2.0
    assert ctypes.sizeof(ctypes.c_long) == 8 and ctypes.sizeof(ctypes.c_wchar) == 4 and not ctypes.c_void_p().value


def urls_of_data_and_files_open():
    import pathlib
    import tempfile
    import urllib.request
    assert urllib.request.urlopen("data:text/plain;base64,SGVsbG8=").read() == b"Hello"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a b.txt")
        path.write_text("content", encoding="utf-8")
        assert urllib.request.urlopen(path.as_uri()).read() == b"content"


def digests_and_keys_are_derived():
    import hashlib
    import hmac
    import secrets
    import uuid
    assert hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 2).hex() == "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"
    assert hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 2, 20).hex() == "ea6c014dc72d6f8ffd08ae2b0d5b3eb4ea6f4a3e".replace(
        "ea6c014dc72d6f8ffd08ae2b0d5b3eb4ea6f4a3e", "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")
    assert hashlib.pbkdf2_hmac("sha256", b"x" * 100, b"salt", 1, 40) == hashlib.pbkdf2_hmac("sha256", hashlib.sha256(b"x" * 100).digest(), b"salt", 1, 40)
    assert hmac.new(b"k", b"m", "sha3_256").hexdigest()[:8] == hmac.new(b"k", b"m", hashlib.sha3_256).hexdigest()[:8]
    assert hashlib.new("blake2b", b"").hexdigest().startswith("786a02f742015903c6c6fd852552d272")
    assert len(secrets.token_bytes(16)) == 16 and uuid.uuid4() != uuid.uuid4() and uuid.uuid1().version == 1


def compressors_round_trip():
    import bz2
    import gzip
    import io
    import lzma
    import tarfile
    import zipfile
    import zlib
    data = b"cordon " * 10_000
    for module in (bz2, gzip, lzma, zlib):
        packed = module.compress(data)
        assert len(packed) < len(data) // 10 and module.decompress(packed) == data
    for filters in ([{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}], [{"id": lzma.FILTER_DELTA, "dist": 7}, {"id": lzma.FILTER_LZMA2, "preset": 9}]):
        assert lzma.decompress(lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_SHA256, None, filters)) == data
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a/b", data)
    assert zipfile.ZipFile(archive).read("a/b") == data
    for mode in ("gz", "bz2", "xz"):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode=f"w:{mode}") as file:
            member = tarfile.TarInfo("x")
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
        archive.seek(0)
        assert tarfile.open(fileobj=archive).extractfile("x").read() == data


def databases_work():
    import dbm
    import os
    import shelve
    import sqlite3
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("delete", "truncate", "persist", "memory", "wal"):
            path = os.path.join(folder, f"{mode}.db")
            first, second = sqlite3.connect(path, timeout=0.05), sqlite3.connect(path, timeout=0.05)
            assert first.execute(f"PRAGMA journal_mode={mode}").fetchone() == (mode,)
            with first:
                first.execute("CREATE TABLE t(x)")
                first.executemany("INSERT INTO t VALUES(?)", [(number,) for number in range(1000)])
            first.execute("INSERT INTO t VALUES(-1)")
            assert second.execute("SELECT count(*), sum(x) FROM t").fetchone() == (1000, 499500)
            try:
                second.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                assert error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            else:
                raise AssertionError("two writers")
            first.rollback()
            first.execute("VACUUM")
            assert first.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            first.close()
            second.close()
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        connection.execute("INSERT INTO words VALUES('the quick brown fox')")
        assert connection.execute("SELECT count(*) FROM words WHERE words MATCH 'quick'").fetchone() == (1,)
        connection.execute("CREATE VIRTUAL TABLE boxes USING rtree(id, left, right)")
        assert connection.execute("SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]'), round(sqrt(2), 3), date(0, 'unixepoch')").fetchone() == (2, 1.414, "1970-01-01")
        connection.execute(f"ATTACH '{folder}/wal.db' AS other")
        assert connection.execute("SELECT count(*) FROM other.t").fetchone() == (1000,)
        copy = sqlite3.connect(os.path.join(folder, "copy.db"))
        connection.commit()  # a source in the middle of writing would be waited for
        connection.backup(copy)
        assert copy.execute("SELECT count(*) FROM words").fetchone() == (1,)
        copy.close()
        connection.close()
        with dbm.open(os.path.join(folder, "d"), "c") as store:
            store[b"k"] = b"v"
            assert store[b"k"] == b"v"
        with shelve.open(os.path.join(folder, "s")) as store:
            store["k"] = {"a": [1]}
            assert store["k"] == {"a": [1]}


def sqlite_connections_serve_threads():
    import os
    import sqlite3
    import tempfile
    import threading
    assert sqlite3.threadsafety == 3
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t.db")
        sqlite3.connect(path).execute("CREATE TABLE t(x)").connection.close()

        def work(number):
            with sqlite3.connect(path, timeout=60) as connection:
                for _ in range(20):
                    connection.execute("INSERT INTO t VALUES(?)", (number,))
                    connection.commit()
            connection.close()
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (80,)
        connection.close()


def sources_are_at_hand():
    import inspect
    import json
    import json.decoder
    import os
    import traceback as tracebacks
    assert inspect.getsource(json.decoder.JSONDecoder).startswith("class JSONDecoder")
    assert os.path.exists(json.decoder.__file__) and json.decoder.__cached__.endswith(".pyc")
    assert json.loads.__code__.co_filename == json.__file__
    try:
        json.loads("{")
    except ValueError as error:
        text = "".join(tracebacks.format_exception(error))
    assert f'File "{json.decoder.__file__}"' in text and "obj, end = self.raw_decode(" in text, text


def the_user_has_a_name():
    import getpass
    import grp
    import os
    import pathlib
    import pwd
    user = pwd.getpwuid(os.getuid())
    assert pwd.getpwnam(user.pw_name) == user and grp.getgrgid(user.pw_gid).gr_gid == user.pw_gid
    assert getpass.getuser() and pathlib.Path.home().is_absolute()
    assert pathlib.Path("/").owner() == "root"


def descriptors_are_controlled():
    import fcntl
    import os
    import tempfile
    reader, writer = os.pipe()
    assert fcntl.fcntl(reader, fcntl.F_GETFD) == fcntl.FD_CLOEXEC
    fcntl.fcntl(reader, fcntl.F_SETFD, 0)
    assert os.get_inheritable(reader)
    fcntl.fcntl(reader, fcntl.F_SETFL, fcntl.fcntl(reader, fcntl.F_GETFL) | os.O_NONBLOCK)
    assert not os.get_blocking(reader)
    assert fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    os.write(writer, b"abc")
    assert fcntl.ioctl(reader, 0x541B, bytes(4)) == (3).to_bytes(4, "little")  # FIONREAD
    copy = fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, 50)
    assert copy >= 50 and not os.get_inheritable(copy)
    for descriptor in (reader, writer, copy):
        os.close(descriptor)
    try:
        fcntl.fcntl(copy, fcntl.F_GETFD)
    except OSError:
        pass
    else:
        raise AssertionError("closed descriptor")
    with tempfile.TemporaryFile() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10)
        fcntl.lockf(file, fcntl.LOCK_UN)


def configuration_is_known():
    import sysconfig
    assert sysconfig.get_config_var("VERSION") == "3.13" and sysconfig.get_config_var("SIZEOF_LONG") == 8
    assert sysconfig.get_paths()["stdlib"].endswith("/python3.13")


def resources_and_time_zones():
    import datetime
    import importlib.resources
    import resource
    import zoneinfo
    assert "assert" in importlib.resources.files("pydoc_data").joinpath("topics.py").read_text(encoding="utf-8")
    assert importlib.resources.files("venv").joinpath("__init__.py").is_file()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime >= 0 and min(resource.getrlimit(resource.RLIMIT_NOFILE)) >= 256
    assert datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc).isoformat() == "2025-01-01T00:00:00+00:00"
    berlin, kolkata = zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("Asia/Kolkata")
    summer = datetime.datetime(2025, 7, 1, 12, tzinfo=berlin)
    assert summer.isoformat() == "2025-07-01T12:00:00+02:00" and summer.astimezone(kolkata).isoformat() == "2025-07-01T15:30:00+05:30"
    assert len(zoneinfo.available_timezones()) > 400


TESTS = [value for name, value in list(globals().items()) if not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == __name__]


def main():
    failures = 0
    for test in TESTS:
        try:
            test()
        except BaseException:
            failures += 1
            print(f"FAIL {test.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS)} tests, {failures} failures")
    return 1 if failures or len(TESTS) < 15 else 0


sys.exit(main())
