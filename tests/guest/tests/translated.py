# SPDX-License-Identifier: GPL-2.0-only
"""Engines behind an IOMMU that translates: they see addresses of its own, and copy the right pages."""
import product

MACHINE = "translated"


def run(guest, t):
    product.wait_migrator(guest, "dcbm")
    device = "/sys/class/dma/" + sorted(product.channels(guest))[0] + "/device/iommu_group"
    t.check(guest.read(f"{device}/type").startswith("DMA"), "the engine's addresses are translated",
            guest.read(f"{device}/type"))
    for size, mib in (("2m", 64), ("4k", 4)):
        name = f"{mib} MiB of {size} folios"
        with product.counted(guest) as counts:
            result, = product.bench(guest, size, mib)
        kernel = counts["kernel"]
        t.equal((result["status"], result["bytes_wrong"], result["bytes_unmoved"]), (0, 0, 0),
                f"{name}: all moved, all bytes right")
        t.equal((result["bytes_offloaded"], counts["engine_bytes"]), (mib << 20, kernel["bytes_offloaded"]),
                f"{name}: engines copied all of it, and counted what the kernel counted")
        t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)
    result = product.move_pages(guest, 2048, 32)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "a check that is not the tool's own finds all right, too")
