# SPDX-License-Identifier: GPL-2.0-only
"""Persistent memory that is listed is up after a boot without anybody's hand, all devices at once; what cannot be fails
alone, and says why; and a configuration that is not valid stops neither the boot nor anything else."""
import contextlib
import json

import nvdimm
import product
from machine import CXL, DRAM, PMEM

MACHINE = "tiers"

CONFIG = "/etc/migrate-offload/pmem.conf.d/60-test.conf"
MOUNT = "/srv/pmem"
# Regions; those that become memory, and one with a file system in it that is listed as if it could.
MEMORY, FILES = (0, 1, 2), 3
WITHOUT = [DRAM, CXL]
WITH = WITHOUT + [PMEM + region for region in MEMORY]
DIFFERS, BAD_CONFIG = 6, 3
USE = "system-ram movable"
# systemd's own names for what it says of a unit, see sd-messages.h.
MESSAGES = {"starting": "7d4958e842da4a758f6c1cdc7b36dcc5", "finished": "39f53479d3a045ac8e11786248231fbf",
            "failed": "be02cf6855d2428ba40df7e9d022f03d"}


def run(guest, t):
    failed = product.failed_units(guest)
    made = {region: nvdimm.create(guest, region) for region in MEMORY}
    made[FILES] = nvdimm.create(guest, FILES, mode="fsdax")
    uuids = {region: namespace["uuid"] for region, namespace in made.items()}
    with contextlib.ExitStack() as stack:
        stack.callback(give_back, guest, uuids)
        data = file_system(guest, f"/dev/{made[FILES]['blockdev']}")
        not_valid(guest, t, uuids, failed)
        up(guest, t, uuids, failed, data)
        corrected(guest, t, uuids)
    t.equal((nvdimm.nodes(guest), product.failed_units(guest)), (WITHOUT, failed), "taken back, all is as it was")


