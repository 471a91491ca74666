#!/usr/bin/env python3
"""Writes the records beside this file, seals included, in the format of docs/audit.md: make.py [--check]

plain.jsonl    a script that is refused some accesses, would be refused others, and does ordinary things
hostile.jsonl  names that would break out of each format of a report if they were not escaped
"""
import hashlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
SEAL_LINES_MAX = 4096
HOSTILE = [
    "</script><script>document.title='broken out'</script>",
    "<!--<script>", "--><img src=x onerror=document.title='broken'>", "]]>", "&amp;&lt;", "\"'`", "a\\b\\", "${x}",
    "\u2028\u2029", "\x1b[31mred\x1b[0m", "\x07\x00x".replace("\x00", "\x01"), "new\nline\r\n::error::x", "tab\there", "%0A%25,:", "a,b:c=d",
    "|pipe|*star*_under_[link](http://x)", "\udcff\udc80", "\ud800", "\u202egnp.exe", "zero\u200bwidth", "\ufeffbom", "\U000e0041tag", "\x85\x9b31m",
    "日本語", "e\u0301", "🐍", "javascript:alert(1)", "=cmd|' /C calc'!A0", "@SUM(1)", " leading and trailing ", "{{7*7}}", "~" * 40 + "/x" * 60,
]


