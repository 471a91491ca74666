"""`cordon audit report`: each format beside its expected text, hostile names in each of them, and what goes wrong.

usage: test_audit_report.py --cordon PATH --audit FOLDER [--full] [--write]
--full: cordon-python lies beside cordon, so programs can be run.
SARIF is held against the standard's own schema (tests/audit/sarif_schema.py) and against tests/audit/sarif.schema.json, which is stricter: it knows what of SARIF we use.
--audit is tests/audit: records/*.jsonl go in, reports/RECORD.FORMAT is what is to come out; --write writes those anew, to be reviewed.
"""
import argparse
import collections
import fcntl
import hashlib
import json
import os
import pty
import random
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent / "audit"))
import sarif_schema

OPTIONS = None
FORMATS = ["table", "jsonl", "json", "sarif", "github", "junit", "markdown", "html"]
REVIEWED = FORMATS[:-1]  # of a page the browser is the judge: test_audit_html.py
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
    """A record of other lines, with seals of their own."""
    sys.path.insert(0, str(OPTIONS.audit / "records"))
    import make
    return make.sealed(lines)


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
            for form in REVIEWED:
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
                    if (line.get("operation"), line.get("arguments")) == ("time_clock", {"clock": 1}):
                        waited = ("access", what, "waited") in expected  # told once: how often depends on the scheduler
                        expected["access", what, "waited"] = 1
                        if waited:
                            continue
                        line = {**line, "count": 1}
                    if what is not None:
                        denied, times = line.get("decision") == "deny", line.get("count", 1)
                        expected[line["type"], what, "count"] += times
                        expected[line["type"], what, "denied"] += times * denied
                        expected[line["type"], what, "would be"] += times * (line.get("report") == "deny" and not denied)
                        expected[line["type"], what, "failed"] += times * (line.get("error") is not None and not denied)
                for row in rows:
                    key = row["kind"], row.get("capability", row.get("event"))
                    for count, value in (("count", row["count"]), ("denied", row.get("denied", 0)), ("would be", row.get("would_be_denied", 0)),
                                         ("failed", row.get("failed", 0))):
                        given[(*key, count)] += value
                del expected["access", "time.read", "waited"]
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
        sequence = 1
        for i, line in enumerate(body):
            if '"seq"' in line:
                body[i] = re.sub(r'"seq":\d+', f'"seq":{sequence}', line)
                sequence += json.loads(line).get("count", 1)
        self.assertNotEqual(body, head[start:end])
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder, "again.jsonl")
            again.write_text(sealed([json.loads(line) for line in head[:start] + body + head[end:]]))
            for form in FORMATS:
                self.assertEqual(report("--format", form, again).stdout.decode(), text_of("plain", form), form)


PROGRAM = """
import json, os, pathlib, random, socket, subprocess, sys, tempfile, threading
with tempfile.NamedTemporaryFile("w", suffix=".txt") as file, tempfile.TemporaryDirectory(prefix="work-") as folder:
    file.write("x")
    pathlib.Path(folder, "a.json").write_text(json.dumps({"pid": os.getpid()}))
    print(pathlib.Path(folder, "a.json").stat().st_size > 0)
with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    server.listen()
    with socket.create_connection(server.getsockname()) as client, server.accept()[0] as other:
        other.sendall(b"hello")
        print(client.recv(5))
threads = [threading.Thread(target=lambda: os.listdir(".")) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
subprocess.run([sys.executable, "-c", "import zlib; open('/proc/self/status').close()"], check=True)
"""


class RealRuns(unittest.TestCase):
    def run_it(self, folder, out):
        out.mkdir()
        formats = [f"--format={form}={out}/{form}" for form in FORMATS]
        done = subprocess.run([OPTIONS.cordon, "audit", "run", *formats, "program.py"], cwd=folder, capture_output=True, timeout=120)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"True\nb'hello'\n", b""))
        return {form: (out / form).read_text() for form in FORMATS}

    def test_two_runs_of_a_program_give_the_same_reports_byte_for_byte(self):
        if not OPTIONS.full:
            self.skipTest("no full interpreter was built")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "project")
            folder.mkdir()
            (folder / "program.py").write_text(PROGRAM)
            first, second = (self.run_it(folder, Path(scratch, name)) for name in ("one", "two"))
            for form in FORMATS:
                self.assertEqual(first[form], second[form], form)
            rows = json.loads(first["json"])["rows"]
            seen = {(row.get("capability"), row["target"]) for row in rows}
            self.assertIn(("fs.list", "."), seen)
            self.assertTrue(any(capability == "net.connect" and "<port>" in target for capability, target in seen))
            (folder / "program.py").write_text(PROGRAM + "open('/etc/hostname').close()\n")
            third = self.run_it(folder, Path(scratch, "three"))
            for form in FORMATS:
                if form != "github":  # which tells of what was refused, and totals
                    self.assertNotEqual(first[form], third[form], form)


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


