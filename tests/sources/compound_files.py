"""Compound files ([MS-CFB], version 3) for tests: streams in sectors of their own."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR, LEAST = 512, 4096  # bytes; of a stream that is in sectors of its own
FREE, END, TABLE, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A file of these streams (no more than three), each padded with zeros to LEAST bytes."""
    contents = [content.ljust(LEAST, b"\0") for content in streams.values()]
    sectors: list[bytes] = []
    chain: list[int] = []

    def stored(content: bytes) -> int:
        first = len(sectors)
        count = -(-len(content) // SECTOR)
        for at in range(count):
            sectors.append(content[at * SECTOR : (at + 1) * SECTOR].ljust(SECTOR, b"\0"))
            chain.append(first + at + 1 if at + 1 < count else END)
        return first

    places = [stored(content) for content in contents]
    entries = [_entry("Root Entry", 5, END, 0, 1 if streams else NONE)]
    for number, (name, place, content) in enumerate(zip(streams, places, contents, strict=True), 1):
        following = number + 1 if number < len(contents) else NONE  # a tree that leans to the right
        entries.append(_entry(name, 2, place, len(content), NONE, following))
    directory = stored(b"".join(entries).ljust(SECTOR, b"\0"))
    tables = -(-(len(chain) + 8) // (SECTOR // 4))
    first_table = len(sectors)
    chain += [TABLE] * tables
    chain += [FREE] * (tables * SECTOR // 4 - len(chain))
    sectors += [
        struct.pack(f"<{SECTOR // 4}I", *chain[at * SECTOR // 4 : (at + 1) * SECTOR // 4])
        for at in range(tables)
    ]
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, directory, 0, LEAST, END, 0, END, 0,
    )  # fmt: skip
    named = [first_table + at for at in range(tables)]
    return head + struct.pack("<109I", *named, *[FREE] * (109 - tables)) + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int = NONE) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        raw.ljust(64, b"\0"),
        len(raw),
        kind,
        1,
        NONE,
        right,
        child,
        bytes(16),
        0,
        0,
        0,
        start,
        size,
    )
