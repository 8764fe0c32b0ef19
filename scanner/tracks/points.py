"""The rows of a batch that are points of a track: where, when and whose; and what they turn out to be at the end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.kernels.moments import combined, moments
from scanner.kernels.sets import group_rows
from scanner.kernels.unions import spread
from scanner.model import Batch, Cells, Column
from scanner.persons.counting import Links
from scanner.persons.links import Plan
from scanner.store.keys import Secret
from scanner.tallies.tally import Groups, Rows, TableKey, Tally
from scanner.tallies.ties import Tie, tied
from scanner.tracks.movement import Classes, Track, TrackStore, pair_places, text_places

Keys = NDArray[np.uint64]
TRAJECTORY = "trajectory"
#: Where a table comes among others: the sets that its input is in, what tells that from other inputs, its own name.
PlaceOrder = tuple[tuple[str, ...], tuple[str, ...], str]
POINT, MOVING = "@point", frozenset({"@moving"})  # elements of a person's records until tracks are told


class Positions:
    """The columns of a table that tell where and when: by their roles, or by what was found in them."""

    def __init__(self, roles: Sequence[str | None], coordinates: set[int]) -> None:
        at = {role: index for index, role in reversed(list(enumerate(roles)))}
        self.pair = (at.get("longitude"), at.get("latitude"))
        self.place = next(
            (at[role] for role in ("position", "cell") if role in at), min(coordinates, default=None)
        )
        self.time = at.get("position_time", at.get("time"))
        self.date = at.get("date")

    def __bool__(self) -> bool:
        return self.time is not None and (None not in self.pair or self.place is not None)


def add_points(
    batch: Batch,
    positions: Positions,
    ties: Sequence[Tie],
    groups: Groups,
    chosen: Sequence[int],
    digests: Keys,
    where: TableKey,
    secret: Secret,
    tally: Tally,
) -> None:
    """Adds the points of the rows of some groups. ``digests`` uint64[rows, w]: by what records are told apart."""
    store = TrackStore(tally.store)
    first = {tie.fact: _first(tie, batch.size) for tie in ties}
    ranks = {tie.fact: tie.rank for tie in ties}
    for group in chosen:
        signature = groups.signatures[group]
        rows = np.flatnonzero(groups.of_row == group).astype(np.int32)
        words = [first[fact][rows] for fact in tied(signature, ranks)] or [
            np.zeros((len(rows), 1), np.uint64)
        ]
        moment, place = _moments(batch, positions, rows), _places(batch, positions, rows, secret)
        tag = tally.link_tag(where, signature)
        store.add(tag, np.hstack(words), moment, place, digests[rows, :2], batch.numbers(rows))


def _first(tie: Tie, size: int) -> Keys:
    """The words of each row's first value, 0 for none."""
    cell, own, width = tie.cell[::-1], tie.keys[::-1], tie.keys.shape[1]  # the first of a row is written last
    if tie.column.codes is not None:
        of_cell = np.zeros((len(tie.column.cells) + 1, width), np.uint64)
        of_cell[cell] = own
        return of_cell[tie.column.codes]
    words = np.zeros((size, width), np.uint64)
    words[cell if tie.column.rows is None else tie.column.rows[cell]] = own
    return words


def _cells(column: Column, rows: Rows) -> Cells:
    """The cells of some rows; of a list the first element."""
    start, end = column.cells.start, column.cells.end
    if column.codes is not None:
        start, end = np.append(start, np.int32(0)), np.append(end, np.int32(0))
        codes = column.codes[rows]
        return Cells(column.cells.data, start[codes], end[codes])
    if column.rows is not None:
        at = np.minimum(np.searchsorted(column.rows, rows), max(0, len(start) - 1))
        held = column.rows[at] == rows if len(start) else np.zeros(len(rows), np.bool_)
        begin = np.where(held, start[at], 0).astype(np.int32) if len(start) else np.zeros(len(rows), np.int32)
        stop = np.where(held, end[at], 0).astype(np.int32) if len(start) else begin
        return Cells(column.cells.data, begin, stop)
    return Cells(column.cells.data, start[rows], end[rows])