class Sarif(unittest.TestCase):
    def setUp(self):
        self.runs = {name: json.loads(text_of(name, "sarif"))["runs"][0] for name in RECORDS}

    def schemas(self):
        return [json.loads(path.read_text()) for path in (OPTIONS.audit / "sarif.schema.json", sarif_schema.fetch()) if path]

    def test_it_is_valid(self):
        import jsonschema
        for schema in self.schemas():
            validator = jsonschema.validators.validator_for(schema)(schema)
            for name in RECORDS:
                self.assertEqual(list(map(str, validator.iter_errors(json.loads(text_of(name, "sarif"))))), [])

    def test_the_schema_refuses_what_is_not(self):
        import jsonschema
        whole = json.loads(text_of("plain", "sarif"))
        for schema in self.schemas():
            validator = jsonschema.validators.validator_for(schema)(schema)
            for break_it in (lambda run: run.pop("tool"), lambda run: run["results"][0].update(level="fatal"),
                             lambda run: run["results"][0].update(surprise=1), lambda run: run["results"][0].pop("message"),
                             lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0)):
                broken = json.loads(json.dumps(whole))
                break_it(broken["runs"][0])
                self.assertTrue(list(validator.iter_errors(broken)))

    def test_levels_and_rules(self):
        run = self.runs["plain"]
        levels = collections.Counter(result["level"] for result in run["results"])
        self.assertEqual((levels["error"], levels["warning"]), (4, 2))
        self.assertGreater(levels["note"], 20)
        for run in self.runs.values():
            rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
            self.assertEqual(len(rules), len(set(rules)))
            for result in run["results"]:
                self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])

    def test_each_fingerprint_is_one_results(self):
        for name, run in self.runs.items():
            marks = [result["partialFingerprints"]["cordonAccess/v1"] for result in run["results"]]
            self.assertEqual(len(marks), len(set(marks)), name)

    def test_places_are_those_of_the_rows(self):
        refused, = (r for r in self.runs["plain"]["results"] if r["ruleId"] == "import" and r["level"] == "error")
        place = refused["locations"][0]
        self.assertEqual(place["physicalLocation"]["artifactLocation"], {"uri": "script.py", "uriBaseId": "%SRCROOT%"})
        self.assertEqual(place["physicalLocation"]["region"], {"startLine": 12})
        self.assertEqual(place["logicalLocations"][0]["fullyQualifiedName"], "__main__.main")
        hostile = {urllib.parse.unquote_to_bytes(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
                   for r in self.runs["hostile"]["results"]}
        self.assertIn(b"\xff\x80.py", hostile)
        self.assertIn("</script><script>document.title='broken out'</script>.py".encode(), hostile)

    def test_no_text_deceives(self):
        def texts(value):
            if isinstance(value, str):
                yield value
            elif isinstance(value, (dict, list)):
                for item in [*value, *value.values()] if isinstance(value, dict) else value:
                    yield from texts(item)

        found = list(texts(self.runs["hostile"]))
        self.assertTrue(any("\\u202egnp.exe" in text for text in found))
        self.assertEqual([text for text in found if DECEIVING.search(text)], [])


class Github(unittest.TestCase):
    def parse(self, text):
        """As the runner does: a command's name, its properties and its message."""
        for line in split(text):
            command, properties, message = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line).groups()
            undo = lambda value: re.sub("%(25|0A|0D|2C|3A)", lambda found: chr(int(found[1], 16)), value)
            yield command, {key: undo(value) for key, _, value in (item.partition("=") for item in properties.split(","))}, undo(message)

    def test_one_command_for_each_row_that_was_refused(self):
        for name, expected in (("plain", {"error": 4, "warning": 2, "notice": 1}), ("hostile", {"error": 11, "warning": 11, "notice": 1})):
            found = list(self.parse(text_of(name, "github")))
            self.assertEqual(collections.Counter(command for command, _, _ in found), expected)
            for _, properties, _ in found:
                self.assertLessEqual(set(properties), {"title", "file", "line"})

    def test_names_come_through(self):
        found = list(self.parse(text_of("hostile", "github")))
        self.assertIn("%0A%25,:.py", [properties.get("file") for _, properties, _ in found])
        self.assertTrue(any("/data/%0A%25,:" in message for _, _, message in found))
        self.assertTrue(any("\\x0d\\x0a::error::x" in message or "\\x1b[31m" in message for _, _, message in found))


class Junit(unittest.TestCase):
    def test_suites_and_their_numbers(self):
        for name, failures, skipped in (("plain", 4, 2), ("hostile", 11, 11)):
            root = xml.etree.ElementTree.fromstring(text_of(name, "junit"))
            rows = [json.loads(line) for line in split(text_of(name, "jsonl"))]
            cases = root.findall("testsuite/testcase")
            self.assertEqual(len(cases), sum(row["kind"] != "event" for row in rows))
            self.assertEqual((int(root.get("tests")), int(root.get("failures")), int(root.get("skipped"))), (len(cases), failures, skipped))
            self.assertEqual((len(root.findall(".//failure")), len(root.findall(".//skipped"))), (failures, skipped))
            for suite in root:
                self.assertEqual(int(suite.get("tests")), len(suite))
                self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))

    def test_names_come_through(self):
        names = {case.get("name") for case in xml.etree.ElementTree.fromstring(text_of("hostile", "junit")).iter("testcase")}
        for shown in ("</script><script>document.title='broken out'</script>", "]]>", "&amp;&lt;", "\"'`", "\\x1b[31mred\\x1b[0m", "\\udcff\\udc80"):
            self.assertTrue(any(name.startswith(f"/data/{shown} from ") for name in names), shown)


