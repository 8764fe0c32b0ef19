"""What is told of a person: status, health, orders, money, vehicles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scanner.content.shapes import Columns, Head, limits
from scanner.kernels.cards import luhns

Named = Iterator[tuple[int, str]]
STATUSES = ("ethnicity", "marital", "education", "credit")
UNIQUE = 0.9


def statuses(columns: Columns) -> Named:
    """Columns that hold the words of one vocabulary only."""
    for name in STATUSES:
        yield from ((each, name) for each in columns.of(name))


def health(columns: Columns) -> Named:
    """Names of diseases; codes of ICD-10, which seats and shelves have too, unless many are precise."""
    yield from ((each, "diagnosis") for each in columns.of("diagnosis"))
    rule = limits("icd")
    for column in columns.of("icd"):
        head = columns[column]
        letters = {text[0].upper() for text in head.filled}
        if head.share("icd_with_point") >= rule["pointed"] and len(letters) >= rule["letters"]:
            yield column, "diagnosis"


def vehicles(columns: Columns) -> Named:
    """Beside a vehicle's number (VIN), the number of its engine."""
    rule = limits("engine")
    for vin in columns.of("vin"):
        for column in (vin - 1, vin + 1):
            if 0 <= column < len(columns) and columns[column].is_("engine_number"):
                head = columns[column]
                mixed = sum(not text.isdigit() and not text.isalpha() for text in head.filled)
                is_mixed = mixed >= rule["mixed"] * len(head.filled)
                if is_mixed and head.variety() >= rule["different"] and not head.is_("vin"):
                    yield column, "engine_number"


def trade(columns: Columns) -> Named:
    """Waybills; numbers of orders beside the one amount of money. With a card they are the bank's own numbers."""
    yield from ((each, "waybill") for each in columns.of("waybill"))
    rule = limits("order")
    amounts = [each for each in columns.of("money") if _pointed(columns[each]) >= rule["pointed"]]
    if len(amounts) != 1 or cards(columns):
        return
    long = columns.of("long_number") if columns.of("place") else []
    orders = [
        each
        for each in sorted({*columns.of("order"), *long})
        if columns[each].variety() >= rule["different"] and not columns[each].is_("id_number")
    ]
    if len(orders) == 1:
        yield orders[0], "order"
        yield amounts[0], "amount"


def cards(columns: Columns) -> list[int]:
    """Columns of numbers that are bank cards by their check digit."""
    return [each for each in columns.of("card") if _checked(columns[each])]


def card_ends(columns: Columns) -> Named:
    """Months, years and codes right behind cards (card|07|26|012), as lists of cards have them."""
    rule = limits("card_code")
    for card in cards(columns):
        if card + 1 in columns.of("card_end"):
            code = card + 2
        elif card + 1 in columns.of("card_month") and card + 2 in columns.of("card_year"):
            code = card + 3
        else:
            continue
        if code not in columns.of("card_code") or columns[code].variety() < rule["different"]:
            continue
        if sum(text.startswith("0") for text in columns[code].filled) >= rule["zeros"]:
            yield from ((each, "card_expiry") for each in range(card + 1, code))
            yield code, "pay_password"


def _checked(head: Head) -> bool:
    texts = [text.replace(" ", "") for text in head.filled]
    numbers = np.array(
        [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 20], np.uint64
    )
    return bool(luhns(numbers).sum() >= UNIQUE * len(texts))


def _pointed(head: Head) -> float:
    return sum("." in text for text in head.filled) / len(head.filled)


def balances(columns: Columns) -> Named:
    """Beside a card, amounts and what is left after each, which the sums of neighbouring rows prove.

    A lone column of money may be a payment, a limit or a salary as well.
    """
    accounts = cards(columns)
    money = [each for each in columns.of("money") if _pointed(columns[each]) >= limits("order")["pointed"]]
    if len(accounts) != 1 or not 2 <= len(money) <= 4:
        return
    sums = [(a, b) for a in money for b in money if a != b and _adds_up(columns, accounts[0], a, b)]
    if len(sums) == 1:
        yield sums[0][0], "amount"
        yield sums[0][1], "balance"


def _adds_up(columns: Columns, account: int, amount: int, balance: int) -> bool:
    """Does each balance differ from that of the account's row before it by the amount of one of the two rows?"""
    rule = limits("balance")
    last: dict[str, tuple[int, int]] = {}
    steps = fitting = 0
    rows = zip(*(columns[each].every() for each in (account, amount, balance)), strict=True)
    for owner, changed, left in rows:
        if owner and changed and left:
            now = cents(changed), cents(left)
            if owner in last:
                before = last[owner]
                steps += 1
                # Statements list the newest row first or last.
                if steps > rule["steps"] and 2 * fitting < steps:
                    return False  # most columns of money are settled here
                fitting += abs(now[1] - before[1]) in (abs(now[0]), abs(before[0])) and now[0] != 0
            last[owner] = now
    return bool(steps >= rule["steps"] and fitting >= rule["share"] * steps)


def cents(text: str) -> int:
    """An amount of money in cents; of other text, what its digits say."""
    whole, _, rest = text.strip("¥￥元").replace(",", "").partition(".")
    part = rest if rest.isascii() and rest.isdigit() else ""
    sign = -1 if whole.startswith("-") else 1
    digits = "".join(c for c in whole if c in "0123456789")
    return sign * (int(digits or 0) * 100 + int(part.ljust(2, "0")[:2]))
