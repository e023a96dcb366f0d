# SPDX-License-Identifier: GPL-2.0-only
"""The machine's NVDIMM: as a memory node of its own, and away again."""
import contextlib

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


@contextlib.contextmanager
def namespace(guest):
    """A devdax namespace over the whole NVDIMM, and the memory that it may become brought
    online by daxctl, as movable, and not by the kernel."""
    online = guest.read(AUTO_ONLINE)
    guest.run(f"echo offline >{AUTO_ONLINE}")
    # A new NVDIMM is one namespace; one that a test before this has given back has none.
    where = "--force --reconfig=namespace0.0" if guest.out("ndctl list --namespaces") else "--region=region0"
    guest.run(f"ndctl create-namespace --mode=devdax --map=mem {where}", timeout=120)
    try:
        yield
    finally:
        if PMEM in nodes(guest):
            leave(guest)
        guest.run("ndctl destroy-namespace --force namespace0.0", timeout=120)
        guest.run(f"echo {online} >{AUTO_ONLINE}")


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
