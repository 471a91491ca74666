"""Hides from the tests how an interpreter is started apart from everything around it, and what in its output is its own and not Python's."""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import tempfile

TIME_LIMIT_S = 180


@dataclasses.dataclass
class Answer:
    out: str
    err: str
    code: int

    def __str__(self):
        return f"code {self.code}\n" + "".join(f"      {name}| {line}\n" for name in ("out", "err") for line in getattr(self, name).splitlines())


class Interpreter:
    """One python program. Its own paths, and the moment it was built, are replaced in what it prints."""

    def __init__(self, program):
        self.program = str(pathlib.Path(program).absolute())
        facts = "import os, sys; print(sys.executable, os.path.dirname(os.__file__), sys.prefix, sys.exec_prefix, sep='\\n')"
        lines = subprocess.run([self.program, "-I", "-c", facts], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
        executable, self.library, prefix, exec_prefix = lines
        self.own = [(executable, "<PYTHON>"), (self.program, "<PYTHON>"), (self.library, "<LIBRARY>"), (prefix, "<PREFIX>"), (exec_prefix, "<PREFIX>")]

    def without_own(self, text, directory):
        for own, name in [*self.own, (directory, "<DIRECTORY>")]:
            text = text.replace(own, name)
        text = re.sub(r"\((?:main|tags/[^,]*|Cordon)[^,)]*, [A-Z][a-z]{2} [ \d]\d \d{4}, [\d:]{8}\)", "(<BUILT>)", text)
        text = re.sub(r"0x[0-9a-f]{8,16}", "<ADDRESS>", text)
        text = text.replace("Adding directory: '<LIBRARY>/site-packages'\n", "")  # a build folder has none
        text = re.sub(r"import time: +\d+ \| +\d+", "import time: <TIME>", text)
        text = re.sub(r"in \d+\.\d+s", "in <TIME>", text)
        return re.sub(r"\x1b\[\d+;\d+[a-z]", "", text)

    def environment(self, directory, variables):
        keep = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "LD_LIBRARY_PATH", "CORDON_ALTERED_PYTHON") if name in os.environ}
        return {**keep, "HOME": directory, "TMPDIR": directory, "LC_ALL": "C.UTF-8", "TERM": "xterm", **variables}

    def start(self, arguments, directory, variables=None, **more):
        return subprocess.Popen([self.program, *arguments], cwd=directory, env=self.environment(directory, variables or {}), **more)

    def run(self, arguments, directory, variables=None, text="", time_limit_s=TIME_LIMIT_S):
        process = self.start(arguments, directory, variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True)
        try:
            out, err = process.communicate(text.encode(), time_limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            err += b"\n(did not end in time)"
        clean = [self.without_own(bytes_.decode("utf-8", "backslashreplace"), directory) for bytes_ in (out, err)]
        return Answer(*clean, process.returncode)


class Within(Interpreter):
    """A program that stands for an interpreter elsewhere, as those of a virtual environment do."""

    def __init__(self, outer, program):
        self.program = str(program)
        self.library, self.own = outer.library, outer.own


def fresh_directory():
    """A real path, so that what an interpreter says about it is what the test knows it by."""
    return tempfile.TemporaryDirectory(prefix="cordon-python-", dir=os.path.realpath(tempfile.gettempdir()), ignore_cleanup_errors=True)


def write_files(directory, files):
    for name, content in files.items():
        path = pathlib.Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
