"""Streams of XML, read by expat: without document types and entities of their own, which only bombs have."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

Attributes = list[str]  # name, value, name, value
TAG = re.compile(rb"<[^<>]*>")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']""")
CHINESE = {b"gb2312": "gb18030", b"gbk": "gb18030", b"gb18030": "gb18030", b"big5": "big5hkscs"}
LINE = 4096  # bytes of text that are told as one line where XML is damaged


class DamagedError(Exception):
    """XML that cannot be read on. The message names what, for people."""


class Reading:
    """A parser that is fed piece by piece."""

    def __init__(
        self,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> None:
        self._handlers = start, end, text
        self._parser: expat.XMLParserType | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._recent = [b"", b""]  # the last pieces
        self._fed = 0  # bytes

    def feed(self, piece: bytes, last: bool = False) -> None:
        """Reads on. DamagedError where it cannot."""
        if self._parser is None:
            self._begin(piece)
        assert self._parser is not None
        if self._decoder is not None:
            piece = self._decoder.decode(piece, last).encode("utf-8", "replace")
        self._recent = [self._recent[1], piece] if piece else self._recent
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, LookupError, ValueError):  # also: an encoding that nobody knows
            raise DamagedError("its XML is damaged") from None

    def _begin(self, piece: bytes) -> None:
        """Makes the parser; of encodings that expat does not know, those of Chinese text are decoded before."""
        declared = DECLARED.match(piece)
        if declared and declared[1].lower() in CHINESE:
            self._decoder = codecs.getincrementaldecoder(CHINESE[declared[1].lower()])("replace")
        parser = expat.ParserCreate(None if self._decoder is None else "utf-8")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._handlers
        parser.StartDoctypeDeclHandler = self._refuse
        self._parser = parser

    def rest(self, closing: bytes) -> bytes:
        """What was fed last and not understood: from behind the last ``closing`` (the end of a tag) on."""
        recent = b"".join(self._recent)
        base = self._fed - len(recent)
        at = min(max(0, self._parser.CurrentByteIndex - base), len(recent)) if self._parser else 0
        last = recent.rfind(closing, 0, at)
        if last >= 0:
            return recent[last + len(closing) :]
        return recent[at if base else 0 :]

    def _refuse(self, *_: object) -> None:
        raise DamagedError("its XML declares a document type, which is not read")


def local(tag: str) -> str:
    """The name without its prefix."""
    return tag.rpartition(":")[2]


def value_of(attributes: Attributes, name: str) -> str | None:
    """The value of an attribute, whatever its prefix."""
    for place in range(0, len(attributes), 2):
        if attributes[place] == name or local(attributes[place]) == name:
            return attributes[place + 1]
    return None


def unescaped(text: str) -> str:
    """Undoes ``_x000D_`` (ECMA-376, ST_Xstring), which stands for characters that XML may not hold."""
    if "_x" not in text:
        return text
    raw = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def loose_lines(rest: Iterator[bytes]) -> Iterator[bytes]:
    """The text of XML that cannot be parsed: what stands between tags, a line for some of it."""
    held = b""
    for piece in rest:
        held += piece
        cut = held.rfind(b"<")
        cut = cut if cut > 0 else len(held)
        yield from _lines(held[:cut])
        held = held[cut:]
    yield from _lines(held)


def _lines(raw: bytes) -> Iterator[bytes]:
    texts = [text for each in TAG.split(raw) if (text := each.strip())]
    line: list[bytes] = []
    size = 0
    for text in texts:
        line.append(text)
        size += len(text)
        if size >= LINE:
            yield b"\n".join(line)
            line, size = [], 0
    if line:
        yield b"\n".join(line)
