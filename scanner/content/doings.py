"""Where somebody was, stayed, and whom they called: roles that only columns beside each other show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import numpy as np

from scanner.content.shapes import Columns, Head, least_rows, limits, shape

Named = Iterator[tuple[int, str]]
_NUMBERS = re.compile("[0-9]+")


def positions(columns: Columns) -> Named:
    """A pair of neighbouring degrees inside China, and the one time that belongs to it."""
    axes = {index: _axis(head) for index, head in enumerate(columns.heads) if head.may_be("degree")}
    longitudes, latitudes = (
        [each for each in axes if axes[each] == name] for name in ("longitude", "latitude")
    )
    found = [(x, y) for x in longitudes for y in latitudes if abs(x - y) == 1 and _in_china(columns, x, y)]
    if len(found) > 1:
        return
    for longitude, latitude in found:
        yield longitude, "longitude"
        yield latitude, "latitude"
    places = sorted(found[0]) if found else columns.of("degree_pair")
    if not places:
        return
    times = columns.of("moment") or [each for each in columns.of("epoch") if _passes(columns, each)]
    if len(times) > 1:
        times = [each for each in times if each in (places[0] - 1, places[-1] + 1)]
    if len(times) == 1:
        yield times[0], "position_time"


def _axis(head: Head) -> str | None:
    """Of what a column may hold the degrees, by its first numbers and by how precise all are."""
    china = limits("china")
    fits = shape("degree").fits
    first = [float(text) for text in head.probe if fits(text) and float(text)]
    for name in ("longitude", "latitude"):
        low, high = china[name]
        if first and sum(low <= number <= high for number in first) >= china["inside"] * len(first):
            fractions = [text.partition(".")[2] for text in head.filled if text != "0"]
            precise = sum(len(part) >= china["decimals"] for part in fractions)
            return name if head.is_("degree") and precise >= china["precise"] * len(fractions) else None
    return None


def _in_china(columns: Columns, longitude: int, latitude: int) -> bool:
    """Do the pairs lie in China? 0, 0 is what a receiver sends that knows no place."""
    fits = shape("degree").fits
    pairs = [(float(x), float(y)) for x, y in columns.pairs(longitude, latitude) if fits(x) and fits(y)]
    points = np.array([pair for pair in pairs if pair != (0.0, 0.0)])
    if len(points) < least_rows():
        return False
    x, y = points.T
    inside = np.zeros(len(points), np.bool_)
    for south, north, west, east in limits("china")["bands"]:
        inside |= (south <= y) & (y <= north) & (west <= x) & (x <= east)
    return bool(inside.mean() >= limits("china")["inside"])


def _passes(columns: Columns, column: int) -> bool:
    """Do seconds since 1970 go on in a column, over no longer than a record of tracks does?"""
    numbers = [int(text) for text in columns[column].filled if shape("epoch").fits(text)]
    if len({len(str(number)) for number in numbers}) != 1 or len(set(numbers)) < 2:
        return False
    second = 1000 if len(str(numbers[0])) == 13 else 1
    steps = {b - a for a, b in pairwise(numbers)}
    serial = len(steps) == 1  # as far apart each time
    return not serial and max(numbers) - min(numbers) <= limits("epoch")["longest_days"] * 86400 * second


def stays(columns: Columns) -> Named:
    """Two moments some days apart, in the order of the rows, with a room or a hotel; a hotel with a room."""
    hotels, rooms = columns.of("hotel"), [each for each in columns.of("room") if _varied(columns, each)]
    if len(hotels) > 1 or len(rooms) > 1 or not (hotels or rooms) or columns.of("diagnosis"):
        return  # a hospital keeps rooms and days too
    moments = {
        each: [moment(text) for text in columns[each].texts]
        for each in range(len(columns))
        if _is_moment(columns, each)
    }
    spans = [(a, b) for a in moments for b in moments if a != b and _stayed(moments[a], moments[b])]
    if len(spans) == 1:
        yield spans[0][0], "checkin"
        yield spans[0][1], "checkout"
    if len(spans) == 1 or (hotels and rooms):
        yield from ((each, "hotel") for each in hotels)
        yield from ((each, "room") for each in rooms)


def _varied(columns: Columns, column: int) -> bool:
    return len(set(columns[column].filled)) >= 3


def _is_moment(columns: Columns, column: int) -> bool:
    return columns[column].is_("moment") or columns[column].is_("day")


def _stayed(first: list[datetime | None], then: list[datetime | None]) -> bool:
    """Does each moment lie so much after the one before it in the row as a stay lasts?"""
    stay = limits("stay")
    hours = [(b - a).total_seconds() / 3600 for a, b in zip(first, then, strict=True) if a and b]
    fitting = sum(stay["shortest_hours"] <= each <= 24 * stay["longest_days"] for each in hours)
    return len(hours) >= least_rows() and fitting >= stay["share"] * len(hours)


def moment(text: str) -> datetime | None:
    """The moment or day that a cell of one of those shapes tells, None where there is no such day."""
    parts = [int(part) for part in _NUMBERS.findall(text)[:6]]
    if parts and parts[0] > 9999:  # written together
        digits = "".join(_NUMBERS.findall(text))
        parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits[:14]), 2))]
    try:
        return datetime(*parts)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # a long number among the moments of a column
        return None


def calls(columns: Columns) -> Named:
    """Two phones beside each other with a time and a duration; or one, where words tell who called."""
    times, kinds = columns.of("moment"), columns.of("call_type")
    if not times or len(kinds) > 1 or (len(times) > 1 and not _one_call(columns, times)):
        return
    durations = [each for each in range(len(columns)) if _lasts(columns, each)]
    phones = [
        each for each in columns.of("phone") if each not in durations and columns[each].is_("certain_phone")
    ]
    if not phones or len(phones) > 2 or len(durations) > 1 or not (durations or kinds):
        return
    if all(columns[each].share("mobile") < 0.5 for each in phones) or (
        len(phones) == 1 and not (kinds and durations)
    ):
        return
    if len(phones) == 2:
        one, other = phones
        between = set(range(one + 1, other)) - {*kinds, *times}
        pairs = columns.pairs(one, other)
        same = sum(a == b for a, b in pairs)
        if len(between) >= limits("call")["apart"] or same > limits("call")["same"] * len(pairs):
            return
        yield one, "caller"
        yield other, "callee"
    yield from ((each, "call_time") for each in times)
    yield from ((each, "call_duration") for each in durations)
    yield from ((each, "call_type") for each in kinds)


def _one_call(columns: Columns, times: list[int]) -> bool:
    """Are two times the start and the end of one call?"""
    if len(times) != 2:
        return False
    spans = [(moment(a), moment(b)) for a, b in columns.pairs(times[0], times[1])]
    seconds = [(b - a).total_seconds() for a, b in spans if a and b]
    longest = limits("call")["longest_seconds"]
    return bool(seconds) and all(0 <= each <= longest for each in seconds)


def _lasts(columns: Columns, column: int) -> bool:
    """Does a column hold durations of calls? Amounts are rounder, quantities smaller, numbers of things longer."""
    head, call = columns[column], limits("call")
    if head.is_("length_of_time"):
        return True
    if not head.is_("seconds"):
        return False
    numbers = [int(text) for text in head.filled if shape("seconds").fits(text)]
    spoken = [number for number in numbers if number]
    if len(spoken) < least_rows() or max(spoken) > call["longest_seconds"]:
        return False
    round_ = sum(number % 10 == 0 for number in spoken) / len(spoken)
    # Of many rows the same few hundred seconds come again and again.
    different = len(set(spoken)) / min(len(spoken), 100)
    varied = round_ <= call["round"] and different >= call["different"]
    if not varied:
        return False
    from statistics import median  # brings fractions and decimals with it: 2 ms at the start of each scan

    return bool(median(spoken) >= call["least_typical"])
