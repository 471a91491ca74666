"""Waiting for descriptors: select, poll, epoll."""
import os
import select

reader, writer = os.pipe()
os.write(writer, b"x")
assert select.select([reader], [writer], [], 0.1)[0] == [reader]
poll = select.poll()
poll.register(reader, select.POLLIN)
assert poll.poll(100)
with select.epoll() as epoll:
    epoll.register(reader, select.EPOLLIN)
    epoll.modify(reader, select.EPOLLIN | select.EPOLLET)
    assert epoll.poll(0.1)
    epoll.unregister(reader)
assert select.select([], [], [], 0.001) == ([], [], [])
os.close(reader)
os.close(writer)
