"""What columns without a telling header are by their cells: places, stays, calls (others: content_more.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from reference import content_more
from reference.heads import Head, Heads, fits, rule
from reference.reading import Table

Named = Iterator[tuple[int, str]]
NARROWEST, WIDEST = 2, 64


def says_nothing(name: str | None) -> bool:
    text = (name or "").strip().casefold()
    entry = rule("nothing")
    return not text or (
        re.fullmatch(entry["pattern"], text, re.IGNORECASE) is not None and text not in entry["except"]
    )


def roles(table: Table, known: Sequence[str | None]) -> list[str | None]:
    """The role of each column whose header says nothing, where its cells tell it and no header has it already."""
    nothing: list[str | None] = [None] * len(table.names)
    asked = [n for n, name in enumerate(table.names) if says_nothing(name)]
    if not asked or not NARROWEST <= len(table.names) <= WIDEST:
        return nothing
    heads = Heads(Head([row[n] for row in table.rows]) for n in range(len(table.names)))
    named: dict[int, set[str]] = {}
    for each in RULES:
        for column, role in each(heads):
            named.setdefault(column, set()).add(role)
    return [
        next(iter(named[n]))
        if n in asked and len(named.get(n, ())) == 1 and not named[n] & set(known)
        else None
        for n in range(len(table.names))
    ]


def positions(heads: Heads) -> Named:
    """A pair of neighbouring degrees inside China, and the one time that belongs to it."""
    east = [n for n in range(len(heads)) if axis(heads, n) == "longitude"]
    north = [n for n in range(len(heads)) if axis(heads, n) == "latitude"]
    found = [(x, y) for x in east for y in north if abs(x - y) == 1 and in_china(heads, x, y)]
    if len(found) > 1:
        return
    for x, y in found:
        yield x, "longitude"
        yield y, "latitude"
    places = sorted(found[0]) if found else heads.of("degree_pair")
    if not places:
        return
    times = heads.of("moment") or [n for n in heads.of("epoch") if goes_on(heads, n)]
    if len(times) > 1:
        times = [n for n in times if n in (places[0] - 1, places[-1] + 1)]
    if len(times) == 1:
        yield times[0], "position_time"


def axis(heads: Heads, column: int) -> str | None:
    china, head, degree = rule("china"), heads[column], fits("degree")
    if not head.may_be("degree"):
        return None
    first = [float(text) for text in head.filled[:12] if degree(text) and float(text)]
    for name in ("longitude", "latitude"):
        low, high = china[name]
        if first and sum(low <= number <= high for number in first) >= china["inside"] * len(first):
            decimals = [len(text.partition(".")[2]) for text in head.filled if text != "0"]
            precise = sum(size >= china["decimals"] for size in decimals)
            return name if head.is_("degree") and precise >= china["precise"] * len(decimals) else None
    return None


def in_china(heads: Heads, longitude: int, latitude: int) -> bool:
    degree, china = fits("degree"), rule("china")
    pairs = [(float(x), float(y)) for x, y in heads.pairs(longitude, latitude) if degree(x) and degree(y)]
    pairs = [pair for pair in pairs if pair != (0.0, 0.0)]
    inside = sum(any(s <= y <= n and w <= x <= e for s, n, w, e in china["bands"]) for x, y in pairs)
    return len(pairs) >= rule("least")["rows"] and inside >= china["inside"] * len(pairs)


def goes_on(heads: Heads, column: int) -> bool:
    """Seconds or milliseconds of a track: not all the same, nor equally far apart, nor over years."""
    numbers = [int(text) for text in heads[column].filled if fits("epoch")(text)]
    if len({len(str(number)) for number in numbers}) != 1 or len(set(numbers)) < 2:
        return False
    second = 1000 if len(str(numbers[0])) == 13 else 1
    serial = len({b - a for a, b in pairwise(numbers)}) == 1
    return not serial and max(numbers) - min(numbers) <= rule("epoch")["longest_days"] * 86400 * second


def moment(text: str) -> datetime | None:
    parts = [int(part) for part in re.findall("[0-9]+", text)[:6]]
    if parts and parts[0] > 9999:
        figures = "".join(re.findall("[0-9]+", text))[:14]
        parts = [int(figures[:4]), *(int(figures[at : at + 2]) for at in range(4, len(figures), 2))]
    try:
        return datetime(*parts)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def stays(heads: Heads) -> Named:
    """Two moments some days apart with a room or a hotel; a hotel with a room."""
    hotels = heads.of("hotel")
    rooms = [n for n in heads.of("room") if len(set(heads[n].filled)) >= 3]
    if len(hotels) > 1 or len(rooms) > 1 or not (hotels or rooms) or heads.of("diagnosis"):
        return
    times = [n for n in range(len(heads)) if heads[n].is_("moment") or heads[n].is_("day")]
    spans = [(a, b) for a in times for b in times if a != b and lasts_days(heads, a, b)]
    if len(spans) == 1:
        yield spans[0][0], "checkin"
        yield spans[0][1], "checkout"
    if len(spans) == 1 or (hotels and rooms):
        yield from ((n, "hotel") for n in hotels)
        yield from ((n, "room") for n in rooms)


def lasts_days(heads: Heads, first: int, then: int) -> bool:
    stay = rule("stay")
    both = [(moment(a), moment(b)) for a, b in zip(heads[first].texts, heads[then].texts, strict=True)]
    hours = [(b - a).total_seconds() / 3600 for a, b in both if a and b]
    fitting = sum(stay["shortest_hours"] <= each <= 24 * stay["longest_days"] for each in hours)
    return len(hours) >= rule("least")["rows"] and fitting >= stay["share"] * len(hours)


def calls(heads: Heads) -> Named:
    """Two phones with a time and a duration; or one, where words tell who called."""
    times, kinds = heads.of("moment"), heads.of("call_type")
    if not times or len(kinds) > 1 or (len(times) > 1 and not one_call(heads, times)):
        return
    durations = [n for n in range(len(heads)) if lasts_seconds(heads, n)]
    phones = [n for n in heads.of("phone") if n not in durations and heads[n].is_("certain_phone")]
    if not 1 <= len(phones) <= 2 or len(durations) > 1 or not (durations or kinds):
        return
    if all(heads[n].share("mobile") < 0.5 for n in phones):
        return
    if len(phones) == 1 and not (kinds and durations):
        return
    if len(phones) == 2:
        between = set(range(phones[0] + 1, phones[1])) - {*kinds, *times}
        pairs = heads.pairs(*phones)
        if len(between) >= rule("call")["apart"] or sum(a == b for a, b in pairs) > rule("call")[
            "same"
        ] * len(pairs):
            return
        yield from zip(phones, ("caller", "callee"), strict=True)
    for name, columns in (("call_time", times), ("call_duration", durations), ("call_type", kinds)):
        yield from ((n, name) for n in columns)


def one_call(heads: Heads, times: list[int]) -> bool:
    if len(times) != 2:
        return False
    both = [(moment(a), moment(b)) for a, b in heads.pairs(*times)]
    seconds = [(b - a).total_seconds() for a, b in both if a and b]
    return bool(seconds) and all(0 <= each <= rule("call")["longest_seconds"] for each in seconds)


def lasts_seconds(heads: Heads, column: int) -> bool:
    head, call = heads[column], rule("call")
    if head.is_("length_of_time"):
        return True
    if not head.is_("seconds"):
        return False
    spoken = [int(text) for text in head.filled if fits("seconds")(text) and int(text)]
    if len(spoken) < rule("least")["rows"] or max(spoken) > call["longest_seconds"]:
        return False
    even = sum(number % 10 == 0 for number in spoken) / len(spoken)
    different = len(set(spoken)) / min(len(spoken), 100)
    return bool(
        even <= call["round"] and different >= call["different"] and median(spoken) >= call["least_typical"]
    )


RULES: tuple[Callable[[Heads], Named], ...] = (positions, stays, calls, *content_more.RULES)
