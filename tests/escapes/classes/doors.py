"""The doors that a program of good manners would use: files, processes, network and signals by their proper names."""
from rows import FULL, GRANTED_FILE, Escape, crash, read, write



def call(name, program):
    return Escape(name, program, "call", FULL)


ROWS = [
    read("open", "print(open(CANARY).read())"),
    read("open_granted", "print(open(CANARY).read())", GRANTED_FILE),
    read("os_open", "import os\nprint(os.read(os.open(CANARY, os.O_RDONLY), 99))"),
    read("directory_descriptor", "import os\nd = os.open(FOLDER, os.O_DIRECTORY)\nprint(os.read(os.open('canary', os.O_RDONLY, dir_fd=d), 99))"),
    read("path_library", "import pathlib\nprint((pathlib.Path(FOLDER) / 'canary').read_bytes())"),
    read("sqlite_attaches_a_file", "import sqlite3\nc = sqlite3.connect(FOLDER + '/host.db')\nprint(c.execute('select * from t').fetchall())"),
    read("dbm_and_shelve", "import shutil\nshutil.copy(CANARY, '/dev/stdout') if 0 else print(open(shutil.copy(CANARY, __import__('tempfile').mktemp())).read())"),
    read("memory_map", "import mmap\nf = open(CANARY)\nprint(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:])"),
    read("file_url", "import urllib.request\nprint(urllib.request.urlopen('file://' + CANARY).read())"),
    write("write_a_file", "open(FOLDER + '/made', 'w').write('x')"),
    write("remove_the_canary", "import os\nos.remove(CANARY)"),
    write("rename_the_canary", "import os\nos.rename(CANARY, CANARY + '2')"),
    write("make_a_folder", "import os\nos.makedirs(FOLDER + '/made/deep')"),
    write("make_a_pipe", "import os\nos.mkfifo(FOLDER + '/made')"),
    write("log_to_a_file", "import logging\nlogging.basicConfig(filename=FOLDER + '/made')\nlogging.error('x')"),
    write("database_made", "import sqlite3\nc = sqlite3.connect(FOLDER + '/made')\nc.execute('create table t(a)')"),
    write("subprocess", "import subprocess\nsubprocess.run(['touch', FOLDER + '/made'], check=True)"),
    write("os_system", "import os\nos.system('touch ' + FOLDER + '/made')"),
    write("posix_spawn", "import os\nos.waitpid(os.posix_spawn('/usr/bin/touch', ['touch', FOLDER + '/made'], {}), 0)"),
    write("fork_exec_of_the_c_module", "import subprocess, _posixsubprocess\np = subprocess.Popen(['/usr/bin/touch', FOLDER + '/made'])\np.wait()"),
    write("fork_and_execute", "import os\npid = os.fork()\nif pid == 0: os.execv('/usr/bin/touch', ['touch', FOLDER + '/made'])\nos.waitpid(pid, 0)"),
    write("multiprocessing", "import multiprocessing\ndef f(p): open(p, 'w').close()\np = multiprocessing.get_context('fork').Process(target=f, args=(FOLDER + '/made',))\np.start(); p.join()"),
    write("asyncio_subprocess", "import asyncio\nasync def m():\n    p = await asyncio.create_subprocess_exec('touch', FOLDER + '/made')\n    await p.wait()\nasyncio.run(m())"),
    write("pseudo_terminal", "import pty\npty.spawn(['touch', FOLDER + '/made'], lambda fd: b'', lambda fd: b'')"),
    call("connect", "import socket\nsocket.create_connection(('127.0.0.1', PORT), 3).sendall(b'x')"),
    call("connect_by_the_c_module", "import _socket\ns = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)\ns.connect(('127.0.0.1', PORT))"),
    call("http", "import http.client\nc = http.client.HTTPConnection('127.0.0.1', PORT, timeout=1)\nc.request('GET', '/')\ntry: c.getresponse()\nexcept Exception as e: print(e)"),
    call("url", "import urllib.request\ntry: urllib.request.urlopen(f'http://127.0.0.1:{PORT}/', timeout=1)\nexcept Exception as e: print(repr(e))"),
    call("asyncio_connection", "import asyncio\nasyncio.run(asyncio.wait_for(asyncio.open_connection('127.0.0.1', PORT), 3))"),
    call("log_to_a_socket", "import logging.handlers\nlogging.getLogger().addHandler(logging.handlers.SocketHandler('127.0.0.1', PORT))\nlogging.error('x')"),
    Escape("kill_a_process", "import os\nos.kill(PID, 15)", "kill", FULL),
    Escape("kill_by_a_file_descriptor_of_a_process", "import os, signal\nsignal.pidfd_send_signal(os.pidfd_open(PID), 15)", "kill", FULL),
    Escape("kill_by_the_shell", "import os\nos.system(f'kill {PID}')", "kill", FULL),
    crash("debugger_and_profiler_of_the_host", "for n in ('ptrace', 'perf_event_open', 'process_vm_readv'):\n    import os\n    print(getattr(os, n, None))\nopen(f'/proc/{PID}/mem', 'rb')", "import os\nprint(os.getpid(), 'twin')"),
]