def _moments(batch: Batch, positions: Positions, rows: Rows) -> NDArray[np.int64]:
    assert positions.time is not None
    time = _cells(batch.columns[positions.time], rows)
    if positions.date is None or positions.date == positions.time:
        return moments(time.data, time.start, time.end)
    date = _cells(batch.columns[positions.date], rows)
    clock = moments(time.data, time.start, time.end, clock=True)
    return combined(moments(date.data, date.start, date.end), clock)


def _places(batch: Batch, positions: Positions, rows: Rows, secret: Secret) -> Keys:
    longitude, latitude = positions.pair
    if longitude is not None and latitude is not None:
        return pair_places(
            _cells(batch.columns[longitude], rows), _cells(batch.columns[latitude], rows), secret
        )
    assert positions.place is not None
    return text_places(_cells(batch.columns[positions.place], rows), secret)


def classes(
    tally: Tally,
    links: Links,
    plans: Mapping[int, Plan],
    budget: int,
    folder: str | None,
    points: Keys,
    place_of: Callable[[int], PlaceOrder],
) -> Iterator[tuple[Keys, Keys, Classes]]:
    """For each row that is a point: the digest of its record, its tag, and what it is (``movement.Track``).

    Tells ``links`` which persons move. ``points`` uint64[n]: the tags of rows that are points, now that columns are
    decided: more were taken for points while they were read. ``place_of``: of a tag, see ``PlaceOrder``.
    """
    known: dict[int, tuple[list[Keys], list[NDArray[np.int64]]]] = {}
    wanted = np.array([tag for tag, plan in plans.items() if POINT in plan.profile], np.uint64)
    for keys, positions, persons in links.numbers() if len(wanted) else ():
        mine = np.isin(keys[positions, -1], wanted)
        some = known.setdefault(keys.shape[1], ([], []))
        some[0].append(keys[positions[mine]])
        some[1].append(persons[mine].astype(np.int64))

    def subjects(tuples: Keys) -> NDArray[np.int64]:
        tuples = tuples.copy()
        spread(tuples)
        rows, numbers = known.get(tuples.shape[1], ([], []))
        every = np.concatenate([*rows, tuples])
        _, group, _ = group_rows(np.ascontiguousarray(every.T))
        person = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
        if numbers:
            # Of several persons in a row it is the first one's; those come in the order of their mention.
            person[group[: len(every) - len(tuples)][::-1]] = np.concatenate(numbers)[::-1]
        found: NDArray[np.int64] = person[group[len(every) - len(tuples) :]]
        return found

    for records, found, subject in TrackStore(tally.store).classes(
        subjects, budget, folder, _ranks(plans, place_of)
    ):
        moves = (found == Track.MOVING) & (subject >= 0)
        for tag in ascending(records[moves, 2]).tolist():
            links.hold(ascending(subject[moves & (records[:, 2] == tag)]), plans[tag].source, MOVING)
        mine = np.isin(records[:, 2], points)
        yield records[mine, :2], records[mine, 2], found[mine]


def _ranks(plans: Mapping[int, Plan], place_of: Callable[[int], PlaceOrder]) -> dict[int, int]:
    """By tag, which of several records is the point where they are the same one: what holds most, and of what counts
    alike the first, so that neither a count nor a row that is listed or drawn depends on the key of the run or the
    order of the inputs."""

    def order(tag: int, plan: Plan) -> tuple[int, list[str], PlaceOrder]:
        return -len(plan.profile), sorted(plan.profile), place_of(tag)

    points = {tag: order(tag, plan) for tag, plan in plans.items() if POINT in plan.profile}
    places = sorted(points.values())
    return {tag: bisect_left(places, own) for tag, own in points.items()}


def of_person(profile: frozenset[str], lone: str) -> frozenset[str]:
    """What a person's records hold together, where points are a trajectory if the person moves and ``lone`` if not."""
    if POINT not in profile:
        return profile
    return profile - MOVING - {POINT} | {TRAJECTORY if profile & MOVING else lone}
