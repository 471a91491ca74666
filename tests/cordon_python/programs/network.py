"""Sockets, select, asyncio, servers and TLS, all on the loopback interface."""
import array
import asyncio
import http.client
import http.server
import os
import select
import selectors
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import xmlrpc.client
import xmlrpc.server

from cases import case, run


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address


@case
def stream():
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, address = server.accept()
    accepted.sendall(b"hello")
    same = address == client.getsockname()
    client.shutdown(socket.SHUT_WR)
    return client.recv(10), accepted.recv(10), same


@case
def stream_version_6():
    if not os.path.exists("/proc/net/if_inet6") or not open("/proc/net/if_inet6").read():
        return "no such address family here"
    server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with socket.create_connection(server.getsockname()[:2]) as client:
        return server.accept()[1][0], client.family.name


@case
def datagrams():
    first, second = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    first.bind(("127.0.0.1", 0))
    second.bind(("127.0.0.1", 0))
    second.sendto(b"text", first.getsockname())
    data, sender = first.recvfrom(100)
    return data, sender == second.getsockname()


@case
def unix_and_descriptors():
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket")
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect("socket")
    accepted, _ = server.accept()
    read_end, write_end = os.pipe()
    socket.send_fds(client, [b"one"], [write_end])
    data, descriptors, _, _ = socket.recv_fds(accepted, 10, 1)
    os.write(descriptors[0], b"through it")
    return data, os.read(read_end, 20), os.stat("socket").st_mode & 0o170000


@case
def messages():
    left, right = socket.socketpair()
    left.sendmsg([b"ab", b"cd"])
    data, ancillary, flags, _ = right.recvmsg(10)
    into = array.array("b", bytes(6))
    left.send(b"xyz")
    return data, ancillary, flags, right.recv_into(into), into.tobytes()


@case
def refused():
    spare = socket.create_server(("127.0.0.1", 0))
    address = spare.getsockname()
    spare.close()
    try:
        socket.create_connection(address)
    except ConnectionRefusedError as error:
        return error.errno


@case
def time_limit():
    left, right = socket.socketpair()
    left.settimeout(0.05)
    try:
        left.recv(1)
    except TimeoutError as error:
        return str(error)


@case
def not_blocking():
    left, right = socket.socketpair()
    left.setblocking(False)
    try:
        left.recv(1)
    except BlockingIOError as error:
        return error.errno, os.get_blocking(left.fileno())


@case
def options():
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), one.getsockopt(
            socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM


@case
def names():
    found = sorted({item[4][0] for item in socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)})
    return found, socket.getservbyname("http"), socket.getservbyport(443), socket.getprotobyname("tcp"), socket.gethostbyname("127.0.0.1"), socket.inet_ntop(
        socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "::ffff:1.2.3.4")), "lo" in [name for _, name in socket.if_nameindex()], socket.if_nametoindex("lo")


@case
def name_unknown():
    try:
        socket.getaddrinfo("nowhere.invalid", 80, flags=socket.AI_NUMERICHOST)
    except socket.gaierror as error:
        return error.errno, error.strerror


@case
def host_name():
    return socket.gethostname() == os.uname().nodename


@case
def send_file():
    with open("data", "wb") as file:
        file.write(b"d" * 200_000)
    left, right = socket.socketpair()
    received = []
    reader = threading.Thread(target=lambda: received.extend(iter(lambda: right.recv(65536), b"")))
    reader.start()
    with open("data", "rb") as file:
        sent = left.sendfile(file)
    left.close()
    reader.join()
    return sent, sum(map(len, received))


@case
def select_forms():
    left, right = socket.socketpair()
    right.send(b"x")
    poll, epoll = select.poll(), select.epoll()
    poll.register(left, select.POLLIN)
    epoll.register(left, select.EPOLLIN)
    found = select.select([left], [left], [], 1), poll.poll(1000), epoll.poll(1)
    same = [len(found[0][0]), len(found[0][1]), found[1] == [(left.fileno(), select.POLLIN)], found[2] == [(left.fileno(), select.EPOLLIN)]]
    left.recv(1)
    return same, select.select([left], [], [], 0.01), poll.poll(10), epoll.poll(0.01), type(selectors.DefaultSelector()).__name__


