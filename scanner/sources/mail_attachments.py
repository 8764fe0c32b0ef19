"""What is attached to mail, in a child process (``child_main``): told as ``archives.libarchive_reader`` tells files."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.mail_ends import holds_many
from scanner.sources.mail_reader import header_text, is_attached, messages_of
from scanner.sources.messages import Sheet, Unit

PIECE = 1 << 18


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """The parts that are attached, message by message; of many messages the names begin with their numbers."""
    many = holds_many(file)
    used = 0
    for number, (raw, *_) in enumerate(messages_of(file), 1):
        used += len(raw)
        if number < start:
            continue
        yield Unit(number, f"message {number}")
        with suppress(Exception):  # the first pass has said so
            for name, content in _attached(raw):
                yield Sheet(f"{number}/{name}" if many else name, ("content",), "mail")
                for at in range(0, len(content), PIECE):
                    piece = pa.array([content[at : at + PIECE]], pa.binary())
                    yield pa.record_batch([piece, pa.array([used])], ["piece", "used"])


def _attached(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each part."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    for place, part in enumerate(message.walk()):
        if part.is_multipart() or not is_attached(part):
            continue
        payload = part.get_payload(decode=True)
        name = header_text(part.get_filename() or "").replace("\0", "").strip()
        yield name or f"part {place}", payload if isinstance(payload, bytes) else b""
