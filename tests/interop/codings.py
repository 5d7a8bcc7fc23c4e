"""Checks compressed answers with Python's own http.client, gzip and zlib.

Usage: codings.py ORIGIN
"""

import gzip
import http.client
import sys
import zlib


def ask(authority, target, coding):
    connection = http.client.HTTPConnection(authority, timeout=60)
    connection.request("GET", target, headers={"Accept-Encoding": coding})
    response = connection.getresponse()
    same(response.getheader("Content-Encoding"), None if coding == "identity" else coding, "Content-Encoding")
    same(response.getheader("Vary"), "Accept-Encoding", "Vary")
    return response


STREAM = "".join(f"chunk {i}\n" for i in range(1, 301)).encode()


def stream(coding, decode):
    def check(authority):
        response = ask(authority, "/stream?chunks=300&delay=0", coding)
        same(decode(response.read()), STREAM, "the body")

    return check


def page(coding, decode):
    def check(authority):
        plain = ask(authority, "/", "identity").read()
        same(decode(ask(authority, "/", coding).read()), plain, "the body")

    return check


def piece_by_piece(authority):
    response = ask(authority, "/stream?chunks=3&delay=50", "gzip")
    decompressor = zlib.decompressobj(wbits=31)
    shown = b""
    for i in range(1, 4):
        # Whatever has come up to this flush can be read.
        while not shown.endswith(b"chunk %d\n" % i):
            octets = response.read1(1000)
            if not octets:
                raise AssertionError(f"ended after {shown!r}")
            shown += decompressor.decompress(octets)
    same(decompressor.decompress(response.read()), b"", "what is left")
    same(decompressor.eof, True, "its end")


CHECKS = [
    ("gzip of a stream", stream("gzip", gzip.decompress)),
    ("gzip of a whole body", page("gzip", gzip.decompress)),
    ("deflate of a stream", stream("deflate", zlib.decompress)),
    ("deflate of a whole body", page("deflate", zlib.decompress)),
    ("gzip piece by piece", piece_by_piece),
]

check_all(CHECKS, sys.argv[1].removeprefix("http://"))
