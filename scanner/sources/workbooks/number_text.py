"""Numbers, dates and times of cells as text, the way a person sees them, but never with fewer digits than are there.

Dates are serial numbers (ECMA-376 Part 1, 18.17.4); whether a number is one, its format tells (18.8.30).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation


def _numbers(text: str) -> frozenset[int]:
    """Numbers and ranges of numbers."""
    ranges = [each.partition("-") for each in text.split()]
    return frozenset(n for low, _, high in ranges for n in range(int(low), int(high or low) + 1))


LONGEST = 40  # digits that a power of ten may stand for
SEEN = Context(prec=15)  # digits that spreadsheets show and keep
LAST_DAY = 2_958_466  # the serial number behind 9999-12-31
DAY = 86_400_000  # milliseconds
#: Formats that have numbers only (18.8.30): dates, times, dates with times, and elapsed times; also those of Chinese.
DATES = _numbers("14-17 27-31 36 50-54 57-58")
TIMES = _numbers("18-21 32-35 45 47 55-56")
BOTH, ELAPSED = 22, 46
NO_SIGN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a format shows of a serial number."""

    day: bool
    time: bool
    elapsed: bool = False


def moment_of(number: int, code: str | None) -> Moment | None:
    """What a number format, by its number or its code, shows; None where that is no date and no time."""
    if code is None:
        if number in DATES or number == BOTH:
            return Moment(True, number == BOTH)
        if number in TIMES or number == ELAPSED:
            return Moment(False, True, number == ELAPSED)
        return None
    shown = NO_SIGN.sub("", code.split(";")[0]).lower()
    if "general" in shown or not re.search("[ymdhs]", shown):
        return None
    time = bool(re.search("[hs]", shown))
    return Moment(bool(re.search("[yd]", shown)) or not time, time, "[" in shown)


def number_text(raw: str) -> str:
    """A number as plain digits: whole ones without a point, others with the 15 digits that are seen."""
    if raw.isdigit():
        return raw
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return raw
    if not number.is_finite() or abs(number.adjusted()) > LONGEST:
        return raw
    if number == number.to_integral_value():
        return f"{number:f}".partition(".")[0]
    return f"{SEEN.create_decimal(number).normalize():f}"


def moment_text(raw: str, moment: Moment, since_1904: bool = False) -> str | None:
    """A serial number as ISO 8601 date and time, as far as the format shows them; None where it is none."""
    try:
        serial = float(raw)
    except ValueError:
        return None
    if not 0 <= serial < LAST_DAY:
        return None
    whole = round(serial * DAY)
    days, milliseconds = divmod(whole, DAY)
    if moment.elapsed:
        return _clock(whole)
    if days == 0 and not since_1904:
        return _clock(milliseconds) if moment.time or milliseconds else number_text(raw)
    text = _day(days, since_1904)
    return f"{text} {_clock(milliseconds)}" if milliseconds or (moment.time and moment.day) else text


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def _day(days: int, since_1904: bool) -> str:
    if since_1904:
        return (date(1904, 1, 1) + timedelta(days)).isoformat() if days < LAST_DAY - 1462 else str(days)
    if days == 60:
        return "1900-02-29"  # a day that never was, kept by Excel for the sake of older programs
    return (date(1899, 12, 31 if days < 60 else 30) + timedelta(days)).isoformat()
