"""An HTTP server and client on loopback."""
import http.server
import threading
import urllib.request

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
open("page.txt", "w", encoding="utf-8").write("hello")
thread = threading.Thread(target=server.serve_forever)
thread.start()
for _ in range(3):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/page.txt") as answer:
        assert answer.read() == b"hello"
server.shutdown()
thread.join()
server.server_close()
