"""Text that holds hanzi as escapes, as logs and addresses of the web do: ``\\u5f20`` of JSON, ``%E5%BC%A0``."""

from __future__ import annotations

import re

import numpy as np

from scanner.kernels import escapes
from scanner.kernels.tokenize import Tokens
from scanner.model import Bytes, Cells
from scanner.sources.doubled_quotes import Copies, Room

HANZI = re.compile(r"\\u[4-9][0-9A-Fa-f]{3}|%[Ee][4-9](?:%[89ABab][0-9A-Fa-f]){2}")
QUERY = re.compile(
    r"=[^\s=&\"']{0,200}%(?:40|2[2BCbc]|3[Aa]|5[Bb]|7[Bb])[0-9A-Za-z%]"
)  # ?mail=a%40b.cn, &j=%7B%22a%22%3A
HEX = "[0-9A-Fa-f]"
ESCAPE = re.compile(
    rf"%(2[0-46-9A-Fa-f]|3[A-Fa-f]|40|5[B-Fb-f]|60|7[B-Eb-e])|\\+u([Dd][89ABab]{HEX}{{2}})\\u([Dd][C-Fc-f]{HEX}{{2}})|\\+u({HEX}{{4}})|((?:%[89A-Fa-f]{HEX})+)".encode()
)
SEQUENCE = re.compile(
    b"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    b"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|([\x80-\xff])"
)


def holds_escapes(head: str) -> bool:
    """Does a text begin with lines that hold hanzi, or signs in the queries of addresses, as escapes?"""
    hanzi = ("\\u" in head or "%" in head) and HANZI.search(head) is not None
    return hanzi or ("%" in head and QUERY.search(head) is not None)


def plain(text: bytes) -> bytes:
    """The text with characters in place of escapes; of ASCII only signs behind a percent sign; what is none stays."""
    return ESCAPE.sub(_character, text)


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
    buffer: Bytes, tokens: Tokens, copies: Copies | None, room: Room
) -> tuple[Bytes, Tokens, Copies | None]:
    """The buffer with copies of the cells that hold escapes behind it, tokens that point to them, and all ``copies``.

    ``room``: where there is some behind the buffer, see ``Blocks.behind``.
    """
    width, sound = tokens.start.shape
    start = np.concatenate([tokens.start.ravel(), tokens.loose_start])
    end = np.concatenate([tokens.end.ravel(), tokens.loose_end])
    which = escapes.escaped(buffer, start, end)
    if not len(which):
        return buffer, tokens, copies
    size = int((end[which] - start[which]).sum(dtype=np.int64)) + 1  # see ``doubled_quotes.single``
    memory, at = room(size)
    begin, origin = escapes.write(memory, at + 1, which, start, end)
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


def in_cells(columns: list[Cells]) -> list[Cells]:
    """The cells with characters in place of escapes: for looking at some."""
    return [Cells.of([plain(cells.raw(at)) for at in range(len(cells))]) for cells in columns]
