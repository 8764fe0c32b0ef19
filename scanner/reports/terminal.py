"""The report for people at a terminal: one screen, aligned, plain unless colour is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from scanner.policy import READINGS
from scanner.reports import annex_text, verdicts
from scanner.reports.escape import visible
from scanner.reports.issues import by_weight, name_of
from scanner.reports.layout import cells, grid, pad, wrap
from scanner.reports.phrases import (
    chance_columns,
    data_caveats,
    faults,
    mute_columns,
    nothing_read,
    people,
    scanned,
    stated,
    why_nothing,
)
from scanner.reports.totals import Document, Totals, by_kind, by_tier, number, size, stages
from scanner.reports.verdict_text import beside, hangs_on, readings
from scanner.reports.verdicts import Told
from scanner.reports.words import Words

ISSUES_SHOWN = 8
COLUMNS_SHOWN = 8
CONFLICTS_SHOWN = 5
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
        _stages(page, document, words)
        _people(page, document, words)
        for each in document["verdicts"]:
            _verdict(page, each, words)
        for note in stated(document, words) + data_caveats(document, words):
            page.item(note)
        page.text(words.ui("only_quantity"), "soft")
        page.space()
        _issues(page, document, words)
    _left_out(page, document, totals, words)
    return "\n".join(page.lines) + "\n"


def _inputs(page: _Page, document: Document, totals: Totals, words: Words) -> None:
    tool = document["tool"]
    page.text(f"{tool['name']} {tool['version']}  {words.ui('title')}", "strong")
    figures = [size(totals.size), words.ui("rows_count", count=number(totals.rows))]
    as_of = words.ui("as_of", date=document["options"].get("as_of") or "-")
    told = words.ui("comma").join([scanned(document, words), *figures, as_of])
    page.text(f"{words.ui('input_line')}  {told}")
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
    sums = any(each["kind"] == "tiers" for each in document["verdicts"])
    heads = ["category", "tier", "distinct", "counted", "persons_head", "sensitive"]
    rows = []
    for name, one in by_tier(document["categories"]):
        tier = words.ui("not_counted") if one["tier"] is None else number(one["tier"])
        figures = [tier, number(one["distinct"]), number(one["counted"])]
        rows.append(
            [
                words.category(name),
                *(figures if sums else figures[1:2]),
                number(one["persons"]),
                words.name("sensitive", one["sensitive"]),
            ]
        )
    shown = heads if sums else [head for head in heads if head not in ("tier", "counted")]
    page.table([words.ui(head) for head in shown], rows)
    page.space()


def _stages(page: _Page, document: Document, words: Words) -> None:
    """From rows to records: what is taken off with a minus sign, what only stands apart in brackets."""
    rows = []
    for one in stages(document):
        title = words.name("stages", one.name)
        if one.total:
            rows.append([title, number(one.rows)])
        elif one.deducted == "always":
            rows.append([f"  {title}", f"− {number(one.rows)}"])
        else:
            note = words.ui("bracketed", text=title, note=words.name("deducted", one.deducted))
            rows.append([f"  {note}", f"− {number(one.rows)}" if one.taken else f"({number(one.rows)})"])
    if rows:
        page.table([words.ui("stages"), words.ui("rows")], rows)
        page.space()


def _people(page: _Page, document: Document, words: Words) -> None:
    page.text(words.ui("people"), "strong")
    for line in people(document, words):
        page.item(line)
    examples = document["subjects"]["conflict_examples"]
    for one in examples[:CONFLICTS_SHOWN]:
        label, masked, names = words.name("labels", one["label"]), one["masked"], number(one["names"])
        page.item(words.ui("conflict_line", label=label, masked=masked, names=names))
    page.space()


def _verdict(page: _Page, verdict: Told, words: Words) -> None:
    """A box whose sides are plain ASCII: line-drawing characters are two cells wide on some terminals."""
    inner = page.width - 4
    standing = visible(verdicts.standing(verdict, words))
    fits = cells(standing) <= page.width - 6
    title = f"+- {standing} " if fits else "+"
    page.add([title + "-" * (page.width - 1 - cells(title)) + "+"])
    if not fits:
        _boxed(page, wrap(standing, inner), inner)
    reached = verdict["main"]["level"]
    style = verdicts.tone(verdict, reached)
    for text in verdicts.basis(verdict, words):
        _boxed(page, wrap(text, inner), inner)
    lead = f"{words.name('readings', 'main')}{words.ui('colon')}{verdicts.level(verdict, reached, words)}"
    _boxed(page, wrap(lead, inner), inner, style)
    if income := verdicts.besides(verdict, words):
        _boxed(page, wrap(income, inner), inner, verdicts.tone(verdict, verdict["illegal_income"]["level"]))
    _boxed(page, readings(verdict, words, inner), inner)
    page.add(["+" + "-" * (page.width - 2) + "+"])
    page.text(verdicts.agreement(verdict, words), "strong")
    unit = words.ui("policy_unit", unit=words.name("units", verdict["unit"]))
    page.text(unit)
    page.add(beside(verdict, words, page.width))
    page.space()
    page.text(words.ui("hangs_on"))
    for line in hangs_on(verdict, words):
        page.item(line)
    lead, bases = verdicts.bases(verdict, words)
    if verdict["differs"]:
        name = "contested_persons" if verdicts.is_ladder(verdict) else "contested_tiers"
        page.space()
        page.text(words.ui(name, unit=words.name("units", verdict["unit"])))
    if lead:
        page.item(lead)
    for one, basis in zip(verdict["differs"], bases, strict=True):
        page.item(_difference(verdict, one, basis, words))
    page.space()


def _difference(verdict: Told, one: Told, basis: str, words: Words) -> str:
    """A contested kind with its tier in each reading, or how many persons, and the basis."""
    name = verdicts.element(verdict, one, words)
    if verdicts.is_ladder(verdict):
        return f"{name} ({number(one['persons'])}){words.ui('colon')}{basis}"
    tiers = " / ".join(words.ui("not_counted") if one[key] is None else number(one[key]) for key in READINGS)
    return f"{name}{words.ui('colon')}{tiers} ({number(one['records'])}){words.ui('semicolon')}{basis}"


def _boxed(page: _Page, lines: list[str], inner: int, style: str | None = None) -> None:
    page.add([f"| {pad(visible(line), inner)} |" for line in lines], style)


def _issues(page: _Page, document: Document, words: Words) -> None:
    given = document["issues"]
    if not given:
        return
    page.text(words.ui("issues"), "strong")
    for one in islice(by_weight(document), ISSUES_SHOWN):
        name = name_of(document, one) or words.ui("whole_run")
        place = "" if one.get("row") is None else f" {words.ui('at_row', row=number(one['row']))}"
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
    if lost := by_kind(totals.lost):
        kinds = faults(lost, words)
        parts.append(words.ui("left_lost", count=number(sum(lost.values())), kinds=kinds))
    if restored := by_kind(totals.restored):
        kinds = faults(restored, words, "repairs")
        parts.append(words.ui("left_restored", count=number(sum(restored.values())), kinds=kinds))
    mute = mute_columns(document, words)
    columns = mute + chance_columns(document, words)
    listed = words.ui("semicolon").join(parts) or ("" if columns else words.ui("left_nothing"))
    page.text(f"{words.ui('left_out')}  {listed}".rstrip(), "serious" if totals.states or mute else None)
    for one in columns[:COLUMNS_SHOWN]:
        page.item(one)
    if len(columns) > COLUMNS_SHOWN:
        page.item(words.ui("left_more", count=number(len(columns) - COLUMNS_SHOWN)))
    if unlisted := annex_text.left_out(document, words):
        page.item(unlisted)
