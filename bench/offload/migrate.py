# SPDX-License-Identifier: GPL-2.0-only
"""migrate.py POINTS [count]: runs in the guest. For each point of the JSON list sets dcbm and the copy
offload as it says, moves anonymous memory to the other node by move_pages(2), and prints as
JSON how long that took and by which latency; with count also how many instructions it took, on
a machine of one CPU that takes a nanosecond for each. What is moved is new each time: Linux 7.3
splits a folio smaller than 2 MiB when it is migrated for the second time."""
import ctypes
import json
import mmap
import os
import re
import signal
import sys
import time

PAGE = 4096
HUGE = 2 << 20
MPOL_MF_MOVE = 2
TRACE = "/sys/kernel/tracing/instances/offload-bench"
EVENTS = ("migrate_offload_first_folio", "migrate_offload_batch")
THP = "/sys/kernel/mm/transparent_hugepage"
SYSFS = "/sys/kernel/mm/migrate_offload"
DCBM = "/sys/module/dcbm/parameters"
libc = ctypes.CDLL(None, use_errno=True)
libnuma = ctypes.CDLL("libnuma.so.1", use_errno=True)


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def read(path):
    with open(path) as file:
        return file.read()


class Spinner:
    """Keeps the CPU from being idle, and knows how many instructions that took: what is left of the time is
    all that anything else took, interrupts and kernel threads, too."""
    CODE = bytes.fromhex("48ff07 ebfb")  # again: incq (%rdi); jmp again

    def __init__(self):
        self.count = mmap.mmap(-1, PAGE)
        code = mmap.mmap(-1, PAGE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(self.CODE)
        self.child = os.fork()
        if not self.child:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            start, count = (ctypes.addressof(ctypes.c_char.from_buffer(memory)) for memory in (code, self.count))
            ctypes.CFUNCTYPE(None, ctypes.c_void_p)(start)(count)

    def instructions(self):
        return 2 * int.from_bytes(self.count[:8], "little")

    def stop(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)


class Memory:
    """Memory on node 0 in folios of one size."""

    def __init__(self, folio, contents):
        size = len(contents)
        self.folio, self.size = folio, size
        self.map = mmap.mmap(-1, size + HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        offset = -start % HUGE
        self.start = start + offset
        self.view = memoryview(self.map)[offset:offset + size]
        for kib in (16, 32, 64, 128, 256, 512, 1024, 2048):
            write(f"{THP}/hugepages-{kib}kB/enabled", "madvise" if kib << 10 == folio else "never")
        advice = mmap.MADV_HUGEPAGE if folio > PAGE else mmap.MADV_NOHUGEPAGE
        if libc.madvise(ctypes.c_void_p(self.start), ctypes.c_size_t(size), advice):
            sys.exit(f"madvise: {os.strerror(ctypes.get_errno())}")
        libnuma.numa_set_preferred(0)
        self.view[:] = contents
        libnuma.numa_set_localalloc()
        self.folios, self.pages = (self.addresses(step) for step in (folio, PAGE))

    def addresses(self, step):
        return (ctypes.c_void_p * (self.size // step))(*range(self.start, self.start + self.size, step))

    @staticmethod
    def nodes(pages, targets=None):
        count = len(pages)
        status = (ctypes.c_int * count)()
        if libnuma.move_pages(0, ctypes.c_ulong(count), pages, targets, status, MPOL_MF_MOVE) < 0:
            sys.exit(f"move_pages: {os.strerror(ctypes.get_errno())}")
        return list(status)

    def move(self, spinner):
        """Moves all to node 1; returns the ns that it took, and what the spinner took of them."""
        targets = (ctypes.c_int * len(self.folios))(*([1] * len(self.folios)))
        spun = spinner.instructions() if spinner else 0
        begin = time.monotonic_ns()
        self.nodes(self.folios, targets)
        took = time.monotonic_ns() - begin
        spun = spinner.instructions() - spun if spinner else 0
        # Only first pages were named: all are there if, and only if, folios are as large as wanted
        if set(self.nodes(self.pages)) != {1}:
            sys.exit(f"not all was moved, or folios are not of {self.folio >> 10} KiB")
        return took, spun

    def close(self):
        self.view.release()
        self.map.close()


def traced():
    """What the kernel said since the last time: latencies of the first folios in ns, and the batches."""
    text = read(f"{TRACE}/trace")
    write(f"{TRACE}/trace", "")
    first = [int(ns) for ns in re.findall(r"migrate_offload_first_folio: .*latency_ns=(\d+)", text)]
    batches = [{key: int(value) for key, value in re.findall(r"\b(bytes_offloaded|duration_ns)=(\d+)", line)}
               for line in re.findall(r"migrate_offload_batch: (.*)", text)]
    return first, batches


def select(name):
    if f"[{name}]" not in read(f"{SYSFS}/migrator").split():
        write(f"{SYSFS}/migrator", name)


def measure(point, spinner):
    """Moves as often as the point says."""
    select(point["migrator"])
    write(f"{DCBM}/nr_dma_chan", point["channels"])
    write(f"{DCBM}/chunk_bytes", point["chunk"])
    write(f"{DCBM}/min_folio_bytes", point["min_folio"])
    write(f"{SYSFS}/max_batch_pages", point["batch_pages"])
    # A machine that was not run for a while is no engine that hangs
    write(f"{DCBM}/timeout_min_ms", 10000)
    for node, least in point["min_bytes"].items():
        write(f"{SYSFS}/node{node}/min_bytes", least)
    contents = os.urandom(point["bytes"])
    result = dict(point, ns=[], instructions=[], first_ns=[], batch_ns=[], by_engines=0)
    for _ in range(point["rounds"]):
        memory = Memory(point["folio"], contents)
        traced()
        took, spun = memory.move(spinner)
        first, batches = traced()
        offloaded = sum(batch["bytes_offloaded"] for batch in batches)
        if point["offloaded"] and offloaded != point["bytes"]:
            sys.exit(f"{point}: not all was copied by engines: {batches[:20]}")
        if memory.view != contents:
            sys.exit(f"{point}: bytes are wrong")
        memory.close()
        result["ns"].append(took)
        if spinner:
            result["instructions"].append(took - spun)
        result["first_ns"] += first
        result["batch_ns"].append(sum(batch["duration_ns"] for batch in batches))
        result["by_engines"] += offloaded / point["bytes"] / point["rounds"]
    return result


def main():
    os.mkdir(TRACE)
    spinner = Spinner() if sys.argv[2:] == ["count"] else None
    try:
        write(f"{TRACE}/set_event_pid", os.getpid())
        for event in EVENTS:
            write(f"{TRACE}/events/migrate/{event}/enable", 1)
        print(json.dumps([measure(point, spinner) for point in json.loads(sys.argv[1])]))
    finally:
        if spinner:
            spinner.stop()
        os.rmdir(TRACE)


main()
