"""Names of the streams in a compound file ([MS-CFB]): what tells an old workbook from other old documents."""

from __future__ import annotations

from array import array
from typing import BinaryIO

ENTRY = 128  # bytes of one entry of the directory
MOST = 4096  # sectors of a directory that are looked at
HEADER, NAMED_HERE = 512, 109  # bytes of the header; sectors of the table of sectors that it names


def streams(file: BinaryIO) -> set[str]:
    """The names, in small letters, as far as the directory can be followed."""
    file.seek(0)
    head = file.read(HEADER)
    size = 1 << head[30] if len(head) == HEADER and 7 <= head[30] <= 12 else 512
    tables = array("I", head[76:HEADER][: 4 * NAMED_HERE]) if len(head) == HEADER else array("I")
    found: set[str] = set()
    seen: set[int] = set()
    sector = int.from_bytes(head[48:52], "little")
    while sector not in seen and len(seen) < MOST:
        seen.add(sector)
        file.seek((sector + 1) * size)
        piece = file.read(size)
        for at in range(0, len(piece) - ENTRY + 1, ENTRY):
            length = int.from_bytes(piece[at + 64 : at + 66], "little")
            if piece[at + 66] in (1, 2, 5) and 2 < length <= 64:
                found.add(piece[at : at + length - 2].decode("utf-16-le", "replace").lower())
        place, within = divmod(sector, size // 4)
        if place >= len(tables):
            break
        file.seek((tables[place] + 1) * size + 4 * within)
        sector = int.from_bytes(file.read(4), "little")
    return found
