# SPDX-License-Identifier: GPL-2.0-only
"""Two processes migrate at the same time: the channels are shared, and none of them starves."""
import product

MACHINE = "ours"

MIB = 16
SECONDS = 15
# of what both got together
FAIR = 1 / 3


def run(guest, t):
    product.set_channels(guest, 2)
    # Slow enough for the engines to be what both wait for
    product.all_engines(guest, "bandwidth 20000000")
    # Until the same moment, a while after both have begun
    until = int(guest.out("date +%s")) + SECONDS + 3
    arguments = (2048, MIB, 0, 1, 0, 100000, until)
    with product.counted(guest) as counts:
        started = [product.start_python(guest, "movepages.py", *arguments) for _ in range(2)]
        results = [product.finish_python(guest, one, "movepages.py") for one in started]
    product.heal(guest)
    kernel = counts["kernel"]
    moved = [result["moves"] * result["mib"] for result in results]
    t.note(f"{moved} MiB in about {SECONDS} s; {kernel}")
    t.equal([(result["unmoved"], result["wrong_blocks"]) for result in results], [(0, 0)] * 2,
            "all moved, all bytes right")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], "counters add up, no failure", kernel)
    t.equal(kernel["bytes_offloaded"], sum(moved) << 20, "engines copied all of it")
    t.check(min(moved) >= FAIR * sum(moved), "each gets a third at least", moved)
