from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest

from scanner.sources.dialect import (
    DELIMITERS,
    Dialect,
    clean_cells,
    find_dialect,
    find_quote,
    judge,
    unwrapped,
)
from scanner.sources.header_rows import has_header, header_names, header_row
from scanner.sources.sample_rows import has_carriage, read_rows

VALUE = re.compile(r"1[3-9]\d{9}|\d{17}[\dX]|\S+@\S+\.\w+")
WORDS = {"姓名", "手机号", "身份证号", "地址", "name", "phone"}


def values(cells: Sequence[str]) -> list[bool]:
    return [looks_like_value(cell) for cell in cells]


def looks_like_value(cell: str) -> bool:
    return VALUE.fullmatch(cell.strip()) is not None


def is_header_word(cell: str) -> bool:
    return cell.strip().lower() in WORDS


def people(count: int, seed: int = 1) -> list[list[str]]:
    rng = random.Random(seed)
    letters = "赵钱孙李周吴郑王伟芳娜秀英敏静丽强磊"
    return [
        [
            "".join(rng.choice(letters) for _ in range(3)),
            f"1{rng.choice('35789')}{rng.randrange(10**9):09}",
            f"{rng.randrange(1950, 2010)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
            f"北京市朝阳区建国路{rng.randrange(999)}号{rng.randrange(30)}-{rng.randrange(900)}",
            f"u{rng.randrange(10**6)}@qq.com",
        ]
        for _ in range(count)
    ]


def find(text: str, delimiter: str | None = None, quote: str | None = None) -> Dialect:
    return find_dialect(text, values, is_header_word, delimiter, quote)


@pytest.mark.parametrize("count", [2, 5, 300])
@pytest.mark.parametrize(
    "delimiter",
    [",", ";", "\t", "|", "||", "|||", "----", "---", "::", "\x01", "\x1f", "，", "；", "^", "~", "#"],
)
def test_delimiters(delimiter: str, count: int) -> None:
    text = "".join(delimiter.join(row) + "\n" for row in people(count))
    found = find(text)
    assert (found.delimiter, found.width) == (delimiter, 5)


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        ("13800138000\n13900139000\n", None, 1),
        ("张三 13800138000\n李四 13900139000\n", " ", 2),
        ("a@b.com:hunter2\nc@d.com:secret\n", ":", 2),
        ("13800138000----张三\n13900139000----李四\n", "----", 2),
        ("a@b.com----hunter2\nc@mail.d.com----secret\n", "----", 2),
        ("a@b.com----13800138000\nc@d.com----13900139000\n", "----", 2),
        ("a@b.com--hunter2\nc@d.com--secret\n", "--", 2),
        ("a@b-c.com\nd@xn--fiqs8s.xn--fiqs8s\n", None, 1),
        ("010-12345678\n020-87654321\n", None, 1),
        ("2020-01-02 03:04:05\n2021-02-03 04:05:06\n", None, 1),
        ("2020-01-02 03:04:05 登录成功\n2021-02-03 04:05:06 登录失败\n", " ", 3),
        ("2020-01-02T03:04:05Z 登录成功\n2021-02-03T04:05:06Z 登录失败\n", " ", 2),
        ("[2020-01-02] 登录 成功\n[2021-02-03] 失败\n", None, 1),
        ("03:04:05 登录 成功\n04:05:06 失败\n", None, 1),
        ("王小明登录于2020-01-02 03:04:05\n李小红登录于2021-02-03 04:05:06\n", None, 1),
        ("03:04-05:06\n07:08-09:10\n", "-", 2),
        ("a:13800138000:2020-01-02\nb:13900139000:2021-02-03\n", ":", 3),
        ("A1-2020-01-02\nA2-2021-02-03\n", "-", 4),
        ("一段话，没有表格。\n又是一段话而已\n第三段话，也许，还有第四段。\n", None, 1),
        ("name;phone\n王,伟;13800138000\n李,娜;13900139000\n", ";", 2),
        ("", None, 1),
        ("\n\n\n", None, 1),
    ],
)
def test_texts(text: str, delimiter: str | None, width: int) -> None:
    found = find(text)
    assert (found.delimiter, found.width) == (delimiter, width)


