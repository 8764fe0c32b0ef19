"""The list of electronic data (电子数据清单) as CSV: every file that was read and every file that was written.

What it names is what 法发〔2016〕22号 Art. 14 and 公安机关办理刑事案件电子数据取证规则 ask of such a list: kind,
format, source, method and hash. UTF-8 with a byte order mark, CRLF, every cell quoted, no cell a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from scanner.reports.case_text import case_of
from scanner.reports.escape import harmless
from scanner.reports.totals import Document, legible_name
from scanner.reports.words import Words

COLUMNS = (
    *("number_head", "list_kind", "list_name", "list_path", "format", "list_bytes", "list_sha256"),
    *("list_sm3", "list_modified", "list_source", "list_method", "list_remark"),
)


class Output(NamedTuple):
    """A file that was written. ``size`` in bytes; hashes in hex; ``modified``: seconds since 1970."""

    path: str
    size: int
    sha256: str
    sm3: str | None
    modified: float


def render(document: Document, outputs: Sequence[Output], lang: str = "zh") -> bytes:
    """The whole file. When an input was last modified is asked of the file system, as it is no part of the document."""
    words = Words(lang)
    sheet = io.StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([words.ui(name) for name in COLUMNS])
    source = _source(document)
    rows = [_input(one, source, words) for one in document["inputs"]]
    tool = f"{document['tool']['name']} {document['tool']['version']}"
    rows += [_output(one, tool, words) for one in outputs]
    for place, row in enumerate(rows, 1):
        writer.writerow([harmless(str(cell)) for cell in (place, *row)])
    return sheet.getvalue().encode("utf-8-sig")


def _source(document: Document) -> str:
    """The exhibit that the inputs come from, where there is but one; otherwise a blank to be filled in by hand."""
    given = case_of(document).get("exhibits") or []
    if len(given) != 1:
        return ""
    return " ".join(given[0][key] for key in ("number", "name", "source") if given[0].get(key))


def _input(one: Mapping[str, Any], source: str, words: Words) -> list[str | int]:
    path, member = str(one["path"]), one.get("member")
    remark = [words.name("status", one["status"])] if one["status"] != "complete" else []
    remark += [words.sentence(reason) for reason in one.get("reasons") or []]
    return [
        words.ui("list_input"),
        PurePath(member or path).name or path,
        legible_name(one),
        words.name("formats", one.get("format")),
        "" if one.get("size") is None else one["size"],
        one.get("sha256") or "",
        one.get("sm3") or "",
        "" if member else _modified(path),
        source,
        words.ui(_method(one)),
        words.ui("semicolon").join(remark),
    ]


def _method(one: Mapping[str, Any]) -> str:
    """How an input was read: a file has a hash only if all its bytes were read."""
    if one.get("member"):
        return "list_member" if one["status"] in ("complete", "partial") else "list_member_unread"
    return "list_read" if one.get("sha256") else "list_unread"


def _modified(path: str) -> str:
    try:
        return _moment(Path(path).lstat().st_mtime)
    except (OSError, ValueError):
        return ""  # standard input, or no longer there


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}"


def _output(one: Output, tool: str, words: Words) -> list[str | int]:
    name = PurePath(one.path).name
    kind = name.rpartition(".")[2].upper()
    return [
        words.ui("list_output"),
        name,
        one.path,
        kind,
        one.size,
        one.sha256,
        one.sm3 or "",
        _moment(one.modified),
        tool,
        words.ui("list_written"),
        "",
    ]
