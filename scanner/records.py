"""From the cells of one batch to facts, signatures and digests: the one step that every way of running shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.categories import elements
from scanner.coded import candidates_of, expanded, first_rows, rows_with
from scanner.columns import (
    COVERED,
    DUMMY,
    FAILED_DUMMY,
    PROBABLE,
    SAMPLES,
    UNSOUND,
    VARIETY,
    LabelTally,
    refusal,
)
from scanner.detectors.asked import asked
from scanner.kernels.codes import count_codes
from scanner.kernels.sets import some_distinct
from scanner.kernels.sieve import BASED, LENIENT, VALID, judge, kept, mark_covered
from scanner.kernels.spans import overlapping
from scanner.keys import Keys, Secret, match_keys, row_keys
from scanner.masking import mask
from scanner.model import Batch, Check, Column, Detector, Issue, Matches, Table
from scanner.plausible import filled_cells, plausible_cells
from scanner.points import TRAJECTORY, Positions, add_points
from scanner.slots import Linking
from scanner.tally import LOOSE, ROLE, Fact, Groups, Rows, Tally
from scanner.ties import Tie, add_links

NO_CELLS = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Job:
    """What is looked for, the same for every batch of a run.

    ``detectors`` sorted by rank; ``roles``: the sure header role of each column of a table; ``fact_roles``: the
    roles that categories ask for; ``linking``: by which labels rows are linked to persons; ``secret``: the two key
    words of this run's digests.
    """

    detectors: tuple[Detector, ...]
    roles: Callable[[Table], tuple[str | None, ...]]
    fact_roles: frozenset[str]
    linking: Linking
    secret: Secret
    reveal: bool = False


class Found(NamedTuple):
    """Valid matches of one detector in one column, with the cells they lie in and their keys (uint64[n, w]).

    ``present``: the keys of those that some row holds (a dictionary may have cells that no row refers to).
    ``telling`` bool[n]: those that are no placeholders, and so can stand for a person; None for all. ``told``: their
    cells and keys; ``dummies``: the keys of the others.
    """

    column_index: int
    name: str  # of the fact: the detector's, or one of its variants (columns.PROBABLE, columns.COVERED)
    detector: Detector
    column: Column
    matches: Matches
    keys: Keys
    present: Keys
    told: tuple[Rows, Keys]
    dummies: Keys
    telling: NDArray[np.bool_] | None = None


def scan_batch(batch: Batch, source: int, job: Job, tally: Tally) -> list[Found]:
    """Adds a batch of input number ``source`` to the tally; returns what was found, for the itemised annex."""
    table = tally.table(source, batch.table)
    table.rows += batch.size
    table.blank += batch.blank
    roles = job.roles(batch.table)
    found: list[Found] = []
    facts: list[tuple[Fact, Rows]] = []
    for index, column in enumerate(batch.columns):
        role = roles[index]
        found_here, marked, full = _scan_column(index, role, column, batch, source, job, tally)
        found += found_here
        facts += [((index, item.name), _rows_holding(column, item.told[0])) for item in found_here]
        facts += [((index, name), _rows_holding(column, cells)) for name, cells in marked]
        if role in job.fact_roles:
            plausible = plausible_cells(column.cells, full, role)
            sound = _every(len(plausible)) if plausible.all() else np.flatnonzero(plausible).astype(np.int32)
            facts.append(((ROLE, f"role:{role}"), _rows_holding(column, sound)))
    groups, tied = _add_rows(facts, found, batch, source, job, roles, tally)
    pairs = zip(groups.signatures, tied.tolist(), strict=True)
    scattered = frozenset[Fact]().union(*(signature for signature, held in pairs if not held))
    values = [_untied(item, groups, tied, scattered, job.linking) for item in found]
    if batch.loose is not None and len(batch.loose):
        size = len(batch.loose)
        table.damaged += size
        found_here, _, _ = _scan_column(LOOSE, None, Column(batch.loose), batch, source, job, tally)
        found += found_here
        groups = Groups([((LOOSE, item.name), item.matches.cell) for item in found_here], size)
        for signature, count in zip(groups.signatures, groups.counts.tolist(), strict=True):
            table.damaged_signatures[signature] += count
    values += [item.present for item in found[len(values) :]]
    for item, keys in zip(found, values, strict=True):
        tally.store.add(("value", source, batch.table.name, item.column_index, item.name), keys)
    return found


def _untied(
    item: Found, groups: Groups, tied: NDArray[np.bool_], scattered: frozenset[Fact], linking: Linking
) -> Keys:
    """The keys of the values that no tuple holds; those of cells that rows share are few in any case.

    ``scattered``: the facts of rows without tuples.
    """
    label, column = item.detector.label, item.column
    if column.codes is not None or column.rows is not None or label not in (linking.name, *linking.order):
        return item.present
    if (item.column_index, item.name) not in scattered:
        return item.dummies
    cell, keys = item.told
    held = tied.take(groups.of_row.take(cell))
    return np.concatenate([keys[~held], item.dummies])


def _add_rows(
    facts: list[tuple[Fact, Rows]],
    found: list[Found],
    batch: Batch,
    source: int,
    job: Job,
    roles: tuple[str | None, ...],
    tally: Tally,
) -> tuple[Groups, NDArray[np.bool_]]:
    """Counts the rows of a batch by signature, and adds the keys of those that hold something, and their persons.

    Returns the groups of rows and which of these have tuples (``add_links``).
    """
    where = (source, batch.table.name)
    table = tally.table(source, batch.table)
    groups = Groups(facts, batch.size)
    tags = np.zeros(len(groups.signatures), np.uint64)
    for index, (signature, count) in enumerate(zip(groups.signatures, groups.counts.tolist(), strict=True)):
        table.signatures[signature] += count
        tags[index] = tally.signature_tag(signature) if signature else 0
    linking = job.linking
    ties = [
        Tie((item.column_index, item.name), label != linking.name, item.column, *item.told)
        for item in found
        if (label := item.detector.label) == linking.name or label in linking.order
    ]
    tied = add_links(ties, groups, batch.size, where, tally)
    if not tags.any():
        return groups, tied
    keys = row_keys(batch, tags, groups.of_row, job.secret)
    tally.store.add(("row", *where), keys)
    positions = Positions(roles, {item.column_index for item in found if item.detector.label == "coordinate"})
    if positions:
        labels = {(item.column_index, item.name): item.detector.label for item in found}
        chosen = [
            group
            for group, signature in enumerate(groups.signatures)
            if TRAJECTORY in elements(frozenset(labels.get(fact, fact[1]) for fact in signature))
        ]
        if chosen:
            digests = np.zeros((batch.size, 2), np.uint64)
            digests[tags.take(groups.of_row) != 0] = keys[:, :2]
            add_points(batch, positions, ties, groups, chosen, digests, where, job.secret, tally)
    return groups, tied


@lru_cache(maxsize=4)
def _every(count: int) -> Rows:
    """The numbers of so many cells."""
    return np.arange(count, dtype=np.int32)


def row_numbers(batch: Batch, index: int, rows: Rows) -> NDArray[np.int64]:
    """The numbers in the table of a batch's rows (of its loose lines where ``index`` is LOOSE)."""
    if index == LOOSE:
        assert batch.loose_rows is not None
        return batch.loose_rows[rows]
    if batch.rows is not None:
        return batch.rows[rows]
    return rows.astype(np.int64) + batch.first_row