class Markdown(unittest.TestCase):
    def test_tables_keep_their_columns_and_names_are_only_text(self):
        for name in RECORDS:
            text, columns = text_of(name, "markdown"), 0
            for line in split(text):
                if line.startswith("|"):
                    cells = line.count("|")
                    self.assertEqual(cells, columns or cells, line)
                    columns = cells
                    self.assertNotRegex(re.sub("<code>[^<>|`*_\\[\\]]*</code>", "", line), r"[<>`*_\[\]]", line)
                else:
                    columns = 0
            self.assertLessEqual(set(re.findall("</?[a-zA-Z!][^>]*>", text)),
                                 {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"})
            self.assertIsNone(DECEIVING.search(text))

    def test_what_was_refused_comes_first(self):
        text = text_of("plain", "markdown")
        self.assertLess(text.index("### Denied"), text.index("### Would be denied"))
        self.assertLess(text.index("### Would be denied"), text.index("### By capability"))
        self.assertIn("id&#95;rsa", text[:text.index("### Would be denied")])


class AnyRecord(unittest.TestCase):
    """Records that chance has made: whatever names they hold, each report is one that its readers take."""

    @staticmethod
    def made(seed):
        sys.path.insert(0, str(OPTIONS.audit / "records"))
        import make
        chance, record, sites = random.Random(seed), make.Record(), [0]
        text = lambda: chance.choice([
            lambda: chance.choice(make.HOSTILE), lambda: "x" * chance.randrange(3000),
            lambda: "".join(chr(chance.randrange(1, chance.choice([128, 0x800, 0x10000, 0x110000]))) for _ in range(chance.randrange(40))),
            lambda: "/".join(chance.choice(["tmp", "home", "u", "work", "project", "lib", "python3.13", "site-packages", "", "..", "<stdlib>", "~"])
                             for _ in range(chance.randrange(9))),
            lambda: chance.choice(["", "./", "~/", "<tmp>/", "<frozen x>", "<stdlib>/a.py", "built-in", "-c"])])()
        perhaps = lambda: chance.choice([None, text()])
        record.start([text() for _ in range(chance.randrange(5))])
        for _ in range(chance.randrange(20)):
            sites.append(record.site(text(), chance.randrange(99) * chance.randrange(3), perhaps(), perhaps(), perhaps(), [text() for _ in range(chance.randrange(4))],
                                     chance.choice([None, *sites[1:]])))
        for _ in range(chance.randrange(60)):
            judged = {"denied": chance.random() < 0.2, "rule": perhaps(), "report_rule": perhaps()}
            chance.choice([lambda: record.module(text(), text(), perhaps(), perhaps(), chance.choice(sites), **judged),
                           lambda: record.event(text(), chance.choice(sites), a=text()),
                           lambda: record.access(chance.choice(["fs.read", "net.connect", "", text()]), text(), chance.choice(sites), 0, perhaps(), times=chance.choice([1, 1, 9]),
                                                 **judged, **{chance.choice(["path", "name", "address", "port"]): chance.choice([text(), chance.randrange(1 << 20)])})])()
        record.end()
        return record.text()

    def test_readers_take_every_report(self):
        import jsonschema
        schema = json.loads((OPTIONS.audit / "sarif.schema.json").read_text())
        validator = jsonschema.validators.validator_for(schema)(schema)
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(40):
                with self.subTest(seed=seed):
                    Path(folder, "record").write_text(self.made(seed))
                    report(*(f"--format={form}={folder}/{form}" for form in FORMATS), Path(folder, "record"))
                    given = {form: Path(folder, form).read_bytes().decode("utf-8") for form in FORMATS}
                    whole = json.loads(given["json"])
                    self.assertEqual([json.loads(line) for line in split(given["jsonl"])], whole["rows"])
                    self.assertEqual(list(map(str, validator.iter_errors(json.loads(given["sarif"])))), [])
                    xml.etree.ElementTree.fromstring(given["junit"])
                    for line in split(given["github"]):
                        self.assertRegex(line, "^::(error|warning|notice) [^:]*::")
                    for form in ("table", "github", "junit", "markdown"):
                        self.assertIsNone(DECEIVING.search(given[form]), form)
                    data, = re.findall('<script type="application/json" id="data">([^<]*)</script>', given["html"])
                    self.assertEqual(json.loads(data), whole)


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
    parser.add_argument("--cordon", required=True, type=os.path.abspath)
    parser.add_argument("--audit", required=True, type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--full", action="store_true")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
