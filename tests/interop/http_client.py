"""Checks a server with Python's own http.client.

Usage: http_client.py ORIGIN
"""

import hashlib
import http.client
import socket
import sys
import threading

LIMIT = 60  # seconds, for one wait on the socket
LARGE = 24 << 20
LINE = b"The sanderling runs ahead of each wave and follows it back out.\n"


def pattern(length):
    return (LINE * (length // len(LINE) + 1))[:length]


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


class Connection(http.client.HTTPConnection):
    """One that does not open itself again, so that an answer has come on the first."""

    def __init__(self, authority):
        super().__init__(authority, timeout=LIMIT)
        self.connect()
        self.auto_open = 0

    def ask(self, method, target, status, **request):
        self.request(method, target, **request)
        response = self.getresponse()
        same(response.status, status, "the status")
        response.content = response.read()
        return response

    def is_usable(self):
        same(self.ask("GET", "/hello", 200).content, b"Hello, World!", "the body behind it")


def answers_once(authority, octets):
    """The status of the answer to these octets, behind which the connection is closed."""
    connection = Connection(authority)
    connection.send(octets)
    response = http.client.HTTPResponse(connection.sock)
    response.begin()
    response.read()
    same(connection.sock.recv(1), b"", "what is behind the answer")
    return response.status


def many_requests(authority):
    connection = Connection(authority)
    port = connection.sock.getsockname()[1]
    for size in range(300):
        response = connection.ask("GET", f"/bytes/{size * 37}", 200)
        same(response.getheader("Content-Length"), str(size * 37), "the length")
        same(response.content, pattern(size * 37), "the body")
        same(response.will_close, False, "the server closes")
    same(connection.sock.getsockname()[1], port, "the port")


def all_kinds(authority):
    """Each kind of framing, one behind the other."""
    connection = Connection(authority)
    for _ in range(5):
        same(connection.ask("GET", "/stream?chunks=3&delay=0", 200).content, b"chunk 1\nchunk 2\nchunk 3\n", "the chunks")
        same(connection.ask("GET", "/bytes/0", 200).content, b"", "no body")
        same(connection.ask("POST", "/echo", 200, body=b"body").content, b"body", "the echo")
        same(connection.ask("GET", "/files/hello.txt", 200).content, b"Hello, file!", "the file")
        connection.ask("GET", "/nothing", 404)
        connection.is_usable()


def head(authority):
    connection = Connection(authority)
    for target in ("/", "/hello", "/bytes/1073741824", "/files/hello.txt", "/stream", "/nothing"):
        response = connection.ask("HEAD", target, 404 if target == "/nothing" else 200)
        same(response.content, b"", "the body")
        if target not in ("/bytes/1073741824", "/stream"):
            got = connection.ask("GET", target, response.status)
            same(response.getheader("Content-Length"), str(len(got.content)), "the length")
            same(response.getheader("Content-Type"), got.getheader("Content-Type"), "the type")
    connection.is_usable()


def iterator(authority):
    """The client sends each piece as a chunk; an empty one must not end the body."""
    connection = Connection(authority)
    for count in (0, 1, 2, 500):
        pieces = [bytes([piece % 256]) * (piece * 7 % 1000) for piece in range(count)]
        response = connection.ask("POST", "/echo", 200, body=iter(pieces))
        same(response.getheader("Transfer-Encoding"), "chunked", "the coding")
        same(response.getheader("Content-Length"), None, "the length")
        same(digest(response.content), digest(b"".join(pieces)), "the echo")
    connection.is_usable()


def large_answer(authority):
    connection = Connection(authority)
    body = connection.ask("GET", f"/bytes/{LARGE + 1}", 200).content
    same(digest(body), digest(pattern(LARGE + 1)), "the hash")
    connection.is_usable()


def large_echo(chunked):
    def check(authority):
        """The answer starts before the request has ended, so each has its thread."""
        connection = Connection(authority)
        body = bytes(range(251)) * (LARGE // 251)
        connection.putrequest("PUT", "/echo")
        fields = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
        for name, value in fields.items():
            connection.putheader(name, value)
        connection.endheaders()
        sock = connection.sock

        def send():
            size = 100_003
            for start in range(0, len(body), size):
                piece = body[start:start + size]
                sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                sock.sendall(b"0\r\n\r\n")

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        response = connection.getresponse()
        same(digest(response.read()), digest(body), "the hash")
        sender.join(LIMIT)
        connection.is_usable()
    return check


def begin(connection, target, *fields):
    connection.putrequest("POST", target)
    for name, value in fields:
        connection.putheader(name, value)
    connection.endheaders()


def expectation(authority):
    connection = Connection(authority)
    for _ in range(3):
        begin(connection, "/echo", ("Expect", "100-continue"), ("Content-Length", "7"))
        interim = b""
        while not interim.endswith(b"\r\n\r\n"):
            octets = connection.sock.recv(1000)
            same(octets == b"", False, "the connection has ended")
            interim += octets
        # RFC 9110 section 10.1.1: nothing else may come before the body went.
        same(interim, b"HTTP/1.1 100 Continue\r\n\r\n", "the interim answer")
        connection.send(b"as told")
        same(connection.getresponse().read(), b"as told", "the echo")
    connection.is_usable()


def expectation_of_nothing(authority):
    """A final answer takes the place of 100, whether or not the body follows."""
    connection = Connection(authority)
    begin(connection, "/nothing", ("Expect", "100-continue"), ("Content-Length", "7"))
    start = connection.sock.recv(12, socket.MSG_PEEK)
    same(start, b"HTTP/1.1 404", "the start of what comes")
    same(connection.getresponse().read(), b"Not Found", "the body")


def unknown_expectation(authority):
    connection = Connection(authority)
    begin(connection, "/echo", ("Expect", "miracles"), ("Content-Length", "0"))
    same(connection.getresponse().status, 417, "the status")


def connect(authority):
    connection = http.client.HTTPConnection(authority, timeout=LIMIT)
    connection.set_tunnel("sanderling.example", 443)
    try:
        connection.connect()
    except OSError as error:
        status = int(str(error).split("Tunnel connection failed: ")[1].split(" ")[0])
        same(400 <= status < 600, True, f"a refusal of {status}")
    else:
        raise AssertionError("it let the client through")
    Connection(authority).is_usable()


def error_statuses(authority):
    connection = Connection(authority)
    for method, target, status, allow in (
        ("GET", "/nothing", 404, None),
        ("DELETE", "/hello", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/echo", 405, "POST, PUT, OPTIONS"),
        ("GET", "/bytes/x", 400, None),
        ("GET", "/files/none", 404, None),
        ("PATCH", "/echo", 405, "POST, PUT, OPTIONS"),
    ):
        response = connection.ask(method, target, status, body=b"unread" if method == "PATCH" else None)
        same(response.getheader("Allow"), allow, "Allow")
        same(response.getheader("Content-Length"), str(len(response.content)), "the length")
    connection.is_usable()


REFUSED = {
    "no Host": (b"GET /hello HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a space before the colon": (b"GET /hello HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400),
    "an unknown coding": (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip, chunked\r\n\r\n", 501),
    "chunked not last": (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
    "a bad length": (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
    "two lengths": (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "HTTP/2.0": (b"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "a long target": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a large field": (b"GET /hello HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "many fields": (b"GET /hello HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 1000 + b"\r\n", 431),
}


def refused(octets, status):
    return lambda authority: same(answers_once(authority, octets), status, "the status")


def trailers(authority):
    """A trailer section is no part of the body, nor of the next request."""
    connection = Connection(authority)
    for section in (b"", b"Check: sum\r\n", b"A: b\r\nETag: \"c\"\r\n" * 20):
        begin(connection, "/echo", ("Transfer-Encoding", "chunked"), ("Trailer", "Check"))
        connection.send(b"4;extension=\"\\\"\"\r\nbody\r\n00\r\n" + section + b"\r\n")
        response = connection.getresponse()
        same(response.status, 200, "the status")
        same(response.read(), b"body", "the echo")
        same(response.getheader("Check"), None, "Check")
    connection.is_usable()


def forbidden_trailer(authority):
    """RFC 9110 section 6.5.1: one that frames is none, so the echo must not end as if all were well."""
    connection = Connection(authority)
    begin(connection, "/echo", ("Transfer-Encoding", "chunked"))
    connection.send(b"4\r\nbody\r\n0\r\nContent-Length: 9\r\n\r\n")
    response = connection.getresponse()
    try:
        response.read()
    except http.client.IncompleteRead as error:
        same(error.partial, b"body", "what came of the echo")
    else:
        same(response.status, 400, "the status")
    same(connection.sock.recv(1), b"", "what is behind it")


def old_version(authority):
    connection = Connection(authority)
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
    response = connection.ask("GET", "/stream?chunks=3&delay=0", 200)
    same(response.getheader("Transfer-Encoding"), None, "the coding")
    same(response.content, b"chunk 1\nchunk 2\nchunk 3\n", "the body")
    same(response.will_close, True, "the server closes")


def close(authority):
    connection = Connection(authority)
    response = connection.ask("GET", "/hello", 200, headers={"Connection": "close"})
    same(response.getheader("Connection"), "close", "Connection")
    same(connection.sock, None, "the client has closed")


CHECKS = [
    ("one connection for 300 requests", many_requests),
    ("one connection for every kind of framing", all_kinds),
    ("HEAD", head),
    ("a body from an iterator", iterator),
    ("a large answer", large_answer),
    ("a large echo with a length", large_echo(False)),
    ("a large echo in chunks", large_echo(True)),
    ("Expect: 100-continue", expectation),
    ("Expect: 100-continue where nothing is", expectation_of_nothing),
    ("an unknown expectation is refused", unknown_expectation),
    ("CONNECT is refused", connect),
    ("error statuses keep the connection", error_statuses),
    *((f"{name} is refused", refused(*expected)) for name, expected in REFUSED.items()),
    ("trailers are passed over", trailers),
    ("a trailer that may not be one", forbidden_trailer),
    ("HTTP/1.0", old_version),
    ("Connection: close", close),
]

check_all(CHECKS, sys.argv[1].removeprefix("http://"))
