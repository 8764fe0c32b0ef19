"""The detectors that are more than an expression: identity numbers, phones, cards, credit codes, names, addresses.

Written from the standards that each function names. Where numbers begin and end in a text is the matter of
tests/kernels/digits_reference.py, and the grammar of addresses that of tests/kernels/address_reference.py: plain
Python too, and no part of the scanner.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from functools import cache, lru_cache
from math import log
from typing import NamedTuple

from reference import knowledge, placeholders
from reference.texts import decoded, identity

from tests.kernels import address_latin_reference, address_reference
from tests.kernels import digits_reference as digits
from tests.kernels.address_reference_words import CHECK_OF, FORMAT

EARLIEST = 1880  # no living person of the registration era was born earlier
PERMITS = ("810000", "820000", "830000")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: without I O S V Z
NAME_LAST, NAME_MEAN = -200, -150  # of given names' characters, hundredths of log odds


class Candidate(NamedTuple):
    """A value in a cell: bytes from ``start`` to ``end``, the checks it ``passes``, its ``faults``, what it is."""

    start: int
    end: int
    passes: frozenset[str]
    faults: frozenset[str]
    key: str


def candidate(start: int, end: int, checks: set[str], key: str, faults: set[str] | None = None) -> Candidate:
    return Candidate(start, end, frozenset(checks), frozenset(faults or ()), key)


@lru_cache(maxsize=1 << 14)
def runs(raw: bytes) -> tuple[digits.Run, ...]:
    return tuple(digits.runs_of_cell(0, raw))


# Identity numbers -----------------------------------------------------------------------------------------------


@cache
def regions() -> dict[str, int]:
    """The last year in which each region code was in force."""
    last: dict[str, int] = defaultdict(int)
    for row in knowledge.table("regions").rows():
        last[row["code"]] = max(last[row["code"]], int(row["last_year"] or 9999))
    return dict(last)


@cache
def nations() -> frozenset[str]:
    return frozenset(knowledge.table("countries").columns["numeric"])


def check_character(body: str) -> str:
    """GB 11643: the sum of digits times 2^(18 - place), modulo 11."""
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def day_of(text: str, as_of: date) -> tuple[set[str], set[str]]:
    """Checks and faults of a day of birth, YYYYMMDD."""
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return set(), set()
    if born.year < EARLIEST:
        return set(), set()
    return (set(), {"future_date"}) if born > as_of else ({"date"}, set())


def region_of(code: str, year: int) -> tuple[set[str], set[str]]:
    last = regions().get(code)
    if last is None:
        return set(), {"unassigned"}
    return ({"region"}, set()) if year <= last else (set(), {"region_abolished"})


def family(number: str) -> str:
    return (
        "hmt_residence_permit"
        if number[:6] in PERMITS
        else "foreign_resident_id"
        if number[0] == "9"
        else "resident_id"
    )


def identity_numbers(raw: bytes, wanted: str, as_of: date) -> list[Candidate]:
    """18 characters of GB 11643-1999, of one of three families."""
    found = []
    for run in runs(raw):
        if not run.flags & digits.ID18:
            continue
        number = f"{run.value}X" if run.flags & digits.ENDS_IN_X else str(run.value)
        if family(number) != wanted:
            continue
        passes, faults = day_of(number[6:14], as_of)
        more, other = region_of(number[:6], int(number[6:10]))
        if wanted == "hmt_residence_permit":
            more, other = {"region"}, set()
        elif wanted == "foreign_resident_id":
            known = f"{number[1:3]}0000" in regions() and number[3:6] in nations()
            more, other = ({"region"}, set()) if known else (set(), {"unassigned"})
        passes |= more | {"format"} | ({"checksum"} if check_character(number[:17]) == number[17] else set())
        faults |= other
        if placeholders.is_one("resident_id", number):
            faults.add("placeholder")
        found.append(candidate(run.start, run.end, passes, number, faults))
    return found


def identity_numbers_15(raw: bytes, as_of: date) -> list[Candidate]:
    """GB 11643-1989: 6 region, YYMMDD, 3 sequence; 996 to 999 for births in 18xx."""
    found = []
    for run in runs(raw):
        number = str(run.value)
        if not run.flags & digits.ID15 or number[0] == "9":
            continue
        century = "18" if int(number[12:]) >= 996 else "19"
        body = number[:6] + century + number[6:]
        long = body + check_character(body)
        passes, faults = day_of(body[6:14], as_of)
        more, other = region_of(number[:6], int(body[6:10]))
        passes |= more | {"format"}
        faults |= other
        if placeholders.is_one("resident_id", number) or placeholders.is_one("resident_id", long):
            faults.add("placeholder")
        found.append(candidate(run.start, run.end, passes, long, faults))
    return found


def named_numbers_15(raw: bytes, as_of: date) -> list[Candidate]:
    """Sound ones behind 身份证, 身份证号码 and the like, with up to three blanks or signs between."""
    found = []
    for each in identity_numbers_15(raw, as_of):
        before = raw[: each.start].decode("utf-8", "replace")
        for _ in range(3):
            before = before[:-1] if before[-1:] in set(" :=#：") else before
        before = before.removesuffix("是").removesuffix("为") if before[-1:] in ("是", "为") else before
        for word in ("号码", "號碼", "号", "號"):
            if before.endswith(word):
                before = before[: -len(word)]
                break
        before = before.removesuffix("件")
        if each.passes >= {"format", "date", "region"} and before.endswith(("身份证", "身份證", "身分證")):
            found.append(each)
    return found


def chance_15() -> float:
    """Of random 15 digits from 1… to 8…, the share with a known code and a day of a century."""
    known = sum("100000" <= code < "900000" for code in regions())
    return known / 800_000 * 36_525 / 1_000_000


# Telephones -----------------------------------------------------------------------------------------------------


@cache
def prefixes() -> dict[str, bool]:
    """Mobile prefixes, and whether 11-digit numbers under them have subscribers."""
    return {
        row["prefix"]: row["kind"] in ("person", "satellite") and row["digits"] == "11"
        for row in knowledge.table("mobile_prefixes").rows()
    }


def assigned(number: str) -> bool | None:
    """Whether a mobile number has a subscriber; None where its network code is not assigned."""
    for size in (5, 4, 3, 2, 1):
        if number[:size] in prefixes():
            return prefixes()[number[:size]]
    return None


def mobiles(raw: bytes) -> list[Candidate]:
    found = []
    for run in runs(raw):
        if not run.flags & digits.MOBILE:
            continue
        number = str(run.value)
        state = assigned(number)
        faults = {"unassigned"} if state is None else set() if state else {"reserved"}
        if placeholders.is_one("mobile_phone", number):
            faults.add("placeholder")
        found.append(
            candidate(run.start, run.end, {"format", "prefix"} if state else {"format"}, number, faults)
        )
    return found


def chance_mobile() -> float:
    return sum(assigned(str(number)) is True for number in range(10_000, 20_000)) / 10_000


@cache
def areas() -> dict[str, str]:
    columns = knowledge.table("area_codes").columns
    return dict(zip(columns["code"], columns["digits"], strict=True))


def landlines(raw: bytes) -> list[Candidate]:
    found = []
    for run in runs(raw):
        behind = raw[run.end : run.end + 2]
        if not run.flags & digits.LANDLINE or re.match(rb"\.[A-Za-z]", behind):
            continue
        number = str(run.value).zfill(run.length)
        number = number[1:] if number[0] == "0" else number  # the area's 0 is not always written
        area = number[:2] if number[0] in "12" else number[:3]
        subscriber = number[len(area) :]
        passes, faults = set(), set()
        if len(subscriber) not in (7, 8):
            faults.add("length")
        elif "2" <= subscriber[0] <= "8":
            passes.add("format")
        else:
            faults.add("reserved")
        if area not in areas():
            faults.add("unassigned")
        elif str(len(subscriber)) in areas()[area]:
            passes.add("prefix")
        else:
            faults.add("length")
        found.append(candidate(run.start, run.end, passes, number, faults))
    return found


def chance_landline() -> float:
    """Of random numbers of 11 or 12 digits behind a 0, the share whose area exists and has that length."""
    long = [code for code in areas() if len(code) == 3 and code >= "300"]
    short8 = sum("8" in areas()[code] for code in areas() if len(code) == 2)
    seven, eight = (sum(size in areas()[code] for code in long) for size in "78")
    return (short8 * 10 + seven + eight) / 1900  # 12 digits that begin with 01 are mobile numbers


# Bank cards -----------------------------------------------------------------------------------------------------


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@cache
def issuers() -> tuple[dict[int, set[str]], list[dict[str, str]]]:
    """BINs by the length of their cards, and the ranges of schemes."""
    by_length: dict[int, set[str]] = defaultdict(set)
    for row in knowledge.table("bins").rows():
        by_length[int(row["length"])].add(row["bin"])
    return by_length, knowledge.table("card_ranges").rows()


def in_range(number: str, kind: str) -> bool:
    return any(
        row["kind"] == kind
        and row["low"] <= number[:6] <= row["high"]
        and int(row["shortest"]) <= len(number) <= int(row["longest"])
        for row in issuers()[1]
    )


def has_bin(number: str) -> bool:
    known = any(number[:size] in issuers()[0].get(len(number), ()) for size in range(1, 13))
    return known or in_range(number, "domestic")


def other_length(number: str) -> bool:
    """Is the issuer, by six digits at most, known with cards of another length?"""
    sizes = [size for size in issuers()[0] if 13 <= size <= 19]
    known = any(number[:width] in issuers()[0][size] for size in sizes for width in range(1, 7))
    return known or any(in_range(number[:6].ljust(size, "0"), "domestic") for size in range(13, 20))


def cards(raw: bytes, scheme: bool) -> list[Candidate]:
    """13 to 19 digits; of no known issuer, but in the range of another scheme, with ``scheme``."""
    found = []
    for run in runs(raw):
        if not run.flags & digits.CARD:
            continue
        number = str(run.value)
        if not 13 <= len(number) <= 19:
            continue
        known = has_bin(number)
        passes = {"format"} | ({"checksum"} if luhn(number) else set())
        faults = {"placeholder"} if placeholders.is_one("bank_card", number) else set()
        if scheme:
            if known or not in_range(number, "foreign"):
                continue
            passes.add("bin")
        elif known:
            passes.add("bin")
        else:
            faults.add("length" if other_length(number) else "unassigned")
        found.append(candidate(run.start, run.end, passes, number, faults))
    return found


CARD_NAMES = re.compile(
    r"((银行|信用|储蓄|借记|贷记|銀行)卡([号號][码碼]?)?"
    r"|(^|[^0-9A-Za-z])(visa|mastercard|(credit|debit|bank)[ _-]?card)([ _-]?(number|num|no))?\.?)"
    r"[为是]?[ :=#：]{0,3}$",
    re.I,
)  # fmt: skip


def named_cards(raw: bytes) -> list[Candidate]:
    """Sound ones of other schemes behind 信用卡号, credit card no. and the like, and up to three blanks or signs."""
    found = []
    for each in cards(raw, scheme=True):
        before = raw[max(0, each.start - 40) : each.start].decode("utf-8", "ignore")
        if each.passes >= {"checksum", "bin"} and CARD_NAMES.search(before):
            found.append(each)
    return found


# Credit codes ---------------------------------------------------------------------------------------------------


def credit_codes(raw: bytes) -> list[Candidate]:
    """GB 32100-2015: the sum of values times powers of 3 is a multiple of 31."""
    found = []
    for run in runs(raw):
        if not run.flags & digits.USCC:
            continue
        text = digits.normalise(raw[run.start : run.end])[0].upper()
        text = (
            "".join(c for c in text if c.isascii() and c.isalnum())
            if len(text) > 18
            else text.replace("×", "X")
        )
        if run.value and text[1:2] == "0":
            continue
        values = [LETTERS.index(c) for c in text]
        total = sum(value * 3**place for place, value in enumerate(values[:17])) + values[17]
        passes = {"format"} | ({"checksum"} if total % 31 == 0 else set())
        found.append(candidate(run.start, run.end, passes, identity(decoded(raw[run.start : run.end]))))
    return found


# Names ----------------------------------------------------------------------------------------------------------

HAN = "\u3400-\u9fff\U00020000-\U0003ffff〇"
SPACE = " \t-\r\xa0\u3000"
SIGNS = ",/;、，／；"
NAME = re.compile(f"[{SPACE}]*([{HAN}][{HAN}{SPACE}·•‧・．･∙⋅]*[{HAN}])[{SPACE}]*")


@cache
def surnames() -> frozenset[str]:
    known = knowledge.table("surnames").columns["surname"]
    return frozenset([*known, *knowledge.toml("person_names.toml")["first_words"]])


@cache
def simplified() -> dict[int, str]:
    return {ord(row["traditional"]): row["simplified"] for row in knowledge.table("traditional").rows()}


@cache
def scores() -> dict[str, int]:
    """How much more a character is found in given names than in other words: hundredths of log odds."""
    rows = knowledge.table("given_characters").rows()
    odds = log(sum(int(row["words"]) for row in rows)) - log(sum(int(row["weight"]) for row in rows))
    return {
        row["character"]: round(100 * (log(int(row["weight"]) + 0.5) - log(int(row["words"]) + 0.5) + odds))
        for row in (*rows, *knowledge.table("word_characters").rows())
    }


def is_given(text: str) -> bool:
    if not text:
        return False
    points = [scores().get(c, 0) for c in text]
    return points[-1] >= NAME_LAST and sum(points) >= NAME_MEAN * len(points)


def is_name(han: str) -> bool:
    han = han.translate(simplified())
    if len(han) > 2 and han[:2] in surnames() and is_given(han[2:]):
        return True
    return len(han) < 4 and han[0] in surnames() and is_given(han[1:])


@cache
def no_names() -> frozenset[str]:
    nothing = [each for each in knowledge.toml("nothing.toml")["nothing"].values() if isinstance(each, list)]
    return frozenset(
        [*(word for each in nothing for word in each), *knowledge.toml("person_names.toml")["no_names"]]
    )


BESIDE = " \\t+_:,;.|/()[\\]<>=*\\-：，；、／（）　【】"


def beside_numbers(raw: bytes) -> list[Candidate]:
    """The name in a cell that is a phone or identity number, signs, and two to four characters before or behind it; or
    at the beginning of one, before its only phone."""
    phones = [run for run in runs(raw) if run.flags & (digits.MOBILE | digits.LANDLINE)]
    for run in runs(raw):
        front, behind = raw[: run.start], raw[run.end :]
        if not run.flags & (digits.MOBILE | digits.LANDLINE | digits.ID18):
            continue
        if len(front + behind) > 24:
            if phones != [run] or not 6 <= len(front) <= 15:
                continue
            behind = b""
        for text, other, at in ((front, behind, 0), (behind, front, run.end)):
            match = re.fullmatch(f"[{BESIDE}]*([^{BESIDE}\x00-\x7f]+)[{BESIDE}]*", decoded(text))
            if not match or not re.fullmatch(f"[{BESIDE}]*", decoded(other)):
                continue
            size, one = len(match[1].encode("utf-8", "surrogateescape")), one_name(match[1])
            if size in (6, 9, 12) and one:
                return [name_in(decoded(text), *match.span(1), one[2], at)]
    return []


def names(raw: bytes) -> list[Candidate]:
    """A cell that is a name as a whole, or several names, or a name and a number."""
    text = decoded(raw)
    if beside := beside_numbers(raw):
        return beside
    one = one_name(text)
    if one and "surname" in one[2]:
        return [name_in(text, *one)]
    if re.match(f"[{SPACE}]*[{SIGNS}]", text):
        return []
    between = SIGNS if re.search(f"[{SIGNS}]", text) else SPACE
    parts = [part for part in re.finditer(f"[^{between}]+", text) if not re.fullmatch(f"[{SPACE}]*", part[0])]
    found = [(part.start(), one_name(part[0])) for part in parts]
    if found and all(name and "surname" in name[2] for _, name in found):
        return [name_in(text, at + name[0], at + name[1], name[2]) for at, name in found if name]
    return [name_in(text, *one)] if one else []


def name_in(text: str, start: int, end: int, passes: set[str], before: int = 0) -> Candidate:
    first, last = (before + len(text[:at].encode("utf-8", "surrogateescape")) for at in (start, end))
    return candidate(first, last, passes, identity(text[start:end]))


def one_name(text: str) -> tuple[int, int, set[str]] | None:
    """Two to four characters, or up to 24 in parts joined by dots: start, end and the checks that they pass."""
    match = NAME.fullmatch(text)
    if not match:
        return None
    inner = match[1]
    han = re.sub(f"[^{HAN}]", "", inner)
    dots = len(re.findall("[·•‧・．･∙⋅]", inner))
    gaps = len(re.findall(f"[{SPACE}]+", inner))
    joined = re.fullmatch(f"[{HAN}]+(?:[·•‧・．･∙⋅][{HAN}]+)*", inner) is not None
    if dots:
        if not joined or not 3 <= len(han) <= 24:
            return None
    elif gaps > 1 or not 2 <= len(han) <= 4 or han in no_names():
        return None
    return *match.span(1), {"format", "surname"} if dots or is_name(han) else {"format"}


# Addresses ------------------------------------------------------------------------------------------------------

BITS = {"region": 8, "road": 64, "number": 128, "estate": 256, "building": 512, "room": 1024, "village": 2048}
assert set(BITS.values()) == set(CHECK_OF.values())


@lru_cache(maxsize=1 << 14)
def addresses(raw: bytes) -> list[Candidate]:
    find = address_latin_reference.find if raw.isascii() else address_reference.find
    found = []
    for start, end, checks, _ in find(raw):
        passes = {name for name, bit in BITS.items() if checks & bit} | (
            {"format"} if checks & FORMAT else set()
        )
        found.append(candidate(start, end, passes, identity(decoded(raw[start:end]))))
    return found
