"""From the cells of one batch to facts, signatures and digests: the one step that every way of running shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.columns import COVERED, PROBABLE, SAMPLES, VARIETY, LabelTally, refusal
from scanner.kernels.digest import (
    absorb_column,
    digest_spans,
    finish_rows,
    group_rows,
    permute,
    siphash128,
    start_rows,
)
from scanner.kernels.spans import filled, overlapping, trimmed
from scanner.masking import mask
from scanner.model import Batch, Cells, Column, Detector, Issue, Matches, Table
from scanner.tally import LOOSE, ROLE, Fact, Signature, Tally

Rows = NDArray[np.int32]
Keys = NDArray[np.uint64]
SUBJECT_KEYS = 4  # how many of a row's identity values are kept, strongest first
NO_CODES = np.zeros(0, np.int32)
NOTHING_DROPPED = np.zeros(128, np.uint8)


@dataclass(frozen=True, slots=True)
class Job:
    """What is looked for, the same for every batch of a run.

    ``detectors`` sorted by rank; ``roles``: the sure header role of each column of a table; ``fact_roles``: the
    roles that categories ask for; ``subjects``: labels that tell persons apart, strongest first; ``secret``: the
    two key words of this run's digests.
    """

    detectors: tuple[Detector, ...]
    roles: Callable[[Table], tuple[str | None, ...]]
    fact_roles: frozenset[str]
    subjects: tuple[str, ...]
    secret: tuple[int, int]
    findings: bool = False
    reveal: bool = False

    def domain(self, label: str) -> int:
        """A word that keeps digests of different labels apart."""
        low: int = siphash128(np.frombuffer(label.encode(), np.uint8), *self.secret)[0]
        return low


class Found(NamedTuple):
    """Valid matches of one detector in one column, with the cells they lie in and their keys (uint64[n, w])."""

    column_index: int
    name: str  # of the fact: the detector's, or one of its variants (columns.PROBABLE, columns.COVERED)
    detector: Detector
    column: Column
    matches: Matches
    keys: Keys


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
        found_here, nonempty = _scan_column(index, role, column, batch, source, job, tally)
        found += found_here
        facts += [((index, item.name), _rows_of(item)) for item in found_here]
        if role in job.fact_roles:
            facts.append(((ROLE, f"role:{role}"), nonempty))
    for signature, rows in _signatures(facts, batch.size):
        table.signatures[signature] += len(rows)
        if signature:
            tally.store.add(("row", source, batch.table.name, signature), _digests(batch, rows, job))
            for group, keys in _subjects(signature, rows, found, job):
                tally.store.add(("subject", source, batch.table.name, group), keys)
    if batch.loose is not None and len(batch.loose):
        table.damaged += len(batch.loose)
        column = Column(batch.loose)
        found_here, _ = _scan_column(LOOSE, None, column, batch, source, job, tally)
        found += found_here
        loose_facts = [((LOOSE, item.name), item.matches.cell) for item in found_here]
        for signature, rows in _signatures(loose_facts, len(batch.loose)):
            table.damaged_signatures[signature] += len(rows)
            for group, keys in _subjects(signature, rows, found_here, job):
                tally.store.add(("subject", source, batch.table.name, group), keys)
    return found


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
) -> tuple[list[Found], Rows]:
    """Runs every detector over a column; returns the valid matches and the rows whose cell is filled."""
    cells = column.cells
    stats = tally.table(source, batch.table).column(index)
    full = filled(cells.data, cells.start, cells.end)
    weights = _weights(column)
    if column.codes is None:
        stats.cells += len(cells)
        stats.nonempty += int(full.sum())
        nonempty = np.flatnonzero(full).astype(np.int32)
        if column.rows is not None:
            nonempty = column.rows[nonempty]
    else:
        stats.cells += len(column.codes)
        has_value = column.codes >= 0
        has_value[has_value] = full[column.codes[has_value]]
        nonempty = np.flatnonzero(has_value).astype(np.int32)
        stats.nonempty += len(nonempty)
    found: list[Found] = []
    rivals: list[tuple[str, Matches]] = []
    edges: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None
    for detector in job.detectors:
        if detector.header_only and role not in detector.roles:
            continue  # nothing of it could be accepted
        candidates = detector.find(cells)
        if not len(candidates):
            continue
        variants: dict[str, Matches] = {}
        for item in [each for each in found if each.name == each.detector.name]:
            under = _overlap(candidates, item.matches)
            if under.any():
                required = np.uint32(detector.required)
                valid = under & ((candidates.checks & required) == required)
                if valid.any():
                    variants[f"{detector.name}{COVERED}{item.name}"] = candidates.take(valid)
                candidates = candidates.take(~under)
        if not len(candidates) and not variants:
            continue
        if edges is None:
            edges = trimmed(cells.data, cells.start, cells.end)
        label = stats.label(detector.name)
        matches, failed, probable = _count(label, detector, candidates, edges, weights)
        variants[detector.name + PROBABLE] = probable
        for name, some in variants.items():
            if len(some):
                label.variants[name] += _total(np.ones(len(some), np.bool_), some, weights)
        for name, rival in rivals:
            label.contested[name] += _total(_overlap(matches, rival), matches, weights)
        if len(failed):
            rivals.append((detector.name, failed))
        for name, some in [(detector.name, matches), *variants.items()]:
            if len(some):
                keys = _keys(cells, some, detector, job)
                present = keys if weights is None else keys[weights[some.cell] > 0]
                tally.store.add(("value", source, batch.table.name, index, name), present)
                found.append(Found(index, name, detector, column, some, keys))
                if name == detector.name:
                    label.seen(np.unique(present[:, 0])[: VARIETY + 1].tolist())
                    _sample(label, found[-1], batch, job)
    for name, cell in cells.memo.pop("timeouts", ()):  # type: ignore[attr-defined]
        rows = _expand(column, np.array([cell], np.int32))[1]
        row = int(row_numbers(batch, index, rows)[0]) if len(rows) else None
        what = f"pattern {name} ran out of time on a cell of column {index}; what it may hold was not counted"
        tally.issues.append((source, Issue(what, row)))
    return found, nonempty


def _weights(column: Column) -> NDArray[np.int64] | None:
    """How many rows hold each cell of a dictionary column; None where each cell counts once."""
    if column.codes is None:
        return None
    codes = column.codes[column.codes >= 0]
    return np.bincount(codes, minlength=len(column.cells))


def _total(which: NDArray[np.bool_], matches: Matches, weights: NDArray[np.int64] | None) -> int:
    return int(which.sum() if weights is None else weights[matches.cell[which]].sum())


def _overlap(one: Matches, other: Matches) -> NDArray[np.bool_]:
    which: NDArray[np.bool_] = overlapping(one.cell, one.start, one.end, other.cell, other.start, other.end)
    return which


def _count(
    label: LabelTally,
    detector: Detector,
    candidates: Matches,
    edges: tuple[NDArray[np.int32], NDArray[np.int32]],
    weights: NDArray[np.int64] | None,
) -> tuple[Matches, Matches, Matches]:
    """Adds candidates to the statistics; returns the valid, the failed ones that have the basis, the probable."""
    required = np.uint32(detector.required)
    valid = (candidates.checks & required) == required
    everything = np.ones(len(candidates), np.bool_)
    label.candidates += _total(everything, candidates, weights)
    label.valid += _total(valid, candidates, weights)
    basis = (candidates.checks & np.uint32(detector.basis)) == np.uint32(detector.basis)
    if detector.basis:
        label.basis += _total(basis | valid, candidates, weights)
    first, last = edges
    whole = valid & (candidates.start <= first[candidates.cell]) & (candidates.end >= last[candidates.cell])
    label.whole += _total(whole, candidates, weights)
    if not valid.all():
        kinds, inverse = np.unique(candidates.checks[~valid], return_inverse=True)
        share = None if weights is None else weights[candidates.cell[~valid]].astype(np.float64)
        counts = np.bincount(inverse, weights=share, minlength=len(kinds))
        for checks, count in zip(kinds.tolist(), counts.tolist(), strict=True):
            if count:
                label.refused[refusal(checks, detector.required)] += int(count)
    lenient = np.uint32(getattr(detector, "lenient", 0))
    probable = ~valid & ((candidates.checks & lenient) == lenient) if lenient else ~everything
    failed = ~valid & basis if detector.basis else ~everything
    return candidates.take(valid), candidates.take(failed), candidates.take(probable)


def _keys(cells: Cells, matches: Matches, detector: Detector, job: Job) -> Keys:
    """The keyed identity of each match: uint64[n, 1] for packed numbers, uint64[n, 2] for text."""
    domain = job.domain(detector.label)
    low, high = job.secret
    if matches.key is not None:
        packed: Keys = permute(matches.key, low ^ domain, high).reshape(-1, 1)
        return packed
    drop = getattr(detector, "drop", None)
    text: Keys = digest_spans(
        cells.data,
        cells.start,
        matches.cell,
        matches.start,
        matches.end,
        NOTHING_DROPPED if drop is None else drop,
        domain,
        low,
        high,
    )
    return text


def _sample(label: LabelTally, item: Found, batch: Batch, job: Job) -> None:
    """Keeps the first few values for people to look at, masked."""
    for position in range(min(SAMPLES, len(item.matches))):
        _, rows = _expand(item.column, item.matches.cell[position : position + 1])
        if not len(rows):
            continue
        row = int(row_numbers(batch, item.column_index, rows)[0])
        if len(label.samples) < SAMPLES or row < label.samples[-1][0]:
            text = masked(item, position, job.reveal)
            label.samples = sorted({*label.samples, (row, text)})[:SAMPLES]


def masked(item: Found, position: int, reveal: bool) -> str:
    """The text of a match, masked unless plain values were asked for."""
    cells, matches = item.column.cells, item.matches
    raw = cells.raw(int(matches.cell[position]))[matches.start[position] : matches.end[position]]
    text = raw.decode("utf-8", "replace")
    return text if reveal else mask(item.detector.label, text)


def _expand(column: Column, cells: Rows) -> tuple[NDArray[np.intp], Rows]:
    """For cells: (position in ``cells``, row) for each row that holds them, by position and row."""
    if column.rows is not None:
        return np.arange(len(cells)), column.rows[cells]
    if column.codes is None:
        return np.arange(len(cells)), cells
    order = np.argsort(column.codes, kind="stable").astype(np.int32)
    codes = column.codes[order]
    low, high = np.searchsorted(codes, cells, "left"), np.searchsorted(codes, cells, "right")
    positions = np.repeat(np.arange(len(cells)), high - low)
    offsets = np.arange(len(positions)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return positions, order[np.repeat(low, high - low) + offsets]


def expand(item: Found) -> tuple[NDArray[np.intp], Rows]:
    """(match, row) for every row that holds a match."""
    return _expand(item.column, item.matches.cell)


def _rows_of(item: Found) -> Rows:
    """The rows that hold at least one of the matches, possibly repeated."""
    column, cells = item.column, item.matches.cell
    if column.codes is None:
        return cells if column.rows is None else column.rows[cells]
    has = np.zeros(len(column.cells) + 1, np.bool_)  # the last one stands for null (code -1)
    has[cells] = True
    return np.flatnonzero(has[column.codes]).astype(np.int32)


def _signatures(facts: list[tuple[Fact, Rows]], size: int) -> Iterable[tuple[Signature, Rows]]:
    """Groups the rows of a batch by the set of facts they hold."""
    names = list(dict.fromkeys(fact for fact, _ in facts))
    bits = {fact: position for position, fact in enumerate(names)}
    words = np.zeros((max(1, -(-len(names) // 64)), size), np.uint64)
    for fact, rows in facts:
        word, bit = divmod(bits[fact], 64)
        words[word, rows] |= np.uint64(1 << bit)
    first, inverse, counts = group_rows(words)
    order = np.argsort(inverse, kind="stable").astype(np.int32)
    ends = np.cumsum(counts)
    for group, at in enumerate(first.tolist()):
        held = frozenset(
            fact for fact, position in bits.items() if int(words[position // 64, at]) >> (position % 64) & 1
        )
        yield held, order[ends[group] - counts[group] : ends[group]]


def _digests(batch: Batch, rows: Rows, job: Job) -> Keys:
    """uint64[n, 2]: keyed digests of whole rows, cell by cell."""
    state = start_rows(len(rows), job.secret[0] ^ 1, job.secret[1])
    for column in batch.columns:
        cells = column.cells
        if column.rows is not None:
            continue
        coded = column.codes is not None
        absorb_column(
            cells.data, cells.start, cells.end, column.codes if coded else NO_CODES, coded, rows, state
        )
    digests: Keys = finish_rows(state)
    for index, column in enumerate(batch.columns):
        if column.rows is not None:
            digests += _list_sums(index, column, batch.size, job)[rows]
    return digests


def _list_sums(index: int, column: Column, size: int, job: Job) -> Keys:
    """uint64[rows, 2]: for each row the sum of its list elements' digests, weighted by position."""
    cells, rows = column.cells, column.rows
    assert rows is not None
    every = np.arange(len(cells), dtype=np.int32)
    lengths = (cells.end - cells.start).astype(np.int32)
    low, high = job.secret
    keys = digest_spans(
        cells.data, cells.start, every, np.zeros_like(every), lengths, NOTHING_DROPPED, index + 2, low, high
    )
    first = np.searchsorted(rows, rows)
    weights = (2 * (every - first) + 1).astype(np.uint64)
    sums = np.zeros((size, 2), np.uint64)
    np.add.at(sums, rows, keys * weights[:, None])
    return sums


