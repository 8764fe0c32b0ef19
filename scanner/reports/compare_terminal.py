"""A comparison for people at a terminal: the sides, a picture in blocks, the pairs and sets that share most."""

from __future__ import annotations

from itertools import islice

from scanner.reports.issues import by_weight, name_of
from scanner.reports.layout import grid, wrap
from scanner.reports.overlap_figures import (
    KINDS,
    SIDE_FIGURES,
    Figures,
    members,
    nothing,
    side_figures,
    side_name,
)
from scanner.reports.totals import Document, number
from scanner.reports.words import Words

PICTURED = 12  # sides in the picture
PAIRS_SHOWN = 20
SETS_SHOWN = 10
ISSUES_SHOWN = 8
LEAST_WIDTH = 40
BLOCKS = " ░▒▓█"


def render(document: Document, width: int = 80, lang: str = "zh") -> str:
    """The comparison in lines of at most ``width`` cells (at least 40), each ended by a newline."""
    words, figures, width = Words(lang), Figures.of(document), max(width, LEAST_WIDTH)
    tool, total = document["tool"], document["distinct"]
    lines = wrap(f"{tool['name']} {tool['version']}  {words.ui('compare_title')}", width)
    lines += wrap(
        words.ui("compare_sides_count", count=number(len(document["sides"])))
        + words.ui("comma")
        + words.ui("as_of", date=document["options"]["as_of"]),
        width,
    )
    lines += ["", *_sides(document, words, width), ""]
    told = words.ui("compare_total", persons=number(total["persons"]), records=number(total["records"]))
    lines += [*wrap(told, width), ""]
    if document["pairs"]:
        lines += [*_picture(figures, words, width), "", *_pairs(document, figures, words, width), ""]
        lines += _sets(document, words, width)
    for told in nothing(document, words):
        lines += wrap(told, width)
    lines += ["", *_notes(words, width), *_issues(document, words, width)]
    return "\n".join(lines) + "\n"


def _sides(document: Document, words: Words, width: int) -> list[str]:
    heads = [words.ui("compare_side"), *(words.ui(name) for name in SIDE_FIGURES.values())]
    rows = [
        [side_name(document["sides"], i), *side_figures(document, i)] for i in range(len(document["sides"]))
    ]
    return grid(heads, rows, width)


def _picture(figures: Figures, words: Words, width: int) -> list[str]:
    """For each pair a block, darker for a larger share, and the share."""
    chosen = figures.closest(PICTURED)
    heads = ["", *(str(side + 1) for side in chosen)]
    rows = [[str(a + 1), *("·" if a == b else _block(figures, a, b) for b in chosen)] for a in chosen]
    lines = wrap(words.ui("compare_picture"), width)
    if len(chosen) < len(figures.sides):
        lines += wrap(words.ui("compare_picture_some", count=number(len(chosen))), width)
    return lines + grid(heads, rows, width)


def _block(figures: Figures, a: int, b: int) -> str:
    permille = figures.permille("persons", a, b)
    if not figures.shared("persons", a, b) or permille is None:
        return "–"
    shade = BLOCKS[min(1 + permille // 250, len(BLOCKS) - 1)]
    return f"{shade} {permille // 10}%"


def _pairs(document: Document, figures: Figures, words: Words, width: int) -> list[str]:
    heads = [words.ui("compare_pair")]
    for kind in ("compare_persons", "compare_records"):
        heads += [words.ui(kind), words.ui("compare_of_smaller")]
    rows = []
    for one in document["pairs"][:PAIRS_SHOWN]:
        a, b = one["sides"]
        told = [(number(one[kind]), figures.share(kind, a, b)) for kind in KINDS]
        rows.append([f"{a + 1} × {b + 1}", *(text for pair in told for text in pair)])
    lines = [*wrap(words.ui("compare_pairs"), width), *grid(heads, rows, width)]
    rest = len(document["pairs"]) - PAIRS_SHOWN
    return lines + (wrap(words.ui("compare_more_pairs", count=number(rest)), width) if rest > 0 else [])


def _sets(document: Document, words: Words, width: int) -> list[str]:
    given = document["sets"]["persons"]
    shown = given["sets"][:SETS_SHOWN]
    if not shown:
        return []
    rows = [[members(one["sides"], words), number(one["count"])] for one in shown]
    heads = [words.ui("compare_set"), words.ui("compare_persons")]
    lines = [*wrap(words.ui("compare_sets"), width), *grid(heads, rows, width)]
    rest = given["further"] + sum(one["count"] for one in given["sets"][SETS_SHOWN:])
    return lines + (wrap(words.ui("compare_further", count=number(rest)), width) if rest else [])


def _notes(words: Words, width: int) -> list[str]:
    notes = ("compare_note_persons", "compare_note_records", "compare_note_meaning")
    return [line for name in notes for line in _item(words.ui(name), width)]


def _issues(document: Document, words: Words, width: int) -> list[str]:
    given = document["issues"]
    if not given:
        return []
    lines = ["", *wrap(words.ui("issues"), width)]
    for one in islice(by_weight(document), ISSUES_SHOWN):
        name = name_of(document, one) or words.ui("whole_run")
        lines += _item(f"{name}{words.ui('colon')}{words.sentence(one['what'])}", width)
    if len(given) > ISSUES_SHOWN:
        lines += _item(words.ui("more_issues", count=number(len(given) - ISSUES_SHOWN)), width)
    return lines


def _item(text: str, width: int) -> list[str]:
    return [("  - " if not i else "    ") + line for i, line in enumerate(wrap(text, width - 4))]
