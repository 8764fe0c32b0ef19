"""Numbers that surely are nobody's: patterns/placeholders.toml, entry by entry."""

from __future__ import annotations

from functools import cache
from typing import Any

from reference import knowledge

RISING, FALLING = "1234567890" * 3, "9876543210" * 3


@cache
def _entries(label: str) -> list[dict[str, Any]]:
    return [entry for entry in knowledge.toml("placeholders.toml")["placeholder"] if label in entry["labels"]]


def is_one(label: str, number: str) -> bool:
    return any(_fits(entry, number) for entry in _entries(label))


def _fits(entry: dict[str, Any], number: str) -> bool:
    kind, size = entry["kind"], len(number)
    if kind == "exact":
        return number in entry["numbers"]
    if kind == "prefix":
        return size == entry["length"] and number.startswith(tuple(entry["numbers"]))
    if size not in entry["lengths"]:
        return False
    if kind == "one_digit":
        return len(set(number)) == 1 and number[0] != "0"
    if kind == "ascending":
        return number in [RISING[at : at + size] for at in range(9)]
    if kind == "descending":
        return number in [FALLING[at : at + size] for at in range(9)]
    if kind == "repeated_pair":
        return number[0] != "0" and number == (number[:2] * size)[:size]
    assert kind == "tail", kind
    tail = number[entry["after"] : size - entry.get("free", 0)]
    return tail == (entry["digits"] * size)[: len(tail)]
