# SPDX-License-Identifier: GPL-2.0-only
"""What the measured points say: derived figures, tables, a picture."""
import statistics

import chart
import points
from points import MIB, STOCK, WHOLE


def summarise(result):
    """Adds to each point what follows from its times."""
    for point in result["points"]:
        ns = statistics.median(point["ns"])
        speed = result["bandwidth"] * point["channels"]
        point["bytes_per_s"] = point["bytes"] / ns * 1e9
        point["share_of_limit"] = point["bytes_per_s"] / speed
        point["emulation_share"] = point["emulation_ns"] / ns
        point["first_folio_ms"] = statistics.median(point["first_ns"]) / 1e6
    for point in result["counted"] + result["counted_cpu"]:
        point["instructions_per_byte"] = min(point["instructions"]) / point["bytes"]
    by_cpu = {point["folio"]: point["instructions_per_byte"] for point in result["counted_cpu"]}
    for point, same in zip(result["points"], result["counted"]):
        point["instructions_per_byte"] = same["instructions_per_byte"]
        point["instructions_to_cpu"] = same["instructions_per_byte"] / by_cpu[point["folio"]]
    result["goals"] = goals(result)
    for first in range(0, len(result["little"]), len(points.MODES)):
        same = result["little"][first:first + len(points.MODES)]
        for point in same:
            point["us"] = statistics.median(point["ns"]) / 1e3
            point["to_cpu"] = point["us"] / same[0]["us"]


def find(result, **wanted):
    """The points that are so."""
    return [point for point in result["points"] if all(point[name] == value for name, value in wanted.items())]


def stock(result, channels, chunk):
    """A point of those that the goals are about."""
    point, = find(result, folio=2 * MIB, batch_pages=STOCK, channels=channels, chunk=chunk)
    return point


def goals(result):
    """Folios of 2 MiB at the stock limit of a batch, all channels against one."""
    default, most = result["default_chunk"], max(points.CHANNELS)
    one, all_of_them = (stock(result, channels, default) for channels in (1, most))
    whole_one, whole_all = (stock(result, channels, WHOLE) for channels in (1, most))
    chunks = find(result, folio=2 * MIB, batch_pages=STOCK, channels=most)
    return {
        "channels": most,
        "speedup": all_of_them["bytes_per_s"] / one["bytes_per_s"],
        "speedup_whole_folios": whole_all["bytes_per_s"] / whole_one["bytes_per_s"],
        "first_folio_ratio": all_of_them["first_folio_ms"] / one["first_folio_ms"],
        "share_of_limit": all_of_them["share_of_limit"],
        "emulation_share": all_of_them["emulation_share"],
        "best_chunk": max(chunks, key=lambda point: point["bytes_per_s"])["chunk"],
        "best_to_default_chunk": max(point["bytes_per_s"] for point in chunks) / all_of_them["bytes_per_s"],
    }


def chunk_name(size):
    return "whole" if size == WHOLE else chart.size_name(size)


def tables(result):
    print(f"Linux {result['kernel']} under {result['accelerator']}; each channel {result['bandwidth'] / 1e6:g} MB/s. Times are "
          "those of an emulation: compare rows, not machines.\n")
    print(f"{'channels':>8} {'folio':>6} {'batch':>6} {'chunk':>6} {'MB/s':>8} {'of limit':>8} {'emulation':>9} "
          f"{'first folio':>12} {'instructions/byte':>17} {'to CPU':>6}")
    for p in result["points"]:
        print(f"{p['channels']:8} {chart.size_name(p['folio']):>6} {p['batch_pages']:6} {chunk_name(p['chunk']):>6} "
              f"{p['bytes_per_s'] / 1e6:8.2f} {p['share_of_limit']:8.1%} {p['emulation_share']:9.1%} "
              f"{p['first_folio_ms']:9.1f} ms {p['instructions_per_byte']:17.4f} {p['instructions_to_cpu']:6.2f}")
    g = result["goals"]
    print(f"\n2 MiB folios at {STOCK} pages a batch, {g['channels']} channels against one:\n"
          f"  throughput             {g['speedup']:.2f} times (goal: at least 12)\n"
          f"  ... with whole folios  {g['speedup_whole_folios']:.2f} times\n"
          f"  first folio after      {g['first_folio_ratio']:.3f} of the time (goal: at most 0.125)\n"
          f"  share of the limit     {g['share_of_limit']:.1%} (goal: at least 90 %), emulation takes "
          f"{g['emulation_share']:.1%}\n"
          f"  best chunk size        {chunk_name(g['best_chunk'])}, {g['best_to_default_chunk']:.3f} times the default's "
          f"{chunk_name(result['default_chunk'])}\n"
          "\nInstructions are those of a whole migration, counted by QEMU (-icount); to CPU: to those of the same folios copied\n"
          "by the CPU, which are, by folio size: "
          + ", ".join(f"{chart.size_name(p['folio'])} {p['instructions_per_byte']:.4f}" for p in result["counted_cpu"]) + "\n")
    little(result)


