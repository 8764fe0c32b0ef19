"""More of what cells tell: passwords, messages, statuses, health, vehicles, orders, balances."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median

from reference.heads import Head, Heads, fits, rule
from reference.identifiers import luhn

Named = Iterator[tuple[int, str]]
UNIQUE = 0.9
NO_PASSWORDS = (
    "moment",
    "day",
    "degree",
    "phone",
    "email",
    "card",
    "vin",
    "order",
    "waybill",
    "icd_with_point",
)
HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)


def credentials(heads: Heads) -> Named:
    """A column of passwords behind its accounts, and the user names beside it."""
    reach = heads.of("email") + heads.of("mobile")
    passwords = heads.of("stored_password") or digests(heads, reach) or plain(heads, reach)
    if len(passwords) != 1:
        return
    names = [n for n in user_names(heads) if n < passwords[0]]
    if reach or names:
        yield passwords[0], "password"
        if len(names) == 1:
            yield names[0], "account"


def user_names(heads: Heads) -> list[int]:
    return [n for n in heads.of("user_name") if heads[n].variety() > UNIQUE]


def digests(heads: Heads, reach: list[int]) -> list[int]:
    accounts = [n for n in reach if heads[n].variety() > UNIQUE]
    found = heads.of("digest")
    if len(found) != 1 or not accounts or min(accounts) > found[0]:
        return []
    mail = bool(heads.of("email"))
    if len(heads) > rule("password")["columns"] - (not mail) and not (mail and user_names(heads)):
        return []
    return [] if any(is_digest_of(heads, n, found[0]) for n in accounts) else found


def is_digest_of(heads: Heads, account: int, digest: int) -> bool:
    pairs = heads.pairs(account, digest)[:20]
    told = 0
    for text, given in pairs:
        bare = given.casefold().removeprefix("0x")
        forms = {text, text.lower(), text.upper(), f"86{text}", f"+86{text}", text.partition("@")[0]}
        told += any(bare in each(form.encode()).hexdigest() for form in forms for each in HASHES)
    return 2 * told >= len(pairs)


def plain(heads: Heads, reach: list[int]) -> list[int]:
    if not 2 <= len(heads) <= rule("password")["columns"]:
        return []
    found = [n for n in range(len(heads)) if n not in reach and is_password(heads[n], not reach)]
    accounts = [n for n in reach + user_names(heads) if n not in found]
    if len(found) != 1 or not accounts or min(accounts) > found[0]:
        return []
    for n in accounts:
        pairs = heads.pairs(n, found[0])
        same = sum(b.casefold() in (a.casefold(), a.partition("@")[0].casefold()) for a, b in pairs)
        if same > rule("password")["like_account"] * len(pairs):
            return []
    return found


def is_password(head: Head, only_names: bool) -> bool:
    limits = rule("password")
    word, digest, stored = (fits(name) for name in ("plain_password", "digest", "stored_password"))
    probe = head.filled[:12]
    if len(probe) < 10 or not all(word(text) or digest(text) or stored(text) for text in probe[:2]):
        return False
    if any(head.is_(name) for name in NO_PASSWORDS):
        return False
    bare = [text for text in head.filled if word(text) and not digest(text)]
    hashed = sum(digest(text) or stored(text) for text in head.filled)
    share = rule("shape")["plain_password"].get("share", rule("least")["share"])
    if len(bare) + hashed < share * len(head.filled) or 2 * len(bare) < len(head.filled):
        return False

    def many(fitting: Callable[[str], bool], most: float) -> bool:
        return sum(map(fitting, bare)) > most * len(bare)

    forms = Counter(form(text) for text in bare)
    if head.variety() < limits["different"] or many(
        lambda text: len(text) < limits["shortest"], limits["short"]
    ):
        return False
    if many(str.isalpha, limits["letters_only"]) or many(str.isdigit, limits["digits_only"]):
        return False
    if len(forms) < limits["shapes"] or max(forms.values()) > limits["one_shape"] * len(bare):
        return False
    used = sum(text.casefold() in limits["common_words"] for text in bare)
    if used >= max(2, limits["common"] * len(bare)):
        return True
    marked = sum(any(c in limits["bold"] for c in text[1:]) for text in bare)
    if only_names:
        return bool(marked >= limits["marks_of_names"] * len(bare))
    figures = sum(map(str.isdigit, bare))
    return bool(marked >= limits["marks"] * len(bare) or figures >= limits["digits"] * len(bare))


def form(text: str) -> str:
    """Letters, digits and marks with how many of each: li@0213 is a2#1d4."""
    runs = re.findall("([A-Za-z]+)|([0-9]+)|([^A-Za-z0-9]+)", text)
    return "".join(
        f"{kind}{len(part)}" for run in runs for kind, part in zip("ad#", run, strict=True) if part
    )


def messages(heads: Heads) -> Named:
    """Signed texts that speak to somebody, or tell a code; and the codes beside them."""
    signed = []
    for n in heads.of("message"):
        filled = heads[n].filled
        spoken = sum(map(fits("message_words"), filled))
        if median(map(len, filled)) >= rule("message")["shortest"] and spoken >= rule("message")[
            "spoken"
        ] * len(filled):
            signed.append(n)
    texts = sorted({*signed, *heads.of("code_message")})
    if len(texts) != 1:
        return
    yield texts[0], "message"
    for n in heads.of("code"):
        pairs = heads.pairs(texts[0], n)
        if pairs and sum(code in text for text, code in pairs) >= rule("code")["named"] * len(pairs):
            yield n, "verification_code"