def test_width_is_that_of_most_rows() -> None:
    rows = people(50)
    rows[3] = rows[3][:2]
    rows[9] = [*rows[9], "x", "y"]
    text = "报表\n" + "".join(",".join(row) + "\n" for row in rows)
    assert find(text) == Dialect(",", '"', 5)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes(quote: str) -> None:
    text = "".join("|".join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in people(20))
    assert find(text) == Dialect("|", quote, 5)


def test_delimiters_inside_quotes_do_not_count() -> None:
    text = "".join(f'"{row[3]},{"," * (n % 4)}x",{row[1]}\n' for n, row in enumerate(people(40)))
    assert find(text) == Dialect(",", '"', 2)


def test_a_rare_delimiter_is_not_quoted_by_default() -> None:
    assert find("a----13800138000\nb----13900139000\n").quote is None


def test_the_user_is_right() -> None:
    text = "a,b;c\nd,e;f\n"
    assert find(text, ";").delimiter == ";"
    assert find(text, ";").width == 2
    assert find(text, "").delimiter is None
    assert find('"a,b\n"c,d\n', ",", "").quote is None
    assert find("no such mark\n", "@@").delimiter == "@@"


@pytest.mark.parametrize(
    ("text", "carriage"), [("a\rb\rc\r", True), ("a\r\nb\r\n", False), ("a\nb\rc\n", False), ("", False)]
)
def test_old_mac_lines(text: str, carriage: bool) -> None:
    assert has_carriage(text) is carriage


def test_read_rows() -> None:
    assert read_rows('"a,""b",c\n\nd"e,f\r\n"g,h\n', ",", '"', False, 9) == [
        ['a,"b', "c"],
        ['d"e', "f"],
        ['"g', "h"],
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["姓名", "手机号"], ["张三", "13800138000"]], True),
        ([["姓名", "13800138000"], ["张三", "13800138000"]], False),
        ([["张三", "13800138000"], ["李四", "13900139000"]], False),
        ([["col_a", "col_b"], ["x", "17"], ["y", "18"]], True),
        ([["x", "y"], ["z", "w"], ["u", "v"]], False),
        ([["a", "a"], ["1", "2"]], False),
        ([["1", "2"], ["3", "4"]], False),
        ([["开户日期", "户主"], ["2020-01-02", "张三"]], True),
        ([["手机号"]], True),
        ([["13800138000"]], False),
        ([["张三"]], False),
        ([["", ""]], False),
        ([], False),
    ],
)
def test_header(rows: list[list[str]], expected: bool) -> None:
    assert has_header(rows, is_header_word, values) is expected


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("123", "123"),
        ('="123"', "123"),
        ("'123", "123"),
        ("=123", "123"),
        ('"a"', '"a'),
        ("'=1", "=1"),
        ("=", ""),
        ('="', ""),
        ('"', ""),
        ("", ""),
    ],
)
def test_marks_of_spreadsheets(text: str, inside: str) -> None:
    assert unwrapped(text) == inside
    assert re.sub(r"""(?s)^(?:="|'|=)?(.*?)"?$""", r"\1", text) == inside


@pytest.mark.parametrize(
    ("cell", "clean"),
    [
        ("", True),
        ("张三", True),
        ("-1,234.50", True),
        ("2020-01-02 03:04:05", True),
        ("a b c d", True),
        ("a b c d e", False),
        ("a  b", False),
        ("6222****1234", True),
        ("null", True),
        ("x@y.com", True),
        ("x@a-b.y.com", True),
        ("x@xn--fiqs8s.cn", True),
        ("x@y.com----z", False),
        ("ſ@y.com", False),  # an address is ASCII
        ("a,b", False),
        ("王伟、李娜、张小明", True),
        ("王伟、", False),
        ("13800138000", True),
        ("字" * 201, False),
        ("证件132926197802192805，邮箱x@y.com，资料已齐" * 5, False),
    ],
)
def test_clean_cells(cell: str, clean: bool) -> None:
    assert clean_cells([cell], lambda texts: [False] * len(texts)) == int(clean)


