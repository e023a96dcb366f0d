# SPDX-License-Identifier: GPL-2.0-only
"""One, half and all of sixteen engines are unplugged while they copy, and come back."""
import product
from progress import wait_until
from recovery import MIB, recovered

MACHINE = "ours"

ENGINES = 16
# So slow that emulation costs little, and sixteen are as fast as sixteen
BANDWIDTH = 2000000
# of the speed before
FULL_SPEED = 0.8


def run(guest, t):
    product.set_channels(guest, ENGINES)
    before = speed(guest)
    t.note(f"{ENGINES} engines: {before:.4f} GB/s of {ENGINES * BANDWIDTH / 1e9:.4f}")
    for count in (1, ENGINES // 2, ENGINES):
        name = f"{count} of {ENGINES} engines unplugged"
        unplugged(guest, t, name, count)
        product.set_channels(guest, ENGINES)
        recovered(guest, t, name)
        after = speed(guest)
        t.check(after >= FULL_SPEED * before, f"{name}: replugged, migrations are as fast as before",
                f"{after:.4f} GB/s, {before:.4f} before")
    product.heal(guest)
    product.set_channels(guest, 2)


def speed(guest):
    """GB/s with all engines slowed down."""
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    result, = product.bench(guest, "2m", 32)
    product.all_engines(guest, "bandwidth 0")
    return result["median_gbps"]


def unplugged(guest, t, name, count):
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    engines = list(guest.engines.values())
    before, copied = product.stats(guest), engines[0].stats()["bytes"]
    running = product.start_move_pages(guest, 2048, MIB)
    wait_until("the engines to be at work", lambda: engines[0].stats()["bytes"] > copied, 60, interval=0.1)
    for engine in engines[:count]:
        guest.unplug(engine, wait=False)
    for engine in engines[:count]:
        guest.unplugged(engine)
    still = guest.run(f"pgrep -f '^python3 - 2048 {MIB}$'", check=False).status == 0
    # Without an engine the CPU is through at once.
    t.check(still or count == ENGINES, f"{name}: they left while the migration ran")
    result = product.finish_move_pages(guest, running)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.check(product.adds_up(kernel), f"{name}: offered = offloaded + declined + failed", kernel)
    t.note(f"{name}: {kernel}")
    t.equal(len(product.held(guest)), ENGINES - count, f"{name}: the others are still in use")
    product.wait_migrator(guest, "dcbm" if count < ENGINES else "none")
