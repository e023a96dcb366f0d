# SPDX-License-Identifier: GPL-2.0-only
"""poison.py INJECT MOVE FOLIO_KIB KIB FROM TO: runs in the guest as root. Fills anonymous
memory on node FROM, has the kernel take some of its pages for broken, moves all of it to
node TO, and prints as JSON what became of each page.

INJECT  none     not at all
        madvise  MADV_HWPOISON, as an access by this process would find it
        debugfs  hwpoison-inject's corrupt-pfn, as a scrubber would find it
        pinned   MADV_HWPOISON of huge pages that cannot be split then, so that
                 they stay huge, and movable again, with poison in them
        wait     by somebody else, while it is moved: writes the frame numbers to
                 /run/poison.ready, and goes on when that is gone
MOVE    move_pages, mbind
        wait     by somebody else, likewise"""
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import struct
import sys
import time

PAGE = 4096
HUGE = 2 << 20
MPOL_MF_MOVE, MPOL_BIND = 2, 2
MADV_HWPOISON = 100
EHWPOISON = 133  # errno has no name for it
READY = "/run/poison.ready"
CORRUPT = "/sys/kernel/debug/hwpoison/corrupt-pfn"
libc = ctypes.CDLL(None, use_errno=True)
libnuma = ctypes.CDLL("libnuma.so.1", use_errno=True)


def fail(what):
    sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


