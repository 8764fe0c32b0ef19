"""Tokens of XML, found in one pass whatever is left open, so that damage costs only itself.

No document type is obeyed: entities that a text declares stay as they are written, those of characters are decoded.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Protocol

LONGEST_TAG = 1 << 24  # characters; what is longer is text
LONGEST_ASIDE = 1 << 20  # characters that are told together
#: An element with nothing but text; a sound tag; one with a broken attribute; what begins a part that is no element.
TOKEN = re.compile(
    r"""<([^\s<>/!?="'&;,]++)>([^<&]*+)</\1>"""
    r"""|<(?:(/?)([^\s<>/!?="'&;,]++)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>"""
    r"""|(/?)([^\s<>/!?="'&;,]++)([^<>]*+)>|!\[CDATA\[|!--|\?|!DOCTYPE\b)"""
)
ATTRIBUTE = re.compile(r"""([^\s=<>"'/]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"']++))""")
CHARACTER = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
DECLARATION = "<!ENTITY"
#: What ends the parts that are no elements, and how many characters of it a piece of text may hold back.
CLOSINGS = {
    "<![CDATA[": (re.compile(r"\]\]>"), 2),
    "<!--": (re.compile(r"-->"), 2),
    "<?": (re.compile(r"\?>"), 1),
    "<!DOCTYPE": (re.compile(r">"), 0),
    "[": (re.compile(r"\]\s{0,100}>"), 101),
}


class Taker(Protocol):
    """Takes tokens in their order."""

    def leaf(self, name: str, text: str) -> None:
        """An element with nothing but text."""

    def start(self, name: str, attributes: str) -> None:
        """An element begins; ``attributes`` as they are written (see ``attributes_of``)."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text of the innermost element."""

    def aside(self, text: str) -> None:
        """Text of a comment or of a document type."""


class Tokens:
    """Hands the tokens of a text, which comes in pieces, to a taker."""

    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self._held = ""
        self._within: str | None = None  # a key of CLOSINGS
        self._aside: list[str] = []  # what was read of such a part so far
        self._size = 0
        self._tail = ""  # the end of what was read of a document type
        self.entities = 0  # that the text declares

    @property
    def held(self) -> int:
        """Characters that wait for what follows: the next piece should not be shorter."""
        return len(self._held)

    def feed(self, piece: str, last: bool = False) -> None:
        """Takes a piece; ``last``: nothing follows."""
        text = self._held + piece
        stop = len(text) if last else _whole(text)
        at = self._closed(text, 0, last)
        while self._within is None and at < stop:
            at = self._closed(text, self._next(text, at, stop), last)
        self._held = text[at:]

    def _next(self, text: str, at: int, stop: int) -> int:
        """Takes tokens up to ``stop`` or the next part that is no element; returns how far it came."""
        taker = self._taker
        for found in TOKEN.finditer(text, at, stop):
            start = found.start()
            if start > at:
                taker.text(plain(text[at:start]))
            at = found.end()
            leaf, text_of_leaf, slash, name, attributes, broken_slash, broken, rest = found.groups()
            if leaf is not None:
                taker.leaf(leaf, text_of_leaf)
                continue
            if name is None:
                if broken is None:
                    self._within = found[0]
                    return at
                slash, name, attributes = broken_slash, broken, rest
            if slash:
                taker.end(name)
                continue
            if attributes.endswith("/"):
                taker.start(name, attributes[:-1])
                taker.end(name)
            else:
                taker.start(name, attributes)
        taker.text(plain(text[at:stop]))
        return stop

    def _closed(self, text: str, at: int, last: bool) -> int:
        """Takes what belongs to the part that is open, if one is; returns how far it came."""
        while self._within is not None:
            closing, tail = CLOSINGS[self._within]
            found = closing.search(text, at)
            end = found.start() if found else len(text)
            opened = text.find("[", at, end) if self._within == "<!DOCTYPE" else -1
            if opened >= 0:
                self._tell(text[at:opened], True)
                self._within, at = "[", opened + 1
            elif found:
                self._tell(text[at:end], True)
                self._within, at = None, found.end()
            else:
                stop = len(text) if last else max(at, len(text) - tail)
                self._tell(text[at:stop], last)
                return stop
        return at

    def _tell(self, text: str, ends: bool) -> None:
        """Some text of the part that is open, which ``ends`` here or goes on."""
        if self._within == "<![CDATA[":
            self._taker.text(text)
        elif self._within != "<?":
            if self._within == "[":
                seen = self._tail + text
                self.entities += seen.count(DECLARATION)
                self._tail = seen[1 - len(DECLARATION) :]
            self._aside.append(text)
            self._size += len(text)
            if ends or self._size > LONGEST_ASIDE:
                self._taker.aside("".join(self._aside))
                self._aside, self._size = [], 0


def _whole(text: str) -> int:
    """How far a piece of text can be taken before what follows it is known."""
    begun = text.rfind("<")
    found = TOKEN.match(text, begun) if begun >= 0 else None
    if begun >= 0 and (found is None or found[7]):  # a tag that is not sound may not be over
        return max(begun, len(text) - LONGEST_TAG)
    character = text.rfind("&", max(found.end() if found else 0, len(text) - 40))
    return character if character >= 0 else len(text)


def plain(text: str) -> str:
    """The text with its characters decoded; of names of entities those that HTML knows."""
    return CHARACTER.sub(lambda found: unescape(found[0]), text) if "&" in text else text


def attributes_of(text: str) -> list[tuple[str, str]]:
    """Names and values, in order; none is left out where one comes twice."""
    return [(name, plain(a or b or c)) for name, a, b, c in ATTRIBUTE.findall(text)]
