"""Dumps that were cut off or hold wrong bytes: nothing raises, and no number is lost that is still there."""

from __future__ import annotations

import random

import pytest
from sql_dumps import DIALECTS, Dumped, dump, people_table
from sql_seen import Seen, read


def everything(seen: Seen) -> str:
    """All text that detectors get to see."""
    rows = [cell for table in seen.rows.values() for row in table.values() for cell in row]
    return "\n".join(rows + [line for table in seen.loose.values() for line in table.values()])


def numbers(table: Dumped) -> list[str]:
    return [row[2] or "" for row in table.rows]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_comes_before_the_end_of_a_cut_dump_is_read(dialect: str) -> None:
    table = people_table("customer", 5, 40)
    raw = dump([table], dialect).encode()
    for part in range(1, 64):
        cut = raw[: len(raw) * part // 64]
        seen = read(b"-- dump\nDROP TABLE x;\n" + cut, encoding="utf-8")
        text = everything(seen)
        whole = cut.decode("utf-8", "ignore")
        for number in numbers(table):
            assert (number in text) == (number in whole)
        # Every row but the last one is as it was: a cell that is missing there is not made up for.
        rows = [[cell or "" for cell in row] for row in table.rows]
        read_rows = seen.texts("customer")
        assert read_rows[:-1] == rows[: max(len(read_rows) - 1, 0)]
        # Texts in the last row may look like the ends of rows.
        assert sum(map(len, seen.loose.values())) <= 2


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", range(12))
def test_wrong_bytes_lose_nothing_else(dialect: str, seed: int) -> None:
    draw = random.Random(seed)
    table = people_table("customer", seed, 60, hard=seed % 2 == 0)
    raw = bytearray(dump([table], dialect).encode())
    for _ in range(draw.choice([1, 5, 50])):
        raw[draw.randrange(200, len(raw))] = draw.choice(b"'\"\\(),;\n$/-*\0x5\xff[]")
    seen = read(b"-- dump\nDROP TABLE x;\n" + raw, encoding="utf-8")
    text = everything(seen)
    for number in numbers(table):
        assert text.count(number) >= min(raw.count(number.encode()), 1), number


@pytest.mark.parametrize("seed", range(30))
def test_one_wrong_byte_costs_few_rows(seed: int) -> None:
    draw = random.Random(seed)
    table = people_table("customer", seed, 200, hard=False)
    raw = bytearray(dump([table], "mysql").encode())
    start = raw.index(b"INSERT INTO")
    heads = {at + k for at in range(len(raw)) if raw.startswith(b"INSERT INTO", at) for k in range(-2, 30)}
    place = draw.choice(sorted(set(range(start, len(raw) - 200)) - heads))
    raw[place] = draw.choice(b"'\"\\(),;")
    seen = read(bytes(raw), encoding="utf-8")
    wanted = {tuple(cell or "" for cell in row) for row in table.rows}
    kept = {tuple(row) for row in seen.texts("customer")}
    assert len(wanted - kept) <= 2
