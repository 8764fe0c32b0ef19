"""Reads single fields of a policy file; PolicyError names the file, the entry and what is wrong."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from scanner.errors import PolicyError

Content = Mapping[str, Any]


def refuse_unknown(table: Content, keys: Iterable[str], where: str) -> None:
    """A misspelt key must not pass for one that is not given."""
    known = tuple(keys)
    for key in table:
        if key not in known:
            raise PolicyError(f"{where}: the key '{key}' is unknown; the keys are {', '.join(known)}.")


def text(table: Content, key: str, where: str) -> str:
    """A text that is not blank."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{where}: '{key}' is missing or not a text.")
    return value


def number(table: Content, key: str, where: str, least: int) -> int:
    """A whole number from ``least`` on."""
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise PolicyError(f"{where}: '{key}' is missing or not a whole number from {least}.")
    return value


def date(table: Content, key: str, where: str) -> datetime.date:
    """A day without a time."""
    value = table.get(key)
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise PolicyError(f"{where}: '{key}' is missing or not a date.")
    return value


def choice(table: Content, key: str, where: str, choices: Iterable[str]) -> str:
    """One of the words in ``choices``."""
    value, known = text(table, key, where), tuple(choices)
    if value not in known:
        raise PolicyError(f"{where}: {key} '{value}' is none of {', '.join(known)}.")
    return value


def words(table: Content, key: str, where: str) -> tuple[str, ...]:
    """A list of texts; empty where the key is not given."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise PolicyError(f"{where}: '{key}' is not a list of texts.")
    return tuple(value)


def table(content: Content, key: str, where: str) -> Content:
    """The table ``[key]``."""
    value = content.get(key)
    if not isinstance(value, dict):
        raise PolicyError(f"{where}: the table '{key}' is missing.")
    return value


def tables(content: Content, key: str, where: str, optional: bool = False) -> list[Content]:
    """The tables ``[[key]]``, at least one unless ``optional``."""
    value = content.get(key)
    if value is None and optional:
        return []
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise PolicyError(f"{where}: the tables '[[{key}]]' are missing.")
    return value
