# SPDX-License-Identifier: GPL-2.0-only
"""mtcopy: idle CPUs help to copy, busy and isolated ones do not, and no byte is lost either way.

CPU 3 is isolated by the kernel's command line, and CPU 2 later by a cpuset partition. That
somebody helps is asked only where CPUs are idle, that nobody does where none is."""
import contextlib
import json

import product
from progress import wait_until

MACHINE = "cpus"

PARAMETERS = "/sys/module/mtcopy/parameters"
COUNTERS = ("folios", "folios_failures", "bytes_caller", "bytes_helpers", "helper_ns", "helpers_started")
ISOLATED = 3
CPUS = (0, 1, 2)  # the others
GROUP = "/sys/fs/cgroup/mtcopy-isolated"
SIZES = ((2048, 32), (4, 16))  # KiB of a folio, MiB in all
TRIES = 15


def run(guest, t):
    without_channels(guest, t)
    by_configuration(guest, t)
    guest.run("rmmod mtcopy")
    guest.run("migrate-offload enable --migrator mtcopy")
    selected(guest, t)
    nobody_else(guest, t)
    for folio_kib, mib in SIZES:
        helped(guest, t, folio_kib, mib)
    isolated_later(guest, t)
    busy(guest, t)
    disturbed(guest, t)
    unloaded(guest, t)


def counters(guest):
    return {name: int(guest.read(f"{PARAMETERS}/{name}")) for name in COUNTERS}


def helpers(guest):
    """CPU by CPU, the helper's scheduling class, where it ran last, and for how many ns."""
    threads = guest.out("ps -e -o pid=,cls=,psr=,comm= | grep ' mtcopy/' || true").splitlines()
    found = {}
    for pid, policy, cpu, name in (line.split() for line in threads):
        ran = int(guest.read(f"/proc/{pid}/schedstat").split()[0])
        found[int(name.removeprefix("mtcopy/"))] = (policy, int(cpu), ran)
    return found


def state(guest, unit):
    return guest.run(f"systemctl is-active {unit}", check=False).out.strip()


@contextlib.contextmanager
def running(guest, commands, seconds=120):
    """Has commands run meanwhile; what is left of them ends by itself."""
    pids = [guest.start(f"exec timeout {seconds} {command}") for command in commands]
    try:
        yield
    finally:
        guest.run("kill " + " ".join(map(str, pids)))
        for pid in pids:
            guest.finish(pid, "what disturbed", 30)


def without_channels(guest, t):
    """As it comes, on a machine without DMA channels: off, and nothing has failed."""
    t.equal(guest.out("systemctl is-enabled migrate-offload-boot.service"), "enabled",
            "what starts the service for mtcopy at boot is enabled")
    t.equal((state(guest, "migrate-offload.service"), product.migrator(guest), product.failed_units(guest)),
            ("inactive", "none", []), "with dcbm configured and no channel, the service does not start, and no unit fails")
    status = guest.out("migrate-offload status")
    t.check("no DMA channel" in status and "--migrator mtcopy" in status, "status says why, and names mtcopy", status)


def by_configuration(guest, t):
    """The way of a boot: configured, the service starts without any device."""
    guest.run(f"echo 'migrator = mtcopy' >{product.CONFIG}/60-test.conf && systemctl start migrate-offload-boot.service")
    product.wait_migrator(guest, "mtcopy")
    wait_until("the service to start", lambda: state(guest, "migrate-offload.service") == "active", 30)
    verify = guest.run("migrate-offload verify --holder service", check=False)
    t.equal(verify.status, 0, "configured, it is on without a channel: " + verify.out.strip().replace("\n", "; "))
    guest.run(f"echo none >{product.SYSFS}/migrator")
    wait_until("the service to stop", lambda: state(guest, "migrate-offload.service") == "inactive", 30)
    guest.run(f"rm {product.CONFIG}/60-test.conf; systemctl start migrate-offload-boot.service")
    t.equal((product.migrator(guest), product.failed_units(guest)), ("none", []),
            "deselected by hand, the service stops; not configured, it does not start; and no unit fails")


def selected(guest, t):
    t.equal(product.migrator(guest), "mtcopy", "enable loads and selects it")
    t.equal(guest.run("migrate-offload verify", check=False).status, 0, "verify agrees")
    status = json.loads(guest.out("migrate-offload status --json"))
    t.equal((status["on"], status["migrator"], status["why_off"]), (True, "mtcopy", []), "status says that it is on")
    found = helpers(guest)
    t.equal(sorted(found), list(CPUS), "there is a helper for each CPU, but for the isolated one")
    t.check(all(policy == "IDL" for policy, _, _ in found.values()), "their class is SCHED_IDLE", found)
    t.check(guest.run("rmmod mtcopy", check=False).status, "the module cannot be removed while it is selected")


def nobody_else(guest, t):
    """CPU 0 alone is not enough, though the isolated one is online."""
    guest.run(f"echo none >{product.SYSFS}/migrator && echo 0 | tee /sys/devices/system/cpu/cpu[12]/online")
    try:
        t.equal(guest.read("/sys/devices/system/cpu/online"), f"0,{ISOLATED}", "one CPU and the isolated one are online")
        refused = guest.run(f"echo mtcopy >{product.SYSFS}/migrator", check=False)
        t.check(refused.status and "No such device" in refused.err, "with one CPU and an isolated one it is refused", refused.err)
        t.equal((product.migrator(guest), helpers(guest)), ("none", {}), "and leaves no helper behind")
    finally:
        guest.run("echo 1 | tee /sys/devices/system/cpu/cpu[12]/online")
    guest.run(f"echo mtcopy >{product.SYSFS}/migrator")
    t.equal(sorted(helpers(guest)), list(CPUS), "with the others back it is selected again")


