# SPDX-License-Identifier: GPL-2.0-only
"""allocations.py TRACE: runs in the guest. Reads a trace instance in which one task was
followed, and prints as JSON what it allocated between the begin and the end of a batch of the
copy offload: each event once, with the allocation's flags, the stack and how often it came."""
import collections
import json
import re
import sys

EVENT = re.compile(r"^ *(.+)-(\d+) +\[\d+\] +(\S{5}) +[\d.]+: (.*)$")
ALLOCATIONS = ("kmalloc", "kmem_cache_alloc", "mm_page_alloc", "percpu_alloc_percpu")
IN_INTERRUPT = "hHsSzZ"


def events(lines):
    """(flags, event, its values, its stack) one after the other."""
    event = None
    for line in lines:
        if line.startswith(" => "):
            if event:
                event[3].append(line[4:].strip())
        elif match := EVENT.match(line):
            if match[4].startswith("<stack trace>"):
                continue
            if event:
                yield event
            name, _, values = match[4].partition(": ")
            event = (match[3], name, values, [])
    if event:
        yield event


def main(trace):
    inside = False
    result = {"batches": 0, "unpaired": 0, "lost": 0, "outside": 0}
    found = collections.Counter()
    with open(trace + "/trace") as file:
        for flags, name, values, stack in events(file):
            if name == "migrate_offload_batch_begin":
                result["unpaired"] += inside
                inside = True
            elif name == "migrate_offload_batch":
                result["unpaired"] += not inside
                result["batches"] += inside
                inside = False
            elif name in ALLOCATIONS and not inside:
                result["outside"] += 1
            elif name in ALLOCATIONS:
                gfp = re.search(r"gfp_flags=(\S+)", values)
                found[name, gfp[1] if gfp else "", flags[2] in IN_INTERRUPT, tuple(stack)] += 1
    with open(trace + "/per_cpu/cpu0/stats") as zero, open(trace + "/per_cpu/cpu1/stats") as one:
        result["lost"] = sum(int(n) for n in re.findall(r"^(?:overrun|dropped events): (\d+)", zero.read() + one.read(),
                                                        re.MULTILINE))
    result["inside"] = [dict(zip(("event", "gfp", "interrupt", "stack"), key), count=count)
                        for key, count in found.most_common()]
    print(json.dumps(result))


main(sys.argv[1])
