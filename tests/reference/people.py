"""Invented people and things for random dumps; nobody in it exists."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from random import Random

from reference import knowledge
from reference.expressions import VIN_VALUES, VIN_WEIGHTS
from reference.identifiers import LETTERS, assigned, check_character, luhn, scores

ROADS = ("中山路", "人民路", "建设大道", "新华街", "解放北路", "和平巷", "银杏公路", "学府路", "滨江大道")
ESTATES = ("锦绣花园", "阳光小区", "恒美公馆", "翠湖家园", "金色公寓")
DOMAINS = ("example.com", "mail.example.org", "example.net", "qq.example.cn")
PLATE = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def number(random: Random, size: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(size))


def born(random: Random, first: int = 1945, last: int = 2010) -> date:
    return date(first, 1, 1) + timedelta(days=random.randrange((last - first) * 365))


@cache
def _counties() -> tuple[str, ...]:
    rows = knowledge.table("regions").rows()
    return tuple(row["code"] for row in rows if not row["last_year"] and not row["code"].endswith("00"))


@cache
def _surnames() -> tuple[str, ...]:
    ranked = [row for row in knowledge.table("surnames").rows() if row["rank"]]
    return tuple(row["surname"] for row in ranked if int(row["rank"]) <= 150)


@cache
def _given() -> tuple[str, ...]:
    return tuple(c for c, score in scores().items() if score > 100)


@cache
def _places() -> tuple[str, ...]:
    rows = {row["code"]: row for row in knowledge.table("divisions").rows()}
    found = []
    for row in rows.values():
        city = rows.get(row["parent"])
        province = rows.get(city["parent"]) if city and city["parent"] else None
        if row["level"] == "3" and province and row["code"].isdigit():
            found.append(province["name"] + city["name"] + row["name"])  # type: ignore[index]
    return tuple(found)


@cache
def _bins() -> tuple[tuple[str, int], ...]:
    rows = knowledge.table("bins").rows()
    return tuple((row["bin"], int(row["length"])) for row in rows if 15 <= int(row["length"]) <= 19)


def with_luhn(body: str) -> str:
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def name(random: Random) -> str:
    if random.random() < 0.02:
        return "买买提·吐尔逊"
    return random.choice(_surnames()) + "".join(
        random.choice(_given()) for _ in range(random.choice((1, 2, 2)))
    )


def identity(random: Random, region: str = "") -> str:
    region = region or random.choice(_counties())
    body = f"{region}{born(random):%Y%m%d}{number(random, 3)}"
    return body + check_character(body)


def permit(random: Random) -> str:
    return identity(random, random.choice(("810000", "820000", "830000")))


def foreigner(random: Random) -> str:
    return identity(random, "9" + random.choice(("11", "31", "44")) + random.choice(("840", "392", "410")))


def phone(random: Random) -> str:
    while True:
        found = f"1{random.choice('3456789')}{number(random, 9)}"
        if assigned(found):
            return found


def landline(random: Random) -> str:
    area, size = random.choice((("010", 8), ("021", 8), ("0571", 8), ("0311", 8), ("0915", 7), ("0755", 8)))
    return f"{area}-{random.choice('2345678')}{number(random, size - 1)}"


def card(random: Random) -> str:
    if random.random() < 0.1:
        return with_luhn(random.choice(("4", "51", "53")).ljust(4, "7") + number(random, 11))
    begin, size = random.choice(_bins())
    return with_luhn(begin + number(random, size - len(begin) - 1))


def email(random: Random) -> str:
    letters = "".join(random.choice("abcdefghijklmnopqrst") for _ in range(random.randint(3, 8)))
    return f"{letters}{random.choice(('', '.', '_'))}{number(random, 4)}@{random.choice(DOMAINS)}"


def address(random: Random) -> str:
    found = random.choice(_places()) + random.choice(ROADS) + f"{random.randint(1, 900)}号"
    if random.random() < 0.5:
        floor, door = random.randint(1, 33), random.randint(1, 9)
        found += (
            f"{random.choice(ESTATES)}{random.randint(1, 30)}栋{random.randint(1, 6)}单元{floor}0{door}室"
        )
    return found


def plate(random: Random) -> str:
    begin = random.choice("京津沪冀豫云辽湘皖鲁苏浙赣粤") + random.choice(PLATE)
    return begin + (random.choice("DF") + number(random, 5) if random.random() < 0.2 else number(random, 5))


def vin(random: Random) -> str:
    alphabet = sorted(VIN_VALUES)
    text = [random.choice("LJ")] + [random.choice(alphabet) for _ in range(12)] + list(number(random, 4))
    text[8] = "0"
    total = sum(weight * VIN_VALUES[c] for weight, c in zip(VIN_WEIGHTS, text, strict=True)) % 11
    text[8] = "0123456789X"[total]
    return "".join(text)


def credit_code(random: Random) -> str:
    body = "91" + random.choice(_counties()) + "".join(random.choice(LETTERS) for _ in range(9))
    total = sum(LETTERS.index(c) * 3**place for place, c in enumerate(body))
    return body + LETTERS[-total % 31]


def digit_code(random: Random) -> str:
    """A credit code of digits alone that would also be a card number by its check digit."""
    while True:
        body = "91" + random.choice(_counties()) + number(random, 9)
        total = sum(int(c) * 3**place for place, c in enumerate(body))
        last = LETTERS[-total % 31]
        if last.isdigit() and (luhn(body + last) or random.random() < 0.3):
            return body + last


def moment(random: Random) -> str:
    day = born(random, 2018, 2025)
    return f"{day:%Y-%m-%d} {random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
