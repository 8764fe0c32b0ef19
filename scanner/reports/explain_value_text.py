"""What a single value may be and which checks it passes, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.reports.escape import visible
from scanner.reports.words import Words


def render(said: Iterable[tuple[str, Mapping[str, Any]]], lang: str = "zh") -> str:
    """A line for each (``explaining.value.Said``), ended by a newline."""
    words = Words(lang)
    return "".join(f"{_line(name, values, words)}\n" for name, values in said)


def _line(sentence: str, given: Mapping[str, Any], words: Words) -> str:
    values = dict(given)
    for key, section in (("label", "labels"), ("repair", "repairs"), ("part", "address_parts")):
        if key in values:
            values[key] = words.name(section, values[key])
    if "text" in values:
        values["text"] = visible(values["text"])
    if "fails" in values:
        values["failed"] = words.name("checks", values["fails"])
    if "checks" in values:
        values["passed"] = words.passed(values["checks"])
    return words.filled("explain", sentence, values)