def little(result):
    """What little work takes, as a multiple of the CPU's time."""
    modes = list(points.MODES)
    print(f"Little work, engines without a limit, which cost about a millisecond a chunk here; times to the CPU's:\n{'folio':>6} {'bytes':>6} {'CPU':>10}  "
          + "  ".join(f"{mode:>22}" for mode in modes[1:]))
    for first in range(0, len(result["little"]), len(modes)):
        cpu, *others = result["little"][first:first + len(modes)]
        print(f"{chart.size_name(cpu['folio']):>6} {chart.size_name(cpu['bytes']):>6} {cpu['us']:7.0f} us  "
              + "  ".join(f"{p['to_cpu']:11.2f} ({p['by_engines']:3.0%} DMA)" for p in others))


def lines(result, axis, value, *sets):
    """A line for each of the sets (label, dashed, what its points have in common)."""
    return [chart.Line(label, [(point[axis], point[value]) for point in find(result, **common)], colour, dashed)
            for colour, (label, dashed, common) in enumerate(sets)]


def drawing(result):
    most, default = max(points.CHANNELS), result["default_chunk"]
    both = tuple((label, dashed, {"chunk": chunk}) for label, dashed, chunk in
                 ((f"chunks of {chart.size_name(default)} at most", False, default), ("whole folios", True, WHOLE)))

    def of(**common):
        return [(label, dashed, dict(some, **common)) for label, dashed, some in both]
    shares = {value / 100: f"{value} %" for value in (5, 10, 20, 50, 100)}
    channels = {n: str(n) for n in points.CHANNELS}
    latencies = {ms: f"{ms} ms" for ms in (30, 100, 300, 1000, 3000, 10000)}
    at_stock, huge = {"batch_pages": STOCK}, {"folio": 2 * MIB}
    panels = [
        chart.Panel("share of the engines' limit, by channels", lines(result, "channels", "share_of_limit", *of(
            **at_stock, **huge)), channels, shares, 1),
        chart.Panel("first folio after, by channels", lines(result, "channels", "first_folio_ms", *of(
            **at_stock, **huge)), channels, latencies),
        chart.Panel(f"share, by pages in a batch, {most} channels", lines(result, "batch_pages", "share_of_limit", *of(
            channels=most, **huge)), {pages: str(pages) for pages in points.BATCHES}, shares, 1),
        chart.Panel(f"first folio after, by pages in a batch, {most} channels", lines(
            result, "batch_pages", "first_folio_ms", *of(channels=most, **huge)),
            {pages: str(pages) for pages in points.BATCHES}, latencies),
        chart.Panel(f"share, by chunk size, {most} channels", lines(result, "chunk", "share_of_limit", (
            "chunks", False, dict(channels=most, **at_stock, **huge))),
            {size: chunk_name(size) for size in points.CHUNKS + (WHOLE,)}, shares, 1),
        chart.Panel(f"share, by folio size, {most} channels", lines(result, "folio", "share_of_limit", (
            "folios", False, dict(channels=most, chunk=default, **at_stock))),
            {size: chart.size_name(size) for size in points.FOLIOS}, shares, 1),
    ]
    return chart.picture(panels, f"Copying by emulated engines of {result['bandwidth'] / 1e6:g} MB/s each; folios of 2 MiB and "
                         f"batches of {STOCK} pages where nothing else is said.")
