"""Pictures of counts against standards, as inline SVG without style attributes."""

from __future__ import annotations

from scanner.reports.markup import Markup, tag

ZONE = 100.0


def place(value: int, standard: int, higher: int) -> float:
    """Where ``value`` lies on three zones of equal width: below, reached, tenfold (0 to 300).

    Linear within each zone; the third ends at ten times ``higher``. What is not zero shows.
    """
    if value <= 0:
        return 0.0
    if value < standard:
        return max(ZONE * value / standard, 0.8)
    if value < higher:
        return ZONE + ZONE * (value - standard) / max(higher - standard, 1)
    return 2 * ZONE + ZONE * min((value - higher) / max(9 * higher, 1), 1.0)


def zones(
    value: int, standard: int, higher: int, level: str, spoken: str, span: tuple[int, int] | None = None
) -> Markup:
    """One bar over the three zones; ``span`` adds a thin line from the low to the high reading."""
    width = place(value, standard, higher)
    parts = [tag("rect", x=_n(ZONE * i), y=0, width=_n(ZONE), height=14, class_=f"zone{i}") for i in range(3)]
    parts.append(tag("rect", x=0, y=3, width=_n(width), height=8, class_=f"bar {level}"))
    if span and span[0] != span[1]:
        low, high = sorted(place(one, standard, higher) for one in span)
        parts.append(tag("rect", x=_n(low), y="6.25", width=_n(high - low), height="1.5", class_="span"))
        parts += [
            tag("rect", x=_n(max(one - 0.5, 0)), y=1, width=1, height=12, class_="span")
            for one in (low, high)
        ]
    parts += [tag("rect", x=_n(ZONE * i - 0.3), y=0, width="0.6", height=14, class_="mark") for i in (1, 2)]
    return _svg(parts, "0 0 300 14", spoken, "zones")


def share(value: int, whole: int, kind: str, spoken: str, start: int = 0) -> Markup:
    """A bar for ``value`` of ``whole``, beginning at ``start``."""
    scale = 300 / whole if whole > 0 else 0.0
    width = max(value * scale, 0.8 if value else 0.0)
    left = min(start * scale, 300 - width)
    parts = [
        tag("rect", x=0, y=0, width=300, height=10, class_="ground"),
        tag("rect", x=_n(max(left, 0)), y=0, width=_n(min(width, 300)), height=10, class_=kind),
    ]
    return _svg(parts, "0 0 300 10", spoken, "share")


def _svg(parts: list[Markup], box: str, spoken: str, name: str) -> Markup:
    return tag(
        "svg",
        parts,
        class_=name,
        role="img",
        aria_label=spoken,
        **{"viewBox": box, "preserveAspectRatio": "none"},
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
