"""Checks permessage-deflate of a WebSocket echo server with Python's websockets,
which compresses by zlib: every window, with and without context takeover.

Usage: websockets_deflate.py ORIGIN
"""

import asyncio
import os
import sys

try:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
except ImportError:
    print("skipped everything: the Python package websockets, 13 or newer, is not installed")
    print("end")
    sys.exit(0)

LIMIT = 60  # seconds, for one check
ORIGIN = sys.argv[1].replace("http", "ws", 1)

RANDOM = os.urandom(1 << 20)
# What repeats does so at every distance up to beyond the largest window.
PROSE = "".join(f"{i} waves, {i * i % 977} birds, 🐦 {'~' * (i % 71)}\n" for i in range(6000))
MESSAGES = [
    "",
    b"",
    "short",
    "not compressed by the server, as it is below the threshold: 世界",
    "grüße, 世界 🐦 " * 50,
    bytes(range(256)) * 300,
    RANDOM[:40000] + RANDOM[:40000],
    PROSE,
    PROSE,
    RANDOM,
    b"\0" * (1 << 20),
]


def open_with(**parameters):
    extensions = [ClientPerMessageDeflateFactory(**parameters)]
    return connect(
        ORIGIN + "/ws", compression=None, extensions=extensions, max_size=None,
        open_timeout=20, close_timeout=20,
    )


def agreed(ws):
    """What was agreed on, as websockets has it: for the server's direction, then for the client's."""
    (deflate,) = ws.protocol.extensions
    return (
        (deflate.remote_no_context_takeover, deflate.remote_max_window_bits),
        (deflate.local_no_context_takeover, deflate.local_max_window_bits),
    )


async def echoes(ws, messages):
    for message in messages:
        await ws.send(message)
        same(await ws.recv(), message)


def window(bits, forgets):
    async def check():
        parameters = {
            "server_max_window_bits": bits,
            "client_max_window_bits": bits,
            "server_no_context_takeover": forgets,
            "client_no_context_takeover": forgets,
        }
        async with open_with(**parameters) as ws:
            same(agreed(ws), ((forgets, bits), (forgets, bits)))
            await echoes(ws, MESSAGES)
    return check


async def one_direction():
    """Each direction has parameters of its own."""
    async with open_with(server_no_context_takeover=True, client_max_window_bits=10) as ws:
        same(agreed(ws), ((True, 15), (False, 10)))
        await echoes(ws, MESSAGES)
    async with open_with(client_no_context_takeover=True, server_max_window_bits=9) as ws:
        same(agreed(ws), ((False, 9), (True, 15)))
        await echoes(ws, MESSAGES)


async def offered_in_turn():
    """The first of several offers is taken."""
    factories = [ClientPerMessageDeflateFactory(server_max_window_bits=bits) for bits in (11, 13)]
    async with connect(ORIGIN + "/ws", compression=None, extensions=factories) as ws:
        same(agreed(ws)[0], (False, 11))
        await echoes(ws, MESSAGES[:5])


async def fragments():
    async with open_with() as ws:
        pieces = [PROSE[at : at + 1000] for at in range(0, len(PROSE), 1000)]
        for kind in (pieces, ["", *pieces[:3], "", ""], [piece.encode() for piece in pieces]):
            await ws.send(iter(kind))
            same(await ws.recv(), kind[0][:0].join(kind))
        # Received piece by piece, a message is the same.
        await ws.send(PROSE)
        same("".join([piece async for piece in ws.recv_streaming()]), PROSE)


async def pings():
    async with open_with() as ws:
        async def parts():
            for at in range(0, len(PROSE), 50000):
                yield PROSE[at : at + 50000]
                # Never compressed, and between the fragments of what is.
                await (await ws.ping(b"between"))
        await ws.send(parts())
        same(await ws.recv(), PROSE)


async def at_once():
    """Forty connections, each with a context of its own."""
    async def one(number):
        async with open_with() as ws:
            text = f"{number}: {PROSE[number * 100:][:3000]}"
            for _ in range(10):
                await echoes(ws, [text])
    await asyncio.gather(*map(one, range(40)))


async def bomb():
    """What inflates beyond the limit of 64 MiB ends the connection, not the server."""
    async with open_with() as ws:
        zeros = bytes(8 << 20)
        try:
            await ws.send(zeros for _ in range(9))
            await ws.recv()
        except ConnectionClosed as error:
            same(error.rcvd and error.rcvd.code, 1009)
        else:
            raise AssertionError("72 MiB came back")


def closing(code, reason):
    async def check():
        async with open_with() as ws:
            await echoes(ws, ["hello"])
            await ws.close(code, reason)
            # The server answers with the code alone.
            received = ws.protocol.close_rcvd
            same((received.code, received.reason), (code, ""))
    return check


async def corrupt():
    """A compressed message that is none: the frame is RSV1, text, masked with zeros."""
    async with open_with() as ws:
        ws.transport.write(b"\xc1\x85\0\0\0\0\xff\xff\xff\xff\xff")
        try:
            await ws.recv()
        except ConnectionClosed as error:
            same(error.rcvd and error.rcvd.code, 1007)


async def reserved():
    """RSV1 where no extension gives it a meaning: on a control frame."""
    async with open_with() as ws:
        ws.transport.write(b"\xc9\x80\0\0\0\0")
        try:
            await ws.recv()
        except ConnectionClosed as error:
            same(error.rcvd and error.rcvd.code, 1002)


CHECKS = [
    *(
        (f"{bits} window bits{' without context takeover' * forgets}", window(bits, forgets))
        for bits in range(9, 16)
        for forgets in (False, True)
    ),
    ("parameters of one direction alone", one_direction),
    ("two offers", offered_in_turn),
    ("fragments", fragments),
    ("pings between fragments", pings),
    ("forty connections at once", at_once),
    ("a message that inflates too far", bomb),
    ("a message that does not inflate", corrupt),
    ("a compressed ping", reserved),
    ("close code 1000", closing(1000, "")),
    ("close code 4999 with a long reason", closing(4999, "ü" * 61)),
]


asyncio.run(check_all_in_time([(f"deflate: {name}", check) for name, check in CHECKS], LIMIT))
