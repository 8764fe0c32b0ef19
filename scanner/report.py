"""A finished scan, as Python sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError
from scanner.store.packed import Packed

if TYPE_CHECKING:
    import pandas as pd

    from scanner.case_sheet import CaseSheet
    from scanner.run.job import Input, Options

_READING = ("encoding", "delimiter", "header", "quote", "passwords", "limits")


def scan(data: object, **choices: Any) -> Report:
    """Scans paths or a table in memory.

    ``data``: a path (str or PathLike: file or folder) or a list of paths; a pandas DataFrame or Series; or
    anything with ``__arrow_c_stream__``. Of a pandas index, levels that have a name are scanned as columns.
    ``choices``: the fields of ``scanner.run.job.Options`` (``policy``, ``insider``, ``jobs``…), ``as_of`` also as
    text ("2020-01-01"), ``case`` also as a path or a mapping, and ``encoding``, ``delimiter``, ``header``,
    ``quote`` of delimited text, ``passwords`` of archives and workbooks, ``limits`` (``scanner.limits.Limits``).
    Raises PatternError, PolicyError, ScannerError for an option that makes no sense, TypeError for an unknown
    option or other data; an input that cannot be read is in the report instead.
    """
    from scanner.run.job import run

    options = _options(choices)
    return Report(run(_inputs(data, options), options, keep_records=False).document)


def _inputs(data: object, options: Options) -> Sequence[Input]:
    from scanner.run.job import file_inputs, table_input

    if isinstance(data, str | PathLike):
        return file_inputs([_path(data)], options)
    if isinstance(data, list | tuple):
        wrong = next((each for each in data if not isinstance(each, str | PathLike)), None)
        if wrong is not None:
            raise TypeError(f"cannot scan a list that holds a {type(wrong).__name__}: give a list of paths")
        if not data:
            raise TypeError("cannot scan an empty list: give at least one path")
        return file_inputs([_path(each) for each in data], options)
    return [table_input(data)]


def _path(path: str | PathLike[Any]) -> str:
    given = fspath(path)
    if isinstance(given, bytes):
        raise TypeError("cannot scan a path of bytes: give it as text")
    return given


def _options(choices: dict[str, Any]) -> Options:
    """The options chosen; TypeError names the known ones."""
    from scanner.model import ReadOptions
    from scanner.run.job import Options

    known = [field.name for field in fields(Options)]
    for name in choices:
        if name not in (*known, *_READING):
            raise TypeError(f"scan has no option {name!r}; the options are {', '.join([*known, *_READING])}")
    reading = {name: choices.pop(name) for name in _READING if name in choices}
    if reading and "read" in choices:
        raise TypeError(f"give either read or {', '.join(reading)}, not both")
    if reading:
        if "passwords" in reading:
            given = reading["passwords"]
            reading["passwords"] = (given,) if isinstance(given, str) else tuple(given)
        choices["read"] = ReadOptions(**reading)
    if "as_of" in choices:
        choices["as_of"] = _day(choices["as_of"])
    if "patterns" in choices:
        choices["patterns"] = _packs(choices["patterns"])
    if choices.get("case") is not None:
        choices["case"] = _case(choices["case"])
    if isinstance(choices.get("policy"), PathLike):
        choices["policy"] = fspath(choices["policy"])
    return Options(**choices)


def _day(given: object) -> date | None:
    """A day given as date, datetime or text; None stays: today."""
    if isinstance(given, datetime):
        return given.date()
    if given is None or isinstance(given, date):
        return given
    if not isinstance(given, str):
        raise TypeError(f"as_of is a {type(given).__name__}, but must be a date or text such as '2020-01-01'")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ScannerError(f"as_of is {given!r}, but must be a day such as 2020-01-01.") from None


def _case(given: object) -> CaseSheet:
    """A case sheet given as such, as a path, or as a mapping of its entries."""
    from scanner.case_sheet import CaseSheet, of, read

    if isinstance(given, CaseSheet):
        return given
    if isinstance(given, Mapping):
        return of(given)
    if isinstance(given, str | PathLike):
        return read(_path(given))
    raise TypeError(f"case is a {type(given).__name__}, but must be a path, a mapping or a CaseSheet")


def _packs(given: object) -> tuple[Path, ...]:
    packs: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    return tuple(Path(pack) for pack in packs)


class Report:
    """The document of a scan (see docs/contract.md) with the ways to look at it. All values are masked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def __repr__(self) -> str:
        """One line: inputs, rows, records counted, level of the main reading."""
        inputs, records = len(self._document["inputs"]), self._document["records"]
        level = self._document["verdict"]["main"]["level"]
        return (
            f"<Report: {inputs} input{'s' * (inputs != 1)}, {records['rows']:,} row{'s' * (records['rows'] != 1)}, "
            f"{records['counted']:,} record{'s' * (records['counted'] != 1)} counted, {level}>"
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            name: list(value) if isinstance(value, Packed) else value
            for name, value in self._document.items()
        }

    def to_pandas(self) -> pd.DataFrame:
        """One line for each (column, label), with its counts and decision."""
        import pandas as pd

        lines = [
            {
                "input": self._document["inputs"][column["input"]]["path"],
                "column": column["name"] if column["name"] is not None else column["index"],
                "role": column["role"],
                **{
                    key: label[key]
                    for key in ("label", "decision", "candidates", "valid", "rows", "distinct", "reason")
                },
            }
            for column in self._document["columns"]
            for label in column["labels"]
        ]
        names = [
            "input",
            "column",
            "role",
            "label",
            "decision",
            "candidates",
            "valid",
            "rows",
            "distinct",
            "reason",
        ]
        return pd.DataFrame(lines, columns=names)

    def to_html(self, lang: str = "zh") -> str:
        """The HTML page, in Chinese (``zh``) or English (``en``)."""
        from scanner.reports import html

        return html.render(self._document, lang).decode()

    def to_json(self) -> str:
        """The JSON text, as ``leaktally scan -f json`` writes it."""
        from scanner.reports import json_report

        return json_report.render(self._document).decode()

    @property
    def complete(self) -> bool:
        """Was every input read whole?"""
        return all(item["status"] == "complete" for item in self._document["inputs"])

    def _repr_html_(self) -> str:
        return self.to_pandas().to_html(escape=True, max_rows=50)