def moved(guest, t, name, folio_kib, mib):
    """Moves memory, and checks what must be so, whoever copies. Returns both kinds of counters."""
    before = counters(guest)
    with product.counted(guest) as counts:
        result = product.move_pages(guest, folio_kib, mib)
    kernel, ours = counts["kernel"], product.delta(counters(guest), before)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: the kernel's counters add up", kernel)
    t.equal((ours["bytes_caller"] + ours["bytes_helpers"], ours["folios"], ours["folios_failures"]),
            (kernel["bytes_offloaded"], kernel["folios_offloaded"], 0), f"{name}: and mtcopy's agree with them")
    return kernel, ours


def helped(guest, t, folio_kib, mib):
    name = f"{mib} MiB in folios of {folio_kib} KiB"
    before = helpers(guest)
    kernel, ours = moved(guest, t, name, folio_kib, mib)
    after = helpers(guest)
    t.note(f"{name}: {kernel['bytes_offloaded'] >> 10} of {kernel['bytes_offered'] >> 10} KiB offloaded, of these "
           f"{ours['bytes_helpers'] >> 10} KiB by helpers, who took part {ours['helpers_started']} times")
    t.check(ours["bytes_helpers"] and ours["helpers_started"] and ours["helper_ns"], f"{name}: helpers copied", ours)
    t.check(any(after[cpu][2] > before[cpu][2] for cpu in CPUS), f"{name}: and ran for it", (before, after))
    t.equal({cpu: where for cpu, (_, where, _) in after.items()}, {cpu: cpu for cpu in CPUS}, f"{name}: each on its CPU")


def isolated_later(guest, t):
    """A CPU that a cpuset partition isolates helps no more."""
    guest.run(f"echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control; mkdir {GROUP} && cd {GROUP} && echo 2 >cpuset.cpus && "
              "echo 2 >cpuset.cpus.exclusive && echo isolated >cpuset.cpus.partition")
    try:
        t.equal(guest.read(f"{GROUP}/cpuset.cpus.partition"), "isolated", "a cpuset partition isolates CPU 2")
        before = helpers(guest)
        _, ours = moved(guest, t, "with a partition", 2048, 16)
        after = helpers(guest)
        t.equal(after[2], before[2], "with a partition: its helper did not run")
        t.check(ours["bytes_helpers"] > 0, "with a partition: others helped", ours)
    finally:
        guest.run(f"rmdir {GROUP}")


def busy(guest, t):
    """A task on each CPU: nobody is asked, and the caller copies alone."""
    with running(guest, [f"taskset -c {cpu} bash -c 'while :; do :; done'" for cpu in CPUS]):
        guest.wait("CPUs to be busy", f"[ $(pgrep -c -f '^bash -c [w]hile') = {len(CPUS)} ]")
        kernel, ours = moved(guest, t, "every CPU busy", 2048, 8)
    t.equal((ours["bytes_helpers"], kernel["folios_offloaded"], kernel["bytes_declined_migrator"] > 0),
            (0, 0, True), "every CPU busy: nobody helped, and the kernel counted that mtcopy declined")


def disturbed(guest, t):
    """Whatever takes the helpers' CPUs away, or mtcopy itself, costs no byte."""
    flicker = "import time\nwhile True:\n e = time.monotonic() + .002\n while time.monotonic() < e: pass\n time.sleep(.002)"
    commands = {
        "CPUs taken by a higher class": [f"chrt -f 50 taskset -c {cpu} python3 -c '{flicker}'" for cpu in CPUS[1:]],
        "CPUs going offline": ["bash -c 'cd /sys/devices/system/cpu; while :; do for n in 1 2; do "
                               "echo 0 >cpu$n/online; sleep .05; echo 1 >cpu$n/online; done; done'"],
        "selected and deselected": [f"bash -c 'while :; do sleep 1; echo none; echo mtcopy; done "
                                    f">{product.SYSFS}/migrator'"],
    }
    for name, disturbing in commands.items():
        with running(guest, disturbing):
            # On a busy host, CPUs of the guest may not be idle for a while.
            for _ in range(TRIES):
                kernel, _ = moved(guest, t, name, 2048, 24)
                if kernel["folios_offloaded"]:
                    break
        t.check(kernel["folios_offloaded"] > 0, f"{name}: mtcopy copied some of it", kernel)
    guest.run(f"echo 1 | tee /sys/devices/system/cpu/cpu[12]/online; echo mtcopy >{product.SYSFS}/migrator")
    t.equal(sorted(helpers(guest)), list(CPUS), "afterwards every CPU has its helper again")


def unloaded(guest, t):
    guest.run("migrate-offload disable")
    t.equal((product.migrator(guest), helpers(guest)), ("none", {}), "disable ends the helpers")
    t.equal(guest.run("ls /sys/module/mtcopy", check=False).status, 2, "and unloads the module that enable loaded")
    folder = "/usr/lib/modules/$(uname -r)/extra/mtcopy"
    missing = guest.run(f"mv {folder} /run/ && migrate-offload enable --migrator mtcopy", check=False)
    t.check(missing.status == 5 and "kmod-mtcopy" in missing.err, "without the module, the tool names its package",
            missing.err)
    guest.run(f"mv /run/mtcopy {folder}")
    t.equal((product.migrator(guest), product.failed_units(guest)), ("none", []), "and nothing is left behind")
