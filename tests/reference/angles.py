"""Degrees of longitude and latitude in cells: 113.25, 113°15'30"E, 东经113度15分, 113250000, 11315.5."""

from __future__ import annotations

import re
from fractions import Fraction

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
SPACES = "\t\n\v\f\r\xa0\u3000\"'′″‘’‚‛“”"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
ENOUGH = 3  # decimals that make a number in a text a degree
DECIMALS = 9


def folded(text: str) -> str:
    """Plain width, small letters, quotes and white space as spaces, ° as 度, any minus as -."""
    table = {**WIDE, **{ord(c): " " for c in SPACES}, ord("°"): "度"}
    table |= {ord(c): "-" for c in "\u2010\u2011\u2212"} | dict.fromkeys(map(ord, UNSEEN))  # type: ignore[dict-item]
    return "".join(c.lower() if c.isascii() else c for c in text.translate(table))


def _half_up(value: Fraction, decimals: int) -> int:
    parts = value * 10**decimals
    return int((2 * parts + 1) // 2)


def _below(text: str, start: int, end: int) -> bool:
    """West or south: a minus, a letter by itself, or the characters."""
    before = text[:start]
    if before.endswith("-") or re.search(r"(?<![a-z])[ws]$", before) or before.endswith(("西经", "南纬")):
        return True
    return re.match(r" *[ws](?![a-z0-9])", text[end:]) is not None


def read(text: str, pointed: bool) -> list[Fraction] | None:
    """All angles of a cell with their signs; None where it holds a number that is none."""
    text = folded(text)
    found, at = [], 0
    while match := NUMBER.search(text, at):
        whole, fraction = match[1], match[2] or ""
        at = match.end()
        sure = len(fraction) >= ENOUGH
        part = Fraction(int(fraction[:DECIMALS].ljust(DECIMALS, "0")), 10**DECIMALS)
        if len(whole) >= 10:
            return None
        number = int(whole)
        if number <= 180:
            value = number + part
            if text[at : at + 1] == "度":
                at, sure = at + 1, True
                for divisor, sign in ((60, "分"), (3600, "秒")) if not fraction else ():
                    more = re.compile(rf" *([0-9]{{1,2}})(?:\.([0-9]+))?(?![0-9度])[ {sign}]?").match(
                        text, at
                    )
                    if not more or int(more[1]) > 59:
                        break
                    small = more[2] or ""
                    value += (
                        int(more[1]) + Fraction(int(small[:DECIMALS].ljust(DECIMALS, "0")), 10**DECIMALS)
                    ) / divisor
                    at = more.end()
                    if small:
                        break
        elif not fraction:
            if len(whole) < 6:
                return None
            value = Fraction(number, 1_000_000)
        else:
            if number % 100 >= 60:
                return None
            value = number // 100 + (number % 100 + part) / 60
        if value > 180 or (pointed and not sure):
            return None
        found.append(-value if _below(text, match.start(), at) else value)
    return found


def one(text: str, decimals: int, limit: int) -> int | None:
    """The angle of a cell that holds one and no other number, in units of ``decimals`` places."""
    found = read(text, pointed=False)
    if not found or len(found) != 1:
        return None
    value = _signed(found[0], decimals)
    return value if abs(value) <= limit * 10**decimals else None


def two(text: str, decimals: int) -> tuple[int, int] | None:
    """Both angles of a cell that holds just two, each with three decimals or a sign of degrees."""
    found = read(text, pointed=True)
    if not found or len(found) != 2:
        return None
    return _signed(found[0], decimals), _signed(found[1], decimals)


def _signed(value: Fraction, decimals: int) -> int:
    return -_half_up(-value, decimals) if value < 0 else _half_up(value, decimals)