@case
def asyncio_streams():
    async def echo(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            return await reader.read()

    return asyncio.run(main())


@case
def asyncio_unix():
    async def main():
        server = await asyncio.start_unix_server(lambda reader, writer: writer.write_eof(), "socket")
        async with server:
            reader, writer = await asyncio.open_unix_connection("socket")
            return await reader.read()

    return asyncio.run(main())


@case
def asyncio_processes():
    async def main():
        process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
        out, _ = await process.communicate(b"through cat")
        shell = await asyncio.create_subprocess_shell("exit 3")
        return out, process.returncode, await shell.wait()

    return asyncio.run(main())


@case
def asyncio_time_and_threads():
    async def main():
        async with asyncio.timeout(30):
            await asyncio.sleep(0.01)
        try:
            await asyncio.wait_for(asyncio.sleep(60), 0.01)
        except TimeoutError:
            pass
        return await asyncio.gather(asyncio.to_thread(sum, [1, 2]), asyncio.sleep(0, "x"))

    return asyncio.run(main())


@case
def asyncio_signals():
    import signal

    async def main():
        got = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, got.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(got.wait(), 30)
        return got.is_set()

    return asyncio.run(main())


@case
def socket_server():
    class Upper(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
        with socket.create_connection(serve(server)) as client:
            client.sendall(b"line\n")
            return client.recv(100)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@case
def http_server():
    with open("page.txt", "w") as file:
        file.write("a page")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        base = "http://%s:%s/" % serve(server)
        try:
            urllib.request.urlopen(base + "nothing")
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
        with urllib.request.urlopen(base + "page.txt") as page:
            return code, page.read(), page.headers["Content-Type"]


@case
def xml_rpc():
    with xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False) as server:
        server.register_function(pow)
        address = serve(server)
        with xmlrpc.client.ServerProxy("http://%s:%s/" % address) as proxy:
            return proxy.pow(2, 10)


def make_authority():
    """An authority and a certificate for localhost, by the machine's own openssl."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "2")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    with open("names", "w") as file:
        file.write("subjectAltName=DNS:localhost\nkeyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "cert.pem")


def serve_tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            plain, _ = server.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as secure:
                    secure.sendall(secure.recv(100).upper())
            except (ssl.SSLError, OSError):
                plain.close()

    threading.Thread(target=answer, daemon=True).start()
    return server.getsockname()


def ask_tls(address, context, name="localhost"):
    with socket.create_connection(address) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
        secure.sendall(b"hello")
        return secure.recv(100), secure.version(), secure.getpeercert().get("subject")


def refusal_of(function, *arguments):
    try:
        return function(*arguments)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message


@case
def tls():
    make_authority()
    address = serve_tls()
    own = ssl.create_default_context(cafile="ca.pem")
    known = ask_tls(address, own)
    unknown = refusal_of(ask_tls, address, ssl.create_default_context())
    other_name = refusal_of(ask_tls, address, own, "elsewhere.example")
    text = ssl.create_default_context(cadata=open("ca.pem").read())
    os.environ["SSL_CERT_FILE"] = os.path.abspath("ca.pem")
    by_variable = ask_tls(address, ssl.create_default_context())
    del os.environ["SSL_CERT_FILE"]
    return known, unknown, other_name, ask_tls(address, text), by_variable


@case
def tls_folder():
    make_authority()
    os.mkdir("folder")
    shutil.copy("ca.pem", "folder")
    subprocess.run(["openssl", "rehash", "folder"], check=True, capture_output=True)
    return ask_tls(serve_tls(), ssl.create_default_context(capath="folder"))


@case
def tls_wrong_files():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    answers = []
    open("empty", "w").close()
    for action in (lambda: context.load_cert_chain("nowhere"), lambda: context.load_cert_chain("empty"), lambda: context.load_verify_locations("nowhere"),
                   lambda: context.load_verify_locations("empty")):
        try:
            answers.append(action())
        except OSError as error:
            answers.append((type(error).__name__, error.errno, getattr(error, "reason", None)))
    return answers


@case
def tls_system_authorities():
    paths = ssl.get_default_verify_paths()
    context = ssl.create_default_context()
    return paths.openssl_cafile, paths.openssl_capath, paths.cafile, paths.capath, len(context.get_ca_certs()), context.cert_store_stats()


@case
def tls_facts():
    context = ssl.create_default_context()
    return ssl.OPENSSL_VERSION, context.minimum_version.name, len(context.get_ciphers()), context.verify_flags, context.options, ssl.HAS_TLSv1_3


@case
def tls_key_log():
    make_authority()
    address = serve_tls()
    context = ssl.create_default_context(cafile="ca.pem")
    context.keylog_filename = "keys"
    ask_tls(address, context)
    return "CLIENT_HANDSHAKE_TRAFFIC_SECRET" in open("keys").read()


@case
def asyncio_tls():
    make_authority()

    async def main():
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain("cert.pem", "key.pem")

        async def hello(reader, writer):
            writer.write(b"hello")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(hello, "127.0.0.1", 0, ssl=server_context)
        async with server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection("localhost", port, ssl=ssl.create_default_context(cafile="ca.pem"))
            answer = await reader.read()
            writer.close()
            return answer

    return asyncio.run(main())


if __name__ == "__main__":
    run()
