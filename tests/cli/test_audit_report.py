"""`cordon audit report`: each format beside its expected text, hostile names in each of them, and what goes wrong.

usage: test_audit_report.py --cordon PATH --audit FOLDER [--write]
--audit is tests/audit: records/*.jsonl go in, reports/RECORD.FORMAT is what is to come out; --write writes those anew, to be reviewed.
"""
import argparse
import collections
import fcntl
import hashlib
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
OPTIONS = None
FORMATS = ["table", "jsonl", "json"]
RECORDS = ["plain", "hostile"]
# Characters that terminals obey, that cannot be seen, or that turn text round. A newline ends a line of ours.
DECEIVING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e0fff]")


def report(*arguments, code=0, **more):
    done = subprocess.run([OPTIONS.cordon, "audit", "report", *map(str, arguments)], capture_output=True, timeout=60, **more)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: ended with {done.returncode}: {done.stderr.decode()}")
    return done


def record(name):
    return OPTIONS.audit / "records" / f"{name}.jsonl"


def text_of(name, form, *more):
    return report("--format", form, *more, record(name)).stdout.decode("utf-8")


def split(text):
    """Lines; splitlines() would end them at U+2028, too."""
    return text.split("\n")[:-1]


def lines_of(path):
    """What a record says; its seals are computed anew by sealed()."""
    return [line for line in map(json.loads, split(path.read_text())) if line["type"] != "seal"]


def sealed(lines):
    """A record of other lines, with a seal of their own."""
    sys.path.insert(0, str(OPTIONS.audit / "records"))
    import make
    body = "".join(make.dump(line) + "\n" for line in lines)
    digest = hashlib.sha256(("0" * 64 + body).encode()).hexdigest()
    return body + make.dump({"type": "seal", "lines": len(lines), "sha256": digest}) + "\n"


