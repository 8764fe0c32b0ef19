"""What the writers say of the case sheet (scanner/case_sheet.py) and of the times of the run, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from scanner.case_sheet import OPERATORS
from scanner.reports.totals import Document
from scanner.reports.words import Words

#: Entries of the case sheet that are one text each, in the order of a record of examination (检查笔录).
ENTRIES = (
    *("number", "cause", "entrusting_body", "examining_body", "purpose", "place"),
    *("write_protection", "holder", "witness"),
)
#: Columns of the table of exhibits.
EXHIBIT = ("number", "name", "source", "medium", "seal")
#: Exhibits by hand where the case sheet names none.
BLANK_EXHIBITS = 2
#: The legal time of the People's Republic of China.
BEIJING = timezone(timedelta(hours=8))


def case_of(document: Document) -> Mapping[str, Any]:
    """``document["case"]``; empty where a document has none."""
    return document.get("case") or {}


def entries(document: Document, words: Words) -> list[tuple[str, str | None]]:
    """Name and content of each entry; None: a blank to be filled in by hand."""
    case = case_of(document)
    return [(words.name("case", key), case.get(key)) for key in ENTRIES]


def exhibits(document: Document) -> list[list[str | None]]:
    """A row for each exhibit in the columns of ``EXHIBIT``; blank rows where there is none."""
    given = case_of(document).get("exhibits") or [{}] * BLANK_EXHIBITS
    return [[one.get(key) for key in EXHIBIT] for one in given]


def operators(document: Document) -> list[tuple[str | None, str | None]]:
    """Name and title of each examiner, with blank ones up to the two that the rules ask for."""
    given = [(one.get("name"), one.get("title")) for one in case_of(document).get("operators") or []]
    return given + [(None, None)] * max(OPERATORS - len(given), 0)


def few_operators(document: Document, words: Words) -> str | None:
    """The remark where the case sheet names fewer examiners than the rules ask for; None where it names enough."""
    named = len(case_of(document).get("operators") or [])
    return None if named >= OPERATORS else words.ui("few_operators", named=named, least=OPERATORS)


def moment(started: str, words: Words, seconds: float = 0, brief: bool = False) -> str:
    """A time of the run (ISO 8601), ``seconds`` later: by Beijing time and, unless ``brief``, in UTC."""
    then = datetime.fromisoformat(started)
    when = (then if then.tzinfo else then.replace(tzinfo=UTC)) + timedelta(seconds=seconds)
    local, utc = when.astimezone(BEIJING), when.astimezone(UTC)
    shown = {"local": f"{local:%Y-%m-%d %H:%M:%S}", "utc": f"{utc:%Y-%m-%d %H:%M:%S}"}
    return words.ui("moment_brief", local=shown["local"]) if brief else words.ui("moment", **shown)


def span(document: Document, words: Words) -> tuple[str, str] | None:
    """Start and end of the run; None where the document has none."""
    run = document.get("run") or {}
    if not run.get("started"):
        return None
    # The end is rounded up: the work was done by then.
    ended = -(-float(run.get("seconds") or 0) // 1)
    return (
        words.ui("began", time=moment(run["started"], words)),
        words.ui("ended", time=moment(run["started"], words, ended)),
    )
