"""Unified social credit codes (统一社会信用代码): not personal, found so that nothing else claims them."""

from __future__ import annotations

from scanner.detectors.runs import runs_of
from scanner.kernels import digits, number_checks
from scanner.model import Cells, Check, Matches


class Uscc:
    """18 characters: 2 authority and kind, 6 region, 9 organisation, 1 check character (MOD 31-3)."""

    name = label = "uscc"
    standard = "GB 32100-2015"
    required = int(Check.FORMAT | Check.CHECKSUM)
    basis = int(Check.FORMAT)
    chance = 1 / 31
    kinds = digits.USCC
    rank = 20
    whole = 0.0
    roles = frozenset({"company_id"})
    header_only = False
    none_under = frozenset(
        {"bank_card", "bank_account"}
    )  # one card of 18 digits in 31 is such a code by chance

    def find(self, cells: Cells) -> Matches:
        """Every token of that shape; the identity is the text."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none()
        runs = runs.of_kind(self.kinds)
        which, checks = number_checks.credit_codes(
            cells.data, cells.start, runs.cell, runs.start, runs.end, runs.value, runs.flags
        )
        return runs.matches(which, checks)
