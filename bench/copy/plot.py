#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""plot.py JSON SVG: the ratios of the copy benchmark as a picture."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import chart  # noqa: E402

RATIOS = {ratio: f"{ratio:g}" for ratio in (0.5, 0.7, 1, 1.5, 2, 3)}
LINES = (("patched, CPU with ERMS and FSRM", "ratio", "rep_good erms fsrm"),
         ("patched, CPU with REP_GOOD only", "ratio", "rep_good"),
         ("patched, CPU with neither", "ratio", "none"),
         ("one plain copy, CPU with ERMS and FSRM", "naive_ratio", "rep_good erms fsrm"),
         ("one plain copy, CPU with REP_GOOD only", "naive_ratio", "rep_good"))


def panel(points, operation, cold):
    lines = []
    for colour, (label, ratio, features) in enumerate(LINES):
        name = f"{operation}: {features}"
        spreads = [(p["bytes"], p[ratio][name]) for p in points if p["cold"] == cold and name in p[ratio]]
        lines.append(chart.Line(label, [(size, median, low, high) for size, (low, median, high, *_) in spreads],
                                colour, dashed=ratio == "naive_ratio"))
    sizes = {p["bytes"]: "" for p in points}
    sizes.update({size: chart.size_name(size) for size in sorted(sizes)[::2]})
    state = "source and destination cold" if cold else "source and destination in cache"
    return chart.Panel(f"{operation}(), {state}", lines, sizes, RATIOS, 1)


def main(source, target):
    with open(source) as file:
        result = json.load(file)
    panels = [panel(result["points"], operation, cold)
              for operation in ("folio_copy", "folio_mc_copy") for cold in (True, False)]
    machine = result["machine"]
    with open(target, "w") as file:
        file.write(chart.picture(panels, "Speed by length of the folio, as a ratio to the base kernel's loop over pages on the "
                                 f"same CPU; medians, bars: quartiles. {machine['cpu']}"
                                 + (", virtual machine" if machine["virtual"] else "")))


main(*sys.argv[1:])
