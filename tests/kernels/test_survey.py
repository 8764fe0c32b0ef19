"""The survey misses nothing: what it rules out, the kernels that it spares would not have taken either."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.test_restore import PARTS, SHAPED

from scanner.detectors.asked import Asking
from scanner.detectors.registry import detectors
from scanner.kernels import profile, restore
from scanner.kernels.gate import gate
from scanner.kernels.spans import filled
from scanner.model import Cells
from scanner.scanning.plausible import blanks
from scanner.scanning.restored import characters, token_tables

(SHARED,) = Asking(detectors(date(2026, 1, 1))).gates
GATES = SHARED.gates
QUESTIONS = GATES.asking(*token_tables(), *blanks().first_bytes())
WIDEST = profile.profile(
    np.zeros(1, np.uint8), *(np.array([n], np.int32) for n in (0, 1)), questions=QUESTIONS
)
wide_only = pytest.mark.skipif(WIDEST[5] is None, reason="this processor has no vectors of 64 bytes")
NAMES = [
    "张伟",
    "欧阳建国",
    "王小明",
    "无",
    "暂无",
    "未知",
    "李某",
    "赵*",
    "null",
    "N/A",
    "-",
    "　",
    "无 ",
    "0",
    "NULL\t",
]
TEXTS = [
    *PARTS, *SHAPED, *NAMES, "某", "**", "@", "li.si@example.com", "京A·12345", "车牌", "微信", "192.168.1.1",
    "护照E12345678",
    "河南省三门峡市卢氏县龙荣街548号", "和谐苑11栋3单元1604室", "（小号）", "，", "：", "W", "村30组",
    "a" * 40, "f0" * 16,
    "6222 0212", "xxxx", "****", "\xa0", "\ufeff", "﹣", "\U00020000", "LSVAA4187D2174321",
]  # fmt: skip


def assert_misses_nothing(raw: list[bytes], landlines: bool = False) -> tuple[int, int, int]:
    """Compares all that follows from a column; returns how many cells the survey leaves to look at."""
    cells = Cells.of(list(raw))
    where = cells.data, cells.start, cells.end
    plain = profile.profile(*where)
    kinds, numeric, union, like, models, opened, odd, unsure = profile.profile(*where, questions=QUESTIONS)
    for one, other in zip((kinds, numeric, like, models), (*plain[:2], *plain[3:5]), strict=True):
        assert one.tolist() == other.tolist()
    assert (union, plain[5:]) == (plain[2], (None, None, None))
    if not any(raw):
        return 0, 0, 0
    for few in (opened, odd, unsure):
        assert few.tolist() == sorted(set(few.tolist()))
    for path in (0, 1):
        asked = {"kinds": kinds, "needs": GATES.needs, "path": path}
        every = gate(*where, *GATES.program, chosen=models, **asked)
        fewer = gate(*where, *GATES.program, chosen=opened, **asked)
        assert [each.tolist() for each in every] == [each.tolist() for each in fewer]
    table, tables, least, most = characters()
    every, fewer = (
        restore.suspects(*where, which, kinds, table, tables, landlines, least, most)
        for which in (models, odd)
    )
    assert every.tolist() == fewer.tolist()
    expected, got = filled(*where, blanks()), filled(*where, blanks(), kinds, unsure=unsure)
    assert expected[0].tolist() == got[0].tolist()
    assert expected[1] == got[1]
    return len(opened), len(odd), len(unsure)


@wide_only
@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(TEXTS), max_size=12).map("".join).map(str.encode), max_size=8),
    st.booleans(),
)
def test_misses_nothing_in_parts(raw: list[bytes], landlines: bool) -> None:
    assert_misses_nothing(raw, landlines)


@wide_only
@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=150), st.text(max_size=60).map(str.encode)), max_size=6))
def test_misses_nothing_in_bytes(raw: list[bytes]) -> None:
    assert_misses_nothing(raw)


@wide_only
@pytest.mark.parametrize("seed", range(4))
def test_misses_nothing_in_cells_of_all_sizes(seed: int) -> None:
    rng = random.Random(seed)
    raw = []
    for _ in range(3000):
        padding = rng.choice(
            ["", "地址" * rng.randint(0, 45), "x" * rng.randint(0, 130), "，。" * rng.randint(0, 30)]
        )
        text = "".join(rng.choices(TEXTS, k=rng.choice([1, 1, 2, 4, 9])))
        text = rng.choice([padding + text, text + padding, padding + text + padding])
        cell = text.encode()
        raw.append(cell[: rng.randrange(len(cell) + 1)] if rng.random() < 0.1 else cell)
    assert_misses_nothing(raw, landlines=bool(seed % 2))


@wide_only
def test_names_and_addresses_are_ruled_out() -> None:
    rng = random.Random(5)
    towns = ["陕西省渭南市白水县东泉街道柳店子村", "安徽省蚌埠市固镇县黄坪乡王庄村", "无锡市滨湖区永江中路"]
    addresses = [f"{rng.choice(towns)}{rng.randrange(99)}组{rng.randrange(999)}号" for _ in range(2000)]
    assert assert_misses_nothing([each.encode() for each in addresses]) == (0, 0, 0)
    given_names = "建国军宇永红巧云志强"
    names = [
        rng.choice("张李赵陈") + "".join(rng.choices(given_names, k=rng.choice([1, 2]))) for _ in range(2000)
    ]
    assert assert_misses_nothing([each.encode() for each in names]) == (0, 0, 0)


def test_refuses_tables_of_other_sizes() -> None:
    fitting = np.zeros(65, np.uint16)
    rest = (*token_tables(), *blanks().first_bytes())
    tables = [GATES.tables, GATES.pairs, GATES.lines, fitting, GATES.needs, *rest]
    profile.Questions(*tables)
    for place in range(1, len(tables)):
        wrong = [*tables]
        wrong[place] = tables[place][:-1].copy()
        with pytest.raises(ValueError, match="another size"):
            profile.Questions(*wrong)


def test_nothing_is_answered_without_the_widest_vectors() -> None:
    cells = Cells.of(["张伟", "1", ""])
    for path in (1, 2):
        found = profile.profile(cells.data, cells.start, cells.end, path, QUESTIONS)
        assert found[5:] == (None, None, None)
        assert found[0].tolist() == profile.profile(cells.data, cells.start, cells.end)[0].tolist()
