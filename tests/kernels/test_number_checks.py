"""The checks of identity numbers and cards, on both paths, against the same rules on text, digit by digit."""

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scanner.detectors.bank_card import issuers
from scanner.detectors.resident_id import nationalities, region_table, region_years
from scanner.detectors.runs import runs_of
from scanner.kernels import cards, number_checks
from scanner.knowledge import table
from scanner.model import Cells, Check

EARLIEST, AS_OF = 1880, 20240229
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def ranges(kind: str) -> NDArray[np.uint8]:
    """By six leading digits: bit n where a range of that kind has 13 + n digits."""
    known = np.zeros(1_000_000, np.uint8)
    columns = (table("card_ranges").columns[name] for name in ("low", "high", "shortest", "longest", "kind"))
    for low, high, shortest, longest, own in zip(*columns, strict=True):
        for length in range(int(shortest), int(longest) + 1) if own == kind else ():
            known[int(low) : int(high) + 1] |= 1 << (length - 13)
    return known


DOMESTIC, FOREIGN = ranges("domestic"), ranges("foreign")
BINS = {
    (text, int(length))
    for text, length in zip(*(table("bins").columns[c] for c in ("bin", "length")), strict=True)
}
REGIONS = [code for code in np.flatnonzero(region_years()).tolist() if code < 900000]


def check_character(body: str) -> str:
    return "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def passes_luhn(text: str) -> bool:
    doubled = [sum(divmod(int(c) * (2 - at % 2), 10)) for at, c in enumerate(text[-2::-1])]
    return (sum(doubled) + int(text[-1])) % 10 == 0


def birth(year: int, month: int, day: int) -> Check:
    try:
        born = date(year, month, day)
    except ValueError:
        return Check(0)
    if year < EARLIEST:
        return Check(0)
    return Check.DATE if born <= date(2024, 2, 29) else Check.FUTURE


def identity(text: str) -> tuple[int, Check, int]:
    """Family, checks and key."""
    code, year = int(text[:6]), int(text[6:10])
    found = Check.FORMAT | birth(year, int(text[10:12]), int(text[12:14]))
    family = number_checks.RESIDENT
    last = int(region_years()[code])
    if code >= 900000:
        family = number_checks.FOREIGN
        known = region_years()[int(text[1:3]) * 10000] and nationalities()[int(text[3:6])]
        found |= Check.REGION if known else Check.UNASSIGNED
    elif code in (810000, 820000, 830000):
        family = number_checks.RESIDENCE_PERMIT
        found |= Check.REGION
    else:
        found |= Check.UNASSIGNED if not last else Check.REGION if year <= last else Check.ABOLISHED
    if check_character(text[:17]) == text[17]:
        found |= Check.CHECKSUM
    return family, found, int(text[:17]) * 11 + (10 if text[17] == "X" else int(text[17]))


def card(text: str) -> tuple[Check, bool]:
    """Checks, and whether it is another scheme's."""
    size, domestic = len(text), int(DOMESTIC[int(text[:6])])
    bit = 1 << (size - 13)
    known = bool(domestic & bit) or any((text[:width], size) in BINS for width in range(3, 13))
    other = bool(domestic & ~bit) or any(
        (text[:width], length) in BINS for width in range(3, 7) for length in range(13, 20) if length != size
    )
    found = Check.FORMAT | (Check.BIN if known else Check.LENGTH if other else Check.UNASSIGNED)
    if passes_luhn(text):
        found |= Check.CHECKSUM
    return found, not known and bool(int(FOREIGN[int(text[:6])]) & bit)


def identity_texts(rng: random.Random, count: int) -> list[str]:
    """Mostly sound ones, and each way of being wrong."""
    texts = ["111111111111111111", "123456789012345678", "111111111111111112"]
    while len(texts) < count:
        code = f"{rng.choice(REGIONS):06}"
        if rng.random() < 0.1:
            code = rng.choice(
                ["810000", "820000", "830000", "900000", "931156", "911840", "999999", "123456", "100000"]
            )
        day = f"{rng.randint(1870, 2030)}{rng.randint(0, 13):02}{rng.randint(0, 32):02}"
        if rng.random() < 0.1:
            day = f"{rng.choice([1900, 2000, 2023, 2024])}{rng.choice(['0228', '0229', '0301'])}"
        body = f"{code}{day}{rng.randint(0, 999):03}"
        last = check_character(body) if rng.random() < 0.8 else rng.choice("0123456789X")
        texts.append(body + last)
    return texts