def quote_by_patterns(text: str, delimiter: str, quote: str) -> int:
    """Cells that open and close with a quote, as regular expressions count them."""
    edge = re.escape(delimiter)
    opened = re.findall(f"(?:^|(?<={edge})|(?<=[\r\n])){quote}", text)
    closed = re.findall(f"{quote}(?=$|{edge}|[\r\n])", text)
    return min(len(opened), len(closed))


@pytest.mark.parametrize("seed", range(60))
def test_a_sample_is_read_as_by_the_slow_ways(seed: int) -> None:
    rng = random.Random(seed)
    delimiter = rng.choice([",", "----", "|", "\t"])
    marks = ['"', delimiter, "\n", "\r\n", "a", "王", '""', f'{delimiter}"b"{delimiter}', "\r", " "]
    text = "".join(rng.choice(marks) for _ in range(rng.randrange(1, 200)))
    expected = '"' if quote_by_patterns(text, delimiter, '"') or delimiter in ",\t|" else None
    assert find_quote(text, delimiter, False) == expected
    for quote in (None, '"'):
        for carriage in (False, True):
            # A character that never occurs in place of the quote, and one that does, make the slow way run.
            rows = read_rows(text, delimiter, quote, carriage, 1000)
            assert rows == slow_rows(text, delimiter, quote, carriage)


def slow_rows(text: str, delimiter: str, quote: str | None, carriage: bool) -> list[list[str]]:
    """Rows cell by cell: a quoted cell if one fits, else all up to the next delimiter or line end."""
    ends = ("\r\n", "\n", "\r") if carriage else ("\r\n", "\n")
    rows: list[list[str]] = []
    cells: list[str] = []
    at = 0
    while True:
        stop, cell = at, ""
        if quote and text.startswith(quote, at):
            close = at + 1
            while close < len(text) and (text[close] != quote or text.startswith(quote * 2, close)):
                close += 2 if text[close] == quote else 1
            behind = text[close + 1 :]
            if close < len(text) and (not behind or behind == "\n" or behind.startswith((delimiter, *ends))):
                cell, stop = text[at + 1 : close].replace(quote * 2, quote), close + 1
        while stop < len(text) and not text.startswith((delimiter, *ends), stop):
            cell += text[stop]
            stop += 1
        cells.append(cell)
        if stop < len(text) and text.startswith(delimiter, stop):
            at = stop + len(delimiter)
            continue
        if cells not in ([""], ["\r"]):
            rows.append(cells)
        cells = []
        if stop >= len(text):
            return rows
        at = stop + next(len(end) for end in ends if text.startswith(end, stop))


def test_what_cannot_win_is_passed_over_and_nothing_else() -> None:
    passed = 0
    for seed in range(30):
        rng = random.Random(seed)
        text = "".join(rng.choice([",", ";", " ", "-"]).join(row) + "\n" for row in people(20, seed))
        for delimiter, _ in DELIMITERS:
            rows = read_rows(text, delimiter, None, False, 100)
            score, width = judge(rows, values)
            for least in (0.01, 0.1, 0.3, 0.9):
                bounded = judge(rows, values, least)
                assert bounded in ((score, width), (0.0, width))
                assert bounded[0] == score or score <= least
                passed += bounded[0] != score
    assert passed


