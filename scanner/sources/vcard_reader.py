"""vCards (2.1, RFC 2426, RFC 6350), a row for each card, in a child process (``child_main``)."""

from __future__ import annotations

import base64
import binascii
import contextlib
import quopri
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import Sheet, Trouble, Unit

#: Properties that have a column, and its name; several values stand in one cell, a line each.
TITLES = {
    "FN": "full name",
    "N": "name",
    "TEL": "phone",
    "EMAIL": "email",
    "ADR": "address",
    "ORG": "company",
    "TITLE": "title",
    "BDAY": "birthday",
    "NOTE": "note",
    "others": "others",
}
ROWS, BYTES = 1000, 4 << 20  # of a batch
LARGEST = 16 << 20  # bytes of one card
PICTURES = ("PHOTO", "LOGO", "SOUND", "KEY")
LISTS = {"N": " ", "ADR": " ", "ORG": " "}  # what joins the parts of a value


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a file. Lines outside of cards stand in ``others`` of a row of their own."""
    yield Unit(0, "the cards")
    yield Sheet(None, tuple(TITLES.values()), "vcard")
    rows: list[list[str]] = []
    card: dict[str, list[str]] = {}
    size = own = pictures = 0  # own: characters of the present card
    within = False
    for name, parameters, value in _properties(file):
        if name == "BEGIN" or (name == "END" and within):
            if card:
                rows.append(["\n".join(card.get(column, [])) for column in TITLES])
            card, own, within = {}, 0, name == "BEGIN"
        elif name in PICTURES:
            pictures += 1
        else:
            text = _text(name, parameters, value)
            size += len(text)
            own += len(text)
            card.setdefault(name if name in TITLES else "others", []).append(text)
            if not within or own > LARGEST:
                rows.append(["\n".join(card.get(column, [])) for column in TITLES])
                card, own = {}, 0
        if len(rows) >= ROWS or size > BYTES:
            if rows:
                yield _batch(rows)
            rows, size = [], 0
    if card:
        rows.append(["\n".join(card.get(column, [])) for column in TITLES])
    if rows:
        yield _batch(rows)
    if within:
        yield Trouble("ends within a card")
    if pictures:
        yield Trouble(
            counted(
                "holds {pictures} [pictures:picture or key that is|pictures or keys that are] no text; "
                "[pictures:it was|they were] not read",
                pictures=pictures,
            ),
            partial=False,
        )


def _properties(file: BinaryIO) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """(name, parameters, value) of each line, put together where it was folded."""
    held: list[bytes] = []
    size = 0
    quoted = False
    for raw in iter(lambda: file.readline(LARGEST), b""):
        line = raw.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
        folded = line[:1] in (b" ", b"\t")
        soft = quoted and held[-1].endswith(b"=")
        if held and (folded or soft) and size < LARGEST:
            if soft and not folded:
                held[-1] = held[-1][:-1]
            held.append(line[1:] if folded else line)
            size += len(line)
            continue
        if held:
            yield _split(b"".join(held))
        held, size = [line], len(line)
        quoted = b"QUOTED-PRINTABLE" in line[:200].upper()
    if held:
        yield _split(b"".join(held))


def _split(line: bytes) -> tuple[str, dict[str, str], bytes]:
    head, colon, value = line.partition(b":")
    if not colon:
        return "others", {}, line
    name, *given = head.decode("ascii", "replace").split(";")
    parameters = {}
    for each in given:
        key, equals, text = each.upper().partition("=")
        if equals:
            parameters[key] = text
        elif key in ("QUOTED-PRINTABLE", "BASE64"):
            parameters["ENCODING"] = key
    return name.rpartition(".")[2].strip().upper(), parameters, value


def _text(name: str, parameters: dict[str, str], value: bytes) -> str:
    """A value as people read it."""
    encoding = parameters.get("ENCODING", "")
    if encoding == "QUOTED-PRINTABLE":
        value = quopri.decodestring(value)
    elif encoding in ("BASE64", "B"):
        with contextlib.suppress(binascii.Error):
            value = base64.b64decode(value)
    charset = parameters.get("CHARSET", "UTF-8").lower()
    text = None
    for each in ("gb18030" if charset.startswith("gb") else charset, "utf-8", "gb18030"):
        try:
            text = value.decode(each)
            text.encode()  # some character sets give halves of surrogate pairs
            break
        except (ValueError, LookupError):  # the name of a character set may be anything
            continue
    if text is None:
        text = value.decode("utf-8", "replace")
    if name in LISTS:
        text = LISTS[name].join(part for part in text.replace("\\;", "；").split(";") if part)
    text = text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")
    return text.removeprefix("tel:").removeprefix("mailto:") if name in ("TEL", "EMAIL") else text


def _batch(rows: list[list[str]]) -> pa.RecordBatch:
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    return pa.record_batch(columns, list(TITLES.values()))
