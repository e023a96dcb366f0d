# SPDX-License-Identifier: GPL-2.0-only
"""Engines that belong to nodes: those near the destination copy, the others when they are busy."""
import product

MACHINE = "near"


def run(guest, t):
    product.wait_migrator(guest, "dcbm")
    node = node_of_engines(guest, t)
    with product.no_batch_too_small(guest):
        for source, target in ((0, 1), (1, 0)):
            few_pages(guest, t, node, source, target)
        many_pages(guest, t, node)


def node_of_engines(guest, t):
    """What the kernel found out about the channels; returns the node of each engine."""
    wanted = {engine.name: guest.node_of(port) for port, engine in guest.engines.items()}
    held = product.held(guest)
    shown = sorted(int(guest.read(f"/sys/module/dcbm/channels/{channel}/node")) for channel in held)
    devices = sorted(int(guest.read(f"/sys/class/dma/{channel}/device/numa_node")) for channel in held)
    t.equal(shown, sorted(wanted.values()), "each channel is shown with the node that its engine is near to")
    t.equal(shown, devices, "as the kernel's PCI core has it")
    return wanted


def copied(guest, t, node, name, *arguments):
    """Moves pages; returns what was copied by the engines of each node, engine by engine."""
    with product.counted(guest) as counts:
        result = product.python(guest, "movepages.py", *arguments)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    t.equal(counts["kernel"]["folios_failed"], 0, f"{name}: no failure")
    t.note(f"{name}: {counts['engines']}")
    return {n: [count for engine, count in counts["engines"].items() if node[engine] == n] for n in set(node.values())}


def few_pages(guest, t, node, source, target):
    """Two chunks at a time, and two engines that are near: the other ones stay idle."""
    name = f"two pages at a time, to node {target}"
    by_node = copied(guest, t, node, name, 4, 2, source, target, 2, 1)
    t.equal(sum(by_node[target]), 2 << 20, f"{name}: engines near the destination copy all")
    t.check(all(by_node[target]), f"{name}: each of them", by_node)
    t.equal(sum(by_node[source]), 0, f"{name}: the others nothing")


def many_pages(guest, t, node):
    """More than the near ones can do at a time."""
    name = "512 pages at a time"
    by_node = copied(guest, t, node, name, 2048, 16)
    t.check(all(sum(by_node.values(), [])), f"{name}: every engine takes part", by_node)
