"""Texts that cells refer to by number, in a table of bounded size."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from scanner.sources.workbooks.xml_text import Attributes, DamagedError, Reading, local, unescaped

MOST = 256 << 20  # bytes of all texts
MANY = 1 << 24  # texts


class Strings:
    """Texts by number, as UTF-8."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> bool:
        """Adds the next; False where there is no room."""
        raw = text.encode("utf-8", "replace")
        if len(self._data) + len(raw) > MOST or len(self._ends) > MANY:
            return False
        self._data += raw
        self._ends.append(len(self._data))
        return True

    def get(self, number: str) -> bytes | None:
        """The text of a number that is written in digits; None where there is none."""
        try:
            place = int(number)
        except ValueError:
            return None
        if not 0 <= place < len(self._ends) - 1:
            return None
        return bytes(self._data[self._ends[place] : self._ends[place + 1]])


class _Items:
    """The handlers of shared strings: the runs of an item make up its text, phonetic hints do not."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._runs: list[str] = []
        self._reading = False
        self._aside = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        name = local(tag)
        if name == "t":
            self._reading = not self._aside
        elif name == "si":
            self._runs = []
        elif name == "rPh":
            self._aside += 1

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self._reading = False
        elif name == "si":
            self.done.append(unescaped("".join(self._runs)))
        elif name == "rPh":
            self._aside -= 1

    def text(self, text: str) -> None:
        if self._reading:
            self._runs.append(text)


def fill(strings: Strings, pieces: Iterator[bytes]) -> Iterator[str]:
    """Fills the table from shared strings (ECMA-376 Part 1, 18.4); yields those for which there is no room.

    DamagedError where they cannot be read on; what came before is in the table then.
    """
    items = _Items()
    reading = Reading(items.start, items.end, items.text)
    full = False
    try:
        for piece in pieces:
            reading.feed(piece)
            for text in items.done:
                full = full or not strings.add(text)
                if full:
                    yield text
            items.done.clear()
        reading.feed(b"", True)
    except DamagedError:
        for text in items.done:
            strings.add(text)
        raise
