"""Points of tracks: where and when a row is, and what it is among all of its subject (docs/policy.md, Tracks)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from reference import angles, knowledge
from reference.texts import decoded, identity

from tests.kernels import moments_reference

DAY = 86_400_000
UNIX = moments_reference.number(datetime(1970, 1, 1))
MOVING, STANDING, LONE = "@moving", "@standing", "@lone"
Row = Sequence[bytes | None]


class Columns(NamedTuple):
    """The columns that tell where and when."""

    longitude: int | None
    latitude: int | None
    place: int | None
    time: int | None
    date: int | None

    @staticmethod
    def of(roles: Sequence[str | None], coordinates: Iterable[int]) -> Columns:
        def first(*names: str) -> int | None:
            return next((roles.index(name) for name in names if name in roles), None)

        place = first("position", "cell")
        place = min(coordinates, default=None) if place is None else place
        return Columns(
            first("longitude"), first("latitude"), place, first("position_time", "time"), first("date")
        )

    def tell(self) -> bool:
        pair = self.longitude is not None and self.latitude is not None
        return self.time is not None and (pair or self.place is not None)


def moment(row: Row, columns: Columns) -> int:
    """Milliseconds, -1 where nothing can be read; day and time of day may stand in two columns."""
    assert columns.time is not None
    time = decoded(row[columns.time] or b"")
    if columns.date is None or columns.date == columns.time:
        return moments_reference.reference(time) if time else -1
    day, clock = decoded(row[columns.date] or b""), time
    first = moments_reference.reference(day) if day else -1
    second = moments_reference.reference(clock, True) if clock else -1
    return combined(first, second)


def combined(day: int, clock: int) -> int:
    """A day with a time of day; a time with a day of its own is all of it, but 1970-01-01 is no day there."""
    if UNIX <= clock < UNIX + DAY:
        clock -= UNIX
    if clock >= DAY:
        return clock
    if day < DAY or clock < 0:
        return day if day >= DAY else -1
    return day - day % DAY + clock


def place(row: Row, columns: Columns) -> object:
    """Degrees to so many decimals, or a name; None for no place."""
    near = knowledge.toml("tracks.toml")["place"]
    decimals = near["decimals"]
    if columns.longitude is not None and columns.latitude is not None:
        east = angles.one(decoded(row[columns.longitude] or b""), decimals, 180)
        north = angles.one(decoded(row[columns.latitude] or b""), decimals, 90)
        return None if east is None or north is None or east == north == 0 else (east, north)
    assert columns.place is not None
    text = decoded(row[columns.place] or b"")
    both = angles.two(text, decimals)
    unit = 10**decimals
    if both:
        one, other = both
        in_latitude = near["latitude"][0] * unit <= one <= near["latitude"][1] * unit
        in_longitude = near["longitude"][0] * unit <= other <= near["longitude"][1] * unit
        if (in_latitude and in_longitude) or (abs(one) <= 90 * unit < abs(other)):
            one, other = other, one
        if abs(one) <= 180 * unit and abs(other) <= 90 * unit:
            return None if one == other == 0 else (one, other)
    return identity(text) if text else None


class Point(NamedTuple):
    """``subject`` None: nobody's; ``record``: what its row is as a record; ``held``: what the row holds."""

    subject: object
    moment: int
    place: object
    record: object
    held: frozenset[str]


def classify(points: Sequence[Point]) -> tuple[dict[object, str], list[str], set[object]]:
    """What each record is (moving before standing before lone), what each point is, and the subjects who move."""
    found: dict[object, set[str]] = defaultdict(set)
    known: dict[object, dict[int, dict[object, list[object]]]] = defaultdict(lambda: defaultdict(dict))
    # Of several records that are one point the one that holds most is it, and the others repeat it.
    for point in sorted(points, key=lambda point: (-len(point.held), sorted(point.held))):
        if point.subject is None or point.moment < 0 or point.place is None:
            found[point.record].add(LONE)
            continue
        records = known[point.subject][point.moment].setdefault(point.place, [])
        if point.record not in records:
            records.append(point.record)
    moving = set()
    own: dict[object, str] = {}
    for subject, moments in known.items():
        before: set[object] = set()
        for at, places in sorted(moments.items()):
            here = set(places)
            for place, records in places.items():
                stands = len(here) == 1 and here == before
                first = LONE if len(moments) == 1 else STANDING if stands else MOVING
                for record in records:
                    kind = first if record == records[0] else STANDING
                    own[subject, at, place, record] = kind
                    found[record].add(kind)
                if len(moments) > 1 and not stands:
                    moving.add(subject)
            before = here
    ranked = (MOVING, STANDING, LONE)
    of_records = {record: next(each for each in ranked if each in kinds) for record, kinds in found.items()}
    return of_records, [own.get(point[:4], LONE) for point in points], moving