def _scan_column(
    index: int, role: str | None, column: Column, batch: Batch, source: int, job: Job, tally: Tally
) -> tuple[list[Found], list[tuple[str, Rows]], NDArray[np.bool_]]:
    """Runs every detector over a column; returns valid matches, cells by the mark they hold, and which are filled."""
    cells = column.cells
    stats = tally.table(source, batch.table).column(index)
    full, count = filled_cells(cells)
    weights = _weights(column)
    stats.cells += len(cells) if column.codes is None else len(column.codes)
    stats.nonempty += count if weights is None else int(weights[full].sum())
    found: list[Found] = []
    marked: list[tuple[str, Rows]] = []
    rivals: list[tuple[str, Matches]] = []
    for detector in asked(job.detectors, role, cells):
        candidates = candidates_of(detector, cells)
        if not len(candidates):
            continue
        variants: dict[str, Matches] = {}
        for item in [each for each in found if each.name == each.detector.name]:
            under, count = _overlap(candidates, item.matches)
            if count:
                valid = mark_covered(under, candidates.checks, int(detector.required))
                if valid:
                    some = _taken(candidates, under, 3, 3, valid)
                    variants[f"{detector.name}{COVERED}{item.name}"] = some
                candidates = _taken(candidates, under, 1, 0, len(candidates) - count)
        if not len(candidates) and not variants:
            continue
        label = stats.label(detector.name)
        matches, failed, probable, without = _count(label, detector, candidates, column, weights)
        variants[detector.name + PROBABLE] = probable
        for name, some in variants.items():
            if len(some):
                label.variants[name] += len(some) if weights is None else int(weights[some.cell].sum())
        for name, rival in rivals:
            under, count = _overlap(matches, rival)
            label.contested[name] += (
                count if weights is None else int(weights[matches.cell[under.view(np.bool_)]].sum())
            )
        if len(failed):
            rivals.append((detector.name, failed))
        for mark, cells_marked in zip((UNSOUND, DUMMY, FAILED_DUMMY), without, strict=True):
            if len(cells_marked):
                marked.append((detector.name + mark, cells_marked))
        for name, some in [(detector.name, matches), *variants.items()]:
            if len(some):
                keys = match_keys(cells, some, detector, job.secret)
                present = keys if weights is None else keys[weights[some.cell] > 0]
                told, dummies, telling = (some.cell, keys), keys[:0], None
                if len(without[1]) and name == detector.name:
                    telling = (some.checks & Check.PLACEHOLDER) == 0
                    told, dummies = (some.cell[telling], keys[telling]), keys[~telling]
                found.append(
                    Found(index, name, detector, column, some, keys, present, told, dummies, telling)
                )
                if name == detector.name:
                    if len(label.variety) <= VARIETY:
                        label.seen(some_distinct(present, VARIETY + 1))
                    _sample(label, found[-1], batch, job)
    for name, cell in cells.memo.pop("timeouts", ()):  # type: ignore[attr-defined]
        rows = expanded(column, np.array([cell], np.int32))[1]
        row = int(row_numbers(batch, index, rows)[0]) if len(rows) else None
        what = f"pattern {name} ran out of time on a cell of column {index}; what it may hold was not counted"
        tally.issues.append((source, Issue(what, row)))
    cells.memo.clear()  # what it holds refers back to the cells; a cycle would keep the whole block alive
    return found, marked, full


