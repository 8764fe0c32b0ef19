"""Delimiters that nobody lists: signs that stand equally often in nearly every line, between values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

LONGEST = 8  # bytes, as the tokeniser takes them
LINES = 5  # at the start and at the end, of which one holds the signs
SIGNS = re.compile(r"(?:[^\w\s\"']|[_\x1c-\x1e])+")
LEAST_ALIKE = 0.8  # of the cells of a column are values, or are plain
LONGEST_PLAIN = 30  # characters


def found_separators(lines: Sequence[str], least_share: float, sign: str | None = None) -> list[str]:
    """Signs that stand equally often in so large a share of the lines, the longest first; ``sign``: only runs of it."""
    seen = {run for line in (*lines[:LINES], *lines[-LINES:]) for run in SIGNS.findall(line)}
    if sign is not None:
        seen = {run for run in seen if {*run} == {*sign}}
    return [
        run
        for run in sorted(seen, key=lambda each: (-len(each), each))
        if len(run.encode()) <= LONGEST and _is_even([line.count(run) for line in lines], least_share)
    ]


def _is_even(counts: Sequence[int], least_share: float) -> bool:
    times, lines = Counter(counts).most_common(1)[0]
    return times > 0 and lines >= least_share * len(counts)


def holds_values(
    rows: Sequence[Sequence[str]],
    width: int,
    values: Callable[[Sequence[str]], Sequence[bool]],
    is_plain: Callable[[str], bool],
) -> bool:
    """Whether one column holds values and another one these or short plain texts; of rows of ``width`` cells."""
    columns = [
        [cell.strip() for cell in column if cell.strip()]
        for column in zip(*(row for row in rows if len(row) == width), strict=True)
    ]
    valued = [column for column in columns if column and sum(values(column)) >= LEAST_ALIKE * len(column)]
    plain = [
        column
        for column in columns
        if sum(len(cell) <= LONGEST_PLAIN and is_plain(cell) for cell in column)
        >= LEAST_ALIKE * max(len(column), 1)
    ]
    return bool(valued) and len(plain) + sum(column not in plain for column in valued) > 1
