# SPDX-License-Identifier: GPL-2.0-only
"""Which points of channels x folio size x batch limit x chunk size are measured."""

KIB, MIB = 1 << 10, 1 << 20
STOCK = 512  # pages: the limit of a batch in a kernel without the stack
WHOLE = 2 * MIB  # chunks of this size are whole folios
CHANNELS = (1, 2, 4, 8, 16)
FOLIOS = tuple(kib * KIB for kib in (4, 16, 64, 256, 1024, 2048))
BATCHES = (STOCK, 2048, 8192, 16384)
CHUNKS = tuple(kib * KIB for kib in (32, 64, 128, 256, 512))
PAGE = 4 * KIB
COUNTED = 8 * MIB
RING_DEPTHS = (1, 31)  # the driver's default, and its ring full
RING_BANDWIDTHS = (0, 32 * 10 ** 6)  # at the latter a chunk takes about as long as it takes to emulate


# Little work, as (folio, bytes): from a page to what a batch can hold.
LITTLE = ((4 * KIB, 4 * KIB), (4 * KIB, 64 * KIB), (4 * KIB, 256 * KIB), (4 * KIB, 2 * MIB),
          (64 * KIB, 64 * KIB), (64 * KIB, 512 * KIB), (64 * KIB, 2 * MIB), (2 * MIB, 2 * MIB), (2 * MIB, 8 * MIB))
# By name: the migrator, how many channels, and whether the policy may decline.
MODES = {"cpu": ("none", 16, True)} | {
    f"{'policy' if policy else 'no policy'}, {channels} channel{'s' if channels > 1 else ''}": ("dcbm", channels, policy)
    for policy in (True, False) for channels in (1, 4, 16)}
# What the policy goes by, when nothing is to be left to the CPU.
ALL = {"min_bytes": {0: 0, 1: 0}, "min_folio": 0, "offloaded": True}


def plan(quick, default_chunk):
    """Not all combinations: each axis beside the goals of the design, which are about folios of 2 MiB at
    the stock limit."""
    def point(channels=16, folio=2 * MIB, batch=STOCK, chunk=default_chunk):
        return {"channels": channels, "folio": folio, "batch_pages": batch, "chunk": chunk, "migrator": "dcbm", **ALL}
    few = (1, 16) if quick else CHANNELS
    points = [point(channels=n) for n in CHANNELS]
    points += [point(channels=n, chunk=WHOLE) for n in few]
    points += [point(channels=n, folio=size) for n in few for size in FOLIOS[:-1]
               if not quick or size in (4 * KIB, 64 * KIB)]
    # A batch of 64 MiB takes one channel longer than anybody waits
    points += [point(channels=n, batch=batch, chunk=chunk) for batch in BATCHES for n in few if n * 1024 >= batch
               for chunk in (default_chunk, WHOLE)]
    points += [point(batch=batch, chunk=chunk) for chunk in CHUNKS for batch in ((STOCK,) if quick else (STOCK, 8192))]
    return [new for index, new in enumerate(points) if new not in points[:index]]


def sized(point, bandwidth, seconds):
    """How much to move: whole batches, for about that long at the modelled speed."""
    batch = point["batch_pages"] * PAGE
    at_once = min(point["channels"], max(batch // min(point["folio"], point["chunk"]), 1))
    wanted = int(seconds * bandwidth * at_once)
    # Emulation takes about a millisecond a chunk, whatever the bandwidth
    wanted = min(wanted, int(seconds * 1000 * min(point["folio"], point["chunk"])))
    return max(wanted // batch, 1) * batch


def counted(point):
    """How much to move where instructions are counted: whole batches, enough to show little of what is around them."""
    batch = point["batch_pages"] * PAGE
    return max(COUNTED // batch, 1) * batch


def by_cpu(default_chunk):
    """What engines are to spare: folios of each size, copied by the CPU."""
    return [{"channels": max(CHANNELS), "folio": folio, "batch_pages": STOCK, "chunk": default_chunk, "migrator": "none",
             **ALL, "offloaded": False} for folio in FOLIOS]


def ring():
    """Small chunks, which is where a descriptor's own cost shows."""
    return [{"channels": channels, "folio": 2 * MIB, "bytes": 16 * MIB, "batch_pages": STOCK, "chunk": chunk,
             "bandwidth": bandwidth, "migrator": "dcbm", **ALL}
            for bandwidth in RING_BANDWIDTHS for channels in (1, max(CHANNELS)) for chunk in (32 * KIB, 64 * KIB)]


def little(default_chunk, default_min_bytes):
    """The same little work in each of the modes, one after the other."""
    default = {"min_bytes": default_min_bytes, "min_folio": "auto", "offloaded": False}
    return [{"mode": mode, "channels": channels, "folio": folio, "bytes": size, "batch_pages": STOCK,
             "chunk": default_chunk, "migrator": migrator, **(default if policy else ALL)}
            for folio, size in LITTLE for mode, (migrator, channels, policy) in MODES.items()]
