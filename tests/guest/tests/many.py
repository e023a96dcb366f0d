# SPDX-License-Identifier: GPL-2.0-only
"""One, half and all of sixteen engines are unplugged while they copy, and come back."""
import product
from recovery import MIB, recovered

MACHINE = "ours"

ENGINES = 16
# So slow that a migration is still going on when engines leave
BANDWIDTH = 2000000


def run(guest, t):
    product.set_channels(guest, ENGINES)
    for count in (1, ENGINES // 2, ENGINES):
        name = f"{count} of {ENGINES} engines unplugged"
        unplugged(guest, t, name, count)
        product.set_channels(guest, ENGINES)
        recovered(guest, t, name)
        copied = shares(guest)
        t.check(2 * min(copied) >= max(copied), f"{name}: replugged, each engine does its share", copied)
    product.heal(guest)
    product.set_channels(guest, 2)


def shares(guest):
    """How many bytes each engine copies in a migration."""
    engines = list(guest.engines.values())
    before = [engine.stats()["bytes"] for engine in engines]
    product.bench(guest, "2m", 32)
    return [engine.stats()["bytes"] - copied for engine, copied in zip(engines, before)]


def unplugged(guest, t, name, count):
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    engines = list(guest.engines.values())
    before = product.stats(guest)
    running = product.start_move_pages(guest, 2048, MIB)
    product.wait_engines_at_work(guest)
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
