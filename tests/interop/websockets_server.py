"""Checks a command-line WebSocket client: as the server, Python's websockets, and
where a server has to misbehave a hand-written one.

Usage: websockets_server.py CLIENT
"""

import asyncio
import base64
import contextlib
import hashlib
import os
import sys

try:
    from websockets.asyncio.server import serve
    from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
except ImportError:
    print("skipped everything: the Python package websockets, 13 or newer, is not installed")
    print("end")
    sys.exit(0)

LIMIT = 60  # seconds, for one check
CLIENT = sys.argv[1]

TEXTS = ["", "hello", "grüße, 世界 🐦", "x" * 125, "y" * 126, "\t\r ", "é" * 100000]
MESSAGES = [*TEXTS, b"", bytes(range(256)), os.urandom(1 << 20), "sechzehn Bytes ö" * 20000]


class Client:
    """The client under test, at work on a server."""

    def __init__(self, process):
        self.process = process
        self.error = asyncio.create_task(process.stderr.read())

    def write(self, octets):
        self.process.stdin.write(octets)

    async def read(self, length):
        return await self.process.stdout.readexactly(length)

    async def ends(self, code, complaint=""):
        """It ends so, and says why on one line that has these words in it, or nothing."""
        self.process.stdin.close()
        rest = await self.process.stdout.read()
        error = (await self.error).decode()
        same((await self.process.wait(), error.count("\n")), (code, 1 if complaint else 0))
        if complaint not in error:
            raise AssertionError(f"it said {error!r}, without {complaint!r}")
        return rest


