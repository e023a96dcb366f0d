# SPDX-License-Identifier: GPL-2.0-only
"""An engine that has several descriptors at a time: fewer interrupts, and faults hit no other one."""
import faults
import product
import recovery
from engine import total

MACHINE = "ours"
MIB = 4
SIZES = (2048, 4)
# A batch has no more than 4 chunks on a channel. Several together fill a ring.
MOVERS = 3
DEPTH = 8
MOST = 31  # one slot of the ring stays empty
# So slow that descriptors pile up meanwhile, however slow the machine is that makes them
BANDWIDTH = 8000000


def run(guest, t):
    product.set_channels(guest, 2)
    refused(guest, t)
    try:
        each = {depth: interrupts(guest, t, depth) for depth in (1, DEPTH, MOST)}
        product.heal(guest)
        t.check(each[1] >= 1, "one at a time: an interrupt for each, at least", f"{each[1]:.2f} for each")
        for depth in (DEPTH, MOST):
            t.check(each[depth] < 0.75, f"{depth} at a time: an interrupt for several", f"{each[depth]:.2f} for each")
        product.set_ring_depth(guest, DEPTH)
        errors(guest, t)
        faults.hang(guest, t)
        faults.late(guest, t)
        faults.lost_interrupts(guest, t)
        faults.goes_away(guest, t, "unplug")
        faults.goes_away(guest, t, "unbind")
    finally:
        product.set_ring_depth(guest, 1)


def refused(guest, t):
    product.unload(guest, "ptdma")
    for depth in (0, MOST + 1, "x"):
        t.check(guest.run(f"modprobe ptdma ring_depth={depth}", check=False).status != 0, f"a depth of {depth} is refused")


def interrupts(guest, t, depth):
    """Moves memory; returns how many interrupts there were for each descriptor."""
    name = f"{depth} at a time"
    product.set_ring_depth(guest, depth)
    product.all_engines(guest, f"bandwidth {BANDWIDTH}")
    before = [engine.stats() for engine in guest.engines.values()]
    with product.counted(guest) as counts:
        for folio_kib in SIZES:
            running = [product.start_move_pages(guest, folio_kib, MIB) for _ in range(MOVERS)]
            results = [product.finish_move_pages(guest, one) for one in running]
            t.equal([(result["unmoved"], result["wrong_blocks"]) for result in results], [(0, 0)] * MOVERS,
                    f"{name}: folios of {folio_kib} KiB, all moved, all bytes right")
    moved = len(SIZES) * sum(result["moves"] * result["mib"] << 20 for result in results)
    t.check(counts["kernel"]["bytes_offloaded"] >= moved, f"{name}: all of it offloaded", counts["kernel"])
    t.equal(counts["engine_bytes"], counts["kernel"]["bytes_offloaded"],
            f"{name}: the engines counted what the kernel counted")
    after = [engine.stats() for engine in guest.engines.values()]
    counted = {key: sum(new[key] - old[key] for new, old in zip(after, before)) for key in ("interrupts", "descriptors")}
    t.note(f"{name}: {counted}")
    return counted["interrupts"] / counted["descriptors"]


def errors(guest, t):
    """An error is the error of one transfer, whatever is before and behind it in the ring."""
    def failed():
        return sum(int(guest.read(f"/sys/module/dcbm/channels/{name}/errors")) for name in product.held(guest))
    before = failed(), total(guest.engines.values(), "errors_injected")
    product.all_engines(guest, "error every 7")
    recovery.faulty(guest, t, "an error in every 7th descriptor", "errors_injected")
    product.all_engines(guest, "error off")
    t.equal(failed() - before[0], total(guest.engines.values(), "errors_injected") - before[1],
            "an error in every 7th descriptor: as many transfers failed as descriptors did")
    recovery.recovered(guest, t, "errors")
