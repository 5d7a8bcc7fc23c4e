"""Drives the example servers' page in headless Chromium, by the WebDriver
protocol and the standard library alone.

Usage: browser.py ORIGIN
"""

import http.client
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

START = 60  # seconds for the driver and the browser to start
LIMIT = 30  # seconds for one check

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--disable-dev-shm-usage --no-proxy-server""".split()


class Driver:
    """chromedriver on a port that it chooses, and one browser."""

    def __init__(self):
        self.session = None
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def start(self, profile):
        timer = threading.Timer(START, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            if "started successfully on port" in line:
                port = int(line.rsplit(" ", 1)[1].strip().rstrip("."))
                break
        else:
            raise RuntimeError("chromedriver did not start")
        timer.cancel()
        # What it prints from here on must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
        options = {"binary": shutil.which("chromium"), "args": [*FLAGS, f"--user-data-dir={profile}"]}
        timeouts = {"script": LIMIT * 1000, "pageLoad": LIMIT * 1000}
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": timeouts,
        }
        value = self.call("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = value["sessionId"]

    def call(self, method, path, body=None):
        base = f"/session/{self.session}" if self.session else "/session"
        text = None if body is None else json.dumps(body)
        self.connection.request(method, base + path, text, {"Content-Type": "application/json"})
        value = json.loads(self.connection.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(10)

    def element(self, css):
        found = self.call("POST", "/element", {"using": "css selector", "value": css})
        return "/element/" + next(iter(found.values()))

    def click(self, css):
        self.call("POST", self.element(css) + "/click", {})

    def type(self, css, text):
        element = self.element(css)
        self.call("POST", element + "/clear", {})
        self.call("POST", element + "/value", {"text": text})

    def text(self, css):
        return self.call("GET", self.element(css) + "/text")

    def wait(self, css, condition):
        """The element's text, once it meets the condition."""
        end = time.monotonic() + LIMIT
        while not condition(text := self.text(css)):
            if time.monotonic() > end:
                raise AssertionError(f"{css} stays {text!r}")
            time.sleep(0.02)
        return text

    def run(self, script, *args):
        """What the script passes to the function `done`, or throws."""
        wrapped = """
            const done = arguments[arguments.length - 1], args = [...arguments];
            (async () => { %s })().then(done, error => done("threw " + error));
        """
        body = {"script": wrapped % script, "args": list(args)}
        return self.call("POST", "/execute/async", body)


def same(found, expected):
    if found != expected:
        raise AssertionError(f"got {found!r}, not {expected!r}")


def loads(driver, origin):
    driver.call("POST", "/url", {"url": origin + "/"})
    same(driver.call("GET", "/title"), "Sanderling")


def echo(driver, _):
    text = "What goes out\ncomes back: grüße, 世界"
    driver.type("#echo-input", text)
    driver.click("#echo-send")
    driver.wait("#echo-output", lambda shown: shown == text)


def stream(driver, _):
    expected = "\n".join(f"chunk {i}" for i in range(1, 21))
    driver.click("#stream-start")
    # It takes two seconds in all, so this is before its end if it is shown as it comes.
    early = driver.wait("#stream-output", lambda shown: shown.startswith("chunk 1"))
    if early == expected:
        raise AssertionError("all of it came at once")
    driver.wait("#stream-output", lambda shown: shown == expected)


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
    ("stream on the page", stream),
    ("WebSocket on the page", websocket),
    ("1 MiB of binary through fetch", binary_echo),
    ("50 fetches at once", many_fetches),
    ("1 MiB of binary through a WebSocket", binary_websocket),
    ("the page closes its WebSocket", page_closes),
    ("the console has no errors", no_complaints),
]


def main(origin):
    # Ended by a signal, it still ends the browser, which is in another process group.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = Driver()
        try:
            driver.start(profile)
            for name, check in CHECKS:
                try:
                    check(driver, origin)
                    print(f"ok {name}", flush=True)
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}".replace("\n", " ")
                    print(f"FAILED {name}: {reason}", flush=True)
        finally:
            driver.close()
    print("end", flush=True)


main(sys.argv[1])
