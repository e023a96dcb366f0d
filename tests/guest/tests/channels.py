# SPDX-License-Identifier: GPL-2.0-only
"""Few channels leave to the CPU what they would copy slower than it: folios that are too small for them."""
import contextlib
import json

import product
from product import DCBM

MACHINE = "ours"

MIB = 4
# For so many channels the largest folios, in KiB, that are left to the CPU, and the smallest that are not.
LIMITS = {1: (1024, 2048), 3: (512, 1024), 7: (128, 256), 11: (32, 64), 12: (None, 4)}
THP = "/sys/kernel/mm/transparent_hugepage"
SIZES = (16, 32, 64, 128, 256, 512, 1024, 2048)


def run(guest, t):
    read_only(guest, t)
    product.set_channels(guest, max(LIMITS))
    before = guest.read(f"{DCBM}/min_folio_bytes")
    guest.run(f"echo auto >{DCBM}/min_folio_bytes")
    try:
        for channels, (left, taken) in LIMITS.items():
            limited(guest, t, channels, left, taken)
        quarantined(guest, t)
        guest.run(f"echo 131072 >{DCBM}/min_folio_bytes")
        moved(guest, t, "told to leave less than 128 KiB, 12 channels", 64, offloaded=False)
        moved(guest, t, "told to leave less than 128 KiB, 12 channels", 128, offloaded=True)
    finally:
        guest.run(f"echo {before} >{DCBM}/min_folio_bytes; echo 16 >{DCBM}/nr_dma_chan")
        product.set_channels(guest, 2)


def read_only(guest, t):
    """What is in force is shown, not set, not even when the module is loaded."""
    product.unload(guest, "dcbm")
    t.check(guest.run("modprobe dcbm min_folio_bytes_in_force=0", check=False).status != 0,
            "dcbm is not loaded with min_folio_bytes_in_force set")
    guest.run("systemctl start migrate-offload.service")


def limited(guest, t, channels, left, taken):
    guest.run(f"echo {channels} >{DCBM}/nr_dma_chan")
    limit = taken << 10 if left else 0
    t.equal(len(product.held(guest)), channels, f"{channels} channels are held")
    status = guest.out("migrate-offload status --json")
    t.equal((int(guest.read(f"{DCBM}/min_folio_bytes_in_force")), json.loads(status)["min_folio_bytes"]), (limit, limit),
            f"{channels} channels: the kernel and the tool say from which size on they copy")
    if left:
        moved(guest, t, f"{channels} channels", left, offloaded=False)
    moved(guest, t, f"{channels} channels", taken, offloaded=True)


def quarantined(guest, t):
    """A channel that must not be used is as good as none. One that was found to lie stays so."""
    guest.engines[0].do("flip every 1")
    guest.run(f"echo 1 >{DCBM}/verify")
    moved(guest, t, "12 channels, one of which lies", 2048, offloaded=None)
    guest.run(f"echo 0 >{DCBM}/verify")
    product.heal(guest)
    states = guest.out("cat /sys/module/dcbm/channels/*/state").split()
    t.equal(states.count("quarantined"), 1, "one is in quarantine")
    t.equal(int(guest.read(f"{DCBM}/min_folio_bytes_in_force")), LIMITS[11][1] << 10, "and the others count as eleven")
    moved(guest, t, "12 channels, one of which is in quarantine", LIMITS[11][0], offloaded=False)
    moved(guest, t, "12 channels, one of which is in quarantine", LIMITS[11][1], offloaded=True)
    guest.run("systemctl restart migrate-offload.service")


def moved(guest, t, name, folio_kib, offloaded):
    """Moves folios of that size; they are offloaded, left to the CPU, or it is not said."""
    name = f"{name}, folios of {folio_kib} KiB"
    with folios_of(guest, folio_kib), product.counted(guest) as counts:
        # A folio smaller than 2 MiB is split when it is migrated for the second time
        result = product.python(guest, "movepages.py", folio_kib, MIB, 0, 1, MIB << 10, 1)
    kernel = counts["kernel"]
    t.equal((result["unmoved"], result["wrong_blocks"]), (0, 0), f"{name}: all moved, all bytes right")
    t.check(product.adds_up(kernel), f"{name}: counters add up", kernel)
    if offloaded is None:
        return
    t.equal((kernel["folios_offloaded"], kernel["folios_declined_migrator"]),
            (MIB * 1024 // folio_kib, 0) if offloaded else (0, MIB * 1024 // folio_kib),
            f"{name}: {'offloaded' if offloaded else 'left to the CPU'}, as such folios")


@contextlib.contextmanager
def folios_of(guest, folio_kib):
    """Has anonymous memory that asks for large folios get those of this size only."""
    before = guest.out(f"cd {THP} && grep -H . hugepages-*kB/enabled")
    wanted = "; ".join(f"[ ! -e {THP}/hugepages-{size}kB ] || echo {'madvise' if size == folio_kib else 'never'} >{THP}/hugepages-{size}kB/enabled"
                       for size in SIZES)
    guest.run(wanted)
    try:
        yield
    finally:
        for line in before.splitlines():
            path, choice = line.split(":")
            chosen = choice[choice.index("[") + 1:choice.index("]")]
            guest.run(f"echo {chosen} >{THP}/{path}")
