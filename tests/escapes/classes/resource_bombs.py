"""More of everything than there is. The sandbox may end; the host goes on, and the next sandbox runs."""
from rows import LIMITED, MAY_CRASH, crash

ENDED = frozenset({"LIMIT"})  # it does not come to an end by itself, whatever it catches

SHORT = ("--time", "3s")
ROWS = [
    crash("memory_in_one_piece", "x = bytearray(1 << 45)", "x = bytearray(1 << 20)\nprint('twin')", LIMITED),
    crash("memory_little_by_little", "x = []\nwhile True:\n    try: x.append(bytes(1 << 20))\n    except MemoryError: x.append(1); x = x * 2", "print(len(bytes(1 << 20)), 'twin')", ENDED, SHORT),
    crash("memory_caught_again_and_again", "x = []\nfor i in range(2000):\n    try:\n        while True: x.append([0] * 10000)\n    except MemoryError:\n        if i % 50 == 0: x.clear()", "print(len([0] * 10000), 'twin')", ENDED, SHORT),
    crash("recursion_in_python", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", "def f(n): return n and f(n - 1)\nprint(f(100), 'twin')", ENDED, SHORT),
    crash("recursion_in_c", "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(s, n): return getattr(s, n + 'x')\nA().y", "class A:\n    def __getattr__(s, n): return n\nprint(A().twin)", MAY_CRASH, SHORT),
    crash("recursion_of_the_parser", "for s in ('(' * 100000, '[' * 99999, 'x' + '.y' * 99999, '-' * 100000 + '1', 'f(' * 9999, 'lambda: ' * 9999 + '1', 'if 1:\\n' + ''.join(' ' * i + 'if 1:\\n' for i in range(1, 200))):\n    try: compile(s, 'x', 'exec')\n    except (SyntaxError, MemoryError, RecursionError) as e: print(type(e))", "print(eval('((1))'), 'twin')", MAY_CRASH, SHORT),
    crash("endless_loop", "while True: pass", "for i in range(10): pass\nprint('twin')", ENDED, SHORT),
    crash("endless_loop_that_catches_all", "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n    finally:\n        continue", "try: 1/0\nexcept BaseException: print('twin')", ENDED, SHORT),
    crash("endless_loop_in_c", "sum(range(10**15))", "print(sum(range(10)), 'twin')", ENDED, SHORT),
    crash("huge_power", "9 ** 9 ** 9", "print(9 ** 9, 'twin')", ENDED, SHORT),
    crash("bad_regular_expression", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", "import re\nprint(re.match('a+', 'aa').group(), 'twin')", ENDED, SHORT),
    crash("queue_that_is_never_full", "import collections, itertools\ncollections.deque(itertools.count(), maxlen=0)", "import collections\nprint(collections.deque([1], maxlen=0), 'twin')", ENDED, SHORT),
    crash("endless_output", "import os\nwhile True: os.write(1, b'x' * 65536)", "print('x' * 65536, 'twin')", ENDED, SHORT),
    crash("endless_empty_output", "import os\nwhile True: os.write(2, b'')", "import os\nos.write(2, b'')\nprint('twin')", ENDED, SHORT),
    crash("files_without_end", "i = 0\nwhile True:\n    open(f'/tmp/{i}', 'w').close(); i += 1", "open('/tmp/1', 'w').close()\nprint('twin')", ENDED, SHORT),
    crash("one_file_without_end", "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * (1 << 20))", "open('/tmp/x', 'wb').write(b'x' * (1 << 20))\nprint('twin')", ENDED, SHORT),
    crash("file_with_a_hole", "f = open('/tmp/x', 'wb')\nfor n in (1 << 40, 1 << 62, (1 << 63) - 1):\n    try: f.seek(n); f.write(b'x'); f.flush(); open('/tmp/x', 'rb').read()\n    except (OSError, MemoryError, OverflowError) as e: print(e)", "f = open('/tmp/x', 'wb')\nf.seek(100); f.write(b'x')\nprint('twin')", ENDED, SHORT),
    crash("folders_in_folders", "import os\nos.chdir('/tmp')\nwhile True: os.mkdir('d'); os.chdir('d')", "import os\nos.mkdir('/tmp/d')\nprint('twin')", MAY_CRASH, SHORT),
    crash("descriptors_without_end", "import os\nwhile True: os.dup(1)", "import os\nprint(os.dup(1) > 2, 'twin')", MAY_CRASH, SHORT),
    crash("threads_without_end", "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(10**9,)).start()", "import threading\nt = threading.Thread(target=print, args=('twin',)); t.start(); t.join()", ENDED, SHORT),
    crash("compressed_bomb", "import zlib\nd = zlib.compress(bytes(1 << 24), 9)\nfor i in range(3): d = zlib.compress(d * 50, 9)\nx = []\nwhile True: x.append(zlib.decompress(zlib.decompress(zlib.decompress(zlib.decompress(d)[:1 << 20])) ))", "import zlib\nprint(len(zlib.decompress(zlib.compress(bytes(99)))), 'twin')", ENDED, SHORT),
    crash("xml_bomb", "import xml.etree.ElementTree as E\ns = '<!DOCTYPE l [<!ENTITY a0 \"ha\">' + ''.join(f'<!ENTITY a{i} \"{\"&a%d;\" % (i - 1) * 10}\">' for i in range(1, 12)) + ']><l>&a11;</l>'\nprint(len(E.fromstring(s).text))", "import xml.etree.ElementTree as E\nprint(E.fromstring('<l>twin</l>').text)", MAY_CRASH, SHORT),
    crash("sleep_for_ever", "import time, threading\nthreading.Event().wait()", "import time\ntime.sleep(5)\nprint('twin')", LIMITED, SHORT),
    crash("work_after_the_end", "import atexit, sys\nclass D:\n    def __del__(s):\n        while True: pass\nd = D()\ndef forever():\n    while True: pass\natexit.register(forever)\nsys.exit(0)", "import atexit\natexit.register(print, 'twin')", ENDED, SHORT),
    crash("exception_table_of_noise", "import os\ndef f():\n    raise ValueError\ng = type(f)(f.__code__.replace(co_exceptiontable=bytes(range(64, 255)) * 3), globals())\ntry: g()\nexcept BaseException as e: print(type(e))", "def f(): raise ValueError\ntry: f()\nexcept ValueError: print('twin')", ENDED, SHORT),
]
