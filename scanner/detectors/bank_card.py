"""Bank card numbers (银行卡号).

The table of Chinese issuers is never complete, so two rules stand beside it. A number under 62 with 16 to
19 digits belongs to UnionPay whatever the bank: it is taken as known. A number that only lies in the range
of another scheme (4111111111111111) proves little, since one random number in ten begins with 4, so it needs
a header or a column of its kind: that is the second detector.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.behind_names import behind_names
from scanner.detectors.placeholders import placeholders
from scanner.detectors.runs import Runs, runs_of
from scanner.kernels import cards, digits
from scanner.knowledge import table
from scanner.model import Cells, Check, Matches

SHORTEST, LONGEST = 13, 19
# Words for bank cards and what may stand between them and the number, in UTF-8; 卡号 alone may be of any card.
NAMES = re.compile(
    "(?:(?:银行卡|信用卡|储蓄卡|借记卡|贷记卡|銀行卡)(?:号码|號碼|号|號)?"
    "|(?<![0-9A-Za-z])(?i:visa|mastercard|(?:credit|debit|bank)[ _-]?card)(?:[ _-]?(?i:number|num|no))?[.]?"
    ")(?:为|是)?(?:[ :=#]|：){0,3}$".encode()
)
LONGEST_NAME = 40  # bytes
SIX, NINE = 6, 9  # digits by which the tables tell issuers, before the list of the longest BINs


@cache
def issuers() -> cards.Issuers:
    """The table of BINs as ``cards.bank_cards`` takes it."""
    leading = np.zeros(1_000_000, np.uint32)
    _mark(leading, "domestic", 0)
    _mark(leading, "foreign", cards.SCHEME_SHIFT)
    pages: dict[int, NDArray[np.uint8]] = {}
    longest = []
    bins = table("bins").columns
    lengths, sizes = np.array(bins["length"], np.int64), np.array([len(text) for text in bins["bin"]])
    bits = np.where((lengths >= SHORTEST) & (lengths <= LONGEST), 1 << lengths - SHORTEST, 0).astype(
        np.uint32
    )
    six = sizes == SIX  # most of them
    np.bitwise_or.at(leading, np.array(bins["bin"], np.int64)[six], bits[six])
    for at in np.flatnonzero(~six & (bits != 0)).tolist():
        text, size, length, bit = bins["bin"][at], int(sizes[at]), int(lengths[at]), int(bits[at])
        if size < SIX:
            width = 10 ** (SIX - size)
            leading[int(text) * width : (int(text) + 1) * width] |= bit
            continue
        page = pages.get(int(text[:SIX]))
        if page is None:
            page = pages[int(text[:SIX])] = np.zeros(cards.PAGE_SIZE, np.uint8)
        if size <= NINE:
            width = 10 ** (NINE - size)
            first = int(text[SIX:]) * width
            page[first : first + width] |= bit
        else:
            page[int(text[SIX:NINE])] |= cards.LONGER_MARK
            longest.append((length * 100 + size) * 10**12 + int(text))
    for number, begin in enumerate(pages, 1):
        leading[begin] |= number << cards.PAGE_SHIFT
    empty = np.zeros(cards.PAGE_SIZE, np.uint8)
    return cards.Issuers(leading, np.array([empty, *pages.values()]), np.array(sorted(longest), np.uint64))


def _mark(leading: NDArray[np.uint32], kind: str, shift: int) -> None:
    """Sets bit n + ``shift`` of each six leading digits where a range of that kind has 13 + n digits."""
    columns = table("card_ranges").columns
    for row in zip(*(columns[name] for name in ("low", "high", "shortest", "longest", "kind")), strict=True):
        if row[4] == kind:
            low, high, shortest, longest = map(int, row[:4])
            bits = sum(1 << (length - SHORTEST) for length in range(shortest, longest + 1))
            leading[low : high + 1] |= np.uint32(bits << shift)


class BankCard:
    """13 to 19 digits, Luhn, and a known BIN for that length.

    Faults: LENGTH (the BIN is known with other lengths only), UNASSIGNED (it is not known), PLACEHOLDER.
    """

    name = label = "bank_card"
    standard = "ISO/IEC 7812-1 (Luhn), JR/T 0008 (发卡行标识代码 BIN)"
    required = int(Check.FORMAT | Check.CHECKSUM | Check.BIN)
    basis = int(Check.FORMAT | Check.BIN)
    lenient = int(Check.FORMAT | Check.CHECKSUM)  # in a column of cards an unlisted issuer is an issuer
    chance = 0.1
    strays = 0.03  # of random numbers of 16 to 19 digits 0.012 have a listed BIN
    kinds = digits.CARD
    rank = 40
    whole = 0.0
    roles = frozenset({"bank_card", "bank_account"})
    header_only = False

    def find(self, cells: Cells) -> Matches:
        """Every number of 13 to 19 digits, also in groups; key: the digits."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs, (which, checks, key, _) = _cards(cells)
        return runs.matches(which, checks, key)


class SchemeCard(BankCard):
    """A card of a scheme whose issuer the table does not know; nothing that ``BankCard`` knows."""

    name = "bank_card_scheme"
    lenient = 0
    strays = 0.0
    rank = 41
    whole = 0.6

    def find(self, cells: Cells) -> Matches:
        """Every number in a scheme's range with the scheme's length; key: the digits."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs, (which, checks, _, scheme) = _cards(cells)
        if not len(scheme):
            return Matches.none(packed=True)
        found, bits = cards.scheme_cards(which, checks, scheme)
        return runs.matches(found, bits, runs.value[found])


class NamedSchemeCard(SchemeCard):
    """A card of such a scheme behind its name in a text (信用卡号：…), where one is enough."""

    name = "bank_card_named"
    standard = "ISO/IEC 7812-1 (Luhn); behind its name"
    rank = 39
    whole = 0.0

    def find(self, cells: Cells) -> Matches:
        """Those of ``SchemeCard`` that pass its checks right behind a word for bank cards."""
        if not runs_of(cells).start.any():  # as in columns of numbers alone
            return Matches.none(packed=True)
        found = super().find(cells)
        sound = found.checks & self.required == self.required
        return found.take(behind_names(cells, found, sound, NAMES, LONGEST_NAME))


_Cards = tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.int32]]


def _cards(cells: Cells) -> tuple[Runs, _Cards]:
    """The runs that may be cards, and what ``cards.bank_cards`` says of them; kept in the memo for both detectors."""
    known = cells.memo.get("bank_cards")
    if isinstance(known, tuple):
        return known
    runs = runs_of(cells).of_kind(digits.CARD)
    found = cards.bank_cards(runs.value, runs.length, runs.flags, issuers())
    placeholders("bank_card").mark(found[2], found[1])
    cells.memo["bank_cards"] = runs, found
    return runs, found
