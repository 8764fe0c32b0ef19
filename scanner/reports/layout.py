"""Lays text out in terminal cells: East Asian wide characters take two, combining marks none."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from scanner.reports.escape import visible

GAP = 2
CLOSING = frozenset("，。；：、）》”！？」〕")
OPENING = frozenset("（《“「〔([")
SIGNS = frozenset("≥<>=−")
LEAST = 16  # cells that the first column of a table needs


def cells(text: str) -> int:
    """Width of ``text`` on a terminal, in cells (UAX #11; ambiguous characters count one)."""
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells; what is cut from the middle is shown by two dots."""
    if cells(text) <= width:
        return text
    if width < 3:
        return ".."[:width]
    tail = _take(text[::-1], (width - 2) // 2)[::-1]
    return _take(text, width - 2 - cells(tail)) + ".." + tail


def _take(text: str, width: int) -> str:
    used = 0
    for i, char in enumerate(text):
        used += _cells(char)
        if used > width:
            return text[:i]
    return text


def pad(text: str, width: int, right: bool = False) -> str:
    """``text`` filled up with blanks to ``width`` cells, cut if it is wider."""
    text = cut(text, width)
    blank = " " * (width - cells(text))
    return blank + text if right else text + blank


def wrap(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells, broken at blanks or beside wide characters."""
    lines, line = [], ""
    for part in _parts(visible(text)):
        if line and cells(line) + cells(part.rstrip()) > width:
            lines.append(line.rstrip())
            line, part = "", part.lstrip()
        while cells(part) > width:
            head = _take(part, max(width, 2))
            lines.append(head)
            part = part[len(head) :]
        line += part
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _parts(text: str) -> list[str]:
    """Pieces that may stand on different lines; brackets stay with what they enclose, signs with their number."""
    parts: list[str] = []
    word = ""
    for char in text:
        if char == " " and word not in SIGNS:
            parts.append(word + char)
            word = ""
        elif _cells(char) == 2 and char not in CLOSING and word[-1:] not in OPENING:
            parts.append(word)
            word = char
        else:
            word += char
    return [part for part in [*parts, word] if part]


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """A table in lines of at most ``width`` cells: first column left and wrapped if need be, others right.

    Where the figures leave no room for the first column, each row is told in lines of its own.
    """
    shown = [[visible(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(cells(row[i]) for row in shown) for i in range(len(heads))]
    room = width - sum(widths[1:]) - GAP * (len(heads) - 1)
    if room < min(widths[0], LEAST):
        return _told(shown[0], shown[1:], width)
    widths[0] = min(widths[0], room)
    lines = []
    for row in shown:
        indent = row[0][: len(row[0]) - len(row[0].lstrip())]
        first, *more = (indent + line for line in wrap(row[0].lstrip(), widths[0] - len(indent)))
        figures = [pad(cell, widths[i], right=True) for i, cell in enumerate(row) if i]
        lines.append((" " * GAP).join([pad(first, widths[0]), *figures]).rstrip())
        lines += more
    return lines


def _told(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows without columns: the first cell, and below it the others, each after its head."""
    lines = wrap(heads[0], width) if heads[0] else []
    for row in rows:
        pairs = "  ".join(f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True))
        lines += wrap(row[0], width) + [" " * GAP + line for line in wrap(pairs, width - GAP)]
    return lines
