"""The case sheet in the HTML report: who examines what, for whom and when; and the lines for signatures."""

from __future__ import annotations

from scanner.reports.case_text import (
    EXHIBIT,
    case_of,
    entries,
    exhibits,
    few_operators,
    operators,
    span,
)
from scanner.reports.markup import Child, Markup, facts, row, section, table, tag
from scanner.reports.phrases import files
from scanner.reports.totals import Document, Totals, number, size
from scanner.reports.words import Words


def blank() -> Markup:
    """A line to be filled in by hand."""
    return tag("span", class_="blank")


def case(document: Document, totals: Totals, words: Words) -> Markup:
    """基本情况: the case sheet, what was examined, with what, from when to when; absent entries are blanks."""
    pairs: list[tuple[Child, Child]] = [(name, value or blank()) for name, value in entries(document, words)]
    pairs.insert(-2, (words.ui("operators"), _operators(document, words)))
    tool = document["tool"]
    objects = words.ui(
        "examined", files=files(document, words), rows=number(totals.rows), size=size(totals.size)
    )
    pairs += [(words.ui("object"), objects), (words.ui("tool"), f"{tool['name']} {tool['version']}")]
    if times := span(document, words):
        pairs.append((words.ui("period"), [tag("div", each) for each in times]))
    notes = [words.ui("case_note"), words.ui("clock") if times else None, few_operators(document, words)]
    rows = [row([each or blank() for each in one]) for one in exhibits(document)]
    heads = [words.name("exhibit", key) for key in EXHIBIT]
    return section(
        "case",
        words.ui("case"),
        facts(pairs),
        tag("h3", words.ui("exhibits")),
        table(heads, rows, [], "exhibits"),
        [tag("p", note, class_="note") for note in notes if note],
    )


def _operators(document: Document, words: Words) -> list[Markup]:
    return [
        tag("div", [name or blank(), words.ui("bracketed", text="", note=title) if title else None])
        for name, title in operators(document)
    ]


def signatures(document: Document, words: Words) -> Markup:
    """Lines for the hands of all who must sign: examiners, holder, witness."""
    given = case_of(document)
    people = [
        *((words.ui("sign_operator", place=i), one) for i, (one, _) in enumerate(operators(document), 1)),
        (words.name("case", "holder"), given.get("holder")),
        (words.name("case", "witness"), given.get("witness")),
    ]
    rows = [row([role, name or "", "", ""], ["role", None, None, None]) for role, name in people]
    heads = [words.ui(key) for key in ("sign_role", "sign_name", "sign_hand", "sign_day")]
    notes = [words.ui("by_hand"), words.ui("sign_refused"), few_operators(document, words)]
    return section(
        "signatures",
        words.ui("signatures"),
        table(heads, rows, ["role"], "hands"),
        tag("p", words.ui("sign_remark"), " ", blank(), class_="remark"),
        [tag("p", note, class_="note") for note in notes if note],
    )