def configure(guest, lines):
    guest.run("printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) + f" >{CONFIG}; sync")


def file_system(guest, device):
    """Mounted at boot, with a file in it."""
    guest.run(f"mkfs.ext4 -q {device} && mkdir -p {MOUNT} && cp -p /etc/fstab /etc/fstab.saved && "
              f"echo '{device} {MOUNT} ext4 nofail 0 0' >>/etc/fstab && systemctl daemon-reload && mount {MOUNT} && "
              f"dd if=/dev/urandom of={MOUNT}/data bs=1M count=16 status=none")
    return guest.out(f"sha256sum {MOUNT}/data")


def give_back(guest, uuids):
    for uuid in (uuids[region] for region in MEMORY):
        guest.run(f"migrate-offload pmem down {uuid}", timeout=120, check=False)
    guest.run(f"rm -f {CONFIG}; umount {MOUNT}; rmdir {MOUNT}; mv /etc/fstab.saved /etc/fstab; systemctl daemon-reload; "
              "systemctl reset-failed 'migrate-offload-pmem@*'", check=False)
    for region in uuids:
        nvdimm.destroy(guest, region)


def unit(region):
    """Of what a namespace comes to systemd as: its dax device, or itself."""
    return f"migrate-offload-pmem@{nvdimm.name(region) if region == FILES else f'dax{region}.0'}.service"


def said(guest, region, what):
    """When systemd said so of the unit in this boot, in us. The unit itself is forgotten when it is done."""
    lines = guest.out(f"journalctl -b -u {unit(region)} MESSAGE_ID={MESSAGES[what]} -o json --output-fields=MESSAGE --no-pager")
    return [int(json.loads(line)["__MONOTONIC_TIMESTAMP"]) for line in lines.splitlines()]


def journal(guest, region):
    return guest.out(f"journalctl -b -u {unit(region)} -o cat --no-pager")


def failed_of_ours(guest, failed):
    return {name for name in product.failed_units(guest) if name not in failed}


def booted(guest, t, name):
    """Whatever became of the memory."""
    t.equal(guest.run("systemctl is-active multi-user.target", check=False).out.strip(), "active", f"{name}: the machine boots")
    product.wait_migrator(guest, "dcbm")
    t.equal(guest.out("systemctl is-active migrate-offload.service"), "active", f"{name}: the offload is on")


def not_valid(guest, t, uuids, failed):
    name = "a configuration that is not valid"
    configure(guest, [f"{uuids[0]} = {USE}", f"{uuids[1]} = system-ram mobile", f"{uuids[2]} = {USE}"])
    guest.reboot()
    booted(guest, t, name)
    t.equal(nvdimm.nodes(guest), WITHOUT, f"{name}: nothing becomes memory")
    ours = failed_of_ours(guest, failed)
    t.check({unit(region) for region in MEMORY} <= ours and
            all(each.startswith("migrate-offload-pmem@") for each in ours), f"{name}: its units fail, and no others", ours)
    message = f"{CONFIG}:2: {uuids[1]}: 'system-ram mobile' is not valid; valid: {USE}, "
    for region in MEMORY:
        t.check(message in journal(guest, region), f"{name}: {unit(region)} says file, line, reason and remedy",
                journal(guest, region))
    for verb in ("status", "verify"):
        result = guest.run(f"migrate-offload {verb}", check=False)
        t.check(result.status == BAD_CONFIG and message in result.err, f"{name}: {verb} says so, too", result)


def up(guest, t, uuids, failed, data):
    configure(guest, [f"{uuid} = {USE}" for uuid in uuids.values()])
    guest.reboot()
    booted(guest, t, "three that can become memory, and one that cannot")
    t.equal(nvdimm.nodes(guest), WITH, "three nodes are there without anybody's hand")
    for region in MEMORY:
        node = PMEM + region
        times = {what: said(guest, region, what) for what in MESSAGES}
        t.check(times["starting"] and times["finished"] and not times["failed"], f"node {node}: its unit ran and succeeded", times)
        zones = guest.out(f"cat /sys/devices/system/node/node{node}/memory*/valid_zones | sort -u")
        states = guest.out(f"cat /sys/devices/system/node/node{node}/memory*/state | sort -u")
        t.equal((zones, states), ("Movable", "online"), f"node {node}: all of it is movable, and online")
    at_once(guest, t)
    alone(guest, t, uuids, failed, data)
    listed(guest, t, uuids)
    for region in MEMORY:
        moved(guest, t, PMEM + region)


def at_once(guest, t):
    """By when systemd began with each unit and was done with it."""
    spans = {region: (said(guest, region, "starting")[0], said(guest, region, "finished")[0]) for region in MEMORY}
    busy = {begin: sum(start <= begin < end for start, end in spans.values()) for begin, _ in spans.values()}
    text = ", ".join(f"{unit(region)} {begin / 1e6:.3f} to {end / 1e6:.3f} s" for region, (begin, end) in spans.items())
    t.check(max(busy.values()) == len(MEMORY), "all three are brought up at the same time", text)
    t.note(text)
    t.note("multi-user.target was reached at " +
           guest.out("systemctl show -P ActiveEnterTimestampMonotonic multi-user.target") + " us")


def alone(guest, t, uuids, failed, data):
    t.equal(failed_of_ours(guest, failed), {unit(FILES)}, "only the unit of what has a file system in it fails")
    text = journal(guest, FILES)
    t.check(f"{nvdimm.name(FILES)}: not touched: its mode is fsdax" in text and
            f"{CONFIG}:{len(MEMORY) + 1} asks for {USE}; correct the configuration" in text, "and says why, and what to do", text)
    t.equal(guest.run(f"mountpoint -q {MOUNT} && sha256sum {MOUNT}/data", check=False).out.strip(), data,
            "it is mounted, and the file in it is as it was two boots ago")


def listed(guest, t, uuids):
    found = {device["uuid"]: device for device in json.loads(guest.out("migrate-offload status --json"))["pmem"]}
    t.equal({uuid: (each["state"], each["node"]) for uuid, each in found.items()},
            {uuid: ("not up", None) if region == FILES else ("up", PMEM + region) for region, uuid in uuids.items()},
            "status shows what is up and what is not")
    t.check(f"mounted at {MOUNT}" in found[uuids[FILES]]["reason"], "and why not", found[uuids[FILES]])
    t.note(guest.out("migrate-offload status"))
    checks = verified(guest, t, DIFFERS, "verify --data says that not all is as configured")
    t.equal([name for name, each in checks.items() if not each["ok"]], [uuids[FILES]], "it is only that one")
    t.equal([name for name in checks if name.endswith("/data")], [f"node{PMEM + region}/data" for region in MEMORY],
            "and a pattern was moved to the other nodes and back")


def verified(guest, t, status, name):
    result = guest.run("migrate-offload verify --data --json", check=False)
    t.check(result.status == status, name, result)
    return {check["name"]: check for check in json.loads(result.out)["checks"]}


def moved(guest, t, node):
    with product.counted(guest) as counts:
        result = product.python(guest, "movepages.py", 2048, 8, DRAM, node)
    t.equal((result["unmoved"], result["wrong_blocks"], counts["engine_bytes"]), (0, 0, 3 * 8 << 20),
            f"node {node}: pages migrate to it and back by engines, all bytes right")


def corrected(guest, t, uuids):
    configure(guest, [f"{uuids[region]} = {USE}" for region in MEMORY] + [f"{uuids[FILES]} = fsdax"])
    guest.run(f"systemctl restart {unit(FILES)}")
    with product.counted(guest) as counts:
        verified(guest, t, 0, "with the right use for it, its unit succeeds and verify agrees")
    t.check(counts["engine_bytes"] > 0 and not counts["kernel"]["folios_failed"], "the pattern went by the engines", counts)
    guest.run(f"echo '00000000-0000-0000-0000-000000000000 = {USE}' >>{CONFIG}")
    checks = verified(guest, t, DIFFERS, "verify misses what is listed and not there")
    t.check("no namespace has the UUID" in (checks["00000000-0000-0000-0000-000000000000"]["problem"] or ""),
            "and says so", checks)
    configure(guest, [f"{uuids[region]} = {USE}" for region in MEMORY])
