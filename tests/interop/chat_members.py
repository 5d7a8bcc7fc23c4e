"""Checks a chat server with two hundred members, and one that does not listen.

Usage: chat_members.py ORIGIN PID
"""

import asyncio
import base64
import os
import signal
import socket
import sys

try:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus
except ImportError:
    print("skipped everything: the Python package websockets, 13 or newer, is not installed")
    print("end")
    sys.exit(0)

LIMIT = 100  # seconds, for one check
MEMBERS = 200
ORIGIN, PID = sys.argv[1].replace("http", "ws", 1), int(sys.argv[2])
HOST, PORT = ORIGIN.removeprefix("ws://").split(":")

# As long as a text may be.
LONG = "~" * 4000
# The most that may be said until a member that does not listen is dropped: systems take some megabytes
# for it before the server notices.
MOST_SAID = 64 << 20
# What the server may hold more than before: the queues, not what went through.
MOST_GROWTH = 24 << 20


def memory():
    """What the server holds, in octets; `None` where the system does not say."""
    try:
        with open(f"/proc/{PID}/status") as status:
            (kib,) = (line.split()[1] for line in status if line.startswith("VmRSS:"))
    except OSError:
        return None
    return int(kib) * 1024


class Member:
    async def enter(self, name, **options):
        options = {"compression": None, "ping_interval": None, "open_timeout": 60, **options}
        self.ws = await connect(f"{ORIGIN}/ws?name={name}", max_queue=None, **options)
        kind, self.name, *others = await self.line()
        same(kind, "here")
        self.here = {self.name, *others}
        return self

    async def line(self):
        return (await self.ws.recv()).split("\t")

    async def sees(self, count):
        """Reads on until so many are in the room."""
        while len(self.here) != count:
            kind, name = await self.line()
            {"joined": self.here.add, "left": self.here.remove}[kind](name)

    async def hears(self, count):
        """The next lines, all of them said by somebody."""
        lines = [await self.line() for _ in range(count)]
        same({line[0] for line in lines}, {"said"})
        return [line[1:] for line in lines]


async def everyone(calls):
    return await asyncio.gather(*calls)


members = []


async def enter():
    members.extend(await everyone(Member().enter(f"m%20{number}") for number in range(MEMBERS)))
    await everyone(member.sees(MEMBERS) for member in members)
    for member in members:
        same(member.here, {f"m {number}" for number in range(MEMBERS)})


async def all_hear_all():
    """Several speak at once; all hear the same in the same order, and each in the order it was said in."""
    for turn in range(3):
        speakers = members[turn::40]

        async def speak(speaker):
            for number in range(20):
                await speaker.ws.send(f"{number}\tgrüße 🐦")

        count = len(speakers) * 20
        heard, _ = await everyone([
            everyone(member.hears(count) for member in members), everyone(map(speak, speakers))
        ])
        for other in heard:
            same(other == heard[0], True)
        for speaker in speakers:
            same(
                [line[1:] for line in heard[0] if line[0] == speaker.name],
                [[str(number), "grüße 🐦"] for number in range(20)],
            )


async def one_burst():
    """What one says as fast as it can comes to all."""
    for number in range(200):
        await members[7].ws.send(f"{number}")
    expected = [["m 7", f"{number}"] for number in range(200)]
    for heard in await everyone(member.hears(200) for member in members):
        same(heard, expected)


async def same_name():
    again = await Member().enter("m%200")
    same((again.name, len(again.here)), ("m 0 2", MEMBERS + 1))
    await everyone(member.sees(MEMBERS + 1) for member in members)
    await again.ws.close()
    await everyone(member.sees(MEMBERS) for member in members)


async def leaving():
    """Most leave at once, some without a word."""
    for number, member in enumerate(members[10:]):
        if number % 3 == 0:
            member.ws.transport.abort()
    await everyone(member.ws.close() for member in members[10:])
    del members[10:]
    await everyone(member.sees(10) for member in members)


class Deaf:
    """A member by hand, that reads when it is told to."""

    async def enter(self, name):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self.socket, (HOST, int(PORT)))
        self.reader, self.writer = await asyncio.open_connection(sock=self.socket, limit=8192)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            f"GET /ws?name={name} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        same(head.split(b" ")[1], b"101")
        same((await self.frame())[1].split(b"\t")[:2], [b"here", name.encode()])
        return self

    async def frame(self):
        first, length = await self.reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        return first, await self.reader.readexactly(length)


