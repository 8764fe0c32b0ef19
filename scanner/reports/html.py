"""The report as one HTML file: no script, nothing remote, for the screen and for A4 paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from scanner.reports import (
    html_arithmetic,
    html_case,
    html_content,
    html_people,
    html_sample,
    html_source,
    html_verdict,
)
from scanner.reports.case_text import case_of
from scanner.reports.escape import visible
from scanner.reports.markup import BREAK, Markup, contents, tag
from scanner.reports.phrases import nothing_read
from scanner.reports.totals import Document, Totals
from scanner.reports.words import Words


@cache
def style() -> str:
    """The style sheet, as it stands in the file."""
    return files("scanner.reports").joinpath("style.css").read_text("utf-8")


def policy(sheet: str | None = None) -> str:
    """The Content-Security-Policy: only the style sheet of this very text (by default: ``style``) may act."""
    digest = base64.b64encode(hashlib.sha256((sheet or style()).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


#: Characters of a text in the line above a printed page.
HEAD = 48


def render(document: Document, lang: str = "zh") -> bytes:
    """The whole page in UTF-8; ``document`` as in docs/contract.md. Same document, same bytes."""
    words = Words(lang)
    totals = Totals.of(document)
    heading = html_verdict.heading(document, totals, words)
    sheet = style() + running_head(document, words)
    if nothing_read(document):
        first = html_verdict.nothing(document, words)
        parts = [
            html_case.case(document, totals, words),
            html_source.files(document, totals, words),
            html_source.run(document, words),
            html_case.signatures(document, words),
        ]
        return page(words.ui("title"), sheet, [heading, first, *parts], lang)
    first = html_verdict.overview(document, words)
    parts = [
        html_case.case(document, totals, words),
        *(html_arithmetic.page(each, place, words) for place, each in enumerate(document["verdicts"], 1)),
        html_content.counts(document, words),
        html_people.people(document, words),
        html_content.labels(document, words),
        html_content.columns(document, words),
        html_content.refused(document, totals, words),
        html_source.files(document, totals, words),
        html_source.issues(document, words),
        html_sample.sample(document, words),
        html_source.method(document, words),
        html_source.limits(document, words),
        html_source.run(document, words),
        html_case.signatures(document, words),
    ]
    listed = contents(words.ui("contents"), [first, *parts])
    return page(words.ui("title"), sheet, [heading, first, listed, *parts], lang)


def running_head(document: Document, words: Words) -> str:
    """The rules that print title and case number above every page but the first."""
    title, number = css_text(words.ui("title")), css_text(case_of(document).get("number") or "")
    return (
        f"@page {{ @top-left {{ content: {title}; }} @top-right {{ content: {number}; }} }}\n"
        "@page :first { @top-left { content: none; } @top-right { content: none; } }\n"
    )


def css_text(text: str) -> str:
    """``text`` as a string of CSS, cut to a line; all but plain letters and digits stand as their codes."""
    shown = visible(text)
    cut = shown if len(shown) <= HEAD else shown[: HEAD - 1] + "…"
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in cut) + '"'


def page(title: str, sheet: str, parts: list[Markup], lang: str) -> bytes:
    """A page of these parts with one style sheet."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", **{"http-equiv": "Content-Security-Policy", "content": policy(sheet)}),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(sheet)),
    )
    body = tag("body", tag("main", [[BREAK, part] for part in parts]))
    whole = tag("html", head, BREAK, body, lang="zh-CN" if lang == "zh" else "en")
    return f"<!doctype html>\n{whole}\n".encode()
