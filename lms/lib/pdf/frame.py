"""The frame of a certificate: a band of eight-pointed stars, drawn as SVG so that any engine can place it."""

from functools import lru_cache
from math import cos, pi, sin

LONG_MM, SHORT_MM = 297, 210
# The long side takes fourteen stars more than the short one, so that both hold a whole number of them.
STEP_MM = (LONG_MM - SHORT_MM) / 14
SHORT_STEPS = 30
CENTRE_MM = (SHORT_MM - SHORT_STEPS * STEP_MM) / 2
REACH_MM = STEP_MM / 2

# How far the band's inner rule lies from the edge of the paper.
FRAME_MM = CENTRE_MM + REACH_MM + 2.2

PAPER, BAND = "#fcfaf6", "#f5f1e8"


def _star(x: float, y: float, radius: float) -> str:
    """Return the outline of two crossed squares around a point, as SVG path data (millimetres)."""
    notch = radius * cos(pi / 4) / cos(pi / 8)
    corners = (
        (x + reach * cos(turn * pi / 8), y + reach * sin(turn * pi / 8))
        for turn in range(16)
        for reach in (notch if turn % 2 else radius,)
    )
    return "M" + "L".join(f"{left:.2f} {top:.2f}" for left, top in corners) + "Z"


def _centres(width: float, height: float) -> list[tuple[float, float]]:
    """Return the star centres along the band, corners included (millimetres)."""
    right, bottom = width - CENTRE_MM, height - CENTRE_MM
    across = [CENTRE_MM + STEP_MM * i for i in range(round((right - CENTRE_MM) / STEP_MM) + 1)]
    down = [CENTRE_MM + STEP_MM * i for i in range(1, round((bottom - CENTRE_MM) / STEP_MM))]
    return [(x, y) for x in across for y in (CENTRE_MM, bottom)] + [
        (x, y) for y in down for x in (CENTRE_MM, right)
    ]


def _box(width: float, height: float, inset: float, look: str) -> str:
    return (
        f'<rect x="{inset:.2f}" y="{inset:.2f}" width="{width - 2 * inset:.2f}"'
        f' height="{height - 2 * inset:.2f}" {look}/>'
    )


@lru_cache(maxsize=16)
def frame_svg(orientation: str, *, accent: str, border: str) -> str:
    """Return the frame of one A4 page as SVG, one unit a millimetre.

    Colours are `#rrggbb`; the caller has checked them.
    """
    width, height = (SHORT_MM, LONG_MM) if orientation == "portrait" else (LONG_MM, SHORT_MM)
    outer, inner = CENTRE_MM - REACH_MM, CENTRE_MM + REACH_MM
    centres = _centres(width, height)
    corners = [(x, y) for x in (CENTRE_MM, width - CENTRE_MM) for y in (CENTRE_MM, height - CENTRE_MM)]
    stars = "".join(_star(x, y, REACH_MM) for x, y in centres)
    hearts = "".join(_star(x, y, REACH_MM * 0.34) for x, y in centres)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm"'
            f' viewBox="0 0 {width} {height}">',
            _box(width, height, outer - 1.1, f'fill="{BAND}" stroke="{accent}" stroke-width="0.55"'),
            _box(width, height, inner, f'fill="{PAPER}" stroke="none"'),
            f'<path d="{stars}" fill="none" stroke="{border}" stroke-width="0.16"/>',
            f'<path d="{hearts}" fill="{border}"/>',
            "".join(f'<path d="{_star(x, y, REACH_MM)}" fill="{accent}"/>' for x, y in corners),
            _box(width, height, inner + 0.5, f'fill="none" stroke="{border}" stroke-width="0.16"'),
            _box(width, height, FRAME_MM - 0.4, f'fill="none" stroke="{accent}" stroke-width="0.22"'),
            "</svg>",
        )
    )
