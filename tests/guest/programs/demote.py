# SPDX-License-Identifier: GPL-2.0-only
"""demote.py FOLIO_KIB MIB [TRACE]: runs in the guest. Has anonymous memory of its own demoted
from node 0 by reclaim, compares every byte, and prints JSON. With the folder of a trace
instance, has itself traced there meanwhile."""
import ctypes
import json
import mmap
import os
import sys

PAGE = 4096
BLOCK = 2 << 20
GROUP = "/sys/fs/cgroup/migrate-offload-demote"
libc = ctypes.CDLL(None, use_errno=True)
libnuma = ctypes.CDLL("libnuma.so.1", use_errno=True)


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def read(path):
    with open(path) as file:
        return file.read()


def expected(seed, index):
    """What block number index holds: random, and different in each page."""
    block = bytearray(seed)
    for page in range(BLOCK // PAGE):
        block[page * PAGE:page * PAGE + 8] = (index * (BLOCK // PAGE) + page).to_bytes(8, "little")
    return bytes(block)


def on_node(pages, node):
    """How many of the pages are there."""
    count = len(pages)
    status = (ctypes.c_int * count)()
    if libnuma.move_pages(0, ctypes.c_ulong(count), pages, None, status, 0) < 0:
        sys.exit(f"move_pages: {os.strerror(ctypes.get_errno())}")
    return sum(where == node for where in status)


def reclaim(size):
    """Reclaim that finds less than it was asked for says EAGAIN: whoever asked looks himself."""
    try:
        write(GROUP + "/memory.reclaim", size)
    except BlockingIOError:
        pass


def main(folio_kib, mib, trace=None):
    size = mib << 20
    area = mmap.mmap(-1, size + BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    offset = -start % BLOCK
    huge = folio_kib * 1024 == BLOCK
    advice = mmap.MADV_HUGEPAGE if huge else mmap.MADV_NOHUGEPAGE
    if libc.madvise(ctypes.c_void_p(start + offset), ctypes.c_size_t(size), advice):
        sys.exit(f"madvise: {os.strerror(ctypes.get_errno())}")
    view = memoryview(area)[offset:offset + size]
    seed = os.urandom(BLOCK)
    step = BLOCK if huge else PAGE
    pages = (ctypes.c_void_p * (size // step))(*(start + offset + i * step for i in range(size // step)))

    # A group of its own, and only the area in it: nobody else is reclaimed, and no text is migrated.
    os.makedirs(GROUP, exist_ok=True)
    write(GROUP + "/cgroup.procs", os.getpid())
    libnuma.numa_set_preferred(0)
    for index in range(size // BLOCK):
        view[index * BLOCK:(index + 1) * BLOCK] = expected(seed, index)
    libnuma.numa_set_localalloc()
    result = {"folio_kib": folio_kib, "mib": mib, "before": on_node(pages, 0) * step}

    before = read("/sys/kernel/mm/numa/demotion_enabled").strip()
    write("/sys/kernel/mm/numa/demotion_enabled", "1")
    if trace:
        write(trace + "/set_event_pid", os.getpid())
        write(trace + "/tracing_on", 1)
    for _ in range(8):
        reclaim(size)
        if on_node(pages, 0) == 0:
            break
    if trace:
        write(trace + "/tracing_on", 0)
    write("/sys/kernel/mm/numa/demotion_enabled", before)

    result["demoted"] = result["before"] - on_node(pages, 0) * step
    result["wrong_blocks"] = sum(view[index * BLOCK:(index + 1) * BLOCK] != expected(seed, index)
                                 for index in range(size // BLOCK))
    write("/sys/fs/cgroup/cgroup.procs", os.getpid())
    print(json.dumps(result))


main(*(int(argument) for argument in sys.argv[1:3]), *sys.argv[3:])
