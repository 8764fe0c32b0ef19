"""From the cells of one batch to facts, signatures and digests: the one step that every way of running shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.categories import elements
from scanner.columns.coded import candidates_of, expanded, first_rows, kept
from scanner.columns.names import COVERED, DUMMY, FURTHER, PROBABLE, RESTORED, ZEROS
from scanner.columns.tally import SAMPLES, VARIETY, LabelTally
from scanner.detectors.asked import asked
from scanner.detectors.profile import profile_of
from scanner.kernels.sets import some_distinct
from scanner.kernels.sieve import mark_covered, told_apart
from scanner.masking import mask
from scanner.model import Batch, Cells, Column, Detector, Issue, Matches, Table
from scanner.persons.slots import Linking
from scanner.scanning.candidates import NO_CELLS, PLACEHOLDER, counted, overlap, rows_of, taken, weights_of
from scanner.scanning.plausible import filled_cells, plausible_cells
from scanner.scanning.restored import Lost, count_lost, lost_digits, restored, set_apart, tailed, truncated
from scanner.scanning.survey import surveyed
from scanner.store.keys import Keys, Secret, match_keys, row_keys_in_parts
from scanner.tallies.table_tally import TOLD
from scanner.tallies.tally import LOOSE, ROLE, Fact, Groups, Rows, Tally
from scanner.tallies.ties import Tie, add_links, identities
from scanner.tracks.points import TRAJECTORY, Positions, add_points

LOOKED_AT = 256  # values of one row that are looked at for samples


class Job(NamedTuple):
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
    """Adds a batch of input number ``source`` to the tally; returns what was found, for the itemised annex.

    Numbers that lost digits are among it, and are no facts.
    """
    table = tally.table(source, batch.table)
    table.rows += batch.size
    table.blank += batch.blank
    table.below += batch.below
    roles = job.roles(batch.table)
    found: list[Found] = []
    gone: list[Found] = []
    ties: list[Tie] = []
    facts: list[tuple[Fact, Rows]] = []  # and the rows that hold at least one of each, possibly repeated
    shared: list[tuple[Column, list[tuple[Fact, Rows]]]] = []
    for index, column in enumerate(batch.columns):
        role = roles[index]
        found_here, marked, full = _scan_column(index, role, column, batch, source, job, tally, gone)
        found += found_here
        holding = [((index, item.name), item.told[0]) for item in found_here]
        ties_here = [
            tie
            for item in found_here
            for tie in identities((index, item.name), item.detector.label, column, item.told, job.linking)
        ]
        holding += [(tie.fact, tie.cell) for tie in ties_here if tie.fact[1].endswith(FURTHER)]
        ties += ties_here
        holding += [((index, name), cells) for name, cells in marked]
        if role in job.fact_roles:
            sound = kept(column.cells, ("sound", role), partial(_sound, column.cells, full, role))
            holding.append(((ROLE, f"role:{role}"), sound))
        if column.codes is not None:
            shared.append((column, holding))
        elif column.rows is not None:
            facts += [(fact, column.rows[cells]) for fact, cells in holding]
        else:
            facts += holding
    groups = Groups(facts, batch.size, tally.facts(batch.table), shared)
    tied = _add_rows(groups, ties, found, batch, source, job, roles, tally)
    pairs = zip(groups.signatures, tied.tolist(), strict=True)
    scattered = frozenset[Fact]().union(*(signature for signature, held in pairs if not held))
    values = [_untied(item, groups, tied, scattered, job.linking) for item in found]
    if batch.loose is not None and len(batch.loose):
        size = len(batch.loose)
        table.add_damaged(size, [] if batch.loose_rows is None else batch.loose_rows[:TOLD].tolist())
        found_here, _, _ = _scan_column(LOOSE, None, Column(batch.loose), batch, source, job, tally, gone)
        found += found_here
        groups = Groups(
            [((LOOSE, item.name), item.matches.cell) for item in found_here], size, tally.facts(batch.table)
        )
        for signature, count in zip(groups.signatures, groups.counts.tolist(), strict=True):
            table.damaged_signatures[signature] += count
    values += [item.present for item in found[len(values) :]]
    for item, keys in zip(found, values, strict=True):
        group = ("value", source, batch.table.name, item.column_index, item.name)
        tally.add_values(group, keys, again=item.column.codes is not None)
    return found + gone


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


def _filled(cells: Cells, detectors: tuple[Detector, ...]) -> tuple[NDArray[np.bool_], int]:
    """Which cells are filled, and how many."""
    surveyed(cells, detectors)
    return filled_cells(cells)


def _sound(cells: Cells, full: NDArray[np.bool_], role: str) -> Rows:
    """The filled cells that are plausible under a role."""
    plausible = plausible_cells(cells, full, role)
    whole = np.count_nonzero(plausible) == len(plausible)
    return _every(len(plausible)) if whole else np.flatnonzero(plausible).astype(np.int32)


def _add_rows(
    groups: Groups,
    ties: list[Tie],
    found: list[Found],
    batch: Batch,
    source: int,
    job: Job,
    roles: tuple[str | None, ...],
    tally: Tally,
) -> NDArray[np.bool_]:
    """Counts the rows of a batch by signature, and adds the keys of those that hold something, and their persons.

    Returns which groups of rows have tuples (``add_links``).
    """
    where = (source, batch.table.name)
    table = tally.table(source, batch.table)
    for signature, count in zip(groups.signatures, groups.counts.tolist(), strict=True):
        table.signatures[signature] += count
    tags = tally.signature_tags(groups.signatures)
    positions = Positions(roles, {item.column_index for item in found if item.detector.label == "coordinate"})
    tied = add_links(ties, groups, batch.size, where, tally, packed=not positions)
    if not tags.any():
        return tied
    parts = []
    for keys in row_keys_in_parts(batch, tags, groups.of_row, job.secret):
        tally.store.add(("row", *where), keys)
        if positions:
            parts.append(keys)
    if positions:
        labels = {(item.column_index, item.name): item.detector.label for item in found}
        chosen = [
            group
            for group, signature in enumerate(groups.signatures)
            if TRAJECTORY in elements(frozenset(labels.get(fact, fact[1]) for fact in signature))
        ]
        if chosen:
            digests = np.zeros((batch.size, 2), np.uint64)
            digests[tags.take(groups.of_row) != 0] = np.concatenate(parts)[:, :2]
            add_points(batch, positions, ties, groups, chosen, digests, where, job.secret, tally)
    return tied


@lru_cache(maxsize=4)
def _every(count: int) -> Rows:
    """The numbers of so many cells."""
    return np.arange(count, dtype=np.int32)


def row_numbers(batch: Batch, index: int, rows: Rows) -> NDArray[np.int64]:
    """The numbers in the table of a batch's rows (of its loose lines where ``index`` is LOOSE)."""
    if index == LOOSE:
        assert batch.loose_rows is not None
        return batch.loose_rows[rows]
    return batch.numbers(rows)


