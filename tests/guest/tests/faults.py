# SPDX-License-Identifier: GPL-2.0-only
"""Engines that fail, hang, finish late, die or go: no byte lost, nothing stalls."""
import product
from progress import wait_until
from recovery import MIB, faulty, recovered

MACHINE = "ours"


def run(guest, t):
    product.set_channels(guest, 2)
    errors(guest, t)
    hang(guest, t)
    late(guest, t)
    lost_interrupts(guest, t)
    dead(guest, t)
    slow(guest, t)
    for how in ("unplug", "unbind"):
        goes_away(guest, t, how)
    last_goes_away(guest, t)
    lie(guest, t)


def errors(guest, t):
    product.all_engines(guest, "error every 7")
    kernel = faulty(guest, t, "an error in every 7th descriptor", "errors_injected")
    t.check(kernel["folios_failed"] > 0, "an error in every 7th descriptor: counted as failed", kernel)
    recovered(guest, t, "errors")


def hang(guest, t):
    guest.engines[0].do("hang next")
    kernel = faulty(guest, t, "a hanging engine", "hangs_injected")
    t.check(kernel["folios_failed"] > 0, "a hanging engine: counted as failed", kernel)
    recovered(guest, t, "a hang")


def late(guest, t):
    guest.engines[0].do("late 3000")
    guest.engines[0].do("hang next")
    kernel = faulty(guest, t, "an engine that finishes late", "hangs_injected")
    wait_until("the late write", lambda: guest.engines[0].stats()["late_writes"] > 0, 30)
    t.check(kernel["folios_failed"] > 0, "an engine that finishes late: counted as failed", kernel)
    result = product.move_pages(guest, 2048, 64)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "an engine that finishes late: nobody's memory was hit")
    recovered(guest, t, "a late write")


def lost_interrupts(guest, t):
    product.all_engines(guest, "lost-irq every 5")
    faulty(guest, t, "lost interrupts", "lost_interrupts")
    recovered(guest, t, "lost interrupts")


def dead(guest, t):
    guest.engines[0].do("dead on")
    kernel = faulty(guest, t, "a dead engine", None)
    t.check(kernel["folios_failed"] > 0 and kernel["folios_offloaded"] > 0,
            "a dead engine: what it was given is counted as failed, and the other one works on", kernel)
    guest.unplug(guest.engines[0])
    product.set_channels(guest, 2)
    recovered(guest, t, "a dead engine was replaced")


def slow(guest, t):
    """No chunk takes too long, but all chunks of a batch do: the CPU does what is left."""
    name = "a slow engine"
    limits = {f"{product.SYSFS}/max_batch_pages": 2048, f"{product.DCBM}/timeout_ms_per_mib": 20,
              f"{product.DCBM}/chunk_bytes": 65536}
    usual = {path: guest.read(path) for path in limits}
    product.set_channels(guest, 1)
    product.all_engines(guest, "bandwidth 4000000")  # 2.1 s for a batch of 8 MiB, which may take 1.1 s; 4 chunks take 0.07 s and may take 0.5 s
    for path, value in limits.items():
        guest.run(f"echo {value} >{path}")
    kernel = faulty(guest, t, name, None, mib=16)
    for path, value in usual.items():
        guest.run(f"echo {value} >{path}")
    t.check(kernel["folios_failed"] > 0 and kernel["folios_offloaded"] > 0, f"{name}: it copied some, and the CPU the rest", kernel)
    channel, = product.held(guest)
    t.equal([guest.read(f"/sys/module/dcbm/channels/{channel}/{file}") for file in ("state", "errors")], ["idle", "0"],
            f"{name}: it is used on")
    product.set_channels(guest, 2)
    recovered(guest, t, name)


def start_slow_migration(guest):
    """Starts a migration that takes seconds and waits until the engine that is to leave works for it."""
    product.all_engines(guest, "bandwidth 20000000")
    running = product.start_move_pages(guest, 2048, MIB)
    product.wait_engines_at_work(guest, port=0)
    return running


def finish_migration(guest, t, name, running, before):
    still = guest.run(f"pgrep -f '^python3 - 2048 {MIB}$'", check=False).status == 0
    t.check(still, f"{name}: the engine left while the migration ran")
    result = product.finish_move_pages(guest, running)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    t.note(f"{name}: {kernel}")


def goes_away(guest, t, how):
    """One of two engines leaves in the middle of a migration that it takes part in."""
    name = f"{how} in the middle"
    before = product.stats(guest)
    running = start_slow_migration(guest)
    if how == "unplug":
        guest.unplug(guest.engines[0])
    else:
        device = guest.out("basename $(readlink -f /sys/class/dma/" + sorted(product.channels(guest))[0] + "/device)")
        guest.run(f"echo {device} >/sys/bus/pci/drivers/ptdma/unbind")
    finish_migration(guest, t, name, running, before)
    t.equal(len(product.held(guest)), 1, f"{name}: the other channel is still in use")
    if how == "unbind":
        guest.run(f"echo {device} >/sys/bus/pci/drivers/ptdma/bind")
    product.set_channels(guest, 2)
    recovered(guest, t, name)


def last_goes_away(guest, t):
    name = "unplug of the only engine in the middle"
    product.set_channels(guest, 1)
    before = product.stats(guest)
    running = start_slow_migration(guest)
    guest.unplug(guest.engines[0])
    finish_migration(guest, t, name, running, before)
    product.wait_migrator(guest, "none")
    t.equal(product.migrator(guest), "none", f"{name}: the offload is off")
    product.set_channels(guest, 2)
    recovered(guest, t, name)


def lie(guest, t):
    """An engine that reports success for wrong data is nothing a kernel can notice that does
    not verify. The checks above can: this shows that they would fail if a byte were wrong."""
    product.all_engines(guest, "flip every 3")
    result, = product.bench(guest, "2m", 16)
    t.check(result["status"] == 8 and result["bytes_wrong"] > 0, "a lying engine is found out by the bench", result)
    result = product.move_pages(guest, 2048, 16)
    t.check(result["wrong_blocks"] > 0, "and by the check that is not the tool's own", result)
    product.heal(guest)
