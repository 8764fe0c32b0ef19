"""Checks that a regular expression cannot make, by the name under which a pattern asks for them.

Each takes the matched text as it was found (full-width characters already folded) and ignores separators.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.cards import luhns
from scanner.model import Check

_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# ISO 3779: A-H are 1-8, J-R (without O, Q) 1-5, 7, 9, and S-Z 2-9.
_VIN_VALUES = {c: i for i, c in enumerate("0123456789")} | dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True)
)
_EMBEDDING = (0xFFFF, 0x64FF9B << 64)  # IPv6 addresses that hold one of version 4, without its 32 bits
_OCTETS = {str(number): number for number in range(256)}
_DECIMALS = re.compile(r"[0-9]+\.[0-9]+")
_NOT_HEXADECIMAL = re.compile("[^0-9A-F]+")
# Taiwan's letters stand for two digits, given out in the order in which counties were numbered.
_TAIWAN_LETTERS = {letter: 10 + i for i, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO")}


class Validator(NamedTuple):
    """``passes(text)``; ``grants``: the bit of ``Check`` that passing earns.

    Where it grants FORMAT, a text that does not pass is no candidate at all. ``numbers``: ``passes`` for many
    texts at a time, each given as its ASCII digits behind a 1 (uint64, below 2**63), where it asks for digits only.
    """

    passes: Callable[[str], bool]
    grants: Check
    numbers: Callable[[NDArray[np.uint64]], NDArray[np.bool_]] | None = None


def digits(text: str) -> str:
    """The ASCII digits of ``text``."""
    return "".join(c for c in text if "0" <= c <= "9")


def luhn(text: str) -> bool:
    """Luhn's sum, ISO/IEC 7812-1 annex B, over all digits; needs at least two, not all the same."""
    number = digits(text)
    if len(number) < 2 or len(set(number)) == 1:
        return False
    doubled = sum(sum(divmod(2 * int(c), 10)) for c in number[-2::-2])
    return (doubled + sum(int(c) for c in number[-1::-2])) % 10 == 0


def imei(text: str) -> bool:
    """IMEI, 3GPP TS 23.003 clause 6.2.1: 15 digits, the last by Luhn."""
    return len(digits(text)) == 15 and luhn(text)


def imeis(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """``imei`` of numbers of 15 digits behind a 1."""
    digits = keys - np.uint64(10**15)
    passed: NDArray[np.bool_] = (
        (keys >= 10**15) & (keys < 2 * 10**15) & (digits % np.uint64(111_111_111_111_111) != 0)
    )
    passed[passed] = luhns(digits[passed])
    return passed


def vin(text: str) -> bool:
    """VIN (车辆识别代号), GB 16735-2019 and ISO 3779: 17 characters, the ninth a check digit mod 11."""
    number = text.upper()
    if len(number) != 17 or any(c not in _VIN_VALUES for c in number) or number.isdigit():
        return False
    total = sum(weight * _VIN_VALUES[c] for weight, c in zip(_VIN_WEIGHTS, number, strict=True))
    return number[8] == "0123456789X"[total % 11]


def ipv4(text: str) -> bool:
    """IPv4 (RFC 791): four numbers to 255 without leading zeros, that do not look like a version number.

    As versions count four numbers below 10, a small number with three of those after it (11.2.0.4), except in
    10.0.0.0/8, and three zeros at the end (120.0.0.0). 0.0.0.0/8 and all from 224.0.0.0 on (groups, reserved, masks
    such as 255.255.255.0) are no addresses of hosts, 127.0.0.0/8 is the same on each.
    """
    numbers = [_OCTETS.get(part, -1) for part in text.split(".")]
    if (
        len(numbers) != 4
        or min(numbers) < 0
        or numbers[0] in (0, 127)
        or numbers[0] >= 224
        or not any(numbers[1:])
    ):
        return False
    return not (max(numbers[1:]) < 10 and numbers[0] < 32 and numbers[0] != 10)


def ipv6(text: str) -> bool:
    """IPv6, RFC 4291 section 2.2, all three text forms; not ``::``, which is none, nor ``::1``, each host's own.

    Shortened by ``::`` it must lie in a block of hosts (2000::/3, fc00::/6, ::ffff:0:0/96, 64:ff9b::/96): others may
    be anything else, such as a slice in a program (``[1::2]``).
    """
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    if "::" not in text:
        return not found.is_unspecified and not found.is_loopback
    first = int(found) >> 112
    return 0x2000 <= first < 0x4000 or first >= 0xFC00 or int(found) >> 32 in _EMBEDDING


def mac(text: str) -> bool:
    """MAC address (IEEE 802): 12 hexadecimal digits that are not all the same (empty, broadcast)."""
    number = _NOT_HEXADECIMAL.sub("", text.upper())
    return len(number) == 12 and len(set(number)) > 1


def hkid(text: str) -> bool:
    """Hong Kong identity card (香港身份证): one or two letters, six digits, a check digit mod 11."""
    number = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    if len(number) not in (8, 9):
        return False
    letters, figures, check = number[:-7], number[-7:-1], number[-1]
    if not letters.isalpha() or not figures.isdigit() or check not in "0123456789A":
        return False
    values = [36] * (2 - len(letters)) + [ord(c) - 55 for c in letters] + [int(c) for c in figures]
    total = sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True))
    return check == "0123456789A"[-total % 11]


def taiwan_id(text: str) -> bool:
    """Taiwan identity card (台湾身份证): a letter and nine digits, weighted mod 10."""
    number = text.upper()
    if len(number) != 10 or number[0] not in _TAIWAN_LETTERS:
        return False
    if not number[1:].isascii() or not number[1:].isdigit():
        return False
    first = _TAIWAN_LETTERS[number[0]]
    values = [first // 10, first % 10, *(int(c) for c in number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) % 10 == 0


def mod11_2(text: str) -> bool:
    """ISO/IEC 7064 MOD 11-2 over digits with a last check character 0-9 or X."""
    number = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    if len(number) < 2 or not number[:-1].isdigit() or number[-1] not in "0123456789X":
        return False
    total = 0
    for c in number[:-1]:
        total = (total + int(c)) * 2 % 11
    return number[-1] == "0123456789X"[(12 - total) % 11]


def china_point(text: str) -> bool:
    """Two decimal numbers, longitude and latitude in either order, inside the box that holds China."""
    numbers = [float(part) for part in _DECIMALS.findall(text)]
    if len(numbers) != 2:
        return False
    low, high = sorted(numbers)
    return 0.8293 <= low <= 55.8271 and 72.004 <= high <= 137.8347


VALIDATORS: dict[str, Validator] = {
    "luhn": Validator(luhn, Check.CHECKSUM),
    "imei": Validator(imei, Check.CHECKSUM, imeis),
    "vin": Validator(vin, Check.CHECKSUM),
    "hkid": Validator(hkid, Check.CHECKSUM),
    "taiwan_id": Validator(taiwan_id, Check.CHECKSUM),
    "mod11_2": Validator(mod11_2, Check.CHECKSUM),
    "ipv4": Validator(ipv4, Check.FORMAT),
    "ipv6": Validator(ipv6, Check.FORMAT),
    "mac": Validator(mac, Check.FORMAT),
    "china_point": Validator(china_point, Check.FORMAT),
}
