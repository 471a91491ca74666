"""asyncio: streams, timers, threads, a child process."""
import asyncio
import sys


async def handle(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\n")
    assert await reader.readline() == b"HELLO\n"
    writer.close()
    await asyncio.sleep(0.01)
    assert await asyncio.to_thread(sum, [1, 2]) == 3
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('child')", stdout=asyncio.subprocess.PIPE)
    assert (await child.communicate())[0] == b"child\n"
    server.close()
    await server.wait_closed()


asyncio.run(main())