class Area:
    """Anonymous memory, each page of it known and different."""

    def __init__(self, size, huge, node):
        self.size = size
        self.map = mmap.mmap(-1, size + HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        whole = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        self.offset = -whole % HUGE
        self.start = whole + self.offset
        self.advise(self.start, size, mmap.MADV_HUGEPAGE if huge else mmap.MADV_NOHUGEPAGE)
        self.bind(node, 0)
        self.seed = os.urandom(PAGE - 8)
        for page in range(size // PAGE):
            at = self.offset + page * PAGE
            self.map[at:at + PAGE] = self.expected(page)

    def expected(self, page):
        return page.to_bytes(8, "little") + self.seed

    def right(self, page):
        at = self.offset + page * PAGE
        return self.map[at:at + PAGE] == self.expected(page)

    def address(self, page):
        return self.start + page * PAGE

    def advise(self, address, size, advice):
        if libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(size), advice):
            fail(f"madvise {advice}")

    def bind(self, node, flags):
        mask = ctypes.c_ulong(1 << node)
        return libnuma.mbind(ctypes.c_void_p(self.start), ctypes.c_ulong(self.size), MPOL_BIND, ctypes.byref(mask),
                             ctypes.c_ulong(64), flags)

    def move_pages(self, node=None, step=1):
        """Moves each page, or each step-th, which stands for a huge one; or only asks.
        Returns a node or a negative error for each."""
        count = self.size // PAGE // step
        pages = (ctypes.c_void_p * count)(*(self.address(page * step) for page in range(count)))
        targets = None if node is None else (ctypes.c_int * count)(*([node] * count))
        status = (ctypes.c_int * count)()
        if libnuma.move_pages(0, ctypes.c_ulong(count), pages, targets, status, MPOL_MF_MOVE) < 0:
            fail("move_pages")
        return list(status)

    def pfn(self, page):
        with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
            entry, = struct.unpack("Q", os.pread(pagemap.fileno(), 8, self.address(page) // PAGE * 8))
        if not entry >> 63:
            sys.exit(f"page {page} is not there")
        return entry & ((1 << 55) - 1)

    def huge_kib(self):
        """How much of it is in huge pages."""
        with open("/proc/self/smaps") as smaps:
            inside = False
            for line in smaps:
                first = line.split()[0]
                if not first.endswith(":"):
                    low, high = (int(x, 16) for x in first.split("-"))
                    inside = low <= self.start < high
                elif inside and first == "AnonHugePages:":
                    return int(line.split()[1])
        return 0

    def read_by_child(self, page):
        """What a process gets that reads the page: True for its content, False for other
        content, or the signal's name."""
        child = os.fork()
        if not child:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGBUS, signal.SIG_DFL)
            os._exit(0 if self.right(page) else 1)
        status = os.waitpid(child, 0)[1]
        return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else not os.WEXITSTATUS(status)


class Pin:
    """References to pages, as a pipe takes them for vmsplice(2)."""

    def __init__(self, area, pages):
        self.pipe = os.pipe()
        for page in pages:
            vector = (ctypes.c_ulong * 2)(area.address(page), PAGE)
            if libc.vmsplice(self.pipe[1], vector, ctypes.c_ulong(1), 0) != PAGE:
                fail("vmsplice")

    def release(self):
        for end in self.pipe:
            os.close(end)


def wait_for_somebody(words):
    with open(READY + ".new", "w") as file:
        file.write(" ".join(map(str, words)) + "\n")
    os.rename(READY + ".new", READY)
    while os.path.exists(READY):
        time.sleep(0.1)


def inject(how, area, pages):
    """Poisons pages; returns their frame numbers."""
    pfns = [area.pfn(page) for page in pages]
    if how == "wait":
        wait_for_somebody(pfns)
        return pfns
    # each reference is to the page beside, which is in the same huge page
    pin = Pin(area, [page ^ 1 for page in pages]) if how == "pinned" else None
    for page, pfn in zip(pages, pfns):
        if how == "debugfs":
            with open(CORRUPT, "w") as file:
                file.write(str(pfn))
        elif libc.madvise(ctypes.c_void_p(area.address(page)), ctypes.c_size_t(PAGE), MADV_HWPOISON) and \
                (how != "pinned" or ctypes.get_errno() != EHWPOISON):
            fail("MADV_HWPOISON")
    if pin:
        pin.release()
    return pfns


def move(how, area, node):
    if how == "move_pages":
        # Of pages in one huge page the second ends a batch, and the first batch of which
        # something fails ends the call.
        whole = area.huge_kib() * 1024 == area.size
        area.move_pages(node, HUGE // PAGE if whole else 1)
    elif how == "mbind":
        # EIO: not every page could be moved, and the broken ones cannot
        if area.bind(node, MPOL_MF_MOVE) and ctypes.get_errno() != errno.EIO:
            fail("mbind")
    else:
        wait_for_somebody([os.getpid()])


def main(how, by, folio_kib, kib, source, target):
    count = kib * 1024 // PAGE
    per_folio = folio_kib * 1024 // PAGE
    # The first page of a huge page, one in the middle of another, the last of a third; of
    # small ones the same places in the area. Two folios lie between, which stay whole.
    if how == "none":
        pages = []
    elif per_folio > 1:
        pages = [0, 3 * per_folio + per_folio // 2, 6 * per_folio + per_folio - 1]
    else:
        pages = [0, count // 2, count - 1]
    area = Area(kib * 1024, per_folio > 1, source)
    result = {"huge_kib_before": area.huge_kib(), "bytes": area.size}
    # what a process gets that is told about poison in its memory, and lives on
    told = []
    signal.signal(signal.SIGBUS, lambda number, frame: told.append(number))
    result["pfns"] = inject(how, area, pages)
    result["huge_kib_poisoned"] = area.huge_kib()
    move(by, area, target)
    result["told"] = len(told)
    signal.signal(signal.SIGBUS, signal.SIG_DFL)
    nodes = area.move_pages()
    result["poisoned"] = [{"page": page, "node": nodes[page], "read": area.read_by_child(page)} for page in pages]
    good = [page for page in range(count) if page not in pages]
    result["unmoved"] = sum(nodes[page] != target for page in good)
    result["wrong_pages"] = sum(not area.right(page) for page in good)
    print(json.dumps(result))


main(*sys.argv[1:3], *(int(argument) for argument in sys.argv[3:]))
