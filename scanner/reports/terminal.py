"""The report for people at a terminal: one screen, aligned, plain unless colour is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.reports.escape import visible
from scanner.reports.layout import cells, cut, grid, pad, wrap
from scanner.reports.phrases import (
    basis_line,
    chance_columns,
    data_caveats,
    mute_columns,
    notes,
    nothing_read,
    people,
    why_nothing,
)
from scanner.reports.totals import READINGS, TIERS, Document, Totals, by_tier, input_name, number, size
from scanner.reports.words import Words, grouped

ISSUES_SHOWN = 8
COLUMNS_SHOWN = 8
LEAST_WIDTH = 40
_COLOURS = {"below": "32", "serious": "33", "especially_serious": "31", "strong": "1", "soft": "2"}


class _Page:
    """Lines of one report; ``colour`` puts ANSI colours (SGR) around whole lines only."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = max(width, LEAST_WIDTH)
        self.colour = colour
        self.lines: list[str] = []

    def add(self, lines: Iterable[str], style: str | None = None) -> None:
        code = _COLOURS.get(style or "") if self.colour else None
        self.lines += [f"\x1b[{code}m{line}\x1b[0m" if code and line else line for line in lines]

    def text(self, text: str, style: str | None = None) -> None:
        self.add(wrap(text, self.width), style)

    def item(self, text: str) -> None:
        lines = wrap(text, self.width - 4)
        self.add([("  - " if i == 0 else "    ") + line for i, line in enumerate(lines)])

    def table(self, heads: list[str], rows: list[list[str]]) -> None:
        lines = grid(heads, rows, self.width)
        self.add(lines[:1], "soft")
        self.add(lines[1:])

    def space(self) -> None:
        self.lines.append("")


def render(document: Document, width: int = 80, colour: bool = False, lang: str = "zh") -> str:
    """The report in lines of at most ``width`` cells (at least 40), each ended by a newline."""
    words = Words(lang)
    totals = Totals.of(document)
    page = _Page(width, colour)
    _inputs(page, document, totals, words)
    if nothing_read(document):
        _nothing(page, document, words)
    else:
        _labels(page, document, words)
        _categories(page, document, words)
        _verdict(page, document, words)
        _issues(page, document, words)
    _left_out(page, document, totals, words)
    return "\n".join(page.lines) + "\n"


def _inputs(page: _Page, document: Document, totals: Totals, words: Words) -> None:
    tool, inputs = document["tool"], document["inputs"]
    page.text(f"{tool['name']} {tool['version']}  {words.ui('title')}", "strong")
    scanned = words.ui("no_files")
    if inputs:
        names = {"name": input_name(inputs[0]), "count": number(len(inputs)), "rest": number(len(inputs) - 1)}
        scanned = words.ui("files_one" if len(inputs) == 1 else "files_many", **names)
    figures = [size(totals.size), words.ui("rows_count", count=number(totals.rows))]
    as_of = words.ui("as_of", date=document["options"].get("as_of") or "-")
    page.text(
        f"{words.ui('input_line')}  {scanned}{words.ui('comma')}" + words.ui("comma").join([*figures, as_of])
    )
    page.space()


def _nothing(page: _Page, document: Document, words: Words) -> None:
    page.text(words.ui("nothing_read"), "strong")
    page.text(words.ui("nothing_read_note"))
    why = why_nothing(document, words)
    for reason in why[:ISSUES_SHOWN]:
        page.item(reason)
    if len(why) > ISSUES_SHOWN:
        page.item(words.ui("more_issues", count=number(len(why) - ISSUES_SHOWN)))
    page.space()


def _labels(page: _Page, document: Document, words: Words) -> None:
    if not document["labels"]:
        page.text(words.ui("nothing_found"))
    else:
        heads = [words.ui(h) for h in ("label", "matches", "rows_with", "distinct_values")]
        rows = [
            [words.name("labels", name), *(number(one[key]) for key in ("matches", "rows", "distinct"))]
            for name, one in document["labels"].items()
        ]
        page.table(heads, rows)
    page.space()


