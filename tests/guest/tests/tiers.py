# SPDX-License-Identifier: GPL-2.0-only
"""DRAM, CXL-like and persistent memory: kinds, thresholds for each, and profiles for each."""
import contextlib
import json

import nvdimm
import product
from machine import CXL, DRAM, PMEM
from progress import wait_until

MACHINE = "tiers"

PAGE = 4096
KIB = 1024
LIMITS = {DRAM: 512 * KIB, CXL: 1024 * KIB, PMEM: 1536 * KIB}
KEYS = {DRAM: "dram_min_bytes", CXL: "cxl_min_bytes", PMEM: "pmem_min_bytes"}
SETTINGS = {KEYS[node]: limit for node, limit in LIMITS.items()}
# Each pair of nodes, and the one of them that is lower in the order of tiers.
PAIRS = ((DRAM, CXL, CXL), (CXL, DRAM, CXL), (DRAM, PMEM, PMEM), (PMEM, CXL, PMEM))
VARIABLES = "/etc/tuned/migrate-offload-variables.conf"
PROFILES = ("migrate-offload", "migrate-offload-cxl", "migrate-offload-pmem")


def run(guest, t):
    failed = product.failed_units(guest)
    with nvdimm.namespace(guest):
        with product.configured(guest, **SETTINGS):
            appears(guest, t)
            kinds(guest, t)
            for source, target, slower in PAIRS:
                sizes(guest, t, source, target, slower)
            by_hand(guest, t)
            reappears(guest, t)
        reverted(guest, t)
        tuned(guest, t)
    t.equal(product.failed_units(guest), failed, "no unit failed meanwhile")


def nodes_as_json(guest):
    return {node["node"]: node for node in json.loads(guest.out("migrate-offload tiers --json"))["nodes"]}


def verified(guest):
    return guest.run("migrate-offload verify", check=False).status == 0


def wait_min_bytes(guest, wanted, what):
    """Nobody is told to apply anything: waits for what the rules do by themselves."""
    with contextlib.suppress(Exception):
        wait_until(what, lambda: product.min_bytes(guest) == wanted, 60, interval=0.5)
    return product.min_bytes(guest)


def appears(guest, t):
    without = {node: limit for node, limit in LIMITS.items() if node != PMEM}
    t.equal(product.min_bytes(guest), without, "the configured thresholds reach the nodes that are there")
    t.check(verified(guest), "verify agrees, though there is no persistent memory yet")
    nvdimm.join(guest)
    t.equal(wait_min_bytes(guest, LIMITS, "the threshold of the new node"), LIMITS,
            "persistent memory that becomes a node gets its threshold by itself")
    t.check(verified(guest), "verify agrees")


def kinds(guest, t):
    nodes = nodes_as_json(guest)
    t.equal({number: node["kind"] for number, node in nodes.items()}, {DRAM: "dram", CXL: "cxl", PMEM: "pmem"},
            "the tool tells the kinds of memory")
    t.equal({number: (node["key"], node["configured"], node["min_bytes"]) for number, node in nodes.items()},
            {node: (KEYS[node], limit, limit) for node, limit in LIMITS.items()},
            "and what is configured for each, and set")


