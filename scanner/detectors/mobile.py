"""Mobile phone numbers (手机号码) of mainland China."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.placeholders import placeholders
from scanner.detectors.runs import runs_of
from scanner.kernels import digits, number_checks
from scanner.knowledge import table
from scanner.model import Cells, Check, Matches

# A satellite terminal has a subscriber as a handset has; device numbers (iot) have none.
SUBSCRIBERS = frozenset({"person", "satellite"})
DIGITS = 11


@cache
def prefix_states() -> NDArray[np.uint8]:
    """uint8[100000], by the first five digits: 1 subscribers, 2 assigned to others, 0 unassigned.

    The longest prefix of the table decides; prefixes of numbers of another length say RESERVED (2).
    """
    prefixes = table("mobile_prefixes").columns
    states = np.zeros(100_000, np.uint8)
    rows = zip(prefixes["prefix"], prefixes["kind"], prefixes["digits"], strict=True)
    for prefix, kind, length in sorted(rows, key=lambda row: len(row[0])):
        width = 10 ** (5 - len(prefix))
        first = int(prefix) * width
        states[first : first + width] = 1 if kind in SUBSCRIBERS and int(length) == DIGITS else 2
    states.flags.writeable = False
    return states


@cache
def dates() -> NDArray[np.bool_]:
    """bool[20000], by the first five digits: may they be a year, a month and the first digit of a day (18 03 2)?"""
    five = np.arange(20_000)
    month = five // 10 % 100
    return (month >= 1) & (month <= 12) & (five % 10 <= 3)


class Mobile:
    """11 digits; PREFIX: the network code (网号) is assigned to subscribers.

    Faults: UNASSIGNED, RESERVED (devices), PLACEHOLDER (13800138000, 12345678901); the last does not make the number
    invalid: what it counts is settled later.
    """

    name = label = "mobile_phone"
    standard = "工信部电信网编号计划 (ITU-T E.164 +86)"
    required = int(Check.FORMAT | Check.PREFIX)
    basis = int(Check.FORMAT)
    kinds = digits.MOBILE
    rank = 50
    whole = 0.0
    roles = frozenset({"mobile", "phone", "caller", "callee"})
    header_only = False

    def __init__(self) -> None:
        self.chance = float(np.mean(prefix_states()[10_000:20_000] == 1))

    def find(self, cells: Cells) -> Matches:
        """Every number of 11 digits that begins with 1, also grouped or behind +86 or 0; key: the 11 digits."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs = runs.of_kind(self.kinds)
        which, checks, key = number_checks.mobiles(runs.value, runs.flags, prefix_states())
        placeholders(self.label).mark(key, checks)
        return runs.matches(which, checks, key)

    def date_led(self, matches: Matches) -> NDArray[np.bool_]:
        """Which of them begin as numbers of orders do that hold their day (18032512345): 5 % of telephones."""
        assert matches.key is not None
        led: NDArray[np.bool_] = dates()[matches.key // np.uint64(1_000_000)]
        return led
