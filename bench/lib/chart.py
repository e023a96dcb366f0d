# SPDX-License-Identifier: GPL-2.0-only
"""Panels with lines on logarithmic axes, as an SVG picture."""
import html
import math

WIDTH, HEIGHT = 560, 330  # of a panel
LEFT, TOP, BOTTOM, RIGHT = 56, 46, 40, 16
# Colours that people who cannot tell red from green can tell apart.
COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#d55e00", "#56b4e9")
STYLE = ("text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.grid{stroke:#ddd}"
         ".one{stroke:#222;stroke-width:1.5}.q{stroke-width:5;opacity:.25}")


def size_name(size):
    for shift, unit in ((30, "G"), (20, "M"), (10, "K")):
        if size >= 1 << shift:
            return f"{size >> shift}{unit}"
    return str(size)


class Line:
    """Points (x, y) or (x, y, low, high)."""

    def __init__(self, label, points, colour=0, dashed=False):
        self.label, self.points = label, sorted(points)
        self.colour, self.dash = COLOURS[colour], " stroke-dasharray='5 4'" if dashed else ""


class Panel:
    """Lines with the values to label on each axis; they say what is shown, too."""

    def __init__(self, title, lines, x_labels, y_labels, emphasised=None):
        self.title, self.lines, self.emphasised = title, lines, emphasised
        self.x_labels, self.y_labels = x_labels, y_labels  # {value: text}

    @staticmethod
    def _along(value, values, begin, end):
        low, high = math.log(min(values)), math.log(max(values))
        return begin + (math.log(value) - low) / ((high - low) or 1) * (end - begin)

    def x(self, value):
        return self._along(value, self.x_labels, LEFT, WIDTH - RIGHT)

    def y(self, value):
        value = min(max(value, min(self.y_labels)), max(self.y_labels))
        return self._along(value, self.y_labels, HEIGHT - BOTTOM, TOP)

    def svg(self):
        yield f"<text x='{LEFT}' y='{TOP - 12}' class='t'>{html.escape(self.title)}</text>"
        for value, text in self.y_labels.items():
            y = self.y(value)
            kind = "one" if value == self.emphasised else "grid"
            yield f"<line x1='{LEFT}' y1='{y:.1f}' x2='{WIDTH - RIGHT}' y2='{y:.1f}' class='{kind}'/>"
            yield f"<text x='{LEFT - 6}' y='{y + 4:.1f}' text-anchor='end'>{html.escape(text)}</text>"
        for value, text in self.x_labels.items():
            yield (f"<text x='{self.x(value):.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle'>"
                   f"{html.escape(text)}</text>")
        for line in self.lines:
            for x, _, *spread in line.points:
                if spread:
                    yield (f"<line x1='{self.x(x):.1f}' y1='{self.y(spread[0]):.1f}' x2='{self.x(x):.1f}' "
                           f"y2='{self.y(spread[1]):.1f}' stroke='{line.colour}' class='q'/>")
            path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y, *_ in line.points)
            yield f"<polyline fill='none' stroke='{line.colour}' stroke-width='2'{line.dash} points='{path}'/>"


def picture(panels, caption, legend=None):
    """The panels in two columns, a caption and a legend; of the first panel's lines if none is given."""
    rows = (len(panels) + 1) // 2
    legend = legend or panels[0].lines
    bottom = rows * HEIGHT
    height = bottom + 60 + 20 * len(legend)
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{2 * WIDTH}' height='{height}' "
           f"viewBox='0 0 {2 * WIDTH} {height}'>", f"<style>{STYLE}</style>",
           "<rect width='100%' height='100%' fill='#fff'/>"]
    for index, panel in enumerate(panels):
        out.append(f"<g transform='translate({index % 2 * WIDTH},{index // 2 * HEIGHT})'>")
        out += panel.svg()
        out.append("</g>")
    out.append(f"<text x='{LEFT}' y='{bottom + 16}'>{html.escape(caption)}</text>")
    for index, line in enumerate(legend):
        y = bottom + 40 + 20 * index
        out.append(f"<line x1='{LEFT}' y1='{y}' x2='{LEFT + 36}' y2='{y}' stroke='{line.colour}' stroke-width='2'"
                   f"{line.dash}/><text x='{LEFT + 46}' y='{y + 4}'>{html.escape(line.label)}</text>")
    return "\n".join(out + ["</svg>", ""])
