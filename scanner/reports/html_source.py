"""The sources and the end of the HTML report: files with their ledger, issues, limits, method, tool and run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scanner.reports import ledger, verdicts
from scanner.reports.annex_text import left_out
from scanner.reports.case_text import span
from scanner.reports.escape import visible
from scanner.reports.issues import name_of, weightiest
from scanner.reports.markup import BREAK, Child, Markup, facts, row, section, table, tag
from scanner.reports.phrases import options
from scanner.reports.totals import Document, Totals, legible_name, number
from scanner.reports.words import Words

ISSUES_SHOWN = 1000


def files(document: Document, totals: Totals, words: Words) -> Markup:
    """Every input with its hash and how it was read; two rows each."""
    rows: list[Child] = []
    for one in document["inputs"]:
        status = tag("span", words.name("status", one["status"]), class_=f"status {one['status']}")
        figures = [number(one.get(key)) for key in ("size", "rows", "rows_damaged", "rows_blank")]
        first = row([tag("b", legible_name(one)), *figures, status], [None, "n", "n", "n", "n"])
        detail = _how(one, words)
        reasons = (
            tag("ul", [tag("li", words.sentence(reason)) for reason in one["reasons"]])
            if one.get("reasons")
            else None
        )
        held = [tag("p", detail, class_="how") if detail else None, _proof(one, words), reasons]
        rows.append(tag("tbody", first, tag("tr", tag("td", held, colspan=6), class_="detail")))
    heads = [words.ui(h) for h in ("path", "size", "rows", "damaged", "blank", "status")]
    styles: list[str | None] = [None, "n", "n", "n", "n", None]
    if not rows:
        return section("files", words.ui("files"), tag("p", words.ui("no_files")))
    sums = ["Σ", number(totals.size), number(totals.rows), number(totals.damaged), number(totals.blank), ""]
    foot = tag("tbody", row(sums, styles), class_="sums") if len(rows) > 1 else None
    whole = tag("table", tag("thead", row(heads, styles, "th")), [[BREAK, one] for one in rows], foot)
    note = tag("p", words.ui("files_note"), class_="note")
    return section("files", words.ui("files"), note, tag("div", whole, class_="scroll"))


def _how(one: Mapping[str, Any], words: Words) -> list[Child]:
    """Format, and how the input was read, with the reason for each decision where the document tells it."""
    plain = [
        one.get("encoding"),
        f"{words.ui('delimiter')} {visible(json.dumps(one['delimiter'], ensure_ascii=False))}"
        if one.get("delimiter")
        else None,
        None
        if one.get("has_header") is None
        else words.ui("has_header" if one["has_header"] else "without_header"),
    ]
    parts = [words.name("formats", one.get("format")), *(ledger.decisions(one, words) or plain)]
    return [tag("span", part) for part in parts if part]


def _proof(one: Mapping[str, Any], words: Words) -> list[Markup]:
    """How much of a file was read, and its hashes."""
    lines: list[Child] = []
    if one.get("bytes_read") is not None and (read := ledger.coverage(one, words)):
        lines.append(read)
    for name, value in ledger.hashes(one, words):
        lines.append([f"{name} ", tag("code", value)] if name else value)
    return [tag("p", line) for line in lines]


def issues(document: Document, words: Words) -> Markup:
    """What went wrong and was survived."""
    given = document["issues"]
    if not given:
        return section("issues", words.ui("issues"), tag("p", words.ui("no_issues")))
    rows = []
    for one in weightiest(document, ISSUES_SHOWN):
        name = name_of(document, one) or words.ui("whole_run")
        rows.append(
            row(
                [name, number(one.get("row")), words.sentence(one["what"]), number(one["rows_lost"] or None)],
                [None, "n", "wide", "n"],
            )
        )
    heads = [words.ui(h) for h in ("path", "row_number", "what", "rows_lost")]
    rest = len(given) - ISSUES_SHOWN
    more = tag("p", words.ui("more_issues", count=number(rest)), class_="note strong") if rest > 0 else None
    return section("issues", words.ui("issues"), table(heads, rows, [None, "n", "wide", "n"]), more)


def limits(document: Document, words: Words) -> Markup:
    """What every count leaves out, and the annex beside it; what goes with a verdict stands on its page."""
    told: list[Child] = [tag("li", text) for text in words.all("limits")]
    if unlisted := left_out(document, words):
        told.append(tag("li", unlisted))
    return section("limits", words.ui("limits"), tag("ul", told))


def method(document: Document, words: Words) -> Markup:
    """How it was counted, and by which standards."""
    standards = [
        [words.pick(each["title"]), words.ui("colon"), verdicts.standing(each, words)]
        for each in document["verdicts"]
    ]
    return section(
        "method",
        words.ui("method"),
        tag("ol", [tag("li", text) for text in words.all("method")]),
        tag("h3", words.ui("standards")),
        tag("ul", [tag("li", one) for one in standards]),
        tag("p", words.ui("standards_note"), class_="note"),
    )


def run(document: Document, words: Words) -> Markup:
    """Tool, knowledge, options, machine."""
    tool, given = document["tool"], document.get("run") or {}
    pairs: list[tuple[Child, Child]] = [
        (words.ui("tool"), f"{tool['name']} {tool['version']}"),
        (words.ui("knowledge"), tag("code", tool["knowledge_sha256"])),
        (words.ui("options"), _options(document, words)),
    ]
    if told := document.get("verdicts"):
        pairs.insert(2, (words.ui("policy"), ", ".join(str(each["policy"]) for each in told)))
    found = given.get("environment") or {}
    if typed := found.get("command_line") or " ".join(map(str, given.get("command") or [])):
        pairs.append((words.ui("command"), tag("code", typed)))
    if times := span(document, words):
        pairs.append((words.ui("period"), [tag("div", each) for each in times]))
    if given.get("seconds") is not None:
        pairs.append((words.ui("seconds"), words.ui("seconds_of", seconds=given["seconds"])))
    if given.get("host"):
        pairs.append((words.ui("host"), given["host"]))
    for key, value in found.items():
        if key not in ("command_line", "clock"):  # the one stands above, the other with the times
            pairs.append((words.name("environment", key), _told(value)))
    if given.get("body_sha256"):
        pairs.append((words.ui("body_sha256"), tag("code", given["body_sha256"])))
    return section("run", words.ui("run"), facts(pairs), tag("p", words.ui("attachments"), class_="note"))


def _told(value: Any) -> Child:
    """A value of the environment: a text, or names with their versions."""
    if isinstance(value, Mapping):
        return [tag("span", tag("code", name), f" {each}", class_="option") for name, each in value.items()]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _options(document: Document, words: Words) -> list[Child]:
    return [
        tag("span", name, words.ui("colon"), tag("code", value), class_="option")
        for name, value in options(document["options"], words)
    ]
