# SPDX-License-Identifier: GPL-2.0-only
"""The machine is suspended in the middle of a migration: to idle, and to memory, where engines lose their registers."""
import re

import product
from progress import wait_until
from recovery import recovered

MACHINE = "ours"

MIB = 24
# Not so soon that the alarm comes before the machine sleeps: it would not wake up
SECONDS = 15
ALARM = "/sys/class/rtc/rtc0/wakealarm"
# A migration waits no longer for an engine than this, and neither does a suspend: what docs/dcbm.md says of one
# batch of a 2 MiB folio, on two channels, and 20 ms for each that has to be stopped.
STALL = 1.6


def run(guest, t):
    product.set_channels(guest, 2)
    guest.run("echo deep >/sys/power/mem_sleep")
    before = speed(guest)
    for how, name in (("freeze", "suspend to idle"), ("mem", "suspend to memory")):
        suspended(guest, t, name, how)
        recovered(guest, t, name)
        after = speed(guest)
        t.check(after >= 0.8 * before, f"{name}: migrations are as fast as before",
                f"{after:.4f} GB/s, {before:.4f} before")
    guest.engines[0].do("hang next")
    suspended(guest, t, "suspend while an engine hangs", "freeze", hangs=True)
    recovered(guest, t, "a hang and a suspend")


def speed(guest):
    product.all_engines(guest, "bandwidth 4000000")
    result, = product.bench(guest, "2m", 16)
    product.all_engines(guest, "bandwidth 0")
    return result["median_gbps"]


def succeeded(guest):
    return int(guest.read("/sys/power/suspend_stats/success"))


def drain_seconds(guest):
    """From the entry of the last suspend until user space was to be frozen: dcbm is asked between."""
    log = guest.out("dmesg")
    log = log[log.rindex("PM: suspend entry"):]
    times = [float(found) for found in re.findall(r"\[ *([0-9.]+)\] Freezing user space processes", log)]
    entry = guest.out("dmesg | grep 'PM: suspend entry' | tail -1")
    return times[0] - float(re.search(r"\[ *([0-9.]+)\]", entry)[1])


def suspended(guest, t, name, how, hangs=False):
    product.all_engines(guest, "bandwidth 4000000")
    before, count = product.stats(guest), succeeded(guest)
    copied = sum(engine.stats()["bytes"] for engine in guest.engines.values())
    running = product.start_move_pages(guest, 2048, MIB)
    wait_until("the engines to be at work",
               lambda: sum(engine.stats()["bytes"] for engine in guest.engines.values()) > copied, 60, interval=0.1)
    asleep = guest.start(f"echo 0 >{ALARM}; echo +{SECONDS} >{ALARM} && echo {how} >/sys/power/state")
    status = guest.finish(asleep, name, 60)
    t.equal((status.status, succeeded(guest)), (0, count + 1), f"{name}: the machine slept and woke up")
    seconds = drain_seconds(guest)
    t.note(f"{name}: {seconds:.3f} s until nothing was in work")
    t.check(seconds < STALL, f"{name}: what is in work comes to its end in time", f"{seconds:.3f} s")
    result = product.finish_move_pages(guest, running)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.note(f"{name}: {kernel}")
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    t.check(kernel["folios_offloaded"] > 0 and bool(kernel["folios_failed"]) == hangs,
            f"{name}: engines copied, {'one of them not' if hangs else 'and none failed'}", kernel)
    t.equal(len(product.held(guest)), 2, f"{name}: both channels are still held")