def _scan_column(
    index: int,
    role: str | None,
    column: Column,
    batch: Batch,
    source: int,
    job: Job,
    tally: Tally,
    gone: list[Found],
) -> tuple[list[Found], list[tuple[str, Rows]], NDArray[np.bool_]]:
    """Runs every detector over a column; returns valid matches, cells by the mark they hold, and which are filled.

    Numbers that lost digits are added to ``gone``.
    """
    cells = column.cells
    stats = tally.table(source, batch.table).column(index)
    full, count = kept(cells, ("filled",), partial(_filled, cells, job.detectors))
    weights = weights_of(column)
    stats.cells += len(cells) if column.codes is None else len(column.codes)
    stats.nonempty += count if weights is None else int(weights[full].sum())
    found: list[Found] = []
    above: list[Found] = []  # of those: what candidates of worse detectors may lie on
    marked: list[tuple[str, Rows]] = []
    rivals: list[tuple[str, Matches]] = []
    lost: list[Lost] = []
    for detector in asked(job.detectors, role, cells):
        candidates = candidates_of(detector, cells)
        if not len(candidates):
            continue
        own = detector.name
        variants: dict[str, Matches] = {}
        for covering in above:
            under, count = overlap(candidates, covering.matches)
            if count:
                valid = mark_covered(under, candidates.checks, int(detector.required))
                if valid:
                    some = taken(candidates, under, 3, 3, valid)
                    variants[f"{own}{COVERED}{covering.name}"] = some
                candidates = taken(candidates, under, 1, 0, len(candidates) - count)
        if not len(candidates) and not variants:
            continue
        label = stats.label(own)
        matches, zeros, failed, probable, marks, cut = counted(
            label, detector, candidates, column, weights, tailed, lost_digits
        )
        if len(zeros):
            set_apart(detector, zeros, cells, weights, stats)
            variants[f"{own}{RESTORED}{ZEROS}"] = zeros
        if len(probable):
            variants[own + PROBABLE] = probable
        for name, some in variants.items():
            label.variants[name] += rows_of(some.cell, weights)
        for name, rival in rivals:
            under, count = overlap(matches, rival)
            if count:
                label.contested[name] += rows_of(matches.cell[under.view(np.bool_)], weights)
        if len(failed):
            rivals.append((own, failed))
        if cut is not None:
            lost.append(truncated(detector, failed, cut))
        marked += [(own + mark, which) for mark, which in marks]
        if len(matches):
            date_led = None if role in detector.roles else getattr(detector, "date_led", None)
            if date_led is not None:  # where the header agrees, nobody asks for it
                label.dated += rows_of(
                    matches.cell[kept(cells, ("dated", own), partial(date_led, matches))], weights
                )
            keys = kept(
                cells, ("keys", own, job.secret), partial(match_keys, cells, matches, detector, job.secret)
            )
            item = _all_told(index, own, detector, column, matches, keys, weights)
            if any(mark == DUMMY for mark, _ in marks):
                apart = partial(told_apart, matches.checks, PLACEHOLDER, matches.cell, keys)
                telling, sound, rest, dummies = kept(cells, ("told", own, job.secret), apart)
                item = item._replace(told=(sound, rest), dummies=dummies, telling=telling)
            found.append(item)
            above.append(item)
            _show(label, item, batch, job)
        for name, some in variants.items():
            keys = kept(
                cells, ("keys", name, job.secret), partial(match_keys, cells, some, detector, job.secret)
            )
            found.append(_all_told(index, name, detector, column, some, keys, weights))
            if name.endswith(ZEROS):
                above.append(found[-1])
    matched = [each.matches for each in found]
    for own, detector, some, keys in restored(
        cells, role, job.detectors, matched, weights, job.secret, stats, lost
    ):
        found.append(_all_told(index, own, detector, column, some, keys, weights))
        _show(stats.label(own), found[-1], batch, job)
    for own, detector, some in lost:
        count_lost(own, detector, some, weights, stats)
        none = np.zeros((len(some), 1), np.uint64)
        gone.append(Found(index, own, detector, column, some, none, none[:0], (NO_CELLS, none[:0]), none[:0]))
    for name, cell in cells.memo.pop("timeouts", ()):  # type: ignore[attr-defined]
        rows = expanded(column, np.array([cell], np.int32))[1]
        row = int(row_numbers(batch, index, rows)[0]) if len(rows) else None
        what = f"pattern {name} ran out of time on a cell of column {index}; what it may hold was not counted"
        tally.issues.append((source, Issue(what, row)))
    still = {"found": cells.memo["found"]} if "found" in cells.memo else {}
    if role in job.fact_roles and "profile" in cells.memo:
        still["profile"] = profile_of(cells).without_answers()
    cells.memo.clear()  # what it holds refers back to the cells; a cycle would keep the whole block alive
    cells.memo.update(still)  # which do not; they are asked for once more
    return found, marked, full


