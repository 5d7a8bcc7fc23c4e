"""Checks the example servers' page, after chromium.py.

Usage: browser.py ORIGIN
"""


def loads(driver, origin):
    driver.call("POST", "/url", {"url": origin + "/"})
    same(driver.call("GET", "/title"), "Sanderling")


def echo(driver, _):
    text = "What goes out\ncomes back: grüße, 世界"
    driver.type("#echo-input", text)
    driver.click("#echo-send")
    driver.wait("#echo-output", lambda shown: shown == text)


def events(driver, _):
    expected = "\n".join(f"wave {i}" for i in range(1, 11))
    driver.click("#events-toggle")
    # It takes three seconds in all, so this is before its end if it is shown as it comes.
    early = driver.wait("#events-log", lambda shown: shown.startswith("wave 1"))
    if early == expected:
        raise AssertionError("all of it came at once")
    driver.wait("#events-log", lambda shown: shown == expected)
    driver.wait("#events-state", lambda shown: shown == "closed")


def websocket(driver, _):
    driver.wait("#ws-state", lambda shown: shown == "connected")
    driver.type("#ws-input", "Hallo, Welle: ≈")
    driver.click("#ws-send")
    driver.wait("#ws-log", lambda shown: shown == "you: Hallo, Welle: ≈\nserver: Hallo, Welle: ≈")


def binary_echo(driver, _):
    result = driver.run("""
        const sent = new Uint8Array(1 << 20);
        for (let at = 0; at < sent.length; at += 65536) crypto.getRandomValues(sent.subarray(at, at + 65536));
        const answer = await fetch("/echo", {
            method: "PUT", body: sent, headers: { "Content-Type": "application/octet-stream" }
        });
        const came = new Uint8Array(await answer.arrayBuffer());
        return [
            answer.status, answer.headers.get("Content-Type"), answer.headers.get("Content-Length"),
            came.length, came.every((byte, at) => byte === sent[at]),
        ];
    """)
    same(result, [200, "application/octet-stream", "1048576", 1 << 20, True])


def many_fetches(driver, _):
    result = driver.run("""
        const sizes = Array.from({ length: 50 }, (_, i) => i * 1000);
        const bodies = await Promise.all(sizes.map(async size => (await fetch("/bytes/" + size)).text()));
        return bodies.every((body, i) => body.length === sizes[i]);
    """)
    same(result, True)


def binary_websocket(driver, origin):
    result = driver.run("""
        const socket = new WebSocket(args[0]);
        socket.binaryType = "arraybuffer";
        const sent = new Uint8Array(1 << 20).map((_, at) => at * 7);
        const came = await new Promise((resolve, reject) => {
            socket.onopen = () => socket.send(sent);
            socket.onmessage = event => resolve(new Uint8Array(event.data));
            socket.onclose = event => reject("closed with " + event.code);
        });
        const closed = await new Promise(resolve => {
            socket.onclose = resolve;
            socket.close(3001, "enough");
        });
        return [came.length, came.every((byte, at) => byte === sent[at]), closed.code, closed.wasClean];
    """, origin.replace("http", "ws", 1) + "/ws")
    same(result, [1 << 20, True, 3001, True])


def compressed_websocket(driver, origin):
    result = driver.run("""
        const socket = new WebSocket(args[0]);
        socket.binaryType = "arraybuffer";
        await new Promise((resolve, reject) => {
            socket.onopen = resolve;
            socket.onclose = event => reject("closed with " + event.code);
        });
        const echoed = message => new Promise((resolve, reject) => {
            socket.onmessage = event => resolve(event.data);
            socket.onclose = event => reject("closed with " + event.code);
            socket.send(message);
        });
        const text = "grüße, 世界 🐦\\u0000 ".repeat(10000);
        const sent = new Uint8Array(16 << 20).map((_, at) => at % 65537 % 251);
        for (let at = 0; at < sent.length; at += 1 << 18) crypto.getRandomValues(sent.subarray(at, at + 65536));
        const results = [socket.extensions, await echoed("") === "", await echoed(text) === text];
        for (let times = 0; times < 2; times++) {
            const came = new Uint8Array(await echoed(sent));
            results.push(came.length, came.every((byte, at) => byte === sent[at]));
        }
        const closed = await new Promise(resolve => {
            socket.onclose = resolve;
            socket.close(4321, "the answer has the code alone");
        });
        return [...results, closed.code, closed.reason, closed.wasClean];
    """, origin.replace("http", "ws", 1) + "/ws")
    extensions, *rest = result
    same(extensions.split(";")[0], "permessage-deflate")
    same(rest, [True, True, 16 << 20, True, 16 << 20, True, 4321, "", True])


def page_closes(driver, _):
    driver.click("#ws-toggle")
    driver.wait("#ws-state", lambda shown: shown == "disconnected")
    driver.wait("#ws-log", lambda shown: shown.endswith("\nclosed with code 1000"))


def no_complaints(driver, _):
    logged = driver.call("POST", "/se/log", {"type": "browser"})
    same([entry["message"] for entry in logged if entry["level"] == "SEVERE"], [])


CHECKS = [
    ("the page loads", loads),
    ("echo on the page", echo),
    ("events on the page", events),
    ("WebSocket on the page", websocket),
    ("1 MiB of binary through fetch", binary_echo),
    ("50 fetches at once", many_fetches),
    ("1 MiB of binary through a WebSocket", binary_websocket),
    ("text and 16 MiB of binary through a compressed WebSocket", compressed_websocket),
    ("the page closes its WebSocket", page_closes),
    ("the console has no errors", no_complaints),
]


check_with(1, CHECKS, sys.argv[1])
