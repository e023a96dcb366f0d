# SPDX-License-Identifier: GPL-2.0-only
"""An AE4DMA engine: sixteen queues, each a channel, that complete in any order, and fail one by one."""
import product
from progress import wait_until
from recovery import MIB, faultless, faulty, recovered

MACHINE = "ae4dma"
QUEUES = 16
CHUNK_BYTES = f"{product.DCBM}/chunk_bytes"


def run(guest, t):
    product.wait_migrator(guest, "dcbm")
    wait_until(f"dcbm to hold {QUEUES} channels", lambda: len(product.held(guest)) == QUEUES, 60)
    engine, = guest.engines.values()
    for size, mib in (("2m", 512), ("4k", 16)):
        moved(guest, t, size, mib)
    out_of_order(guest, t, engine)
    errors(guest, t, engine)
    hang(guest, t, engine)
    late(guest, t, engine)
    lost_interrupts(guest, t, engine)
    unbound(guest, t, engine)


def moved(guest, t, size, mib, kind=""):
    name = f"{mib} MiB of {size} folios{kind}"
    before = chunks(guest)
    faultless(guest, t, name, size, mib)
    by_queue = product.delta(chunks(guest), before)
    t.check(all(by_queue.values()), f"{name}: each queue took part", by_queue)


def chunks(guest):
    lines = guest.out("cd /sys/module/dcbm/channels && grep -H . */chunks").splitlines()
    return {name: int(value) for name, value in (line.split(":") for line in lines)}


def out_of_order(guest, t, engine):
    before = engine.stats()["reordered"]
    engine.do("reorder on")
    # Several chunks on each queue, and time for them to pile up
    usual = guest.read(CHUNK_BYTES)
    guest.run(f"echo 32768 >{CHUNK_BYTES}")
    engine.do("bandwidth 4000000")
    moved(guest, t, "2m", 64, " out of order")
    guest.run(f"echo {usual} >{CHUNK_BYTES}")
    count = engine.stats()["reordered"] - before
    t.check(count > 0, "out of order: descriptors were completed before older ones of their queue", count)
    t.note(f"out of order: {count} descriptors")
    product.heal(guest)


def errors(guest, t, engine):
    engine.do("error every 7")
    kernel = faulty(guest, t, "an error in every 7th descriptor", "errors_injected")
    t.check(kernel["folios_failed"] > 0, "an error in every 7th descriptor: counted as failed", kernel)
    recovered(guest, t, "errors")


def hang(guest, t, engine):
    engine.do("queue 3")
    engine.do("hang next")
    kernel = faulty(guest, t, "a hanging queue", "hangs_injected")
    t.check(kernel["folios_failed"] > 0 and kernel["folios_offloaded"] > 0,
            "a hanging queue: what it had is counted as failed, and the others work on", kernel)
    recovered(guest, t, "a hanging queue")
    wait_until("the queue to be used again", lambda: all_used(guest), 60, interval=1)
    t.check(True, "a hanging queue: it is used again")


def all_used(guest):
    before = chunks(guest)
    product.bench(guest, "2m", 16)
    return all(product.delta(chunks(guest), before).values())


def late(guest, t, engine):
    before = engine.stats()["late_writes"]
    engine.do("queue 5")
    engine.do("late 3000")
    engine.do("hang next")
    kernel = faulty(guest, t, "a queue that finishes late", "hangs_injected")
    t.check(kernel["folios_failed"] > 0, "a queue that finishes late: counted as failed", kernel)
    wait_until("the late write", lambda: engine.stats()["late_writes"] > before, 30)
    result = product.move_pages(guest, 2048, MIB)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "a queue that finishes late: nobody's memory was hit")
    recovered(guest, t, "a late write")


def lost_interrupts(guest, t, engine):
    engine.do("lost-irq every 5")
    faulty(guest, t, "lost interrupts", "lost_interrupts")
    recovered(guest, t, "lost interrupts")


def unbound(guest, t, engine):
    """All queues leave in the middle of a migration."""
    name = "unbound in the middle"
    engine.do("bandwidth 2000000")
    before = product.stats(guest)
    running = product.start_move_pages(guest, 2048, MIB)
    product.wait_engines_at_work(guest)
    device = guest.out(f"basename $(readlink -f /sys/class/dma/{product.channels(guest)[0]}/device)")
    guest.run(f"echo {device} >/sys/bus/pci/drivers/ae4dma/unbind", timeout=30)
    result = product.finish_move_pages(guest, running)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    product.wait_migrator(guest, "none")
    guest.run(f"echo {device} >/sys/bus/pci/drivers/ae4dma/bind", timeout=30)
    product.wait_migrator(guest, "dcbm")
    wait_until(f"dcbm to hold {QUEUES} channels", lambda: len(product.held(guest)) == QUEUES, 60)
    recovered(guest, t, name)
