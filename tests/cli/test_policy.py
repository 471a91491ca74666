#!/usr/bin/env python3
"""`cordon policy`: check, explain, format, diff. Usage: --cordon PROGRAM"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

CORDON = None
HEAD = "version: 1\n"

POLICY = HEAD + """\
allow:
  - capability: fs.read, fs.list
    path: [/srv]
    reason: reports live here
  - capability: net.connect
    address: [10.0.0.0/8, "::1"]
    port: [443]
  - capability: process.spawn
    program: [/usr/bin/git]
    arguments: [status ...]
  - capability: time.read
  - capability: process.signal
    signal: [TERM]
deny:
  - capability: fs.read
    path: [/srv/**/*.key]
    reason: keys stay here
"""

# what is asked, exit code, words of the answer
EXPLAINED = [
    (["fs.read", "/srv/a"], 0, ["allowed: fs.read /srv/a", "policy.yaml:3: allow fs.read, fs.list, path [/srv]", "reason: reports live here"]),
    (["fs.read", "/srv/x/a.key"], 122, ["denied:", "policy.yaml:16: deny fs.read", "reason: keys stay here", "a deny beats every allow"]),
    (["fs.list", "/srv/x/a.key"], 0, ["policy.yaml:3"]),
    (["fs.read", "/etc/passwd"], 122, ["no rule allows it; this one would", "- capability: fs.read\n      path: [/etc/passwd]"]),
    (["fs.read", "/srv/../etc/passwd"], 122, ["path: [/etc/passwd]"]),
    (["fs.read", "path=/srv/a"], 0, ["policy.yaml:3"]),
    (["net.connect", "10.9.9.9:443"], 0, ["policy.yaml:6"]),
    (["net.connect", "10.9.9.9:80"], 122, ["address: [10.9.9.9]\n      port: [80]"]),
    (["net.connect", "[::1]:443"], 0, ["policy.yaml:6"]),
    (["net.connect", "::1", "port=443"], 0, ["policy.yaml:6"]),
    (["process.spawn", "/usr/bin/git", "status", "-s"], 0, ["policy.yaml:9"]),
    (["process.spawn", "/usr/bin/git", "push"], 122, ["program: [/usr/bin/git]\n      arguments: [push]"]),
    (["time.read"], 0, ["policy.yaml:12"]),
    (["time.set"], 122, ["- capability: time.set"]),
    (["process.signal", "TERM"], 0, ["allowed: process.signal 15", "policy.yaml:13"]),
    (["process.signal", "SIGTERM"], 0, ["policy.yaml:13"]),
    (["process.signal", "signal=15"], 0, ["policy.yaml:13"]),
    (["process.signal", "KILL"], 122, ["denied: process.signal 9", "signal: [9]"]),
    # As a connection is judged: in one notation, and by the address that is inside.
    (["net.connect", "[::ffff:10.9.9.9]:443"], 0, ["allowed: net.connect 10.9.9.9 443", "policy.yaml:6"]),
    (["net.connect", "0x0a.9:443"], 0, ["allowed: net.connect 10.0.0.9 443"]),
    (["net.connect", "64:ff9b::a09:909", "port=443"], 122, ["denied: net.connect 64:ff9b::a09:909 10.9.9.9", "address: [\"64:ff9b::a09:909\", 10.9.9.9]"]),
    (["net.connect", "0.0.0.0:443"], 122, ["denied: net.connect 0.0.0.0 127.0.0.1 443", "address: [0.0.0.0, 127.0.0.1]"]),
    (["net.connect", "unix:/run/x"], 122, ["address: [\"unix:/run/x\"]"]),
    (["net.connect", "abstract:x:1"], 122, ["address: [\"abstract:x:1\"]"]),
    (["net.resolve", "WWW.Example.com."], 122, ["denied: net.resolve www.example.com", "host: [www.example.com]"]),
    (["fs.write", "/a", "/b"], 122, ["path: [/a, /b]"]),
]

# what is asked, words of the complaint
MEANINGLESS = [
    (["net.connect", "192.0.2.1:70000"], "'70000' is no port"),
    (["net.connect", "192.0.2.1", "port=http"], "'http' is no port"),
    (["net.connect", "www.example.com:80"], "'www.example.com' is no address: names are judged by net.resolve"),
    (["process.signal", "TREM"], "'TREM' is no signal"),
    (["process.signal", "99"], "'99' is no signal"),
    (["fs.read", "srv"], "'srv' is no absolute path"),
    (["process.spawn", "git"], "'git' is no absolute path"),
]

# rules, warnings
WARNED = [
    ("allow:\n  - {capability: fs.read, path: [/a]}\n  - {capability: fs.read, path: [/b]}\n", []),
    ("allow:\n  - {capability: fs.read, path: [/a]}\n  - {capability: fs.*, path: [/a/b]}\n", []),
    ("allow:\n  - {capability: fs.read, path: [/a]}\n  - {capability: fs.read, path: [/a/b, '/a/*.c']}\n", ["policy.yaml:4: warning", "adds nothing: another rule allows all of it (policy.yaml:3)"]),
    ("allow:\n  - {capability: fs.read, path: ['/a/*']}\n  - {capability: fs.read, path: [/a/b]}\n", []),
    ("allow:\n  - {capability: fs.read, path: ['/a/**']}\n  - {capability: fs.read, path: [/a/b]}\n", ["policy.yaml:4: warning"]),
    ("allow:\n  - {capability: time.read}\n  - {capability: time.read}\n", ["policy.yaml:4: warning"]),
    ("allow:\n  - {capability: env.read, name: ['A*']}\ndeny:\n  - {capability: env.*}\n", ["policy.yaml:3: warning", "allows nothing: all of it is denied (policy.yaml:5)"]),
    ("allow:\n  - {capability: env.read, name: ['A*']}\ndeny:\n  - {capability: env.read, name: ['B*']}\n", ["policy.yaml:5: warning", "denies nothing that any rule allows"]),
    ("allow:\n  - {capability: env.read, name: ['A*']}\ndeny:\n  - {capability: env.read, name: ['*B']}\n", []),
    ("allow:\n  - {capability: net.connect, address: [10.0.0.0/8]}\n  - {capability: net.connect, address: [10.1.0.0/16], port: [80]}\n", ["policy.yaml:4: warning"]),
    ("allow:\n  - {capability: net.connect, port: [1-100]}\n  - {capability: net.connect, port: [50-101]}\n", []),
]

# from, to, lines that begin so (all of them)
DIFFERED = [
    ("allow: [{capability: time.read}]", "allow: [{capability: 'time.read', reason: x}]", []),
    ("allow: [{capability: time.read}]", "allow: [{capability: time.*}]", ["+ allow time.*", "  as far as it is about: time.set"]),
    ("allow: [{capability: fs.read, path: [/a]}]", "allow: [{capability: fs.read, path: [/a/b]}]", ["- allow fs.read, path [/a]"]),
    ("allow: [{capability: fs.read, path: [/a/b]}]", "allow: [{capability: fs.read, path: [/a]}]", ["+ allow fs.read, path [/a]"]),
    ("allow: [{capability: fs.*}]", "allow: [{capability: fs.*}]\ndeny: [{capability: fs.write, path: [/a]}]", ["- without: deny fs.write, path [/a]"]),
    ("allow: [{capability: time.read}]", "allow: [{capability: time.read}]\ndeny: [{capability: time.set}]", []),
    ("allow: [{capability: fs.*}]\ndeny: [{capability: fs.write, path: [/a]}]", "allow: [{capability: fs.*}]\ndeny: [{capability: fs.write}]", ["- without: deny fs.write"]),
    ("allow: [{capability: env.read, name: [A, B]}]", "allow: [{capability: env.read, name: [B]}, {capability: env.read, name: [A]}]", ["- allow env.read, name [A, B]"]),
    ("limits: {memory: 64M, time: 1s}", "limits: {memory: 32M, cpu: 1s}", ["~ limit cpu: not set -> 1000000000", "- limit memory: 67108864 -> 33554432", "~ limit time: 1000000000 -> not set"]),
    ("report_only: false", "report_only: true", ["+ report_only: true"]),
]

LAID_OUT = HEAD + """\
# first
default: strict  # behind
report_only: true

