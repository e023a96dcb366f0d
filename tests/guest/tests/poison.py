# SPDX-License-Identifier: GPL-2.0-only
"""Memory that goes bad before it is moved: never delivered, never given to an engine."""
import product

MACHINE = "ours"

MIB = 16
HUGE_KIB = 2048
UNPOISON = "/sys/kernel/debug/hwpoison/unpoison-pfn"


def run(guest, t):
    product.set_channels(guest, 2)
    corrupted = hardware_corrupted(guest)
    guest.run("modprobe hwpoison-inject")
    for inject in ("madvise", "debugfs"):
        for folio_kib in (HUGE_KIB, 4):
            for move in ("move_pages", "mbind"):
                moved(guest, t, inject, move, folio_kib)
    unsplit(guest, t)
    guest.run("modprobe -r hwpoison-inject")
    t.equal(hardware_corrupted(guest), corrupted, "at the end no page is taken for broken any more")


def hardware_corrupted(guest):
    return guest.out("sed -n 's/^HardwareCorrupted: *//p' /proc/meminfo")


def unpoison(guest, result):
    """Only pages that were broken by software can be mended."""
    for pfn in result["pfns"]:
        guest.run(f"echo {pfn} >{UNPOISON}")


def moved(guest, t, inject, move, folio_kib):
    """The kernel splits a huge page with poison in it, and takes the poisoned page away from
    the process: what is left moves, by the engines, and nothing else does."""
    name = f"{MIB} MiB in folios of {folio_kib} KiB, poisoned by {inject}, moved by {move}"
    with product.counted(guest) as counts:
        result = product.python(guest, "poison.py", inject, move, folio_kib, MIB * 1024, 0, 1)
    checked(t, name, result, folio_kib)
    broken = len(result["pfns"])
    kernel = counts["kernel"]
    t.equal(kernel["bytes_offloaded"], result["bytes"] - broken * 4096, f"{name}: the engines got all but the broken pages")
    t.equal(counts["engine_bytes"], kernel["bytes_offloaded"], f"{name}: and counted what the kernel counted")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)
    unpoison(guest, result)


def checked(t, name, result, folio_kib):
    if folio_kib == HUGE_KIB:
        t.equal(result["huge_kib_before"], MIB * 1024, f"{name}: are such")
    t.equal([page["read"] for page in result["poisoned"]], ["SIGBUS"] * 3,
            f"{name}: who reads a broken page is told, and gets no content")
    t.equal(result["wrong_pages"], 0, f"{name}: every other byte is right")
    t.equal(result["unmoved"], 0, f"{name}: every other page moved")


def unsplit(guest, t):
    """A huge page that somebody holds cannot be split: it stays mapped with the poison in
    it. Where poison is real, the CPU's copy ends in a machine check, and that ends the
    migration; an engine would copy on. So no engine may get it. Here poison is only a mark,
    and the CPU copies what an engine must not."""
    name = f"{MIB} MiB in folios of {HUGE_KIB} KiB, three of them poisoned and held"
    with product.counted(guest) as counts:
        result = product.python(guest, "poison.py", "pinned", "move_pages", HUGE_KIB, MIB * 1024, 0, 1)
    t.equal((result["huge_kib_before"], result["huge_kib_poisoned"]), (MIB * 1024, MIB * 1024), f"{name}: stay huge")
    t.equal(result["told"], 3, f"{name}: the process is told of each")
    kernel = counts["kernel"]
    t.equal(kernel["bytes_offered"], result["bytes"] - 3 * HUGE_KIB * 1024, f"{name}: only the others are offered")
    t.equal(counts["engine_bytes"], kernel["bytes_offered"], f"{name}: and copied by the engines")
    t.equal((result["wrong_pages"], result["unmoved"]), (0, 0), f"{name}: every other byte is right, and moved")
    t.note(f"{name}: {result['poisoned']}")
    unpoison(guest, result)
