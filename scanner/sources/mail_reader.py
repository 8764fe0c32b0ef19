"""Mail, one message (eml) or many (mbox), in a child process (``child_main``): headers as columns, texts line by line.

Parts are decoded by the character set that they name, and by UTF-8 or GB18030 where they name none or a wrong one. What
is attached is read by ``mail_attachments``.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.policy
from collections.abc import Iterator
from email.message import Message
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.mail_ends import SEPARATOR, holds_many, missing, separates
from scanner.sources.mail_texts import Text, told
from scanner.sources.messages import HOLDS, Sheet, Trouble, Unit
from scanner.sources.workbooks.grid import Grid

COLUMNS = ("From", "To", "Cc", "Subject", "Date", "attachments", "other headers")
TEXT, TABLES = "text", "tables"  # the lines of all texts, and the rows of all tables in them
NAMED = ("from", "to", "cc", "subject", "date")
LARGEST = 64 << 20  # bytes of one message
LINE = 1 << 20  # bytes of one line; a longer one is several
LONGEST_HEADER = 1 << 13  # characters that are decoded together
ROWS, LINES, BYTES = 512, 1 << 14, 4 << 20  # of a batch
SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "us-ascii": "utf-8"}


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a file; what no message holds is not lost: it comes as text."""
    rows: list[list[str]] = []
    lines: list[str] = []
    grid = Grid(int(options["cell"]))
    size = 0
    attached = False
    cuts, first = 0, (0, "")  # messages that are cut short; the first of them, and why
    many = holds_many(file)
    yield Unit(0, "the mail")
    for number, (raw, whole, last) in enumerate(messages_of(file), 1):
        if not whole:
            yield Trouble(f"message {number} is longer than {LARGEST} bytes; it was read in pieces")
        try:
            message = email.message_from_bytes(raw, policy=email.policy.compat32)
            row, texts, more = _taken(message)
            attached = attached or more
            if whole and (why := missing(message, raw, last, many)):
                first = first if cuts else (number, why)
                cuts += 1
        except Exception as error:  # the parser of the standard library raises whatever its bytes lead to
            kind = type(error).__name__
            yield Trouble(f"message {number} could not be taken apart ({kind}); it was read as text")
            row, texts = [""] * len(COLUMNS), [Text(decoded(raw, None), False)]
        rows.append(row)
        size += sum(map(len, row))
        new, tables = told(texts)
        lines += new
        size += sum(map(len, new))
        for table in tables:
            for each in table:
                grid.append(each)
            grid.append([])  # a blank row between two tables
        if len(rows) >= ROWS or len(lines) >= LINES or size > BYTES or grid.full:
            yield from _batches(rows, lines, grid)
            rows, lines, size = [], [], 0
    yield from _batches(rows, lines, grid)
    if cuts:
        yield _told(cuts, first)
    if attached:
        yield HOLDS


def _told(cuts: int, first: tuple[int, str]) -> Trouble:
    """That messages are cut short."""
    number, why = first
    if cuts == 1:
        return Trouble(f"message {number} is cut short ({why}); what followed there was not read")
    return Trouble(
        f"{cuts} messages are cut short, the first is number {number} ({why}); what followed there was not read"
    )


def messages_of(file: BinaryIO) -> Iterator[tuple[bytes, bool, bool]]:
    """The bytes of each message, whether they are all of it, and whether it is the last one."""
    held: list[bytes] = []
    size, whole, blank = 0, True, True
    many = begun = False  # begun: a line said that a message follows
    first = True
    line = file.readline(LINE)
    while line:
        following = file.readline(LINE)
        if (first and line.startswith(SEPARATOR)) or (blank and separates(line, following, many)):
            if size or begun:
                yield b"".join(held), whole, False
            held, size, whole, blank, many, begun = [], 0, True, False, True, True
        else:
            if size + len(line) > LARGEST:
                yield b"".join(held), False, False
                held, size, whole = [], 0, False
            blank = not line.strip()
            held.append(line[1:] if many and line.startswith(b">From ") else line)
            size += len(line)
        line, first = following, False
    if size or begun:
        yield b"".join(held), whole, True


def _taken(message: Message) -> tuple[list[str], list[Text], bool]:
    """The columns of a message, its texts, and whether anything is attached."""
    headers = dict.fromkeys(NAMED, "")
    others: list[str] = []
    texts: list[Text] = []
    names: list[str] = []
    attached = False
    for part in message.walk():
        if part is message or part.get_content_type() == "message/rfc822":
            own = part if part is message else part.get_payload(0)
            for key, value in own.items() if isinstance(own, Message) else ():
                shown = header_text(value)
                if part is message and key.lower() in headers and not headers[key.lower()]:
                    headers[key.lower()] = shown
                else:
                    others.append(f"{key}: {shown}")
        if part.is_multipart():
            texts += [
                Text(_sound(text), False) for text in (part.preamble, part.epilogue) if text and text.strip()
            ]
            continue
        if name := part.get_filename():
            names.append(header_text(name))
        text = None if is_attached(part) else text_of(part)
        if text is None:
            attached = True
        else:
            texts.append(Text(text, part.get_content_subtype() == "html"))
    return [*headers.values(), "\n".join(names), "\n".join(others)], texts, attached


def is_attached(part: Message) -> bool:
    """Is a part something for itself: of a name, or no text?"""
    return part.get_filename() is not None or text_of(part) is None


def header_text(value: Any) -> str:
    """A header's value, decoded: long ones in parts, since that takes the square of their length."""
    text = str(value)
    if len(text) > LONGEST_HEADER:
        words, parts, size = text.split(), [""], 0
        for word in words:
            size += len(word) + 1
            if size > LONGEST_HEADER:
                parts.append("")
                size = len(word)
            parts[-1] += f"{word} "
        return "".join(header_text(part) if len(part) <= LONGEST_HEADER else _sound(part) for part in parts)
    pieces = []
    try:
        for piece, charset in email.header.decode_header(str(value)):
            pieces.append(piece if isinstance(piece, str) else decoded(piece, charset))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return _sound(str(value))
    return _sound("".join(pieces))


def text_of(part: Message) -> str | None:
    """The text of a part, as it is written; None where it is none."""
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
    return decoded(content, part.get_content_charset())


def decoded(content: bytes, charset: str | None) -> str:
    """The text in the character set that is named, or in one that fits."""
    name = (charset or "utf-8").lower()
    for each in (SAME.get(name, name), "utf-8", "gb18030"):
        try:
            return _sound(content.decode(each))
        except (ValueError, LookupError):  # the name of a character set may be anything
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


def _batches(rows: list[list[str]], lines: list[str], grid: Grid) -> Iterator[Any]:
    """The headers of some messages, the lines of their texts, and the rows of tables in these."""
    if rows:
        yield Sheet(None, COLUMNS, "mail")
        columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
        yield pa.record_batch(columns, list(COLUMNS))
    if lines:
        yield Sheet(TEXT, (None,), "mail")
        yield pa.record_batch([pa.array(lines, pa.string())], [TEXT])
    if batches := grid.batches():
        yield Sheet(TABLES, None, "mail")
        yield from batches
        yield from grid.troubles(TABLES)
