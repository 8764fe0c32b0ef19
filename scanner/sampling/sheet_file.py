"""Reads a call sheet back: the record of the draw, checked against what the sheet shows, and the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scanner.errors import ScannerError, SourceError
from scanner.reports.sample_sheet import ANSWERS, LOCATORS, RECORD, both, locators, title
from scanner.reports.words import LANGS, Words
from scanner.sampling import record as records
from scanner.sampling.numbers import RULE
from scanner.sampling.sealed import is_sealed, unseal
from scanner.sampling.workbook import Cells, sheets
from scanner.sources.file import open_regular

MOST_BYTES = 1 << 29
SUFFIXES = (".age", ".xlsx")


class Answers(NamedTuple):
    """A sheet that was read: its record with its digest, and the answer to each row, one of ANSWERS or None."""

    record: records.Record
    digest: str
    given: dict[int, str | None]


def record_path(sheet: str) -> Path:
    """Where the record of a sheet lies: beside it, under the same name without its suffixes."""
    path = Path(sheet)
    for suffix in SUFFIXES:
        if path.name.endswith(suffix) and path.name != suffix:
            path = path.with_name(path.name.removesuffix(suffix))
    return path.with_name(f"{path.name}.sample.json")


def read(path: str, passphrase: Callable[[], str], record: str | None = None) -> Answers:
    """The answers on a call sheet (.xlsx, or sealed by age); ``passphrase`` is asked for only where it is needed.

    ``record``: the file of the record; None: the one beside the sheet, if there is one. ScannerError for a wrong
    passphrase, a sheet whose record, locators or rows were changed, and for an answer that is none.
    """
    data = _bytes(path)
    if is_sealed(data):
        data = unseal(data, passphrase(), path)
    book = sheets(data, path)
    found = _record(book.get(RECORD, []), path)
    beside = record_path(path)
    if record is not None or beside.is_file():
        _compare(found, record or str(beside), path)
    listed = book.get(title("sample_sheet"))
    if listed is None:
        raise ScannerError(f"{path} has no sheet '{title('sample_sheet')}', so it is no call sheet.")
    return Answers(found, records.digest(found), _answers(listed, found, path))


def _bytes(path: str) -> bytes:
    try:
        with open(open_regular(path), "rb") as file:  # noqa: PTH123 - a descriptor
            data = file.read(MOST_BYTES + 1)
    except SourceError as error:
        raise ScannerError(f"{path} {error}.") from None
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {(error.strerror or 'failed').lower()}.") from None
    if len(data) > MOST_BYTES:
        raise ScannerError(f"{path} is larger than any call sheet, so it was not opened.")
    return data


def _record(cells: Cells, path: str) -> records.Record:
    """The record in the hidden sheet, if it is whole."""
    texts = [str(row[0]) if row else "" for row in cells]
    if len(texts) < 3 or any(not (text.startswith("|") and text.endswith("|")) for text in texts):
        raise ScannerError(
            f"{path} holds no record of a draw, so it is no call sheet, or its hidden sheet was changed."
        )
    rule, digest, *pieces = (text[1:-1] for text in texts)
    if rule != RULE:
        raise ScannerError(f"{path} was drawn by the rule '{rule}', but this version knows '{RULE}' alone.")
    try:
        found = json.loads("".join(pieces))
        whole = records.digest(found) == digest and _agrees(found)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        whole = False
    if not whole:
        raise ScannerError(
            f"The record of the draw in {path} was changed: its strata or rows are not those drawn."
        )
    return dict(found)


def _agrees(found: Mapping[str, Any]) -> bool:
    """Do the parts of a record add up?"""
    strata, rows = found["strata"], found["rows"]
    drawn = [0] * len(strata)
    for place, row in enumerate(rows, 1):
        if row["number"] != place or not 1 <= row["stratum"] <= len(strata):
            return False
        drawn[row["stratum"] - 1] += 1
    return (
        [each["number"] for each in strata] == list(range(1, len(strata) + 1))
        and [each["drawn"] for each in strata] == drawn
        and all(each["drawn"] <= each["population"] for each in strata)
        and sum(each["population"] for each in strata) == found["population"]
        and len(rows) == found["drawn"]
    )


def _compare(found: records.Record, name: str, path: str) -> None:
    try:
        told = json.loads(Path(name).read_bytes())
    except OSError as error:
        raise ScannerError(
            f"The record {name} cannot be read: {(error.strerror or 'failed').lower()}."
        ) from None
    except ValueError:
        raise ScannerError(f"The record {name} is not JSON.") from None
    if told != found:
        raise ScannerError(
            f"{path} is not the sheet of the draw that {name} records: strata, rows or options differ."
        )


def _answers(cells: Cells, found: records.Record, path: str) -> dict[int, str | None]:
    """The answer to each row by its number, once the sheet is known to show what was drawn."""
    place = _columns(cells[0] if cells else [], path)
    given: dict[int, str | None] = {}
    known = _known()
    for row in cells[1:]:
        texts = {name: _text(row[at]) if at < len(row) else "" for name, at in place.items()}
        if not any(texts.values()):
            continue
        number = int(texts["sample_number"]) if texts["sample_number"].isdecimal() else 0
        if not 1 <= number <= found["drawn"] or number in given:
            raise ScannerError(f"{path} has a row with a number that was not drawn, or one row twice.")
        expected = locators(found, found["rows"][number - 1])
        for name, value in zip(LOCATORS, expected, strict=True):
            if texts[name] != _text(value):
                raise ScannerError(f"In {path} the column '{both(name)}' of No. {number} was changed.")
        answer = texts["sample_result"].casefold()
        if answer and answer not in known:
            allowed = ", ".join(both(name) for name in ANSWERS)
            raise ScannerError(f"In {path} the result of No. {number} is none of: {allowed}.")
        given[number] = known.get(answer)
    missing = next((number for number in range(1, found["drawn"] + 1) if number not in given), None)
    if missing is not None:
        raise ScannerError(f"{path} lacks rows that were drawn, No. {missing} the first of them.")
    return given


def _columns(heads: list[object], path: str) -> dict[str, int]:
    """Where each column is that is read."""
    shown = ["".join(str(head).split()) for head in heads]
    place = {}
    for name in (*LOCATORS, "sample_result"):
        head = "".join(both(name).split())
        if shown.count(head) != 1:
            raise ScannerError(f"{path} lacks the column '{both(name)}', or has it twice.")
        place[name] = shown.index(head)
    return place


def _known() -> dict[str, str]:
    """What may stand as a result, in either language or both."""
    found = {}
    for name in ANSWERS:
        for text in (both(name), *(Words(lang).ui(name) for lang in LANGS)):
            found[text.casefold()] = name
    return found


def _text(value: object) -> str:
    """A cell as text; numbers as they were written, since every program keeps them as floats."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
