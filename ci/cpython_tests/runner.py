"""Runs test modules, one process each, two at once. Hides processes, folders and time limits from the harness; knows no expectations."""
import concurrent.futures
import ctypes
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

DRIVE = pathlib.Path(__file__).resolve().parent / "drive.py"
MARK = "cordon-cpython-test:"
YARDSTICK = "yardstick"  # the build of the untouched source that has the same modules built in as full
# The interpreter is judged, not the limits that it runs under: tests recurse deeply, and the harness has a time limit of its own.
UNLIMITED = ["--time", "none", "--cpu", "none", "--recursion", "none"]
OUTPUT_KEPT = 4000  # bytes of a silent module's last words


class NotBuilt(Exception):
    pass


class Variant:
    def __init__(self, name, build, interpreter, command, results):
        self.name, self.interpreter, self.command, self.results = name, build / interpreter, [build / command[0], *command[1:]], results
        if not self.interpreter.exists():
            raise NotBuilt(f"{self.interpreter} is not there")

    def result_path(self, module):
        return self.results / f"{module}.json"

    def stored(self, module):
        """The result of an earlier run, or None."""
        try:
            return json.loads(self.result_path(module).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def known(self, module):
        """The same, if it is newer than the interpreter and the driver."""
        path = self.result_path(module)
        newest = max(self.interpreter.stat().st_mtime, DRIVE.stat().st_mtime)
        return self.stored(module) if path.exists() and path.stat().st_mtime > newest else None

    def keep(self, module, result):
        self.results.mkdir(parents=True, exist_ok=True)
        unfinished = self.results / f".{module}.{os.getpid()}"
        unfinished.write_text(json.dumps(result, indent=0, sort_keys=True))
        unfinished.replace(self.result_path(module))


def stock_cache(build):
    """Stock's results outlive build folders: they depend on its product (whose name holds the hash of its source) and on the driver only."""
    product = (build / "third_party" / YARDSTICK).resolve().name
    key = hashlib.sha256(product.encode() + DRIVE.read_bytes()).hexdigest()[:16]
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "cordon" / f"cpython-tests-{key}"


def put(source, place):
    """The same file by another name: a link in the file system proper, because some tests ask the kernel what a process runs."""
    place.unlink(missing_ok=True)
    place.parent.mkdir(exist_ok=True)
    try:
        os.link(source, place)
    except OSError:  # another file system
        shutil.copy2(source, place)


def full_build_folder(build):
    """cordon-python where CPython's build folder would have put it, as `python` among what that build made: stock runs from its build folder as
    well, and many tests look around there."""
    program, embedding = build / "bin" / "cordon-python", build / "cpython_tests" / "_testembed"
    if not program.exists():
        raise NotBuilt(f"{program} is not there")
    product, folder = (build / "third_party" / "full").resolve(), build / "cpython_tests" / "full_build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in product.iterdir() if product.is_dir() else ():
        if entry.name != "Programs":
            (folder / entry.name).symlink_to(entry)
    put(program, folder / "python")
    if embedding.exists():
        put(embedding, folder / "Programs" / "_testembed")
    hooks = product / "Include" / ".." / "Tools" / "gdb" / "libpython.py"
    if hooks.exists():
        (folder / "python-gdb.py").symlink_to(hooks.resolve())
    return folder


def variants(build):
    """{name: function that makes the Variant}: a build of one variant only can still be judged."""
    image = build / "bin" / "cordon-sandbox-tests"
    return {
        # By its own path: test_embed finds other programs beside it.
        "stock": lambda: Variant("stock", (build / "third_party" / YARDSTICK).resolve(), "python", ["python"], stock_cache(build)),
        "full": lambda: Variant("full", full_build_folder(build), "python", ["python"], build / "cpython_tests" / "full"),
        "sandbox": lambda: Variant("sandbox", build, image, ["bin/cordon", "run", *UNLIMITED, "--image", image], build / "cpython_tests" / "sandbox"),
    }


def environment(home):
    # Nothing of the caller's: PYTHON* variables and a locale would judge the caller, not the interpreter.
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "TERM": "dumb"}


def keep_clock():
    """Run as root, test_time sets the machine's clock back by an hour for a moment; what this process starts loses the right to."""
    PR_CAPBSET_DROP, CAP_SYS_TIME = 24, 25
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot give up the right to set the clock")


def end(process):
    """Ends a module's whole session: tests leave children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def silent(state, seconds, message, output):
    return {"state": state, "message": message, "seconds": round(seconds, 2), "tests": {}, "output": output[-OUTPUT_KEPT:].decode(errors="replace")}


def run_module(variant, module, limit_seconds):
    folder = tempfile.mkdtemp(prefix="cordon-cpython-")
    started = time.monotonic()
    timed_out = False
    try:
        with open(os.path.join(folder, ".output"), "w+b") as output:
            working = os.path.join(folder, "work")
            os.mkdir(working)
            process = subprocess.Popen([*map(str, variant.command), str(DRIVE), MARK, module], stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, cwd=working, env=environment(working), start_new_session=True)
            try:
                code = process.wait(limit_seconds)
            except subprocess.TimeoutExpired:
                timed_out = True
            end(process)
            output.seek(0)
            said = output.read()
    finally:
        # Tests that take rights away from folders must not hold ours back.
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - started
    before, mark, line = said.rpartition(MARK.encode())
    if not mark:
        if timed_out:
            return silent("timed out", seconds, f"no result within {limit_seconds} s", said)
        return silent("crashed", seconds, f"ended with code {code} and no result", said)
    result = json.loads(line.splitlines()[0])
    if not timed_out and code != 0 and result["state"] == "passed":
        return silent("crashed", seconds, f"ended with code {code} after its tests passed", before)
    result["seconds"] = round(seconds, 2)
    return result


def run_all(variant, modules, jobs, limit_seconds, tell):
    """{module: result}; tell(module, result) as each is done, from this thread."""
    results = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run_module, variant, module, limit_seconds): module for module in modules}
        try:
            for future in concurrent.futures.as_completed(futures):
                module = futures[future]
                results[module] = future.result()
                variant.keep(module, results[module])
                tell(module, results[module])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def all_modules(stock):
    """As libregrtest finds them, big packages split as it splits them."""
    listed = subprocess.run([str(stock.interpreter), "-m", "test", "--list-tests"], capture_output=True, text=True, check=True,
                            env=environment("/nonexistent"), cwd="/")
    return sorted(listed.stdout.split())
