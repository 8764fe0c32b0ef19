"""The report as DOCX, in the order in which Chinese bodies write up an examination (检验报告、检查笔录附件).

The same figures and sentences as in the other reports: everything is taken from the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scanner.reports import docx_results, ledger, verdicts
from scanner.reports.annex_text import left_out
from scanner.reports.case_text import EXHIBIT, case_of, entries, exhibits, few_operators, operators, span
from scanner.reports.issues import name_of, weightiest
from scanner.reports.paper import Paper
from scanner.reports.phrases import (
    files,
    mute_columns,
    nothing_read,
    options,
    people,
    stated,
    why_nothing,
)
from scanner.reports.totals import Document, Totals, legible_name, number, size
from scanner.reports.words import Words

ROWS_SHOWN = 1000  # of the tables that grow with the inputs; the list of files has them all
_NUMERALS = "一二三四五六七八九十"


def render(document: Document, lang: str = "zh") -> bytes:
    """The whole file; ``document`` as in docs/contract.md. Same document, same bytes."""
    words = Words(lang)
    totals = Totals.of(document)
    number_of_case = case_of(document).get("number") or words.ui("blank_line")
    head = f"{words.name('case', 'number')}{words.ui('colon')}{number_of_case}"
    paper = Paper(lang, head, words.ui("page_of", page="{page}", pages="{pages}"))
    _heading(paper, document, totals, words)
    sections = [
        ("case", _case),
        ("docx_material", _material),
        ("method", _method),
        ("docx_course", docx_results.course),
        ("docx_outcome", _outcome),
        ("docx_limits", _limits),
        ("docx_annexes", _annexes),
        ("signatures", _signatures),
    ]
    for place, (name, write) in enumerate(sections):
        mark = f"{_NUMERALS[place]}、" if lang == "zh" else f"{place + 1}. "
        paper.heading(mark + words.ui(name))
        write(paper, document, words)
    return paper.bytes(words.ui("title"), _started(document))


def _started(document: Document) -> datetime | None:
    started = (document.get("run") or {}).get("started")
    return datetime.fromisoformat(started) if started else None


def _heading(paper: Paper, document: Document, totals: Totals, words: Words) -> None:
    paper.title(words.ui("title"))
    tool = document["tool"]
    paper.text(f"{tool['name']} {tool['version']}", centred=True, small=True)
    warnings = []
    if nothing_read(document):
        warnings.append(words.ui("nothing_read"))
    elif totals.states:
        warnings.append(words.ui("incomplete", count=number(totals.states.total())))
    if (mute := len(mute_columns(document, words))) and not nothing_read(document):
        warnings.append(words.ui("mute_warning", count=number(mute)))
    if document["options"].get("reveal"):
        warnings.append(words.ui("revealed"))
    for warning in warnings:
        paper.text(warning, bold=True)


def _case(paper: Paper, document: Document, words: Words) -> None:
    blank = words.ui("blank_line")
    totals = Totals.of(document)
    pairs: list[tuple[str, str | Sequence[str]]] = [
        (name, value or blank) for name, value in entries(document, words)
    ]
    named = [
        f"{name or blank}" + (words.ui("bracketed", text="", note=title) if title else "")
        for name, title in operators(document)
    ]
    pairs.insert(-2, (words.ui("operators"), named))
    figures = {
        "files": files(document, words),
        "rows": number(totals.rows),
        "size": size(totals.size),
    }
    pairs.append((words.ui("object"), words.ui("examined", **figures)))
    if times := span(document, words):
        pairs.append((words.ui("period"), times))
    paper.facts(pairs)
    notes = [words.ui("case_note"), words.ui("clock") if times else None, few_operators(document, words)]
    for note in notes:
        if note:
            paper.text(note, small=True)


def _material(paper: Paper, document: Document, words: Words) -> None:
    """The exhibits; every input with what it was read as, its hashes and how far; then what went wrong."""
    heads = [words.name("exhibit", key) for key in EXHIBIT]
    given = [[each or "" for each in one] for one in exhibits(document)]
    paper.table(heads, given, [14, 26, 26, 16, 18], [False] * len(heads))
    inputs = document["inputs"]
    paper.heading(words.ui("files"), 2)
    if not inputs:
        paper.text(words.ui("no_files"))
        return
    rows = [
        [
            str(place),
            [legible_name(one), *_how(one, words)],
            number(one.get("size")),
            number(one.get("rows")),
            number(one.get("rows_damaged")),
            words.name("status", one["status"]),
        ]
        for place, one in enumerate(inputs[:ROWS_SHOWN], 1)
    ]
    heads = [words.ui(key) for key in ("number_head", "path", "size", "rows", "damaged", "status")]
    totals = Totals.of(document)
    if len(inputs) > 1:
        rows.append(["Σ", "", number(totals.size), number(totals.rows), number(totals.damaged), ""])
    strong = frozenset({len(rows) - 1}) if len(inputs) > 1 else frozenset()
    paper.table(heads, rows, [6, 54, 12, 10, 9, 9], [True, False, True, True, True, False], strong)
    _more(paper, len(inputs), "more_files", words)
    paper.heading(words.ui("issues"), 2)
    if not document["issues"]:
        paper.text(words.ui("no_issues"))
        return
    told = [
        [
            name_of(document, one) or words.ui("whole_run"),
            number(one.get("row")),
            words.sentence(one["what"]),
            number(one["rows_lost"] or None),
        ]
        for one in weightiest(document, ROWS_SHOWN)
    ]
    heads = [words.ui(key) for key in ("path", "row_number", "what", "rows_lost")]
    paper.table(heads, told, [30, 10, 48, 12], [False, True, False, True])
    _more(paper, len(document["issues"]), "more_issues", words)


def _more(paper: Paper, count: int, name: str, words: Words) -> None:
    if count > ROWS_SHOWN:
        paper.text(words.ui(name, count=number(count - ROWS_SHOWN)), bold=True)


def _how(one: Mapping[str, Any], words: Words) -> list[str]:
    """How an input was read, its hashes, and why it was not read whole, a line each."""
    lines = [words.name("formats", one.get("format")), *ledger.decisions(one, words)]
    if one.get("bytes_read") not in (None, one.get("size")):
        lines.append(ledger.coverage(one, words))
    lines += [f"{name} {value}".strip() for name, value in ledger.hashes(one, words)]
    return [line for line in lines if line] + [words.sentence(reason) for reason in one.get("reasons") or []]


def _method(paper: Paper, document: Document, words: Words) -> None:
    paper.items(words.all("method"), numbered=True)
    tool = document["tool"]
    run = document.get("run") or {}
    pairs: list[tuple[str, str | Sequence[str]]] = [
        (words.ui("tool"), f"{tool['name']} {tool['version']}"),
        (words.ui("knowledge"), str(tool["knowledge_sha256"])),
        (
            words.ui("policy"),
            [
                f"{words.pick(each['title'])} {verdicts.standing(each, words)}"
                for each in document["verdicts"]
            ],
        ),
        (
            words.ui("options"),
            [f"{name}{words.ui('colon')}{value}" for name, value in options(document["options"], words)],
        ),
    ]
    found = run.get("environment") or {}
    if typed := found.get("command_line") or " ".join(map(str, run.get("command") or [])):
        pairs.append((words.ui("command"), typed))
    if run.get("host"):
        pairs.append((words.ui("host"), str(run["host"])))
    for key, value in found.items():
        if key not in ("command_line", "clock"):  # the one stands above, the other with the times
            pairs.append((words.name("environment", key), _told(value)))
    if run.get("body_sha256"):
        pairs.append((words.ui("body_sha256"), str(run["body_sha256"])))
    paper.facts(pairs)


def _told(value: object) -> str:
    """A value of the environment: a text, or names with their versions."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _outcome(paper: Paper, document: Document, words: Words) -> None:
    """What each standard gives by the main reading, how much was counted, and what the user stated."""
    if nothing_read(document):
        paper.text(words.ui("nothing_read_note"))
        paper.items(why_nothing(document, words))
        return
    for each in document["verdicts"]:
        level = verdicts.level(each, each["main"]["level"], words)
        basis = " ".join(verdicts.basis(each, words))
        paper.text(f"{basis}{words.ui('colon')}{level}", bold=True)
        if income := verdicts.besides(each, words):
            paper.text(income, bold=True)
        paper.text(verdicts.agreement(each, words))
    paper.items([*people(document, words), *stated(document, words)])
    paper.text(words.ui("only_quantity"), bold=True)


