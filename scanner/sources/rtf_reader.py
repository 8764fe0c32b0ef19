"""Rich Text Format 1.9.1: paragraphs in lines, and the rows of tables, in a child process (``child_main``)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.workbooks.grid import Grid

FORMAT, TABLES = "rtf", "tables"
PIECE = 1 << 20
LONGEST = 64  # bytes of a control word with its number
DEEPEST = 1 << 10  # groups within one another; what is deeper belongs to the last
TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\",
    re.S,
)
#: Destinations that hold no text of the document, beside those that are marked as such (``\*``).
SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict objdata fldinst listtable listoverridetable themedata datastore".split()
)
SIGNS = {
    b"tab": "\t", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"nestcell": " ",
}  # fmt: skip
SYMBOLS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
LINES = frozenset(b"par line sect page column".split())
#: What bytes beyond ASCII mean, by character set of the font and by code page (table of \fcharset).
CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs"}
PAGES = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "big5hkscs", 54936: "gb18030", 65001: "utf-8"}
CHINESE = {1028: "big5hkscs", 2052: "gb18030", 3076: "big5hkscs", 4100: "gb18030"}  # \deflangfe
CUT = "ends before its groups are closed, so it may be cut off"


class Group(NamedTuple):
    """What holds until a group ends: whether it is passed over, its font, how many signs stand in for one by number."""

    silent: bool = False
    font: int = -1
    stand_in: int = 1


class Text:
    """The lines and rows of a document, as its words come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.rows: list[list[str]] = []
        self.open = 0  # groups
        self.raw = 0  # bytes to come that are no text
        self._group = Group()
        self._groups: list[Group] = []
        self._charsets: dict[int, int] = {}  # of fonts
        self._in_fonts = False
        self._fallback = "cp1252"
        self._encoding = ""
        self._decoder = codecs.getincrementaldecoder("ascii")("replace")
        self._pieces: list[str] = []
        self._row: list[str] = []
        self._passed = 0  # signs to come that stand in for one

    def take(self, match: re.Match[bytes]) -> None:
        """The next word, sign, brace or text."""
        code, word, number, symbol, brace, text = match.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, int(number) if number else None)
        elif code or text:
            self._content(bytes.fromhex(code.decode()) if code else text)
        elif symbol == b"*":
            self._group = self._group._replace(silent=True)
        elif symbol in SYMBOLS:
            self._sign(SYMBOLS[symbol])
        elif symbol in (b"\n", b"\r"):
            self._end_line()

    def _brace(self, brace: bytes) -> None:
        self._passed = 0
        self.open += 1 if brace == b"{" else -1
        if brace == b"{" and len(self._groups) < DEEPEST:
            self._groups.append(self._group)
        elif brace == b"}" and self._groups and self.open < len(self._groups):
            self._group = self._groups.pop()
            self._in_fonts = self._in_fonts and self._group.silent

    def _word(self, word: bytes, number: int | None) -> None:
        if word in SILENT:
            self._in_fonts = word == b"fonttbl"
            self._group = self._group._replace(silent=True)
        elif word == b"bin":
            self.raw = max(0, number or 0)
        elif word == b"f" and number is not None:
            self._group = self._group._replace(font=number)
        elif word == b"fcharset" and self._in_fonts:
            self._charsets[self._group.font] = number or 0
        elif word == b"ansicpg":
            self._fallback = PAGES.get(number or 0, self._fallback)
        elif word == b"deflangfe" and self._fallback == "cp1252":
            self._fallback = CHINESE.get(number or 0, self._fallback)
        elif word == b"uc":
            self._group = self._group._replace(stand_in=max(0, number or 0))
        elif self._group.silent:
            return
        elif word == b"u" and number is not None:
            self._passed = 0
            self._sign(chr(number & 0xFFFF))
            self._passed = self._group.stand_in
        elif word in SIGNS:
            self._sign(SIGNS[word])
        elif word in LINES:
            self._end_line()
        elif word == b"cell":
            self._row.append(self._taken())
        elif word == b"row":
            rest = self._taken()
            self.rows.append([*self._row, rest] if rest.strip() else self._row)
            self._row = []

    def _content(self, content: bytes) -> None:
        passed, self._passed = min(self._passed, len(content)), max(0, self._passed - len(content))
        if self._group.silent or passed == len(content):
            return
        encoding = CHARSETS.get(self._charsets.get(self._group.font, 0), self._fallback)
        if encoding != self._encoding:
            self._pieces.append(self._decoder.decode(b"", True))
            self._encoding, self._decoder = encoding, codecs.getincrementaldecoder(encoding)("replace")
        self._pieces.append(self._decoder.decode(content[passed:]))

    def _sign(self, sign: str) -> None:
        if self._passed:
            self._passed -= 1
        elif not self._group.silent:
            self._pieces += self._decoder.decode(b"", True), sign

    def _taken(self) -> str:
        """What was gathered since the last time."""
        self._pieces.append(self._decoder.decode(b"", True))
        text, self._pieces = "".join(self._pieces), []
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _end_line(self) -> None:
        if self._group.silent:
            return
        if self._row:  # a cell of several paragraphs
            self._pieces += self._decoder.decode(b"", True), "\n"
        elif (line := self._taken()).strip():
            self.lines.append(line)

    def close(self) -> None:
        """The document ends."""
        if self._row:
            self.rows.append(self._row)
            self._row = []
        self._end_line()


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a document, which is one unit."""
    yield Unit(0, "its content")
    text = text_of(file)
    for sheet, rows in (
        (Sheet(None, (None,), FORMAT), [[line] for line in text.lines]),
        (Sheet(TABLES, None, FORMAT), text.rows),
    ):
        grid = Grid(int(options["cell"]))
        yield sheet
        for row in rows:
            grid.append(row)
            if grid.full:
                yield from grid.batches()
        yield from grid.batches()
        yield from grid.troubles(sheet.name or "")
    if text.open > 0:
        yield Trouble(CUT)


def text_of(file: BinaryIO) -> Text:
    """All of a document."""
    text, held = Text(), b""
    while True:
        piece = file.read(PIECE)
        held += piece
        end = len(held)
        if piece and held.rfind(b"\\", max(0, end - LONGEST)) >= 0:  # a word may go on in the next piece
            end = held.rfind(b"\\", max(0, end - LONGEST))
        at = 0
        while at < end:
            if text.raw:
                at, text.raw = min(end, at + text.raw), max(0, text.raw - (end - at))
                continue
            match = TOKEN.match(held, at)
            assert match is not None  # there is one for each byte
            if match.end() > end and piece:
                break
            text.take(match)
            at = match.end()
        held = held[at:]
        if not piece:
            text.close()
            return text
