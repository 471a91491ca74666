"""TLS between two threads, with a certificate made by openssl's command, if there is one."""
import shutil
import socket
import ssl
import subprocess
import threading

ssl.create_default_context().load_default_certs()
if shutil.which("openssl"):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "1", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain("cert.pem", "key.pem")
    client_context = ssl.create_default_context(cafile="cert.pem")
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with server_context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(secure.recv(10).upper())

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(server.getsockname()) as plain:
        with client_context.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"hello")
            assert secure.recv(10) == b"HELLO"
    thread.join()
    server.close()
