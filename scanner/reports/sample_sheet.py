"""The call sheet of a truth sample as XLSX: the drawn rows with an empty result, notes, and the record of the draw.

All texts stand in Chinese and English side by side, since one sheet may pass through several hands.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from scanner.reports import layout
from scanner.reports.escape import visible
from scanner.reports.sample_sizes import Sentence, sizes
from scanner.reports.words import LANGS, Words

RECORD = "leaktally"  # the name of the hidden sheet
PIECE = 30_000  # characters of the record in a cell, which holds 32,767
LONGEST = 32_000
A3, A4 = 8, 9  # as the format numbers them
LINE, MOST_HEIGHT = 17, 409  # points
EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # a sheet is the same whenever it is written
NAMES = frozenset({"person_name"})
NUMBERS = frozenset(
    {"resident_id", "foreign_resident_id", "hmt_residence_permit", "passport", "hm_permit", "taiwan_permit"}
)
PHONES = frozenset({"mobile_phone", "landline_phone"})
#: Name of the column, width in characters. The first seven say where a row is; the last four are filled in.
COLUMNS = (
    ("sample_number", 7),
    ("sample_stratum", 9),
    ("sample_file", 24),
    ("sample_table", 8),
    ("data_row", 12),
    ("spreadsheet_line", 12),
    ("sample_offset", 12),
    ("category", 18),
    ("sample_name", 12),
    ("sample_id", 21),
    ("sample_phone", 14),
    ("sample_values", 46),
    ("sample_result", 22),
    ("sample_remark", 24),
    ("sample_checker", 12),
    ("sample_date", 12),
)
LOCATORS = tuple(name for name, _ in COLUMNS[:8])
ANSWERS = ("sample_true", "sample_false", "sample_unverifiable")


class Shown(NamedTuple):
    """What a drawn row holds: (label, text) of its values, and (column, text) of its cells if they are revealed."""

    values: Sequence[tuple[str, str]]
    cells: Sequence[tuple[str, str]]


def both(name: str, **values: object) -> str:
    """A text in both languages."""
    return " ".join(Words(lang).ui(name, **values) for lang in LANGS)


def title(name: str) -> str:
    """The name of a sheet."""
    return both(name)[:31]


def locators(record: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What stands in the columns ``LOCATORS`` of a row."""
    stratum = record["strata"][row["stratum"] - 1]
    path = stratum["path"] if stratum["member"] is None else f"{stratum['path']} [{stratum['member']}]"
    named = " ".join(Words(lang).category(stratum["category"]) for lang in LANGS)
    offset = "" if row["byte_offset"] is None else row["byte_offset"]
    table = _text(row["table"] or "")
    return (row["number"], row["stratum"], _text(path), table, row["row"], row["line"], offset, named)


def render(record: Mapping[str, Any], rows: Sequence[Shown], digest: str, revealed: bool) -> bytes:
    """The workbook for a record (sampling/record.py) and what its rows hold, in the same order."""
    import xlsxwriter

    made = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": both("sample_sheet"), "created": EPOCH})
        _list(book, record, rows)
        _record(book, record, digest)
        _notes(book, record, digest, revealed)
    return made.getvalue()


def _list(book: Any, record: Mapping[str, Any], rows: Sequence[Shown]) -> None:
    sheet = book.add_worksheet(title("sample_sheet"))
    frame = {"text_wrap": True, "valign": "top", "align": "left", "border": 1, "border_color": "#B0B0B0"}
    head = book.add_format({**frame, "bold": True, "bg_color": "#E8EDF3"})
    fixed = book.add_format(frame)
    empty = book.add_format({**frame, "locked": False, "bg_color": "#FFFBE6", "num_format": "@"})
    day = book.add_format({**frame, "locked": False, "bg_color": "#FFFBE6", "num_format": "yyyy-mm-dd"})
    for index, (name, width) in enumerate(COLUMNS):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, "\n".join(Words(lang).ui(name) for lang in LANGS), head)
    sheet.set_row(0, 2 * LINE)
    for line, (row, shown) in enumerate(zip(record["rows"], rows, strict=True), 1):
        cells: list[Any] = [*locators(record, row), *_told(shown)]
        for index, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(line, index, cell, fixed)
            else:
                sheet.write_string(line, index, cell, fixed)
        sheet.set_row(line, _height(cells, [width for _, width in COLUMNS]))
        for index in range(len(cells), len(COLUMNS)):
            sheet.write_blank(line, index, None, day if COLUMNS[index][0] == "sample_date" else empty)
    last, result = len(rows), [name for name, _ in COLUMNS].index("sample_result")
    allowed = [both(name) for name in ANSWERS]
    sheet.data_validation(
        1,
        result,
        last,
        result,
        {
            "validate": "list",
            "source": allowed,
            "error_title": both("sample_result"),
            "error_message": " / ".join(allowed),
        },
    )
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    # No password: it keeps locators from being changed by mistake; that they were not is checked when it is read.
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})


