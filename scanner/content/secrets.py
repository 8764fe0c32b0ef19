"""Passwords beside their accounts, the text of messages, and the codes in them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from scanner.content.shapes import Columns, Head, limits, shape

Named = Iterator[tuple[int, str]]
FEW = 20  # rows that are enough to tell a digest of the account
UNIQUE = 0.9
_RUN = re.compile("([A-Za-z]+)|([0-9]+)|([^A-Za-z0-9]+)")
_NO_PASSWORDS = (
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
_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)


def credentials(columns: Columns) -> Named:
    """A column of passwords, and the user names beside it; phones and e-mail addresses are accounts themselves."""
    reach = columns.of("email") + columns.of("mobile")
    passwords = (
        columns.of("stored_password") or _digests(columns, reach) or _plain(columns, reach)
    )  # in the order of how sure they are
    if len(passwords) != 1:
        return
    password = passwords[0]
    names = [each for each in _user_names(columns) if each < password]
    if not reach and not names:
        return
    yield password, "password"
    if len(names) == 1:
        yield names[0], "account"


def _user_names(columns: Columns) -> list[int]:
    """Columns that may hold user names: no two the same."""
    return [each for each in columns.of("user_name") if columns[each].variety() > UNIQUE]


def _digests(columns: Columns, reach: list[int]) -> list[int]:
    """The one column of digests behind accounts. A digest of the account itself is no password, nor is one of a file,
    a version or a device: those stand before the account, or beside one that comes again."""
    accounts = [each for each in reach if columns[each].variety() > UNIQUE]
    found = columns.of("digest")
    if len(found) != 1 or not accounts or min(accounts) > found[0]:
        return []
    narrow = len(columns) <= limits("password")["columns"] - (not columns.of("email"))
    if not narrow and not (columns.of("email") and _user_names(columns)):
        return []
    return [] if any(_is_digest_of(columns, each, found[0]) for each in accounts) else found


def _is_digest_of(columns: Columns, account: int, digest: int) -> bool:
    pairs = columns.pairs(account, digest)[:FEW]
    told = 0
    for text, given in pairs:
        forms = {text, text.lower(), text.upper(), f"86{text}", f"+86{text}", text.partition("@")[0]}
        given = given.casefold().removeprefix("0x")
        told += any(given in each(form.encode()).hexdigest() for form in forms for each in _HASHES)
    return 2 * told >= len(pairs)


def _plain(columns: Columns, reach: list[int]) -> list[int]:
    """The one column of plain passwords in a narrow list."""
    if not 2 <= len(columns) <= limits("password")["columns"]:
        return []
    found = [
        each for each in range(len(columns)) if each not in reach and _is_password(columns[each], not reach)
    ]
    accounts = [each for each in reach + _user_names(columns) if each not in found]
    if len(found) != 1 or not accounts or min(accounts) > found[0]:
        return []
    return [] if any(_repeats(columns, each, found[0]) for each in accounts) else found


def _repeats(columns: Columns, account: int, other: int) -> bool:
    """Is a column mostly what its accounts say already? Then it holds names."""
    pairs = columns.pairs(account, other)
    same = sum(b.casefold() in (a.casefold(), a.partition("@")[0].casefold()) for a, b in pairs)
    return bool(same > limits("password")["like_account"] * len(pairs))


def _is_password(head: Head, only_names: bool) -> bool:
    """Are the cells passwords, plain or some of them hashed? Not names, words, codes, numbers or times.

    ``only_names``: the accounts beside them are user names, which other things look like too.
    """
    rule = limits("password")
    shapes = [shape(name) for name in ("plain_password", "digest", "stored_password")]
    if len(head.probe) < FEW // 2 or not all(
        any(each.fits(text) for each in shapes) for text in head.probe[:2]
    ):
        return False
    if any(head.is_(name) for name in _NO_PASSWORDS):
        return False
    plain = [text for text in head.filled if shapes[0].fits(text) and not shapes[1].fits(text)]
    hashed = sum(any(each.fits(text) for each in shapes[1:]) for text in head.filled)
    count = len(plain)
    if count + hashed < shapes[0].share * len(head.filled) or 2 * count < len(head.filled):
        return False
    forms = Counter(form(text) for text in plain)
    digits = sum(text.isdigit() for text in plain)
    if (
        head.variety() < rule["different"]
        or sum(len(text) < rule["shortest"] for text in plain) > rule["short"] * count
        or sum(text.isalpha() for text in plain) > rule["letters_only"] * count
        or digits > rule["digits_only"] * count
        or len(forms) < rule["shapes"]
        or forms.most_common(1)[0][1] > rule["one_shape"] * count
    ):
        return False
    common = frozenset(rule["common_words"])
    used = sum(text.casefold() in common for text in plain)
    if used >= max(2, rule["common"] * count):
        return True
    bold = frozenset(rule["bold"])
    marked = sum(not bold.isdisjoint(text[1:]) for text in plain)
    if only_names:
        return bool(marked >= rule["marks_of_names"] * count)
    return bool(marked >= rule["marks"] * count or digits >= rule["digits"] * count)


def form(text: str) -> str:
    """The sequence of letters, digits and marks, with how many of each: ``a2#1d4`` of ``li@0213``."""
    return _RUN.sub(lambda run: f"{'ad#'[(run.lastindex or 1) - 1]}{len(run[0])}", text)


def messages(columns: Columns) -> Named:
    """Text messages: signed (【签名】) and speaking to somebody, or telling a code, which may stand beside them too."""
    signed = [each for each in columns.of("message") if _speaks(columns[each])]
    texts = sorted({*signed, *columns.of("code_message")})
    if len(texts) != 1:
        return
    yield texts[0], "message"
    for column in columns.of("code"):
        pairs = columns.pairs(texts[0], column)
        named = sum(code in text for text, code in pairs)
        if pairs and named >= limits("code")["named"] * len(pairs):
            yield column, "verification_code"


def _speaks(head: Head) -> bool:
    from statistics import median  # as in doings

    rule = limits("message")
    spoken = sum(1 for text in head.filled if shape("message_words").fits(text))
    typical = median(map(len, head.filled))
    return bool(typical >= rule["shortest"] and spoken >= rule["spoken"] * len(head.filled))
