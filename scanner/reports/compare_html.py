"""A comparison as one HTML file: the sides, a heat map, the matrix, the pairs and sets that share most."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from scanner.reports import heat, html, html_case, html_source
from scanner.reports.case_text import moment
from scanner.reports.markup import Child, Markup, row, section, table, tag
from scanner.reports.overlap_figures import (
    KINDS,
    SIDE_FIGURES,
    Figures,
    members,
    nothing,
    side_figures,
    side_name,
)
from scanner.reports.totals import Document, Totals, number
from scanner.reports.words import Words

PICTURED = 60  # sides in the heat map
IN_MATRIX = 12  # sides up to which there is a matrix of figures
PAIRS_SHOWN = 200
SETS_SHOWN = 100


@cache
def style() -> str:
    """The style sheet of all reports, and what a comparison has beyond it."""
    return html.style() + files("scanner.reports").joinpath("compare.css").read_text("utf-8")


def render(document: Document, lang: str = "zh") -> bytes:
    """The whole page in UTF-8; ``document`` as in docs/compare.md. Same document, same bytes."""
    words, figures = Words(lang), Figures.of(document)
    totals = Totals.of({**document, "columns": []})
    parts = [_heading(document, totals, words), _sides(document, words)]
    if document["pairs"]:
        parts += [_matrix(document, figures, words), _pairs(document, figures, words)]
        if document["sets"]["persons"]["sets"]:
            parts.append(_sets(document, words))
    notes = ("compare_note_persons", "compare_note_records", "compare_note_meaning")
    parts += [
        html_case.case(document, totals, words),
        html_source.files(document, totals, words),
        html_source.issues(document, words),
        section(
            "method",
            words.ui("compare_method"),
            tag("ol", [tag("li", words.ui(name)) for name in notes]),
        ),
        html_source.run(document, words),
        html_case.signatures(document, words),
    ]
    return html.page(words.ui("compare_title"), style(), parts, lang)


def _heading(document: Document, totals: Totals, words: Words) -> Markup:
    tool, total = document["tool"], document["distinct"]
    started = (document.get("run") or {}).get("started")
    line = [
        words.ui("compare_sides_count", count=number(len(document["sides"]))),
        words.ui("rows_count", count=number(totals.rows)),
        words.ui("as_of", date=document["options"]["as_of"]),
        words.ui("scanned_at", time=moment(started, words, brief=True)) if started else None,
    ]
    warning = words.ui("incomplete", count=number(totals.states.total())) if totals.states else None
    told = words.ui("compare_total", persons=number(total["persons"]), records=number(total["records"]))
    return tag(
        "header",
        tag("p", tool["name"], " ", tool["version"], class_="brand"),
        tag("h1", words.ui("compare_title")),
        tag("p", told, class_="scanned"),
        tag("p", [tag("span", part) for part in line if part], class_="line"),
        tag("p", warning, class_="warning") if warning else None,
    )


def _sides(document: Document, words: Words) -> Markup:
    heads = [words.ui("compare_side"), *(words.ui(name) for name in SIDE_FIGURES.values())]
    styles: list[str | None] = [None, *["n"] * len(SIDE_FIGURES)]
    rows = [
        row([side_name(document["sides"], i), *side_figures(document, i)], styles)
        for i in range(len(document["sides"]))
    ]
    notes = [tag("p", told, class_="note strong") for told in nothing(document, words)]
    return section("sides", words.ui("compare_sides"), table(heads, rows, styles, "sides"), notes)


def _matrix(document: Document, figures: Figures, words: Words) -> Markup:
    chosen = figures.closest(PICTURED)
    some = None
    if len(chosen) < len(figures.sides):
        some = tag("p", words.ui("compare_picture_some", count=number(len(chosen))), class_="note")
    figure = tag(
        "figure",
        tag("figcaption", words.ui("compare_picture")),
        heat.picture(figures, chosen, words),
        some,
    )
    parts: list[Child] = [figure]
    if len(figures.sides) <= IN_MATRIX:
        every = range(len(figures.sides))
        styles: list[str | None] = [None, *["n"] * len(figures.sides)]
        for kind in KINDS:
            heads = [words.ui(SIDE_FIGURES[f"shared_{kind}"]), *(str(side + 1) for side in every)]
            rows = [
                row([side_name(figures.sides, a), *(_cell(figures, kind, a, b) for b in every)], styles)
                for a in every
            ]
            parts += [table(heads, rows, styles, "matrix")]
    return section("matrix", words.ui("compare_matrix"), parts)


def _cell(figures: Figures, kind: str, a: int, b: int) -> Child:
    if a == b:
        return ""
    return [number(figures.shared(kind, a, b)), tag("small", figures.share(kind, a, b))]


def _pairs(document: Document, figures: Figures, words: Words) -> Markup:
    heads = [words.ui("compare_pair")]
    for kind in ("compare_persons", "compare_records"):
        heads += [words.ui(kind), words.ui("compare_of_smaller")]
    styles: list[str | None] = [None, *["n"] * 4]
    rows = []
    for one in document["pairs"][:PAIRS_SHOWN]:
        a, b = one["sides"]
        names: Child = [tag("span", side_name(figures.sides, a)), " × ", side_name(figures.sides, b)]
        told = [(number(one[kind]), figures.share(kind, a, b)) for kind in KINDS]
        rows.append(row([names, *(text for pair in told for text in pair)], styles))
    rest = len(document["pairs"]) - PAIRS_SHOWN
    more = tag("p", words.ui("compare_more_pairs", count=number(rest)), class_="note") if rest > 0 else None
    return section("pairs", words.ui("compare_pairs"), table(heads, rows, styles, "pairs"), more)


def _sets(document: Document, words: Words) -> Markup:
    given = document["sets"]["persons"]
    shown = given["sets"][:SETS_SHOWN]
    rows = [row([members(one["sides"], words), number(one["count"])], [None, "n"]) for one in shown]
    heads = [words.ui("compare_set"), words.ui("compare_persons")]
    rest = given["further"] + sum(one["count"] for one in given["sets"][SETS_SHOWN:])
    return section(
        "sets",
        words.ui("compare_sets"),
        tag("p", words.ui("compare_sets_note"), class_="note"),
        table(heads, rows, [None, "n"], "sets"),
        tag("p", words.ui("compare_further", count=number(rest)), class_="note") if rest else None,
    )
