#!/usr/bin/env python3
"""Puts report.html, its style and its script together and writes them as C: what stands before the data, and after it.

usage: embed.py OUTPUT.c

The page's own policy allows that one script and that one style, by their hashes, and nothing else.
"""
import base64
import hashlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def source_hash(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page():
    style, script = (FOLDER / "report.css").read_text(), (FOLDER / "report.js").read_text()
    for name, text, end in (("report.css", style, "</style"), ("report.js", script, "</script"), ("report.js", script, "<!--")):
        if end in text.lower():
            sys.exit(f"{FOLDER / name}: holds {end}, which ends or changes the element that it is to stand in")
    text = (FOLDER / "report.html").read_text()
    for mark, value in (("@SCRIPT_HASH@", source_hash(script)), ("@STYLE_HASH@", source_hash(style)), ("@STYLE@", style), ("@SCRIPT@", script)):
        if text.count(mark) != 1:
            sys.exit(f"{FOLDER / 'report.html'}: must hold {mark} once")
        text = text.replace(mark, value)
    parts = text.split("@DATA@")
    if len(parts) != 2:
        sys.exit(f"{FOLDER / 'report.html'}: must hold @DATA@ once")
    return parts


def as_c(name, text):
    """Lines of C: an array, since compilers need not take string literals of this length."""
    data = text.encode() + b"\0"
    lines = ("    " + ",".join(map(str, data[i:i + 32])) + ",\n" for i in range(0, len(data), 32))
    return f"const char {name}[] = {{\n{''.join(lines)}}};\n".replace("const char", "const unsigned char")


def main():
    before, after = page()
    Path(sys.argv[1]).write_text('/* Made by audit/html/embed.py. */\n#include "report_page.h"\n\n' + as_c("report_page_before", before)
                                 + as_c("report_page_after", after))


if __name__ == "__main__":
    main()
