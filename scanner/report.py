"""A finished scan, as Python sees it."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def scan(data: object, **choices: Any) -> Report:
    """Scans a path (str or PathLike: file or folder), a pandas DataFrame, or anything with ``__arrow_c_stream__``.

    ``choices`` are the fields of ``scanner.job.Options``: ``policy``, ``insider``, ``jobs``, ``as_of``…
    Raises PatternError, PolicyError, TypeError; an input that cannot be read is in the report instead.
    """
    from scanner.job import Options, file_inputs, run, table_input

    options = Options(**choices)
    inputs = file_inputs([str(data)], options) if isinstance(data, str | PathLike) else [table_input(data)]
    return Report(run(inputs, options).document)


class Report:
    """The document of a scan (see docs/contract.md) with the ways to look at it. All values are masked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return self._document

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
