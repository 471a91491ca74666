"""`cordon audit report --format html` in a real browser: what a person sees, filters, sorts and prints, and that names stay names.

usage: test_audit_html.py --cordon PATH --audit FOLDER --screenshots FOLDER
--audit is tests/audit; screenshots of each run are left in --screenshots for people to look at.
"""
import argparse
import html.parser
import json
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

sys.dont_write_bytecode = True
OPTIONS = None
DECEIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e0fff]")


def report(record, form, output=None):
    where = form if output is None else f"{form}={output}"
    done = subprocess.run([OPTIONS.cordon, "audit", "report", "--format", where, record], capture_output=True, timeout=60, check=True)
    return done.stdout.decode("utf-8")


def record(name):
    return OPTIONS.audit / "records" / f"{name}.jsonl"


def cells(page, column):
    return page.value(f"[...document.querySelectorAll('#rows tbody tr.row')].map((row) => row.children[{column}].innerText)")


STATE, CAPABILITY, WHAT, COUNT, FAILED, WHERE, CODE = range(7)


class InBrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(OPTIONS.audit))
        import browser
        if browser.program() is None:
            raise AssertionError("no browser: install chromium-headless-shell (cmake/packages.txt)")
        cls.browser = browser.Browser().__enter__()
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        for name in ("plain", "hostile"):
            report(record(name), "html", cls.folder / f"{name}.html")

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__(None, None, None)
        cls.temporary.cleanup()

    def open(self, name, **options):
        return self.browser.open(self.folder / f"{name}.html", **options)

    def keep(self, page, name, whole=False):
        """Keeps a screenshot, and returns its width, height and how many colours it has."""
        OPTIONS.screenshots.mkdir(parents=True, exist_ok=True)
        path = OPTIONS.screenshots / f"{name}.png"
        page.screenshot(path, whole)
        data = path.read_bytes()
        width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
        chunks, at = b"", 8
        while at < len(data):
            length, = struct.unpack(">I", data[at:at + 4])
            chunks += data[at + 8:at + 8 + length] if data[at + 4:at + 8] == b"IDAT" else b""
            at += length + 12
        self.assertEqual(depth, 8)
        raw, size = zlib.decompress(chunks), {2: 3, 6: 4}[kind]
        return width, height, len({raw[i:i + size] for i in range(1, len(raw) - size, 97 * size)})


