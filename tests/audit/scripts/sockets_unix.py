"""Sockets with a name in the file system, pairs, and descriptors passed through them."""
import array
import os
import socket

one, other = socket.socketpair()
fd = os.open("/etc/hostname", os.O_RDONLY)
socket.send_fds(one, [b"x"], [fd])
_, fds, _, _ = socket.recv_fds(other, 1, 1)
assert os.read(fds[0], 1)
for each in (fd, *fds):
    os.close(each)
server = socket.socket(socket.AF_UNIX)
server.bind("here")
server.listen()
client = socket.socket(socket.AF_UNIX)
client.connect("here")
connection, _ = server.accept()
client.send(array.array("B", b"abc"))
assert connection.recv_into(bytearray(3)) == 3
for each in (one, other, server, client, connection):
    each.close()
try:
    socket.socket(socket.AF_UNIX).connect("nowhere")
except FileNotFoundError:
    pass
