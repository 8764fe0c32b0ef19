"""Polluted tables in five encodings: what is planted is found, in its row; a tenth of them, see `make pollution`."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from pollution.generator import ENCODINGS, ROWS, files
from pollution.measure import Measured, measured

EVERY = 11  # shares no factor with the number of encodings


@pytest.fixture(scope="module")
def results() -> list[Measured]:
    return measured(islice(files(), 0, None, EVERY))


def test_all_encodings_and_kinds_are_there(results: list[Measured]) -> None:
    assert {each.file.encoding for each in results} == set(ENCODINGS)
    assert {each.file.family for each in results} == {each.family for each in files(("utf-8",))}
    assert len(results) > 300


def test_every_file_is_read(results: list[Measured]) -> None:
    assert Counter(each.status for each in results).keys() <= {"complete", "partial"}


def test_what_is_planted_is_found(results: list[Measured]) -> None:
    lost = {each.file.name: each.missing for each in results if each.missing}
    planted = sum(each.planted for each in results)
    assert sum(map(len, lost.values())) <= 0.001 * planted, lost


def test_rows_have_their_numbers(results: list[Measured]) -> None:
    planted, right = (
        sum(counts) for counts in zip(*((each.planted, each.in_row) for each in results), strict=True)
    )
    assert right >= 0.99 * planted, [each.file.name for each in results if each.in_row < each.planted]


def test_the_planted_identifiers_are_told_apart_from_others() -> None:
    """Scanning a file says what it holds and not what another one holds: the measure itself can fail."""
    first, other = islice(files(("utf-8",)), 2)
    swapped = [type(first)(other.name, other.family, "utf-8", b"a,b\n1,2\n", other.planted, other.style)]
    (empty,) = measured(swapped)
    assert (empty.planted, empty.found, empty.in_row) == (2 * ROWS, 0, 0)
