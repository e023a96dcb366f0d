# SPDX-License-Identifier: GPL-2.0-only
"""Engines behind an IOMMU that translates: they see addresses of its own, and copy the right pages."""
import product
from recovery import faultless

MACHINE = "translated"


def run(guest, t):
    product.wait_migrator(guest, "dcbm")
    device = "/sys/class/dma/" + sorted(product.channels(guest))[0] + "/device/iommu_group"
    t.check(guest.read(f"{device}/type").startswith("DMA"), "the engine's addresses are translated",
            guest.read(f"{device}/type"))
    for size, mib in (("2m", 64), ("4k", 4)):
        faultless(guest, t, f"{mib} MiB of {size} folios", size, mib)
    result = product.move_pages(guest, 2048, 32)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "a check that is not the tool's own finds all right, too")
