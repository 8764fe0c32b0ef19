"""Pictures of counts against standards, as inline SVG without style attributes."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.reports.markup import Markup, tag

WIDTH = 300.0
BREAKS = (284, 289)  # where a bar that goes beyond the zones is broken
TONES = 3  # zone0, zone1, zone2 in the style sheet: below, between, the highest level


def place(value: int, limits: Sequence[int]) -> float:
    """Where ``value`` lies on zones of equal width that begin at 0 and at each of ``limits`` (0 to WIDTH).

    Linear within each zone; the last ends at ten times its beginning. What is not zero shows. ``limits`` rise.
    """
    if value <= 0:
        return 0.0
    zone = WIDTH / (len(limits) + 1)
    below = sum(limit <= value for limit in limits)
    start = limits[below - 1] if below else 0
    end = limits[below] if below < len(limits) else _end(limits)
    width = zone * (below + min((value - start) / max(end - start, 1), 1.0))
    return max(width, 0.8)


def _end(limits: Sequence[int]) -> int:
    """Where the last zone ends."""
    return 10 * max(limits[-1] if limits else 0, 1)


def zones(
    value: int, limits: Sequence[int], tone: str, spoken: str, span: tuple[int, int] | None = None
) -> Markup:
    """One bar over the zones, broken where it would go beyond them.

    ``span`` adds a thin line from the low to the high reading.
    """
    zone, count = WIDTH / (len(limits) + 1), len(limits) + 1
    parts = [
        tag("rect", x=_n(zone * i), y=0, width=_n(zone), height=14, class_=f"zone{_shade(i, count)}")
        for i in range(count)
    ]
    parts.append(tag("rect", x=0, y=3, width=_n(place(value, limits)), height=8, class_=f"bar {tone}"))
    if span and span[0] != span[1]:
        low, high = sorted(place(one, limits) for one in span)
        parts.append(tag("rect", x=_n(low), y="6.25", width=_n(high - low), height="1.5", class_="span"))
        parts += [
            tag("rect", x=_n(max(one - 0.5, 0)), y=1, width=1, height=12, class_="span")
            for one in (low, high)
        ]
    if value > _end(limits):
        parts += [tag("path", d=f"M{x} 14l3 -14h2l-3 14z", class_="break") for x in BREAKS]
    parts += [
        tag("rect", x=_n(zone * i - 0.3), y=0, width="0.6", height=14, class_="mark") for i in range(1, count)
    ]
    return _svg(parts, "0 0 300 14", spoken, "zones")


def _shade(zone: int, count: int) -> int:
    """The first zone is calm; the last one is grave where there are three or more."""
    return 0 if zone == 0 else TONES - 1 if zone == count - 1 and count >= TONES else 1


def share(value: int, whole: int, kind: str, spoken: str, start: int = 0) -> Markup:
    """A bar for ``value`` of ``whole``, beginning at ``start``."""
    scale = WIDTH / whole if whole > 0 else 0.0
    width = max(value * scale, 0.8 if value else 0.0)
    left = min(start * scale, WIDTH - width)
    parts = [
        tag("rect", x=0, y=0, width=300, height=10, class_="ground"),
        tag("rect", x=_n(max(left, 0)), y=0, width=_n(min(width, WIDTH)), height=10, class_=kind),
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
