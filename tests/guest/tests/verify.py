# SPDX-License-Identifier: GPL-2.0-only
"""verify=1: engines that report success for wrong data are found out, and nobody gets to see that data."""
import product
from progress import wait_until

MACHINE = "ours"
MIB = 64
VERIFY = f"{product.DCBM}/verify"
LIMIT = f"{product.DCBM}/nr_dma_chan"
CHANNELS = "/sys/module/dcbm/channels"
LIE = "wrong data reported as copied"
OFF = "no DMA channel left"


def run(guest, t):
    product.set_channels(guest, 2)
    t.equal(guest.read(VERIFY), "0", "off as delivered")
    guest.run(f"echo 1 >{VERIFY}")
    try:
        honest(guest, t)
        one_lies(guest, t)
        all_lie(guest, t)
        another_takes_its_place(guest, t)
    finally:
        product.heal(guest)
        guest.run(f"echo 0 >{VERIFY}; echo 16 >{LIMIT}; systemctl restart migrate-offload.service")
    product.set_channels(guest, 2)
    t.equal(channels(guest, "state"), ["idle", "idle"], "selected anew, the channels have another chance")


def channels(guest, name):
    """What a file says of each channel."""
    return [guest.read(f"{CHANNELS}/{channel}/{name}") for channel in product.held(guest)]


def messages(guest, text):
    return guest.kernel_log().count(text)


def moved(guest, t, name):
    """Moves memory in large folios and small ones; returns what was counted."""
    with product.counted(guest) as counts:
        results = product.bench(guest, "2m", MIB) + product.bench(guest, "4k", 4)
        own = product.move_pages(guest, 2048, 16)
    t.equal([(r["status"], r["bytes_wrong"], r["bytes_unmoved"]) for r in results], [(0, 0, 0)] * 2,
            f"{name}: all moved, all bytes right")
    t.equal((own["unmoved"], own["wrong_blocks"]), (0, 0), f"{name}: a check that is not the tool's own says so, too")
    t.check(product.adds_up(counts["kernel"]), f"{name}: counters add up", counts["kernel"])
    t.note(f"{name}: {counts['kernel']}")
    return counts["kernel"]


def honest(guest, t):
    kernel = moved(guest, t, "honest engines")
    t.check(kernel["folios_offloaded"] > 0 and kernel["folios_failed"] == 0, "honest engines: they copy all", kernel)
    t.equal(channels(guest, "mismatches"), ["0", "0"], "honest engines: nothing was found")


def one_lies(guest, t):
    name = "one of two engines lies"
    before = messages(guest, LIE)
    guest.engines[0].do("flip every 3")
    kernel = moved(guest, t, name)
    t.check(guest.engines[0].stats()["flips"] > 0, f"{name}: it did")
    t.check(kernel["folios_failed"] > 0 and kernel["folios_offloaded"] > 0,
            f"{name}: the CPU copied what was wrong, the other engine works on", kernel)
    t.equal(sorted(channels(guest, "state")), ["idle", "quarantined"], f"{name}: its channel is out of use")
    found = sorted(map(int, channels(guest, "mismatches")))
    errors = sorted(map(int, channels(guest, "errors")))
    t.check(found[0] == 0 < found[1] and found == errors, f"{name}: counted where it was found", (found, errors))
    t.equal(messages(guest, LIE) - before, 1, f"{name}: one message")
    copied = guest.engines[0].stats()["bytes"]
    moved(guest, t, f"{name}, once more")
    t.equal(guest.engines[0].stats()["bytes"], copied, f"{name}: it is not used again")
    guest.run(f"echo 1 >{LIMIT}")
    try:
        t.equal(sorted(channels(guest, "state")), ["idle", "quarantined"], f"{name}: nor does it take the other one's place")
        t.equal(product.migrator(guest), "dcbm", f"{name}: with a limit of one channel the other one works on")
    finally:
        guest.run(f"echo 16 >{LIMIT}")


def all_lie(guest, t):
    name = "all engines lie"
    before = messages(guest, OFF)
    product.all_engines(guest, "flip every 3")
    own = product.move_pages(guest, 2048, 16)  # the tool's bench would select dcbm again
    t.equal((own["unmoved"], own["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    product.wait_migrator(guest, "none")
    t.equal(messages(guest, OFF) - before, 1, f"{name}: the offload is off, and the kernel log says why")


def another_takes_its_place(guest, t):
    name = "one of two lies, and only one is wanted"
    product.heal(guest)
    guest.run(f"echo 1 >{LIMIT}; systemctl restart migrate-offload.service")
    t.equal(channels(guest, "state"), ["idle"], f"{name}: one channel is held")
    with product.counted(guest) as counts:
        product.bench(guest, "2m", 8)
    worked = [engine for engine in guest.engines.values() if counts["engines"][engine.name]]
    t.equal(len(worked), 1, f"{name}: one engine works")
    worked[0].do("flip every 3")
    own = product.move_pages(guest, 2048, 16)
    t.equal((own["unmoved"], own["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    wait_until("the other channel", lambda: sorted(channels(guest, "state")) == ["idle", "quarantined"], 30)
    with product.counted(guest) as counts:
        own = product.move_pages(guest, 2048, 16)
    t.equal((own["unmoved"], own["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right, by the other one")
    t.check(counts["engine_bytes"] and not counts["engines"][worked[0].name], f"{name}: which copied", counts["engines"])
