# SPDX-License-Identifier: GPL-2.0-only
"""The machine's NVDIMMs: region N is that of node PMEM + N, and has at most one namespace. The first
one as a memory node of its own, and away again."""
import contextlib
import json

from machine import PMEM

DAX = "dax0.0"
AUTO_ONLINE = "/sys/devices/system/memory/auto_online_blocks"


def nodes(guest):
    """Numbers of the nodes with memory."""
    numbers = []
    for part in guest.read("/sys/devices/system/node/has_memory").split(","):
        low, _, high = part.partition("-")
        numbers += range(int(low), int(high or low) + 1)
    return numbers


def name(region):
    return f"namespace{region}.0"


def listed(guest, region=0):
    """What ndctl says of the region's namespace."""
    text = guest.out(f"ndctl list --namespaces --region=region{region}")
    return json.loads(text)[0] if text else None


def create(guest, region=0, mode="devdax", where="mem"):
    """A namespace over the whole NVDIMM, with its memmap in mem or dev; returns what ndctl says of it."""
    # A new NVDIMM is one namespace; one that a test before this has given back has none.
    what = f"--force --reconfig={name(region)}" if listed(guest, region) else f"--region=region{region}"
    guest.run(f"ndctl create-namespace --mode={mode} --map={where} {what}", timeout=120)
    return listed(guest, region)


def destroy(guest, region=0):
    guest.run(f"ndctl destroy-namespace --force {name(region)}", timeout=120)


@contextlib.contextmanager
def daxctl_onlines(guest):
    """Has daxctl bring memory online, as movable, and not the kernel by itself."""
    online = guest.read(AUTO_ONLINE)
    guest.run(f"echo offline >{AUTO_ONLINE}")
    try:
        yield
    finally:
        guest.run(f"echo {online} >{AUTO_ONLINE}")


@contextlib.contextmanager
def namespace(guest):
    """A devdax namespace over the whole first NVDIMM, and the memory that it may become brought
    online by daxctl."""
    with daxctl_onlines(guest):
        create(guest)
        try:
            yield
        finally:
            if PMEM in nodes(guest):
                leave(guest)
            destroy(guest)


def join(guest):
    """Makes it a node: memory for everybody who asks for that node."""
    guest.run(f"daxctl reconfigure-device --mode=system-ram {DAX}", timeout=120)


def offline(guest):
    """Has the kernel move away what is in it."""
    guest.run(f"daxctl offline-memory {DAX}", timeout=120)


def leave(guest):
    """Takes the node away."""
    if PMEM in nodes(guest):
        offline(guest)
    guest.run(f"daxctl reconfigure-device --mode=devdax {DAX}", timeout=120)
