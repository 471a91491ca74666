"""Plants one fault a time in a copy of the tree and sees that ci/generate_exit_codes.py finds it, and finds nothing in the copy as it is."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER, README, PAGE = "core/include/cordon/exit_code.h", "README.md", "docs/audit.md"
ROOMS = ("cli", "core/supervisor", "core/interpreter")
FAULTS = (  # file, what is there, what is put there, what must be said
    (HEADER, '"wrong usage', '"odd usage', "README.md: tells other exit codes"),
    (HEADER, "X(LIMIT, 123", "X(LIMIT, 122", "is there twice"),
    (HEADER, "X(LIMIT, 123", "X(LIMIT, 119", "codes are to rise"),
    (HEADER, "X(", "Y(", "has no rows"),
    (README, "| 121 |", "| 126 |", "README.md: tells other exit codes"),
    (PAGE, "| 125 |", "| 124 |", "docs/audit.md: tells other exit codes"),
    (PAGE, "<!-- end of exit codes -->", "", "docs/audit.md: has no place"),
    ("cli/doctor.c", "return", "return 121; return", "cli/doctor.c:"),
)


def run(root, *arguments):
    return subprocess.run([sys.executable, ROOT / "ci/generate_exit_codes.py", "--root", root, *arguments], capture_output=True, text=True)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, copy / room)
        for name in (HEADER, README, PAGE):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
        cases = [("as it is", run(copy).returncode == 0)]
        for name, old, new, words in FAULTS:
            text = (copy / name).read_text()
            assert old in text, (name, old)
            (copy / name).write_text(text.replace(old, new))
            done = run(copy)
            cases.append((f"{name}: {old} -> {new}", done.returncode == 1 and words in done.stderr))
            (copy / name).write_text(text)
        (copy / README).write_text((ROOT / README).read_text().replace("| 121 |", "| 126 |"))
        cases.append(("writes", run(copy, "--write").returncode == 0 and (copy / README).read_text() == (ROOT / README).read_text()))
    for name, is_right in cases:
        print("ok  " if is_right else "FAIL", name)
        failed += not is_right
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
