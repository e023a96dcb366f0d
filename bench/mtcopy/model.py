#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""model.py [--json]

What a simple bandwidth model predicts for mtcopy, beside the figures that others have
published for multi-threaded copies in page migration, and the errors.

A batch takes

    T(n) = wake * log2(n)  +  folios * move  +  bytes / B(n)

move is what a folio costs beside its copy (unmap, flush, map), on one thread. Threads
are woken by each other, so waking takes as many steps as the count doubles. B(n) is what
n threads copy together: each one thread's share, no more than an L3 domain can pass, and
in sum limited by the memory of the node pair, towards which it bends:

    B(n) = (S ** -p + M ** -p) ** (-1 / p)        S = sum over domains min(L, n_d * b)

b and move follow from the published figure of one thread and from the published share of
the copy; L from the threads that were packed into one domain; M, p and wake are fitted to the
points marked "fitted". Everything else is a prediction.
"""
import itertools
import json
import math
import sys

MIB = 1 << 20

# Published, GB/s of move_pages() end to end, 2 MiB folios.
ZEN3_SPREAD = {1: 10.60, 2: 17.21, 4: 29.94, 8: 37.07, 16: 36.19}     # one thread in each L3 domain first
ZEN3_PACKED = {1: 10.44, 2: 10.93, 4: 10.99, 8: 11.08, 16: 17.91}     # one L3 domain full first
ZEN3_LATER = {1: 10.94, 2: 17.80, 4: 31.41, 8: 33.50, 12: 34.70, 16: 35.89}
GRACE = {                                                             # by folios of the batch
    1: {1: 2.90, 2: 6.90, 4: 8.56, 8: 11.16, 16: 8.76, 32: 6.41},
    4: {1: 6.04, 2: 10.25, 4: 20.14, 8: 22.52, 16: 27.79, 32: 25.28},
    16: {1: 6.91, 2: 12.23, 4: 27.51, 8: 43.95, 16: 49.15, 32: 51.38},
    64: {1: 7.37, 2: 13.88, 4: 30.38, 8: 52.00, 16: 76.89, 32: 79.41},
    256: {1: 7.16, 2: 14.59, 4: 28.14, 8: 48.78, 16: 76.88, 32: 92.28},
    1024: {1: 7.90, 2: 14.96, 4: 27.62, 8: 46.75, 16: 71.76, 32: 83.84},
}
GRACE_VANILLA = {1: 5.94, 4: 8.01, 16: 9.41, 64: 9.40, 256: 8.43, 1024: 8.31}

# The share of the copy in move_pages() of 512 folios of 2 MiB, one thread (Zen 3).
COPY_SHARE = 0.97


class Machine:
    """One pair of nodes."""

    def __init__(self, one, domains, domain_limit, memory, bend, wake):
        self.move = 2 * MIB / one * (1 - COPY_SHARE)    # ns a folio; GB/s are bytes per ns
        self.thread = one / COPY_SHARE
        self.domains, self.domain_limit = domains, domain_limit
        self.memory, self.bend, self.wake = memory, bend, wake

    def bandwidth(self, threads, packed=0):
        """GB/s of the copy alone; packed: so many threads to a domain before the next."""
        if packed:
            per_domain = [min(packed, threads - i) for i in range(0, threads, packed)]
        else:
            per_domain = [len(range(i, threads, self.domains)) for i in range(min(threads, self.domains))]
        total = sum(min(self.domain_limit, k * self.thread) for k in per_domain)
        return (total ** -self.bend + self.memory ** -self.bend) ** (-1 / self.bend)

    def rate(self, folios, threads, packed=0):
        """GB/s end to end."""
        size = folios * 2 * MIB
        wake = self.wake * math.log2(threads) if threads > 1 else 0
        return size / (wake + folios * self.move + size / self.bandwidth(threads, packed))


def fit(points, make, grid):
    """The values of the grid with the smallest mean square of the logarithm of found / published."""
    def badness(values):
        machine = make(*values)
        return sum(math.log(machine.rate(f, n) / gbps) ** 2 for f, n, gbps in points) / len(points)
    return min(itertools.product(*grid), key=badness)


def zen3():
    """Eight L3 domains, 512 folios."""
    # b is net of the bend: chosen so that one thread comes out as published.
    def make(memory, bend):
        one = 10.60
        machine = Machine(one, 8, max(ZEN3_PACKED[n] for n in (2, 4, 8)) / COPY_SHARE, memory, bend, 0)
        free = (machine.thread ** -bend - memory ** -bend) ** (-1 / bend)
        machine.domain_limit *= free / machine.thread
        machine.thread = free
        return machine
    fitted = [(512, n, ZEN3_SPREAD[n]) for n in (2, 16)]
    return make(*fit(fitted, make, ([36 + i * 0.25 for i in range(60)], [1 + i * 0.1 for i in range(60)]))), fitted


def grace():
    """One L3 domain for all the cores of a node."""
    def make(memory, bend, wake):
        machine = Machine(GRACE[1024][1], 1, math.inf, memory, bend, wake)
        machine.thread = (machine.thread ** -bend - memory ** -bend) ** (-1 / bend)
        return machine
    fitted = [(1024, 8, GRACE[1024][8]), (1024, 32, GRACE[1024][32]), (1, 8, GRACE[1][8]), (4, 32, GRACE[4][32])]
    values = fit(fitted, make, ([80 + i * 5 for i in range(40)], [1 + i * 0.2 for i in range(25)],
                                [i * 4e3 for i in range(40)]))
    return make(*values), fitted


def rows():
    """(machine, what, folios, threads, published, predicted, fitted) for each published point."""
    machine, fitted = zen3()
    for what, table, packed in (("spread", ZEN3_SPREAD, 0), ("packed", ZEN3_PACKED, 8), ("later", ZEN3_LATER, 0)):
        for threads, gbps in table.items():
            # One thread is where b comes from
            inside = not packed and what == "spread" and (threads == 1 or (512, threads, gbps) in fitted)
            inside |= packed > 0 and threads == 8
            yield "Zen 3", what, 512, threads, gbps, machine.rate(512, threads, packed), inside
    machine, fitted = grace()
    for folios, table in GRACE.items():
        for threads, gbps in table.items():
            inside = (folios, threads, gbps) in fitted or (folios, threads) == (1024, 1)
            yield "Grace", "spread", folios, threads, gbps, machine.rate(folios, threads), inside


def constants(machine):
    """What the machine is made of."""
    return {"thread_gbps": machine.thread, "domain_gbps": machine.domain_limit, "memory_gbps": machine.memory,
            "bend": machine.bend, "move_ns": machine.move, "wake_ns": machine.wake}


def main():
    """Prints the tables."""
    if sys.argv[1:] not in ([], ["--json"]):
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    table = list(rows())
    if sys.argv[1:]:
        json.dump([dict(zip(("machine", "what", "folios", "threads", "published", "predicted", "fitted"), row))
                   for row in table], sys.stdout, indent=1)
        print()
        return 0
    for name, machine in (("Zen 3", zen3()[0]), ("Grace", grace()[0])):
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in constants(machine).items()))
    print(f"\n{'':8}{'':8}{'folios':>7}{'threads':>8}{'published':>10}{'model':>8}{'error':>8}")
    for name, what, folios, threads, gbps, model, fitted in table:
        print(f"{name:8}{what:8}{folios:7}{threads:8}{gbps:10.2f}{model:8.2f}{100 * (model / gbps - 1):7.1f}%"
              f"{'  fitted' if fitted else ''}")
    for name in ("Zen 3", "Grace"):
        errors = sorted(abs(math.log(row[5] / row[4])) for row in table if row[0] == name and not row[6])
        print(f"{name}: {len(errors)} predictions, median error {100 * (math.exp(errors[len(errors) // 2]) - 1):.0f} %, "
              f"largest {100 * (math.exp(errors[-1]) - 1):.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
