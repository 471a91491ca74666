"""Datagrams, and addresses of both kinds."""
import socket

for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        one, other = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        one.bind((address, 0))
    except OSError as error:
        print("left out:", error)
        continue
    other.sendto(b"a", one.getsockname())
    data, sender = one.recvfrom(10)
    one.sendmsg([b"b", b"c"], [], 0, sender)
    assert other.recvmsg(10)[0] == b"bc"
    buffer = bytearray(4)
    other.sendto(b"d", one.getsockname())
    assert one.recvfrom_into(buffer)[0] == 1
    one.settimeout(0.01)
    try:
        one.recv(1)
    except TimeoutError:
        pass
    one.close()
    other.close()
