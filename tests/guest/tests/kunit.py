# SPDX-License-Identifier: GPL-2.0-only
"""The KUnit suites of the stack, from the package of test modules."""
import kunitmodules

MACHINE = "ours"

PACKAGE = "kernel-migrate-offload-modules-internal"


def run(guest, t):
    t.equal(guest.run(f"rpm -V {PACKAGE}", check=False).out, "", f"{PACKAGE} is installed as packaged")
    modules = kunitmodules.modules(guest)
    t.check(modules, f"there are test modules in {PACKAGE}")
    # They try migrators of their own, and have pages migrated that hold running programs,
    # which an engine must not copy under an interpreting emulator.
    guest.run("systemctl stop migrate-offload.service")
    for module in modules:
        kunitmodules.run(guest, t, module)
    # the suites' module goes last, with everything that it made
    guest.run("modprobe -r kunit")
    t.check(not kunitmodules.suites(guest), "no suite is left")
    guest.run("systemctl start migrate-offload.service")