class Page(InBrowser):
    def test_it_shows_all_of_the_report_and_refused_ones_first(self):
        page = self.open("plain", height=1500)
        self.assertEqual(page.value("document.title"), "Cordon audit: ./script.py")
        self.assertEqual(page.value("document.getElementById('command').innerText"), "./script.py --out <tmp>/tmp*.txt")
        self.assertEqual(page.value("[...document.querySelectorAll('.tile')].map((tile) => tile.innerText.replace('\\n', ' '))"),
                         ["4 denied", "3 would be denied", "0 new", "2 failed", "294 accesses", "4 modules", "3 events"])
        states = cells(page, STATE)
        self.assertEqual(states[:7], ["denied"] * 4 + ["would be denied"] * 2 + ["allowed"])
        page.click("#library")
        rows = [json.loads(line) for line in report(record("plain"), "jsonl").split("\n")[:-1]]
        self.assertEqual(len(cells(page, STATE)), len(rows))
        self.assertEqual(sorted(cells(page, WHAT)), sorted(row["target"] or "(no name)" for row in rows))
        width, height, colours = self.keep(page, "plain")
        self.assertEqual((width, height), (1280, 1500))
        self.assertGreater(colours, 20)
        self.assertEqual(page.problems(), [])

    def test_its_data_is_the_json_report(self):
        for name in ("plain", "hostile"):
            page = self.open(name)
            text = page.value("JSON.stringify(JSON.parse(document.getElementById('data').textContent))")
            self.assertEqual(json.loads(text), json.loads(report(record(name), "json")))

    def test_tiles_selects_and_the_search_filter(self):
        page = self.open("plain")
        page.click(".tile.denied")
        self.assertEqual(cells(page, STATE), ["denied"] * 4)
        page.value("(() => { const s = document.getElementById('capability'); s.value = [...s.options].find((o) => o.text === 'fs.read').value; s.onchange(); })()")
        self.assertEqual(cells(page, WHAT), ["~/.ssh/id_rsa"] * 2)
        self.assertEqual(page.value("[...document.querySelectorAll('.chip')].map((chip) => chip.innerText)"), ["denied ×", "fs.read ×"])
        page.click(".chip")
        self.assertEqual(sorted(set(cells(page, WHAT))), ["/etc/app.toml", "<site-packages>/certifi/cacert.pem", "~/.config/app.toml", "~/.ssh/id_rsa"])
        page.press("Escape")
        everything = len(cells(page, STATE))
        self.assertGreater(everything, 30)
        page.press("/", "/")
        self.assertEqual(page.value("document.activeElement.id"), "search")
        page.type("SCRIPT.py:12 csv")
        self.assertEqual(len(cells(page, WHAT)), 20)
        page.type(" nothing has this")
        self.assertEqual(cells(page, WHAT), [])
        self.assertIn("Nothing passes the filters.", page.value("document.querySelector('#rows').innerText"))
        page.click("#clear")
        self.assertEqual(len(cells(page, STATE)), everything)
        self.assertEqual(page.problems(), [])

    def test_the_map_filters_by_mouse_and_keyboard(self):
        page = self.open("plain")
        names = page.value("[...document.querySelectorAll('#map .node[data-column=source]')].map((node) => node.dataset.name)")
        self.assertEqual(sorted(names), ["__main__", "app.config", "app.paths", "certifi 2024.2.2", "requests 2.31.0"])
        page.click("#map .node[data-name='requests 2.31.0'] .bar")
        self.assertEqual(set(cells(page, CODE)), {"requests 2.31.0"})
        self.assertEqual(page.value("[...document.querySelectorAll('#map .node[data-column=capability]')].map((node) => node.dataset.name)"),
                         ["net.connect", "import", "net.resolve"])
        page.click("#map .node[data-name='requests 2.31.0'] .bar")
        page.value("document.querySelector(\"#map .node[data-name='fs.list']\").focus()")
        page.press("Enter", "\r")
        self.assertEqual(set(cells(page, CAPABILITY)), {"fs.list"})
        self.assertEqual(len(cells(page, CAPABILITY)), 5)
        widths = page.value("[...document.querySelectorAll('#map path')].map((path) => Number(path.getAttribute('stroke-width')))")
        self.assertTrue(widths and min(widths) > 0)
        page.press("Escape")
        widths = page.value("[...document.querySelectorAll('#map path')].map((path) => Number(path.getAttribute('stroke-width')))")
        self.assertGreater(max(widths), 2 * min(widths))
        self.assertEqual(page.problems(), [])

    def test_rows_open_and_show_how_they_came_about(self):
        page = self.open("plain")
        page.press("/", "/")
        page.type("203.0.113.5")
        self.assertEqual(page.value("document.querySelectorAll('tr.details').length"), 0)
        page.value("document.querySelector('tr.row').focus()")
        page.press("Enter", "\r")
        self.assertEqual(page.value("document.querySelector('tr.row').getAttribute('aria-expanded')"), "true")
        self.assertEqual(page.value("[...document.querySelectorAll('.chain span')].map((name) => name.innerText)"), ["__main__", "app", "app.net", "requests"])
        shown = page.value("document.querySelector('tr.details').innerText")
        for part in ("strict.yaml:30", "net_connect 2", "ECONNREFUSED 1", "socket.create_connection 2", "requests 2.31.0"):
            self.assertIn(part, shown)
        self.keep(page, "details", whole=True)
        page.press("Enter", "\r")
        self.assertEqual(page.value("document.querySelectorAll('tr.details').length"), 0)

    def test_headings_sort(self):
        page = self.open("plain")
        page.click("[data-sort=count]")
        counts = [int(text) for text in cells(page, COUNT)]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertGreater(counts[0], counts[-1])
        page.click("[data-sort=count]")
        self.assertEqual([int(text) for text in cells(page, COUNT)], sorted(counts))
        page.click("[data-sort=target]")
        names = cells(page, WHAT)
        shown = [name for name in names if name != "(no name)"]
        self.assertEqual(shown, sorted(shown))
        self.assertEqual(page.value("document.querySelector('[aria-sort=ascending]').innerText.trim()"), "What")

    def test_dark_narrow_and_printed(self):
        back = "getComputedStyle(document.body).backgroundColor"
        light, dark = (sum(map(int, re.findall(r"\d+", self.open("plain", dark=is_dark).value(back))[:3])) for is_dark in (False, True))
        self.assertGreater(light, 600)
        self.assertLess(dark, 150)
        self.keep(self.open("plain", dark=True), "dark")
        narrow = self.open("plain", width=480)
        self.assertLessEqual(narrow.value("document.documentElement.scrollWidth"), 480)
        self.keep(narrow, "narrow")
        page = self.open("plain", dark=True)
        page.send("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.assertEqual(page.value("getComputedStyle(document.getElementById('controls')).display"), "none")
        self.assertEqual(page.value(back), "rgb(255, 255, 255)")
        self.assertTrue(page.pdf().startswith(b"%PDF-"))

    def test_many_rows_are_shown_in_parts_and_printed_whole(self):
        sys.path.insert(0, str(OPTIONS.audit / "records"))
        import make
        big = make.Record()
        big.start(["big.py"])
        site = big.site("/work/project/big.py", 1, "main", "__main__")
        for number in range(1000):
            big.access("fs.read", "fs_open", site, 3, path=f"/data/{number:04}")
        big.end()
        (self.folder / "big.jsonl").write_text(big.text())
        report(self.folder / "big.jsonl", "html", self.folder / "big.html")
        page = self.open("big")
        self.assertEqual(len(cells(page, WHAT)), 400)
        self.assertEqual(page.value("document.getElementById('shown').innerText"), "1,000 of 1,000")
        page.click("#more")
        self.assertEqual(len(cells(page, WHAT)), 800)
        page.value("window.dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(len(cells(page, WHAT)), 1000)
        self.assertTrue(page.value("document.getElementById('more').hidden"))


class Hostile(InBrowser):
    def test_names_are_text_and_nothing_else(self):
        page = self.open("hostile", height=1400)
        self.assertEqual(page.problems(), [])
        self.assertNotIn("broken", page.value("document.title").replace("document.title='broken out'", ""))
        self.assertEqual(page.value("document.scripts.length"), 2)
        self.assertEqual(page.value("document.querySelectorAll('img, iframe, object, embed, a[href^=\"javascript:\"], link, base').length"), 0)
        page.value("(() => { document.querySelectorAll('tr.row').forEach((row) => row.click()); })()")
        page.value("(() => { for (let i = 0; i < 40; i++) document.querySelectorAll('tr.row[aria-expanded=false]').forEach((row) => row.click()); })()")
        self.assertGreater(page.value("document.querySelectorAll('tr.details').length"), 100)
        self.assertEqual(page.value("document.scripts.length"), 2)
        self.assertEqual(page.value("document.querySelectorAll('img').length"), 0)
        text = page.value("document.body.innerText")
        self.assertEqual(DECEIVING.findall(text), [])
        for shown in ("</script><script>document.title='broken out'</script>", "<!--<script>", "\\x1b[31mred\\x1b[0m", "\\u202egnp.exe", "\\udcff\\udc80", "\\ud800",
                      "zero\\u200bwidth", "\\u2028\\u2029", "日本語", "🐍", "a\\\\b\\\\"):
            self.assertIn(shown, text)
        self.keep(page, "hostile")
        self.assertEqual(page.problems(), [])

    def test_filters_take_names_as_they_are(self):
        page = self.open("hostile")
        for name in ("</script><script>document.title='broken out'</script>", "\\u202egnp.exe", "\"'`", "[link](http://x)"):
            page.press("Escape")
            page.press("/", "/")
            page.type(name)
            self.assertGreater(len(cells(page, WHAT)), 2, name)
            self.assertLess(len(cells(page, WHAT)), 20, name)

    def test_the_file_holds_no_element_but_its_own(self):
        class Elements(html.parser.HTMLParser):
            def __init__(self):
                super().__init__()
                self.tags, self.addresses = [], []

            def handle_starttag(self, tag, attributes):
                self.tags.append(tag)
                self.addresses += [value for name, value in attributes if name in ("src", "href", "action")]

        found = {}
        for name in ("plain", "hostile"):
            found[name] = Elements()
            found[name].feed((self.folder / f"{name}.html").read_text())
        self.assertEqual(found["hostile"].tags, found["plain"].tags)
        self.assertEqual(found["hostile"].addresses, ["#rows"])

    def test_the_page_refuses_scripts_and_requests_that_are_not_its_own(self):
        page = self.open("plain")
        self.assertEqual(page.problems(), [])
        page.value("(() => { const s = document.createElement('script'); s.textContent = 'document.title = \"foreign\"'; document.body.append(s); })()")
        self.assertEqual(page.value("document.title"), "Cordon audit: ./script.py")
        page.value("fetch('http://127.0.0.1:9/').catch(() => 0)")
        page.value("(() => { const i = document.createElement('img'); i.src = 'file:///etc/passwd'; document.body.append(i); })()")
        self.assertGreaterEqual(sum("Content Security Policy" in problem for problem in page.problems()), 3, page.problems())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--audit", required=True, type=Path)
    parser.add_argument("--screenshots", required=True, type=Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