def _height(cells: Sequence[Any], widths: Sequence[int]) -> int:
    """Points that a row needs: not every program finds that out by itself."""
    lines = [
        sum(-(-max(1, layout.cells(line)) // (width - 1)) for line in str(cell).split("\n"))
        for cell, width in zip(cells, widths, strict=False)
    ]
    return min(MOST_HEIGHT, LINE * max(lines))


def _told(shown: Shown) -> tuple[str, str, str, str]:
    """Names, numbers of papers, phones, and all the rest: cells where they are revealed, else other values."""

    def of(labels: frozenset[str]) -> str:
        return _text("\n".join(text for label, text in shown.values if label in labels))

    apart = NAMES | NUMBERS | PHONES
    words = Words("zh")
    rest = shown.cells or [
        (words.name("labels", label), text) for label, text in shown.values if label not in apart
    ]
    return (
        of(NAMES),
        of(NUMBERS),
        of(PHONES),
        _text("\n".join(f"{name}: {_line(text)}" for name, text in rest)),
    )


def _line(text: str) -> str:
    return text.replace("\n", "\\n")


def _text(text: str) -> str:
    """Nothing hidden, nothing that XML cannot hold, and no longer than a cell; line feeds stay."""
    shown = "\n".join(visible(line) for line in text.split("\n"))
    shown = shown.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + " …"


def _record(book: Any, record: Mapping[str, Any], digest: str) -> None:
    sheet = book.add_worksheet(RECORD)
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))  # in ASCII, which every program keeps
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    for line, cell in enumerate([record["rule"], digest, *pieces]):
        sheet.write_string(line, 0, f"|{cell}|")  # the bars keep blanks at the ends
    sheet.protect()
    sheet.very_hidden()


def _notes(book: Any, record: Mapping[str, Any], digest: str, revealed: bool) -> None:
    sheet = book.add_worksheet(title("sample_notes"))
    sheet.hide_gridlines(2)
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "align": "left"})
    widths = (10, 48, 30, 16, 12)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    line = 0
    for told in notes(record, digest, revealed):
        for text in told:
            sheet.merge_range(line, 0, line, 4, "", wrapped)
            sheet.write_string(line, 0, text, wrapped)
            sheet.set_row(line, _height([text], [sum(widths)]))
            line += 1
    line += 1
    heads = ("sample_stratum", "sample_file", "category", "sample_population", "sample_drawn")
    for index, head in enumerate(heads):
        sheet.write_string(line, index, both(head), bold)
    for stratum in record["strata"]:
        line += 1
        nowhere = {"number": 0, "table": None, "row": 0, "line": 0, "byte_offset": None}
        _, number, path, _, _, _, _, named = locators(record, {**nowhere, "stratum": stratum["number"]})
        cells = (number, path, named, stratum["population"], stratum["drawn"])
        sheet.set_row(line, _height(cells, widths))
        for index, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(line, index, cell, wrapped)
            else:
                sheet.write_string(line, index, cell, wrapped)
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def notes(record: Mapping[str, Any], digest: str, revealed: bool) -> list[list[str]]:
    """The sentences about a draw, each in every language: what it is for, how it was made, how it is filled in."""
    entries: list[Sentence] = [
        ("sample_purpose", {}),
        ("sample_fill_in", {}),
        *sizes(record),
        ("sample_rule", {"rule": record["rule"], "seed": record["seed"]}),
        ("sample_hashes", {"body": record["body_sha256"], "record": digest}),
        *([] if record["complete"] else [("sample_incomplete", {})]),
        *([("sample_revealed", {})] if revealed else []),
    ]
    return [[Words(lang).ui(name, **values) for lang in LANGS] for name, values in entries]