def on_terminal(columns, *arguments, **environment):
    """What a terminal of so many columns is sent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "TERM")}
    running = subprocess.Popen([OPTIONS.cordon, "audit", "report", *map(str, arguments)], stdout=slave, env={**kept, **environment})
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:  # a terminal's way to say that the other side is closed
        pass
    os.close(master)
    if running.wait(60) != 0:
        raise AssertionError(f"{arguments}: ended with {running.returncode}")
    return shown.decode("utf-8")


class Expected(unittest.TestCase):
    def test_each_format_of_each_record_is_as_reviewed(self):
        for name in RECORDS:
            for form in FORMATS:
                with self.subTest(record=name, format=form):
                    expected = OPTIONS.audit / "reports" / f"{name}.{form}"
                    text = text_of(name, form)
                    if OPTIONS.write:
                        expected.write_text(text)
                    self.assertEqual(text, expected.read_text())
                    self.assertGreater(len(text), 100)

    def test_records_are_what_their_generator_writes(self):
        subprocess.run([sys.executable, OPTIONS.audit / "records" / "make.py", "--check"], check=True)


class Rows(unittest.TestCase):
    def test_counts_are_those_of_the_record(self):
        for name in RECORDS:
            with self.subTest(record=name):
                lines, rows = lines_of(record(name)), [json.loads(line) for line in split(text_of(name, "jsonl"))]
                expected, given = collections.Counter(), collections.Counter()
                for line in lines:
                    what = {"access": line.get("capability"), "module": "import", "event": line.get("event")}.get(line["type"])
                    if what is not None:
                        denied = line.get("decision") == "deny"
                        expected[line["type"], what, "count"] += 1
                        expected[line["type"], what, "denied"] += denied
                        expected[line["type"], what, "would be"] += line.get("report") == "deny" and not denied
                        expected[line["type"], what, "failed"] += line.get("error") is not None and not denied
                for row in rows:
                    key = row["kind"], row.get("capability", row.get("event"))
                    for count, value in (("count", row["count"]), ("denied", row.get("denied", 0)), ("would be", row.get("would_be_denied", 0)),
                                         ("failed", row.get("failed", 0))):
                        given[(*key, count)] += value
                self.assertEqual(given, expected)

    def test_json_has_the_same_rows_and_their_totals(self):
        for name in RECORDS:
            whole, rows = json.loads(text_of(name, "json")), [json.loads(line) for line in split(text_of(name, "jsonl"))]
            self.assertEqual(whole["rows"], rows)
            self.assertEqual(whole["totals"]["denied"], sum(row.get("denied", 0) for row in rows))
            self.assertEqual(whole["totals"]["accesses"], sum(row["count"] for row in rows if row["kind"] == "access"))

    def test_a_place_is_the_nearest_one_outside_the_standard_library(self):
        rows = [json.loads(line) for line in split(text_of("plain", "jsonl"))]
        row, = (row for row in rows if row.get("target") == "~/.config/app.toml")
        self.assertEqual((row["place"]["file"], row["place"]["line"], row["through"]), ("./app/config.py", 7, {"pathlib.Path.read_text": 2}))
        self.assertEqual(row["place"]["imports"], ["__main__", "app", "app.config"])

    def test_names_come_back_as_they_were(self):
        made = lines_of(record("hostile"))
        paths = {line["arguments"]["path"] for line in made if line["type"] == "access" and "path" in line["arguments"]}
        for form in ("json", "jsonl"):
            text = text_of("hostile", form)
            rows = json.loads(text)["rows"] if form == "json" else [json.loads(line) for line in split(text)]
            self.assertEqual({row["target"] for row in rows if row.get("capability") == "fs.read"}, paths)

    def test_fingerprints_survive_moved_lines_and_nothing_else(self):
        lines = lines_of(record("plain"))
        with tempfile.TemporaryDirectory() as folder:
            moved, renamed = Path(folder, "moved"), Path(folder, "renamed")
            moved.write_text(sealed([{**line, "line": line["line"] + 100} if line["type"] == "site" else line for line in lines]))
            renamed.write_text(sealed([{**line, "function": "other"} if line["type"] == "site" else line for line in lines]))
            marks = [[row["fingerprint"] for row in json.loads(report("--format", "json", path).stdout)["rows"] if row["place"]]
                     for path in (record("plain"), moved, renamed)]
        self.assertEqual(sorted(marks[0]), sorted(marks[1]))
        self.assertFalse(set(marks[0]) & set(marks[2]))
        self.assertTrue(all(re.fullmatch("[0-9a-f]{32}", mark) for mark in marks[0]))

    def test_what_changes_from_run_to_run_changes_no_report(self):
        lines = lines_of(record("plain"))
        for line in lines:
            if line["type"] == "start":
                line["time"] = "2027-01-01T00:00:00.000000Z"
            if "time" in line and line["type"] != "start":
                line["time"] += 77
            if line["type"] == "process":
                line["pid"] += 1
        text = sealed(lines).replace("tmpab12cd34", "tmpqq00rr11").replace("54321", "43210").replace("tmpzz99yy88", "tmpaa11bb22")
        head = split(text)[:-1]
        start = next(i for i, line in enumerate(head) if '"type":"access"' in line)
        end = next(i for i, line in enumerate(head) if '"type":"exit"' in line)
        # Other threads' accesses may come first; sites must stay before those who point at them.
        sites = [line for line in head[start:end] if '"type":"site"' in line]
        body = sites + sorted((line for line in head[start:end] if '"type":"site"' not in line), key=lambda line: hashlib.sha256(line.encode()).digest())
        for i, line in enumerate(line for line in body if '"seq"' in line):
            body[body.index(line)] = re.sub(r'"seq":\d+', f'"seq":{i + 1}', line)
        self.assertNotEqual(body, head[start:end])
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder, "again.jsonl")
            again.write_text(sealed([json.loads(line) for line in head[:start] + body + head[end:]]))
            for form in FORMATS:
                self.assertEqual(report("--format", form, again).stdout.decode(), text_of("plain", form), form)


class Table(unittest.TestCase):
    def test_no_name_reaches_a_terminal_as_more_than_text(self):
        for columns in (0, 40, 100):
            shown = on_terminal(columns, record("hostile"), NO_COLOR="1").replace("\r\n", "\n") if columns else text_of("hostile", "table", "--all")
            self.assertIsNone(DECEIVING.search(shown))
        self.assertIn("\\x1b[31mred", text_of("hostile", "table"))
        self.assertIn("\\u202egnp.exe", text_of("hostile", "table"))

    def test_lines_are_as_wide_as_the_terminal_at_most(self):
        for columns in (40, 60, 80, 133):
            shown = on_terminal(columns, "--all", record("plain"), NO_COLOR="1")
            self.assertLessEqual(max(len(line) for line in shown.split("\r\n")), columns)
            self.assertIn("id_rsa", shown)
        self.assertIn("…", on_terminal(40, record("plain"), NO_COLOR="1"))
        self.assertNotIn("…", text_of("plain", "table"))

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertIn("\x1b[1;31m", on_terminal(100, record("plain")))
        self.assertNotIn("\x1b", on_terminal(100, record("plain"), NO_COLOR="1"))
        self.assertNotIn("\x1b", on_terminal(100, record("plain"), TERM="dumb"))
        self.assertNotIn("\x1b", text_of("plain", "table"))

    def test_all_shows_what_is_cut(self):
        short, whole = text_of("plain", "table"), text_of("plain", "table", "--all")
        self.assertNotIn("t.csv", short)
        self.assertIn("and 9 more", short)
        self.assertIn("t.csv", whole)
        self.assertNotIn("more", whole)

    def test_refused_ones_are_never_cut(self):
        shown = text_of("hostile", "table")
        self.assertEqual(len(re.findall("  denied by ", shown)), 11)
        self.assertEqual(len(re.findall("  would be denied by ", shown)), 11)


class Command(unittest.TestCase):
    def test_several_formats_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [f"--format={form}={folder}/{form}" for form in FORMATS]
            done = report(*files, "--format", "table", record("plain"))
            self.assertEqual(done.stdout.decode(), text_of("plain", "table"))
            for form in FORMATS:
                self.assertEqual(Path(folder, form).read_text(), text_of("plain", form))

    def test_a_record_from_standard_input(self):
        done = report("--format=json", "-", input=record("plain").read_bytes())
        self.assertEqual(done.stdout.decode(), text_of("plain", "json"))

    def test_without_a_format_it_is_a_table(self):
        self.assertEqual(report(record("plain")).stdout.decode(), text_of("plain", "table"))

    def test_wrong_usage_is_told_with_what_would_be_right(self):
        names = ", ".join(FORMATS)
        for arguments, complaint in (
                (["--format", "xml", record("plain")], f"xml names no format that there is: {names}"),
                (["--format=" + "x" * 500, record("plain")], names),
                (["--format", "json=", record("plain")], "needs the name of a file"),
                (["--format"], "needs a value"),
                (["--format", "json", "--format", "table", record("plain")], "can be given without =FILE once"),
                ([], "needs a RECORD"),
                (["--colour", record("plain")], "--colour is not an option"),
                ([record("plain"), record("plain")], "is a second RECORD"),
                (["/does/not/exist"], "cannot read the record /does/not/exist")):
            with self.subTest(arguments=arguments):
                done = report(*arguments, code=120)
                self.assertIn(complaint, done.stderr.decode())
                self.assertEqual(done.stdout, b"")

    def test_help_names_every_format(self):
        shown = report("--help").stdout.decode()
        self.assertEqual(re.findall(r"^  (\w+) +\S", shown.split("formats:\n")[1], re.MULTILINE), FORMATS)

    def test_a_record_that_is_not_whole_gets_no_report_unless_asked_for(self):
        text = record("plain").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder, "broken.jsonl")
            for content in (text[:len(text) // 2], text.replace(b"id_rsa", b"id_rsb")):
                broken.write_bytes(content)
                done = report(broken, code=125)
                self.assertEqual(done.stdout, b"")
                self.assertIn("broken.jsonl:", done.stderr.decode())
                done = report("--partial", broken, code=125)
                self.assertIn("fs.read", done.stdout.decode())
                self.assertIn("broken.jsonl:", done.stderr.decode())

    def test_a_report_that_cannot_be_written_is_a_failure(self):
        done = report("--format=json=/dev/full", record("plain"), code=125)
        self.assertIn("cannot write the report json=/dev/full", done.stderr.decode())
        done = report("--format=json=/does/not/exist", record("plain"), code=125)
        self.assertIn("cannot write the report /does/not/exist", done.stderr.decode())
        report("--format=json=/dev/null", record("plain"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--audit", required=True, type=Path)
    parser.add_argument("--write", action="store_true")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
