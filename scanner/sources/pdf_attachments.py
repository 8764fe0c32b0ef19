"""Files that are attached to PDF documents, in a child process: told as ``archives.libarchive_reader`` tells files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.pdf_reader import FORMAT, opened

PIECE = 1 << 18


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """The files in order."""
    document, _ = opened(file, options["passwords"])
    used = 0
    for number in range(start, document.count_attachments()):
        yield Unit(number, f"attachment {number + 1}")
        try:
            attached = document.get_attachment(number)
            name, content = attached.get_name(), bytes(attached.get_data())
        except Exception:  # of damage the library raises whatever that leads to
            yield Trouble("has a damaged attachment, which was not read")
            continue
        used += len(content)
        yield Sheet(name.replace("\0", "").strip() or f"attachment {number + 1}", ("content",), FORMAT)
        for at in range(0, len(content), PIECE):
            piece = pa.array([content[at : at + PIECE]], pa.binary())
            yield pa.record_batch([piece, pa.array([used])], ["piece", "used"])
