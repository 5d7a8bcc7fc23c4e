"""Checks what a browser makes of parts, caches, codings and broken streams, and what it sends
for them, after chromium.py.

Usage: browser_wire.py ORIGIN LINE

LINE is the same server behind a line that is broken when this says so.
"""

import re


def audio(driver, origin):
    driver.call("POST", "/url", {"url": origin + "/files/audio.html"})
    result = driver.run("""
        const audio = document.querySelector("audio");
        const event = name => new Promise((resolve, reject) => {
            audio.addEventListener(name, resolve, { once: true });
            audio.addEventListener("error", () => reject(audio.error.message), { once: true });
        });
        if (audio.readyState < audio.HAVE_METADATA) await event("loadedmetadata");
        const { duration, seekable } = audio, seeked = event("seeked"), ended = event("ended");
        const all = [seekable.length, seekable.start(0), duration - seekable.end(0)];
        audio.currentTime = duration - 1;
        await seeked;
        const left = audio.duration - audio.currentTime;
        audio.muted = true;
        await audio.play();
        await ended;
        return [duration, ...all, left, audio.duration - audio.currentTime];
    """)
    same(result, [400, 1, 0, 0, 1, 0])

    def begin(exchange):
        return int(re.fullmatch(r"bytes=(\d+)-\d*", exchange["sent"]["range"])[1])

    # Behind what is read ahead, by far.
    exchanges = driver.seen(origin + "/files/audio.wav", lambda seen: any(begin(one) > 30_000_000 for one in seen))
    for exchange in exchanges:
        same(exchange["status"], 206)
        part = exchange["received"]["content-range"]
        if not re.fullmatch(rf"bytes {begin(exchange)}-(\d+)/\d+", part):
            raise AssertionError(f"{part} for {exchange['sent']['range']}")


def validated(exchanges):
    """The first got it whole, the last heard that there is no news."""
    first, last = exchanges[0], exchanges[-1]
    same([first["status"], last["status"]], [200, 304])
    sent, received = last["sent"], first["received"]
    same([sent["if-none-match"], sent["if-modified-since"]], [received["etag"], received["last-modified"]])


def reload(driver, origin):
    url = origin + "/files/index/"
    driver.call("POST", "/url", {"url": url})
    same(driver.text("p"), "index")
    driver.call("POST", "/refresh", {})
    same(driver.text("p"), "index")
    validated(driver.seen(url, lambda seen: len(seen) == 2))


def no_cache(driver, origin):
    url = origin + "/files/large.bin"
    result = driver.run("""
        const load = async () => {
            const answer = await fetch(args[0], { cache: "no-cache" });
            return [answer.status, (await answer.text()).length];
        };
        return [await load(), await load()];
    """, url)
    same(result, [[200, 3_000_000]] * 2)
    validated(driver.seen(url, lambda seen: len(seen) == 2))


def stream(driver, origin):
    driver.call("POST", "/url", {"url": origin + "/"})
    expected = "\n".join(f"chunk {i}" for i in range(1, 21))
    driver.click("#stream-start")
    # It takes two seconds in all, so this is before its end if it is shown as it comes.
    early = driver.wait("#stream-output", lambda shown: shown.startswith("chunk 1"))
    if early == expected:
        raise AssertionError("all of it came at once")
    driver.wait("#stream-output", lambda shown: shown == expected)
    [exchange] = driver.seen(origin + "/stream?chunks=20&delay=100", lambda seen: len(seen) == 1)
    accepted = re.split(", *", exchange["sent"]["accept-encoding"])
    if exchange["received"]["content-encoding"] not in accepted:
        raise AssertionError(f"{exchange['received']['content-encoding']!r} of {accepted}")


def gzip_piece(driver, origin):
    driver.command("Network.setExtraHTTPHeaders", headers={"Accept-Encoding": "gzip"})
    url = origin + "/stream?chunks=3&delay=10000"
    piece = driver.run("""
        const answer = await fetch(args[0]);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        const { value } = await reader.read();
        await reader.cancel();
        return value;
    """, url)
    same(piece, "chunk 1\n")
    [exchange] = driver.seen(url, lambda seen: len(seen) == 1)
    same([exchange["sent"]["accept-encoding"], exchange["received"]["content-encoding"]], ["gzip", "gzip"])
    driver.command("Network.setExtraHTTPHeaders", headers={})


def events(driver, _):
    """They go on behind the last one that came, and the page hears each once."""
    line = sys.argv[2]
    waves = [f"wave {i}" for i in range(1, 11)]
    driver.call("POST", "/url", {"url": line + "/"})
    driver.click("#events-toggle")
    driver.wait("#events-log", lambda shown: shown.startswith("wave 1\nwave 2"))
    print("break", flush=True)
    driver.wait("#events-state", lambda shown: shown == "connecting")
    came = driver.text("#events-log").split("\n")
    driver.wait("#events-state", lambda shown: shown == "closed")
    same(driver.text("#events-log").split("\n"), waves)
    asked = driver.seen(line + "/events?events=10&delay=300", lambda seen: len(seen) == 2)
    same([one["sent"].get("last-event-id") for one in asked], [None, str(len(came))])


CHECKS = [
    ("audio from parts", audio),
    ("a page that is loaded again", reload),
    ("a fetch that asks again", no_cache),
    ("a stream on the page, coded", stream),
    ("gzip piece by piece", gzip_piece),
    ("events behind a line that broke", events),
]


check_with(1, CHECKS, sys.argv[1], watches=True)