def dump(value):
    """JSON as the collector writes it, which is all that a reader takes."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump(key)}:{dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    special = {'"': '\\"', "\\": "\\\\"}
    plain = ((c, ord(c)) for c in value)
    return '"' + "".join(special.get(c) or (f"\\u{n:04x}" if n < 32 or n == 127 or 0xD800 <= n < 0xE000 else c) for c, n in plain) + '"'


class Record:
    """Lines as a collector would write them."""

    def __init__(self):
        self.lines, self.sites, self.sequence, self.counts = [], 0, 0, {"access": 0, "event": 0, "module": 0}

    def add(self, line_type, **keys):
        self.lines.append({"type": line_type, **keys})

    def start(self, command, policy=None, report_policy=None):
        self.add("start", version=1, cordon="0.1.0", python="3.13.5", time="2026-01-02T03:04:05.000006Z", command=command, directory="/work/project",
                 home="/home/u", temporary=["/tmp"], policy=policy, report_policy=report_policy)
        self.add("process", id=1, parent=0, pid=4711, arguments=["cordon-python", *command])

    def site(self, file, line, function, module, distribution=None, imports=(), caller=None):
        self.sites += 1
        self.add("site", id=self.sites, file=file, line=line, function=function, module=module, distribution=distribution, imports=list(imports),
                 caller=caller)
        return self.sites

    def when(self, kind):
        self.sequence += 1
        self.counts[kind] += 1
        return {"seq": self.sequence, "time": 1000 * self.sequence, "process": 1, "thread": 1}

    @staticmethod
    def judged(denied, rule, report_rule):
        return {"decision": "deny" if denied else "allow", "rule": rule, "report": "deny" if report_rule is not None else None, "report_rule": report_rule}

    def access(self, capability, operation, site, result=0, error=None, denied=False, rule=None, report_rule=None, times=1, **arguments):
        self.add("access", **self.when("access"), capability=capability, operation=operation, arguments=arguments, result=result,
                 error="EACCES" if denied else error, **self.judged(denied, rule, report_rule), site=site,
                 **({"count": times} if times > 1 else {}))
        self.sequence += times - 1
        self.counts["access"] += times - 1

    def module(self, name, kind, origin, sha256, site, denied=False, rule=None, report_rule=None):
        self.add("module", **self.when("module"), name=name, kind=kind, origin=origin, sha256=sha256, **self.judged(denied, rule, report_rule), site=site)

    def event(self, event, site, **arguments):
        self.add("event", **self.when("event"), event=event, arguments=arguments, site=site)

    def end(self, code=0, lost=0):
        self.add("exit", process=1, code=code, signal=None)
        self.add("end", accesses=self.counts["access"], events=self.counts["event"], modules=self.counts["module"], lost=lost, outcome="ended", code=code)

    def text(self):
        return sealed(self.lines)


def sealed(lines):
    """The text of a record of these lines: a seal after every 4096, and one at the end."""
    parts, previous = [], "0" * 64
    for start in range(0, len(lines), SEAL_LINES_MAX):
        part = lines[start:start + SEAL_LINES_MAX]
        body = "".join(dump(line) + "\n" for line in part)
        previous = hashlib.sha256((previous + body).encode()).hexdigest()
        parts.append(body + dump({"type": "seal", "lines": len(part), "sha256": previous}) + "\n")
    return "".join(parts)


def plain():
    record = Record()
    policy = {"file": "/work/project/ci.yaml", "profile": None, "sha256": "ab" * 32}
    record.start(["/work/project/script.py", "--out", "/tmp/tmpab12cd34.txt"], policy, {"file": "strict.yaml", "profile": "strict", "sha256": "cd" * 32})
    main = record.site("/work/project/script.py", 12, "main", "__main__")
    other = record.site("/work/project/script.py", 40, "main", "__main__")
    load = record.site("/work/project/app/config.py", 7, "load", "app.config", None, ["__main__", "app", "app.config"])
    client = record.site("/usr/lib/python3/dist-packages/requests/sessions.py", 500, "Session.send", "requests.sessions", "requests 2.31.0",
                         ["__main__", "app", "app.net", "requests"])
    certs = record.site("/home/u/venv/lib/python3.13/site-packages/certifi/core.py", 0, None, "certifi.core", "certifi 2024.2.2",
                        ["__main__", "app", "requests", "certifi"])
    read_text = record.site("/usr/lib/python3.13/pathlib/_local.py", 546, "Path.read_text", "pathlib", None, ["__main__", "pathlib"], load)
    connect = record.site("/usr/lib/python3.13/socket.py", 865, "create_connection", "socket", None, ["__main__", "socket"], client)
    stdlib = record.site("/usr/lib/python3.13/site.py", 100, "main", "site")
    for name in ("SHELL", "LANG"):
        record.access("env.read", "env_get", 0, name=name)
    for times in (1, 2, 7):
        record.access("time.read", "time_clock", stdlib, clock=0)
        record.access("time.read", "time_clock", load, clock=1)
        record.access("time.read", "time_clock", 0, times=times, clock=1)
    record.module("app", "source", "/work/project/app/__init__.py", "11" * 32, main)
    record.module("requests", "bytecode", "/usr/lib/python3/dist-packages/requests/__init__.py", "22" * 32, load)
    record.module("_socket", "builtin", None, None, connect)
    record.module("evil", "zip", "/tmp/tmpzz99yy88/evil.zip", "33" * 32, main, denied=True, rule="ci.yaml:9")
    record.access("fs.read", "fs_open", read_text, 3, path="/home/u/.config/app.toml", flags=0)
    record.access("fs.read", "fs_open", read_text, 3, path="/home/u/.config/app.toml", flags=0)
    record.access("fs.read", "fs_stat", load, -1, "ENOENT", path="/etc/app.toml")
    record.access("fs.read", "fs_open", certs, 4, path="/home/u/venv/lib/python3.13/site-packages/certifi/cacert.pem", flags=0)
    record.access("fs.read", "fs_open", main, -1, denied=True, rule="ci.yaml:4", path="/home/u/.ssh/id_rsa", flags=0)
    record.access("fs.read", "fs_open", other, -1, denied=True, rule="ci.yaml:4", path="/home/u/.ssh/id_rsa", flags=0)
    record.access("fs.write", "fs_open", main, 5, path="/tmp/tmpab12cd34.txt", flags=577, report_rule="strict.yaml:22")
    record.access("net.resolve", "net_resolve", connect, 0, host="api.example.org", service="443")
    record.access("net.connect", "net_connect", connect, 0, address="203.0.113.5", port=443, report_rule="strict.yaml:30")
    record.access("net.connect", "net_connect", connect, -1, "ECONNREFUSED", address="203.0.113.5", port=443, report_rule="strict.yaml:30")
    record.access("net.connect", "net_connect", main, -1, denied=True, address="127.0.0.1", port=54321)
    record.access("process.spawn", "process_posix_spawn", other, 0, program="/usr/bin/git", arguments=["git", "status"])
    record.access("fd.use", "fd_read", load, 4096, times=250, fd=5, size=4096)
    record.access("fd.use", "fd_read", load, 17, fd=5, size=4096)
    for line in range(5):
        site = record.site("/work/project/app/paths.py", 10 + line, "walk", "app.paths", None, ["__main__", "app.paths"])
        record.access("fs.list", "fs_directory_open", site, 0, path="/work/project/data")
    for number in range(20):
        record.access("fs.write", "fs_open", main, 5, path=f"/work/project/out/{chr(97 + number)}.csv", flags=577)
    record.event("ctypes.dlopen", main, name="libc.so.6")
    record.event("compile", stdlib, filename="x")
    record.event("compile", stdlib, filename="y")
    record.end(3)
    return record


def hostile():
    record = Record()
    record.start(["/work/project/" + HOSTILE[0], *HOSTILE[1:8]])
    for number, name in enumerate(HOSTILE):
        site = record.site(f"/work/project/{name}.py", number, name, name, name, ["__main__", name])
        record.access("fs.read", "fs_open", site, -1 if number % 3 == 0 else 3, denied=number % 3 == 0, rule=f"{name}:1" if number % 3 == 0 else None,
                      report_rule=f"{name}:2" if number % 3 == 1 else None, path=f"/data/{name}")
        record.access("env.read", "env_get", site, name=name)
        record.module(name, "source", f"/data/{name}.py", "00" * 32, site)
        record.event(name, site, text=name)
    record.access(HOSTILE[0], HOSTILE[1], 1, -1, HOSTILE[2])
    record.end()
    return record


def main():
    for name, make in (("plain.jsonl", plain), ("hostile.jsonl", hostile)):
        text = make().text()
        path = FOLDER / name
        if "--check" not in sys.argv:
            path.write_text(text)
        elif path.read_text() != text:
            sys.exit(f"{path} is not what make.py writes: run make.py")


if __name__ == "__main__":
    main()
