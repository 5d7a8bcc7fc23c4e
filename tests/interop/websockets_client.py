"""Checks a WebSocket echo server with Python's websockets.

Usage: websockets_client.py echo ORIGIN
       websockets_client.py shutdown ORIGIN
"""

import asyncio
import os
import sys

try:
    import websockets
except ImportError:
    print("skipped everything: the Python package websockets is not installed")
    print("end")
    sys.exit(0)

LIMIT = 60  # seconds, for one check


def connect(origin, **options):
    url = origin.replace("http", "ws", 1) + "/ws"
    return websockets.connect(url, max_size=None, open_timeout=20, close_timeout=20, **options)


async def echoes(ws, *messages):
    for message in messages:
        await ws.send(message)
        same(await ws.recv(), message)


async def text(ws):
    await echoes(ws, "hello", "x" * 125, "y" * 126, "z" * 65535, "!" * 65536)


async def unicode(ws):
    await echoes(ws, "grüße, 世界 🐦", "\0", "é" * 40000)


async def empty(ws):
    await echoes(ws, "", b"", "")


async def binary(ws):
    await echoes(ws, bytes(range(256)), b"\xff\xfe", b"\0" * 70000)


async def many(ws):
    """All are sent before any is read, but fit into the buffers on the way."""
    messages = [f"message {i}" for i in range(500)]
    for message in messages:
        await ws.send(message)
    for message in messages:
        same(await ws.recv(), message)


async def large(ws):
    await echoes(ws, os.urandom(1 << 20) * 16)


async def large_text(ws):
    await echoes(ws, "sechzehn Bytes ö" * (1 << 20))


async def fragments(ws):
    # The client ends the message with an empty fragment: 65,536 in all.
    await ws.send(b"%04x" % i for i in range(65535))
    same(await ws.recv(), b"".join(b"%04x" % i for i in range(65535)))


async def split_character(ws):
    # Four bytes of one character in three fragments, the last one empty.
    bird = "🐦".encode()
    try:
        await ws.send([bird[:1], bird[1:]], text=True)
    except TypeError:
        return "this version of websockets cannot send it"
    same(await ws.recv(), "🐦")


async def ping(ws):
    for payload in (b"", b"0123456789" * 12 + b"12345"):
        await (await ws.ping(payload))
    # Control frames may come between the fragments of a message.
    async def parts():
        yield "before "
        await (await ws.ping(b"between"))
        yield "after"
    await ws.send(parts())
    same(await ws.recv(), "before after")


def closing(code, reason=""):
    async def check(ws):
        await echoes(ws, "hello")
        await ws.close(code, reason)
        same(close_codes(ws), (code, code))
    return check


async def vanishing(ws):
    """The server must survive a client that is gone without a word."""
    await echoes(ws, "hello")
    ws.transport.abort()
    await ws.wait_closed()


def close_codes(ws):
    """What the server sent and what this client did."""
    protocol = getattr(ws, "protocol", ws)
    return tuple(side and side.code for side in (protocol.close_rcvd, protocol.close_sent))


CHECKS = [
    ("text", text),
    ("text that is not ASCII", unicode),
    ("empty messages", empty),
    ("binary", binary),
    ("500 messages in a row", many),
    ("a binary message of 16 MiB", large),
    ("a text message of 16 MiB", large_text),
    ("a message of 65,536 fragments", fragments),
    ("a character split between fragments", split_character),
    ("ping", ping),
    ("close code 1000", closing(1000)),
    ("close code 3001 with a reason", closing(3001, "grüße")),
    ("a connection that breaks", vanishing),
]


async def echo(origin):
    for offer, compression in (("", None), (" with compression offered", "deflate")):
        for name, check in CHECKS:
            async def whole():
                async with connect(origin, compression=compression) as ws:
                    return await check(ws)
            await report_in_time(name + offer, whole(), LIMIT)


async def shutdown(origin):
    async def check():
        async with connect(origin) as ws:
            await echoes(ws, "hello")
            print("connected", flush=True)
            await ws.wait_closed()
            same(close_codes(ws), (1001, 1001))
    await report_in_time("an open WebSocket is closed with 1001", check(), LIMIT)


asyncio.run({"echo": echo, "shutdown": shutdown}[sys.argv[1]](sys.argv[2]))
print("end", flush=True)
