"""What the cells of one row hold, and what the columns they stand in make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scanner.columns import headers
from scanner.columns.decision import Decision
from scanner.columns.names import LOST, RESTORED, base
from scanner.columns.tally import refusal
from scanner.document.column_entries import content_role
from scanner.masking import mask
from scanner.model import Batch, Cells, Check, Column, Detector, Table, check_names
from scanner.scanning.plausible import filled_cells
from scanner.scanning.records import Found, Job, masked
from scanner.summary.summarise import Summary
from scanner.tallies.tally import LOOSE, TableKey, Tally

# Why.header where the format itself names the columns: no row that people count is the header.
NAMED = "format"


@dataclass(frozen=True, slots=True)
class Judged:
    """A table whose columns are decided."""

    key: TableKey
    job: Job
    tally: Tally
    summary: Summary
    roles: tuple[str | None, ...]
    reveal: bool


def first_line(table: Table) -> int:
    """What row 0 of a table is called where lines are counted from 1 with the header: 2 where one of them is it."""
    named = table.why is not None and table.why.header == NAMED
    return 2 if table.has_header and not named else 1


def cells_of_row(column: Column, place: int) -> Column:
    """The cells that a column of a batch has in one row, by its place in the batch."""
    if column.rows is not None:
        held = np.flatnonzero(column.rows == place)
        own = Cells.of([column.cells.raw(int(each)) for each in held])
        return Column(own, rows=np.zeros(len(held), np.int32))
    at = place if column.codes is None else int(column.codes[place])
    return Column(Cells.of([None if at < 0 else column.cells.raw(at)]))


def columns_told(batch: Batch, found: Sequence[Found], judged: Judged) -> list[dict[str, Any]]:
    """Each column of a batch of one row; of a damaged line one entry with ``index`` None."""
    if batch.loose is not None:
        return [_told(LOOSE, None, Column(batch.loose), None, found, judged)]
    return [
        _told(index, batch.table.columns[index], column, judged.roles[index], found, judged)
        for index, column in enumerate(batch.columns)
    ]


def _told(
    index: int, name: str | None, column: Column, role: str | None, found: Sequence[Found], judged: Judged
) -> dict[str, Any]:
    cells = column.cells
    found = [item for item in found if not _is_lost(item) or _decision(item, judged) is not None]
    full = bool(len(cells)) and bool(filled_cells(cells)[0].any())
    cells.memo.clear()
    named = headers.roles(name) if name else ()
    source = None
    if role is not None:
        sure = any(each.name == role and each.strength == "sure" for each in named)
        source = "header" if sure else "content"
    weak = sorted({each.name for each in named if each.strength == "weak"} - {role})
    values = [*_valid(index, found, judged), *_failing(index, column, role, found, judged)]
    shown = role or _by_values(index, judged)
    offers = {value["label"] for value in values if value["near"]}
    if full:
        offers |= {f"role:{each}" for each in weak}
    if role is not None:
        offers.add(f"role:{role}")
    return {
        "index": None if index == LOOSE else index,
        "name": name,
        "filled": full,
        "text": [cells.text(place) for place in range(len(cells))] if judged.reveal else None,
        "role": shown,
        "role_from": source if role is not None else "values" if shown else None,
        "ambiguous": weak,
        "values": values,
        "offers": sorted(offers),
    }


def _is_lost(item: Found) -> bool:
    """Are these numbers that lost digits?"""
    return item.name.partition(RESTORED)[2] in LOST


def _decision(item: Found, judged: Judged) -> Decision | None:
    return judged.summary.decisions[(*judged.key, item.column_index)].get(item.name)


def _by_values(index: int, judged: Judged) -> str | None:
    """The role that the accepted values give a column."""
    tallied = judged.tally.tables[judged.key].columns.get(index)
    if tallied is None or index == LOOSE:
        return None
    by_name = {detector.name: detector for detector in judged.job.detectors}
    return content_role(tallied, judged.summary.decisions[(*judged.key, index)], by_name)


def _valid(index: int, found: Sequence[Found], judged: Judged) -> Iterator[dict[str, Any]]:
    """Values that pass their checks, or all but what the whole column makes up for; and numbers that lost digits."""
    for item in found:
        if item.column_index != index:
            continue
        decision = _decision(item, judged)
        lost = item.name.partition(RESTORED)[2] if _is_lost(item) else None
        state = "fails" if lost else "accepted" if decision is not None and decision.accepted else "rejected"
        for place in range(len(item.matches)):
            placeholder = item.telling is not None and not item.telling[place]
            checks, required = int(item.matches.checks[place]), item.detector.required
            lacks = None if placeholder or checks & required == required else refusal(checks, required)
            yield _value(
                item.detector,
                masked(item, place, judged.reveal),
                checks,
                "placeholder" if placeholder else state,
                lost or lacks,
                index,
                item.name,
                judged,
            )


def _failing(
    index: int, column: Column, role: str | None, found: Sequence[Found], judged: Judged
) -> Iterator[dict[str, Any]]:
    """Candidates that fail their checks, where no valid value lies on the same bytes."""
    cells = Cells.of([column.cells.raw(place) for place in range(len(column.cells))])
    taken = [
        (int(m.cell[i]), int(m.start[i]), int(m.end[i]))
        for m in (item.matches for item in found if item.column_index == index)
        for i in range(len(m))
    ]
    for detector in judged.job.detectors:
        if detector.header_only and role not in detector.roles:
            continue
        matches = detector.find(cells)
        for i in range(len(matches)):
            cell, start, end = int(matches.cell[i]), int(matches.start[i]), int(matches.end[i])
            if any(cell == own and start < last and first < end for own, first, last in taken):
                continue
            checks = int(matches.checks[i])
            if checks & detector.required == detector.required:
                continue
            text = cells.raw(cell)[start:end].decode("utf-8", "replace")
            dummy = bool(checks & Check.PLACEHOLDER)
            yield _value(
                detector,
                text if judged.reveal else mask(detector.label, text),
                checks,
                "placeholder" if dummy else "fails",
                None if dummy else refusal(checks, detector.required),
                index,
                detector.name,
                judged,
            )
    cells.memo.clear()


def _value(
    detector: Detector,
    text: str,
    checks: int,
    state: str,
    fails: str | None,
    index: int,
    name: str,
    judged: Judged,
) -> dict[str, Any]:
    role = None if index == LOOSE else judged.roles[index]
    decision = judged.summary.decisions[(*judged.key, index)].get(name)
    column = judged.tally.tables[judged.key].columns.get(index)
    tallied = column.labels.get(base(name)) if column else None
    accepting = decision is not None and decision.accepted
    # Whether the row would hold the label if this value were sound, or its column accepted.
    near = state == "rejected" and bool(tallied and tallied.valid)
    near = near or (state in ("fails", "placeholder") and (accepting or role in detector.roles))
    return {
        "label": detector.label,
        "detector": detector.name,
        "text": text,
        "checks": check_names(checks),
        "state": state,
        "fails": fails,
        "near": near,
        "code": decision.code if decision else None,
        "reason": decision.reason if decision else None,
        "candidates": tallied.candidates if tallied else 0,
        "valid": tallied.valid if tallied else 0,
    }
