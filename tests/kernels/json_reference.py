"""What the JSON reader must find in strict JSON: slow and obvious, on the values that the standard library reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

OUTER_LEVELS = 8
LONGEST_RUN = 256
LONGEST_KEY = 64
FRACTION = re.compile(r"-?\d*\.\d*")
NUMBER = re.compile(r"-?[\d.]+")
Path = tuple[str, ...]


class Pairs(list[tuple[str, Any]]):
    """The members of an object, in order, keys as often as they come."""


class Written(str):
    """A number as it is written."""


@dataclass
class Record:
    """A record: the path of its list, and its values by path in order."""

    table: Path
    values: list[tuple[Path, str]] = field(default_factory=list)
    single: bool = False


def documents(text: str) -> list[Any]:
    """The documents that lie behind each other, numbers as they are written."""
    decoder = json.JSONDecoder(
        object_pairs_hook=Pairs, parse_int=Written, parse_float=Written, parse_constant=Written, strict=True
    )
    found, at = [], 0
    while True:
        at = len(text) - len(text[at:].lstrip())
        if at == len(text):
            return found
        value, at = decoder.raw_decode(text, at)
        found.append(value)


def is_container(value: Any) -> bool:
    return isinstance(value, list)


def is_data(key: str) -> bool:
    return bool(re.search(r"[0-9]{5}|@", key)) or len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY


def is_position(value: list[Any]) -> bool:
    """Two or three numbers, the first two with a fraction and without an exponent."""
    return (
        not isinstance(value, Pairs)
        and len(value) in (2, 3)
        and all(isinstance(each, Written) and NUMBER.fullmatch(each) for each in value)
        and all(FRACTION.fullmatch(each) for each in value[:2])
    )


def shown(value: Any) -> str:
    """A scalar as text; empty where it is none."""
    if value is None or (isinstance(value, Written) and value == "NaN"):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Walk:
    """Walks over the documents of a text and takes the records down; for ``mapped`` and ``unfolded`` see
    ``json_values.Reader``."""

    def __init__(self, whole: bool, mapped: int = 0, unfolded: int = 0) -> None:
        self.whole = whole
        self.mapped = mapped
        self.unfolded = unfolded
        self.records: list[Record] = []

    def document(self, value: Any) -> None:
        if not is_container(value):
            self.record(value, (), (), 0)
        elif isinstance(value, Pairs):
            if self.whole:
                self.record(value, (), (), 0)
            else:
                self.outer(value, (), 1)
        elif self.whole and not (value and is_container(value[0])):
            self.record(value, (), (), 0)
        else:
            self.outer(value, (), 1)

    def outer(self, value: list[Any], path: Path, depth: int) -> None:
        """A container around records, of which ``depth`` are open."""
        deepest = depth >= OUTER_LEVELS
        if not isinstance(value, Pairs):
            for each in value:
                nested = (
                    isinstance(each, list) and not isinstance(each, Pairs) and each and is_container(each[0])
                )
                nested = nested or (isinstance(each, Pairs) and self.unfolded >> depth & 1)
                if nested and not deepest:
                    self.outer(each, (*path, "[]"), depth + 1)
                else:
                    self.record(each, (*path, "[]"), path, depth)
            return
        run: Record | None = None
        length = 0
        for key, each in value:
            if is_data(key) or self.mapped >> depth & 1:
                run = None
                self.record(each, (*path, "*"), path, depth, key)
            elif deepest:
                run = None
                self.record(each, (*path, key), (*path, key), depth)
            elif is_container(each):
                run = None
                self.outer(each, (*path, key), depth + 1)
            else:
                if run is None or length == LONGEST_RUN:
                    run, length = Record((), single=True), 0
                    self.records.append(run)
                length += 1
                self.put(run, (*path, key), shown(each), False)

    def record(self, value: Any, path: Path, table: Path, depth: int, key: str | None = None) -> None:
        """A record within ``depth`` containers."""
        record = Record(table)
        self.records.append(record)
        if key is not None:
            self.put(record, (*path, "(key)"), key, False, True)
        self.flat(record, value, path, False, depth, True)

    def flat(
        self, record: Record, value: Any, path: Path, many: bool, depth: int, outermost: bool = False
    ) -> None:
        placed = self.whole and bool(self.mapped >> depth + 1 & 1)
        if not is_container(value):
            self.put(record, path, shown(value), many)
        elif is_position(value):
            self.put(record, path, f"[{','.join(value)}]", many)
        elif isinstance(value, Pairs):
            for key, each in value:
                if is_data(key) or placed:
                    self.put(record, (*path, "*", "(key)"), key, True, True)
                    self.flat(record, each, (*path, "*"), True, depth + 1)
                else:
                    self.flat(record, each, (*path, key), many, depth + 1)
        else:
            for place, each in enumerate(value):
                inner, several = ((*path, "[]"), True) if not outermost or is_container(each) else (
                    (*path, f"[{place}]"), many
                )  # fmt: skip
                if placed and not is_container(each):
                    self.put(record, inner, shown(each), several, True)
                else:
                    self.flat(record, each, inner, several, depth + 1)

    def put(self, record: Record, path: Path, text: str, many: bool, empty: bool = False) -> None:
        if not text and not empty:
            return
        if not many and path in [known for known, _ in record.values]:
            path = (*path, "[]")
        record.values.append((path, text))


def read(text: str, whole: bool, mapped: int = 0, unfolded: int = 0) -> list[Record]:
    """The records of strict JSON text."""
    walk = Walk(whole, mapped, unfolded)
    for each in documents(text):
        walk.document(each)
    return walk.records