def sizes(guest, t, source, target, slower):
    """A batch a page short of the limit, one of just that size, one of a page more."""
    limit = LIMITS[slower]
    for more in (-1, 0, 1):
        size = limit + more * PAGE
        name = f"{size} bytes from node {source} to node {target}, where the limit is {limit}"
        with product.counted(guest) as counts:
            result = product.python(guest, "poison.py", "none", "move_pages", 4, size // KIB, source, target)
        kernel = counts["kernel"]
        t.equal((result["unmoved"], result["wrong_pages"]), (0, 0), f"{name}: all moved, all bytes right")
        done, declined = (size, 0) if more >= 0 else (0, size)
        t.equal((kernel["bytes_offloaded"], counts["engine_bytes"]), (done, done),
                f"{name}: {'all of it' if done else 'nothing'} is offloaded")
        t.equal((kernel["folios_declined_size"], kernel["bytes_declined_size"]), (declined // PAGE, declined),
                f"{name}: {'all of it' if declined else 'nothing'} is declined for its size")
        t.check(product.adds_up(kernel) and not kernel["folios_failed"], f"{name}: counters add up, no failure", kernel)


def by_hand(guest, t):
    for node, limit in LIMITS.items():
        guest.run(f"echo {limit + 1} >{product.SYSFS}/node{node}/min_bytes")
        verify = guest.run("migrate-offload verify", check=False)
        t.check(verify.status != 0 and f"node{node}/min_bytes" in verify.out + verify.err,
                f"verify finds and names the threshold of node {node} that somebody changed", verify)
        guest.run("migrate-offload apply --event")
        t.equal(product.min_bytes(guest), LIMITS, "applying puts it right")
        t.check(verified(guest), "and verify agrees")


def reappears(guest, t):
    nvdimm.leave(guest)
    t.check(PMEM not in product.min_bytes(guest), "with the memory the node's directory goes")
    t.check(verified(guest), "and verify does not miss it")
    nvdimm.join(guest)
    t.equal(wait_min_bytes(guest, LIMITS, "the threshold of the node that came back"), LIMITS,
            "when it comes back it gets its threshold again")


def reverted(guest, t):
    """What was there before is put back exactly, on a node that came meanwhile, too."""
    guest.run("systemctl stop migrate-offload.service")
    before = {DRAM: 8192, CXL: 12288, PMEM: 0}
    for node, value in before.items():
        guest.run(f"echo {value} >{product.SYSFS}/node{node}/min_bytes")
    nvdimm.leave(guest)
    with product.configured(guest, **SETTINGS):
        nvdimm.join(guest)
        t.equal(wait_min_bytes(guest, LIMITS, "the thresholds"), LIMITS, "with the service the thresholds are set")
        guest.run("systemctl stop migrate-offload.service")
        t.equal(product.min_bytes(guest), before, "stopping it puts back what each was before")
    guest.run("systemctl stop migrate-offload.service")
    guest.run(f"for file in {product.SYSFS}/node*/min_bytes; do echo 0 >$file; done")
    guest.run("systemctl start migrate-offload.service")


def knobs(guest):
    return (product.migrator(guest), product.min_bytes(guest),
            *(guest.read(f"{product.SYSFS}/{name}") for name in ("reasons", "max_batch_pages")))


def tuned(guest, t):
    guest.run("systemctl disable --now migrate-offload.service")
    original = guest.out("tuned-adm active").split(":")[1].strip()
    before = knobs(guest)
    lines = "".join(f"{key}={value}\\n" for key, value in SETTINGS.items())
    guest.run(f"cp -p {VARIABLES} /run/variables.saved && printf '{lines}' >>{VARIABLES}")
    for profile in PROFILES:
        guest.run(f"tuned-adm profile {profile}", timeout=120)
        t.equal((product.migrator(guest), product.min_bytes(guest)), ("dcbm", LIMITS),
                f"the profile {profile} sets migrator and thresholds")
        t.equal(tuned_verify(guest), 0, f"{profile}: tuned-adm verify agrees")
        guest.run(f"echo 4096 >{product.SYSFS}/node{CXL}/min_bytes")
        t.check(tuned_verify(guest), f"{profile}: tuned-adm verify finds a threshold that somebody changed")
        guest.run(f"tuned-adm profile {original}", timeout=120)
        t.equal(knobs(guest), before, f"{profile}: the profile {original} puts back what was there before")
    guest.run(f"mv /run/variables.saved {VARIABLES}")
    for profile in PROFILES:
        guest.run(f"tuned-adm profile {profile}", timeout=120)
        t.equal(tuned_verify(guest), 0, f"{profile} with its own values: tuned-adm verify agrees")
        t.note(f"{profile}: {knobs(guest)}")
    guest.run(f"tuned-adm profile {original}", timeout=120)
    t.equal(knobs(guest), before, f"from one to the other, and then {original}: all as before")
    guest.run("systemctl enable --now migrate-offload.service")


def tuned_verify(guest):
    return guest.run("tuned-adm verify", check=False, timeout=120).status
