# SPDX-License-Identifier: GPL-2.0-only
"""Allocations that fail, on the debug kernel: in selecting, one after the other; in batches, all."""
import functools
import json
import os

import product
import splats

MACHINE = "ours"

DEBUGFS = "/sys/kernel/debug"
# More than there can be; what is left of it tells how many failed.
TIMES = 1000000
SETTINGS = {"probability": 100, "interval": 1, "times": TIMES, "space": 0, "task-filter": "Y",
            "stacktrace-depth": 32, "verbose_ratelimit_interval_ms": 0}
# What checkers of the debug kernel keep account with. That of DMA mappings switches itself off
# when it gets no memory, so it does; that of objects tries again later.
NEVER = "add_dma_entry"
OBJECTS = "debug_object"
FAULTS = {"failslab": {"ignore-gfp-wait": "N", "cache-filter": "N"},
          "fail_page_alloc": {"ignore-gfp-wait": "N", "ignore-gfp-highmem": "N", "min-order": 0}}


def run(guest, t):
    product.set_channels(guest, 2)
    selecting(guest, t)
    destinations(guest, t)
    with product.no_batch_too_small(guest):  # reclaim demotes 32 folios at a time
        for folio_kib, mib in ((4, 8), (2048, 16)):
            in_batches(guest, t, folio_kib, mib)
    with product.counted(guest) as counts:
        result = product.move_pages(guest, 2048, 16)
    t.equal((result["wrong_blocks"], counts["kernel"]["folios_failed"]), (0, 0),
            "without failing allocations all is as before")
    t.equal(product.stats(guest)["folios_in_quarantine"], 0, "no page is held back")


@functools.lru_cache
def symbol_range(guest, name):
    """Begin and end of a function in the running kernel."""
    found = guest.out(f"sort /proc/kallsyms | awk '$3 == \"{name}\" {{ begin = $1; next }} "
                      "begin != \"\" && $1 != begin { print begin, $1; exit }'", timeout=120).split()
    if len(found) != 2:
        raise RuntimeError(f"/proc/kallsyms: no function {name}")
    return tuple(int(address, 16) for address in found)


def inject(guest, function=None, on=True, say_where=False):
    """Has every allocation below a function of the kernel fail."""
    begin, end = symbol_range(guest, function) if function else (0, 2**64 - 1)
    checker = symbol_range(guest, NEVER)
    settings = dict(SETTINGS, **{"require-start": begin, "require-end": end, "reject-start": checker[0],
                                 "reject-end": checker[1], "verbose": 2 if say_where else 0})
    if not on:
        settings.update(probability=0, times=1)
    for fault, own in FAULTS.items():
        guest.run("set -e; cd " + f"{DEBUGFS}/{fault}; " +
                  "; ".join(f"echo {value} >{name}" for name, value in {**own, **settings}.items()))


def injected(guest):
    """How many allocations were made to fail."""
    return sum(TIMES - int(guest.read(f"{DEBUGFS}/{fault}/times")) for fault in FAULTS)


def selecting(guest, t):
    guest.run("systemctl stop migrate-offload.service")
    inject(guest, on=False)  # only quiet
    found = product.python(guest, "failnth.py", f"{product.SYSFS}/migrator", "dcbm", "none", timeout=300)
    ended = found["results"]
    t.check(found["complete"] and ended, "selecting: every allocation was made to fail once", found)
    t.note(f"selecting: {len(ended)} allocations, {sum(e != '0' for e, _ in ended)} of them refuse it")
    t.check(any(e == "ENOMEM" for e, _ in ended), "selecting: without memory it is refused with ENOMEM", ended)
    t.check(all(("[dcbm]" in text) == (e == "0") for e, text in ended),
            "selecting: refused means not selected, and the other way round", ended)
    guest.run("systemctl start migrate-offload.service")
    product.wait_migrator(guest, "dcbm")
    t.equal(len(product.held(guest)), 2, "selecting: afterwards dcbm has all channels")


def demote(guest, folio_kib, mib):
    """Demotion in a task whose allocations may be made to fail."""
    with open(os.path.join(product.PROGRAMS, "demote.py"), "rb") as program:
        started = guest.start(f"echo 1 >/proc/self/make-it-fail && exec python3 - {folio_kib} {mib}",
                              stdin=program.read())
    ended = guest.finish(started, "demote.py", 180)
    if ended.status:
        raise RuntimeError(f"demote.py: status {ended.status}: {ended.err.strip()[-500:]}")
    return json.loads(ended.out)


def with_failures(guest, t, name, folio_kib, mib, function, say_where=False):
    """Demotes meanwhile; returns what the kernel counted and how many allocations failed."""
    inject(guest, function, say_where=say_where)
    try:
        with product.counted(guest) as counts:
            result = demote(guest, folio_kib, mib)
        failures = injected(guest)
    finally:
        inject(guest, on=False)
    t.equal(result["wrong_blocks"], 0, f"{name}: all bytes right")
    t.check(product.adds_up(counts["kernel"]), f"{name}: counters add up", counts["kernel"])
    t.note(f"{name}: {failures} allocations failed; {result['demoted']} bytes demoted; {counts['kernel']}")
    return counts["kernel"], failures, result["demoted"]


def destinations(guest, t):
    """Without destinations nothing can be demoted: shows that allocations do fail."""
    name = "every allocation of a destination fails"
    kernel, failures, demoted = with_failures(guest, t, name, 4, 8, "alloc_demote_folio")
    t.check(failures > 0, f"{name}: there were some")
    t.equal((demoted, kernel["folios_offloaded"]), (0, 0), f"{name}: nothing is demoted")


def in_batches(guest, t, folio_kib, mib):
    """Core, dcbm and the engine's driver need no memory: with nothing to be had they copy as ever."""
    name = f"every allocation in batches fails, {folio_kib} KiB"
    before = len(splats.injected(guest.kernel_log()))
    kernel, failures, demoted = with_failures(guest, t, name, folio_kib, mib, "migrate_offload_batch", say_where=True)
    traces = splats.injected(guest.kernel_log())[before:]
    t.equal(len(traces), failures, f"{name}: the kernel says where each of them was")
    ours = [trace for trace in traces if OBJECTS not in trace]
    t.note(f"{name}: {failures - len(ours)} of them were of the checker of objects")
    t.check(not ours, f"{name}: there was none to fail", "\n".join(ours[:3]))
    t.check(demoted >= mib << 19, f"{name}: at least half was demoted", demoted)
    t.check(kernel["folios_offloaded"] > 0 and kernel["folios_failed"] == 0, f"{name}: engines copy all", kernel)
