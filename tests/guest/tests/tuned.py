# SPDX-License-Identifier: GPL-2.0-only
"""The TuneD profile: set, verified, left, taken again, kept over a restart."""
import product

MACHINE = "ours"

VARIABLES = "/etc/tuned/migrate-offload-variables.conf"


def knobs(guest):
    return [product.migrator(guest)] + [guest.read(f"{product.SYSFS}/{name}")
                                        for name in ("reasons", "max_batch_pages")]


def verified(guest):
    return guest.run("tuned-adm verify", check=False, timeout=120).status == 0


def run(guest, t):
    guest.run("systemctl disable --now migrate-offload.service")
    original = guest.out("tuned-adm active").split(":")[1].strip()
    before = knobs(guest)
    guest.run(f"cp -p {VARIABLES} /run/variables.saved && "
              f"printf 'reasons=demotion,numa_misplaced\\nmax_batch_pages=256\\n' >>{VARIABLES}")
    wanted = ["dcbm", "numa_misplaced,demotion", "256"]

    guest.run("tuned-adm profile migrate-offload", timeout=120)
    t.equal(knobs(guest), wanted, "the profile sets migrator, reasons and batch size")
    t.check(verified(guest), "tuned-adm verify agrees")
    guest.run(f"echo 64 >{product.SYSFS}/max_batch_pages")
    t.check(not verified(guest), "tuned-adm verify finds a setting that somebody changed")
    guest.run(f"echo 256 >{product.SYSFS}/max_batch_pages")

    guest.run(f"tuned-adm profile {original}", timeout=120)
    t.equal(knobs(guest), before, f"the profile {original} puts back what was there before")
    guest.run("tuned-adm profile migrate-offload", timeout=120)
    t.equal(knobs(guest), wanted, "and back again")
    guest.run("systemctl restart tuned.service", timeout=120)
    product.wait_migrator(guest, "dcbm")
    t.equal(knobs(guest), wanted, "a restart of TuneD keeps it")
    t.check(verified(guest), "and it verifies")

    guest.run(f"tuned-adm profile {original}; mv /run/variables.saved {VARIABLES}", timeout=120)
    guest.run("systemctl enable --now migrate-offload.service")
    t.equal(knobs(guest), ["dcbm"] + before[1:], "the service takes over again")
