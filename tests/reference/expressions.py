"""The detectors that patterns/detectors declare: expressions with their boundaries, checks and identities."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import regex
from reference import knowledge
from reference.identifiers import Candidate, candidate, luhn
from reference.texts import INVISIBLE, decoded, identity

# docs/add-a-detector.md, field "boundary".
BEFORE, BEHIND = r"(?<![0-9A-Za-z_.+\-])", r"(?![0-9A-Za-z_]|\.[0-9])"
PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
VIN_VALUES = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))}
VIN_VALUES |= dict(zip("JKLMNPR", (1, 2, 3, 4, 5, 7, 9), strict=True))
VIN_VALUES |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_imei(text: str) -> bool:
    """3GPP TS 23.003: 15 digits, the last by Luhn."""
    number = re.sub("[^0-9]", "", text)
    return len(number) == 15 and len(set(number)) > 1 and luhn(number)


def is_vin(text: str) -> bool:
    """GB 16735: the ninth character is the weighted sum modulo 11."""
    text = text.upper()
    if not set(text) <= VIN_VALUES.keys() or text.isdigit():
        return False
    total = sum(weight * VIN_VALUES[c] for weight, c in zip(VIN_WEIGHTS, text, strict=True))
    return text[8] == "0123456789X"[total % 11]


RESERVED = ipaddress.IPv4Network("240.0.0.0/4")


def is_ipv4(text: str) -> bool:
    """An address of a host, and no version number (docs: four numbers below 10, 11.2.0.4 or 120.0.0.0)."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    numbers = list(address.packed)
    if numbers[0] in (0, 127) or address.is_multicast or address in RESERVED or not any(numbers[1:]):
        return False
    return numbers[0] == 10 or numbers[0] >= 32 or max(numbers[1:]) >= 10


BLOCKS = [ipaddress.IPv6Network(block) for block in ("2000::/3", "fc00::/6", "::ffff:0:0/96", "64:ff9b::/96")]


def is_ipv6(text: str) -> bool:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    if "::" in text and not any(address in block for block in BLOCKS):
        return False
    return not (address.is_unspecified or address.is_loopback)


def is_mac(text: str) -> bool:
    number = re.sub("[^0-9A-F]", "", text.upper())
    return len(number) == 12 and len(set(number)) > 1


def is_china_point(text: str) -> bool:
    low, high = sorted(map(float, re.findall(r"[0-9]+\.[0-9]+", text)))
    return 0.8293 <= low <= 55.8271 and 72.004 <= high <= 137.8347


CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "imei": (is_imei, "checksum"),
    "vin": (is_vin, "checksum"),
    "ipv4": (is_ipv4, "format"),
    "ipv6": (is_ipv6, "format"),
    "mac": (is_mac, "format"),
    "china_point": (is_china_point, "format"),
}


@lru_cache(maxsize=256)
def plain(raw: bytes) -> tuple[str, str, list[int]]:
    """A cell's text, the same with plain width and nothing invisible, and where each character of that stands."""
    original = decoded(raw)
    places = [at for at, c in enumerate(original) if c not in INVISIBLE]
    return original, "".join(original[at] for at in places).translate(PLAIN), places


class Expression:
    """One entry of patterns/detectors. A check that grants the format makes no candidate of what fails it."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.entry = entry
        before, behind = (BEFORE, BEHIND) if entry.get("boundary", True) else ("", "")
        flags = regex.ASCII | (regex.VERBOSE if entry.get("verbose") else 0)
        self.pattern = regex.compile(
            f"{before}(?:{entry['pattern']}\n){behind}"
            if entry.get("verbose")
            else f"{before}(?:{entry['pattern']}){behind}",
            flags,
        )
        self.check = CHECKS[entry["check"]] if "check" in entry else None

    @property
    def required(self) -> frozenset[str]:
        return frozenset({"format", self.check[1]} if self.check else {"format"})

    def find(self, raw: bytes) -> list[Candidate]:
        original, text, places = plain(raw)
        found = []
        for match in self.pattern.finditer(text):
            if match.start() == match.end():
                continue
            passes = {"format"}
            if self.check:
                passed = self.check[0](match[0])
                if not passed and self.check[1] == "format":
                    continue
                passes |= {self.check[1]} if passed else set()
            start = len(original[: places[match.start()]].encode("utf-8", "surrogateescape"))
            end = len(original[: places[match.end() - 1] + 1].encode("utf-8", "surrogateescape"))
            found.append(candidate(start, end, passes, identity(match[0], self.entry.get("drop", ""))))
        return found


@cache
def all_expressions() -> tuple[Expression, ...]:
    return tuple(
        Expression(entry) for content in knowledge.folder("detectors") for entry in content["pattern"]
    )
