"""Grouped bars as SVG, in colours that read on light and on dark pages."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 860
LEFT = 170
RIGHT = 90
TOP = 74
BAR = 13
GAP = 14
TEXT = "#7d8590"
GRID = "#7d859055"
COLOURS = {
    "Resin": "#d9622b",
    "OpenVINO": "#4c8dae",
    "ONNX Runtime": "#6aa389",
    "AOTInductor": "#9a86b8",
    "ncnn": "#a89468",
}


@dataclass(frozen=True)
class Bar:
    """One series' value in a group, and what is written at its end."""

    series: str
    value: float
    label: str


@dataclass(frozen=True)
class Group:
    """Bars that belong together, under two lines of text."""

    title: str
    subtitle: str
    bars: list[Bar]


def bar_chart(groups: list[Group], caption: str) -> str:
    """The chart: value 1 is the best peer, longer is faster."""
    longest = max((bar.value for group in groups for bar in group.bars), default=1.0)
    scale = (WIDTH - LEFT - RIGHT) / max(1.0, longest)
    body: list[str] = []
    y = TOP
    for group in groups:
        body += _group(group, y, scale)
        y += max(2, len(group.bars)) * BAR + GAP
    used = {bar.series for group in groups for bar in group.bars}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" font-family="system-ui, sans-serif" font-size="12" fill="{TEXT}">',
        _text(0, 16, "Speed relative to the best peer (longer is faster)", 'font-weight="600"'),
        _text(0, 34, caption, 'font-size="11"'),
        *_legend([series for series in COLOURS if series in used]),
        *_grid(longest, scale, y),
        *body,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _group(group: Group, y: int, scale: float) -> list[str]:
    end = f'x="{LEFT - 10}" text-anchor="end"'
    parts = [
        f'<text {end} y="{y + 14}" font-weight="600">{escape(group.title)}</text>',
        f'<text {end} y="{y + 28}" font-size="11">{escape(group.subtitle)}</text>',
    ]
    for index, bar in enumerate(group.bars):
        top = y + index * BAR
        width = bar.value * scale
        colour = COLOURS[bar.series]
        weight = 'font-size="10"' + (' font-weight="700"' if bar.series == "Resin" else "")
        parts.append(
            f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 2}" rx="1.5" '
            f'fill="{colour}"><title>{escape(bar.series)}: {escape(bar.label)}</title></rect>'
        )
        parts.append(_text(LEFT + width + 5, top + BAR - 4, bar.label, weight))
    return parts


def _legend(series: list[str]) -> list[str]:
    parts: list[str] = []
    x = LEFT
    for name in series:
        parts.append(f'<rect x="{x}" y="45" width="11" height="11" rx="2" fill="{COLOURS[name]}"/>')
        parts.append(_text(x + 16, 55, name, ""))
        x += 36 + 7 * len(name)
    return parts


def _grid(longest: float, scale: float, bottom: int) -> list[str]:
    """A line at each half, with the best peer's own at 1 drawn solid."""
    parts: list[str] = []
    for half in range(1, int(longest * 2) + 1):
        x = LEFT + half / 2 * scale
        dashes = "" if half == 2 else ' stroke-dasharray="2 3"'
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{bottom - GAP + 2}" '
            f'stroke="{GRID}"{dashes}/>'
        )
        parts.append(_text(x - 8, TOP - 7, f"{half / 2:.1f}", 'font-size="10"'))
    return parts


def _text(x: float, y: float, text: str, attributes: str) -> str:
    space = " " if attributes else ""
    return f'<text x="{x:.1f}" y="{y}"{space}{attributes}>{escape(text)}</text>'
