"""How the rows of a dBase file lie (dBase III and IV, FoxPro, Clipper): told by its header alone."""

from __future__ import annotations

from typing import NamedTuple

VERSIONS = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5\xfb")
LETTERS = frozenset(b"CNFDLMIBYTGPVWQ0")
FIELD, END = 32, 0x0D  # bytes of a field's description, and what ends the last one
MOST_FIELDS = 255  # of FoxPro; others have fewer


class Field(NamedTuple):
    """``name`` as it is written; ``kind``: a letter; ``start``, ``size``: bytes within a row."""

    name: bytes
    kind: str
    start: int
    size: int


class Layout(NamedTuple):
    """``rows``: how many the header promises; ``first``: where they begin; ``size``: bytes of each; ``page``: codes."""

    fields: tuple[Field, ...]
    rows: int
    first: int
    size: int
    page: int


def is_dbf(head: bytes) -> bool:
    """Does a file begin as one with rows of dBase?"""
    day_and_zeros = len(head) > 2 * FIELD and head[2] <= 12 and head[3] <= 31 and not any(head[12:14])
    return day_and_zeros and head[0] in VERSIONS and bool(_count(head))


def layout(head: bytes) -> Layout | None:
    """What the header tells; None where its fields do not add up to a row. ``head``: the first 16 KiB, or all."""
    count = _count(head)
    rows, first, size = (
        int.from_bytes(head[4:8], "little"),
        int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[10:12], "little"),
    )
    told = [head[FIELD * at : FIELD * (at + 1)] for at in range(1, count + 1)]
    for clipper in (False, True):  # which keeps the length of long texts in two bytes
        fields, start = [], 1
        for each in told:
            long = each[16] + 256 * each[17] * (clipper and each[11:12] == b"C")
            fields.append(Field(each[:11].partition(b"\0")[0], chr(each[11]), start, long))
            start += long
        if count and start == size and first > FIELD * (count + 1):
            return Layout(tuple(fields), rows, first, size, head[29])
    return None


def _count(head: bytes) -> int:
    """How many fields are described; 0 where something else stands there."""
    for count in range(MOST_FIELDS + 1):
        at = FIELD * (count + 1)
        if head[at : at + 1] == bytes([END]):
            return count
        if len(head) < at + FIELD or head[at + 11] not in LETTERS or head[at] <= 32:
            return 0
    return 0
