"""The tokeniser's grammar, slow and obvious: one byte after the other, the input complete."""

from __future__ import annotations

from dataclasses import dataclass, field

WRONG_WIDTH, BROKEN, UNCLOSED = 1, 2, 3


@dataclass
class Found:
    rows: list[tuple[int, list[tuple[int, bytes]]]] = field(
        default_factory=list
    )  # (ordinal, [(start, content)])
    loose: list[tuple[int, int, int, int]] = field(default_factory=list)  # (ordinal, start, end, why)
    blank: int = 0
    consumed: int = 0
    overlong: bool = False


class BrokenError(Exception):
    def __init__(self, why: int) -> None:
        self.why = why


@dataclass
class Reference:
    data: bytes
    delimiter: bytes
    quote: int
    width: int
    carriage: bool = False
    longest: int = 64 << 20
    longest_quoted: int = 1 << 20
    most_lines: int = 1000
    escape: int = -1

    def run(self) -> Found:
        found, at = Found(), 0
        while at < len(self.data):
            line = len(found.rows) + len(found.loose)
            try:
                cells, crossed, stop, after = self.row(at)
                if stop - at > self.longest:
                    raise BrokenError(UNCLOSED)
                if len(cells) == 1 and self.strip(at, stop) == at:
                    found.blank += 1
                elif len(cells) >= self.width and not any(content for _, content in cells[self.width :]):
                    if crossed and self.swallows(at):
                        raise BrokenError(BROKEN)
                    found.rows.append((line, cells[: self.width]))
                elif crossed:
                    raise BrokenError(WRONG_WIDTH)
                else:
                    self.loose(found, line, at, self.strip(at, stop), WRONG_WIDTH)
            except BrokenError as broken:
                stop, after = self.line(at)
                if stop - at > self.longest:
                    found.overlong = True
                    break
                self.loose(found, line, at, self.strip(at, stop), broken.why)
            at = after
        found.consumed = at
        return found

    def swallows(self, at: int) -> bool:
        """Are the line here and the next one rows without quoting, each with one quote at most?"""
        for _ in range(2):
            stop, after = self.line(at)
            cells, quotes = 1, self.data.count(self.quote, at, stop)
            while at < stop:
                cells += self.delimits(at)
                at += len(self.delimiter) if self.delimits(at) else 1
            if cells != self.width or quotes > 1:
                return False
            at = after
        return self.width >= 4

    def loose(self, found: Found, line: int, start: int, end: int, why: int) -> None:
        if any(byte >= 128 or chr(byte).isalnum() for byte in self.data[start:end]):
            found.loose.append((line, start, end, why))
        else:
            found.blank += 1

    def line_end(self, at: int) -> int:
        """Length of the line end at ``at``, 0 for none."""
        if self.data[at : at + 1] == b"\n":
            return 1
        if self.carriage and self.data[at : at + 1] == b"\r":
            return 2 if self.data[at + 1 : at + 2] == b"\n" else 1
        return 0

    def line(self, at: int) -> tuple[int, int]:
        while at < len(self.data) and not self.line_end(at):
            at += 1
        return at, at + self.line_end(at)

    def strip(self, start: int, stop: int) -> int:
        return stop - 1 if stop > start and self.data[stop - 1] == 13 else stop

    def quoted(self, at: int) -> tuple[bytes, int, bool]:
        """Content and place behind the closing quote of a cell whose content starts at ``at``."""
        first, content, lines = at, bytearray(), 0
        while True:
            if at - first > self.longest_quoted or at == len(self.data) or lines > self.most_lines:
                raise BrokenError(UNCLOSED)
            byte = self.data[at]
            before = self.data[first:at]
            escapes = len(before) - len(before.rstrip(bytes([max(self.escape, 0)])))
            if byte == self.quote and not (self.escape >= 0 and escapes % 2):
                if self.data[at + 1 : at + 2] != bytes([self.quote]):
                    return bytes(content), at + 1, lines > 0
                at += 1
            elif byte == 10 or (byte == 13 and self.carriage):
                lines += 1
            content.append(byte)
            at += 1

    def row(self, at: int) -> tuple[list[tuple[int, bytes]], bool, int, int]:
        """``(cells, holds a line end in quotes, stop, start of the next row)``."""
        data, cells, crossed, start = self.data, [], False, at
        while True:
            if at < len(data) and data[at] == self.quote:
                content, here, across = self.quoted(at + 1)
                crossed |= across
                cells.append((at + 1, content))
                if here < len(data) and data[here] == 13 and not self.carriage:
                    if data[here + 1 : here + 2] not in (b"", b"\n"):
                        raise BrokenError(self.broken(start, here))
                    here += 1
                if here < len(data) and not self.line_end(here) and not self.delimits(here):
                    raise BrokenError(self.broken(start, here))
            else:
                here = at
                while here < len(data) and not self.line_end(here) and not self.delimits(here):
                    here += 1
                last = here if here < len(data) and self.delimits(here) else self.strip(at, here)
                cells.append((at, data[at:last]))
            if here == len(data) or self.line_end(here):
                return cells, crossed, here, here + self.line_end(here)
            at = here + len(self.delimiter)

    def broken(self, start: int, here: int) -> int:
        """Why a row with text behind a closing quote is no row: a block as long as the longest row cannot tell."""
        beyond = here - start + max(len(self.delimiter), 2) > self.longest + 1
        return UNCLOSED if beyond and len(self.data) - start > self.longest else BROKEN

    def delimits(self, at: int) -> bool:
        return bool(self.delimiter) and self.data.startswith(self.delimiter, at)
