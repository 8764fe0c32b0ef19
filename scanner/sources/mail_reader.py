"""Mail, one message (eml) or many (mbox), in a child process (``child_main``): headers and text parts as columns.

Parts are decoded by the character set that they name, and by UTF-8 or GB18030 where they name none or a wrong one.
"""

from __future__ import annotations

import email
import email.header
import email.policy
from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit

COLUMNS = ("From", "To", "Cc", "Subject", "Date", "body", "attachments", "other headers")
NAMED = ("from", "to", "cc", "subject", "date")
LARGEST = 64 << 20  # bytes of one message
ROWS, BYTES = 512, 4 << 20  # of a batch
SEPARATOR = b"From "
SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "us-ascii": "utf-8"}


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a file; what no message holds is not lost: it comes as a body of its own."""
    sheet = Sheet(None, COLUMNS, "mail")
    rows: list[list[str]] = []
    size = unread = number = 0
    yield Unit(0, "the mail")
    yield sheet
    for number, (raw, whole) in enumerate(_messages(file), 1):
        if not whole:
            yield Trouble(f"message {number} is longer than {LARGEST} bytes; it was read in pieces")
        row, left_out = _row(raw)
        rows.append(row)
        unread += left_out
        size += sum(map(len, row))
        if len(rows) >= ROWS or size > BYTES:
            yield _batch(rows)
            rows, size = [], 0
    if rows:
        yield _batch(rows)
    if unread:
        yield Trouble(f"holds {unread} attachments that are no text; they were not read")


def _messages(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The bytes of each message, and whether they are all of it."""
    held: list[bytes] = []
    size, whole, blank = 0, True, True
    many = False
    for line in iter(lambda: file.readline(1 << 20), b""):
        if blank and line.startswith(SEPARATOR):
            if size:
                yield b"".join(held), whole
            held, size, whole, blank, many = [], 0, True, False, True
            continue
        if size + len(line) > LARGEST:
            yield b"".join(held), False
            held, size, whole = [], 0, False
        blank = not line.strip()
        held.append(line[1:] if many and line.startswith(b">From ") else line)
        size += len(line)
    if size:
        yield b"".join(held), whole


def _row(raw: bytes) -> tuple[list[str], int]:
    """The columns of a message, and how many of its parts are no text."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    headers = dict.fromkeys(NAMED, "")
    others = []
    for key, value in message.items():
        shown = _header(value)
        if key.lower() in headers and not headers[key.lower()]:
            headers[key.lower()] = shown
        else:
            others.append(f"{key}: {shown}")
    bodies: list[str] = []
    attached: list[str] = []
    unread = 0
    for part in message.walk():
        if part.is_multipart():
            continue
        name, text = part.get_filename(), _text(part)
        if text is None:
            unread += 1
        elif name:
            attached.append(text)
        else:
            bodies.append(text)
        if name:
            attached.append(_header(name))
    row = [*headers.values(), "\n".join(bodies), "\n".join(attached), "\n".join(others)]
    return row, unread


def _header(value: Any) -> str:
    """A header's value, decoded."""
    pieces = []
    try:
        for piece, charset in email.header.decode_header(str(value)):
            pieces.append(piece if isinstance(piece, str) else _decoded(piece, charset))
    except (ValueError, LookupError):
        return str(value)
    return _sound("".join(pieces))


def _text(part: Message) -> str | None:
    """The text of a part; None where it is none."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "surrogateescape")
    kind = part.get_content_maintype()
    if kind not in ("text", "message") and (b"\0" in content or kind in ("image", "audio", "video")):
        return None if content else ""
    if kind not in ("text", "message"):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return None
    text = _decoded(content, part.get_content_charset())
    return plain_text(text) if part.get_content_subtype() == "html" else text


def _decoded(content: bytes, charset: str | None) -> str:
    name = (charset or "utf-8").lower()
    for each in (SAME.get(name, name), "utf-8", "gb18030"):
        try:
            return _sound(content.decode(each))
        except (UnicodeDecodeError, LookupError):
            continue
    return _sound(content.decode("gb18030", "replace"))


def _sound(text: str) -> str:
    """The text without halves of surrogate pairs, which stand for bytes that were not ASCII."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
        return raw.decode("utf-8") if _is_utf8(raw) else raw.decode("gb18030", "replace")
    return text


def _escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(char) <= 0xDFFF or 0xDC80 <= ord(char) <= 0xDCFF for char in text)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Texts(HTMLParser):
    """Collects what a page shows, and addresses in links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p", "div", "tr", "li", "td", "th"):
            self.texts.append("\t" if tag in ("td", "th") else "\n")
        self.texts += [
            f" {value} " for name, value in attrs if value and name in ("href", "value", "title", "alt")
        ]


def plain_text(page: str) -> str:
    """The text of an HTML page."""
    texts = _Texts()
    texts.feed(page)
    texts.close()
    return "".join(texts.texts)


def _batch(rows: list[list[str]]) -> pa.RecordBatch:
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    return pa.record_batch(columns, list(COLUMNS))
