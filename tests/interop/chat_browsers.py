"""Checks the chat's page with two browsers, after chromium.py.

Usage: chat_browsers.py ORIGIN
"""


def texts(driver):
    """What each has said, as it is shown."""
    return driver.run("""
        return [...document.querySelectorAll("#log .said .text")].map(text => text.textContent);
    """)


def names(driver):
    return driver.run('return [...document.querySelectorAll("#names bdi")].map(name => name.textContent);')


def shows(driver, text):
    driver.wait("#log", lambda shown: text in shown)


def enter(driver, origin, name):
    driver.call("POST", "/url", {"url": origin + "/"})
    same(driver.call("GET", "/title"), "Sanderling chat")
    driver.type("#name", name)
    driver.click("#go")
    driver.wait("#state", lambda shown: shown == "connected")
    shows(driver, "Welcome, " + name)


def both_enter(ada, bob, origin):
    enter(ada, origin, "Ada Lovelace")
    enter(bob, origin, "Bohdan 世界")
    shows(ada, "Bohdan 世界 has come in")
    same(names(ada), ["Ada Lovelace", "Bohdan 世界"])
    same(names(bob), ["Bohdan 世界", "Ada Lovelace"])


def both_talk(ada, bob, _):
    said = ["Hallo, Welle: ≈", "<b>no markup</b>\tand a tab", "two\nlines", "und zurück"]
    for at, (text, speaker, other) in enumerate(zip(said, (ada, ada, bob, bob), (bob, bob, ada, ada))):
        # As if typed, but for what a driver would take for keys.
        speaker.run("document.querySelector('#text').value = args[0];", text)
        speaker.click("#send")
        for driver in (speaker, other):
            shows(driver, text.split("\t")[-1])
            same(texts(driver), said[: at + 1])
    mine = 'return document.querySelectorAll("#log .mine").length;'
    same((ada.run(mine), bob.run(mine)), (2, 2))


def enter_key(ada, bob, _):
    ada.type("#text", "sent by a key\ue007")
    shows(bob, "sent by a key")


def page_leaves(ada, bob, origin):
    bob.click("#leave")
    shows(ada, "Bohdan 世界 has left")
    same(names(ada), ["Ada Lovelace"])
    enter(bob, origin, "Bohdan 世界")


def same_name(ada, bob, origin):
    bob.click("#leave")
    bob.call("POST", "/url", {"url": origin + "/"})
    bob.type("#name", "Ada Lovelace")
    bob.click("#go")
    shows(bob, "Welcome, Ada Lovelace 2")
    shows(ada, "Ada Lovelace 2 has come in")


def codes(ada, _, origin):
    """The server's code and reason, as a page has them."""
    result = ada.run("""
        const closed = async (name, message) => {
            const socket = new WebSocket(args[0] + name);
            socket.onopen = () => socket.send(message);
            const event = await new Promise(resolve => { socket.onclose = resolve; });
            return [event.code, event.reason, event.wasClean];
        };
        return [await closed("binary", new Uint8Array(3)), await closed("long", "x".repeat(5000))];
    """, origin.replace("http", "ws", 1) + "/ws?name=")
    same(result, [[1003, "only text is said here", True], [1009, "", True]])


def no_complaints(ada, bob, _):
    for driver in (ada, bob):
        logged = driver.call("POST", "/se/log", {"type": "browser"})
        same([entry["message"] for entry in logged if entry["level"] == "SEVERE"], [])


CHECKS = [
    ("both enter", both_enter),
    ("both talk", both_talk),
    ("the Enter key sends", enter_key),
    ("one leaves and comes again", page_leaves),
    ("a name that is taken", same_name),
    ("the console has no errors", no_complaints),
    ("close codes and reasons", codes),
]

check_with(2, CHECKS, sys.argv[1])
