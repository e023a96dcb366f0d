# SPDX-License-Identifier: GPL-2.0-only
"""A node of persistent memory comes and goes: engines copy to it, from it, and out of it.

Only this node's memory is ever taken offline here: nothing runs from it, so no engine gets
code to copy, which an interpreting emulator would go on running from its old place."""
import nvdimm
import product
from machine import CXL, DRAM, PMEM
from progress import wait_until

MACHINE = "tiers"

ROUNDS = 3
SIZES = ((2048, 32), (4, 8))
READY = "/run/poison.ready"
TRACE = "/sys/kernel/tracing/instances/pmem"
MEMORY = "/sys/devices/system/memory"
# How late an engine writes that has been given up, in ms: long enough to look at what that means.
LATE = 20000
# When it is given up, in ms: offlining has begun by then.
HANGS = 3000


def run(guest, t):
    t.equal(nvdimm.nodes(guest), [DRAM, CXL], "at first there are two nodes")
    failed = product.failed_units(guest)
    guest.run("modprobe hwpoison-inject")
    with nvdimm.namespace(guest):
        for number in range(1, ROUNDS + 1):
            appears(guest, t, f"round {number}", number == 1)
    guest.run("modprobe -r hwpoison-inject")
    t.equal(product.failed_units(guest), failed, "no unit failed meanwhile")
    t.equal(product.migrator(guest), "dcbm", "at the end the offload is on as before")


def appears(guest, t, name, first):
    nvdimm.join(guest)
    t.equal(nvdimm.nodes(guest), [DRAM, CXL, PMEM], f"{name}: the node is there")
    zones = guest.out(f"cat /sys/devices/system/node/node{PMEM}/memory*/valid_zones | sort -u")
    t.equal(zones, "Movable", f"{name}: all of it is movable")
    for folio_kib, mib in SIZES:
        for source in (DRAM, CXL):
            moved(guest, t, f"{name}: node {source} and node {PMEM}", folio_kib, mib, source)
    if first:
        held_back(guest, t)
        held_back_later(guest, t)
    for folio_kib, mib in SIZES:
        emptied(guest, t, name, folio_kib, mib, poison=first and folio_kib == 4)
        if folio_kib == 2048:
            nvdimm.join(guest)
    t.equal(nvdimm.nodes(guest), [DRAM, CXL], f"{name}: the node is gone")


def moved(guest, t, name, folio_kib, mib, source):
    name = f"{name}, {mib} MiB in folios of {folio_kib} KiB there, back and there"
    with product.counted(guest) as counts:
        result = product.python(guest, "movepages.py", folio_kib, mib, source, PMEM)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    offloaded(t, name, counts, 3 * mib << 20)


def offloaded(t, name, counts, wanted):
    kernel = counts["kernel"]
    t.equal((kernel["bytes_offloaded"], counts["engine_bytes"]), (wanted, wanted), f"{name}: all of it by engines")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)


def emptied(guest, t, name, folio_kib, mib, poison):
    """The node goes while a process has memory there."""
    name = f"{name}, offline with {mib} MiB in folios of {folio_kib} KiB there"
    running = product.start_python(guest, "poison.py", "debugfs" if poison else "none", "wait",
                                   folio_kib, mib * 1024, PMEM, CXL)
    wait_until("the memory to be filled", lambda: guest.run(f"test -e {READY}", check=False).status == 0, 60)
    with product.counted(guest) as counts:
        nvdimm.offline(guest)
        guest.run(f"rm {READY}")
        result = product.finish_python(guest, running, "poison.py")
    nvdimm.leave(guest)
    t.equal((result["unmoved"], result["wrong_pages"]), (0, 0), f"{name}: all moved to the nearest node, all bytes right")
    broken = [page["read"] for page in result["poisoned"]]
    if poison:
        t.equal(broken, ["SIGBUS"] * 3, f"{name}: but for the broken pages, and who reads one is told")
    offloaded(t, name, counts, result["bytes"] - 4096 * len(broken))


def held_back(guest, t):
    """A page that an engine may still write to keeps its memory block, and says so at once."""
    guest.run(f"mkdir {TRACE} && echo 1 >{TRACE}/events/migrate/migrate_offload_quarantine/enable")
    try:
        for engine in guest.engines.values():
            engine.do(f"late {LATE}")
        guest.engines[0].do("hang next")
        result = product.python(guest, "movepages.py", 2048, 2, DRAM, PMEM)
        for engine in guest.engines.values():
            engine.do("late 0")
        t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "an engine hangs: all moved, all bytes right")
        seen = guest.out(f"sed -n 's/.*migrate_offload_quarantine:.* pfn=\\(0x[0-9a-f]*\\).*/\\1/p' {TRACE}/trace")
        pages = [int(pfn, 16) for pfn in seen.split()]
        t.equal((product.stats(guest)["folios_in_quarantine"], len(pages)), (1, 1), "its page is in quarantine")
        block = f"{MEMORY}/memory{pages[0] * 4096 // int(guest.read(f'{MEMORY}/block_size_bytes'), 16)}"
        refused = guest.run(f"echo offline >{block}/state", check=False, timeout=10)
        t.check("busy" in refused.err, "its memory block cannot be taken offline: busy", refused.err)
        t.equal(product.stats(guest)["folios_in_quarantine"], 1, "which is said while the page is still there")
        wait_until("the quarantine to be empty", lambda: product.stats(guest)["folios_in_quarantine"] == 0, 60)
        guest.run(f"echo offline >{block}/state && echo online_movable >{block}/state", timeout=30)
    finally:
        guest.run(f"rmdir {TRACE}")


def held_back_later(guest, t):
    """A page whose engine is found to hang only while its block is being taken offline ends that, too."""
    only, *others = guest.out(f"ls -d /sys/devices/system/node/node{PMEM}/memory[0-9]*").split()
    limit = f"{product.DCBM}/timeout_min_ms"
    usual, hung = guest.read(limit), guest.engines[0].stats()["hangs_injected"]
    guest.run(f"echo {HANGS} >{limit}; echo offline | tee {' '.join(f'{block}/state' for block in others)}", timeout=60)
    try:
        for engine in guest.engines.values():
            engine.do(f"late {LATE}")
        guest.engines[0].do("hang next")
        running = product.start_python(guest, "movepages.py", 2048, 2, DRAM, PMEM, 1, 1)
        wait_until("the engine to hang", lambda: guest.engines[0].stats()["hangs_injected"] > hung, 60, interval=0.1)
        refused = guest.run(f"echo offline >{only}/state", check=False, timeout=30)
        t.check("busy" in refused.err, "an engine hangs while memory is taken offline: that ends, with busy", refused.err)
        t.equal(product.stats(guest)["folios_in_quarantine"], 1, "for a page in quarantine")
        t.equal(product.finish_python(guest, running, "movepages.py")["wrong_blocks"], 0, "all bytes are right")
    finally:
        product.heal(guest)
        guest.run(f"echo {usual} >{limit}; echo online_movable | tee {' '.join(f'{block}/state' for block in others)}")
    wait_until("the quarantine to be empty", lambda: product.stats(guest)["folios_in_quarantine"] == 0, 60)
