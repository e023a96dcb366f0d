# SPDX-License-Identifier: GPL-2.0-only
"""dnf remove: no file, unit, module or boot entry of ours stays behind."""
MACHINE = "base"

# as install-image lists them
FILES = (r"cd / && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./var/log "
         r"-o -path ./var/cache -o -path ./var/lib/rpm -o -path ./var/lib/dnf \) -prune -o -print | LC_ALL=C sort")


def run(guest, t):
    t.equal(guest.run("rpm -Va", timeout=180, check=False).out, "", "rpm -Va finds nothing changed before")
    running = set(guest.out(FILES).splitlines())
    installed = set(t.image.record("files-after").splitlines())
    before = set(t.image.record("files-before").splitlines())
    # what the machine itself wrote since it was booted is none of the packages' business
    written = running - installed

    guest.run("dnf -y remove migrate-offload", timeout=300)
    t.equal(guest.run("rpm -q migrate-offload", check=False).status, 1, "dnf removes migrate-offload")
    ours = [name for name in guest.out("rpm -qa --qf '%{NAME}\\n'").split() if name != "guest-distribution"
            and not name.startswith("gpg-pubkey")]
    guest.run(f"dnf -y remove {' '.join(ours)}", timeout=300)
    t.equal(guest.out("rpm -qa --qf '%{NAME}\\n' | grep -e migrate -e dcbm || true"), "", "and the rest, kernel included")

    left = set(guest.out(FILES).splitlines()) - before - written
    t.equal(sorted(left), [], "no file is left behind")
    t.equal(guest.out("grep -l mo /boot/loader/entries/*.conf | grep -v deb13 || true"), "", "no boot entry")
    t.equal(guest.out("ls /usr/lib/modules").split(), [guest.out("uname -r")], "no modules but the running kernel's")
    guest.run("systemctl daemon-reload")
    t.equal(guest.run("systemctl list-unit-files --no-legend 'migrate-offload*'", check=False).out, "", "no unit")
    t.equal(guest.out("find /etc/systemd -name '*migrate*'"), "", "no link to one")
    t.equal(guest.run("rpm -Va", timeout=180, check=False).out, "", "rpm -Va finds nothing changed after")
