# SPDX-License-Identifier: GPL-2.0-only
"""Persistent memory is unbound and bound again and again: its contents stay, each memmap's time is traced,
and no memory is lost."""
import json
import statistics

import nvdimm
import product

MACHINE = "tiers"

CYCLES = 30
# Slab caches grow and shrink meanwhile. A memmap in RAM is 4 MiB and more, so one that is lost each
# time, or once only, shows; and so do 70 KiB of anything else that is lost each time.
MARGIN_KIB = 2048
# What is freed and not yet unmapped, stacks of threads that live a little longer or shorter than a cycle, and programs of systemd's.
OTHERS = ("unpurged", "dup_task_struct", "copy_process", "bpf_", "module_", "alloc_thread_stack_node", "execmem_", "kernel_clone")


def run(guest, t):
    for mode in ("fsdax", "devdax"):
        for where in ("mem", "dev"):
            made = nvdimm.create(guest, mode=mode, where=where)
            try:
                cycles(guest, t, f"{mode}, --map={where}", made, where)
            finally:
                nvdimm.destroy(guest)


def bound(guest, made):
    """Bus, driver, device and file of what binds a namespace."""
    if made["mode"] == "devdax":
        return "dax", "device_dax", nvdimm.DAX, f"/dev/{nvdimm.DAX}"
    guest.run(f"mkfs.ext4 -q -b 4096 /dev/{made['blockdev']}")
    driver = "/sys/bus/nd/drivers/nd_pmem"
    device = guest.out(f"cd {driver} && grep -lx {made['dev']} pfn*/namespace | cut -d/ -f1")
    return "nd", "nd_pmem", device, f"/dev/{made['blockdev']}"


def cycles(guest, t, name, made, where):
    device = bound(guest, made)
    result = product.python(guest, "rebind.py", *device, CYCLES, timeout=300)
    t.equal((len(result["cycles"]), result["wrong"]), (CYCLES, 0),
            f"{name}: unbound and bound {CYCLES} times, what was written before is read after")
    traced(t, name, made, where, [cycle["events"] for cycle in result["cycles"]])
    measured(guest, t, name, made, result["cycles"][-1]["events"][-1])
    nothing_lost(t, name, result["before"], result["after"])
    for what in ("unbind", "bind"):
        t.note(f"{name}: {what} {summary(cycle[what] * 1e3 for cycle in result['cycles'])} ms")


def summary(values):
    values = sorted(values)
    return f"{values[0]:.1f} ... {statistics.median(values):.1f} ... {values[-1]:.1f}"


def traced(t, name, made, where, events):
    t.equal([len(each) for each in events], [1] * CYCLES, f"{name}: one memmap was traced each time")
    found = {(each["memmap"], each["type"], int(each["nr_pages"])) for (each,) in events}
    wanted = ("device" if where == "dev" else "ram", "fsdax" if made["mode"] == "fsdax" else "generic")
    t.check(len(found) == 1 and found.pop()[:2] == wanted, f"{name}: always of the same pages, in {wanted[0]}", events[0])
    times = [int(each["ns"]) for (each,) in events]
    t.check(min(times) > 0, f"{name}: with its time", times)
    t.note(f"{name}: the memmap of {events[0][0]['nr_pages']} pages took {summary(ns / 1e6 for ns in times)} ms")


def measured(guest, t, name, made, event):
    """The tool shows the last one."""
    shown = next(device for device in json.loads(guest.out("migrate-offload pmem --json"))["devices"]
                 if device["uuid"] == made["uuid"])
    t.equal((shown["measured_ns"], shown["measured_threads"]), (int(event["ns"]), int(event["threads"])),
            f"{name}: and the tool shows the last one")


def nothing_lost(t, name, before, after):
    lost = after["kib"] - before["kib"]
    t.check(lost < MARGIN_KIB, f"{name}: no memory is lost", f"{lost} KiB more are the kernel's after {CYCLES} cycles")
    t.equal(after["total_kib"], before["total_kib"], f"{name}: there is as much memory as before")
    areas = {caller: after["areas"].get(caller, 0) - before["areas"].get(caller, 0)
             for caller in set(before["areas"]) | set(after["areas"]) if not caller.startswith(OTHERS)}
    t.equal({caller: size for caller, size in areas.items() if size}, {}, f"{name}: nor is an area of the kernel's")
    t.note(f"{name}: {lost} KiB more in use after {CYCLES} cycles")
