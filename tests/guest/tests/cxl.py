# SPDX-License-Identifier: GPL-2.0-only
"""A CXL memory device: a region of it becomes a node that the tool knows for what it is, and engines copy to it."""
import contextlib
import json

import nvdimm
import product
from machine import CXL, CXL_DEVICE_MIB, DRAM
from progress import wait_until

MACHINE = "near"

MIB = 1 << 20
LIMIT = 512 << 10
SIZES = ((2048, 16), (4, 2))


def run(guest, t):
    failed = product.failed_units(guest)
    with nvdimm.daxctl_onlines(guest), product.configured(guest, cxl_min_bytes=LIMIT), region(guest, t) as made:
        dax, node = becomes_memory(guest, t, made)
        known(guest, t, made, dax, node)
        for source in (DRAM, CXL):
            for folio_kib, mib in SIZES:
                moved(guest, t, folio_kib, mib, source, node)
        back(guest, t, dax, node)
    t.equal(product.failed_units(guest), failed, "no unit failed meanwhile")


@contextlib.contextmanager
def region(guest, t):
    """A region of the whole device."""
    memory = json.loads(guest.out("cxl list --memdevs"))
    t.equal([device["ram_size"] for device in memory], [CXL_DEVICE_MIB * MIB], "the kernel's drivers find the device")
    root = json.loads(guest.out("cxl list --decoders --decoder=root"))[0]
    made = json.loads(guest.out(f"cxl create-region --type=ram --decoder={find(root, 'decoder')} "
                                f"--memdevs {memory[0]['memdev']}", timeout=120))
    t.equal((made["type"], made["size"], made["decode_state"]), ("ram", CXL_DEVICE_MIB * MIB, "commit"),
            "a region is made of all of it")
    try:
        yield made["region"]
    finally:
        guest.run(f"cxl destroy-region --force {made['region']}", timeout=120)


def find(item, key):
    """The first value of the key in lists and objects of any depth."""
    if isinstance(item, dict):
        if key in item:
            return item[key]
        item = item.values()
    for each in item if isinstance(item, (list, type({}.values()))) else ():
        found = find(each, key)
        if found is not None:
            return found
    return None


def devices(guest):
    return {device["device"]: device for device in json.loads(guest.out("migrate-offload pmem --json"))["devices"]}


def becomes_memory(guest, t, made):
    below = f"/sys/bus/cxl/devices/{made}/dax_{made}"
    dax = wait_until("the dax device", lambda: guest.out(f"ls {below} 2>/dev/null | grep '^dax[0-9]' || true"), 60)
    guest.run("udevadm settle")
    before = nvdimm.nodes(guest)
    unit = f"migrate-offload-pmem@{dax}.service"
    t.equal(guest.out(f"systemctl show -P Result {unit}"), "success", f"{dax}, which is not listed, is left alone")
    if devices(guest)[dax]["mode"] == "system-ram":
        guest.run(f"daxctl online-memory {dax}", timeout=120)
    else:
        guest.run(f"daxctl reconfigure-device --mode=system-ram {dax}", timeout=120)
    node = int(guest.read(f"{below}/{dax}/target_node"))
    t.equal(nvdimm.nodes(guest), before + [node], "made memory, it is a node of its own")
    return dax, node


def known(guest, t, made, dax, node):
    nodes = {each["node"]: each for each in json.loads(guest.out("migrate-offload tiers --json"))["nodes"]}
    t.equal((nodes[node]["kind"], nodes[node]["found_by"]), ("cxl", f"{dax} of CXL {made}, bound to kmem"),
            "the tool knows it for CXL, and by what")
    with contextlib.suppress(Exception):
        wait_until("the threshold", lambda: product.min_bytes(guest)[node] == LIMIT, 60, interval=0.5)
    t.equal((product.min_bytes(guest)[node], nodes[node]["configured"]), (LIMIT, LIMIT), "it has the threshold for CXL")
    t.check(nodes[node]["memory_tier"] > nodes[DRAM]["memory_tier"], "and is in a lower tier than DRAM", nodes)
    device = devices(guest)[dax]
    t.equal((device["namespace"], device["mode"], device["target_node"], device["configured"]),
            (None, "system-ram", node, None), "pmem shows it as what it is")
    t.note(guest.out("migrate-offload tiers"))


def moved(guest, t, folio_kib, mib, source, node):
    name = f"node {source} and the CXL node, {mib} MiB in folios of {folio_kib} KiB there, back and there"
    with product.counted(guest) as counts:
        result = product.python(guest, "movepages.py", folio_kib, mib, source, node)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    kernel, wanted = counts["kernel"], 3 * mib * MIB
    t.equal((kernel["bytes_offloaded"], counts["engine_bytes"]), (wanted, wanted), f"{name}: all of it by engines")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)


def back(guest, t, dax, node):
    guest.run(f"daxctl offline-memory {dax}", timeout=120)
    guest.run(f"daxctl reconfigure-device --mode=devdax {dax}", timeout=120)
    t.check(node not in nvdimm.nodes(guest) and node not in product.min_bytes(guest), "taken back, the node is gone")
