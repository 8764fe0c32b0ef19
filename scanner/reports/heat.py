"""A square picture of what sides share with one another, as inline SVG without style attributes."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.reports.markup import Markup, tag
from scanner.reports.overlap_figures import Figures
from scanner.reports.words import Words

CELL = 40
EDGE = 34  # room for the numbers of the sides
WRITTEN = 20  # sides up to which each square has its share written in it
DARK = 450  # thousandths from which the writing is light


def picture(figures: Figures, sides: Sequence[int], words: Words) -> Markup:
    """A square for each two of ``sides``, the darker the larger the share of the smaller one's persons."""
    size = EDGE + CELL * len(sides)
    parts: list[Markup] = []
    for row, a in enumerate(sides):
        at = EDGE + CELL * row
        parts.append(_text(EDGE - 8, at + CELL // 2, a + 1, "edge row"))
        parts.append(_text(at + CELL // 2, EDGE - 12, a + 1, "edge"))
        for column, b in enumerate(sides):
            parts += _square(figures, a, b, EDGE + CELL * column, at, len(sides) <= WRITTEN, words)
    return tag(
        "svg",
        parts,
        class_="heat",
        role="img",
        aria_label=words.ui("compare_picture"),
        width=size,
        **{"viewBox": f"0 0 {size} {size}"},
    )


def _square(figures: Figures, a: int, b: int, x: int, y: int, written: bool, words: Words) -> list[Markup]:
    place: dict[str, str | int | None] = {"x": x + 1, "y": y + 1, "width": CELL - 2, "height": CELL - 2}
    if a == b:
        return [tag("rect", class_="self", **place)]
    permille = figures.permille("persons", a, b)
    if not figures.shared("persons", a, b) or permille is None:
        return [tag("rect", class_="ground", **place)]
    title = tag("title", figures.cell(a, b, words))
    # Even the smallest share shows.
    opacity = f"{0.08 + 0.92 * permille / 1000:.3f}".rstrip("0")
    parts = [
        tag("rect", class_="ground", **place),
        tag("rect", title, class_="heated", fill_opacity=opacity, **place),
    ]
    if written:
        name = "share light" if permille >= DARK else "share"
        parts.append(_text(x + CELL // 2, y + CELL // 2, f"{permille // 10}%", name))
    return parts


def _text(x: int, y: int, value: str | int, name: str) -> Markup:
    return tag("text", value, x=x, y=y + 4, class_=name)
