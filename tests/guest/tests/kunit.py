# SPDX-License-Identifier: GPL-2.0-only
"""The KUnit suites of the stack and of mtcopy, from the packages of test modules."""
import kunitmodules

MACHINE = "ours"

PACKAGES = ("kernel-migrate-offload-modules-internal", "kmod-mtcopy-internal")


def run(guest, t):
    modules = kunitmodules.modules(guest)
    for package in PACKAGES:
        t.equal(guest.run(f"rpm -V {package}", check=False).out, "", f"{package} is installed as packaged")
        t.check([name for name in modules if f"/{name}.ko" in guest.out(f"rpm -ql {package}")],
                f"there are test modules in {package}")
    # They try migrators of their own, and have pages migrated that hold running programs,
    # which an engine must not copy under an interpreting emulator.
    guest.run("systemctl stop migrate-offload.service")
    for module in modules:
        kunitmodules.run(guest, t, module)
    # the suites' module goes last, with everything that it made
    guest.run("modprobe -r kunit")
    t.check(not kunitmodules.suites(guest), "no suite is left")
    guest.run("systemctl start migrate-offload.service")