@pytest.mark.parametrize(
    "line",
    [
        "2026-10-01 12:{at:02}:01,123 INFO [http-1] UserService - login ok user=张三 mobile=138000000{at:02}",
        "dn: uid=u{at}\nmobile: 138000000{at:02}\ncn:: 5byg5LiJ\n",
    ],
)
def test_text_that_is_no_table(line: str) -> None:
    """No line with a number is a header."""
    text = "".join(line.format(at=at) + "\n" for at in range(100))
    dialect = find(text)
    rows = [row.split(dialect.delimiter) if dialect.delimiter else [row] for row in text.splitlines() if row]
    assert {len(row) for row in rows} == {dialect.width}
    assert not has_header(rows, is_header_word, values)


@pytest.mark.parametrize(
    "delimiter",
    [
        "@@",
        "+",
        "/",
        "...",
        "-----",
        "______",
        ":::",
        "==",
        "**",
        "$",
        "\x02",
        "\x1d",
        "¦",
        "｜",
        "——",
        "->",
        "|!|",
    ],
)
@pytest.mark.parametrize("header", [False, True])
def test_delimiters_that_nobody_lists(delimiter: str, header: bool) -> None:
    table = [[row[0], row[1], row[4]] for row in people(40)]
    text = "".join(delimiter.join(row) + "\n" for row in [["姓名", "手机号", "邮箱"]][:header] + table)
    found = find(text)
    assert (found.delimiter, found.width) == (delimiter, 3) or (delimiter == "|!|" and found.width > 3)


@pytest.mark.parametrize(
    "line",
    [
        "2023-05-01 12:00:{n:02} [INFO] - user {phone} logged in",
        "/home/u{n}/photos/2023/05/a.jpg",
        "张三({phone})",
        "138****{n:04}",
        "{n}. 今天（第{n}天）去了公园/商场。",
        "+86{phone}",
        "a/b/c{n}",
    ],
)
def test_signs_in_every_line_delimit_nothing_without_values_beside_them(line: str) -> None:
    text = "".join(line.format(n=n, phone=13800138000 + n) + "\n" for n in range(40))
    assert find(text).delimiter not in {"/", "+", "[", "] - ", "(", "（", "）", "****", "]", "."}


@pytest.mark.parametrize("stray", [2, 7])
def test_quotes_that_few_cells_begin_or_end_with_are_text(stray: int) -> None:
    table = [
        [row[0], row[1], '"' * (n % stray == 1) + row[3] + '"' * (n % 5 == 3)]
        for n, row in enumerate(people(40))
    ]
    text = "".join("\t".join(row) + "\n" for row in table)
    assert find(text) == Dialect("\t", None, 3)


def test_quotes_within_which_rows_end_are_quotes() -> None:
    text = "".join(f'{row[1]},"{row[3]}\n{row[4]}",{row[2]}\n' for row in people(40))
    assert find(text) == Dialect(",", '"', 3)


@pytest.mark.parametrize(
    "line", ["('{name}','{phone}','x'),", '"{{\\"name\\":\\"{name}\\",\\"phone\\":\\"{phone}\\"}}"']
)
def test_quotes_without_which_no_row_is_lost(line: str) -> None:
    text = "".join(line.format(name=row[0], phone=row[1]) + "\n" for row in people(40))
    assert find(text).quote is None


@pytest.mark.parametrize("mark", ["*{}", "{}*", "＊{}"])
def test_a_header_may_mark_what_must_be_filled(mark: str) -> None:
    masked = {"138****5678", "*姓名"}

    def or_masked(cells: Sequence[str]) -> list[bool]:
        return [looks_like_value(cell) or cell in masked for cell in cells]

    rows = [[mark.format(name) for name in ("姓名", "手机号")], ["王小明", "138****5678"]]
    assert has_header(rows, lambda cell: is_header_word(cell.strip("*＊")), or_masked)
    assert not has_header(rows[1:], is_header_word, or_masked)


GROUPS = ["name", "序号", "", "phone", ""]
NAMES = ["", "", "身份证号", "手机号", "地址"]
PERSON = ["王小明", "1", "110101199003077512", "13812345678", "杭州市西湖区文一路1号"]


