# SPDX-License-Identifier: GPL-2.0-only
"""movepages.py FOLIO_KIB MIB [FROM TO [AT_A_TIME [MOVES [UNTIL]]]]: runs in the guest. Moves anonymous
memory from node FROM (0) to node TO (1), back, and there again (as many MOVES) by move_pages(2),
all folios or so many of them at a time, not beyond UNTIL (seconds since 1970), compares every byte each time, and prints JSON. Has
nothing in common with the tool under test and needs no patched kernel."""
import ctypes
import json
import mmap
import os
import sys
import time

PAGE = 4096
BLOCK = 2 << 20
MPOL_MF_MOVE = 2
libc = ctypes.CDLL(None, use_errno=True)
libnuma = ctypes.CDLL("libnuma.so.1", use_errno=True)


def expected(seed, index):
    """What block number index holds: random, and different in each page."""
    block = bytearray(seed)
    for page in range(BLOCK // PAGE):
        block[page * PAGE:page * PAGE + 8] = (index * (BLOCK // PAGE) + page).to_bytes(8, "little")
    return bytes(block)


def nodes_of(pages, targets=None):
    """move_pages(2): moves to the targets, or only asks; returns a status a page."""
    count = len(pages)
    status = (ctypes.c_int * count)()
    failed = libnuma.move_pages(0, ctypes.c_ulong(count), pages, targets, status, MPOL_MF_MOVE)
    if failed < 0:
        sys.exit(f"move_pages: {os.strerror(ctypes.get_errno())}")
    return list(status)


def anon_huge_kib(address):
    """AnonHugePages of the mapping at address."""
    with open("/proc/self/smaps") as smaps:
        inside = False
        for line in smaps:
            first = line.split()[0]
            if "-" in first and not first.endswith(":"):
                low, high = (int(x, 16) for x in first.split("-"))
                inside = low <= address < high
            elif inside and first == "AnonHugePages:":
                return int(line.split()[1])
    return 0


def move(pages, node, at_a_time):
    """Moves all pages to a node."""
    for first in range(0, len(pages), at_a_time):
        some = pages[first:first + at_a_time]
        count = len(some)
        nodes_of((ctypes.c_void_p * count)(*some), (ctypes.c_int * count)(*([node] * count)))


def main(folio_kib, mib, source=0, target=1, at_a_time=None, moves=3, until=None):
    size = mib << 20
    area = mmap.mmap(-1, size + BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    offset = -start % BLOCK
    step = folio_kib << 10
    advice = mmap.MADV_HUGEPAGE if step > PAGE else mmap.MADV_NOHUGEPAGE
    if libc.madvise(ctypes.c_void_p(start + offset), ctypes.c_size_t(size), advice):
        sys.exit(f"madvise: {os.strerror(ctypes.get_errno())}")
    libnuma.numa_tonode_memory(ctypes.c_void_p(start + offset), ctypes.c_size_t(size), source)
    view = memoryview(area)[offset:offset + size]
    seed = os.urandom(BLOCK)
    for index in range(size // BLOCK):
        view[index * BLOCK:(index + 1) * BLOCK] = expected(seed, index)

    count = size // step
    pages = (ctypes.c_void_p * count)(*(start + offset + i * step for i in range(count)))
    result = {"folio_kib": folio_kib, "mib": mib, "huge_kib": anon_huge_kib(start + offset),
              "wrong_blocks": 0, "unmoved": 0, "moves": 0}
    for node in ([target, source] * moves)[:moves]:
        if until and time.time() >= until:
            break
        move(pages, node, at_a_time or count)
        result["moves"] += 1
        result["unmoved"] += sum(where != node for where in nodes_of(pages))
        for index in range(size // BLOCK):
            result["wrong_blocks"] += view[index * BLOCK:(index + 1) * BLOCK] != expected(seed, index)
    print(json.dumps(result))


main(*(int(argument) for argument in sys.argv[1:]))
