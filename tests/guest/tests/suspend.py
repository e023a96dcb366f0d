# SPDX-License-Identifier: GPL-2.0-only
"""The machine is suspended to memory in the middle of a migration, while one of two engines hangs: they lose their
registers, and nobody a byte. Once only: the second time QEMU 11.1 is not told to sleep (docs/testing.md)."""
import re

import product
from recovery import recovered

MACHINE = "ours"

MIB = 24
BANDWIDTH = 4000000
# What is in work comes to its end before anything else is put to sleep, or is overdue. That takes no longer than docs/dcbm.md
# says of one batch of a 2 MiB folio on two channels, 20 ms for each that has to be stopped, and as much again for emulation.
STALL = 2 * 1.6


def run(guest, t):
    product.set_channels(guest, 2)
    before, count = product.stats(guest), succeeded(guest)
    running = in_the_middle(guest)
    status = guest.suspend()
    t.equal((status.status, succeeded(guest)), (0, count + 1), "the machine slept and woke up")
    seconds = drain_seconds(guest)
    t.check(seconds < STALL, "what is in work comes to its end, or is given up, in time", f"{seconds:.3f} s")
    t.note(f"{seconds:.3f} s until nothing was in work")
    result = product.finish_move_pages(guest, running)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.note(f"kernel: {kernel}")
    t.check(product.adds_up(kernel), "offered = offloaded + declined + failed", kernel)
    t.check(kernel["folios_offloaded"] and kernel["folios_failed"], "one engine copied, the other one failed", kernel)
    t.equal(len(product.held(guest)), 2, "both channels are still held")
    recovered(guest, t, "the suspend")


def in_the_middle(guest):
    """Of a migration by slow engines, one of which hangs."""
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    running = product.start_move_pages(guest, 2048, MIB)
    product.wait_engines_at_work(guest)
    guest.engines[0].do("hang next")
    return running


def succeeded(guest):
    return int(guest.read("/sys/power/suspend_stats/success"))


def drain_seconds(guest):
    """From the entry of the last suspend until user space was to be frozen: dcbm is asked between."""
    log = guest.kernel_log()
    log = log[log.rindex("PM: suspend entry") - 40:]
    begin, end = (float(re.search(rf"\[ *([0-9.]+)\] {text}", log)[1])
                  for text in ("PM: suspend entry", "Freezing user space processes"))
    return end - begin
