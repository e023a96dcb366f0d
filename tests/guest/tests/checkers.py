# SPDX-License-Identifier: GPL-2.0-only
"""The debug kernel's checkers were on all the time, and found nothing."""
import re
import time

MACHINE = "ours"

KMEMLEAK = "/sys/kernel/debug/kmemleak"
OPTIONS = ("PROVE_LOCKING", "DEBUG_ATOMIC_SLEEP", "PROVE_RCU", "KASAN", "DEBUG_VM", "DEBUG_VM_PGFLAGS",
           "DEBUG_KMEMLEAK", "FAILSLAB", "FAIL_PAGE_ALLOC", "DEBUG_LIST", "DEBUG_OBJECTS_FREE", "DEBUG_OBJECTS_WORK",
           "PAGE_POISONING", "DMA_API_DEBUG")
OURS = re.compile(r"migrate_offload|migrator|dcbm|\bpt_\w|ptdma|ae4|copy_(mc_)?(highpages|pages)|folio_(mc_)?copy|memmap_init|kunit")
# An object younger than this is not called leaked.
MIN_AGE = 6


def run(guest, t):
    configuration = guest.out("cat /usr/lib/modules/$(uname -r)/config").splitlines()
    t.equal([o for o in OPTIONS if f"CONFIG_{o}=y" not in configuration], [], "the kernel is the debug kernel")
    lockdep = guest.read("/proc/lockdep_stats")
    t.check(re.search(r"^ *debug_locks: +1$", lockdep, re.MULTILINE), "lockdep has not switched itself off", lockdep)
    t.check("ODEBUG: Out of memory" not in guest.kernel_log(), "nor has the tracking of objects")
    leaks(guest, t)


def leaks(guest, t):
    """Twice, because a pointer that is moving can be missed once."""
    guest.run("modprobe -r kunit", check=False)
    for _ in range(2):
        time.sleep(MIN_AGE)
        guest.run(f"echo scan >{KMEMLEAK}", timeout=300)
    found = re.split(r"^(?=unreferenced object)", guest.out(f"cat {KMEMLEAK}", timeout=120), flags=re.MULTILINE)
    found = [report for report in found if report.strip()]
    ours = [report for report in found if OURS.search(report)]
    t.check(not ours, "kmemleak finds nothing of ours", "\n".join(ours[:5]))
    t.note(f"kmemleak: {len(found)} suspects in the whole kernel")
    log = guest.kernel_log()
    t.check("kmemleak: Kernel memory leak detector disabled" not in log, "kmemleak was on until the end")
