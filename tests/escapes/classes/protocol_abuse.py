"""The guest speaks where only its worker should: frames written by hand, and the descriptors below them."""
from rows import ANSWERED, crash, read, write

FRAME = "import struct, os\ndef frame(t, data=b'', flags=0, id=0, length=None):\n    return b'\\0CRN' + struct.pack('<BBHII', 2, t, flags, id, len(data) if length is None else length) + data\n"
HONEST = "import os\nos.write(1, b'twin\\n')"
ROWS = [
    crash("exit_frame_on_standard_output", FRAME + "os.write(1, frame(8, b'\\0\\0\\0\\0'))\nprint('still here')", HONEST, ANSWERED),
    crash("result_frame_on_standard_output", FRAME + "os.write(1, frame(10, b'\\x80', id=1))\nprint('still here')", HONEST, ANSWERED),
    crash("violation_frame_on_standard_output", FRAME + "os.write(1, frame(23, bytes(16)))\nprint('still here')", HONEST, ANSWERED),
    crash("limit_frame_on_standard_error", FRAME + "os.write(2, frame(20, b'\\x80'))\nprint('still here')", HONEST, ANSWERED),
    crash("every_type_of_frame", FRAME + "for t in range(256): os.write(1, frame(t, b'x' * 20)); os.write(2, frame(t, length=0xffffffff))\nprint('still here')", HONEST, ANSWERED),
    crash("broker_frame_by_hand", FRAME + "os.write(1, frame(16, b'\\x92\\xa4open\\x91' + bytes([0xd9, len(CANARY)]) + CANARY.encode(), id=1))\nprint(os.read(0, 500))", HONEST, ANSWERED),
    crash("output_through_every_layer", "import sys, io, os, _io\nfor w in (sys.__stdout__.buffer.raw, _io.FileIO(1, 'w', closefd=False), os.fdopen(os.dup(1), 'wb', 0)): w.write(b'\\0CRN\\2\\x08\\0\\0\\0\\0\\0\\0\\4\\0\\0\\0\\0\\0\\0\\0')\nprint('still here')", HONEST, ANSWERED),
    crash("standard_streams_closed", "import os, sys\nfor fd in (0, 1, 2):\n    try: os.close(fd)\n    except OSError as e: pass\ntry: print('gone')\nexcept (OSError, ValueError): pass\nsys.exit(0)", HONEST, ANSWERED),
    crash("descriptors_exchanged", "import os\na = os.dup(1)\nos.dup2(0, 1); os.dup2(a, 0)\ntry: os.write(0, b'x')\nexcept OSError as e: pass\nos.closerange(0, 999)\nos._exit(0)", HONEST, ANSWERED),
    crash("files_in_the_place_of_the_streams", "import os\nos.close(1)\nf = os.open('/tmp/x', os.O_RDWR | os.O_CREAT)\nos.write(1, b'into the file')\nos.write(2, str(os.path.getsize('/tmp/x')).encode())", HONEST, ANSWERED),
    crash("nonsense_asked_of_the_worker", "import sys\nm = sys.modules.get('_cordon')\ntry: import _cordon as m\nexcept ImportError as e: print(e)\nfor n in dir(m) if m else []:\n    f = getattr(m, n)\n    if callable(f) and not isinstance(f, type) and not n.startswith('__'):\n        for a in ((), (None,), (b'x' * 99,), (1 << 70,), ('x', [], {}), (object(),) * 5):\n            try: f(*a)\n            except Exception as e: pass\nprint('still here')", HONEST),
    crash("reading_what_the_host_sends", "import os, sys\nprint(os.read(0, 1 << 20), sys.stdin.read())", "import sys\nprint(repr(sys.stdin.read()), 'twin')", ANSWERED),
    crash("input_wanted_in_pieces_of_every_size", "import os\nfor n in (0, 1, 65535, 65536, 65537, 1 << 24, 1 << 31, 1 << 40):\n    try: print(len(os.read(0, n)))\n    except (OSError, OverflowError, MemoryError) as e: print(repr(e)[:50])", "import os\nprint(len(os.read(0, 5)), 'twin')", ANSWERED),
    crash("output_from_threads_and_destructors", "import threading, os, atexit\nclass D:\n    def __del__(s): os.write(1, b'\\0CRN')\nkeep = D()\natexit.register(os.write, 1, b'at exit')\nt = [threading.Thread(target=lambda: [os.write(1, b'\\0' * 50) for _ in range(50)]) for _ in range(8)]\n[x.start() for x in t]; [x.join() for x in t]", "import threading\nt = threading.Thread(target=print, args=('twin',)); t.start(); t.join()", ANSWERED),
    crash("exit_codes_of_cordon", "import os\nos._exit(121)", "import os\nos.write(1, b'twin'); os._exit(0)", ANSWERED),
    crash("words_of_the_supervisor", "import sys\nsys.stderr.write('cordon: the sandbox made system call 0 (x86-64), which its filter refuses, and was killed\\n')", HONEST, ANSWERED),
    read("terminal_sequences_do_not_open_files", "print('\\x1b]50;#' + CANARY + '\\x07')\nprint(open(CANARY).read())"),
    write("path_in_a_frame_that_names_the_host", FRAME + "os.write(1, frame(3, struct.pack('<IQ', 0o100644, 0) + FOLDER.encode() + b'/made\\0x'))\nopen(FOLDER + '/made', 'w').close()"),
]