def _weights(column: Column) -> NDArray[np.int64] | None:
    """How many rows hold each cell of a dictionary column; None where each cell counts once."""
    if column.codes is None:
        return None
    return count_codes(column.codes, len(column.cells))


def _overlap(one: Matches, other: Matches) -> tuple[NDArray[np.uint8], int]:
    return overlapping(one.cell, one.start, one.end, other.cell, other.start, other.end)


def _count(
    label: LabelTally,
    detector: Detector,
    candidates: Matches,
    column: Column,
    weights: NDArray[np.int64] | None,
) -> tuple[Matches, Matches, Matches, tuple[Rows, Rows, Rows]]:
    """Adds candidates to the statistics; returns the valid, the failed ones that have the basis, the probable ones; and
    the cells of those that failed and are no more than that, of valid placeholders, and of others."""
    cells, c = column.cells, candidates
    kind, counts, refused = judge(
        cells.data,
        cells.start,
        cells.end,
        c.cell,
        c.start,
        c.end,
        c.checks,
        int(detector.required),
        int(detector.basis),
        int(getattr(detector, "lenient", 0)),
        weights,
    )
    total, valid, based, whole, *found = counts
    label.candidates += total
    label.valid += valid
    label.basis += based if detector.basis else 0
    label.whole += whole
    for checks, count in refused:
        if count:
            label.refused[_refusal(checks, int(detector.required))] += count
    kinds = [
        _taken(c, kind, bit, bit, held) for bit, held in zip((VALID, BASED, LENIENT), found, strict=True)
    ]
    unsound, dummies, others = kinds[1].cell, NO_CELLS, NO_CELLS
    if len(kinds[2]):
        unsound = c.cell[(kind & (BASED | LENIENT)) == BASED]
    is_dummy = (c.checks & np.uint32(Check.PLACEHOLDER)) != 0
    if is_dummy.any():
        valid_one = (kind & VALID) != 0
        dummies, others = c.cell[is_dummy & valid_one], c.cell[is_dummy & ~valid_one]
        unsound = c.cell[((kind & (BASED | LENIENT)) == BASED) & ~is_dummy]
    return kinds[0], kinds[1], kinds[2], (unsound, dummies, others)


_refusal = lru_cache(maxsize=1 << 12)(refusal)


def _taken(matches: Matches, kind: NDArray[np.uint8], bits: int, value: int, count: int) -> Matches:
    """The ``count`` matches whose ``kind`` has ``value`` in ``bits``."""
    if not count:
        return Matches.none(packed=matches.key is not None)
    if count == len(matches):
        return matches
    m = matches
    return Matches(*kept(kind, bits, value, count, m.cell, m.start, m.end, m.checks, m.key))


def _sample(label: LabelTally, item: Found, batch: Batch, job: Job) -> None:
    """Keeps the first few different values for people to look at, masked; whole rows, so that blocks do not matter."""
    if len(label.samples) == SAMPLES and batch.first_row > label.samples[-1][0]:
        return
    at, rows = (
        expand(item) if item.column.codes is None else first_rows(item.column, item.matches.cell, SAMPLES)
    )
    here: set[tuple[int, str]] = set()
    last = -1
    for position, own_row in zip(at, rows, strict=True):
        if own_row != last and len(here) >= SAMPLES:
            break
        last = own_row
        row = int(row_numbers(batch, item.column_index, np.array([own_row], np.int32))[0])
        here.add((row, masked(item, int(position), job.reveal)))
    label.samples = sorted({*label.samples, *here})[:SAMPLES]


def masked(item: Found, position: int, reveal: bool) -> str:
    """The text of a match, masked unless plain values were asked for."""
    cells, matches = item.column.cells, item.matches
    first = int(cells.start[matches.cell[position]])  # the cell itself may be as large as a block
    span = cells.data[first + int(matches.start[position]) : first + int(matches.end[position])]
    text = span.tobytes().decode("utf-8", "replace")
    return text if reveal else mask(item.detector.label, text)


def expand(item: Found) -> tuple[NDArray[np.intp], Rows]:
    """(match, row) for every row that holds a match."""
    return expanded(item.column, item.matches.cell)


def _rows_holding(column: Column, cells: Rows) -> Rows:
    """The rows that hold at least one of the cells, possibly repeated."""
    if column.codes is None:
        return cells if column.rows is None else column.rows[cells]
    return rows_with(column, cells)
