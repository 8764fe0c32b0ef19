"""Rows whose cells have fixed places and adjoin."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.model import ReadOptions
from scanner.run import inputs, job
from scanner.sources.dialect import Dialect
from scanner.sources.fixed import find_fixed, split, spread

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES, GIVEN = ("张", "王", "欧阳", "李", "刘"), "伟芳娜洋静敏强磊军勇艳杰"
NAMES = [f"{SURNAMES[n % 5]}{GIVEN[n % 12]}{GIVEN[n // 5] if n % 3 else ''}" for n in range(60)]


def number(chance: random.Random) -> str:
    """An ID number."""
    day = f"{chance.randrange(1950, 2005)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    digits = f"110105{day}{chance.randrange(1000):03}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS, strict=True)) % 11]


def people(count: int, fill: str = " ") -> list[tuple[str, str, str]]:
    chance = random.Random(3)
    return [(NAMES[n], number(chance), f"138{chance.randrange(10**8):08}") for n in range(count)]


def line(place: int, name: str, identity: str, phone: str, fill: str) -> str:
    """``fill``: what fills names up to eight columns; empty: spaces up to five characters."""
    count = (8 - 2 * len(name)) // (2 if fill >= "\u1000" else 1) if fill else 5 - len(name)
    wide = (fill or " ") * count
    return f"{place:06}{name}{wide}{identity}{phone}20240101北京市朝阳区建国路{place % 90 + 10}号"


@pytest.mark.parametrize("fill", [" ", "\u3000", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block", [700, 10 << 20])
def test_rows_of_fixed_places(fill: str, encoding: str, end: str, block: int, tmp_path: Path) -> None:
    path, held = tmp_path / "a", people(60)
    path.write_bytes("".join(line(at, *each, fill) + end for at, each in enumerate(held)).encode(encoding))
    document: Any = scanned(path, read=ReadOptions(block_size=block))
    labels = document["labels"]
    assert labels["resident_id"]["distinct"] == labels["mobile_phone"]["distinct"] == 60
    assert labels["person_name"]["rows"] == 60
    assert document["subjects"]["distinct"] == document["records"]["counted"] == 60
    (entry,) = document["inputs"]
    assert (entry["rows"], entry["status"], entry["why"]["delimiter"]) == (60, "complete", "fixed")


@pytest.mark.parametrize(
    "made",
    [
        lambda n, name, identity, phone: f"{name},{identity},{phone}",
        lambda n, name, identity, phone: f"{identity}{phone}"[: 22 + n % 4],  # of no one width
        lambda n, name, identity, phone: f"{n:06}{identity[::-1]}{phone}{n:04}",  # fails the check digit
        lambda n, name, identity, phone: f"{n:030}",
        lambda n, name, identity, phone: f"{identity} {phone} {n:020}",
    ],
)
def test_other_rows_are_none(made: Any) -> None:
    values = inputs._value_test(job.Options())
    text = "".join(made(at, *each) + "\n" for at, each in enumerate(people(40)))
    assert find_fixed(text, values) is None


def test_a_line_of_another_width_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a"
    lines = [line(at, *each, " ") for at, each in enumerate(people(30))]
    path.write_text("\n".join([*lines[:20], "电话 13912345678", "", *lines[20:], "共 30 条"]) + "\n")
    document: Any = scanned(path)
    (entry,) = document["inputs"]
    assert (entry["rows"], entry["rows_damaged"], entry["rows_blank"]) == (32, 0, 1)
    assert document["labels"]["mobile_phone"]["distinct"] == 31


CELL = st.sampled_from(["a", "1", "张", " ", "\u3000", "é", "\r", "\x80", "\n"])


@given(st.lists(CELL, max_size=60).map("".join), st.booleans(), st.sampled_from([1, 2]))
def test_split_agrees_with_the_text(text: str, final: bool, hanzi: int) -> None:
    cuts = (0, 2, 3, 5)
    buffer = np.frombuffer(text.encode(), np.uint8)
    found = split(buffer, Dialect(None, None, 3, cuts=cuts, hanzi=hanzi), final, 1 << 20)
    whole = text if final else text[: text.rfind("\n") + 1]
    assert found.consumed == len(whole.encode())
    rows = []
    for each in whole.split("\n")[: None if not whole.endswith("\n") and whole else -1]:
        plain = each.removesuffix("\r")
        wide = spread(plain) if hanzi == 2 else plain
        if len(wide) == cuts[-1]:
            # a character that lies over a cut belongs to the cell in which it begins
            at, cells = 0, ["", "", ""]
            for char in plain:
                cells[sum(cut <= at for cut in cuts) - 1] += char
                at += len(spread(char)) if hanzi == 2 else 1
            rows.append([cell.strip(" \t\r\u3000") for cell in cells])
        elif plain.strip(" \t\r\u3000"):
            rows.append([plain, "", ""])
    shown = [
        [buffer[a:b].tobytes().decode() for a, b in zip(starts, ends, strict=True)]
        for starts, ends in zip(found.start.T, found.end.T, strict=True)
    ]
    assert shown == rows
