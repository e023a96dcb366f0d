# SPDX-License-Identifier: GPL-2.0-only
"""Demotion through the engines: reclaim copies, and nothing is allocated for that."""
import itertools

import product

MACHINE = "ours"

TRACE = "/sys/kernel/tracing/instances/noalloc"
EVENTS = ("migrate/migrate_offload_batch_begin", "migrate/migrate_offload_batch", "kmem/kmalloc",
          "kmem/kmem_cache_alloc", "kmem/mm_page_alloc", "percpu/percpu_alloc_percpu")
OURS = ("[ptdma]", "[dcbm]")
# The debug kernel notes every DMA mapping down.
CHECKERS = ("add_dma_entry", "debug_objects_fill_pool")


def run(guest, t):
    product.set_channels(guest, 2)
    guest.run(f"mkdir {TRACE}")
    try:
        begin_trace(guest)
        with product.no_batch_too_small(guest):  # reclaim demotes 32 folios at a time
            for folio_kib, mib in ((4, 16), (2048, 64)):
                demoted(guest, t, folio_kib, mib)
    finally:
        guest.run(f"rmdir {TRACE}", check=False)


def begin_trace(guest):
    guest.run(f"cd {TRACE} && echo 0 >tracing_on && echo 65536 >buffer_size_kb && echo 1 >options/stacktrace && "
              "echo 1 >options/sym-offset && echo 0 >options/overwrite && "
              + " && ".join(f"echo 1 >events/{event}/enable" for event in EVENTS))


def interrupt_is_ours(stack):
    """Any interrupt may fall into a batch; what is above its entry on the stack tells whose it is."""
    above = itertools.takewhile(lambda frame: not frame.startswith("asm_"), stack)
    return any(name in frame for frame in above for name in OURS)


def demoted(guest, t, folio_kib, mib):
    """Demotes, and looks at all that was allocated meanwhile."""
    name = f"{mib} MiB in folios of {folio_kib} KiB"
    guest.run(f"echo >{TRACE}/trace")
    with product.counted(guest) as counts:
        result = product.python(guest, "demote.py", folio_kib, mib, TRACE)
    kernel = counts["kernel"]
    t.check(result["demoted"] >= mib << 19, f"{name}: at least half was demoted", result)
    t.equal(result["wrong_blocks"], 0, f"{name}: all bytes right")
    t.check(kernel["bytes_offloaded"] >= mib << 19, f"{name}: engines copied it", kernel)
    t.equal(counts["engine_bytes"], kernel["bytes_offloaded"], f"{name}: the engines counted what the kernel counted")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)

    seen = product.python(guest, "allocations.py", TRACE)
    t.equal((seen["unpaired"], seen["lost"]), (0, 0), f"{name}: the trace is complete")
    t.check(seen["batches"] > 0 and seen["outside"] > 0,
            f"{name}: it has batches, and allocations outside of them", {k: seen[k] for k in ("batches", "outside")})
    inside = [e for e in seen["inside"] if (not e["interrupt"] or interrupt_is_ours(e["stack"])) and
              not any(checker in frame for frame in e["stack"] for checker in CHECKERS)]
    t.note(f"{name}: {seen['batches']} batches, {seen['outside']} allocations outside of them, "
           f"{sum(e['count'] for e in inside)} inside")
    t.check(not inside, f"{name}: core, dcbm and the engine's driver allocate nothing in a batch",
            "\n".join(f"{e['count']} x {e['event']} {e['gfp']}\n  " + "\n  ".join(e["stack"][:14]) for e in inside))
