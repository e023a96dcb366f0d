# SPDX-License-Identifier: GPL-2.0-only
"""What dnf installed, and that the machine boots into it with the offload on."""
import re

import product

MACHINE = "ours"

PACKAGES = ("kernel-migrate-offload", "kernel-migrate-offload-core", "kernel-migrate-offload-modules", "kmod-dcbm",
            "kmod-mtcopy", "migrate-offload", "migrate-offload-defaults", "migrate-offload-release", "migrate-offload-tools",
            "tuned-profiles-migrate-offload")


def run(guest, t):
    packages(t)
    boot(guest, t)
    units(guest, t)
    offload(guest, t)
    initramfs(t)
    t.equal(guest.run("rpm -Va", timeout=180, check=False).out, "", "rpm -Va finds nothing changed on the booted machine")


def packages(t):
    lines = [line.split("\t") for line in t.image.record("packages").splitlines()]
    signed = {name: signature for name, _, signature in lines}
    for name in PACKAGES:
        t.check(re.search(r"Key ID [0-9a-f]+", signed.get(name, "")), f"{name} is installed and signed",
                signed.get(name, "not installed"))
    t.check("kernel-migrate-offload-modules-internal" not in signed, "the modules for tests are not among what it needs")
    t.check(re.search(r"not signed|GPG check FAILED", t.image.record("unsigned")),
            "a package without signature was refused for that reason", t.image.record("unsigned")[-600:])
    t.equal(t.image.record("verify"), "", "rpm -Va finds nothing changed after the installation")


def boot(guest, t):
    t.check(guest.entry["ours"], "the kernel's own scriptlets made a boot entry with kernel and initramfs")
    t.equal(guest.out("uname -r"), guest.entry["version"], "the machine runs the kernel of that entry")
    t.check(guest.entry["options"] in guest.read("/proc/cmdline"), "and has its options")


def units(guest, t):
    t.equal(guest.out("systemctl --failed --no-legend"), "", "no unit failed")
    t.equal(guest.out("systemctl is-enabled migrate-offload.service"), "enabled", "the service is enabled by preset")
    for unit in ("migrate-offload.service", "migrate-offload.target"):
        t.equal(guest.run(f"systemctl is-active {unit}", check=False).out.strip(), "active", f"{unit} is active")
    for name in product.channels(guest):
        info = guest.out(f"udevadm info --query=property /sys/class/dma/{name}")
        t.check("migrate-offload.target" in info, f"the udev rule has {name} want the target", info)


def offload(guest, t):
    t.equal(product.migrator(guest), "dcbm", "the migrator was selected at boot")
    t.equal(sorted(product.held(guest)), sorted(product.channels(guest)), "dcbm holds every channel")
    status = guest.run("migrate-offload status --json", check=False)
    t.check('"on":true' in status.out.replace(" ", ""), "status says it is on", status.out + status.err)
    verify = guest.run("migrate-offload verify", check=False)
    t.equal(verify.status, 0, "verify agrees: " + (verify.out + verify.err).strip().replace("\n", "; "))


def initramfs_files(t, record):
    """The paths that lsinitrd listed."""
    lines = [line.split() for line in t.image.record(record).splitlines()]
    return {words[8].lstrip("/") for words in lines if len(words) > 8 and words[0][0] in "-dl"}


def initramfs(t):
    """What dracut put into an initramfs, without and with our module asked for."""
    wanted = {"usr/bin/migrate-offload", "etc/migrate-offload/pmem.conf.d/early.conf",
              "usr/lib/systemd/system/migrate-offload-pmem@.service",
              "usr/lib/udev/rules.d/91-migrate-offload-pmem.rules"}
    files = initramfs_files(t, "initramfs")
    t.equal((wanted & files, bool(files)), (set(), True), "an initramfs has no bring-up by itself")
    files = initramfs_files(t, "initramfs-pmem")
    t.equal(wanted - files, set(), "the module puts tool, unit, rule and configuration there")
    modules = {name.split("/")[-1].split(".")[0] for name in files if ".ko" in name}
    t.equal({"nfit", "nd_pmem", "dax_pmem", "device_dax", "kmem"} - modules, set(), "and the drivers")
    libraries = {name.split("/")[-1].split(".so")[0] for name in files if ".so" in name}
    t.equal({"libndctl", "libdaxctl", "libjson-c"} - libraries, set(), "and the libraries")
