"""Masked values: what is found in which column, and what must not be."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.columns import headers
from scanner.columns.decision import decide
from scanner.columns.tally import ColumnTally
from scanner.detectors.registry import detectors
from scanner.masking import mask
from scanner.model import Cells, Detector

Finding = tuple[str, str]
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超"


@cache
def everything() -> tuple[Detector, ...]:
    return detectors(date(2026, 1, 1))


def accepted(cells: list[str], header: str | None) -> list[Finding]:
    """(detector, text) of all that a column of these cells holds, by rank: the rules of columns, said plainly."""
    role = headers.role(header) if header else None
    sure = role.name if role and role.strength == "sure" else None
    column = ColumnTally(len(cells), sum(cell != "" for cell in cells))
    taken: list[tuple[int, int, int]] = []
    texts: list[Finding] = []
    for detector in everything():
        if detector.header_only and sure not in detector.roles:
            continue
        m = detector.find(Cells.of([*cells]))
        spans = zip(m.cell.tolist(), m.start.tolist(), m.end.tolist(), m.checks.tolist(), strict=True)
        free = [s for s in spans if not any(c == s[0] and a < s[2] and s[1] < b for c, a, b in taken)]
        valid = [s[:3] for s in free if s[3] & detector.required == detector.required]
        if not free:
            continue
        label = column.label(detector.name)
        label.candidates, label.valid = len(free), len(valid)
        label.basis = sum(s[3] & detector.basis == detector.basis for s in free) if detector.basis else 0
        label.whole = sum(b - a == len(cells[c].encode()) for c, a, b in valid)
        label.seen([hash(cells[c]) for c, _, _ in valid])
        if decide(column, everything(), sure)[detector.name].accepted:
            taken += valid
            texts += [(detector.name, cells[c].encode()[a:b].decode()) for c, a, b in valid]
    return texts


def masked(cells: list[str], header: str | None) -> list[Finding]:
    """Those of the label ``masked``."""
    labels = {each.name: each.label for each in everything()}
    return [finding for finding in accepted(cells, header) if labels[finding[0]] == "masked"]


PHONE = hashlib.md5(b"13912345670").hexdigest()
ID = hashlib.sha256(b"110105194912310021").hexdigest()


@pytest.mark.parametrize(
    ("cell", "header", "kind"),
    [
        ("138****1234", None, "masked_phone"),
        ("138 **** 1234", None, "masked_phone"),
        ("1381234****", "备注", "masked_phone"),
        ("138xxxx1234", None, "masked_phone"),
        ("138XXXX1234", "手机号", "masked_phone"),
        ("138••••1234", None, "masked_phone"),
        ("138＊＊＊＊1234", None, "masked_phone"),
        ("１３８＊＊＊＊１２３４", None, "masked_phone"),
        ("+86 138-****-5678", None, "masked_phone"),
        ("010-****5678", None, "masked_phone"),
        ("*******1234", "手机号码", "masked_phone_field"),
        ("*******1234", None, None),
        ("***********", "mobile", "masked_phone_field"),
        ("3301**********1234", None, "masked_id"),
        ("330102********123X", None, "masked_id"),
        ("330102********123x", "身份证号", "masked_id"),
        ("3****************4", None, "masked_id"),
        ("330102199001******", None, "masked_id"),
        ("330102****1234", "身份证", "masked_id"),
        ("**************1234", "身份证号码", "masked_id_field"),
        ("E*******8", "护照号", "masked_id_field"),
        ("E*******8", None, None),
        ("6222 **** **** 1234", None, "masked_card"),
        ("622202******1234", None, "masked_card"),
        ("622202*********1234", None, "masked_card"),
        ("**** **** **** 1234", None, "masked_card"),
        ("****1234", "银行卡号", "masked_card_field"),
        ("****1234", "bank_card", "masked_card_field"),
        ("****1234", None, None),
        ("****1234", "备注", None),
        ("张*", "姓名", "masked_name"),
        ("*小明", "姓名", "masked_name_field"),
        ("欧阳**", "客户姓名", "masked_name"),
        ("赫*", "客户姓名", "masked_name_field"),
        ("张某", "当事人", "masked_name"),
        ("张XX", "姓名", "masked_name"),
        ("买买提·***", "姓名", "masked_name_field"),
        ("a***@qq.com", None, "masked_email"),
        ("ab****@163.com", None, "masked_email"),
        ("a***1@qq.com", "邮箱", "masked_email"),
        ("***@example.com", None, "masked_email"),
        ("京A***12", None, "masked_plate"),
        ("京A·***12", "车牌号", "masked_plate"),
        (PHONE, "手机号", "masked_hash"),
        (PHONE.upper(), "mobile", "masked_hash"),
        (ID, "身份证号", "masked_hash"),
        (ID, "备注", None),
        (PHONE, "token", None),
        # What only looks like it.
        ("****", "密码", None),
        ("********", "password", None),
        ("****", None, None),
        ("**重要**", None, None),
        ("请**务必**带上身份证", "备注", None),
        ("**13912345670**", None, None),
        ("/**** 1234 ****/", None, None),
        ("/* 138 */", None, None),
        ("4XXX", None, None),
        ("4XXX", "银行卡号", None),
        ("ABC-4XXX-1234", "型号", None),
        ("XXXX-XXXX-XXXX-1234", "序列号", None),
        ("¥***1,234.56", "金额", None),
        ("***1234.50", "金额", None),
        ("**** 12.50", None, None),
        ("★★★★☆", None, None),
        ("3*4*5", None, None),
        ("2**10", None, None),
        ("char **argv", None, None),
        ("*/5 * * * *", None, None),
        ("1920×1080", None, None),
        ("0xFFFF1234", None, None),
        ("*必填项", "说明", None),
        ("C*", "姓名", None),
        ("**bob@example.com**", None, None),
        ("", "手机号", None),
    ],
)
def test_one_cell(cell: str, header: str | None, kind: str | None) -> None:
    cells = (
        [cell, "其他内容", "无"] if header is None else [cell]
    )  # without a header, not the whole column either
    assert masked(cells, header) == ([(kind, cell)] if kind else [])


def test_in_running_text() -> None:
    text = "张先生138****1234，身份证3301**********1234，卡6222 **** **** 1234，邮箱a***@qq.com，车牌京A***12"
    assert {name for name, _ in masked([text], "备注")} == {
        *("masked_phone", "masked_id", "masked_card", "masked_email", "masked_plate")
    }


def test_names_need_a_column_of_their_kind_where_no_header_speaks() -> None:
    names = ["张*", "王**", "李某", "陈*明", "赵XX", "刘某某"]
    assert masked(names, None)
    assert masked([*names, "北京", "上海", "深圳", "广州", "杭州", "成都"], None) == []
    assert masked(["姓名*", "电话*", "地址*", "邮编", "备注"], None) == []


def test_masked_names_are_no_names_and_a_bold_address_stays_one() -> None:
    assert {name for name, _ in accepted(["张某", "李某某", "王某甲", "赵某"], "姓名")} == {"masked_name"}
    assert ("email", "bob@example.com") in accepted(["**bob@example.com**"], None)
    assert accepted(["a***1@qq.com"], None) == [("masked_email", "a***1@qq.com")]


def test_plain_values_stay_what_they_are() -> None:
    assert accepted(["13912345670", "138****1234"], "手机号") == [
        ("masked_phone", "138****1234"),
        ("mobile_phone", "13912345670"),
    ]


digits = st.text("0123456789", min_size=20, max_size=20)


@given(st.sampled_from(["", "+86 ", "86", "0086"]), st.sampled_from("3456789"), digits)
@settings(max_examples=60, deadline=None)
def test_own_masks_of_phones(prefix: str, second: str, rest: str) -> None:
    text = mask("mobile_phone", f"{prefix}1{second}{rest[:9]}")
    assert masked([text, "x"], None) == [("masked_phone", text)]


@given(st.sampled_from(["11", "31", "44", "51", "62", "81", "82"]), digits, st.sampled_from("0123456789X"))
@settings(max_examples=60, deadline=None)
def test_own_masks_of_identity_numbers(province: str, rest: str, last: str) -> None:
    for text in (f"{province}{rest[:15]}{last}", f"{province}{rest[:13]}"):
        hidden = mask("resident_id", text)
        assert masked([hidden, "x"], None) == [("masked_id", hidden)]


@given(st.sampled_from(["62", "4", "5", "9"]), digits, st.sampled_from([16, 17, 19]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_own_masks_of_cards(start: str, rest: str, length: int, grouped: bool) -> None:
    text = f"{start}{rest}"[:length]
    if grouped and length != 17:
        text = " ".join(text[at : at + 4] for at in range(0, length, 4))
    hidden = mask("bank_card", text)
    assert masked([hidden, "x"], "卡号") == [("masked_card", hidden)]


@given(st.sampled_from(SURNAMES), st.text(GIVEN, min_size=1, max_size=2))
@settings(max_examples=30, deadline=None)
def test_own_masks_of_names_mails_and_plates(surname: str, given_name: str) -> None:
    hidden = mask("person_name", surname + given_name)
    assert masked([hidden], "姓名") == [("masked_name", hidden)]
    assert masked([hidden] * 6 + ["x"], None) == [("masked_name", hidden)] * 6
    mail, plate = mask("email", f"{given_name}a1b2@example.com.cn"), mask("license_plate", "京A12345")
    assert [name for name, _ in masked([mail, "x"], None)] == ["masked_email"]
    assert masked([plate, "x"], None) == [("masked_plate", plate)]


def test_nothing_is_found_without_a_mark() -> None:
    draw = random.Random(5)
    cells = [
        "".join(draw.choices("0123456789AaFf京张明 -.@,，", k=draw.randrange(1, 40))) for _ in range(3000)
    ]
    patterns = [each for each in everything() if each.label == "masked" and each.name != "masked_hash"]
    assert len(patterns) >= 8
    held = [len(each.find(Cells.of([*cells]))) for each in patterns]
    assert held == [0] * len(patterns)


@given(st.lists(st.text("*＊x1383X某张•@a.c 6222京A", max_size=24), max_size=6))
@settings(max_examples=200, deadline=None)
def test_the_gate_hides_no_match(cells: list[str]) -> None:
    """Together (one gate pass for all patterns) as alone, each by the expression itself."""
    for each in everything():
        if each.label != "masked":
            continue
        found = each.find(Cells.of([*cells]))
        expression = each.pattern.compile()  # type: ignore[attr-defined]
        expected = []
        for index, text in enumerate(cells):
            folded = text.replace("＊", "*") if not text.isascii() else text
            if folded != text:
                continue  # full-width cells may be folded first; their spans are tested above
            for hit in expression.finditer(text):
                expected.append((index, len(text[: hit.start()].encode()), len(text[: hit.end()].encode())))
        plain = {index for index, text in enumerate(cells) if "＊" not in text}
        spans = zip(found.cell.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
        assert [span for span in spans if span[0] in plain] == expected
        assert np.all(np.diff(found.cell) >= 0)
