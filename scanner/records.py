"""From the cells of one batch to facts, signatures and digests: the one step that every way of running shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.coded import candidates_of, expanded, first_rows, rows_with
from scanner.columns import COVERED, PROBABLE, SAMPLES, VARIETY, LabelTally, refusal
from scanner.detectors.profile import profile_of
from scanner.kernels.codes import count_codes, mark_pairs
from scanner.kernels.sets import first_positions, slots, some_distinct
from scanner.kernels.sieve import BASED, LENIENT, VALID, judge, kept, mark_covered
from scanner.kernels.spans import filled, overlapping
from scanner.keys import Keys, Secret, match_keys, row_keys
from scanner.masking import mask
from scanner.model import Batch, Column, Detector, Issue, Matches, Table
from scanner.tally import LOOSE, ROLE, Chain, Fact, Groups, Rows, Signature, TableKey, Tally

SUBJECT_KEYS = 4  # how many of a row's identity values, strongest first, may stand for its person
BULK = 16  # values of one chain are a group of their own where they are at least this part of a batch's


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
    secret: Secret
    reveal: bool = False


class Found(NamedTuple):
    """Valid matches of one detector in one column, with the cells they lie in and their keys (uint64[n, w]).

    ``present``: the keys of those that some row holds (a dictionary may have cells that no row refers to).
    """

    column_index: int
    name: str  # of the fact: the detector's, or one of its variants (columns.PROBABLE, columns.COVERED)
    detector: Detector
    column: Column
    matches: Matches
    keys: Keys
    present: Keys


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
        found_here, full = _scan_column(index, role, column, batch, source, job, tally)
        found += found_here
        facts += [((index, item.name), _rows_holding(item.column, item.matches.cell)) for item in found_here]
        if role in job.fact_roles:
            facts.append(
                ((ROLE, f"role:{role}"), _rows_holding(column, np.flatnonzero(full).astype(np.int32)))
            )
    _add_rows(facts, found, batch, source, job, tally)
    if batch.loose is not None and len(batch.loose):
        size = len(batch.loose)
        table.damaged += size
        found_here, _ = _scan_column(LOOSE, None, Column(batch.loose), batch, source, job, tally)
        found += found_here
        groups = Groups([((LOOSE, item.name), item.matches.cell) for item in found_here], size)
        for signature, count in zip(groups.signatures, groups.counts.tolist(), strict=True):
            table.damaged_signatures[signature] += count
        _add_values(groups, found_here, (source, batch.table.name), job, tally)
    return found


def _add_rows(
    facts: list[tuple[Fact, Rows]], found: list[Found], batch: Batch, source: int, job: Job, tally: Tally
) -> None:
    """Counts the rows of a batch by signature, and adds the keys of those that hold something, and of values."""
    table = tally.table(source, batch.table)
    groups = Groups(facts, batch.size)
    tags = np.zeros(len(groups.signatures), np.uint64)
    for index, (signature, count) in enumerate(zip(groups.signatures, groups.counts.tolist(), strict=True)):
        table.signatures[signature] += count
        tags[index] = tally.signature_tag(signature) if signature else 0
    if tags.any():
        keys = row_keys(batch, tags, groups.of_row, job.secret)
        tally.store.add(("row", source, batch.table.name), keys)
    _add_values(groups, found, (source, batch.table.name), job, tally)


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
) -> tuple[list[Found], NDArray[np.bool_]]:
    """Runs every detector over a column; returns the valid matches and which cells are filled."""
    cells = column.cells
    stats = tally.table(source, batch.table).column(index)
    full, count = filled(cells.data, cells.start, cells.end, profile_of(cells).kinds)
    weights = _weights(column)
    stats.cells += len(cells) if column.codes is None else len(column.codes)
    stats.nonempty += count if weights is None else int(weights[full].sum())
    found: list[Found] = []
    rivals: list[tuple[str, Matches]] = []
    for detector in job.detectors:
        if detector.header_only and role not in detector.roles:
            continue  # nothing of it could be accepted
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
        matches, failed, probable = _count(label, detector, candidates, column, weights)
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
        for name, some in [(detector.name, matches), *variants.items()]:
            if len(some):
                keys = match_keys(cells, some, detector, job.secret)
                present = keys if weights is None else keys[weights[some.cell] > 0]
                found.append(Found(index, name, detector, column, some, keys, present))
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
    return found, full


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
) -> tuple[Matches, Matches, Matches]:
    """Adds candidates to the statistics; returns the valid, the failed ones that have the basis, the probable."""
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
    return kinds[0], kinds[1], kinds[2]


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
    raw = cells.raw(int(matches.cell[position]))[matches.start[position] : matches.end[position]]
    text = raw.decode("utf-8", "replace")
    return text if reveal else mask(item.detector.label, text)


def expand(item: Found) -> tuple[NDArray[np.intp], Rows]:
    """(match, row) for every row that holds a match."""
    return expanded(item.column, item.matches.cell)


def _rows_holding(column: Column, cells: Rows) -> Rows:
    """The rows that hold at least one of the cells, possibly repeated."""
    if column.codes is None:
        return cells if column.rows is None else column.rows[cells]
    return rows_with(column, cells)


@lru_cache(maxsize=1 << 14)
def _chains(facts: tuple[Fact, ...], signature: Signature) -> tuple[tuple[Fact, Chain], ...]:
    """The strongest of ``facts`` (in order) that a row holds, each with those in front of it."""
    here = tuple(fact for fact in facts if fact in signature)[:SUBJECT_KEYS]
    return tuple((fact, here[:position]) for position, fact in enumerate(here))


def _add_values(groups: Groups, found: list[Found], where: TableKey, job: Job, tally: Tally) -> None:
    """Adds the values of a batch, apart by what makes them the person of their row (tally.Chain)."""
    order = {label: position for position, label in enumerate(job.subjects)}
    held = [item for item in found if item.detector.label in order]
    held.sort(key=lambda item: (order[item.detector.label], item.detector.rank, item.column_index))
    facts: tuple[Fact, ...] = tuple((item.column_index, item.name) for item in held)
    chains: dict[Fact, dict[int, Chain]] = {fact: {} for fact in facts}  # of each fact, in each group of rows
    for group, signature in enumerate(groups.signatures):
        for fact, chain in _chains(facts, signature):
            chains[fact][group] = chain
    for item in found:
        chain_of = chains.get((item.column_index, item.name))
        if not chain_of:
            tally.store.add(("value", *where, item.column_index, item.name, None), item.present)
        elif item.column.codes is None:
            _add_chained(groups, item, chain_of, where, tally)
        else:
            _add_coded(groups, item, chain_of, where, tally)


def _add_chained(
    groups: Groups, item: Found, chain_of: dict[int, Chain], where: TableKey, tally: Tally
) -> None:
    """Adds the values of a plain or list column: those of a frequent chain to its own group."""
    group = ("value", *where, item.column_index, item.name)
    count = len(item.matches)
    known: list[Chain | None] = [None, *dict.fromkeys(chain_of.values())]
    if len(known) == 2 and int(groups.counts[list(chain_of)].sum()) == count:  # each is its row's only one
        tally.store.add((*group, known[1]), item.keys)
        return
    cells, list_rows = item.matches.cell, item.column.rows
    rows = cells if list_rows is None else list_rows[cells]
    places = {chain: place for place, chain in enumerate(known)}
    slot_of_group = np.zeros(len(groups.counts), np.int32)
    slot_of_group[list(chain_of)] = [places[chain] for chain in chain_of.values()]
    slot, counts = slots(rows, groups.of_row, slot_of_group, len(known))
    rare = counts * BULK < count
    rare[0] = False
    if counts[rare].any():
        some = np.flatnonzero(rare[slot])
        _add_subjects(item, some, slot[some], known, where, tally)
        slot[some] = 0
        counts[0] += len(some)
        counts[rare] = 0
    tally.store.add_split([(*group, each) for each in known], item.keys, slot, counts.tolist())


def _add_coded(
    groups: Groups, item: Found, chain_of: dict[int, Chain], where: TableKey, tally: Tally
) -> None:
    """Adds the values of a dictionary column, of which any number of rows may hold each."""
    fact = (item.column_index, item.name)
    known = list(dict.fromkeys(chain_of.values()))
    held = sum(fact in signature for signature in groups.signatures)
    if len(known) == 1 and held == len(chain_of) and np.all(item.matches.cell[1:] > item.matches.cell[:-1]):
        tally.store.add(("value", *where, *fact, known[0]), item.present)  # each is the person of its rows
        return
    tally.store.add(("value", *where, *fact, None), item.present)
    number = np.full(len(groups.counts), -1, np.int32)
    for group, chain in chain_of.items():
        number[group] = known.index(chain)
    codes = item.column.codes
    assert codes is not None
    first = first_positions(item.matches.cell, len(item.column.cells))
    seen = np.zeros(len(item.matches) * len(known), np.uint8)
    mark_pairs(codes, first, groups.of_row, number, len(known), seen)
    position, chain_number = np.divmod(np.flatnonzero(seen), len(known))
    _add_subjects(item, position, chain_number, known, where, tally)


def _add_subjects(
    item: Found,
    which: NDArray[np.intp],
    number: NDArray[np.integer[Any]],
    known: Sequence[Chain | None],
    where: TableKey,
    tally: Tally,
) -> None:
    """Adds some values with the tag of their chain, given by its number in ``known``."""
    tags = [0 if chain is None else tally.tag(chain) for chain in known]
    width = item.keys.shape[1]
    keys = np.empty((len(which), width + 1), np.uint64)
    keys[:, :width] = item.keys[which]
    keys[:, width] = np.array(tags, np.uint64)[number]
    tally.store.add(("subject", *where, item.column_index, item.name), keys)
