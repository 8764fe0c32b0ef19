"""Text that holds hanzi as escapes, as logs and addresses do: ``\\u5f20``, ``%E5%BC%A0``, ``%D5%C5`` of GBK."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from scanner.kernels import escapes
from scanner.kernels.tokenize import Tokens
from scanner.model import Bytes, Cells
from scanner.sources.doubled_quotes import Copies, Room
from scanner.sources.probe import common

HANZI = re.compile(r"\\u[4-9][0-9A-Fa-f]{3}|%[Ee][4-9](?:%[89ABab][0-9A-Fa-f]){2}")
QUERY = re.compile(
    r"=[^\s=&\"']{0,200}%(?:40|2[2BCbc]|3[Aa]|5[Bb]|7[Bb])[0-9A-Za-z%]"
)  # ?mail=a%40b.cn, &j=%7B%22a%22%3A
HEX = "[0-9A-Fa-f]"
ESCAPE = re.compile(
    rf"%(2[0-46-9A-Fa-f]|3[A-Fa-f]|40|5[B-Fb-f]|60|7[B-Eb-e])|\\+u([Dd][89ABab]{HEX}{{2}})\\u([Dd][C-Fc-f]{HEX}{{2}})|\\+u({HEX}{{4}})|((?:%[89A-Fa-f]{HEX})+)".encode()
)
PAIR = re.compile(rf"%([89A-Fa-f]{HEX})(?:%({HEX}{{2}})|([@-~]))".encode())
RUN_OF_PAIRS = re.compile(rf"(?:%[89A-Fa-f]{HEX}(?:%{HEX}{{2}}|[@-~]))+")
MOST_RUNS, LEAST_PAIRS = 200, 4
SEQUENCE = re.compile(
    b"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    b"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|([\x80-\xff])"
)


def escapes_of(head: str) -> str | None:
    """How a text that begins so writes hanzi behind percent signs, "gbk" or "utf-8", as with ``\\u``.

    None where it has neither these nor signs in the queries of addresses.
    """
    if "%" in head and _are_pairs(head):
        return "gbk"
    if ("\\u" in head or "%" in head) and HANZI.search(head) is not None:
        return "utf-8"
    return "utf-8" if "%" in head and QUERY.search(head) is not None else None


def _are_pairs(head: str) -> bool:
    """Whether most of what stands behind percent signs are common hanzi of GBK, and no UTF-8."""
    hanzi = every = 0
    for run in islice(RUN_OF_PAIRS.finditer(head), MOST_RUNS):
        raw = unquote_to_bytes(run[0])
        text = raw.decode("gbk", "replace")
        every += len(text)
        try:
            raw.decode()
        except UnicodeDecodeError:
            hanzi += sum(character in _common() for character in text)
    return hanzi >= LEAST_PAIRS and hanzi >= 0.9 * every


@cache
def _common() -> frozenset[str]:
    return frozenset(map(chr, common("gb18030").tolist()))


@cache
def pairs_of_gbk() -> NDArray[np.uint16]:
    """uint16[65536]: the character of each two bytes of GBK, 0 where they are none."""
    found = np.zeros(1 << 16, np.uint16)
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            text = bytes((high, low)).decode("gbk", "ignore")
            if len(text) == 1 and ord(text) >= 0x80:
                found[high << 8 | low] = ord(text)
    return found


def _pairs(encoding: str) -> NDArray[np.uint16] | None:
    return pairs_of_gbk() if encoding == "gbk" else None


def plain(text: bytes, encoding: str = "utf-8") -> bytes:
    """The text with characters in place of escapes; of ASCII only signs behind a percent sign; what is none stays."""
    if encoding != "gbk":
        return ESCAPE.sub(_character, text)
    shown, at = [], 0
    while at < len(text):
        pair, escape = PAIR.match(text, at), ESCAPE.match(text, at)
        raw = pair and bytes.fromhex(pair[1].decode()) + (pair[3] or bytes.fromhex(pair[2].decode()))
        character = raw.decode("gbk", "ignore") if raw else ""
        if pair and len(character) == 1 and character >= "\x80":
            shown.append(character.encode())
            at = pair.end()
        elif escape and not escape[5]:
            shown.append(_character(escape))
            at = escape.end()
        else:
            shown.append(text[at : at + 1])
            at += 1
    return b"".join(shown)


def _character(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes.fromhex(found[1].decode())
    if found[5]:
        raw = bytes.fromhex(found[5].replace(b"%", b"").decode())
        shown, at = b"", 0
        for each in SEQUENCE.finditer(raw):
            shown += found[5][3 * each.start() : 3 * each.end()] if each[1] else each[0]
            at = each.end()
        return shown + found[5][3 * at :]
    if found[2]:
        return (
            (b"\\u" + found[2] + b"\\u" + found[3])
            .decode("unicode_escape")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16")
            .encode()
        )
    code = int(found[4], 16)
    return found[0] if code < 0x80 or 0xD800 <= code < 0xE000 else chr(code).encode()


def written_out(
    buffer: Bytes, tokens: Tokens, copies: Copies | None, room: Room, encoding: str
) -> tuple[Bytes, Tokens, Copies | None]:
    """The buffer with copies of the cells that hold escapes behind it, tokens that point to them, and all ``copies``.

    ``room``: where there is some behind the buffer, see ``Blocks.behind``.
    """
    width, sound = tokens.start.shape
    start = np.concatenate([tokens.start.ravel(), tokens.loose_start])
    end = np.concatenate([tokens.end.ravel(), tokens.loose_end])
    which = escapes.escaped(buffer, start, end, _pairs(encoding))
    if not len(which):
        return buffer, tokens, copies
    size = int((end[which] - start[which]).sum(dtype=np.int64)) + 1  # see ``doubled_quotes.single``
    memory, at = room(size)
    begin, origin = escapes.write(memory, at + 1, which, start, end, _pairs(encoding))
    if copies is not None:
        origin = copies.back(origin)
        begin, origin = np.concatenate([copies.begin, begin]), np.concatenate([copies.origin, origin])
    cells = width * sound
    tokens = tokens._replace(
        start=start[:cells].reshape(width, sound),
        end=end[:cells].reshape(width, sound),
        loose_start=start[cells:],
        loose_end=end[cells:],
    )
    return memory, tokens, Copies(begin, origin)


def in_cells(columns: list[Cells], encoding: str) -> list[Cells]:
    """The cells with characters in place of escapes: for looking at some."""
    return [Cells.of([plain(cells.raw(at), encoding) for at in range(len(cells))]) for cells in columns]
