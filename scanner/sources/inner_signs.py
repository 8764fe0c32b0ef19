"""Dates, times and numbers written in groups: signs stand inside them that elsewhere part cells."""

from __future__ import annotations

import re

DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?|\d{1,2}:\d{2}(:\d{2})?"
)
STAMP = re.compile(rf"(?<!\d)(?:{DATE.pattern})(?!\d)")
# Mobile and landline numbers, identity numbers, cards, MAC and IPv6 addresses, UUIDs, plates.
GROUPS = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+86|0086)[ -])?"
    r"(?:1[3-9]\d([ -])\d{4}\1\d{4}|1[3-9]\d\d([ -])\d{3}\2\d{4}|0\d{2,3}([ -])[2-8](?:\d{6,7}|\d{3}\3\d{4})"
    r"|[1-8]\d{5}([ -])(?:19|20)\d{6}\4\d{3}[\dXx]|[3-6]\d{3}([ -])\d{4}\5\d{4}\5\d{4}(?:\5\d{3})?"
    r"|[\dA-Fa-f]{2}([:-])(?:[\dA-Fa-f]{2}\6){4}[\dA-Fa-f]{2}|(?=[\d:]*[A-Fa-f])(?:[\dA-Fa-f]{0,4}:){3,7}[\dA-Fa-f]{1,4}"
    r"|[一-鿿][A-Z]([ -])(?=[A-Z]{0,2}\d)[\dA-Z]{5,6}"
    r"|[\dA-Fa-f]{8}-(?:[\dA-Fa-f]{4}-){3}[\dA-Fa-f]{12})(?![0-9A-Za-z])(?![ :-][0-9])"
)


def stamped(text: str) -> str:
    """The text with a digit in place of each date and time."""
    return STAMP.sub("0", text)


def grouped(text: str) -> str:
    """The text with a digit in place of each number in groups."""
    return GROUPS.sub("0", text)
