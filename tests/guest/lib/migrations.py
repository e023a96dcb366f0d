# SPDX-License-Identifier: GPL-2.0-only
"""Migrations that have to work the same on every kernel."""
import product


def check_migrations(guest, t):
    """Moves memory to the other node and back in both folio sizes."""
    for folio_kib, mib in ((2048, 64), (4, 16)):
        result = product.move_pages(guest, folio_kib, mib)
        size = f"{mib} MiB in folios of {folio_kib} KiB"
        if folio_kib == 2048:
            t.equal(result["huge_kib"], mib * 1024, f"{size}: are such")
        t.equal(result["unmoved"], 0, f"{size}: all moved")
        t.equal(result["wrong_blocks"], 0, f"{size}: all bytes right")