def _subjects(
    signature: Signature, rows: Rows, found: list[Found], job: Job
) -> Iterable[tuple[tuple[Fact, ...], Keys]]:
    """The identity values of rows of one signature, strongest first: (their facts, uint64[n, 2 * facts])."""
    order = {label: position for position, label in enumerate(job.subjects)}
    held = [
        item for item in found if (item.column_index, item.name) in signature and item.detector.label in order
    ]
    held.sort(key=lambda item: (order[item.detector.label], item.detector.rank, item.column_index))
    held = held[:SUBJECT_KEYS]
    if not held:
        return
    keys = np.empty((len(rows), 2 * len(held)), np.uint64)
    for position, item in enumerate(held):
        keys[:, 2 * position : 2 * position + 2] = _row_keys(item, rows, job)
    yield tuple((item.column_index, item.name) for item in held), keys


def _row_keys(item: Found, rows: Rows, job: Job) -> Keys:
    """uint64[n, 2]: the key of each row's first match."""
    column, cell = item.column, item.matches.cell
    if column.rows is not None:
        owner, first = np.unique(column.rows[cell], return_index=True)
        at = first[np.searchsorted(owner, rows)]
    else:
        wanted = rows if column.codes is None else column.codes[rows]
        at = np.searchsorted(cell, wanted)
    keys = item.keys[at]
    if keys.shape[1] == 2:
        return keys
    return np.column_stack([keys[:, 0], np.full(len(keys), job.domain(item.detector.label), np.uint64)])


def roles_lookup(role_of: Callable[[str], str | None]) -> Callable[[Table], tuple[str | None, ...]]:
    """A function from a table to the roles of its columns; each table is looked up once."""
    known: dict[int, tuple[Table, tuple[str | None, ...]]] = {}

    def roles(table: Table) -> tuple[str | None, ...]:
        if id(table) not in known:
            known[id(table)] = (table, tuple(role_of(name) if name else None for name in table.columns))
        return known[id(table)][1]

    return roles
