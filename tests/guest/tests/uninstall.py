# SPDX-License-Identifier: GPL-2.0-only
"""dnf remove while the offload is on: it is switched off first, then everything goes."""
import product

MACHINE = "ours"


def run(guest, t):
    knobs = ("reasons", "max_batch_pages")
    t.equal(product.migrator(guest), "dcbm", "the offload is on")
    before = [guest.read(f"{product.SYSFS}/{name}") for name in knobs]

    # The tests' own addition keeps the modules, and with them the kernel.
    guest.run("dnf -y remove --noautoremove kernel-migrate-offload-modules-internal", timeout=180)
    refused = guest.run("dnf -y remove migrate-offload", timeout=180, check=False)
    t.check(refused.status and "kernel-migrate-offload-core" in refused.err + refused.out,
            "dnf does not remove the kernel that runs, and names it", refused.out + refused.err)
    t.equal(product.migrator(guest), "dcbm", "and changes nothing then")

    # Not only the service asks for it.
    setting = f"{product.CONFIG}/60-test.conf"
    guest.run(f"echo max_batch_pages = 64 >{setting} && migrate-offload enable && rm {setting}")
    t.equal(guest.read(f"{product.SYSFS}/max_batch_pages"), "64", "an administrator asks for it, too")
    guest.run("dnf -y remove --noautoremove migrate-offload migrate-offload-tools", timeout=180)
    t.equal(guest.out("rpm -qa --qf '%{NAME}\\n' | grep migrate-offload | grep -v -e ^kernel -e release || true"), "",
            "without the kernel it removes the tool and what needs it")
    t.equal(product.migrator(guest), "none", "the offload was switched off before")
    t.equal([guest.read(f"{product.SYSFS}/{name}") for name in knobs], before, "the settings are those of before")
    t.equal(guest.run("systemctl is-active migrate-offload.service", check=False).out.strip(), "inactive",
            "the service is stopped")
    guest.run("systemctl daemon-reload")
    units = guest.run("systemctl list-unit-files --no-legend 'migrate-offload*'", check=False)
    t.equal(units.out, "", "no unit is left")
    t.equal(guest.out("find /usr /etc /run/migrate-offload -name '*migrate-offload*' -not -path '*/modules/*' "
                      "-not -path '*/licenses/*' -not -path '*/doc/*' -not -name 'migrate-offload.repo' "
                      "-not -name '*RPM-GPG-KEY*' || true"), "", "nor any other file")
    guest.run("rmmod dcbm")
    t.check(product.channels(guest), "the channels are there for others")
    failed = guest.out("systemctl --failed --no-legend")
    t.check(not failed, "no unit failed", failed + guest.out("journalctl -b -q -n 40 -u 'migrate-offload*'"))
