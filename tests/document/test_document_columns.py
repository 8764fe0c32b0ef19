"""Numbers of documents whose shape proves little: what their columns and headers make of them."""

from __future__ import annotations

import random

import pandas as pd
import pytest

import scanner


def accepted(header: str, cells: list[str]) -> set[str]:
    """The labels that are accepted in a column of that name."""
    document = scanner.scan(pd.DataFrame({header: cells})).to_dict()
    return {
        each["label"]
        for column in document["columns"]
        for each in column["labels"]
        if each["decision"] == "accepted"
    }


def numbered(prefix: str, digits: int, count: int = 40) -> list[str]:
    rng = random.Random(prefix)
    return [prefix + "".join(rng.choices("0123456789", k=digits)) for _ in range(count)]


DATES = [f"19{year}0{month}1{day}" for year in range(60, 70) for month in (3, 7) for day in (2, 5)]


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("护照号", numbered("E", 8), {"passport"}),
        ("证件号码", numbered("E", 8), {"passport"}),
        ("编号", numbered("E", 8), {"passport"}),
        ("c1", numbered("C", 8), {"hm_permit"}),
        ("工号", numbered("E", 8), set()),
        ("会员编号", numbered("M", 8), set()),
        ("customer_no", numbered("C", 8), set()),
        ("订单号", numbered("T", 8), set()),
        ("房号", numbered("H", 8), set()),
        ("台胞证号", numbered("", 8), {"taiwan_permit"}),
        ("通行证号码", numbered("", 10), {"taiwan_permit"}),
        ("护照号码", numbered("14", 7), {"passport"}),
        ("身份证号", DATES, set()),
        ("id_no", numbered("2021", 4), set()),
        ("学生证号", numbered("", 8), set()),
        ("社保号", numbered("", 10), set()),
        ("证件号码", numbered("15", 7), set()),
        # A few among other documents are what they may be.
        ("证件号码", numbered("E", 8, 40) + numbered("", 8, 10), {"passport", "taiwan_permit"}),
    ],
)
def test_a_weak_shape_counts_where_its_header_allows(
    header: str, cells: list[str], expected: set[str]
) -> None:
    assert accepted(header, cells) == expected


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("客人护照号E12345678，已登记", "passport", "E12345678"),
        ("Passport No. K12345678 of the guest", "passport", "K12345678"),
        ("港澳通行证：C12345678", "hm_permit", "C12345678"),
        ("军官证：军字第2001988号", "military_id", "军字第2001988号"),
        ("手机IMEI：356938035643809已锁", "imei", "356938035643809"),
        ("加微信：zhangsan_88聊", "wechat_id", "zhangsan_88"),
        ("扣扣号800012345", "qq", "800012345"),
    ],
)
def test_one_value_in_a_text_counts_behind_its_name(text: str, label: str, value: str) -> None:
    frame = pd.DataFrame({"备注": ["无", text, "已联系", "稍后再打"]})
    document = scanner.scan(frame, reveal=True).to_dict()
    assert document["labels"][label]["matches"] == 1
    told = [each for each in document["columns"][0]["labels"] if each["label"] == label]
    assert value in told[0]["samples"]


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("imei", numbered("86", 12), {"imei"}),
        ("meid", numbered("A1000009", 6), {"imei"}),
        ("MAC地址", numbered("001A2B", 6), {"mac_address"}),
        ("设备编号", numbered("001A2B", 6), set()),
        ("军官证号", numbered("2", 6), {"military_id"}),
        ("护照号", numbered("M", 8) + numbered("TK", 7) + numbered("5", 8), {"passport"}),
        ("证件号码", numbered("TK", 7), set()),
        ("永久居留证号", [f"CAN31007503{day}01" for day in range(10, 28)], {"foreign_resident_id"}),
    ],
)
def test_forms_that_only_a_header_tells(header: str, cells: list[str], expected: set[str]) -> None:
    assert accepted(header, cells) == expected


NAMES = ("王伟", "李娜", "张敏", "刘洋", "陈静", "杨磊", "赵强", "黄艳", "周杰", "吴霞")


@pytest.mark.parametrize("header", ["参会", "c1", "姓名"])
def test_lists_of_names_fill_their_column(header: str) -> None:
    cells = ["、".join(name[0] + other[1] for other in NAMES) for name in NAMES]
    document = scanner.scan(pd.DataFrame({header: [*cells, "", "其他"]})).to_dict()
    (column,) = document["columns"]
    (label,) = column["labels"]
    assert (label["label"], label["decision"], label["valid"]) == ("person_name", "accepted", 100)


@pytest.mark.parametrize("header", ["联系方式", "姓名", "c1"])
def test_one_phone_with_other_names_is_other_persons(header: str) -> None:
    cells = [f"{name} 1381234{at // 2:04}" for at, name in enumerate(NAMES)]
    document = scanner.scan(pd.DataFrame({header: [*cells, *cells]})).to_dict()
    assert (document["records"]["counted"], document["subjects"]["distinct"]) == (10, 10)


@pytest.mark.parametrize("header", ["联系方式", "姓名", "c1"])
def test_a_name_beside_its_phone_is_the_person_whose_phone_it_is(header: str) -> None:
    cells = [f"{name} 1381234{at:04}" for at, name in enumerate(NAMES)]
    document = scanner.scan(pd.DataFrame({header: cells})).to_dict()
    assert {each["label"]: each["valid"] for each in document["columns"][0]["labels"]} == {
        "mobile_phone": 10,
        "person_name": 10,
    }
    assert (document["records"]["counted"], document["subjects"]["distinct"]) == (10, 10)


def test_few_names_beside_numbers_are_words() -> None:
    cells = [f"{name} 1381234{at:04} 请回电" for at, name in enumerate(NAMES)]
    document = scanner.scan(pd.DataFrame({"备注": [*cells, "白银 13812345678"]})).to_dict()
    assert {each["label"]: each["decision"] for each in document["columns"][0]["labels"]} == {
        "mobile_phone": "accepted",
        "person_name": "rejected",
    }


def test_names_before_phones_and_addresses_are_found() -> None:
    cells = [f"{name}，1381234{at:04}，浙江省杭州市西湖区文三路{at + 1}号" for at, name in enumerate(NAMES)]
    document = scanner.scan(pd.DataFrame({"收货信息": cells})).to_dict()
    assert {each["label"]: each["valid"] for each in document["columns"][0]["labels"]} == {
        "address": 10,
        "mobile_phone": 10,
        "person_name": 10,
    }
    assert document["subjects"]["distinct"] == 10
