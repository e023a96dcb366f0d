#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""report.py measure BENCH [--json FILE] [--svg FILE] [--max BYTES]
report.py instructions BENCH
Runs memmap-bench and tells what it found. Called by ./run."""

import argparse
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import chart  # noqa: E402

PAGE = 4096
GIB = 1 << 30
# Of the device, in GiB. The memmap takes a 64th of it.
SIZES = (1, 4, 16, 100)
# A process runs some rounds; several processes, so that no placement of memory decides.
PROCESSES = 2
ROUNDS = 5
NEW_ROUNDS = 3
# What the memory for the memmap is like, as memmap-bench calls it.
MEMORY = {"touched": "touched before, in no cache", "new": "never touched, a fault for 2 MiB",
          "new-small": "never touched, a fault for 4 KiB"}
# What a namespace is like: name, order of its compound pages, memmap on the device.
KINDS = (("fsdax", 0, 0), ("devdax 2M, map=dev", 9, 1), ("devdax 2M, map=mem", 9, 0))
# What others published: a virtual machine on Ice Lake, 100 GB, base and theirs, in ms.
PUBLISHED = (("fsdax", "rebind", 262, 108), ("fsdax", "first bind", 1466, 1359),
             ("devdax", "rebind", 229, 100), ("devdax", "first bind", 1430, 1273))


def run_bench(*arguments):
    """Runs memmap-bench; returns what it printed."""
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout


def machine():
    """What this runs on."""
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    field = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in info.splitlines())}
    return {"cpu": f"{field.get('model name')}, family {field.get('cpu family')} model {field.get('model')}",
            "virtual": "hypervisor" in field.get("flags", "").split(), "kernel": os.uname().release,
            "cpus": len(os.sched_getaffinity(0)), "load_average": os.getloadavg()[0]}


def interval(values):
    """The median and a 95 % confidence interval of it, by resampling."""
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(1000))
    return statistics.median(values), medians[25], medians[974]


def ratios(point, variant, than="base"):
    """How many times as fast as another, round by round."""
    return [a / b for a, b in zip(point["ns"][than], point["ns"][variant])]


def measure_point(bench, pages, kind, memory):
    """All processes of one size as one point."""
    point = None
    for _ in range(PROCESSES):
        one = json.loads(run_bench(bench, "measure", str(pages), str(kind[1]), str(kind[2]), memory,
                                   str(ROUNDS if memory == "touched" else NEW_ROUNDS)))
        one["first_auto_ns"] = [one["first_auto_ns"]]
        one["measured"] = [one["measured"]]
        if not point:
            point = one
            continue
        for name, values in one["ns"].items():
            point["ns"][name] += values
        point["first_auto_ns"] += one["first_auto_ns"]
        point["measured"] += one["measured"]
        point["interrupted"] += one["interrupted"]
    point["kind"] = kind[0]
    return point


def show(point):
    """One point as a line of the table."""
    cpus = point["cpus"]
    size = point["written"] * point["page_bytes"]

    def rate(name):
        return size / statistics.median(point["ns"][name])

    def ratio(name, than="base"):
        return "{:5.2f} [{:.2f}..{:.2f}]".format(*interval(ratios(point, name, than)))

    base = statistics.median(point["ns"]["base"])
    first = base / statistics.median(point["first_auto_ns"])
    print(f"{point['pages'] * PAGE // GIB:4d} GiB {base / 1e6:8.2f} ms  {ratio('cached-1')}  {ratio('streaming-1')}  "
          f"{ratio('auto-1')}  {ratio(f'auto-{cpus}')}  {first:5.2f}   {ratio(f'auto-{cpus}', 'auto-1')}  "
          f"{rate('auto-1'):5.1f} of {rate('limit-1'):5.1f}, {rate(f'auto-{cpus}'):5.1f} of {rate(f'limit-{cpus}'):5.1f}")


def table(points, cpus):
    """All points, and beside them what was published."""
    last = None
    for point in points:
        title = f"{point['kind']}, {MEMORY[point['memory']]}"
        if title != last:
            print(f"\n{title}\n{'device':>8} {'base':>11}  {'template':18}  {'streaming':18}  {'automatic':18}  "
                  f"{f'automatic, {cpus} threads':18}  {'first':>5}   {f'{cpus} to 1 threads':18}  GB/s of the limit, 1 and {cpus} threads")
        last = title
        show(point)
    print("\nTimes as fast as the base: medians of rounds in which each ran once, 95 % confidence. first: the first\n"
          "call of mode auto, in which it measures. What it found:")
    for text in sorted({text for point in points for text in point["measured"] if text}):
        print(f"  {text}")
    print(f"Samples in which another program took a CPU: {sum(point['interrupted'] for point in points)}")
    print("\nPublished, a virtual machine on Ice Lake, 100 GB, another series, the whole bind:")
    for kind, what, before, after in PUBLISHED:
        print(f"  {kind:7} {what:10} {before:5} -> {after:5} ms  {before / after:.2f}")


def plot(points, host):
    """The ratios to the base by size, a panel for each kind."""
    cpus = host["cpus"]
    variants = {"template": "cached-1", "streaming": "streaming-1", "automatic": "auto-1",
                "automatic, all threads": f"auto-{cpus}", "limit": f"limit-{cpus}"}
    panels = []
    for kind, memory in dict.fromkeys((point["kind"], point["memory"]) for point in points):
        chosen = [point for point in points if (point["kind"], point["memory"]) == (kind, memory)]
        panels.append(chart.Panel(
            f"{kind}, {MEMORY[memory]}",
            [chart.Line(label, [(p["pages"], *interval(ratios(p, variant))) for p in chosen], colour)
             for colour, (label, variant) in enumerate(variants.items())],
            {p["pages"]: chart.size_name(p["pages"] * PAGE) for p in chosen},
            {ratio: f"{ratio:g}" for ratio in (0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8)}, 1))
    return chart.picture(panels, "Initialisation of a memmap, times as fast as the base kernel, by size of the device; medians, "
                         f"95 % confidence. {host['cpu']}{', virtual machine' if host['virtual'] else ''}")


def measure(options):
    """Everything, one size after the other."""
    host = machine()
    print(f"CPU        {host['cpu']}{' (virtual machine)' if host['virtual'] else ''}, {host['cpus']} CPUs\n"
          f"kernel     {host['kernel']}, load average {host['load_average']:.2f}")
    points = []
    for number, kind in enumerate(KINDS):
        for memory in MEMORY if not number else ("touched",):
            for size in SIZES:
                pages = size * GIB // PAGE
                if pages * 64 > options.max:
                    continue
                # Of the other kinds, and where the faults of user space rule, what is needed to compare.
                if (number or memory != "touched") and size not in (4, 16):
                    continue
                points.append(measure_point(options.bench, pages, kind, memory))
                print(f"{kind[0]}, {size} GiB", file=sys.stderr)
    table(points, host["cpus"])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({
            "machine": host, "units": {"ns": "of a call, by round"}, "published_ms": PUBLISHED,
            "points": points}, indent=1) + "\n", encoding="utf-8")
    if options.svg:
        pathlib.Path(options.svg).write_text(plot(points, host), encoding="utf-8")


def count(bench, variant, pages, kind):
    """Instructions of one call, by callgrind."""
    done = subprocess.run(("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           "--toggle-collect=*_memmap_init_zone_device", bench, "once", variant, str(pages),
                           str(kind[1]), str(kind[2])), check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), int(done.stdout)


def instructions(options):
    """A table of the instructions of a page, of enough pages that what is done once does not show."""
    pages = 1 << 18
    print(f"instructions of a struct page that is written; {pages} pages, one thread\n"
          f"{'':20} {'base':>8} {'slow':>8} {'template':>9} {'streaming':>10}  base/template")
    for kind in KINDS:
        found = []
        for variant in ("base", "slow", "cached", "streaming"):
            total, written = count(options.bench, variant, pages, kind)
            found.append(total / written)
        print(f"{kind[0]:20} {found[0]:8.2f} {found[1]:8.2f} {found[2]:9.2f} {found[3]:10.2f}  {found[0] / found[2]:.2f}")


def main():
    """Does what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "instructions"))
    parser.add_argument("bench")
    parser.add_argument("--json")
    parser.add_argument("--svg")
    parser.add_argument("--max", type=int, default=2 << 30)
    options = parser.parse_args()
    if options.what == "measure":
        measure(options)
    else:
        instructions(options)


if __name__ == "__main__":
    main()
