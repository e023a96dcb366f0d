# SPDX-License-Identifier: GPL-2.0-only
"""dcbm is unloaded and loaded again, time and again, in the middle of migrations."""
import product
from recovery import recovered

MACHINE = "ours"

MIB = 24
BANDWIDTH = 4000000  # bytes/s: a batch takes two engines a quarter of a second, and all of it three
SECONDS = 30
LEFT = 10  # s; what begins later than this before the end might see no traffic


def run(guest, t):
    product.set_channels(guest, 2)
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    names, before = product.channels(guest), product.stats(guest)
    until = now(guest) + SECONDS
    traffic = product.start_python(guest, "movepages.py", 2048, MIB, 0, 1, MIB, 1000000, until)
    refused, unloaded = [], []
    while not unloaded or now(guest) < until - LEFT:
        product.wait_engines_at_work(guest)
        refused += [guest.run(f"rmmod {module}", check=False).status != 0 for module in ("dcbm", "ptdma")]
        guest.run("systemctl stop migrate-offload.service && rmmod dcbm")
        unloaded.append((product.migrator(guest), product.channels(guest) == names, not guest.exited(traffic)))
        guest.run("systemctl start migrate-offload.service")
        product.wait_migrator(guest, "dcbm")
    t.check(all(refused), "neither it nor the engines' driver can be unloaded while it is selected", refused)
    t.equal(unloaded, [("none", True, True)] * len(unloaded),
            "deselected it can, which leaves the channels, and migrations go on")
    result = product.finish_python(guest, traffic, "movepages.py")
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "all moved, all bytes right")
    kernel = product.delta(product.stats(guest), before)
    t.note(f"unloaded {len(unloaded)} times in {result['moves']} moves of {MIB} MiB: {kernel}")
    t.check(product.adds_up(kernel) and kernel["folios_offloaded"] and not kernel["folios_failed"],
            "counters add up, no failure", kernel)
    recovered(guest, t, "it was unloaded")


def now(guest):
    return int(guest.out("date +%s"))
