# SPDX-License-Identifier: GPL-2.0-only
"""Migrations while engines fail, and what has to hold without, during and after that."""
import time

import product
from engine import total
from progress import wait_until

MIB = 64


def faultless(guest, t, name, size, mib):
    """Moves memory: the engines copy all of it, and nothing fails."""
    with product.counted(guest) as counts:
        result, = product.bench(guest, size, mib)
    kernel = counts["kernel"]
    t.equal((result["status"], result["bytes_wrong"], result["bytes_unmoved"]), (0, 0, 0),
            f"{name}: all moved, all bytes right")
    t.equal((result["bytes_offloaded"], counts["engine_bytes"]), (mib << 20, kernel["bytes_offloaded"]),
            f"{name}: engines copied all of it, and counted what the kernel counted")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)


def faulty(guest, t, name, counter, mib=MIB):
    """Moves memory with a fault on, checks data and counters, returns what was counted."""
    faults = total(guest.engines.values(), counter) if counter else 0
    with product.counted(guest) as counts:
        result, = product.bench(guest, "2m", mib, timeout=180)
    if counter:
        t.check(total(guest.engines.values(), counter) > faults, f"{name}: the engines count {counter}")
    kernel = counts["kernel"]
    t.equal((result["status"], result["bytes_wrong"], result["bytes_unmoved"]), (0, 0, 0),
            f"{name}: all moved, all bytes right")
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    t.note(f"{name}: {kernel}")
    return kernel


def recovered(guest, t, name, seconds=90):
    """After a fault: the channels are used again and migrations are as quick as before."""
    product.heal(guest)

    def whole():
        with product.counted(guest) as counts:
            result, = product.bench(guest, "2m", 8)
        return result["status"] == 0 and counts["kernel"]["folios_failed"] == 0 and \
            counts["engine_bytes"] == counts["kernel"]["bytes_offloaded"] > 0
    wait_until(f"a migration without failure after {name}", whole, seconds, interval=1)
    t.equal(product.stats(guest)["folios_in_quarantine"], 0, f"after {name}: no page is held back")
    begin = time.monotonic()
    with product.counted(guest) as counts:
        result, = product.bench(guest, "2m", MIB)
    t.equal((result["bytes_wrong"], counts["kernel"]["bytes_offloaded"]), (0, 2 * MIB << 20),
            f"after {name}: migrations are offloaded again")
    t.check(time.monotonic() - begin < 30, f"after {name}: and do not stall", f"{time.monotonic() - begin:.1f} s")
