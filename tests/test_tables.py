"""patterns/tables: form of all tables; and what the reference tables say, against facts known otherwise."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from scanner import knowledge

TABLES = sorted(path.stem for path in (knowledge.root() / "tables").glob("*.csv"))
MINE = ("regions", "mobile_prefixes", "area_codes", "bins", "banks", "surnames", "given_characters")
# The columns that identify a row.
KEYS = {
    "regions": ("code",),
    "mobile_prefixes": ("prefix",),
    "area_codes": ("code",),
    "bins": ("bin", "length"),
    "banks": ("code",),
    "surnames": ("surname",),
    "given_characters": ("character",),
}


@pytest.mark.parametrize("name", TABLES)
def test_each_table_says_where_it_is_from(name: str) -> None:
    header = knowledge.table(name).header
    assert {"origin", "licence", "date", "rebuilt_by"} <= header.keys()
    assert all(header.values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", header["date"])
    scripts = re.findall(r"tools/\w+\.py", header["rebuilt_by"])
    assert scripts or "by hand" in header["rebuilt_by"]
    assert all((knowledge.root().parent / script).is_file() for script in scripts)


@pytest.mark.parametrize("name", MINE)
def test_keys_are_unique_and_sorted_rows_have_no_stray_spaces(name: str) -> None:
    columns = knowledge.table(name).columns
    keys = list(zip(*(columns[key] for key in KEYS[name]), strict=True))
    assert len(set(keys)) == len(keys)
    assert all(value == value.strip() for column in columns.values() for value in column)


def regions() -> dict[str, tuple[int, int | None, str]]:
    columns = knowledge.table("regions").columns
    rows = zip(*(columns[name] for name in ("code", "first_year", "last_year", "name")), strict=True)
    return {code: (int(first), int(last) if last else None, name) for code, first, last, name in rows}


def test_region_values_are_sound() -> None:
    known = regions()
    assert len(known) > 7000
    for code, (first, last, name) in known.items():
        assert re.fullmatch(r"[1-8]\d{5}", code), code
        assert 1980 <= first <= 2026, code
        assert last is None or first <= last <= 2026, code
        assert name, code
    provinces = "11-15 21-23 31-37 41-46 50-54 61-65 71-71 81-83"
    spans = [tuple(map(int, span.split("-"))) for span in provinces.split(" ")]
    assert {int(code[:2]) for code in known} == {n for low, high in spans for n in range(low, high + 1)}
    parents = {code[:2] + "0000" for code in known}
    assert parents <= known.keys()


@pytest.mark.parametrize(
    ("code", "name", "last"),
    [
        ("110101", "东城区", None),
        ("110103", "崇文区", 2010),
        ("110104", "宣武区", 2010),
        ("110221", "昌平县", 1999),
        ("310103", "卢湾区", 2011),
        ("310119", "南汇区", 2009),
        ("330104", "江干区", 2021),
        ("341400", "巢湖市", 2011),
        ("420683", "枣阳市", None),
        ("440300", "深圳市", None),
        ("440309", "龙华区", None),
        ("441900", "东莞市", None),
        ("442000", "中山市", None),
        ("460400", "儋州市", None),
        ("510100", "成都市", None),
        ("510200", "重庆市", 1997),
        ("620200", "嘉峪关市", None),
        ("620201", "嘉峪关市", None),
        ("659011", "新星市", None),
        ("710000", "台湾省", None),
        ("810000", "香港特别行政区", None),
        ("820000", "澳门特别行政区", None),
        ("830000", "台湾地区", None),
    ],
)
def test_regions_known_from_elsewhere(code: str, name: str, last: int | None) -> None:
    assert regions()[code][1:] == (last, name)


@pytest.mark.parametrize(
    "code", ["110199", "200000", "910000", "999999", "111111", "810101", "123456", "440199"]
)
def test_codes_that_never_were(code: str) -> None:
    assert code not in regions()


def test_regions_agree_with_the_table_of_stdnum() -> None:
    """python-stdnum's list was collected independently (an encyclopaedia); it has slips of its own.

    All but a few of its codes must be known, and not abolished before the year it gives.
    """
    known = regions()
    total = unknown = early = 0
    province = ""
    for line in (files("stdnum") / "cn" / "loc.dat").read_text("utf-8").splitlines():
        if match := re.match(r"(\d\d) province", line):
            province = match[1]
        elif match := re.match(r'  (\d{4}) county="(.*)"', line):
            spans = re.findall(r"\[(\d*)-(\d*)\]", match[2])
            end = max((int(last or 9999) for _, last in spans), default=9999)
            total += 1
            if province + match[1] not in known:
                unknown += 1
            else:
                early += (known[province + match[1]][1] or 9999) < end
    assert total > 6000
    assert unknown / total < 0.001
    assert early / total < 0.01


def mobile(number: str) -> tuple[str, str] | None:
    """The rule of the table, slowly: kind and carrier by the longest prefix, if the digits are as many."""
    columns = knowledge.table("mobile_prefixes").columns
    rows = {row[0]: row for row in zip(*columns.values(), strict=True)}
    for length in (5, 4, 3):
        row = rows.get(number[:length])
        if row:
            fields = dict(zip(columns, row, strict=True))
            return (fields["kind"], fields["carrier"]) if int(fields["digits"]) == len(number) else None
    return None


def test_mobile_prefix_values_are_sound() -> None:
    columns = knowledge.table("mobile_prefixes").columns
    assert all(re.fullmatch(r"1\d{2,4}", prefix) for prefix in columns["prefix"])
    assert {
        digits for kind, digits in zip(columns["kind"], columns["digits"], strict=True) if kind == "iot"
    } == {"13"}
    assert set(columns["digits"]) == {"11", "13"}
    assert all(columns["carrier"])


def test_mobile_prefixes_are_exactly_the_assigned_ones() -> None:
    """Every 5-digit beginning from 1, against a pattern drawn up from the announcement alone."""
    person = re.compile(r"1(?:3(?!49)\d|4[5-9]|5[0-35-9]|6[2567]|7[0-35-8]|8\d|9[0-35-9])\d+")
    satellite = re.compile(r"1(?:349\d|619\d|740\d|741[0-2]|749\d)\d*")
    for start in range(10000, 20000):
        number = f"{start}678901"[:11]
        found = mobile(number)
        expected = (
            "satellite" if satellite.fullmatch(number) else "person" if person.fullmatch(number) else None
        )
        assert (found and found[0]) == expected, number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("13800138000", ("person", "中国移动")),
        ("13491234567", ("satellite", "中国电信")),
        ("13481234567", ("person", "中国移动")),
        ("17031234567", ("person", "中国移动转售")),
        ("19212345678", ("person", "中国广电")),
        ("1064812345678", ("iot", "中国移动")),
        ("1440123456789", ("iot", "中国移动")),
        ("14401234567", None),
        ("1381234567", None),
        ("15412345678", None),
        ("16112345678", None),
        ("19412345678", None),
        ("12345678901", None),
    ],
)
def test_mobile_numbers(number: str, expected: tuple[str, str] | None) -> None:
    assert mobile(number) == expected


def test_area_codes() -> None:
    columns = knowledge.table("area_codes").columns
    digits = dict(zip(columns["code"], columns["digits"], strict=True))
    city = dict(zip(columns["code"], columns["city"], strict=True))
    assert all(re.fullmatch(r"10|2[0-9]|[3-9]\d\d", code) for code in digits)
    assert set(digits.values()) == {"7", "8", "78"}
    assert {digits[f"2{last}"] for last in "012345789"} | {digits["10"]} == {"8"}
    for code in (
        311,
        371,
        377,
        379,
        411,
        431,
        451,
        510,
        512,
        513,
        516,
        519,
        531,
        532,
        571,
        574,
        575,
        577,
        579,
    ):
        assert digits[str(code)] == "8", code
    for code in (591, 595, 731, 755, 757, 760, 769, 871, 898):
        assert digits[str(code)] == "8", code
    for code in (314, 570, 771, 835, 999):
        assert digits[str(code)] == "7", code
    assert (city["10"], city["755"], city["991"]) == ("北京/北京", "广东/深圳", "新疆/乌鲁木齐")
    assert digits.keys().isdisjoint({"26", "400", "800", "300", "950", "138"})
    assert 320 < len(digits) < 345


def test_bins_and_banks() -> None:
    columns = knowledge.table("bins").columns
    assert len(set(columns["bin"])) == 2319
    assert all(re.fullmatch(r"\d{3,12}", prefix) for prefix in columns["bin"])
    assert all(13 <= int(length) <= 19 for length in columns["length"])
    assert set(columns["type"]) == {"DC", "CC", "SCC", "PC"}
    assert set(columns["source"]) == {"bcbc", "bankcardinfo", "both"}
    assert all(
        len(prefix) < int(length) for prefix, length in zip(columns["bin"], columns["length"], strict=True)
    )
    banks = dict(zip(*knowledge.table("banks").columns.values(), strict=True))
    assert set(columns["bank"]) <= banks.keys()
    rows = {(row[0], row[1]): row[2:4] for row in zip(*columns.values(), strict=True)}
    assert rows["622848", "19"] == ("ABC", "DC")
    assert rows["622202", "19"] == ("ICBC", "DC")
    assert rows["621700", "19"] == ("CCB", "DC")
    assert (banks["ICBC"], banks["ABC"]) == ("中国工商银行", "中国农业银行")


def test_surnames() -> None:
    columns = knowledge.table("surnames").columns
    surnames = columns["surname"]
    assert all(re.fullmatch("[\u3400-\u9fff]{1,3}", surname) for surname in surnames)
    assert {"王", "李", "张", "刘", "陈", "欧阳", "司马", "诸葛", "上官", "令狐", "肖", "付", "代"} <= set(
        surnames
    )
    ranks = [int(rank) for rank in columns["rank"] if rank]
    weights = [float(weight) for weight in columns["weight"] if weight]
    assert ranks == list(range(1, len(ranks) + 1))
    assert weights == sorted(weights, reverse=True)
    assert [bool(rank) for rank in columns["rank"]] == [bool(weight) for weight in columns["weight"]]
    assert set(surnames[:5]) == {"王", "李", "张", "刘", "陈"}
    assert 80 < sum(weights[:100]) < 90
    assert sum(weights) < 100


def test_given_characters() -> None:
    columns = knowledge.table("given_characters").columns
    weights = dict(zip(columns["character"], map(int, columns["weight"]), strict=True))
    words = dict(zip(columns["character"], map(int, columns["words"]), strict=True))
    assert all(len(character) == 1 and weight >= 3 for character, weight in weights.items())
    assert all(count >= 0 for count in words.values())
    assert weights.keys() >= set("睿婧皓煜玥萱珂鑫婷欣轩涵梓")
    for character in "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英":
        assert weights[character] >= 5, character
    # What stands in names and what stands in other words differ, and the two counts tell them apart.
    typical = {
        character: weights[character] / (words[character] + 1) for character in "伟芳娜敏静丽磊洋艳杰娟涛霞"
    }
    other = {
        character: weights.get(character, 0) / (words.get(character, 0) + 1) for character in "的部性品室者业"
    }
    assert min(typical.values()) > max(other.values())