@pytest.mark.parametrize(
    ("rows", "place", "names"),
    [
        ([GROUPS, NAMES, PERSON], 1, ("name", "序号", "身份证号", "手机号", "地址")),
        (
            [["名单", "", "", "", ""], GROUPS, NAMES, PERSON],
            2,
            ("name", "序号", "身份证号", "手机号", "地址"),
        ),
        (
            [["名单", "", "", "", ""], ["", "name", "", "phone", "地址"], PERSON],
            1,
            (None, "name", None, "phone", "地址"),
        ),
        ([["name", "phone"], ["姓名", "手机号"], PERSON[::3]], 0, ("name", "phone")),
        (
            [["name", "phone", ""], ["王小明", "13812345678", "地址"], ["x", "y", "z"]],
            0,
            ("name", "phone", None),
        ),
    ],
)
def test_a_header_may_have_two_rows(rows: list[list[str]], place: int, names: tuple[str | None, ...]) -> None:
    found, _ = header_row(lambda count: rows[:count], None, is_header_word, values)
    assert found == place
    assert header_names(rows, place) == names


@pytest.mark.parametrize(
    ("line", "width"),
    [
        ("138-{n:04}-8000", 1),
        ("138 {n:04} 8000", 1),
        ("+86 138-{n:04}-8000", 1),
        ("110105 19900307 {n:04}", 1),
        ("{n} 138{n:08}", 2),
        ("138 {n:04} 8000,3", 2),
    ],
)
@pytest.mark.parametrize("header", [False, True])
def test_signs_between_the_groups_of_numbers_delimit_nothing(line: str, width: int, header: bool) -> None:
    grouped = re.compile(r"(?:\+86 )?1\d\d([- ])\d{4}\1\d{4}|\d{6} \d{8} \d{4}")
    lines = ["手机号"] * header * (width == 1) + [line.format(n=n) for n in range(1000, 1040)]
    text = "\n".join(lines) + "\n"
    found = find_dialect(
        text, lambda cells: [bool(grouped.fullmatch(cell)) for cell in cells], is_header_word
    )
    assert found.width == width


@pytest.mark.parametrize(
    "line",
    [
        "您的快递已到请联系138-{n:04}-5678取件",
        "请联系138 {n:04} 5678谢谢",
        "来电（0571-8502{n:04}）未接",
        "张三 138 {n:04} 5678",
        "证号330102 19900307 {n:04}已核",
        "卡号6222 0212 3456 {n:04}到账",
        "00-1A-2B-3C-4D-{m:02X}",
        "00:1A:2B:3C:4D:{m:02X}",
        "2408:8207:7d59:be:3e88:37ba:6783:{n:x}",
        "550e8400-e29b-41d4-a716-44665544{n:04}",
        "京A {n:04}8",
        "2408:8207:7d59::{n:x}",
    ],
)
def test_signs_within_numbers_in_text_delimit_nothing(line: str) -> None:
    text = "\n".join(line.format(n=n, m=n % 251) for n in range(1000, 1040)) + "\n"
    assert find(text).width == 1


def test_names_are_listed_within_cells() -> None:
    names = ["张三、李四、王五、赵六", "王伟、李娜、张敏、刘洋"]
    text = "部门,name\n" + "".join(f"{n},{names[n % 2]}\n" for n in range(20))
    assert (find(text).delimiter, find(text).width) == (",", 2)


@pytest.mark.parametrize("sign", ["，", "；", "、", "\u3000"])
def test_wide_signs_within_cells_below_a_header_delimit_nothing(sign: str) -> None:
    text = "姓名,收货信息\n" + "".join(
        f"u{n},{sign.join(['王伟', f'138{n:08}', '杭州'])}\n" for n in range(40)
    )
    assert (find(text).delimiter, find(text).width) == (",", 2)
    text = sign.join(["姓名", "手机号", "地址"]) + "\n" + text.partition("\n")[2]
    assert find(text).delimiter == sign
