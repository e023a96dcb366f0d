# SPDX-License-Identifier: GPL-2.0-only
"""Folios moved by 1, 2 and 16 channels: every byte right, and counted alike."""
import product

MACHINE = "ours"


def run(guest, t):
    # 4 KiB folios cost a descriptor each, which is slow to emulate
    for count, huge_mib, small_mib in ((1, 1024, 16), (2, 1024, 16), (16, 1024, 32)):
        product.set_channels(guest, count)
        for size, mib in (("2m", huge_mib), ("4k", small_mib)):
            moved(guest, t, count, size, mib)
    out_of_order(guest, t)
    result = product.move_pages(guest, 2048, 64)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "a check that is not the tool's own finds all right, too")
    product.set_channels(guest, 2)


def out_of_order(guest, t):
    """Every folio has chunks on engines of which some are ten times slower than others."""
    for port, engine in guest.engines.items():
        engine.do(f"bandwidth {4000000 if port % 2 else 40000000}")
    moved(guest, t, 16, "2m", 64, " of unequal speed")
    product.heal(guest)


def moved(guest, t, count, size, mib, kind=""):
    name = f"{mib} MiB of {size} folios with {count} channel{'s' if count > 1 else ''}{kind}"
    with product.counted(guest) as counts:
        result, = product.bench(guest, size, mib)
    kernel = counts["kernel"]
    t.note(f"{name}: {result['median_gbps']:.3f} GB/s under emulation; engines copied {counts['engine_bytes']} bytes")
    t.equal((result["status"], result["bytes_wrong"]), (0, 0), f"{name}: all bytes right")
    t.equal((result["folios_as_asked"], result["bytes_unmoved"]), (True, 0), f"{name}: all folios moved, in that size")
    t.equal(result["bytes_offloaded"], mib << 20, f"{name}: all of it was offloaded")
    t.equal(counts["engine_bytes"], kernel["bytes_offloaded"], f"{name}: the engines counted what the kernel counted")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)
    t.check(all(counts["engines"].values()), f"{name}: each channel took part", counts["engines"])
