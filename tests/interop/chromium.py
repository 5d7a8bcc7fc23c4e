"""Headless Chromium, driven by the WebDriver protocol and the standard library
alone: what the scripts begin with that check a page.
"""

import contextlib
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
TRIES = 20  # to start the driver
LIMIT = 30  # seconds for one check

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--disable-dev-shm-usage --no-proxy-server --autoplay-policy=no-user-gesture-required""".split()


class Driver:
    """chromedriver on a port that it chooses, and one browser. If it is told to watch, it notes what
    the browser sends and receives."""

    def __init__(self, watches=False):
        self.watches = watches
        self.exchanges = {}
        self.session = None
        self.process = None

    def listen(self):
        """Starts chromedriver, and gives its port. It takes one that is free for IPv6 and then the same
        for IPv4; where a connection has that, it ends, and another port has to be tried."""
        for _ in range(TRIES):
            self.process = subprocess.Popen(
                ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            timer = threading.Timer(START, self.process.kill)
            timer.start()
            said = ""
            for line in self.process.stdout:
                said += line
                if "started successfully on port" in line:
                    timer.cancel()
                    # What it prints from here on must not fill the pipe.
                    threading.Thread(target=self.process.stdout.read, daemon=True).start()
                    return int(line.rsplit(" ", 1)[1].strip().rstrip("."))
            timer.cancel()
            self.process.wait(10)
        raise RuntimeError(f"chromedriver did not start: {said}")

    def start(self, profile):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.listen(), timeout=START)
        options = {"binary": shutil.which("chromium"), "args": [*FLAGS, f"--user-data-dir={profile}"]}
        timeouts = {"script": LIMIT * 1000, "pageLoad": LIMIT * 1000}
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL" if self.watches else "OFF"},
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
            if self.process:
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

    def command(self, name, **parameters):
        """A command of Chromium's own protocol."""
        return self.call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def seen(self, url, condition):
        """The answered requests for this URL as they were on the wire, once they meet the condition: each
        a dictionary with `sent` and `received`, its header fields, and the `status`."""
        end = time.monotonic() + LIMIT
        while True:
            for entry in self.call("POST", "/se/log", {"type": "performance"}):
                self.note(**json.loads(entry["message"])["message"])
            exchanges = self.exchanges.values()
            found = [exchange for exchange in exchanges if exchange.get("url") == url and "status" in exchange]
            if condition(found):
                return found
            if time.monotonic() > end:
                raise AssertionError(f"on the wire for {url}: {found!r}")
            time.sleep(0.02)

    def note(self, method, params):
        exchange = self.exchanges.setdefault(params.get("requestId"), {"sent": {}})
        fields = {name.lower(): value for name, value in params.get("headers", {}).items()}
        if method == "Network.requestWillBeSent":
            exchange["url"] = params["request"]["url"]
        elif method == "Network.requestWillBeSentExtraInfo":
            exchange["sent"] = fields
        elif method == "Network.responseReceivedExtraInfo":
            exchange["received"] = fields
            exchange["status"] = params["statusCode"]

    def run(self, script, *args):
        """What the script passes to the function `done`, or throws."""
        wrapped = """
            const done = arguments[arguments.length - 1], args = [...arguments];
            (async () => { %s })().then(done, error => done("threw " + error));
        """
        body = {"script": wrapped % script, "args": list(args)}
        return self.call("POST", "/execute/async", body)


def check_with(count, checks, origin, **options):
    """Runs the checks with this many browsers."""
    # Ended by a signal, it still ends the browsers, which are in other process groups.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        drivers = []
        for _ in range(count):
            profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            drivers.append(Driver(**options))
            stack.callback(drivers[-1].close)
            drivers[-1].start(profile)
        check_all(checks, *drivers, origin)


