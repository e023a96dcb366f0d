# SPDX-License-Identifier: GPL-2.0-only
"""Persistent memory that is listed becomes memory when it appears; what is not listed, mounted or open is left alone."""
import contextlib
import json

import nvdimm
import product
from machine import CXL, DRAM, PMEM
from progress import wait_until

MACHINE = "tiers"

CONFIG = "/etc/migrate-offload/pmem.conf.d/60-test.conf"
UNIT = f"migrate-offload-pmem@{nvdimm.DAX}.service"
WITHOUT, WITH = [DRAM, CXL], [DRAM, CXL, PMEM]
REFUSED = 9
KIB, MIB = 1 << 10, 1 << 20


def run(guest, t):
    failed = product.failed_units(guest)
    t.equal(listed(guest), {}, "nothing is listed at first")
    with contextlib.ExitStack() as stack:
        stack.callback(guest.run, f"rm -f {CONFIG}; systemctl reset-failed 'migrate-offload-pmem@*'")
        mounted(guest, t)
        with nvdimm.namespace(guest):
            uuid = shown(guest, t)
            refused(guest, t, uuid)
            appears(guest, t, uuid)
            back(guest, t, uuid)
    t.equal(product.failed_units(guest), failed, "no unit is left failed")


def configure(guest, text):
    guest.run(f"printf '{text}\\n' >{CONFIG}")


def devices(guest):
    return json.loads(guest.out("migrate-offload pmem --json"))["devices"]


def first(guest):
    """What the tool says of the first NVDIMM's namespace."""
    return next(device for device in devices(guest) if device["namespace"] == nvdimm.name(0))


def listed(guest):
    return {device["uuid"]: device["configured"] for device in devices(guest) if device["configured"]}


def says(t, result, status, words, name):
    """A run of the tool that has to end with a status and some words on standard error."""
    t.check(result.status == status and words in result.err, name, result)


def up(guest, name):
    return guest.run(f"migrate-offload pmem up {name}", check=False)


