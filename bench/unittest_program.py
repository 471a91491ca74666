"""What bench/audit_cost.py measures beside small files: a unittest suite such as people have, each test with a folder and files of its own, JSON and
regular expressions in between. Prints how many tests ran, and the seconds of wall clock and CPU they took.

usage: unittest_program.py TESTS
"""
import io
import json
import os
import re
import sys
import tempfile
import time
import unittest


class Store:
    """What is tested: records in a folder, one file each, with an index."""

    def __init__(self, folder):
        self.folder = folder

    def put(self, name, value):
        if not re.fullmatch(r"[a-z]\w*", name):
            raise ValueError(name)
        with open(os.path.join(self.folder, name + ".json"), "w") as file:
            json.dump(value, file, indent=1, sort_keys=True)

    def get(self, name):
        with open(os.path.join(self.folder, name + ".json")) as file:
            return json.load(file)

    def names(self):
        return sorted(entry.name[:-5] for entry in os.scandir(self.folder) if entry.name.endswith(".json"))


class StoreTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.store = Store(self.folder.name)

    def check(self, number):
        value = {f"key{i}": [i, str(i) * 5, {"square": i * i}] for i in range(60)}
        for i in range(3):
            self.store.put(f"r{number}_{i}", value)
        self.assertEqual(self.store.names(), [f"r{number}_{i}" for i in range(3)])
        self.assertEqual(self.store.get(f"r{number}_1"), value)
        with self.assertRaises(ValueError):
            self.store.put("../outside", value)
        with self.assertRaises(FileNotFoundError):
            self.store.get("missing")


def make_test(number):
    return lambda self: self.check(number)


count = int(sys.argv[1])
for number in range(count):
    setattr(StoreTests, f"test_{number:05}", make_test(number))
elapsed, used = time.perf_counter(), time.process_time()
result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(StoreTests))
print(result.testsRun if result.wasSuccessful() else 0, 0, time.perf_counter() - elapsed, time.process_time() - used)
