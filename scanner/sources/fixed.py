"""Rows whose cells have fixed places and adjoin, as mainframes and banks write them: nothing parts two numbers.

Places are counted in columns of a terminal, in which a hanzi takes two, as in the bytes of GB18030, or in characters.
Found only where ID numbers, whose check digits leave nothing to chance, adjoin other numbers or text at one place in
nearly all lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.tokenize import WRONG_WIDTH, Tokens
from scanner.model import Bytes
from scanner.sources.dialect import Dialect, Values
from scanner.sources.labelled import with_lines

LEAST_LINES, MOST_LINES = 5, 100  # that are looked at
LEAST_SHARE = 0.9  # of the lines are as wide, and hold a value at a place
ID, PHONE = 18, 11
RUN = re.compile(r"[0-9]{17,}[0-9Xx][0-9]*")
ADJOINING = re.compile(r"\w[0-9]{17}[0-9Xx]|[0-9]{17}[0-9Xx]\w")
WIDE = "\u1000"  # from here on characters take two columns
FILLING = np.zeros(256, np.bool_)
FILLING[list(b" \t\r")] = True
SPACE = "\u3000".encode()
PIECE = 1 << 20  # bytes whose places are known at a time
Spans = NDArray[np.int32]


def spread(line: str) -> str:
    """The line with a NUL behind each character that takes two columns."""
    return "".join(char + "\0" if char >= WIDE else char for char in line)


def find_fixed(text: str, values: Values) -> Dialect | None:
    """The places of the cells, in ``Dialect.cuts``; None where a text is no such rows."""
    lines = [line.rstrip("\r") for line in text.split("\n", MOST_LINES)[:MOST_LINES] if line.strip()]
    if len(lines) < LEAST_LINES or sum(
        ADJOINING.search(line) is not None for line in lines
    ) < LEAST_SHARE * len(lines):
        return None
    for hanzi, widths in (
        (2, [len(line.encode("gb18030", "replace")) for line in lines]),
        (1, list(map(len, lines))),
    ):
        if Counter(widths).most_common(1)[0][1] < LEAST_SHARE * len(lines):
            continue
        rows = [spread(line) for line in lines] if hanzi == 2 else lines
        (width, count), *_ = Counter(map(len, rows)).most_common(1)
        alike = [row for row in rows if len(row) == width]
        if count >= LEAST_SHARE * len(rows) and (places := _places(alike, width, values)):
            return Dialect(None, None, len(places) - 1, cuts=places, hanzi=hanzi)
    return None


def _places(rows: Sequence[str], width: int, values: Values) -> tuple[int, ...]:
    """Where cells begin and end in rows of one width; empty where no ID numbers adjoin other cells."""

    def share(first: int, stop: int) -> float:
        return (
            sum(values([row[first:stop] for row in rows])) / len(rows) if 0 <= first < stop <= width else 0.0
        )

    ids: list[int] = []
    for at in {run.start() + shift for run in RUN.finditer(rows[0]) for shift in range(len(run[0]) - ID + 1)}:
        glued = sum(
            (row[at - 1 : at] + row[at + ID : at + ID + 1]).strip("\0 ,;|\t").isalnum() for row in rows
        )
        if glued >= LEAST_SHARE * len(rows) and all(
            row[at : at + ID - 1].isdigit() for row in rows[:LEAST_LINES]
        ):
            ids += [at] * (share(at, at + ID) >= LEAST_SHARE)
    if not ids:
        return ()
    cuts = {0, width}
    for at in ids:
        cuts |= {at, at + ID}
        for first in (at - PHONE, at + ID):
            if share(first, first + PHONE) >= LEAST_SHARE:
                cuts |= {first, first + PHONE}
    cuts |= {
        at for at in range(1, width) if _changes(rows, at) and not any(each < at < each + ID for each in ids)
    }
    return tuple(sorted(cuts))


def _changes(rows: Sequence[str], at: int) -> bool:
    """Whether at a place nearly all rows change from spaces to a cell, or between digits and hanzi."""
    found = 0
    for row in rows:
        before, here = row[at - 1], row[at]
        begins = before in " \u3000" or (before == "\0" and row[at - 2] == "\u3000")
        found += here not in " \u3000\0" and (begins or (before >= WIDE or before == "\0") != (here >= WIDE))
    return found >= LEAST_SHARE * len(rows)


def split(buffer: Bytes, dialect: Dialect, final: bool, longest: int) -> Tokens:
    """The rows of a buffer that begins with one (``kernels.tokenize.Tokens``).

    A line of another width is a row of one cell, as each line of other text is.
    """
    stops = np.flatnonzero(buffer == 10)
    if final and len(buffer) and buffer[-1] != 10:
        stops = np.append(stops, len(buffer))
    begins = np.concatenate([[0], stops[:-1] + 1]) if len(stops) else stops
    consumed = min(int(stops[-1]) + 1, len(buffer)) if len(stops) else 0
    long = np.flatnonzero(stops - begins > longest)
    overlong = bool(len(long)) or len(buffer) - consumed > longest
    if len(long):
        consumed = int(begins[long[0]])
        stops, begins = stops[: long[0]], begins[: long[0]]
    ends = stops - (buffer[np.maximum(stops - 1, 0)] == 13) * (stops > begins)
    first, found = 0, []
    while first < len(stops):  # the memory that is needed is many times that of the lines
        last = max(int(np.searchsorted(stops, begins[first] + PIECE)), first + 1)
        text = buffer[begins[first] : ends[last - 1]]
        found.append(_cells(text, int(begins[first]), begins[first:last], ends[first:last], dialect))
        first = last
    nothing = np.zeros((dialect.width, 0), np.int32)
    start = np.concatenate([nothing, *(each[0] for each in found)], axis=1)
    end = np.concatenate([nothing, *(each[1] for each in found)], axis=1)
    sound, filled = (np.concatenate([np.zeros(0, np.bool_), *(each[at] for each in found)]) for at in (2, 3))
    loose = np.flatnonzero(~sound & filled)
    order = np.cumsum(sound | filled) - 1
    tokens = Tokens(
        np.ascontiguousarray(start),
        np.ascontiguousarray(end),
        begins[loose].astype(np.int32),
        ends[loose].astype(np.int32),
        order[loose].astype(np.int64),
        np.full(len(loose), WRONG_WIDTH, np.uint8),
        int((~sound & ~filled).sum()),
        consumed,
        overlong,
    )
    return with_lines(tokens, 0) if len(loose) else tokens


def _cells(
    text: Bytes, base: int, begins: NDArray[np.int64], ends: NDArray[np.int64], dialect: Dialect
) -> tuple[Spans, Spans, NDArray[np.bool_], NDArray[np.bool_]]:
    """Of lines in a text at ``base``: where cells begin and end without spaces around them, int32[width, rows] each;
    which lines are rows, and which are not blank.
    """
    size = len(text)
    letters = np.append(np.flatnonzero((text & 0xC0) != 0x80), size)  # where characters begin
    columns = np.zeros(len(letters), np.int64)  # left of them
    np.cumsum(1 + (dialect.hanzi - 1) * (text[letters[:-1]] >= 0xE1), out=columns[1:])
    left, right = (columns[np.searchsorted(letters, at - base)] for at in (begins, ends))
    sound = right - left == dialect.cuts[-1]
    wanted = left[sound][None, :] + np.array(dialect.cuts)[:, None]
    edges = letters[np.searchsorted(columns, wanted)]
    filling = FILLING[np.append(text, 0)]
    three = np.flatnonzero((text[:-2] == SPACE[0]) & (text[1:-1] == SPACE[1]) & (text[2:] == SPACE[2]))
    filling[(three[:, None] + np.arange(3)).ravel()] = True
    places = np.arange(size + 1)
    after = np.minimum.accumulate(np.where(filling, size, places)[::-1])[::-1]  # the next that is no space
    before = np.maximum.accumulate(np.where(filling, -1, places))
    start = np.minimum(after[edges[:-1]], edges[1:])
    end = np.maximum(np.minimum(before[np.maximum(edges[1:] - 1, 0)] + 1, edges[1:]), start)
    filled = after[begins - base] < ends - base
    return (start + base).astype(np.int32), (end + base).astype(np.int32), sound, filled
