# SPDX-License-Identifier: GPL-2.0-only
"""Finds in a kernel log what must never be there."""
import re

# An unmovable page is what memory offlining says when it finds one and gives up.
SPLAT = re.compile("|".join((
    r"WARNING: ", r"BUG: ", r"kernel BUG at", r"Oops", r"general protection fault", r"Call Trace:",
    r"Kernel panic", r"unable to handle (page fault|kernel)", r"possible (circular|recursive) locking",
    r"inconsistent lock state", r"suspicious RCU usage", r"INFO: task .* blocked for more than",
    r"rcu.*(self-)?detected (expedited )?stall", r"soft lockup", r"hard LOCKUP", r"list_(add|del) corruption",
    r"refcount_t: ", r"KASAN: ", r"KFENCE: ", r"KCSAN: ", r"UBSAN: ", r"DMA-API: ", r"Bad page (state|map)",
    r"Bad rss-counter", r"sleeping function called from invalid context", r"scheduling while atomic",
    r"Object .* corrupted", r"page dumped because(?!: unmovable page)", r"nobody cared", r"detected memory corruption")))


# What the kernel prints of an allocation that it was told to let fail, when asked to.
INJECTED = re.compile(r"FAULT_INJECTION: forcing a failure\..*?</TASK>[^\n]*", re.DOTALL)


def injected(log):
    """What log says of failures that were asked for: one text each, with its call trace."""
    return INJECTED.findall(log)


def find(log):
    """The lines of log that are splats."""
    return [line for line in INJECTED.sub("", log).splitlines() if SPLAT.search(line)]
