# SPDX-License-Identifier: GPL-2.0-only
"""rebind.py BUS DRIVER DEVICE FILE CYCLES: runs in the guest. Writes to persistent memory by dax, takes
DEVICE from its driver, gives it back and compares, CYCLES times, and prints JSON: of each cycle its times
and what the kernel traced, and what memory was in use before and after. FILE is a dax device, or the block
device with a file system for it."""
import ctypes
import json
import mmap
import os
import re
import sys
import time

SIZE = 4 << 20
# By then the slab caches and lists that the first cycles fill are filled.
WARM_UP = 3
MOUNT = "/run/rebind"
TRACING = "/sys/kernel/tracing"
EVENT = f"{TRACING}/events/memmap_init/memmap_init_zone_device/enable"
STATX_ATTR_DAX = 0x200000
# Free, or in the hands of programs.
OTHERS = ("MemFree", "AnonPages", "Cached", "Buffers", "SReclaimable", "KernelStack", "PageTables")
libc = ctypes.CDLL(None, use_errno=True)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def read(path):
    with open(path) as file:
        return file.read()


def checked(failed, what):
    if failed:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


class Device:
    """What is written to and read from."""

    def __init__(self, path):
        self.path = path
        self.block = path.startswith("/dev/pmem")

    def __enter__(self):
        if self.block:
            os.makedirs(MOUNT, exist_ok=True)
            checked(libc.mount(self.path.encode(), MOUNT.encode(), b"ext4", ctypes.c_ulong(0), b"dax=always"), f"mount {self.path}")
        name = f"{MOUNT}/data" if self.block else self.path
        self.fd = os.open(name, os.O_RDWR | (os.O_CREAT if self.block else 0))
        if self.block:
            os.posix_fallocate(self.fd, 0, SIZE)
            if not is_dax(name):
                sys.exit(f"{name}: is not read and written directly")
        self.map = mmap.mmap(self.fd, SIZE)
        return self.map

    def __exit__(self, *_):
        if self.block:
            self.map.flush()
        self.map.close()
        os.close(self.fd)
        if self.block:
            checked(libc.umount(MOUNT.encode()), f"umount {MOUNT}")


def is_dax(path):
    """Whether statx(2) says so: stx_attributes comes after two words of 32 bits."""
    buffer = ctypes.create_string_buffer(256)
    checked(libc.statx(-100, path.encode(), 0, 0, buffer), f"statx {path}")
    return int.from_bytes(buffer.raw[8:16], "little") & STATX_ATTR_DAX != 0


def pattern(cycle):
    return (os.urandom(4096 - 8) + cycle.to_bytes(8, "little")) * (SIZE // 4096)


def rebind(driver, device):
    start = time.monotonic()
    write(f"{driver}/unbind", device)
    middle = time.monotonic()
    write(f"{driver}/bind", device)
    return middle - start, time.monotonic() - middle


def traced():
    """The fields of each event."""
    return [dict(re.findall(r"(\w+)=(\S+)", line.split("memmap_init_zone_device: ")[1]))
            for line in read(f"{TRACING}/trace").splitlines() if "memmap_init_zone_device: " in line]


def in_use():
    """KiB that the kernel has for itself, and the areas it has mapped, by who asked for them."""
    os.sync()
    write("/proc/sys/vm/drop_caches", "3")
    info = {line.split(":")[0]: int(line.split()[1]) for line in read("/proc/meminfo").splitlines()}
    # What is on the lists of CPUs is as good as free. It cannot be asked for.
    listed = 4 * sum(map(int, re.findall(r"^\s+count:\s+(\d+)$", read("/proc/zoneinfo"), re.MULTILINE)))
    areas = {}
    for line in read("/proc/vmallocinfo").splitlines():
        size, caller = int(line.split()[1]), line.split()[2].split("+")[0]
        areas[caller] = areas.get(caller, 0) + size
    return {"kib": info["MemTotal"] - listed - sum(info[name] for name in OTHERS), "total_kib": info["MemTotal"],
            "areas": areas}


def main(bus, driver, device, path, cycles):
    folder = f"/sys/bus/{bus}/drivers/{driver}"
    write(f"{TRACING}/trace", "")
    write(EVENT, "1")
    result = {"cycles": [], "wrong": 0}
    for cycle in range(WARM_UP + int(cycles)):
        if cycle == WARM_UP:
            result["before"] = in_use()
        data = pattern(cycle)
        with Device(path) as memory:
            memory[:] = data
        count = len(traced())
        unbind, bind = rebind(folder, device)
        events = traced()[count:]
        with Device(path) as memory:
            result["wrong"] += memory[:] != data
        if cycle >= WARM_UP:
            result["cycles"].append({"unbind": unbind, "bind": bind, "events": events})
    result["after"] = in_use()
    write(EVENT, "0")
    print(json.dumps(result))


main(*sys.argv[1:])