def _limits(paper: Paper, document: Document, words: Words) -> None:
    caveats = (words.pick(one) for each in document["verdicts"] for one in each["caveats"])
    paper.items(dict.fromkeys([*words.all("limits"), *caveats, *mute_columns(document, words)]))


def _annexes(paper: Paper, document: Document, words: Words) -> None:
    """What goes with the report, and which categories are listed item by item."""
    paper.text(words.ui("annexes_note"))
    paper.items(words.all("annexes"), numbered=True)
    annex = document.get("annex")
    if not annex or not annex["categories"]:
        return
    rows = [
        [
            words.category(one["category"]),
            number(one["tier"]),
            number(one["records"]),
            words.ui("yes" if one["itemised"] else "no"),
        ]
        for one in annex["categories"]
    ]
    heads = [words.ui(key) for key in ("category", "tier", "counted", "itemised")]
    paper.table(heads, rows, [49, 15, 20, 16], [False, True, True, False])
    if left := left_out(document, words):
        paper.text(left, bold=True)


def _signatures(paper: Paper, document: Document, words: Words) -> None:
    given = case_of(document)
    rows = [
        [words.ui("sign_operator", place=place), name or "", "", ""]
        for place, (name, _) in enumerate(operators(document), 1)
    ]
    rows += [[words.name("case", key), given.get(key) or "", "", ""] for key in ("holder", "witness")]
    heads = [words.ui(key) for key in ("sign_role", "sign_name", "sign_hand", "sign_day")]
    paper.table(heads, [[one[0], one[1], ["", "", ""], ""] for one in rows], [24, 20, 34, 22], [False] * 4)
    paper.text(words.ui("sign_remark") + words.ui("blank_line"))
    for name in ("by_hand", "sign_refused"):
        paper.text(words.ui(name), small=True)
