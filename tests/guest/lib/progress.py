# SPDX-License-Identifier: GPL-2.0-only
"""Progress on stderr, results on stdout, and waiting with a deadline."""
import sys
import time


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


class Timeout(Exception):
    """Something that was waited for did not happen."""


def wait_until(what, condition, seconds, interval=0.2, remind=15):
    """Waits until condition() is true and returns its value."""
    start = time.monotonic()
    reminder = start + remind
    while True:
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now - start > seconds:
            raise Timeout(f"{what}: not within {seconds:g} s")
        if now > reminder:
            say(f"still waiting for {what} ({now - start:.0f} of at most {seconds:g} s)")
            reminder = now + remind
        time.sleep(interval)