def _categories(page: _Page, document: Document, words: Words) -> None:
    if not document["categories"]:
        return
    heads = [words.ui(h) for h in ("category", "tier", "records", "distinct", "counted")]
    rows = []
    for name, one in by_tier(document["categories"]):
        tier = words.ui("not_counted") if one["tier"] is None else number(one["tier"])
        rows.append(
            [
                words.name("categories", name),
                tier,
                *(number(one[k]) for k in ("records", "distinct", "counted")),
            ]
        )
    page.table(heads, rows)
    page.space()


def _verdict(page: _Page, document: Document, words: Words) -> None:
    """A box whose sides are plain ASCII: line-drawing characters are two cells wide on some terminals."""
    verdict = document["verdict"]
    inner = page.width - 4
    title = f"+- {cut(visible(basis_line(verdict, words)), page.width - 6)} "
    page.add([title + "-" * (page.width - 1 - cells(title)) + "+"])
    named = max(cells(words.name("readings", name)) for name in READINGS)
    for name in READINGS:
        one: dict[str, Any] = verdict[name]
        level = words.name("levels", one["level"])
        first = pad(words.name("readings", name), named) + "  " + level
        _boxed(page, [first], inner, one["level"])
        counts = "  ".join(
            f"{words.ui('tier_of', tier=number(t))}{words.ui('colon')}{number(one[f'n{t}'])}" for t in TIERS
        )
        for text in (counts, "S = " + grouped(one["arithmetic"])):
            _boxed(page, ["  " + line for line in wrap(text, inner - 2)], inner)
    page.add(["+" + "-" * (page.width - 2) + "+"])
    agree = len({verdict[name]["level"] for name in READINGS}) == 1
    levels = {name: words.name("levels", verdict[name]["level"]) for name in READINGS}
    page.text(words.ui("agree") if agree else words.ui("differ", **levels), "strong")
    page.text(words.ui("comma").join(people(document, words)))
    for one in verdict.get("differs") or []:
        tiers = " / ".join(words.ui("not_counted") if one[r] is None else number(one[r]) for r in READINGS)
        line = f"{words.name('categories', one['category'])}: {tiers} ({number(one['records'])})"
        page.item(f"{line} {words.basis(one)}")
    for note in notes(document, words) + data_caveats(document, words):
        page.item(note)
    page.text(words.ui("only_quantity"), "soft")
    page.space()


def _boxed(page: _Page, lines: list[str], inner: int, style: str | None = None) -> None:
    page.add([f"| {pad(visible(line), inner)} |" for line in lines], style)


def _issues(page: _Page, document: Document, words: Words) -> None:
    given = document["issues"]
    if not given:
        return
    page.text(words.ui("issues"), "strong")
    for one in given[:ISSUES_SHOWN]:
        known = one.get("input") is not None
        name = input_name(document["inputs"][one["input"]]) if known else words.ui("whole_run")
        place = "" if one.get("row") is None else f" {words.ui('row_number')} {number(one['row'])}"
        page.item(f"{name}{place}: {words.sentence(one['what'])}")
    if len(given) > ISSUES_SHOWN:
        page.item(words.ui("more_issues", count=number(len(given) - ISSUES_SHOWN)))
    page.space()


def _left_out(page: _Page, document: Document, totals: Totals, words: Words) -> None:
    parts = []
    if totals.states:
        states = {name: number(totals.states[name]) for name in ("skipped", "failed", "partial")}
        parts.append(words.ui("left_files", count=number(totals.states.total()), **states))
    if totals.damaged:
        parts.append(words.ui("left_rows", count=number(totals.damaged)))
    if refused := totals.refused.total():
        parts.append(words.ui("left_values", count=number(refused)))
    mute = mute_columns(document, words)
    columns = mute + chance_columns(document, words)
    listed = words.ui("semicolon").join(parts) or ("" if columns else words.ui("left_nothing"))
    page.text(f"{words.ui('left_out')}  {listed}".rstrip(), "serious" if totals.states or mute else None)
    for one in columns[:COLUMNS_SHOWN]:
        page.item(one)
    if len(columns) > COLUMNS_SHOWN:
        page.item(words.ui("left_more", count=number(len(columns) - COLUMNS_SHOWN)))
