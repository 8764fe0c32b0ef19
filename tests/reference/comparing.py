"""What of a report is compared with the reference, and how the two differ.

Compared exactly: of each input its format, encoding, delimiter, header and rows; of each column its name, cells, role
and, for every built-in label, candidates, valid, probable and distinct values, rows, decision, why, and what was
refused; each finding with its bytes and whether it is accepted; labels, records and stages, persons, conflicts,
categories with all their counts, and the three readings of cn-criminal-2017 with sum and level.

Not compared: numbers that had to be restored or that lost digits (patterns/damage.toml), which the dumps do not hold;
samples and other texts; other policies; sources other than delimited text, flat JSON, Parquet, SQLite and zip archives.
Where numbers, moments and addresses begin and end in a text is told by the plain references of the kernels' tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

INPUT = ("format", "encoding", "delimiter", "has_header", "rows", "rows_damaged", "rows_blank")
COLUMN = ("name", "cells", "nonempty", "role")
LABEL = ("candidates", "valid", "probable", "distinct", "rows", "decision", "code", "refused", "damaged")
CATEGORY = ("records", "distinct", "counted", "records_unsound", "distinct_unsound", "persons")
SUM = ("n50", "n500", "n5000", "score", "level")


def of_report(document: dict[str, Any], findings: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The parts of a report's JSON, and of the findings, that the reference tells, in its form.

    ``findings``: the lines of --findings with the number of their input in place of its path.
    """
    return {
        "findings": {
            "{input}/{table}/{row}/{column}/{start}-{end}/{label}".format_map(line): line["accepted"]
            for line in findings
            if "!" not in line["checks"]  # those that lost digits
        },
        "inputs": [{key: each[key] for key in INPUT} for each in document["inputs"]],
        "columns": {
            f"{each['input']}/{each['table']}/{each['index']}": {key: each[key] for key in COLUMN}
            | {"labels": {found["label"]: _label(found) for found in each["labels"]}}
            for each in document["columns"]
        },
        "labels": document["labels"],
        "records": {key: document["records"][key] for key in ("rows", "identifiable", "distinct", "counted")},
        "stages": {stage["name"]: stage["rows"] for stage in document["records"]["stages"]},
        "subjects": {key: document["subjects"][key] for key in ("distinct", "unlinked", "conflicts")},
        "categories": {
            name: {key: found[key] for key in CATEGORY} for name, found in document["categories"].items()
        },
        "verdict": {
            reading: {key: document["verdict"][reading][key] for key in SUM}
            for reading in ("low", "main", "high")
        },
    }


def _label(found: dict[str, Any]) -> dict[str, Any]:
    """A label of a column; numbers that lost digits are not counted by the reference."""
    lost = sum(found.get("lost", {}).values())
    return {key: found[key] for key in LABEL} | {"damaged": found["damaged"] - lost}


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Where two reports differ: the place, what the scanner says, what the reference says."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from differences(one.get(key), other.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{where}[{place}]")
    elif one != other:
        yield f"{where}: {one!r}, the reference {other!r}"