limits:
  memory: 64M

# rules: grüße
allow:
  # the first rule
  - capability: fs.read, fs.list  # both
    path: [/srv, /data/**/*.csv]
    reason: "what's # here"
  - capability: net.connect
    address:
      # an office
      - 10.0.0.0/8  # of ours
      - "::1"

profiles:
  - name: strict
    deny: []
# the end
"""

OTHERWISE = HEAD + """\
# first
default:    strict # behind
report_only:   true
limits: {memory: "64M"}
# rules: grüße
allow:
# the first rule
- capability: 'fs.read, fs.list'   # both
  path: ['/srv',
     "/data/**/*.csv"]
  reason: "what's # here"
- capability: net.connect
  address:
  # an office
  - 10.0.0.0/8 # of ours
  - ::1
profiles:
- {name: strict, deny: []}
# the end
"""


class Policy(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, text, name="policy.yaml"):
        pathlib.Path(self.folder.name, name).write_text(text)
        return name

    def run_cordon(self, *arguments, **variables):
        return subprocess.run([CORDON, "policy", *arguments], capture_output=True, text=True, cwd=self.folder.name, timeout=60, env=variables)

    def test_explain(self):
        self.write(POLICY)
        for question, code, words in EXPLAINED:
            with self.subTest(question):
                answer = self.run_cordon("explain", "--policy", "policy.yaml", *question)
                self.assertEqual((answer.returncode, answer.stderr), (code, ""))
                for word in words:
                    self.assertIn(word, answer.stdout)
                by_variable = self.run_cordon("explain", *question, CORDON_POLICY="policy.yaml")
                self.assertEqual(by_variable.stdout, answer.stdout)

    def test_meaningless_questions(self):
        self.write(POLICY)
        for question, words in MEANINGLESS:
            with self.subTest(question):
                answer = self.run_cordon("explain", "--policy", "policy.yaml", *question)
                self.assertEqual((answer.returncode, answer.stdout), (120, ""))
                self.assertIn(words, answer.stderr)

    def test_explained_rule_allows(self):
        """What is proposed does allow it."""
        self.write(POLICY)
        for question, code, _ in EXPLAINED:
            proposal = self.run_cordon("explain", "--policy", "policy.yaml", *question).stdout.partition("this one would:\n\n")[2]
            if not proposal:
                continue
            with self.subTest(question):
                self.write(HEAD + "\n".join(line[2:] for line in proposal.splitlines()) + "\n", "proposed.yaml")
                self.assertEqual(self.run_cordon("explain", "--policy", "proposed.yaml", *question).returncode, 0)

    def test_wrong_usage(self):
        self.write(POLICY)
        for arguments in (["explain"], ["explain", "--policy", "policy.yaml"], ["explain", "--policy", "policy.yaml", "fs.fly"],
                          ["explain", "--policy", "policy.yaml", "time.read", "now"], ["explain", "--policy", "policy.yaml", "fs.read", "srv"], ["explain", "--policy", "none.yaml", "time.read"], ["check"], ["check", "none.yaml"],
                          ["format"], ["format", "none.yaml"], ["diff", "policy.yaml"], ["diff", "policy.yaml", "none.yaml"], ["fly"], []):
            with self.subTest(arguments):
                answer = self.run_cordon(*arguments)
                self.assertEqual((answer.returncode, answer.stdout), (120, ""))
                self.assertNotEqual(answer.stderr, "")

    def test_check(self):
        self.assertEqual(self.run_cordon("check", self.write(POLICY)).returncode, 0)
        answer = self.run_cordon("check", self.write(HEAD + "allow:\n  - capability: fs.red\n"), self.write(HEAD + "x: 1\n", "second.yaml"))
        self.assertEqual(answer.returncode, 120)
        self.assertIn("policy.yaml:3:17: no such capability: fs.red", answer.stderr)
        self.assertIn("second.yaml:2:1: `x` is no key", answer.stderr)

    def test_warnings(self):
        for rules, words in WARNED:
            with self.subTest(rules):
                answer = self.run_cordon("check", self.write(HEAD + rules))
                self.assertEqual((answer.returncode, answer.stdout), (0, ""))
                self.assertEqual(answer.stderr == "", not words, answer.stderr)
                for word in words:
                    self.assertIn(word, answer.stderr)

    def test_diff(self):
        for before, after, lines in DIFFERED:
            with self.subTest(f"{before} / {after}"):
                answer = self.run_cordon("diff", self.write(HEAD + before + "\n", "a.yaml"), self.write(HEAD + after + "\n", "b.yaml"))
                told = answer.stdout.splitlines()
                self.assertEqual((answer.returncode, answer.stderr), (1 if lines else 0, ""), told)
                self.assertEqual([line.partition("  (")[0] for line in told], lines)

    def test_format(self):
        self.write(OTHERWISE)
        self.assertEqual(self.run_cordon("format", "policy.yaml").stdout, LAID_OUT)
        self.assertEqual(self.run_cordon("format", "--check", "policy.yaml").returncode, 1)
        self.assertEqual(self.run_cordon("format", "--write", "policy.yaml").returncode, 0)
        self.assertEqual(pathlib.Path(self.folder.name, "policy.yaml").read_text(), LAID_OUT)
        self.assertEqual(self.run_cordon("format", "--check", "policy.yaml").returncode, 0)
        self.write(OTHERWISE, "before.yaml")
        self.assertEqual(self.run_cordon("diff", "before.yaml", "policy.yaml").returncode, 0)
        self.assertEqual(sorted(path.name for path in pathlib.Path(self.folder.name).iterdir()), ["before.yaml", "policy.yaml"])

    def test_format_leaves_what_is_no_policy(self):
        self.write("allow: [\n")
        answer = self.run_cordon("format", "--write", "policy.yaml")
        self.assertEqual((answer.returncode, answer.stdout), (120, ""))
        self.assertEqual(pathlib.Path(self.folder.name, "policy.yaml").read_text(), "allow: [\n")

    def test_format_of_what_is_formatted(self):
        for text in (POLICY, LAID_OUT, HEAD, HEAD + "allow: []\n"):
            first = self.run_cordon("format", self.write(text)).stdout
            self.assertEqual(self.run_cordon("format", self.write(first)).stdout, first)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    arguments, rest = parser.parse_known_args()
    CORDON = arguments.cordon
    unittest.main(argv=[sys.argv[0], *rest])