def card_texts(rng: random.Random, count: int) -> list[str]:
    texts = ["4" * 16, "1234567890123456", "4111111111111111"]
    known = sorted(BINS)
    while len(texts) < count:
        begin, size = rng.choice(known)
        size = size if rng.random() < 0.7 else rng.randint(13, 19)
        begin = begin if rng.random() < 0.7 else str(rng.randint(1, 999999))
        body = (begin + "".join(rng.choices("0123456789", k=19)))[: size - 1]
        texts.append(body + next(c for c in "0123456789" if passes_luhn(body + c) or rng.random() < 0.1))
    return texts


def assert_identities(texts: list[str]) -> None:
    cells = Cells.of(list(texts))
    runs = runs_of(cells)
    both = [
        number_checks.identity_numbers(runs.value, runs.flags, region_table(), EARLIEST, AS_OF, path)
        for path in (0, 1)
    ]
    expected: list[list[tuple[int, int, int]]] = [[], [], []]
    for run, (cell, length) in enumerate(zip(runs.cell.tolist(), runs.length.tolist(), strict=True)):
        if length == 18 and texts[cell][0] != "0":
            family, found, key = identity(texts[cell].upper())
            expected[family].append((run, int(found), key))
    for families in both:
        assert [list(zip(*(part.tolist() for part in each), strict=True)) for each in families] == expected


def assert_cards(texts: list[str]) -> None:
    cells = Cells.of(list(texts))
    runs = runs_of(cells)
    expected = [card(texts[cell]) for cell in runs.cell.tolist()]
    for path in (0, 1):
        which, checks, key, scheme = cards.bank_cards(runs.value, runs.length, runs.flags, issuers(), path)
        assert which.tolist() == list(range(len(texts)))
        assert [Check(bits) for bits in checks.tolist()] == [found for found, _ in expected]
        assert key.tolist() == [int(text) for text in texts]
        assert scheme.tolist() == [at for at, (_, other) in enumerate(expected) if other]


@pytest.mark.parametrize("seed", range(4))
def test_identities(seed):
    rng = random.Random(seed)
    texts = identity_texts(rng, 2001)
    assert_identities(texts)
    assert len({bits for _, bits, _ in map(identity, texts)}) > 12


@pytest.mark.parametrize("seed", range(4))
def test_cards(seed):
    texts = card_texts(random.Random(seed), 2003)
    assert_cards(texts)
    assert len({card(text) for text in texts}) > 5


@settings(deadline=None)  # slow under sanitizers
@given(st.lists(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True), max_size=20))
def test_identities_at_random(texts):
    assert_identities(texts)


@settings(deadline=None)  # slow under sanitizers
@given(st.lists(st.from_regex(r"[1-79][0-9]{12,18}", fullmatch=True), max_size=20))
def test_cards_at_random(texts):
    assert_cards(texts)


def test_more_of_a_rare_family_than_there_is_room_for():
    assert_identities(["931156199001011234"] * 700 + ["810000199001011234"] * 300)


def test_runs_of_other_kinds_are_left_out():
    texts = [
        "13812345678",
        "411202195602050253",
        "010-62345678",
        "6222021234567890123",
        "x",
        "11010519491231002X",
    ] * 9
    runs = runs_of(Cells.of(list(texts)))
    for path in (0, 1):
        found = number_checks.identity_numbers(runs.value, runs.flags, region_table(), EARLIEST, AS_OF, path)[
            0
        ]
        assert runs.cell[found[0]].tolist() == [at for at in range(len(texts)) if at % 6 in (1, 5)]
        which = cards.bank_cards(runs.value, runs.length, runs.flags, issuers(), path)[0]
        assert runs.cell[which].tolist() == [at for at in range(len(texts)) if at % 6 in (1, 3)]


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="1000000"):
        number_checks.RegionTable(np.zeros(10, np.uint16), np.zeros(1000, np.uint8))
    leading, pages = np.zeros(1000000, np.uint32), np.zeros((1, cards.PAGE_SIZE), np.uint8)
    with pytest.raises(ValueError, match="1000"):
        cards.Issuers(leading[:7], pages, np.zeros(0, np.uint64))
    with pytest.raises(ValueError, match="pages"):
        cards.Issuers(leading + np.uint32(1 << cards.PAGE_SHIFT), pages, np.zeros(0, np.uint64))
    with pytest.raises(ValueError, match="length"):
        number_checks.mobiles(np.zeros(3, np.uint64), np.zeros(2, np.uint16), np.zeros(100000, np.uint8))


@settings(deadline=None)  # slow under sanitizers
@given(st.integers(0, 2**64 - 1))
def test_luhn(value):
    assert cards.luhns(np.array([value], np.uint64)).tolist() == [passes_luhn(f"0{value}")]
