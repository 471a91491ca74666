"""Names of hosts, services, protocols and interfaces."""
import socket

assert socket.getaddrinfo("localhost", 80)
assert socket.getaddrinfo("127.0.0.1", "http", type=socket.SOCK_STREAM)
socket.gethostname()
socket.gethostbyname("localhost")
socket.gethostbyname_ex("localhost")
socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
socket.getservbyname("http")
socket.getservbyport(80)
socket.getprotobyname("tcp")
assert socket.if_nameindex()
socket.if_nametoindex("lo")
socket.getfqdn("localhost")
try:
    socket.gethostbyaddr("127.0.0.1")
except OSError:
    pass
