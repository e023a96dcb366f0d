# SPDX-License-Identifier: GPL-2.0-only
"""Units and tool: on with the channels, off with the last one, reverted exactly."""
import product
from progress import wait_until

MACHINE = "ours"

CONFIG = "/etc/migrate-offload/migrate-offload.conf.d/60-test.conf"
KNOBS = ("migrator", "reasons", "max_batch_pages")


def knobs(guest):
    return {name: guest.read(f"{product.SYSFS}/{name}") for name in KNOBS}


def active(guest, unit="migrate-offload.service"):
    return guest.run(f"systemctl is-active {unit}", check=False).out.strip()


def run(guest, t):
    stop_and_start(guest, t)
    exact_revert(guest, t)
    hotplug(guest, t)


def stop_and_start(guest, t):
    guest.run("systemctl disable --now migrate-offload.service")
    t.equal(product.migrator(guest), "none", "stopping the service switches the offload off")
    guest.run("systemctl enable --now migrate-offload.service")
    t.equal(product.migrator(guest), "dcbm", "starting it switches it on")
    t.equal(guest.run("systemctl restart migrate-offload.service", check=False).status, 0, "it can be restarted")
    t.equal(product.migrator(guest), "dcbm", "and is on then")


def exact_revert(guest, t):
    guest.run("systemctl stop migrate-offload.service")
    guest.run(f"echo demotion,damon >{product.SYSFS}/reasons; echo 100 >{product.SYSFS}/max_batch_pages")
    before = knobs(guest)
    guest.run(f"printf 'migrator = dcbm\\nreasons = demotion\\nmax_batch_pages = 256\\n' >{CONFIG}")
    guest.run("migrate-offload enable")
    during = knobs(guest)
    t.equal((product.migrator(guest), during["reasons"], during["max_batch_pages"]), ("dcbm", "demotion", "256"),
            "enable sets what the configuration says")
    guest.run("migrate-offload enable")
    guest.run("migrate-offload disable")
    t.equal(knobs(guest), before, "disable puts back exactly what was there before, also after two enables")
    guest.run(f"rm {CONFIG}; echo all >{product.SYSFS}/reasons; echo 512 >{product.SYSFS}/max_batch_pages")
    guest.run("systemctl start migrate-offload.service")


def hotplug(guest, t):
    since = guest.out("date +%s")
    product.set_channels(guest, 0)
    t.equal(product.migrator(guest), "none", "with the last channel the offload goes off")
    wait_until("the service to stop", lambda: active(guest) == "inactive", 30)
    t.equal(active(guest), "inactive", "and the service is no longer active")
    t.equal(active(guest, "migrate-offload.target"), "inactive", "nor is the target")
    journal = guest.out(f"journalctl --since @{since} --no-pager -o cat")
    t.check("dcbm deselected: no DMA channel left, offload off" in journal, "the journal says so", journal[-1500:])
    verify = guest.run("migrate-offload verify", check=False)
    t.check(verify.status != 0, "verify fails then", verify.out + verify.err)

    product.set_channels(guest, 1)
    t.equal(product.migrator(guest), "dcbm", "a channel plugged later switches it on")
    wait_until("the service to start", lambda: active(guest) == "active", 30)
    product.set_channels(guest, 2)
    t.equal(len(product.held(guest)), 2, "another channel joins by itself")
    t.equal(guest.out("systemctl --failed --no-legend"), "", "no unit failed meanwhile")