def mounted(guest, t):
    """A file system is left alone, whatever is configured."""
    made = nvdimm.create(guest, mode="fsdax", where="dev")
    uuid, block = made["uuid"], made["blockdev"]
    guest.run(f"mkfs.ext4 -q /dev/{block} && mkdir -p /run/pmem && mount /dev/{block} /run/pmem && "
              "dd if=/dev/urandom of=/run/pmem/data bs=1M count=16 status=none && sync")
    data = guest.out("sha256sum /run/pmem/data")
    device = first(guest)
    t.equal((device["uuid"], device["mode"], device["device"], device["map"], device["bytes"]),
            (uuid, "fsdax", block, "dev", made["size"]), "an fsdax namespace is shown as ndctl shows it")
    t.equal(device["memmap_bytes"], made["size"] // 4096 * 64, "and how large its memmap is")
    says(t, up(guest, uuid), REFUSED, "not listed", "what is not listed is refused")
    configure(guest, f"{uuid} = system-ram movable")
    says(t, up(guest, uuid), REFUSED, "mounted at /run/pmem", "what is mounted is refused, and the reason given")
    unit = guest.run("systemctl restart migrate-offload-pmem@namespace0.0.service", check=False)
    t.check(unit.status, "its unit fails", unit)
    configure(guest, f"{uuid} = fsdax")
    t.equal(up(guest, uuid).status, 0, "listed as what it is, nothing is to be done")
    t.equal(guest.out("sha256sum /run/pmem/data"), data, "the file in it is as it was")
    guest.run(f"umount /run/pmem && rmdir /run/pmem && rm {CONFIG}")


def shown(guest, t):
    ndctl = nvdimm.listed(guest)
    device = first(guest)
    t.equal((device["namespace"], device["device"], device["mode"], device["map"], device["uuid"], device["bytes"],
             device["alignment"], device["target_node"]),
            ("namespace0.0", nvdimm.DAX, "devdax", "mem", ndctl["uuid"], ndctl["size"], ndctl["align"], PMEM),
            "a devdax namespace is shown as ndctl shows it")
    t.equal((ndctl["align"], device["memmap_bytes"]), (2 * MIB, ndctl["size"] // (2 * MIB) * 8 * KIB),
            "and how large its memmap is, with what large pages share")
    t.check((device["predicted_ns"] is None) == bool(device["not_predicted"]) and
            (device["measured_ns"] is None) == bool(device["not_measured"]),
            "a time that is not known has a reason", device)
    t.note(guest.out("migrate-offload pmem"))
    return ndctl["uuid"]


def refused(guest, t, uuid):
    says(t, up(guest, nvdimm.DAX), REFUSED, "not listed", "a device that is not listed is refused")
    configure(guest, f"{uuid} = devdax\\n{uuid} = devdax")
    unit = guest.run(f"systemctl restart {UNIT}", check=False)
    journal = guest.out(f"journalctl -b -u {UNIT} -o cat --no-pager")
    t.check(unit.status and f"{CONFIG}:2: {uuid} is set a second time" in journal,
            "with a configuration that is not valid the unit fails, and says where it is not", journal)
    configure(guest, f"{uuid} = system-ram movable")
    guest.run(f"echo online >{nvdimm.AUTO_ONLINE}")
    says(t, up(guest, uuid), REFUSED, "auto_online_blocks", "a policy of the kernel's that conflicts is not fought over")
    guest.run(f"echo offline >{nvdimm.AUTO_ONLINE}")
    holder = guest.start(f"exec 3</dev/{nvdimm.DAX}; exec sleep 600")
    wait_until("the device to be opened", lambda: guest.run(f"ls -l /proc/*/fd | grep {nvdimm.DAX}", check=False).out, 30)
    unit = guest.run(f"systemctl restart {UNIT}", check=False)
    journal = guest.out(f"journalctl -b -u {UNIT} -o cat --no-pager")
    t.check(unit.status and "it is open in process" in journal and "(sleep)" in journal,
            "what a process has open is refused by the unit, and the process named", journal)
    guest.run("pkill --exact --full 'sleep 600'")
    guest.finish(holder, "the holder", 30)
    t.equal(nvdimm.nodes(guest), WITHOUT, "nothing was changed by all of that")


def appears(guest, t, uuid):
    """Nobody is told to do anything: the device comes, and the rule has the unit do it."""
    guest.run("ndctl disable-namespace namespace0.0 && ndctl enable-namespace namespace0.0", timeout=120)
    with contextlib.suppress(Exception):
        wait_until("the node", lambda: nvdimm.nodes(guest) == WITH, 60, interval=0.5)
    t.equal(nvdimm.nodes(guest), WITH, "a listed device that appears becomes memory by itself")
    guest.run(f"systemctl start {UNIT}")
    t.equal(guest.out(f"systemctl show -P Result {UNIT}"), "success", "and its unit says so")
    zones = guest.out(f"cat /sys/devices/system/node/node{PMEM}/memory*/valid_zones | sort -u")
    t.equal(zones, "Movable", "all of it is movable")
    device = first(guest)
    memory = device["memory"]
    t.equal((device["mode"], device["state"], memory["online"], memory["movable"]),
            ("system-ram", "done", memory["blocks"], True), "pmem says so, too")
    result = product.python(guest, "movepages.py", 4, 8, DRAM, PMEM)
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), "pages migrate to it and back, all bytes right")
    t.equal(up(guest, uuid).status, 0, "doing it again does nothing")


def back(guest, t, uuid):
    down = guest.run(f"migrate-offload pmem down {uuid}", check=False, timeout=120)
    t.equal((down.status, nvdimm.nodes(guest)), (0, WITHOUT), "it can be taken back")
    device = first(guest)
    t.equal((device["mode"], device["state"]), ("devdax", "to do"), "and is devdax again")
    t.equal(up(guest, nvdimm.DAX).status, 0, "and can be brought up by hand")
    t.equal(nvdimm.nodes(guest), WITH, "the node is there again")
    guest.run(f"migrate-offload pmem down {uuid}", timeout=120)
