# SPDX-License-Identifier: GPL-2.0-only
"""A machine check in the middle of the CPU's copy: only that page is lost, and its owner told.

QEMU can raise a machine check at any instruction, not on an access to bad memory. So a CPU
is stopped by QEMU's debugger interface where folio_mc_copy() reads the page in question,
and goes on into a machine check that says what hardware would: data load, address of that
page, action required, restart possible. The kernel's handler, its fixup of the copy, the
migration that fails and the memory failure that follows are all real."""
import contextlib

import kunitmodules
import product
from progress import wait_until

MACHINE = "recovering"

MIB = 16
HUGE_KIB = 2048
READY = "/run/poison.ready"
COPY = "copy_mc_enhanced_fast_string"
MOVE = "__x64_sys_move_pages"
REP_MOVSB = b"\xf3\xa4"

# valid, uncorrected, enabled, MISC and ADDR valid, signalled, action required; data load
STATUS = 0xbd80_0000_0000_0134
# restart IP valid, error IP valid, in progress, this CPU only
MCG_STATUS = 0xf
# a physical address, good to a cache line
MISC = 0x86
BANK = 4

PAGE = 4096
# how long the guest waits before it moves the pages: the breakpoint has to be there then
HEAD_START = 3
# how long the guest may be silent then
STALL = 240


def run(guest, t):
    t.check(" erms " in guest.read("/proc/cpuinfo"), "the CPU is one that copies by rep movsb")
    # skipped on the other machines, for want of that
    kunitmodules.run(guest, t, "folio_copy_kunit", "folio_copy.fault_is_fixed_up")
    # Huge pages last: the kernel may free one as a whole with a page in it that was struck,
    # and that page would be somebody's again.
    for folio_kib in (4, HUGE_KIB):
        struck(guest, t, folio_kib)


def struck(guest, t, folio_kib):
    name = f"{MIB} MiB in folios of {folio_kib} KiB, three pages cannot be read"
    checks = machine_checks(guest)
    running = product.start_python(guest, "poison.py", "wait", "move_pages", folio_kib, MIB * 1024, 0, 1)
    wait_until("the pages to be known", lambda: guest.run(f"test -e {READY}", check=False).status == 0, 60)
    pfns = [int(word) for word in guest.read(READY).split()]
    strikes = strike(guest, pfns)
    result = product.finish_python(guest, running, "poison.py")
    t.note(f"{name}: {strikes} strikes, {result}")
    t.check(all(strikes.values()), f"{name}: a machine check struck each", strikes)
    t.equal(machine_checks(guest) - checks, sum(strikes.values()), f"{name}: the kernel counts all of them")
    # Memory failure takes the page away at once, if it does not come while the migration
    # still has it; if so, the next who reads it would be struck, as the copy was.
    t.check(all(page["read"] == "SIGBUS" or page["node"] == 0 for page in result["poisoned"]),
            f"{name}: none of them arrives", result["poisoned"])
    log = guest.kernel_log()
    t.equal([pfn for pfn in pfns if f"Memory failure: {pfn:#x}: " not in log], [], f"{name}: each is reported by its number")
    t.equal(result["wrong_pages"], 0, f"{name}: every other byte is right")
    # What is in one folio with a struck page stays where it is.
    stay = len(pfns) * (folio_kib * 1024 // PAGE - 1)
    t.equal(result["unmoved"], stay, f"{name}: all other folios moved")


def machine_checks(guest):
    """How many the kernel's handler has seen."""
    return sum(int(word) for word in guest.out("sed -n 's/^ *MCE: *//p' /proc/interrupts").split() if word.isdigit())


def symbols(guest, *names):
    """Their addresses."""
    found = dict(reversed(line.split()) for line in guest.out(
        f"grep -E ' ({'|'.join(names)})$' /proc/kallsyms | cut -d' ' -f1,3").splitlines())
    return [int(found[name], 16) for name in names]


def strike(guest, pfns):
    """Lets the migration go on, and a machine check strike whenever one of the pages is about
    to be copied; returns how often each was struck."""
    copy, move, base = symbols(guest, COPY, MOVE, "page_offset_base")
    # The agent gets no answer out of a guest that is stopped: it has to be told before.
    guest.start(f"sleep {HEAD_START}; rm {READY}")
    strikes = dict.fromkeys(pfns, 0)
    with contextlib.closing(guest.debugger()) as debugger:
        base = int.from_bytes(debugger.memory(base, 8), "little")
        movsb = copy + debugger.memory(copy, 64).index(REP_MOVSB)
        debugger.break_at(copy)
        debugger.break_at(move)
        moves = 0
        while True:
            registers, cpu = debugger.run(seconds=STALL)
            if registers["rip"] == move:
                moves += 1
                if moves == 2:  # the first moves, the second only asks where the pages are
                    break
                debugger.step_over(move)
                continue
            first, size = (registers["rsi"] - base) // PAGE, registers["rdx"]
            hit = [pfn for pfn in pfns if first <= pfn < first + size // PAGE]
            if not hit:
                debugger.step_over(copy)
                continue
            debugger.step_to(movsb, leaving=copy)
            guest.monitor(f"mce {cpu} {BANK} {STATUS:#x} {MCG_STATUS:#x} {hit[0] * PAGE:#x} {MISC:#x}")
            strikes[hit[0]] += 1
        debugger.no_break_at(copy)
        debugger.no_break_at(move)
    return strikes
