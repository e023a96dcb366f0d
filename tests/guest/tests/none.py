# SPDX-License-Identifier: GPL-2.0-only
"""Our kernel with no migrator selected migrates as the base kernel does."""
import product
from migrations import check_migrations

MACHINE = "ours"


def run(guest, t):
    guest.run("systemctl stop migrate-offload.service")
    t.equal(product.migrator(guest), "none", "no migrator is selected")
    before = product.stats(guest)
    check_migrations(guest, t)
    t.equal(product.stats(guest), before, "all counters stand still")
    names = product.channels(guest)
    guest.run("modprobe -r dcbm")
    t.equal(product.channels(guest), names, "modprobe -r dcbm leaves the channels, which others may use, and their driver")
    guest.run("systemctl start migrate-offload.service")
    t.equal(product.migrator(guest), "dcbm", "and starting the service loads it again")
