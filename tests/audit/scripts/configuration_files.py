"""Formats of data that are read and written as files."""
import configparser
import csv
import json
import pathlib
import pickle
import plistlib
import tomllib
import xml.etree.ElementTree

pathlib.Path("a.toml").write_text("a = 1\n")
with open("a.toml", "rb") as file:
    assert tomllib.load(file) == {"a": 1}
for name, dump in (("a.json", json.dump), ("a.csv", lambda rows, file: csv.writer(file).writerows([rows]))):
    with open(name, "w", encoding="utf-8") as file:
        dump(["x", "y"], file)
with open("a.pickle", "wb") as file:
    pickle.dump([1], file)
with open("a.plist", "wb") as file:
    plistlib.dump({"a": 1}, file)
parser = configparser.ConfigParser()
parser["a"] = {"b": "c"}
with open("a.ini", "w", encoding="utf-8") as file:
    parser.write(file)
assert parser.read(["a.ini", "missing.ini"]) == ["a.ini"]
xml.etree.ElementTree.ElementTree(xml.etree.ElementTree.Element("a")).write("a.xml")