async def rounds(deaf_name):
    """What is said until the one who does not listen has left: how many lines, and the server's growth."""
    before, growth, said = memory(), 0, 0
    speaker = members[0]
    heard = asyncio.Queue()

    async def listen(member):
        left = False
        for _ in range(32):
            line = await member.line()
            if line == ["left", deaf_name]:
                left = True
                line = await member.line()
            same(line[:2], ["said", speaker.name])
            heard.put_nowait(line[2].split(" ")[0])
        return left

    while said * len(LONG) < MOST_SAID:
        for number in range(said, said + 32):
            await speaker.ws.send(f"{number} {LONG}")
        left = await everyone(map(listen, members))
        expected = sorted(str(number) for number in range(said, said + 32) for _ in members)
        same(sorted(heard.get_nowait() for _ in expected), expected)
        said += 32
        if before is not None:
            growth = max(growth, memory() - before)
        if any(left):
            for member, has_left in zip(members, left):
                if not has_left:
                    same(await member.line(), ["left", deaf_name])
                member.here.discard(deaf_name)
            return said, growth
    raise AssertionError(f"{said} lines later it is still there")


async def too_slow():
    """Who does not listen is dropped, and the others notice nothing but that; when it listens again, it
    gets all that was said before it was dropped, and why it was."""
    deaf = await Deaf().enter("deaf")
    await everyone(member.sees(11) for member in members)
    said, growth = await rounds("deaf")
    if growth > MOST_GROWTH:
        raise AssertionError(f"the server has grown by {growth >> 20} MiB")
    got = 0
    while (frame := await deaf.frame())[0] == 0x81:
        same(frame[1].split(b" ")[:2], [b"said\tm", b"0\t%d" % got])
        got += 1
    same(frame, (0x88, (1013).to_bytes(2, "big") + b"too slow for this room"))
    if not 256 <= got < said:
        raise AssertionError(f"{got} of {said} lines came before the end")
    deaf.writer.write(b"\x88\x82\0\0\0\0\x03\xf5")
    same(await deaf.reader.read(), b"")
    deaf.writer.close()


async def many_too_slow():
    """Twenty that never listen again cost no more than their queues."""
    deaf = [await Deaf().enter(f"deaf{number}") for number in range(20)]
    await everyone(member.sees(30) for member in members)
    before, said = memory(), 0
    speaker = members[0]

    async def listen(member):
        count = 32
        while count:
            kind, name, *_ = await member.line()
            if kind == "left":
                member.here.remove(name)
            count -= kind == "said"

    while len(speaker.here) > 10 and said * len(LONG) < MOST_SAID:
        for _ in range(32):
            await speaker.ws.send(LONG)
        await everyone(map(listen, members))
        said += 32
    await everyone(member.sees(10) for member in members)
    # Their queues hold the same lines.
    if before is not None and memory() - before > MOST_GROWTH:
        raise AssertionError(f"the server has grown by {(memory() - before) >> 20} MiB")
    for one in deaf:
        one.writer.transport.abort()


def refused(code, message):
    async def check():
        bad = await Member().enter("bad")
        await bad.ws.send(message)
        try:
            while True:
                await bad.ws.recv()
        except ConnectionClosed as error:
            same(error.rcvd and error.rcvd.code, code)
        await everyone(member.sees(11) for member in members)
        await everyone(member.sees(10) for member in members)
    return check


async def kept_out():
    for name, origin, status in (("", None, 400), ("a%01", None, 400), ("a", "http://elsewhere.example", 403)):
        try:
            await Member().enter(name, origin=origin)
        except InvalidStatus as error:
            same(error.response.status_code, status)
        else:
            raise AssertionError(f"{name!r} from {origin} came in")


async def shutdown():
    os.kill(PID, signal.SIGTERM)
    await everyone(member.ws.wait_closed() for member in members)
    same({member.ws.close_code for member in members}, {1001})


CHECKS = [
    ("200 members see each other", enter),
    ("all hear all in the same order", all_hear_all),
    ("a burst comes to all", one_burst),
    ("a name that is taken", same_name),
    ("190 leave", leaving),
    ("who does not listen is dropped with 1013", too_slow),
    ("twenty who do not listen cost little memory", many_too_slow),
    ("binary messages are refused with 1003", refused(1003, b"x")),
    ("long messages are refused with 1009", refused(1009, "x" * 4097)),
    ("who is kept out", kept_out),
    ("the end of the server closes with 1001", shutdown),
]


asyncio.run(check_all_in_time(CHECKS, LIMIT))
