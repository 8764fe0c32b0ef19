"""The head of the HTML report: what was scanned, and in short what each standard gives."""

from __future__ import annotations

from scanner.reports import verdicts
from scanner.reports.case_text import case_of, moment
from scanner.reports.markup import Child, Markup, section, tag
from scanner.reports.phrases import mute_columns, nothing_read, people, scanned, stated, why_nothing
from scanner.reports.totals import Document, Totals, number, size
from scanner.reports.verdicts import Told
from scanner.reports.words import Words


def heading(document: Document, totals: Totals, words: Words) -> Markup:
    """Title, inputs in a line, date, warnings."""
    started = (document.get("run") or {}).get("started")
    line = [
        size(totals.size),
        words.ui("rows_count", count=number(totals.rows)),
        words.ui("as_of", date=document["options"].get("as_of") or "–"),
        words.ui("scanned_at", time=moment(started, words, brief=True)) if started else None,
    ]
    warnings = []
    nothing_at_all = nothing_read(document)
    if totals.states and not nothing_at_all:
        warnings.append(words.ui("incomplete", count=number(totals.states.total())))
    if (mute := len(mute_columns(document, words))) and not nothing_at_all:
        warnings.append(words.ui("mute_warning", count=number(mute)))
    if document["options"].get("reveal"):
        warnings.append(words.ui("revealed"))
    return tag(
        "header",
        tag("p", document["tool"]["name"], " ", document["tool"]["version"], class_="brand"),
        tag("h1", words.ui("title")),
        _matter(document, words),
        tag("p", scanned(document, words), class_="scanned"),
        tag("p", [tag("span", part) for part in line if part], class_="line"),
        [tag("p", warning, class_="warning") for warning in warnings],
    )


def _matter(document: Document, words: Words) -> Markup | None:
    """Case number and bodies, as far as the case sheet tells them."""
    case = case_of(document)
    told = [
        f"{words.name('case', key)}{words.ui('colon')}{case[key]}"
        for key in ("number", "entrusting_body", "examining_body")
        if case.get(key)
    ]
    return tag("p", [tag("span", one) for one in told], class_="line matter") if told else None


def nothing(document: Document, words: Words) -> Markup:
    """In place of a result, where no row at all was read: why."""
    return section(
        "verdict",
        words.ui("verdict"),
        tag("p", words.ui("nothing_read"), class_="level nothing"),
        tag("p", words.ui("nothing_read_note")),
        tag("ul", [tag("li", reason) for reason in why_nothing(document, words)], class_="stated"),
    )


def overview(document: Document, words: Words) -> Markup:
    """What each standard gives by the main reading, how much was counted, and what the user stated."""
    told = document["verdicts"]
    facts = stated(document, words)
    return section(
        "verdict",
        words.ui("verdict"),
        tag(
            "div",
            [_result(each, words) for each in told],
            class_="results" if len(told) == 1 else "results several",
        ),
        tag("p", [tag("span", part) for part in people(document, words)], class_="people"),
        tag("ul", [tag("li", fact) for fact in facts], class_="stated") if facts else None,
        tag("p", words.ui("only_quantity"), class_="note strong"),
    )


def _result(verdict: Told, words: Words) -> Markup:
    main = verdict["main"]["level"]
    lines: list[Child] = [
        tag("p", " ".join(verdicts.basis(verdict, words)), class_="basis"),
        tag("p", verdicts.level(verdict, main, words), class_=f"level {verdicts.tone(verdict, main)}"),
    ]
    if income := verdicts.besides(verdict, words):
        tone = verdicts.tone(verdict, verdict["illegal_income"]["level"])
        lines.append(tag("p", income, class_=f"level beside {tone}"))
    lines.append(tag("p", verdicts.agreement(verdict, words), class_="agree"))
    return tag("div", lines, class_="result")
