"""Masks values: enough stays to recognise a kind of value, too little to recover the value.

Resident IDs keep the province and the check digit: with the whole region code and four last digits only the
birthday would be hidden, some 3,300 candidates. Phones keep 3 + 4 digits (10,000 candidates), bank cards
6 + 4 (PCI DSS 3.4.1). Runs of stars are capped, so that a mask of a long text does not tell its length.
"""

from __future__ import annotations

import re
from itertools import takewhile

STAR = "*"
LONGEST_RUN = 24
SEPARATORS = frozenset(" -+.:/,()（）")

# label: (characters kept at the front, at the end)
ENDS: dict[str, tuple[int, int]] = {
    "resident_id": (2, 1),
    "foreign_resident_id": (2, 1),
    "hmt_residence_permit": (2, 1),
    "mobile_phone": (3, 4),
    "landline_phone": (3, 4),
    "bank_card": (6, 4),
    "person_name": (1, 0),
    "wechat_id": (1, 1),
    "uscc": (2, 1),
}
PHONES = frozenset({"mobile_phone", "landline_phone"})
LEAST_HIDDEN = 4

_EMAIL = re.compile(r"(.+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24})", re.DOTALL)
# Province, prefecture, county: never further, a street or an estate already narrows down to few people.
# Of Han alone: Python compiles a range of so many characters one by one, wherever it stands.
_DIVISION = re.compile(
    "(?:.{2,6}?(?:省|自治区|特别行政区))?"
    "(?:.{2,7}?(?:市(?![场民政])|自治州|地区|盟))?"
    "(?:.{1,8}?(?:(?<![小社园校厂院住景库])区|[县旗]|市(?![场民政])))?"
)


def mask(label: str, text: str) -> str:
    """``text`` masked as a value of ``label``; unknown labels keep the first and the last character.

    The middle of the value never shows: at least four letters or digits are hidden and a third of all
    of them (in a name: all but the first; in an e-mail address: the local part; in an address: all that
    follows the county).
    """
    if label == "address":
        return _address(text)
    if label == "email" and (match := _EMAIL.fullmatch(text)):
        local = match[1]
        return (local[0] if len(local) > 1 and local[0].isalnum() else "") + STAR * 3 + "@" + match[2]
    if label == "person_name":
        return _stars(text[:1] + STAR * max(len(text) - 1, 1)) if len(text) > 1 else STAR * len(text)
    head, tail = ENDS.get(label, (1, 1))
    return _ends(text, head, tail, country_code=label in PHONES)


def _ends(text: str, head: int, tail: int, country_code: bool) -> str:
    """Hides all letters and digits but the first and last few; separators stay, other signs are hidden."""
    count = len(text) if text.isalnum() else sum(char not in SEPARATORS for char in text)
    if not count:
        return STAR * min(len(text), LONGEST_RUN)
    spare = max(count - max(LEAST_HIDDEN, -(-count // 3)), 0)
    if country_code and 11 < count <= 15:  # 0086 13812345678: masked as the national number
        head += count - 11
        spare = head + tail
    tail = min(tail, spare - min(head, spare // 2))
    head = min(head, spare - tail)
    if text.isalnum():  # nearly all values: no separators to step over
        return text[:head] + STAR * min(count - head - tail, LONGEST_RUN) + text[count - tail :]
    places = [i for i, char in enumerate(text) if char not in SEPARATORS]
    hidden = set(places[head : count - tail])
    return _stars("".join(STAR if i in hidden else char for i, char in enumerate(text)))


def _address(text: str) -> str:
    """The administrative division down to the county, and four stars for all the rest."""
    match = _DIVISION.match("".join(takewhile(lambda char: "\u4e00" <= char <= "\u9fff", text)))
    kept = match[0] if match else ""
    if len(kept) == len(text):
        kept = kept[:2]
    return kept + STAR * 4


def _stars(text: str) -> str:
    """Cuts each run of stars to ``LONGEST_RUN``."""
    return re.sub(rf"\*{{{LONGEST_RUN},}}", STAR * LONGEST_RUN, text)
