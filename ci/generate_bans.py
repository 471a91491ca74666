#!/usr/bin/env python3
"""The .clang-tidy of each folder, from the tables. Without arguments checks that they are fresh; --write refreshes them."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from boundary import bans  # noqa: E402


def main():
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    stale = [path for path, text in bans.tidy_files().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if sys.argv[1:]:
            path.write_text(bans.tidy_files()[path], encoding="utf-8")
        else:
            print(f"{path.relative_to(bans.ROOT)}:1: not what the tables say\n    way out: ci/generate_bans.py --write", file=sys.stderr)
    return 1 if stale and not sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
