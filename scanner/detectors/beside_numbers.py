"""Names beside a number in its cell: 张三13812345678, 0571-85022088（张三）, and 张三，13812345678，北京市…"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.profile import profile_of
from scanner.detectors.runs import Runs, runs_of
from scanner.kernels import digits
from scanner.kernels.profile import HIGH
from scanner.model import Cells

PHONES = digits.MOBILE | digits.LANDLINE
KINDS = PHONES | digits.ID18
SHORTEST, LONGEST = 6, 12  # bytes of two and of four characters
ROOM = 24  # bytes beside the number: the name, and signs
AT_ONCE = 1 << 14  # cells, so that they take little memory
FRONT = 15  # bytes before it where more stands behind: the name, and a sign of full width
SIGNS = " \t+-_:,;.|/()[]<>=*"
WIDE_SIGNS = "：，；、／（）　【】"
SIGN, BEYOND, OTHER = 0, 1, 2


def beside_numbers(cells: Cells) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The cells that are a phone or identity number, signs, and two to four characters before or behind it; and those
    that begin with such characters, signs, and their only phone number.

    int32 cell (ascending), start and end: where these characters of three bytes lie, in bytes of the cell. Whether they
    are a name is not asked.
    """
    none = np.zeros(0, np.int32)
    runs = runs_of(cells)
    if not runs.kinds & KINDS or not profile_of(cells).union & HIGH:
        return none, none, none
    length = cells.end[runs.cell] - cells.start[runs.cell]
    room = length - (runs.end - runs.start)
    leading = (runs.start >= SHORTEST) & (runs.start <= FRONT) & (room > ROOM) & (runs.flags & PHONES != 0)
    likely = (runs.flags & KINDS != 0) & (room >= SHORTEST) & (leading | (room <= ROOM))
    which = np.flatnonzero(likely & (profile_of(cells).kinds[runs.cell] & HIGH != 0))
    which = which[~leading[which] | _alone(runs, runs.cell[which])]
    parts = [which[at : at + AT_ONCE] for at in range(0, len(which), AT_ONCE)]
    found = [
        _characters(cells, runs, part, np.where(leading[part], runs.start[part], room[part]))
        for part in parts
    ]
    if not found:
        return none, none, none
    cell, start, end = (np.concatenate(each) for each in zip(*found, strict=True))
    return cell, start, end


def _characters(
    cells: Cells, runs: Runs, which: NDArray[np.intp], room: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Cell, start and end of the characters beside the chosen runs, in the first ``room`` bytes of the
    cell without its run."""
    cell, first, behind = runs.cell[which], runs.start[which], runs.end[which]
    at = np.arange(ROOM, dtype=np.int32)
    place = np.where(at < first[:, None], at, at + (behind - first)[:, None])
    inside = at < room[:, None]
    texts = np.where(inside, cells.data[np.where(inside, place + cells.start[cell][:, None], 0)], 0)
    kind = np.where(inside, _kinds()[texts], SIGN).astype(np.uint8)
    _without_wide_signs(texts, kind)
    beyond = kind == BEYOND
    size = beyond.sum(1)
    begin = beyond.argmax(1).astype(np.int32)
    end = (ROOM - beyond[:, ::-1].argmax(1)).astype(np.int32)
    good = (size >= SHORTEST) & (size <= LONGEST) & (size % 3 == 0) & (end - begin == size)
    good &= ~(kind == OTHER).any(1) & ((end <= first) | (begin >= first))
    shift = np.where(begin >= first, behind - first, 0).astype(np.int32)
    return cell[good], (begin + shift)[good], (end + shift)[good]


def _alone(runs: Runs, cell: NDArray[np.int32]) -> NDArray[np.bool_]:
    """bool[n]: which of these cells hold one phone number; two may be two persons'."""
    phones = runs.cell[runs.flags & PHONES != 0]
    found: NDArray[np.bool_] = np.searchsorted(phones, cell, "right") - np.searchsorted(phones, cell) == 1
    return found


@cache
def _kinds() -> NDArray[np.uint8]:
    """uint8[256], by byte: a sign, a byte of a character beyond ASCII, or another."""
    kinds = np.full(256, OTHER, np.uint8)
    kinds[[*SIGNS.encode()]] = SIGN
    kinds[128:] = BEYOND
    return kinds


def _without_wide_signs(texts: NDArray[np.uint8], kind: NDArray[np.uint8]) -> None:
    """Takes the bytes of signs of full width, which are three each, for signs."""
    codes = texts[:, :-2].astype(np.uint32) << 16 | texts[:, 1:-1].astype(np.uint32) << 8 | texts[:, 2:]
    signs = [int.from_bytes(sign.encode()) for sign in WIDE_SIGNS]
    row, column = np.nonzero(np.isin(codes, signs))
    for more in range(3):
        kind[row, column + more] = SIGN
