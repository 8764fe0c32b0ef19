"""The end of the HTML report: files, issues, limits, method, tool and run, signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scanner.reports.escape import visible
from scanner.reports.markup import BREAK, Child, Markup, facts, row, section, table, tag
from scanner.reports.totals import Document, Totals, input_name, number
from scanner.reports.words import Words

ISSUES_SHOWN = 1000


def files(document: Document, totals: Totals, words: Words) -> Markup:
    """Every input with its hash and how it was read; two rows each."""
    rows: list[Child] = []
    for one in document["inputs"]:
        status = tag("span", words.name("status", one["status"]), class_=f"status {one['status']}")
        how = [
            words.name("formats", one.get("format")),
            one.get("encoding"),
            f"{words.ui('delimiter')} {visible(json.dumps(one['delimiter'], ensure_ascii=False))}"
            if one.get("delimiter")
            else None,
            None
            if one.get("has_header") is None
            else words.ui("has_header" if one["has_header"] else "without_header"),
        ]
        figures = [number(one.get(key)) for key in ("size", "rows", "rows_damaged", "rows_blank")]
        first = row([tag("b", input_name(one)), *figures, status], [None, "n", "n", "n", "n"])
        detail: list[Child] = [tag("span", part) for part in how if part]
        if one.get("sha256"):
            detail.append(tag("span", words.ui("sha256"), " ", tag("code", one["sha256"])))
        reasons = (
            tag("ul", [tag("li", words.sentence(reason)) for reason in one["reasons"]])
            if one.get("reasons")
            else None
        )
        second = tag("tr", tag("td", tag("p", detail, class_="how"), reasons, colspan=6), class_="detail")
        rows.append(tag("tbody", first, second))
    heads = [words.ui(h) for h in ("path", "size", "rows", "damaged", "blank", "status")]
    styles: list[str | None] = [None, "n", "n", "n", "n", None]
    if not rows:
        return section("files", words.ui("files"), tag("p", words.ui("no_files")))
    sums = ["Σ", number(totals.size), number(totals.rows), number(totals.damaged), number(totals.blank), ""]
    foot = tag("tbody", row(sums, styles), class_="sums") if len(rows) > 1 else None
    whole = tag("table", tag("thead", row(heads, styles, "th")), [[BREAK, one] for one in rows], foot)
    return section("files", words.ui("files"), tag("div", whole, class_="scroll"))


def issues(document: Document, words: Words) -> Markup:
    """What went wrong and was survived."""
    given = document["issues"]
    if not given:
        return section("issues", words.ui("issues"), tag("p", words.ui("no_issues")))
    rows = []
    for one in given[:ISSUES_SHOWN]:
        known = one.get("input") is not None
        name = input_name(document["inputs"][one["input"]]) if known else words.ui("whole_run")
        rows.append(
            row(
                [name, number(one.get("row")), words.sentence(one["what"]), number(one["rows_lost"])],
                [None, "n", "wide", "n"],
            )
        )
    heads = [words.ui(h) for h in ("path", "row_number", "what", "rows_lost")]
    rest = len(given) - ISSUES_SHOWN
    more = tag("p", words.ui("more_issues", count=number(rest)), class_="note strong") if rest > 0 else None
    return section("issues", words.ui("issues"), table(heads, rows, [None, "n", "wide", "n"]), more)


def limits(words: Words) -> Markup:
    """What every count leaves out; what goes with a verdict stands on its page."""
    return section("limits", words.ui("limits"), tag("ul", [tag("li", text) for text in words.all("limits")]))


def method(words: Words) -> Markup:
    """How it was counted."""
    return section("method", words.ui("method"), tag("ol", [tag("li", text) for text in words.all("method")]))


def run(document: Document, words: Words) -> Markup:
    """Tool, knowledge, options, machine."""
    tool, given = document["tool"], document.get("run") or {}
    pairs: list[tuple[Child, Child]] = [
        (words.ui("tool"), f"{tool['name']} {tool['version']}"),
        (words.ui("knowledge"), tag("code", tool["knowledge_sha256"])),
        (words.ui("options"), _options(document["options"], words)),
    ]
    if verdicts := document.get("verdicts"):
        pairs.insert(2, (words.ui("policy"), ", ".join(str(each["policy"]) for each in verdicts)))
    if given.get("command"):
        pairs.append((words.ui("command"), tag("code", " ".join(str(part) for part in given["command"]))))
    if given.get("started"):
        pairs.append((words.ui("started"), given["started"]))
    if given.get("seconds") is not None:
        pairs.append((words.ui("seconds"), words.ui("seconds_of", seconds=given["seconds"])))
    if given.get("host"):
        pairs.append((words.ui("host"), given["host"]))
    return section("run", words.ui("run"), facts(pairs))


def _options(options: Mapping[str, Any], words: Words) -> list[Child]:
    parts: list[Child] = []
    for name, value in options.items():
        if value is True or value is False:
            shown = words.ui("yes" if value else "no")
        elif value is None or value == []:
            shown = words.ui("none")
        else:
            shown = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
        parts.append(tag("span", tag("code", name), " ", shown, class_="option"))
    return parts


def signatures(words: Words) -> Markup:
    """Lines to be filled in by hand; the annex needs them and the tool cannot know them."""
    lines = ("sign_case", "sign_source", "sign_operators", "sign_holder", "sign_time")
    pairs: list[tuple[Child, Child]] = [(words.ui(name), "") for name in lines]
    return section(
        "signatures", words.ui("signatures"), tag("p", words.ui("by_hand"), class_="note"), facts(pairs)
    )