def statuses(heads: Heads) -> Named:
    for name in ("ethnicity", "marital", "education", "credit"):
        yield from ((n, name) for n in heads.of(name))


def health(heads: Heads) -> Named:
    yield from ((n, "diagnosis") for n in heads.of("diagnosis"))
    for n in heads.of("icd"):
        letters = {text[0].upper() for text in heads[n].filled}
        if (
            heads[n].share("icd_with_point") >= rule("icd")["pointed"]
            and len(letters) >= rule("icd")["letters"]
        ):
            yield n, "diagnosis"


def vehicles(heads: Heads) -> Named:
    for vin in heads.of("vin"):
        for n in (vin - 1, vin + 1):
            if not 0 <= n < len(heads) or not heads[n].is_("engine_number") or heads[n].is_("vin"):
                continue
            filled = heads[n].filled
            mixed = sum(not text.isdigit() and not text.isalpha() for text in filled)
            if (
                mixed >= rule("engine")["mixed"] * len(filled)
                and heads[n].variety() >= rule("engine")["different"]
            ):
                yield n, "engine_number"


def pointed(heads: Heads) -> list[int]:
    """Columns of money in which enough amounts have a point."""
    least = rule("order")["pointed"]
    return [
        n for n in heads.of("money") if sum("." in t for t in heads[n].filled) >= least * len(heads[n].filled)
    ]


def cards(heads: Heads) -> list[int]:
    found = []
    for n in heads.of("card"):
        texts = [text.replace(" ", "") for text in heads[n].filled]
        passed = sum(text.isascii() and text.isdigit() and len(text) < 20 and luhn(text) for text in texts)
        if passed >= UNIQUE * len(texts):
            found.append(n)
    return found


def trade(heads: Heads) -> Named:
    """Waybills; numbers of orders beside the one amount."""
    yield from ((n, "waybill") for n in heads.of("waybill"))
    amounts = pointed(heads)
    if len(amounts) != 1 or cards(heads):
        return
    long = heads.of("long_number") if heads.of("place") else []
    least = rule("order")["different"]
    orders = [
        n for n in sorted({*heads.of("order"), *long})
        if heads[n].variety() >= least and not heads[n].is_("id_number")
    ]  # fmt: skip
    if len(orders) == 1:
        yield orders[0], "order"
        yield amounts[0], "amount"


def balances(heads: Heads) -> Named:
    """Beside a card, amounts and what is left after each."""
    accounts, money = cards(heads), pointed(heads)
    if len(accounts) != 1 or not 2 <= len(money) <= 4:
        return
    sums = [(a, b) for a in money for b in money if a != b and adds_up(heads, accounts[0], a, b)]
    if len(sums) == 1:
        yield sums[0][0], "amount"
        yield sums[0][1], "balance"


def adds_up(heads: Heads, account: int, amount: int, balance: int) -> bool:
    last: dict[str, tuple[int, int]] = {}
    steps = fitting = 0
    for owner, changed, left in zip(*(heads[n].every for n in (account, amount, balance)), strict=True):
        if not (owner and changed and left):
            continue
        now = cents(changed), cents(left)
        if owner in last:
            steps += 1
            if steps > rule("balance")["steps"] and 2 * fitting < steps:
                return False
            step = abs(now[1] - last[owner][1])
            fitting += now[0] != 0 and step in (abs(now[0]), abs(last[owner][0]))
        last[owner] = now
    return steps >= rule("balance")["steps"] and fitting >= rule("balance")["share"] * steps


def cents(text: str) -> int:
    whole, _, rest = text.strip("¥￥元").replace(",", "").partition(".")
    part = rest if rest.isascii() and rest.isdigit() else ""
    number = int(re.sub("[^0-9]", "", whole) or 0) * 100 + int(part.ljust(2, "0")[:2])
    return -number if whole.startswith("-") else number


def card_ends(heads: Heads) -> Named:
    """card|07/26|012 and card|07|26|012: the code is as good as random, and some begin with 0."""
    for n in cards(heads):
        shapes = [
            {s for s in ("card_end", "card_month", "card_year", "card_code") if head.is_(s)}
            for head in heads[n:]
        ]
        for ends in (["card_end"], ["card_month", "card_year"]):
            wanted = [*ends, "card_code"]
            if len(shapes) <= len(wanted) or any(s not in shapes[1 + i] for i, s in enumerate(wanted)):
                continue
            code = n + len(wanted)
            begin = [text[0] for text in heads[code].filled]
            if (
                heads[code].variety() >= rule("card_code")["different"]
                and begin.count("0") >= rule("card_code")["zeros"]
            ):
                yield from ((n + 1 + i, "card_expiry") for i in range(len(ends)))
                yield code, "pay_password"
            break


RULES = (credentials, messages, statuses, health, vehicles, trade, balances, card_ends)
