# SPDX-License-Identifier: GPL-2.0-only
"""migrate_offload=off on the kernel command line: our kernel as if it were the base."""
import product
from migrations import check_migrations

MACHINE = "off"


def run(guest, t):
    t.equal(product.migrator(guest), "none", "no migrator is selected, though there are channels")
    t.equal(len(product.channels(guest)), len(guest.engines), "the channels are there")
    refused = guest.run(f"modprobe dcbm && echo dcbm >{product.SYSFS}/migrator", check=False)
    t.check(refused.status and "not permitted" in refused.err, "none can be selected", refused.err)
    for unit in ("migrate-offload.service", "migrate-offload-apply.service"):
        t.equal(guest.out(f"systemctl show -P ConditionResult {unit}"), "no", f"{unit} was not started")
    status = guest.run("migrate-offload status", check=False)
    t.check("migrate_offload=off" in status.out + status.err, "status says why", status.out + status.err)
    check_migrations(guest, t)
    t.equal({name: value for name, value in product.stats(guest).items() if value}, {}, "all counters are zero")
    t.equal(guest.out("systemctl --failed --no-legend"), "", "no unit failed")
