# SPDX-License-Identifier: GPL-2.0-only
"""Engines that fail, hang, finish late, die or go: no byte lost, nothing stalls."""
import time

import product
from progress import wait_until

MACHINE = "ours"
MIB = 64


def run(guest, t):
    product.set_channels(guest, 2)
    errors(guest, t)
    hang(guest, t)
    late(guest, t)
    lost_interrupts(guest, t)
    dead(guest, t)
    for how in ("unplug", "unbind"):
        goes_away(guest, t, how)
    product.set_channels(guest, 2)


def faulty(guest, t, name, size="2m", mib=MIB, timeout=180):
    """Moves memory with a fault on, checks data and counters, returns what was counted."""
    with product.counted(guest) as counts:
        result, = product.bench(guest, size, mib, timeout=timeout)
    kernel = counts["kernel"]
    t.equal((result["status"], result["bytes_wrong"], result["folios_unmoved"]), (0, 0, 0),
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
    begin = time.monotonic()
    with product.counted(guest) as counts:
        result, = product.bench(guest, "2m", MIB)
    t.equal((result["bytes_wrong"], counts["kernel"]["bytes_offloaded"]), (0, 2 * MIB << 20),
            f"after {name}: migrations are offloaded again")
    t.check(time.monotonic() - begin < 30, f"after {name}: and do not stall", f"{time.monotonic() - begin:.1f} s")


def errors(guest, t):
    product.all_engines(guest, "error every 7")
    kernel = faulty(guest, t, "an error in every 7th descriptor")
    t.check(kernel["folios_failed"] > 0, "an error in every 7th descriptor: counted as failed", kernel)
    recovered(guest, t, "errors")


def hang(guest, t):
    guest.engines[0].do("hang next")
    kernel = faulty(guest, t, "a hanging engine")
    t.equal(guest.engines[0].stats()["hangs_injected"] > 0, True, "a hanging engine: it did hang")
    t.check(kernel["folios_failed"] > 0, "a hanging engine: counted as failed", kernel)
    recovered(guest, t, "a hang")


def late(guest, t):
    guest.engines[0].do("late 3000")
    guest.engines[0].do("hang next")
    kernel = faulty(guest, t, "an engine that finishes late")
    wait_until("the late write", lambda: guest.engines[0].stats()["late_writes"] > 0, 30)
    t.check(kernel["folios_failed"] > 0, "an engine that finishes late: counted as failed", kernel)
    result = product.move_pages(guest, 2048, 64)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "an engine that finishes late: nobody's memory was hit")
    recovered(guest, t, "a late write")


def lost_interrupts(guest, t):
    product.all_engines(guest, "lost-irq every 5")
    faulty(guest, t, "lost interrupts", mib=32)
    recovered(guest, t, "lost interrupts")


def dead(guest, t):
    guest.engines[0].do("dead on")
    kernel = faulty(guest, t, "a dead engine")
    t.check(kernel["bytes_offloaded"] + kernel["bytes_failed"] + kernel["bytes_declined"] > 0, "a dead engine: counted")
    guest.unplug(guest.engines[0])
    product.set_channels(guest, 2)
    recovered(guest, t, "a dead engine was replaced")


def goes_away(guest, t, how):
    """An engine leaves in the middle of a migration that it takes part in."""
    name = f"{how} in the middle"
    engine = guest.engines[0]
    product.all_engines(guest, "bandwidth 20000000")
    before = product.stats(guest)
    started = engine.stats()["bytes"]
    running = guest.start(f"migrate-offload bench --json --no-baseline --size 2m --total {MIB}m --rounds 2")
    wait_until("the engine to be at work", lambda: engine.stats()["bytes"] > started + (1 << 20), 60, interval=0.1)
    if how == "unplug":
        guest.unplug(engine)
    else:
        device = guest.out("basename $(readlink -f /sys/class/dma/" + sorted(product.channels(guest))[0] + "/device)")
        guest.run(f"echo {device} >/sys/bus/pci/drivers/ptdma/unbind", timeout=60)
    still = guest.out("pgrep -c '^migrate-offload$' || true")
    result, = product.bench_result(guest.finish(running, "the bench", 180))
    t.check(still == "1", f"{name}: the engine left while the migration ran", still)
    t.equal((result["status"], result["bytes_wrong"], result["folios_unmoved"]), (0, 0, 0),
            f"{name}: all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    t.equal(len(product.held(guest)), 1, f"{name}: the other channel is still in use")
    if how == "unbind":
        guest.run(f"echo {device} >/sys/bus/pci/drivers/ptdma/bind")
    product.set_channels(guest, 2)
    recovered(guest, t, name)
