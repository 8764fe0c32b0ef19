"""What the footer of a Parquet file says of its row groups (Apache Parquet format 2, Thrift's compact protocol).

pyarrow tells the same, but where a damaged footer contradicts itself, its library ends the whole process: the errors of
its column chunks are not caught. So they are read here, as far as they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanner.model import ReadableFile

MAGIC = b"PAR1"
DEEPEST = 32
BOOLEANS, INTEGERS = (1, 2), (4, 5, 6)  # Thrift's types of fields
BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = 3, 7, 8, 9, 10, 11, 12, 13
#: The fields that are wanted, by their numbers in parquet.thrift, and what lies in them.
PATH, VALUES, UNCOMPRESSED, DICTIONARY = 3, 5, 6, 11
CHUNK: dict[int, Any] = {3: {PATH: {}, VALUES: {}, UNCOMPRESSED: {}, DICTIONARY: {}}}
COLUMNS, ROWS, GROUPS = 1, 3, 4
FOOTER: dict[int, Any] = {GROUPS: {COLUMNS: CHUNK, ROWS: {}}}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column of a row group. ``path``: as in the schema, joined by dots; ``size``: bytes before compression."""

    path: str
    values: int
    size: int
    has_dictionary: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A row group."""

    rows: int
    chunks: tuple[Chunk, ...]


def row_groups(file: ReadableFile) -> list[Group]:
    """The row groups of a file in their order. ValueError for a footer that is none."""
    tail = file.pread(8, max(0, file.size - 8))
    size = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or size + 8 > file.size:
        raise ValueError("no footer")
    found = _Thrift(file.pread(size, file.size - 8 - size)).struct(FOOTER, 0).get(GROUPS, [])
    return [_group(each) for each in _list(found)]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list where one should be")
    return value


def _group(fields: Any) -> Group:
    if not isinstance(fields, dict):
        raise ValueError("no row group where one should be")
    chunks = [each.get(3, {}) if isinstance(each, dict) else {} for each in _list(fields.get(COLUMNS, []))]
    return Group(_number(fields.get(ROWS)), tuple(_chunk(each) for each in chunks if isinstance(each, dict)))


def _chunk(fields: dict[int, Any]) -> Chunk:
    path = [part for part in _list(fields.get(PATH, [])) if isinstance(part, bytes)]
    name = b".".join(path).decode("utf-8", "replace")
    return Chunk(name, _number(fields.get(VALUES)), _number(fields.get(UNCOMPRESSED)), DICTIONARY in fields)


def _number(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0


class _Thrift:
    """Reads the compact protocol: values of the wanted fields, and past all others. ValueError where it ends early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, wanted: dict[int, Any] | None, depth: int) -> dict[int, Any]:
        """A struct's fields by number; None wants none of them."""
        if depth > DEEPEST:
            raise ValueError("structs too deep in one another")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            within = None if wanted is None else wanted.get(number)
            value = head & 15 == 1 if head & 15 in BOOLEANS else self._value(head & 15, within, depth)
            if within is not None:
                found[number] = value
        return found

    def _value(self, kind: int, wanted: dict[int, Any] | None, depth: int) -> Any:
        if kind in INTEGERS:
            return self._signed()
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind == STRUCT:
            return self.struct(wanted, depth + 1)
        if kind in (LIST, SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._varint()
            if count > len(self._data) - self._at:  # each takes a byte at least
                raise ValueError("a list longer than its file")
            items = [self._value(head & 15, wanted, depth + 1) for _ in range(count)]
            return items if wanted is not None else None
        if kind == MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            if count > len(self._data) - self._at:
                raise ValueError("a map longer than its file")
            for _ in range(count):
                self._value(kinds >> 4, None, depth + 1)
                self._value(kinds & 15, None, depth + 1)
            return None
        if kind in (*BOOLEANS, BYTE, DOUBLE, UUID):
            return self._bytes({DOUBLE: 8, UUID: 16}.get(kind, 1))
        raise ValueError("an unknown type of field")

    def _byte(self) -> int:
        if self._at >= len(self._data):
            raise ValueError("it ends early")
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise ValueError("it ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("a number too long")

    def _signed(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
