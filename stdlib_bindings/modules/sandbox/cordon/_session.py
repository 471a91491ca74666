"""What the sandbox's C code asks of Python around an execution: sources, tracebacks, the event loop. Hides asyncio and linecache from it.

C takes these functions before guest code runs. They keep what they need in their own globals, so a guest that changes sys.modules by mistake spoils nothing.
"""
import errno
import io
import linecache
import traceback
from importlib._bootstrap_external import decode_source

_OWN_FOLDER = __file__.rpartition("/")[0] + "/"
SOURCES_MAX, SOURCE_CHARACTERS_MAX = 1000, 4 << 20  # what a long session remembers; older ones go first

_loop = None
_sizes = {}  # of remembered sources, oldest first
_whole_size = 0


def remember(name, source):
    """Lets tracebacks and inspect find `source` (bytes) under the file name `name`."""
    text = source.decode() if source.isascii() and b"coding" not in source[:512] else decode_source(source)
    lines = io.StringIO(text, newline=None).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    _forget(name)
    linecache.cache[name] = (len(text), None, lines, name)
    _count(name, len(text))
    while len(_sizes) > SOURCES_MAX or len(_sizes) > 1 and _whole_size > SOURCE_CHARACTERS_MAX:
        _forget(next(iter(_sizes)))


def _count(name, size):
    global _whole_size
    _sizes[name] = size
    _whole_size += size


def _forget(name):
    global _whole_size
    _whole_size -= _sizes.pop(name, 0)
    linecache.cache.pop(name, None)


def line(name, number):
    """One line of a source, without its end; "" if it is not known."""
    return linecache.getline(name, number).rstrip("\n")


def describe(exception, chain):
    """As python prints it, without the frames of this package."""
    described = traceback.TracebackException.from_exception(exception)
    _leave_out_own_frames(described)
    return "".join(described.format(chain=chain))


def _leave_out_own_frames(described):
    for part in (described, described.__cause__, described.__context__, *(described.exceptions or ())):
        if part is not None:
            part.stack[:] = [frame for frame in part.stack if not frame.filename.startswith(_OWN_FOLDER)]
            if part is not described:
                _leave_out_own_frames(part)


def complete(coroutine):
    """Runs `coroutine` in the session's event loop, which keeps other tasks for the next time. Returns its task, which is done."""
    global _loop
    import asyncio
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
        asyncio.set_event_loop(_loop)
    task = _loop.create_task(coroutine)
    task.add_done_callback(_stop)
    try:
        _run_until_done(task)
    except BaseException:
        # What ended the loop is the outcome: of the task itself (SystemExit, KeyboardInterrupt), or of another one.
        if not task.done():
            _cancel(task)
            raise
    return task


def wake():
    """Has the loop look around, if another thread runs it and it waits."""
    if _loop is not None and _loop.is_running():
        _loop.call_soon_threadsafe(_nothing)


def _nothing():
    pass


def _stop(task):
    task.get_loop().stop()


def _run_until_done(task):
    while not task.done():
        try:
            _loop.run_forever()
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
            raise RuntimeError("deadlock: the code awaits what nothing will ever bring about") from None


def _cancel(task):
    """Lets the task end; one that does not want to is left as it is."""
    task.cancel()
    try:
        _loop.run_forever()
    except BaseException:
        pass
