"""What each script in Python begins with: how a check compares, and the line that says what came of it."""

import asyncio
import sys


def same(found, expected, what="it"):
    if found != expected:
        raise AssertionError(f"{what} is {brief(found)}, not {brief(expected)}")


def brief(value):
    if isinstance(value, (str, bytes)) and len(value) > 200:
        return f"{len(value)} long and begins with {value[:20]!r}"
    return repr(value)


def check_all(checks, *args):
    for name, check in checks:
        report(name, lambda: check(*args))
    print("end", flush=True)


async def check_all_in_time(checks, limit, *args):
    """For checks that are coroutines: each may take so many seconds."""
    for name, check in checks:
        await report_in_time(name, check(*args), limit)
    print("end", flush=True)


def report(name, check):
    """A check that cannot be made here returns why."""
    try:
        say(name, check())
    except Exception as error:
        fail(name, error)


async def report_in_time(name, check, limit):
    try:
        say(name, await asyncio.wait_for(check, limit))
    except asyncio.TimeoutError:
        fail(name, TimeoutError(f"not over after {limit} s"))
    except Exception as error:
        fail(name, error)


def say(name, unable):
    print(f"skipped {name}: {unable}" if unable else f"ok {name}", flush=True)


def fail(name, error):
    print(f"FAILED {name}: {type(error).__name__}: {error}".replace("\n", " ")[:1000], flush=True)


