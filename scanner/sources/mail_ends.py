"""Where mail ends before it should: what its own parts, lengths and encodings say of what is missing."""

from __future__ import annotations

import email.errors
import re
from email.message import Message
from typing import BinaryIO

SEPARATOR = b"From "  # begins the line before each message of an mbox (RFC 4155)
CLOCK = re.compile(rb"From .*\b\d{1,2}:\d\d")  # such a line tells when the message came
FIELD = re.compile(rb">?[!-9;-~]+:")  # a field of a header
BODY = re.compile(rb"\r?\n\r?\n|\r\r")  # the empty line behind the headers
OPEN = (
    email.errors.CloseBoundaryNotFoundDefect,
    email.errors.StartBoundaryNotFoundDefect,
    email.errors.NoBoundaryInMultipartDefect,
)
NO_BASE64 = bytes(
    sorted({*range(256)} - {*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="})
)
CHARACTERS_OF_A_GROUP = 4  # RFC 2045, 6.8


def holds_many(file: BinaryIO) -> bool:
    """Does a file hold messages behind each other (an mbox)? It is told by its beginning, where reading goes on."""
    many = file.read(len(SEPARATOR)) == SEPARATOR
    file.seek(0)
    return many


def separates(line: bytes, following: bytes, many: bool) -> bool:
    """Does this line, behind an empty one, begin another message? ``many``: the file began with such a line.

    A text may hold lines that begin so, and not every writer puts a ">" before them.
    """
    return line.startswith(SEPARATOR) and bool(CLOCK.match(line) or (many and FIELD.match(following)))


def missing(message: Message, raw: bytes, last: bool, many: bool) -> str | None:
    """Why something must be missing from a message (one of ``[causes]`` of words.toml); None where nothing tells.

    ``raw``: its bytes; ``last``: the file ends with it; ``many``: the file is an mbox.
    """
    outer: Message = message
    while outer.get_content_type() == "message/rfc822" and isinstance(outer.get_payload(), list):
        inner = outer.get_payload(0)
        if not isinstance(inner, Message):
            break
        outer = inner
    if outer.get_content_maintype() == "multipart" and any(isinstance(each, OPEN) for each in outer.defects):
        return "its parts are not closed"
    body = BODY.search(raw)
    if body is None and not message.get_payload() and not raw.endswith((b"\n\n", b"\r\n\r\n")):
        return "it ends within its headers"
    if any(_within_a_group(part) for part in message.walk()):
        return "a part in base64 ends within a group"
    if last and body is not None and _shorter(message, raw, body.end()):
        return "it is shorter than its Content-Length"
    if last and many and not raw.endswith(b"\n"):
        return "it ends within a line"
    return None


def _within_a_group(part: Message) -> bool:
    """Is a part's base64 no whole number of groups?"""
    if part.is_multipart() or str(part.get("content-transfer-encoding", "")).strip().lower() != "base64":
        return False
    text = str(part.get_payload()).encode("ascii", "replace").translate(None, NO_BASE64)
    return len(text) % CHARACTERS_OF_A_GROUP != 0


def _shorter(message: Message, raw: bytes, begin: int) -> bool:
    """Does a message announce more than there is, however its line ends and quoted lines were counted?"""
    said = str(message.get("content-length", "")).strip()
    if not said.isdecimal() or len(said) > 18:
        return False
    body = raw[begin:]
    changed = body.count(b"\n") - body.count(b"\r\n") + body.count(b"\n" + SEPARATOR)
    return int(said) > len(body) + changed + 1