@contextlib.asynccontextmanager
async def client(port, *args, path="/"):
    process = await asyncio.create_subprocess_exec(
        CLIENT, *args, f"ws://127.0.0.1:{port}{path}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        limit=64 << 20,
    )
    try:
        yield Client(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def talk(*args, **options):
    """The client, and the server's side of its one connection."""
    accepted, over = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def handler(ws):
        accepted.set_result(ws)
        await over.wait()

    options = {"compression": None, "max_size": None, "ping_interval": None, "close_timeout": 20, **options}
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        async with client(port, *args) as it:
            try:
                yield it, await accepted
            finally:
                over.set()


async def lines():
    async with talk() as (it, ws):
        for text in TEXTS:
            it.write(text.encode() + b"\n")
            same(await ws.recv(), text)
            await ws.send(text)
            same((await it.read(len(text.encode()) + 1)).decode(), text + "\n")
        it.write(b"the last has no end")
        it.process.stdin.close()
        same(await ws.recv(), "the last has no end")
        await ws.wait_closed()
        same((ws.close_code, ws.close_reason), (1000, ""))
        same(await it.ends(0), b"")


async def binary():
    async with talk("--binary") as (it, ws):
        for octets in (b"", b"\xff\0\r", os.urandom(1 << 20).replace(b"\n", b"\0")):
            it.write(octets + b"\n")
            same(await ws.recv(), octets)
            await ws.send(octets)
            same(await it.read(len(octets) + 1), octets + b"\n")
        same(await it.ends(0), b"")


async def server_first():
    """What comes is printed while nothing goes."""
    async with talk() as (it, ws):
        for number in range(100):
            await ws.send(f"{number}")
        expected = "".join(f"{number}\n" for number in range(100)).encode()
        same(await it.read(len(expected)), expected)
        same(await it.ends(0), b"")


async def both_at_once():
    """More goes each way than lies in the sockets, and neither side waits for the other."""
    line = "both ways, " * 1000
    async with talk() as (it, ws):
        async def send():
            for _ in range(1000):
                await ws.send(line)

        async def receive():
            for _ in range(1000):
                same(await ws.recv(), line)

        async def write():
            for _ in range(1000):
                it.write(line.encode() + b"\n")
                await it.process.stdin.drain()

        async def read():
            for _ in range(1000):
                same(await it.read(len(line) + 1), line.encode() + b"\n")

        await asyncio.gather(send(), receive(), write(), read())
        same(await it.ends(0), b"")


async def large_and_printed():
    async with talk("--binary") as (it, ws):
        octets = os.urandom(1 << 20) * 32
        sending = asyncio.create_task(ws.send(octets))
        same(await it.read(len(octets) + 1), octets + b"\n")
        await sending
        same(await it.ends(0), b"")


async def fields():
    args = ["--header", "Authorization: Bearer a:b", "--header", "X-Wave:  two "]
    names = ["--subprotocol", "surf", "--subprotocol", "sand"]
    async with talk(*args, *names, subprotocols=["sand", "surf"]) as (it, ws):
        same(ws.request.headers["Authorization"], "Bearer a:b")
        same(ws.request.headers["X-Wave"], "two")
        same(ws.request.headers["Sec-WebSocket-Protocol"], "surf, sand")
        same(ws.subprotocol, "sand")
        same(await it.ends(0), b"")
    async with talk() as (it, ws):
        same("Sec-WebSocket-Protocol" in ws.request.headers, False)
        same("Sec-WebSocket-Extensions" in ws.request.headers, False)
        same(await it.ends(0), b"")


def echo(*args, **options):
    async def check():
        async with talk("--echo", *args, **options) as (it, ws):
            same(len(ws.protocol.extensions), 1 if args else 0)
            for message in MESSAGES:
                await ws.send(message)
                same(await ws.recv(), message)
            await ws.send(iter(["in ", "", "fragments 🐦", ""]))
            same(await ws.recv(), "in fragments 🐦")
            await (await ws.ping(b"still there?"))
            await ws.close(1000)
            same((ws.protocol.close_rcvd.code, await it.ends(0)), (1000, b""))
    return check


def echo_large(*args, **options):
    async def check():
        async with talk("--echo", *args, **options) as (it, ws):
            for message in (os.urandom(1 << 20) * 16, "sechzehn Bytes ö" * (1 << 20)):
                await ws.send(message)
                same(await ws.recv(), message)
            await ws.close()
            await it.ends(0)
    return check


def deflate(server, expected):
    async def check():
        options = {"extensions": [ServerPerMessageDeflateFactory(**server)]}
        async with talk("--echo", "--deflate", **options) as (it, ws):
            (agreed,) = ws.protocol.extensions
            found = (
                (agreed.local_no_context_takeover, agreed.local_max_window_bits),
                (agreed.remote_no_context_takeover, agreed.remote_max_window_bits),
            )
            same(found, expected)
            for message in MESSAGES + MESSAGES:
                await ws.send(message)
                same(await ws.recv(), message)
            await ws.close()
            await it.ends(0)
    return check


def windows():
    for bits in range(9, 16):
        for forgets in (False, True):
            server = {
                "server_max_window_bits": bits,
                "client_max_window_bits": bits,
                "server_no_context_takeover": forgets,
                "client_no_context_takeover": forgets,
            }
            name = f"deflate with {bits} window bits{' without context takeover' * forgets}"
            yield name, deflate(server, ((forgets, bits), (forgets, bits)))


async def compressed_lines():
    async with talk("--deflate", compression="deflate") as (it, ws):
        same(len(ws.protocol.extensions), 1)
        for text in [*TEXTS, "again and again " * 1000]:
            it.write(text.encode() + b"\n")
            same(await ws.recv(), text)
            await ws.send(text)
            same((await it.read(len(text.encode()) + 1)).decode(), text + "\n")
        same(await it.ends(0), b"")


def closing(code, reason, exit_code, complaint=""):
    async def check():
        for args in ([], ["--echo"]):
            async with talk(*args) as (it, ws):
                await ws.close(code, reason)
                same((ws.protocol.close_rcvd.code, ws.protocol.close_rcvd.reason), (code, ""))
                # Its standard input is still open.
                same(await it.process.wait(), exit_code)
                await it.ends(exit_code, complaint)
    return check


async def too_big():
    for message in ("x" * 1001, b"x" * 1001):
        async with talk("--max-size", "1000") as (it, ws):
            await ws.send("y" * 1000)
            same(await it.read(1001), b"y" * 1000 + b"\n")
            await ws.send(message)
            await ws.wait_closed()
            same(ws.close_code, 1009)
            await it.ends(1, "too big")


async def not_utf8():
    async with talk() as (it, ws):
        it.write(b"right\nwr\xffng\nnever sent\n")
        same(await ws.recv(), "right")
        await ws.wait_closed()
        await it.ends(1, "UTF-8")


async def refused():
    async def no(connection, _request):
        return connection.respond(403, "no\n")

    async with serve(lambda ws: None, "127.0.0.1", 0, process_request=no) as server:
        async with client(server.sockets[0].getsockname()[1]) as it:
            await it.ends(1, "403")


async def nobody():
    async with serve(lambda ws: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    async with client(port) as it:
        await it.ends(1, "refused")


@contextlib.asynccontextmanager
async def by_hand(*args, accept=None):
    """The client, and what it writes to and reads from a server that has agreed to a WebSocket."""
    accepted = asyncio.get_running_loop().create_future()

    async def handler(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        (key,) = (line[19:] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key: "))
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        right = base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: " + (accept or right).encode() + b"\r\n\r\n"
        )
        accepted.set_result((reader, writer))

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        async with client(server.sockets[0].getsockname()[1], *args) as it:
            yield (it, *await accepted)
    finally:
        if accepted.done():
            accepted.result()[1].close()
        server.close()


async def frame(reader):
    """The next frame of the client, a short one, without its mask."""
    first, length = await reader.readexactly(2)
    same((length & 0x80, length < 0xFE), (0x80, True))
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(length & 0x7F)
    return first, bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))


def lost(how):
    async def check():
        for args in ([], ["--echo"]):
            async with by_hand(*args) as (it, _, writer):
                writer.write(b"\x81\x02hi\x01\x03not")
                how(writer)
                await it.ends(1, "onnection")
    return check


def broken(octets, code, complaint):
    async def check():
        for args in ([], ["--echo"]):
            async with by_hand(*args) as (it, reader, writer):
                writer.write(octets)
                same(await frame(reader), (0x88, code.to_bytes(2, "big")))
                # It waits for the server to end the connection (RFC 6455 section 7.1.1).
                writer.write_eof()
                same(await reader.read(), b"")
                await it.ends(1, complaint)
    return check


async def no_code():
    async with by_hand() as (it, reader, writer):
        writer.write(b"\x88\0")
        same((await frame(reader))[0], 0x88)
        writer.close()
        same(await it.ends(0), b"")


async def after_the_end():
    """The input has ended, and what still comes is printed, until the server closes."""
    async with by_hand() as (it, reader, writer):
        it.write(b"bye\n")
        it.process.stdin.close()
        same(await frame(reader), (0x81, b"bye"))
        same(await frame(reader), (0x88, b"\x03\xe8"))
        writer.write(b"\x81\x05still\x01\x03com\x80\x03ing\x88\x02\x03\xe8")
        writer.write_eof()
        same(await reader.read(), b"")
        same(await it.ends(0), b"still\ncoming\n")


async def wrong_accept():
    async with by_hand(accept="s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") as (it, _, _writer):
        await it.ends(1, "handshake")


CHECKS = [
    ("lines become text and text becomes lines", lines),
    ("lines become binary with --binary", binary),
    ("messages that come first", server_first),
    ("both directions at once", both_at_once),
    ("a message of 32 MiB is printed", large_and_printed),
    ("fields and subprotocols", fields),
    ("--echo", echo()),
    ("--echo of 16 MiB", echo_large()),
    ("--echo with --deflate", echo("--deflate", compression="deflate")),
    ("--echo of 16 MiB with --deflate", echo_large("--deflate", compression="deflate")),
    *windows(),
    ("deflate with what the server sets alone", deflate({"server_max_window_bits": 9}, ((False, 9), (False, 15)))),
    ("lines with --deflate", compressed_lines),
    ("close code 1000", closing(1000, "done", 0)),
    ("close code 1001", closing(1001, "", 0)),
    ("close code 1011", closing(1011, "grüße\nvom Server", 3, "1011: grüße\\nvom Server")),
    ("close code 4000", closing(4000, "", 3, "4000")),
    ("a Close frame without a code", no_code),
    ("what comes after the end of the input", after_the_end),
    ("a message above --max-size", too_big),
    ("a line that is not UTF-8", not_utf8),
    ("a server that refuses", refused),
    ("no server", nobody),
    ("a server that goes away", lost(lambda writer: writer.close())),
    ("a server that resets the connection", lost(lambda writer: writer.transport.abort())),
    ("a reserved opcode", broken(b"\x83\0", 1002, ":")),
    ("a masked frame", broken(b"\x81\x80\0\0\0\0", 1002, ":")),
    ("RSV1 that was not agreed on", broken(b"\xc1\x01x", 1002, ":")),
    ("text that is not UTF-8", broken(b"\x81\x02\xc3\x28", 1007, "UTF-8")),
    ("a wrong Sec-WebSocket-Accept", wrong_accept),
]


asyncio.run(check_all_in_time(CHECKS, LIMIT))