def _all_told(
    index: int,
    name: str,
    detector: Detector,
    column: Column,
    matches: Matches,
    keys: Keys,
    weights: NDArray[np.int64] | None,
) -> Found:
    """Matches of which each can stand for a person."""
    present = keys if weights is None or weights.all() else keys[weights[matches.cell] > 0]
    return Found(index, name, detector, column, matches, keys, present, (matches.cell, keys), keys[:0])


def _show(label: LabelTally, item: Found, batch: Batch, job: Job) -> None:
    """Tells the statistics how various the values are, and some of them."""
    if len(label.variety) <= VARIETY:
        label.seen(some_distinct(item.present, VARIETY + 1))
    _sample(label, item, batch, job)


def _sample(label: LabelTally, item: Found, batch: Batch, job: Job) -> None:
    """Keeps the first few different values for people to look at, masked, of the first LOOKED_AT of each row.

    Always all of these, so that blocks do not matter.
    """
    if len(label.samples) == SAMPLES and batch.first_row > label.samples[-1][0]:
        return
    column, cells = item.column, item.matches.cell
    pairs: Iterable[tuple[int, int]]
    if column.codes is None:  # mostly a few of them are enough
        pairs = enumerate(cells if column.rows is None else column.rows[cells])
    else:
        pairs = zip(*first_rows(column, cells, SAMPLES), strict=True)
    here: set[tuple[int, str]] = set()
    last, looked = -1, 0
    for position, own_row in pairs:
        if own_row != last:
            if len(here) >= SAMPLES:
                break
            last, looked = own_row, 0
        looked += 1
        if looked > LOOKED_AT:  # one row may be a whole file
            continue
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
