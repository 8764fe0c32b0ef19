"""Numbers that are damaged or disguised: what is recognised as what, and what it counts."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import command

import scanner
from scanner.explaining.value import explain
from scanner.model import ReadOptions
from scanner.reports import explain_value_text
from scanner.scanning.restored import characters, lost_labels

AS_OF = date(2026, 11, 22)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PHONE, ID, CARD, LANDLINE = "13912345678", "11010119900307109X", "6222021234567890128", "01087654321"
NUMERALS, GRAND = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"


def identity(number: int) -> str:
    """A resident ID of nobody, whose last digits are not zeros."""
    body = f"440981{1950 + number % 50}{1 + number % 12:02}{1 + number % 28:02}{1 + number % 998:03}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def luhn(body: str) -> str:
    """The card number that begins with ``body``."""
    digits = [int(c) for c in body[::-1]]
    total = sum(sum(divmod(2 * d, 10)) if place % 2 == 0 else d for place, d in enumerate(digits))
    return body + str(-total % 10)


def mobile(number: int) -> str:
    """A mobile number of nobody; its last digit is not 0."""
    return f"139{number * 7919 % 10**7:07}{1 + number % 9}"


def in_digits(text: str, digits: str) -> str:
    return text.translate(str.maketrans("0123456789", digits))


DAMAGE = {
    "exponent": lambda text: f"{text[0]}.{text[1:]}E{len(text) - 1}",
    "thousands": lambda text: f"{int(text):,}",
    "separators": " ".join,
    "line_break": lambda text: f"{text[:6]}\n{text[6:]}",
    "numerals": lambda text: in_digits(text, NUMERALS),
    "digit_forms": lambda text: in_digits(text, "⓪①②③④⑤⑥⑦⑧⑨"),
    "letters": lambda text: text.replace("0", "O", 2).replace("1", "l", 2),
    "invisible": lambda text: "\u00ad".join(text),
}  # fmt: skip
MORE = [
    ("13912345678.0", None), ('="13912345678"', None), ("'13912345678", None), ("13912345678\t", None),
    ("１３９１２３４５６７８", None), ("139\u200b1234\ufeff5678", None), ("139-1234-5678", None),
    ("139 1234 5678", None),
    ("1.3912345678e+10", "exponent"), ("1.3912345678E10", "exponent"), ("13,912,345,678", "thousands"),
    ("13，912，345，678.00", "thousands"), ("1 3 9 1 2 3 4 5 6 7 8", "separators"), ("139–1234–5678", "separators"),
    ("1391 234 567 8", "separators"), ("139123\r\n45678", "line_break"), ("一三九一二三四五六七八", "numerals"),
    ("壹叁玖壹贰叁肆伍陆柒捌", "numerals"), ("139一二三四5678", "numerals"), ("①③⑨①②③④⑤⑥⑦⑧", "digit_forms"),
    ("¹³⁹¹²³⁴⁵⁶⁷⁸", "digit_forms"), ("١٣٩١٢٣٤٥٦٧٨", "digit_forms"), ("𝟏𝟑𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "digit_forms"),
    ("l39l2345678", "letters"), ("I39I2345678", "letters"), ("1\ufe0f\u20e33912345678", "invisible"),
    ("139\u200e12345678", "invisible"),
]  # fmt: skip


def scanned(columns: dict[str, list[str]], **options: Any) -> dict[str, Any]:
    return scanner.scan(pa.table(columns), as_of=AS_OF, **options).to_dict()


def label(document: dict[str, Any], name: str, column: int = 0) -> dict[str, Any]:
    (found,) = [
        each
        for each in document["columns"]
        if each["index"] == column
        for each in each["labels"]
        if each["label"] == name
    ]
    return found


@pytest.mark.parametrize(("cell", "repair"), MORE)
def test_a_phone_is_found_however_it_is_written(cell: str, repair: str | None) -> None:
    found = label(scanned({"手机号码": [cell]}), "mobile_phone")
    assert (found["valid"], found["distinct"], found["decision"]) == (1, 1, "accepted")
    assert found["restored"] == ({repair: 1} if repair else {})
    assert "12345" not in "".join(found["samples"])


@pytest.mark.parametrize("repair", DAMAGE)
@pytest.mark.parametrize(
    ("header", "name", "make"),
    [
        ("手机号码", "mobile_phone", mobile),
        ("身份证号", "resident_id", identity),
        ("银行卡号", "bank_card", lambda number: luhn(f"622202{(number + 1) * 9973 % 10**9:09}")),
    ],
)
def test_columns_of_damaged_numbers_count_what_the_sound_ones_would(
    repair: str, header: str, name: str, make: Any
) -> None:
    sound = [make(number) for number in range(40)]
    if repair in ("exponent", "thousands"):
        sound = [each for each in sound if each.isdigit()]
    cells = [DAMAGE[repair](each) for each in sound]
    changed = [each for each, cell in zip(sound, cells, strict=True) if each != cell]
    plain, damaged = scanned({header: sound + sound}), scanned({header: sound + cells})
    assert damaged["labels"] == plain["labels"]  # the same numbers, so no more different ones
    assert label(damaged, name)["restored"] == {repair: len(changed)}
    assert label(plain, name)["restored"] == {}
    assert damaged["subjects"] == plain["subjects"]


@pytest.mark.parametrize(
    ("text", "label_name", "repair"),
    [
        ("加微信同号一三九一二三四五六七八，谢谢", "mobile_phone", "numerals"),
        ("请拨壹叁玖壹贰叁肆伍陆柒捌或微信", "mobile_phone", "numerals"),
        ("身份证" + in_digits("11010119900307109", NUMERALS) + "X", "resident_id", "numerals"),
        ("call l39l2345678 now", "mobile_phone", "letters"),
        ("电话：139OO345678。", "mobile_phone", "letters"),
        ("〇一〇—八七六五四三二一", "landline_phone", "numerals"),
        ("一三九 一二三四 五六七八", "mobile_phone", "numerals"),
        ("1️⃣3️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "mobile_phone", "invisible"),
    ],
)
def test_disguised_numbers_are_found_in_running_text(text: str, label_name: str, repair: str) -> None:
    found = label(scanned({"备注": [text, "无", "已联系"]}), label_name)
    assert (found["valid"], found["restored"], found["decision"]) == (1, {repair: 1}, "accepted")


@pytest.mark.parametrize(
    "text",
    [
        "共一三九一二三四五六七八十元",  # a place behind it
        "一三九一二三四五六七",  # ten digits
        "一三九一二三四五六七八九",  # twelve
        "一二三四五六七八九〇一",  # no network has 123
        "xl39l2345678",  # part of a word
        "l39l2345678a",
        "llO12345678",  # eleven, of no network
        "1OOOOO45678",  # too many letters
        "138OO138OOO",  # a placeholder once restored
        "二〇二四年一月一日至二〇二五年十二月三十一日",
        "1.39E+10 m/s", "1.3912345678E10 m", "13,912,345,67", "139,1234,5678", "-1.3912345678E10",
        "2019-11-12 10:11:12", "192.168.100.12", "12 345 678 901",
    ],
)  # fmt: skip
def test_what_is_no_damaged_number_stays_none(text: str) -> None:
    document = scanned({"备注": [text]})
    assert all(not each["restored"] for column in document["columns"] for each in column["labels"])


@pytest.mark.parametrize("header", ["金额", "备注"])
def test_amounts_are_no_restored_numbers(header: str) -> None:
    """Written as amounts are, numbers count only under their header, or as most of a column without one."""
    cells = [f"{int(mobile(number)):,}" for number in range(20)]
    assert "mobile_phone" not in scanned({header: cells})["labels"] or header == "备注"
    assert "mobile_phone" not in scanned({"备注": [*cells[:5], *["1,234.50"] * 20]})["labels"]
    assert scanned({"手机": [*cells[:5], *["1,234.50"] * 20]})["labels"]["mobile_phone"]["matches"] == 5


@pytest.mark.parametrize(
    ("header", "cells", "name", "lost"),
    [
        ("身份证号", ["4.40981E+17"] * 30, "resident_id", {"scientific": 30}),
        ("身份证号", ["4.41E+17"] * 30, "resident_id", {"scientific": 30}),
        (None, ["4.40981E+17", "1.10101E+17"] * 15, "resident_id", {"scientific": 30}),
        ("银行卡号", ["6.22202E+18", "6.22202E+15"] * 15, "bank_card", {"scientific": 30}),
        ("手机", ["1.39E+10"] * 30, "mobile_phone", {"scientific": 30}),
        ("身份证号", [identity(n)[:15] + "000" for n in range(30)], "resident_id", {"truncated": 30}),
    ],
)
def test_numbers_that_lost_digits_are_told_and_never_counted(
    header: str | None, cells: list[str], name: str, lost: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    lines = ([header] if header else []) + cells
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    document = scanner.scan(path, as_of=AS_OF, header=header is not None).to_dict()
    found = label(document, name)
    assert (found["lost"], found["damaged"], found["valid"]) == (lost, 30, 0)
    assert (found["decision"], found["code"]) == ("rejected", "damaged")
    assert document["labels"] == {}
    assert document["records"]["identifiable"] == 0
    if header:
        assert document["mute"][0]["lost"] == lost


@pytest.mark.parametrize("placeholder", [[], ["110101199001011234"]])
def test_what_lost_digits_is_no_number_that_fails_its_checks(placeholder: list[str]) -> None:
    """One that fails counts in the main reading; of one whose digits are gone nobody can tell the person."""
    sound = [own for number in range(60) if not (own := identity(number)).endswith("000")]
    wrong = [own[:17] + ("1" if own[17] != "1" else "2") for own in (identity(900), identity(901))]
    cut = [own[:15] + "000" for own in map(identity, range(700, 704))]
    gone = [own for own in cut if own != identity_of(own[:17])]  # one of eleven passes by chance
    assert gone
    document = scanned({"身份证号": [*sound, *wrong, *gone, "4.40981E+17", *placeholder]})
    stages = {stage["name"]: stage["rows"] for stage in document["records"]["stages"]}
    assert stages["fails_checks"] == len(wrong)
    assert stages["not_identifiable"] == len(gone) + 1
    assert stages["placeholders"] == len(placeholder)
    assert stages["counted"] == len(sound) + len(wrong)


def test_dates_with_a_number_are_no_telephones() -> None:
    """199 and 198 are networks, too."""
    cells = [f"{1980 + n % 20}-{1 + n % 12:02}-{1 + n % 28:02} {n % 900 + 100}" for n in range(60)]
    assert scanned({"备注": cells})["labels"] == {}


def test_numbers_that_end_in_zeros_are_no_damaged_identifiers() -> None:
    draw = random.Random(3)
    cells = [str(draw.randrange(10**17, 10**18) // 1000 * 1000) for _ in range(20_000)]
    document = scanned({"编号": cells})
    assert all(not each["lost"] for column in document["columns"] for each in column["labels"])
    assert document["labels"] == {}


def test_numbers_of_science_are_no_damaged_identifiers() -> None:
    cells = [f"{n % 9 + 1}.{n * 7919 % 100000:05}E+17" for n in range(40)]
    document = scanned({"质量": cells})
    assert all(not each["lost"] for column in document["columns"] for each in column["labels"])


def test_truncated_numbers_that_pass_by_chance_do_not_count() -> None:
    """One of eleven truncated numbers has the right check digit."""
    draw = random.Random(2017)
    sound = [own for number in range(510) if not (own := identity(number)).endswith("000")][:500]
    cut = [identity(draw.randrange(10**6))[:15] + "000" for _ in range(500)]
    document = scanned({"身份证号": sound + cut})
    found = label(document, "resident_id")
    assert found["lost"] == {"truncated": 500}
    assert found["valid"] == document["labels"]["resident_id"]["matches"] == 500
    assert document["labels"]["resident_id"]["distinct"] == len(set(sound))


def test_sound_numbers_that_end_in_zeros_count_where_none_is_truncated() -> None:
    bodies = (f"440981{1950 + n % 50}{1 + n % 12:02}{1 + n % 28:02}{n % 9 + 1}00" for n in range(400))
    zeros = [each for each in (identity_of(body) for body in bodies) if each.endswith("000")]
    assert len(zeros) > 10
    others = [identity(number) for number in range(300)]
    document = scanned({"身份证号": others + zeros})
    assert document["labels"]["resident_id"]["matches"] == 300 + len(zeros)
    assert label(document, "resident_id")["lost"] == {}
    assert document["subjects"]["distinct"] == len({*others, *zeros})


def identity_of(body: str) -> str:
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def test_a_landline_that_lost_its_zero_counts_under_its_header_only() -> None:
    cells = [f"10-8765{n:04}" for n in range(20)] + [f"755{87650000 + n}" for n in range(20)]
    found = label(scanned({"固定电话": cells}), "landline_phone")
    assert (found["valid"], found["restored"], found["code"]) == (40, {"leading_zero": 40}, "restored")
    whole = [f"010-8765{n:04}" for n in range(20)] + [f"0755{87650000 + n}" for n in range(20)]
    both = scanned({"固定电话": cells + whole})
    assert both["labels"]["landline_phone"] == {"matches": 80, "rows": 80, "distinct": 40}
    assert "landline_phone" not in scanned({"备注": cells})["labels"]


def test_the_low_reading_leaves_restored_numbers_out() -> None:
    sound = [mobile(number) for number in range(60)]
    cells = sound[:40] + [in_digits(each, GRAND) for each in sound[40:]]
    document = scanned({"姓名": ["王小明", "李小红"] * 30, "手机": cells})
    stages = {each["name"]: each for each in document["records"]["stages"]}
    assert (stages["fails_checks"]["rows"], stages["fails_checks"]["deducted"]) == (20, "low")
    verdict = document["verdict"]
    counted = [
        sum(count for key, count in verdict[reading].items() if key.startswith("n"))
        for reading in ("low", "main", "high")
    ]
    assert counted == [40, 60, 60]
    assert document["categories"]["contact"]["records_unsound"] == 20
    assert document["subjects"]["distinct"] == 60


def test_findings_tell_restored_and_lost_numbers(tmp_path: Path) -> None:
    dump, found = tmp_path / "a.csv", tmp_path / "a.jsonl"
    rows = [identity(1), in_digits(identity(2), NUMERALS), "4.40981E+17", identity(4)[:15] + "000"]
    remarks = ["4.40981E+17", "无", "已联系", "面谈"]
    lines = [f"{row},{remark}\n" for row, remark in zip(rows, remarks, strict=True)]
    dump.write_text("身份证号,备注\n" + "".join(lines), encoding="utf-8")
    ended = command("scan", dump, "-o", tmp_path / "a.html", "--findings", found)
    assert ended.code == 0, ended.err
    every = [json.loads(line) for line in found.read_text(encoding="utf-8").splitlines()]
    told = [line for line in every if line["label"] == "resident_id"]
    assert [(line["row"], line["label"], line["checks"], line["accepted"]) for line in told] == [
        (0, "resident_id", "format+checksum+date+region", True),
        (1, "resident_id", "format+checksum+date+region+restored", True),
        (2, "resident_id", "format+region!scientific", False),
        (3, "resident_id", "format+date+region!truncated", False),
    ]
    for line, row in zip(told, rows, strict=True):
        assert row not in line["masked"]
        assert (line["start"], line["end"]) == (0, len(row.encode()))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    for text in ("中文数字 1", "科学计数法，仅余前几位 1", "末位被置零，仅保留 15 位 1"):
        assert text in page


def test_the_terminal_and_docx_reports_name_them(tmp_path: Path) -> None:
    dump = tmp_path / "a.csv"
    dump.write_text(
        "手机\n" + "".join(f"{mobile(n)}\nl39{mobile(n)[3:]}\n1.39E+10\n" for n in range(9)), encoding="utf-8"
    )
    ended = command("scan", dump, "--lang", "en", "-o", tmp_path / "a.docx")
    assert ended.code == 0, ended.err
    shown = command("scan", dump, "--lang", "en").out.decode()
    assert "9 damaged numbers (scientific notation, only the first digits left 9)" in " ".join(shown.split())
    assert "9 restored numbers (letters for digits 9), not in the low reading" in " ".join(shown.split())


def test_a_row_is_explained(tmp_path: Path) -> None:
    dump = tmp_path / "a.csv"
    rows = [identity(1), in_digits(identity(2), NUMERALS), "4.40981E+17", identity(4)[:15] + "000"]
    dump.write_text("身份证号\n" + "\n".join(rows) + "\n", encoding="utf-8")
    told = []
    for row in range(4):
        ended = command("explain", dump, "--row", row, "-f", "json")
        assert ended.code == 0, ended.err
        (column,) = json.loads(ended.out)["columns"]
        told += [
            (row, value["state"], value["fails"], value["checks"].rpartition("+")[2])
            for value in column["values"]
            if value["detector"] == "resident_id"
        ]
    assert told == [
        (0, "accepted", None, "region"),
        (1, "accepted", None, "restored"),
        (2, "fails", "scientific", "region!scientific"),
        (3, "fails", "truncated", "region!truncated"),
    ]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            "13,912,345,678",
            "Mobile phone (mobile_phone): restored as '13912345678' (thousands separators): valid",
        ),
        ("4.40981E+17", "a number of 18 digits of which only 440981 is left (scientific): never counted"),
        ("440981199001010000", "    it ends in zeros, as where a spreadsheet kept 15 digits (truncated)"),
    ],
)
def test_a_value_is_explained(value: str, line: str) -> None:
    assert line in explain_value_text.render(explain(value, AS_OF), "en").split("\n")


@given(st.data())
def test_every_damage_of_a_number_in_text_is_undone(data: st.DataObject) -> None:
    """Any writings of the digits, mixed as they come, are the number again."""
    writings = [str(each) for each in (NUMERALS, GRAND, "⓪①②③④⑤⑥⑦⑧⑨", "0123456789", "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿")]
    text = "".join(data.draw(st.sampled_from(writings))[int(digit)] for digit in PHONE)
    before, behind = (data.draw(st.sampled_from(["", "电话", "（", " ", "："])) for _ in range(2))
    found = label(scanned({"备注": [before + text + behind]}), "mobile_phone")
    assert (found["valid"], found["distinct"]) == (1, 1)
    assert found["restored"] == ({} if text == PHONE else {next(iter(found["restored"])): 1})


@given(
    st.lists(
        st.text(
            st.characters(exclude_categories=("Nd", "No", "Cs"), exclude_characters=NUMERALS + GRAND),
            max_size=40,
        )
    )
)
def test_text_without_digits_holds_nothing_new(texts: list[str]) -> None:
    kept = [each for each in texts if not any(one in each for one in "弌壱弐貳弍參弎叄陸幺○◯")]
    document = scanned({"备注": kept or ["无"]})
    assert all(
        not each["restored"] and not each["lost"]
        for column in document["columns"]
        for each in column["labels"]
    )


def test_where_the_file_is_cut_does_not_matter(tmp_path: Path) -> None:
    draw = random.Random(7)
    kinds = list(DAMAGE.values())
    lines = []
    for number in range(600):
        phone, own = mobile(number), identity(number)
        phone = draw.choice(kinds)(phone) if draw.random() < 0.3 else phone
        own = draw.choice([own, own, own[:15] + "000", "4.40981E+17", in_digits(own, NUMERALS)])
        lines.append(f'"{phone}",{own}')
    dump = tmp_path / "a.csv"
    dump.write_text("手机,身份证号\n" + "\n".join(lines) + "\n", encoding="utf-8")
    found = [
        scanner.scan(dump, as_of=AS_OF, jobs=jobs, read=ReadOptions(block_size=size)).to_dict()
        for jobs, size in ((1, 1 << 23), (2, 4096))
    ]
    for document in found:
        del document["run"]
    assert found[0] == found[1]


def test_the_knowledge_is_unambiguous() -> None:
    """Every character has one meaning, and every length of a number that a spreadsheet shows one label."""
    table = characters().table
    for digit in range(10):
        for writing in (NUMERALS, GRAND, "⓪①②③④⑤⑥⑦⑧⑨"):
            assert table[ord(writing[digit])] & 15 == digit
    assert set(lost_labels()) == {11, 15, 16, 17, 18, 19}
