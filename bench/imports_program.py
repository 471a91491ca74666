"""Imports a good part of the standard library; prints the number of modules, seconds of wall clock and of CPU."""
import sys
import time

NAMES = """
abc argparse array ast asyncio base64 bdb binascii bisect bz2 calendar cmd code codecs codeop collections colorsys compileall concurrent.futures
configparser contextlib contextvars copy copyreg csv dataclasses datetime dbm decimal difflib dis doctest email email.mime.text email.parser encodings
ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib gzip hashlib
heapq hmac html html.parser http.client http.server http.cookies imaplib importlib.metadata importlib.resources inspect io ipaddress itertools json
keyword linecache locale logging logging.config logging.handlers lzma mailbox marshal math mimetypes mmap modulefinder multiprocessing netrc numbers
opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats pty py_compile pyclbr
pydoc queue quopri random re reprlib runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 ssl stat
statistics string stringprep struct subprocess symtable sysconfig tabnanny tarfile tempfile textwrap threading timeit tokenize tomllib trace traceback
tracemalloc types typing unicodedata unittest unittest.mock urllib.parse urllib.request urllib.robotparser uuid venv warnings wave weakref webbrowser
wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree xml.sax xmlrpc.client xmlrpc.server zipapp zipfile zipimport zlib zoneinfo
"""

before = len(sys.modules)
start = time.perf_counter(), time.process_time()
for name in NAMES.split():
    __import__(name)
print(len(sys.modules) - before, time.perf_counter() - start[0], time.process_time() - start[1])
