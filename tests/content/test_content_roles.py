"""Roles from the cells alone: what each rule finds, and what looks like it and is none."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import lasting, scanned, scanned_table

from scanner.columns.headers import role, role_names
from scanner.content import shapes
from scanner.content.doings import moment
from scanner.content.records import cents
from scanner.content.roles import ROWS, ContentRoles, found
from scanner.content.secrets import form
from scanner.errors import PatternError
from scanner.model import Cells, ReadOptions

Make = Callable[[random.Random, int], object]
COUNT = 60


def mobile(draw: random.Random, _: int = 0) -> str:
    return f"1{draw.choice('3578')}{draw.randrange(10**9):09d}"


def time(draw: random.Random, _: int = 0) -> str:
    month, day, hour, minute = (
        draw.randint(1, 12),
        draw.randint(1, 28),
        draw.randrange(24),
        draw.randrange(60),
    )
    return f"2024-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:07"


def day(draw: random.Random, _: int = 0) -> str:
    return time(draw)[:10]


def between(low: float, high: float, places: int) -> Make:
    return lambda draw, _: f"{draw.uniform(low, high):.{places}f}"


def whole(low: int, high: int) -> Make:
    return lambda draw, _: draw.randint(low, high)


def one_of(*values: str) -> Make:
    return lambda draw, _: draw.choice(values)


def name(draw: random.Random, _: int = 0) -> str:
    return draw.choice("王李张刘陈杨赵黄") + draw.choice("伟芳娜敏静丽强磊军洋") + draw.choice("平华明红国文")


def email(draw: random.Random, index: int = 0) -> str:
    return f"user{index}{draw.choice(['', '.x', '_y'])}@example.com"


def password(draw: random.Random, _: int = 0) -> str:
    word = "".join(draw.choices("abcdefghijk", k=draw.randint(2, 6)))
    return draw.choice(
        [
            "123456",
            f"{word}{draw.randrange(10**4)}",
            f"{word}@{draw.randrange(999)}",
            f"{draw.randrange(10**7):08d}",
        ]
    )


def digest(draw: random.Random, _: int = 0) -> str:
    return hashlib.md5(draw.randbytes(8)).hexdigest()


def bcrypt(draw: random.Random, _: int = 0) -> str:
    return "$2y$10$" + "".join(draw.choices("abcXYZ019./", k=53))


def code(draw: random.Random, _: int = 0) -> str:
    return f"{draw.randrange(10**6):06d}"


def vin(draw: random.Random, _: int = 0) -> str:
    return (
        "LSV"
        + "".join(draw.choices("ABCDEFGH123456789", k=5))
        + draw.choice("0123456789X")
        + "KA01"
        + code(draw)[:4]
    )


def back(draw: random.Random, index: int = 0) -> str:
    return f"{draw.randrange(1000) % (100 if index == 3 else 1000):03d}"


def card(draw: random.Random, _: int = 0) -> str:
    body = "622848" + f"{draw.randrange(10**12):012d}"
    doubled = sum(sum(divmod(2 * int(c), 10)) for c in body[::-2]) + sum(int(c) for c in body[-2::-2])
    return body + str(-doubled % 10)


def stay(draw: random.Random, count: int) -> list[tuple[str, str]]:
    made = []
    for _ in range(count):
        month, first = draw.randint(1, 12), draw.randint(1, 20)
        made.append(
            (
                f"2024-{month:02d}-{first:02d} 15:12:09",
                f"2024-{month:02d}-{first + draw.randint(1, 5):02d} 12:00:00",
            )
        )
    return made


def roles_of(*columns: Make | Sequence[object], count: int = COUNT, seed: int = 1) -> tuple[str | None, ...]:
    draw = random.Random(seed)
    made = [[str(c(draw, i)) for i in range(count)] if callable(c) else [str(v) for v in c] for c in columns]
    return found([Cells.of(list(column)) for column in made])


LONGITUDE, LATITUDE = between(100, 115, 6), between(26, 34, 6)
ROOM = one_of("301", "1205", "808", "612", "A1103", "2017")
HOTEL = one_of("云栖商务酒店", "锦源宾馆", "如家快捷酒店")
SIGNED = one_of(
    "【云商】您的验证码是482913，请勿告诉他人",
    "【快递】尊敬的客户，您的包裹已到，取件码8-1-20",
    "您于今日消费100元，尾号1234【某银行】",
)
ENGINE: Make = lambda draw, _: draw.choice("ABCK") + code(draw)  # noqa: E731
ORDER: Make = lambda draw, _: "20240311" + f"{draw.randrange(10**11):011d}"  # noqa: E731
MONEY = between(3, 900, 2)
STAYS = stay(random.Random(5), COUNT)
IN, OUT = [a for a, _ in STAYS], [b for _, b in STAYS]

FOUND: dict[str, tuple[list[object], tuple[str | None, ...]]] = {
    "track": ([mobile, LONGITUDE, LATITUDE, time], (None, "longitude", "latitude", "position_time")),
    "latitude first": ([mobile, time, LATITUDE, LONGITUDE], (None, "position_time", "latitude", "longitude")),
    "epoch": (
        [name, whole(1_700_000_000, 1_700_900_000), LONGITUDE, LATITUDE],
        (None, "position_time", "longitude", "latitude"),
    ),
    "the time beside": (
        [time, mobile, LONGITUDE, LATITUDE, time],
        (None, None, "longitude", "latitude", "position_time"),
    ),
    "stay": ([name, HOTEL, ROOM, IN, OUT], (None, "hotel", "room", "checkin", "checkout")),
    "stay turned": ([name, OUT, IN, ROOM], (None, "checkout", "checkin", "room")),
    "calls": ([mobile, mobile, time, whole(1, 1800)], ("caller", "callee", "call_time", "call_duration")),
    "calls with words": (
        [mobile, one_of("主叫", "被叫"), time, whole(1, 900)],
        (None, "call_type", "call_time", "call_duration"),
    ),
    "clock durations": (
        [mobile, mobile, time, one_of("00:01:12", "00:00:45")],
        ("caller", "callee", "call_time", "call_duration"),
    ),
    "mail and password": ([email, password], (None, "password")),
    "phone and password": ([mobile, password], (None, "password")),
    "mail and md5": ([email, digest], (None, "password")),
    "user, mail, md5": (
        [whole(1, 10**6), lambda d, i: f"tom{i}", email, digest, day],
        (None, "account", None, "password", None),
    ),
    "user name and password": (
        [
            lambda d, i: f"tom_{i}",
            lambda d, i: f"{d.choice(['li', 'qing', 'wei'])}@{d.randrange(10**4):04d}xK",
        ],
        ("account", "password"),
    ),
    "hotline": (
        [lambda d, i: "4008123123", mobile, time, whole(1, 1800)],
        ("caller", "callee", "call_time", "call_duration"),
    ),
    "bcrypt": ([email, bcrypt, day, mobile], (None, "password", None, None)),
    "message": ([mobile, SIGNED, time], (None, "message", None)),
    "ethnicity": ([name, one_of("汉族", "回族", "满族")], (None, "ethnicity")),
    "marital": ([name, one_of("已婚", "未婚")], (None, "marital")),
    "education": ([name, one_of("本科", "大专", "高中")], (None, "education")),
    "credit": ([mobile, one_of("正常", "关注", "次级", "逾期")], (None, "credit")),
    "diagnosis": (
        [name, one_of("2型糖尿病", "急性支气管炎", "高血压3级", "右侧股骨颈骨折")],
        (None, "diagnosis"),
    ),
    "ICD-10": ([name, one_of("I10.x00", "E11.900", "J18.901", "K29.500x001")], (None, "diagnosis")),
    "orders": ([ORDER, mobile, MONEY], ("order", None, "amount")),
    "waybill": ([lambda d, i: f"SF{d.randrange(10**12, 10**13)}", mobile], ("waybill", None)),
    "vehicles": ([name, vin, ENGINE], (None, None, "engine_number")),
    "card, month, year, code": (
        [card, lambda d, i: f"{d.randint(1, 12):02d}", whole(24, 31), back, name],
        (None, "card_expiry", "card_expiry", "pay_password", None),
    ),
    "card, end, code": (
        [name, card, lambda d, i: f"{d.randint(1, 12):02d}/{d.randint(24, 31)}", back],
        (None, None, "card_expiry", "pay_password"),
    ),
}


@pytest.mark.parametrize("case", FOUND)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_found(case: str, seed: int) -> None:
    columns, expected = FOUND[case]
    assert roles_of(*columns, seed=seed) == expected
    assert all(each is None or each in role_names() for each in expected)


NONE: dict[str, list[object]] = {
    "card, month, year, amount": [card, whole(1, 12), whole(24, 31), whole(100, 999)],
    "card, month, year, state": [card, whole(1, 12), whole(24, 31), one_of("000", "001", "002")],
    "card, month, day, code": [card, whole(1, 12), whole(1, 28), back],
    "card and day": [card, lambda d, i: f"{d.randint(1, 12):02d}/{d.randint(1, 28):02d}", MONEY],
    "number, month, year, code": [whole(10**15, 10**16 - 1), whole(1, 12), whole(24, 31), back],
    "coordinates abroad": [mobile, between(-100, -90, 6), between(30, 40, 6), time],
    "weight and body mass": [name, between(50, 136, 4), between(3, 54, 4), day],
    "few decimals": [mobile, between(100, 115, 2), between(26, 34, 2), time],
    "measures between": [LONGITUDE, whole(1, 9), LATITUDE],
    "times without a place": [mobile, time, time],
    "two times without a room": [name, IN, OUT],
    "two times and amounts": [name, IN, OUT, one_of("299", "1500", "888", "1999", "450")],
    "a hospital": [name, IN, OUT, ROOM, one_of("肺炎", "高血压")],
    "parcels": [mobile, mobile, time, between(0, 9, 1)],
    "transfers": [mobile, mobile, time, one_of("100", "2000", "500", "1250")],
    "quantities": [mobile, mobile, time, whole(1, 5)],
    "two phones of one": [mobile, name, name, mobile, time, whole(1, 1800)],
    "phones and their digests": [
        [f"1380013{i:04d}" for i in range(COUNT)],
        [hashlib.md5(f"1380013{i:04d}".encode()).hexdigest() for i in range(COUNT)],
    ],
    "commits": [digest, one_of("a@example.com", "b@example.com"), time],
    "files": [lambda d, i: f"setup{i}.exe", digest, whole(1, 10**6)],
    "mail and user name": [
        email,
        lambda d, i: f"{d.choice(['tom', 'lily', 'wang'])}{d.choice(['', '88', '_x'])}",
    ],
    "mail and part of it": [email, lambda d, i: email(d, i).partition("@")[0]],
    "mail and host": [
        email,
        lambda d, i: f"{d.randint(1, 99)}.{d.randint(1, 250)}.{d.randint(1, 9)}.7:{d.randint(80, 9999)}",
    ],
    "mail and page": [email, lambda d, i: f"http://a{d.randint(1, 999)}.cn/{d.choice(['x', 'yz', 'abc'])}"],
    "mail and share": [email, lambda d, i: f"{d.uniform(0, 120):.4f}%"],
    "mail and handle": [
        email,
        lambda d, i: f"@{d.choice(['tom', 'lilyan', 'wang'])}{d.choice(['', '88', '_x'])}{i}",
    ],
    "mail and key": [
        email,
        lambda d, i: "-".join("".join(d.choices("ABCDEFGHJK23456789", k=5)) for _ in range(4)),
    ],
    "mail and birthday": [email, lambda d, i: day(d).replace("-", "")],
    "user name and name": [
        lambda d, i: f"tom{i}",
        lambda d, i: f"{d.choice(['lily', 'wang', 'lucky'])}{d.choice(['', '88', '_x1'])}",
    ],
    "phone, number, time, seconds": [mobile, whole(20_000_000, 90_000_000), time, whole(1, 1800)],
    "phone, day, time, seconds": [mobile, lambda d, i: day(d).replace("-", ""), time, whole(1, 1800)],
    "overdue": [name, one_of("正常", "逾期")],
    "mail and QQ": [email, whole(10**6, 10**10)],
    "mail and codes": [email, lambda d, i: f"AB-{code(d)}"],
    "mail and amounts": [email, MONEY],
    "mail and town": [email, one_of("Beijing", "Shanghai", "Hangzhou", "Chengdu", "Xiamen")],
    "titles of goods": [
        mobile,
        one_of("【官方正品】夏季新款男鞋", "【包邮】纯棉四件套床上用品", "【热卖】不锈钢保温杯"),
    ],
    "phone and code": [mobile, code],
    "stages of school": [name, one_of("小学", "初中", "高中")],
    "states of things": [name, one_of("正常", "关注")],
    "months": [name, one_of("M1", "M2", "M3")],
    "seats": [name, one_of("A12", "B07", "C33", "D01")],
    "balance alone": [name, MONEY],
    "card and amount": [card, name, MONEY],
    "statement of random amounts": [card, time, MONEY, MONEY],
    "serial and amount of a card": [ORDER, card, MONEY],
    "a lone column": [one_of("汉族", "回族")],
}


@pytest.mark.parametrize("case", NONE)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_none(case: str, seed: int) -> None:
    roles = roles_of(*NONE[case], seed=seed)
    allowed = {"a hospital": {"diagnosis"}, "a lone column": {"ethnicity"}}.get(case, set())
    assert {each for each in roles if each} <= allowed
    if len(NONE[case]) == 1:
        assert not ContentRoles(lambda _: None).wanted([None])


def test_a_balance_is_what_the_amounts_leave() -> None:
    draw = random.Random(4)
    owner, left, rows = card(draw), 500_000, []
    for _ in range(COUNT):
        amount = draw.randint(100, 90_000)
        left += draw.choice((amount, -amount))
        rows.append((owner, f"{amount / 100:.2f}", f"{left / 100:.2f}"))
    for lines in (rows, rows[::-1]):
        assert roles_of(*zip(*lines, strict=True)) == (None, "amount", "balance")
    shuffled = draw.sample(rows, len(rows))
    assert roles_of(*zip(*shuffled, strict=True)) == (None, None, None)


def test_a_code_is_one_if_its_message_says_so() -> None:
    draw = random.Random(4)
    codes = [code(draw) for _ in range(COUNT)]
    texts = [f"【云商】您的验证码为{each}，5分钟内有效" for each in codes]
    phones = [mobile(draw) for _ in codes]
    assert roles_of(phones, texts, codes) == (None, "message", "verification_code")
    assert roles_of(phones, texts, codes[::-1]) == (None, "message", None)
    unsigned = [each.partition("】")[2] for each in texts]
    assert roles_of(phones, unsigned) == (None, "message")


def test_a_long_number_is_an_order_where_goods_are_sent() -> None:
    long = [f"17420{random.Random(i).randrange(10**14):014d}" for i in range(COUNT)]
    place = [f"浙江省杭州市西湖区文三路{i}号" for i in range(COUNT)]
    money = [f"{i}.50" for i in range(COUNT)]
    assert roles_of(long, place, money) == ("order", None, "amount")
    assert roles_of(long, ["某处"] * COUNT, money) == (None, None, None)
    ids = [f"33010619900307{i:03d}X" for i in range(COUNT)]
    assert roles_of(ids, place, money) == (None, None, None)


@pytest.mark.parametrize(
    ("filled", "foreign", "role"), [(10, 0, True), (9, 0, False), (100, 9, True), (100, 11, False)]
)
def test_how_many_cells_and_what_share(filled: int, foreign: int, role: bool) -> None:
    values = (["已婚", "未婚"] * filled)[: filled - foreign] + ["某某"] * foreign
    random.Random(1).shuffle(values)
    assert (roles_of([""] * filled + ["王伟"] * filled, values + [""] * filled)[1] == "marital") is role


def test_only_the_first_rows_decide() -> None:
    head, tail = ["已婚", "未婚"] * (ROWS // 2), ["某某"] * 5 * ROWS
    names = ["王伟"] * 6 * ROWS
    assert roles_of(names, head + tail)[1] == "marital"
    assert roles_of(names, tail + head)[1] is None


@pytest.mark.parametrize("case", ["ethnicity", "diagnosis", "mail and password", "calls", "stay", "orders"])
def test_the_order_of_rows_changes_nothing(case: str) -> None:
    draw = random.Random(7)
    columns, expected = FOUND[case]
    made = [[str(c(draw, i)) for i in range(COUNT)] if callable(c) else list(c) for c in columns]
    rows = draw.sample(list(zip(*made, strict=True)), COUNT)
    assert roles_of(*zip(*rows, strict=True)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        *(
            (each, True)
            for each in (
                None,
                "",
                "c1",
                "C2",
                "字段3",
                "F5",
                "f_5",
                "Unnamed: 0",
                "_c0",
                "col-7",
                "12",
                "第3列",
                "A",
                "?column?",
            )
        ),
        *(
            (each, False)
            for each in ("备注", "x", "y", "手机", "type", "name1", "m2", "col_name", "字段说明", "abc")
        ),
    ],
)
def test_headers_that_say_nothing(header: str | None, expected: bool) -> None:
    assert shapes.says_nothing(header) is expected


@pytest.mark.parametrize("header", ["c1", "字段3", "F5", "Unnamed: 0", "_c0", "A", "V1", "第3列"])
def test_the_lexicon_names_none_of_them_for_sure(header: str) -> None:
    found = role(header)
    assert found is None or found.strength == "weak"


def sure(header: str) -> str | None:
    named = role(header)
    return named.name if named and named.strength == "sure" else None


def test_a_telling_header_is_never_overruled() -> None:
    draw = random.Random(3)
    cells = [
        Cells.of([str(make(draw, i)) for i in range(COUNT)])
        for make in (name, one_of("已婚", "未婚"), one_of("汉族", "回族"))
    ]
    decide = ContentRoles(sure)
    assert decide(["姓名", "c1", "c2"], lambda: cells) == (None, "marital", "ethnicity")
    assert decide(["姓名", "客户类型", "c2"], lambda: cells) == (None, None, "ethnicity")
    assert decide(["姓名", "婚姻状况", "c2"], lambda: [cells[0], cells[2], cells[1]]) is None, (
        "it has such a column already"
    )
    assert decide(["姓名", "备注", "来源"], lambda: pytest.fail("nothing to be told")) is None


CELL = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "0",
            "²³",
            "１２３",
            "104.5",
            "30.123456",
            "2024-13-45 99:99:99",
            "20240230",
            "1e5",
            "NULL",
            "\x00",
            "①",
            "¥1,2",
            "2024年1月1日1时",
            "9" * 40,
        ]
    ),
    st.from_regex(r"\A[0-9.:/-]{1,20}\Z"),
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_the_cells_hold(data: st.DataObject) -> None:
    """Nothing raises, and a role is a role of the lexicon; near misses of every shape are mixed in."""
    rows = data.draw(st.integers(10, 14))
    draw = random.Random(data.draw(st.integers(0, 99)))
    columns = []
    for _ in range(data.draw(st.integers(1, 5))):
        make = data.draw(
            st.sampled_from(
                [
                    mobile,
                    time,
                    day,
                    email,
                    password,
                    digest,
                    card,
                    vin,
                    LONGITUDE,
                    LATITUDE,
                    MONEY,
                    ROOM,
                    HOTEL,
                    ORDER,
                    code,
                ]
            )
        )
        column: list[str | bytes | None] = [str(make(draw, i)) for i in range(rows)]
        column[draw.randrange(rows)] = data.draw(CELL)
        column[draw.randrange(rows)] = data.draw(st.one_of(st.none(), st.binary(max_size=6)))
        columns.append(Cells.of(column))
    roles = found(columns)
    assert len(roles) == len(columns)
    assert {each for each in roles if each} <= set(role_names())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-23 06:05:00", (2024, 3, 23, 6, 5, 0)),
        ("2024/3/2 6:05", (2024, 3, 2, 6, 5, 0)),
        ("20240323060501", (2024, 3, 23, 6, 5, 1)),
        ("20240323", (2024, 3, 23, 0, 0, 0)),
        ("2024年3月23日 6时5分", (2024, 3, 23, 6, 5, 0)),
        ("2024-03-23T06:05:01.250+08:00", (2024, 3, 23, 6, 5, 1)),
        ("2024-02-30", None),
        ("", None),
        ("soon", None),
        ("6225995741028853", None),  # stands among moments: nothing may stop a reader
        ("99999999999999999999-1-1", None),
    ],
)
def test_moments(text: str, expected: tuple[int, ...] | None) -> None:
    made = moment(text)
    assert (made and (made.year, made.month, made.day, made.hour, made.minute, made.second)) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("1,234.50", 123450), ("¥-3.5", -350), ("12元", 1200), ("", 0), ("٣.٤", 0)]
)
def test_cents(text: str, expected: int) -> None:
    assert cents(text) == expected


def test_form() -> None:
    assert form("li@0213xK") == "a2#1d4a2"
    assert form("123456") == "d6"


@pytest.mark.parametrize(
    "change",
    [
        {"shape": {"a": {"pattern": "("}}},
        {"shape": {"a": {}}},
        {"shape": {"a": {"words": ["x"], "holds": "x"}}},
        {"shape": {"a": {"words": ["x"], "telling": ["y"]}}},
        {"least": {}},
        {"empty": {}},
    ],
)
def test_knowledge_that_is_not_well_formed_is_refused(change: dict[str, object]) -> None:
    sound = {
        "least": {"rows": 10, "share": 0.9},
        "shape": {},
        "nothing": {"pattern": "c", "except": []},
        "empty": {"words": []},
    }
    assert shapes.parse(sound)
    with pytest.raises(PatternError):
        shapes.parse({**sound, **change})


def track(draw: random.Random, rows: int) -> list[list[str]]:
    return [[mobile(draw), str(LONGITUDE(draw, i)), str(LATITUDE(draw, i)), time(draw)] for i in range(rows)]


def roles_in(document: dict[str, object]) -> list[str | None]:
    return [column["role"] for column in document["columns"]]  # type: ignore[attr-defined, index]


def test_block_size_and_jobs_change_nothing(tmp_path: Path) -> None:
    lines = [",".join(row) for row in track(random.Random(1), 3000)]
    # Beyond the head the file goes on otherwise; lines of another width lie in it.
    lines[700:700] = ["a damaged line", "1,2"]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    whole = scanned(path)
    assert roles_in(whole) == ["mobile", "longitude", "latitude", "position_time"]
    for size in (4096, 70_001):
        for jobs in (1, 3):
            other = scanned(path, read=ReadOptions(block_size=size), jobs=jobs)
            assert lasting(other)["columns"] == lasting(whole)["columns"]
            assert other["categories"] == whole["categories"]


@pytest.mark.parametrize("titles", [[], ["导出时间：2024-01-01,,,"]])
def test_columns_under_headers_that_say_nothing(tmp_path: Path, titles: list[str]) -> None:
    lines = [*titles, "手机号,字段1,字段2,F4", *(",".join(row) for row in track(random.Random(2), 50))]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert roles_in(scanned(path)) == ["mobile", "longitude", "latitude", "position_time"]


def test_parquet_and_frames(tmp_path: Path) -> None:
    columns = list(zip(*track(random.Random(2), 400), strict=True))
    table = pa.table(
        {"c0": columns[0], "c1": columns[1], "c2": columns[2], "c3": pa.array(columns[3]).dictionary_encode()}
    )
    expected = ["mobile", "longitude", "latitude", "position_time"]
    assert roles_in(scanned_table(table)) == expected
    pieces = pa.Table.from_batches(table.to_batches(max_chunksize=7))
    assert roles_in(scanned_table(pieces)) == expected
    pq.write_table(table, tmp_path / "points.parquet", row_group_size=9)
    assert roles_in(scanned(tmp_path / "points.parquet")) == expected
    lists = table.append_column("c4", pa.array([["x", "y"]] * 400))
    assert roles_in(scanned_table(lists))[:4] == expected
    empty = pa.table({"c0": pa.array([], pa.string()), "c1": pa.array([], pa.string())})
    assert roles_in(scanned_table(empty)) == []
