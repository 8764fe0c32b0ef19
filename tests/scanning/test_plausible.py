"""Plausible cells: words for nothing, and what each role's cell must hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from counting import toy_batch, toy_job
from hypothesis import given
from hypothesis import strategies as st

from scanner import categories, knowledge
from scanner.columns import headers
from scanner.errors import PatternError
from scanner.model import Cells
from scanner.scanning import plausible
from scanner.scanning.plausible import filled_cells, plausible_cells, shape_of
from scanner.scanning.records import scan_batch
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import Tally

NOTHING = [
    "暂无", "无", "未知", "不详", "没有", "未填", "未填写", "待核实", "待定", "null", "NULL", "None",
    "none", "N/A", "NA", "nan", "-", "--", "---", "/", "\\N", "空", "(null)", "#N/A", "未提供",
    "", " ", "\t", "\u3000", "　暂无 ", " NULL ", "……", "???", "—", "Not Available", "- -",
]  # fmt: skip
SOMETHING = [
    "0",
    "无名氏",
    "暂无锡",
    "李",
    "NA1",
    "-1",
    "a",
    "nano",
    "空调",
    "0000-00-00",
    "*",
    "没有人",
    "https://-/",
]

# By role: cells that hold what is asked for, and cells that do not.
SHAPES = {
    "balance": (["0", "0.00", "1,234.50", "￥８８", "五十万元", "-3"], ["面议", "待评估", "一般", "***", "保密的"]),
    "income": (["8000", "8k-10k", "三千五"], ["面议", "不便说", "*", "税前"]),
    "asset": (["100万", "壹佰万"], ["有房有车", "证明已交"]),
    "amount": (["9.9", "¥10"], ["免费", "面议", "¥"]),
    "call_duration": (["0", "35", "1分20秒"], ["未接", "无应答"]),
    "longitude": (
        ["103.143177", "-73.98", "113°15'30\"E", "东经113度15分30秒", "103143177"],
        ["0", "0.000000", "0.0000001", "190", "275.9", "999", "4.9E-324", "经度", "103.1,31.6"],
    ),
    "latitude": (["31.656880", "-33.9", "0.5"], ["0", "0.0", "103.143177", "90.1", "纬度"]),
    "position": (
        ["103.1431,31.6568", "人民路1号", "wx4g0b", "0.0000,31.6568"],
        ["0,0", "0.000000,0.000000", "POINT(0.000000 0.000000)", "()"],
    ),
    "cell": (["460-00-1234-5678", "东门基站"], ["0", "0-0"]),
    "time": (
        ["2023-12-07 06:00:00", "00:00:00", "0:00", "1701900000", "二〇二三年十二月七日", "昨天8点"],
        ["0", "0000-00-00", "0000-00-00 00:00:00", "昨天", "今天早上", "0000/00/00"],
    ),
    "birth_date": (["1990-01-01", "199001", "一九九〇年", "90后"], ["0000-00-00", "00000000", "成年"]),
    "checkin": (["2024-01-01", "12/31"], ["0000-00-00", "前台登记"]),
    "card_expiry": (["05/27", "5", "2705"], ["00/00", "长期"]),
    "password": (["123456", "***a", "!@#", "密码", "e10adc3949ba59abbe56e057f20f883e"], ["*", "＊＊＊", "●●●●", "* *"]),
    "pay_password": (["123", "CFCA证书"], ["***", "•••"]),
    "message": (["好", "!", "[微笑]", "😀", "？好"], ["***"]),
    "passport_number": (["E12345678", "141234567"], ["有", "已办理护照", "G12", "***", "G1*******"]),
    "permit_number": (["C12345678", "0123456789(B)"], ["有", "***"]),
    "military_number": (["军字第0012345号", "2001988"], ["有", "***"]),
    "document_number": (["E12345678", "军字第0012345号", "G123"], ["有", "已办理护照", "G12", "***", "G1*******"]),
    "vin": (["LSVAA4182E2184847", "123456"], ["见行驶证", "12", "车架"]),
    "engine_number": (["A12345", "4G18"], ["不清", "01", "见登记证"]),
    "biometric": (["/9j/4AAQSkZJRg", "a.jpg", "9f86d081884c7d65"], ["有", "已采集", "已录入", "1"]),
    "payment_account": (["a@b.cn", "13800001111", "wxid_abc"], ["有", "同手机", "***", "wx"]),
    "bank_account": (["6222021234567", "35050161", "NL91ABNA0417164300"], ["尾号1234", "工商银行", "1234", "有卡"]),
    "securities_account": (["A123456789", "0123456789"], ["A股", "A123", "有"]),
    "verification_code": (["1234", "12345678", "【某某】验证码 482913"], ["123", "123456789", "已验证", "****"]),
    "room": (["301", "大床房", "A", "0"], ["*", "（）", "**"]),
    "hotel": (["如意酒店", "H10086"], ["***"]),
    "estate": (["阳光花园", "1"], ["。"]),
    "name": (["李", "张*", "Li Lei", "万一"], ["**", "123", "13800001111"]),
    "marital": (["未婚", "1"], ["*"]),
}  # fmt: skip


def which(role: str | None, values: list[str]) -> list[bool]:
    cells = Cells.of(list(values))
    found = filled_cells(cells)[0]
    return (plausible_cells(cells, found, role) if role else found).tolist()


@pytest.mark.parametrize("cell", NOTHING)
def test_says_nothing(cell: str) -> None:
    assert which(None, [cell]) == [False]
    assert not any(which(role, [cell])[0] for role in categories.fact_roles())


@pytest.mark.parametrize("cell", SOMETHING)
def test_says_something(cell: str) -> None:
    assert which(None, [cell]) == [True]


@pytest.mark.parametrize(
    ("role", "cell", "expected"),
    [(role, cell, at == 0) for role, both in SHAPES.items() for at in (0, 1) for cell in both[at]],
)
def test_what_a_role_asks_for(role: str, cell: str, expected: bool) -> None:
    assert which(role, [cell]) == [expected]


def test_every_role_that_rules_ask_for_has_a_shape() -> None:
    for role in categories.fact_roles():
        shape_of(role)
    named = {name for role in headers.role_names() if (name := headers.shape(role))}
    assert named <= set(knowledge.toml(plausible.SHAPES)["shape"])
    assert set(knowledge.toml(plausible.SHAPES)["shape"]) <= named | {plausible.DEFAULT}


def test_only_what_is_filled_is_plausible() -> None:
    for role in sorted(categories.fact_roles()):
        cells = Cells.of(["2023-12-07 06:00", "103.5", "", "李"])
        none = np.zeros(4, np.bool_)
        assert not plausible_cells(cells, none, role).any()


ROLES = ("balance", "longitude", "password", "time")
VALUES = ["12", "面议", "", "NULL", "***", "103.5", "0.0", "0000-00-00", "2023-01-02", "十二", "李"]
SOUND = {
    "balance": {"12", "103.5", "0.0", "0000-00-00", "2023-01-02", "十二"},
    "longitude": {"12", "103.5"},
    "password": set(VALUES) - {"", "NULL", "***"},
    "time": {"12", "103.5", "2023-01-02", "十二"},
}


def signatures(rows: list[list[bytes]], kinds: str, cuts: list[int]) -> dict[frozenset[tuple[int, str]], int]:
    tally = Tally(DistinctStore())
    for low, high in pairwise([0, *cuts, len(rows)]):
        scan_batch(toy_batch(rows[low:high], kinds, low), 0, toy_job((), ROLES), tally)
    (table,) = tally.tables.values()
    return dict(table.signatures)


@given(
    st.lists(st.tuples(*[st.sampled_from(VALUES)] * 4), min_size=1, max_size=40),
    st.text("pdl", min_size=4, max_size=4),
    st.lists(st.integers(0, 40), max_size=3),
)
def test_facts_are_the_same_however_the_rows_are_cut_or_held(rows, kinds, cuts):
    expected: dict[frozenset[str], int] = {}
    for row in rows:
        held = frozenset(
            f"role:{role}" for role, value in zip(ROLES, row, strict=True) if value in SOUND[role]
        )
        expected[held] = expected.get(held, 0) + 1
    raw = [
        [[value.encode()] if kind == "l" else value.encode() for value, kind in zip(row, kinds, strict=True)]
        for row in rows
    ]
    found = signatures(raw, kinds, sorted(min(cut, len(rows)) for cut in cuts))
    assert {frozenset(name for _, name in facts): count for facts, count in found.items()} == expected


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ({"digit": 1}, "means nothing"),
        ({"digits": "1"}, "not a number"),
        ({"digits": -1}, "not a number"),
        ({"clock": 1}, "not yes or no"),
        ({"degrees": 181}, "should ask"),
        ({"degrees": 90, "digits": 1}, "should ask"),
        ({}, "should ask"),
    ],
)
def test_refuses_a_shape_that_means_nothing(entry: dict[str, object], part: str) -> None:
    with pytest.raises(PatternError, match=part):
        plausible._shape("x", entry)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"none": "无"}, "not a list"),
        ({"none": [1]}, "not a list"),
        ({"none": ["0000"]}, "no digit"),
        ({"signs": ["-"]}, "should be text"),
        ({"white": "7"}, "can stand neither"),
    ],
)
def test_refuses_words_for_nothing(monkeypatch, content: dict[str, object], part: str) -> None:
    monkeypatch.setattr(knowledge, "toml", lambda relative: {"nothing": content})
    with pytest.raises(PatternError, match=part):
        plausible.blanks.__wrapped__()


def test_refuses_an_unknown_shape(monkeypatch) -> None:
    monkeypatch.setattr(headers, "shape", lambda role: "round")
    with pytest.raises(PatternError, match="'round'"):
        shape_of.__wrapped__("balance")


def test_kinds_of_cells_change_nothing(monkeypatch) -> None:
    """What classes of bytes decide without a look is what a look decides, for all characters of the first plane."""
    codes = [*range(1, 0xD800), *range(0xE000, 1 << 16)]
    cells = Cells.of([chr(code) for code in codes] + [f"*{chr(code)}" for code in codes])
    found = filled_cells(cells)[0]
    for role in ("balance", "name", "message", "position", "room", "time", "biometric"):
        quick = plausible_cells(cells, found, role)
        shape = shape_of(role)
        monkeypatch.setattr(plausible, "shape_of", lambda _, shape=shape: shape._replace(kinds=0))
        assert plausible_cells(cells, found, role).tolist() == quick.tolist()
        monkeypatch.undo()
    assert shape_of("room").kinds
    assert not shape_of("time").kinds
