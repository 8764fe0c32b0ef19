"""Landline numbers (固定电话) with area code."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.runs import runs_of
from scanner.kernels import digits, number_checks
from scanner.knowledge import table
from scanner.model import Cells, Check, Matches


@cache
def area_lengths() -> NDArray[np.uint8]:
    """uint8[1000], by area code without its 0: bit 0 for 7-digit subscribers, bit 1 for 8; 0 unassigned."""
    areas = table("area_codes").columns
    lengths = np.zeros(1000, np.uint8)
    for code, widths in zip(areas["code"], areas["digits"], strict=True):
        lengths[int(code)] = ("7" in widths) + 2 * ("8" in widths)
    lengths.flags.writeable = False
    return lengths


def share_by_chance(lengths: NDArray[np.uint8]) -> float:
    """Of random numbers 0… with 11 or 12 digits, the share whose area exists and has that length.

    12 digits that begin with 01 are none of them: 0 and a mobile number.
    """
    short_area, long_area = lengths[10:30], lengths[300:1000]
    long7, long8 = np.count_nonzero(long_area & 1), np.count_nonzero(long_area & 2)
    eleven = np.count_nonzero(short_area & 2) * 10 + long7
    return float(eleven + long8) / 1900


class Landline:
    """0, area code, subscriber of 7 or 8 digits that begins with 2 to 8; an extension may follow.

    PREFIX: the area is assigned and has subscribers of that length. Faults: UNASSIGNED (area), LENGTH,
    RESERVED (subscriber begins with 0, 1 or 9). Without area code, and 400 or 800 numbers: no candidates.
    """

    name = label = "landline_phone"
    standard = "工信部电信网编号计划, 长途区号 (ITU-T E.164 +86)"
    required = int(Check.FORMAT | Check.PREFIX)
    basis = int(Check.FORMAT)
    kinds = digits.LANDLINE
    rank = 60
    whole = 0.0
    roles = frozenset({"phone", "caller", "callee"})
    header_only = False

    def __init__(self) -> None:
        self.chance = share_by_chance(area_lengths())

    def find(self, cells: Cells) -> Matches:
        """Every number of that shape; key: area and subscriber without the leading 0 and the extension."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs = runs.of_kind(self.kinds)
        found = runs.matches(*number_checks.landlines(runs.value, runs.length, runs.flags, area_lengths()))
        return found.take(~in_host_name(cells, found)) if len(found) else found


def in_host_name(cells: Cells, found: Matches) -> NDArray[np.bool_]:
    """Which matches are followed by a point and a letter, as in 05940000000.example: digits of a host name."""
    behind = cells.start[found.cell] + found.end
    inside = behind + 1 < cells.end[found.cell]
    point = cells.data[np.where(inside, behind, 0)] == ord(".")
    letter = cells.data[np.where(inside, behind + 1, 0)] | 32
    named: NDArray[np.bool_] = inside & point & (letter >= ord("a")) & (letter <= ord("z"))
    return named
