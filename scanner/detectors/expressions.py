"""Reads the regular expressions that ``kernels.matcher`` can run: a strict subset of what ``regex`` takes.

``UnsuitedError`` for all else, and for whatever the two could understand differently; such patterns are left to
``regex``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

LAST = 0x10FFFF
MANY = 1 << 20
Ranges = tuple[tuple[int, int], ...]

_DIGIT: Ranges = ((48, 57),)
_SPACE: Ranges = ((9, 13), (32, 32))
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SETS = {"d": _DIGIT, "s": _SPACE, "w": _WORD}
_CONTROLS = {"t": 9, "n": 10, "r": 13}
_REPEAT = re.compile(r"(?:([*+?])|\{([0-9]{1,3})(,?)([0-9]{0,3})\})(\+?)")


class UnsuitedError(Exception):
    """The expression is not in the subset."""


class One(NamedTuple):
    """One character of a class."""

    ranges: Ranges


class Sequence(NamedTuple):
    """One after the other."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """The first of the parts that leads to a match."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """``least`` to ``most`` times, as often as possible; possessive: never given back."""

    part: Node
    least: int
    most: int
    possessive: bool


class Capture(NamedTuple):
    """A numbered group."""

    number: int
    part: Node


class Back(NamedTuple):
    """The text of a numbered group again."""

    number: int


class Look(NamedTuple):
    """What must, or must not, stand ahead or behind."""

    part: Node
    behind: bool
    negative: bool


class Border:
    r"""``\b``: a word of ASCII letters, digits and _ begins or ends."""


Node = One | Sequence | Choice | Repeat | Capture | Back | Look | Border


def complement(ranges: Ranges) -> Ranges:
    """All other characters; of overlapping or unsorted ranges too."""
    found: list[tuple[int, int]] = []
    at = 0
    for low, high in sorted(ranges):
        if low > at:
            found.append((at, low - 1))
        at = max(at, high + 1)
    if at <= LAST:
        found.append((at, LAST))
    return tuple(found)


def widths(node: Node) -> tuple[int, int]:
    """The least and the most characters that a node takes."""
    match node:
        case One():
            return 1, 1
        case Sequence(parts):
            pairs = [widths(part) for part in parts]
            return sum(low for low, _ in pairs), min(sum(high for _, high in pairs), MANY)
        case Choice(parts):
            pairs = [widths(part) for part in parts]
            return min(low for low, _ in pairs), max(high for _, high in pairs)
        case Repeat(part, least, most):
            low, high = widths(part)
            return low * least, min(high * most, MANY)
        case Capture(_, part):
            return widths(part)
        case Back():
            return 0, MANY
    return 0, 0


def alike(node: Node, grow: bool = True) -> Node:
    """The node with classes that hold all ASCII digits or none: it takes all that it took, or less if not ``grow``.

    UnsuitedError where that is not sure to find more: for a part that gives nothing back, and for a text again.
    """
    match node:
        case One(ranges):
            known = {digit for digit in range(48, 58) if any(low <= digit <= high for low, high in ranges)}
            if len(known) in (0, 10):
                return node
            return One((*ranges, *_DIGIT) if grow else complement((*complement(ranges), *_DIGIT)))
        case Sequence(parts):
            return Sequence(tuple(alike(part, grow) for part in parts))
        case Choice(parts):
            return Choice(tuple(alike(part, grow) for part in parts))
        case Repeat(part, least, most, possessive):
            other = alike(part, grow)
            if possessive and other != part:
                raise UnsuitedError
            return Repeat(other, least, most, possessive)
        case Capture(number, part):
            return Capture(number, alike(part, grow))
        case Back():
            raise UnsuitedError
        case Look(part, behind, negative):
            return Look(alike(part, grow != negative), behind, negative)
    return node


@lru_cache(maxsize=128)
def read(expression: str, verbose: bool) -> Node:
    """The syntax tree of an expression under the ASCII flag; UnsuitedError as the module says."""
    reader = _Reader(expression, verbose)
    node = reader.choice(False)
    if reader.at < len(expression):
        raise UnsuitedError
    return node


class _Reader:
    """Recursive descent; ``at``: what has been read."""

    def __init__(self, text: str, verbose: bool) -> None:
        self.text = text
        self.verbose = verbose
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()

    def peek(self) -> str:
        """The next character that means something, empty at the end."""
        while self.verbose and self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end + 1
            else:
                break
        return self.text[self.at : self.at + 1]

    def choice(self, fold: bool) -> Node:
        parts = [self.sequence(fold)]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.sequence(fold))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self, fold: bool) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom(fold)))
        return Sequence(tuple(parts))

    def repeated(self, node: Node) -> Node:
        sign = self.peek()
        if sign not in ("*", "+", "?", "{"):
            return node
        found = _REPEAT.match(self.text, self.at)
        if not found or isinstance(node, Look | Border):
            raise UnsuitedError
        least, most = {"*": (0, MANY), "+": (1, MANY), "?": (0, 1)}.get(sign, (0, 0))
        if sign == "{":
            least = int(found[2])
            most = int(found[4]) if found[4] else MANY if found[3] else least
        self.at = found.end()
        if self.peek() in ("*", "+", "?", "{") or most < least or not most:
            raise UnsuitedError  # lazy, or a quantifier of a quantifier
        return Repeat(node, least, most, bool(found[5]))

    def atom(self, fold: bool) -> Node:
        c = self.text[self.at]
        self.at += 1
        if c == "(":
            return self.group(fold)
        if c == "[":
            return One(self.members(fold))
        if c == ".":
            return One(complement(((10, 10),)))
        if c == "\\":
            return self.escaped(fold)
        if c in "^$*+?{}]":
            raise UnsuitedError
        return One(self.folded(((ord(c), ord(c)),), fold))

    def escaped(self, fold: bool) -> Node:
        c = self.text[self.at : self.at + 1]
        self.at += 1
        if c == "b":
            return Border()
        if c.isdigit() and c.isascii():
            if int(c) not in self.closed or fold or self.text[self.at : self.at + 1].isdigit():
                raise UnsuitedError
            return Back(int(c))
        return One(self.folded(self.named(c), fold))

    def named(self, c: str) -> Ranges:
        """What a backslash makes of the character behind it."""
        if c in _CONTROLS:
            return ((_CONTROLS[c], _CONTROLS[c]),)
        if c and c.lower() in _SETS and c.isascii():
            return _SETS[c] if c in _SETS else complement(_SETS[c.lower()])
        if not c or not c.isascii() or c.isalnum() or not c.isprintable():
            raise UnsuitedError
        return ((ord(c), ord(c)),)

    def members(self, fold: bool) -> Ranges:
        """The inside of a class."""
        negative = self.text.startswith("^", self.at)
        self.at += negative
        found: list[tuple[int, int]] = []
        begin = self.at
        while True:
            first, single = self.member()
            if not first:
                break
            if single and self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                last, also = self.member()
                if not last or not also or last[0][0] < first[0][0]:
                    raise UnsuitedError
                first = ((first[0][0], last[0][0]),)
            found += first
        inside = self.text[begin : self.at - 1]
        if not found or any(sign in inside for sign in ("&&", "||", "--", "~~")):
            raise UnsuitedError
        ranges = self.folded(tuple(found), fold)
        return complement(ranges) if negative else ranges

    def member(self) -> tuple[Ranges, bool]:
        """The next of a class, and whether it is a single character; nothing at its end."""
        c = self.text[self.at : self.at + 1]
        self.at += 1
        if c == "]":
            return (), False
        if c in ("", "["):
            raise UnsuitedError
        if c == "\\":
            c = self.text[self.at : self.at + 1]
            self.at += 1
            return self.named(c), c.lower() not in _SETS
        return ((ord(c), ord(c)),), True

    def folded(self, ranges: Ranges, fold: bool) -> Ranges:
        """With the other case of ASCII letters where case does not count."""
        if not fold:
            return ranges
        found = list(ranges)
        for low, high in ranges:
            if high - low > 0x10000 or any(
                chr(c).lower() != chr(c).upper() for c in range(max(low, 128), high + 1)
            ):
                raise UnsuitedError  # case beyond ASCII
            for first, step in ((65, 32), (97, -32)):
                a, b = max(low, first), min(high, first + 25)
                if a <= b:
                    found.append((a + step, b + step))
        return tuple(found)

    def group(self, fold: bool) -> Node:
        for opening, behind, negative in (
            ("?=", False, False),
            ("?!", False, True),
            ("?<=", True, False),
            ("?<!", True, True),
        ):
            if self.text.startswith(opening, self.at):
                self.at += len(opening)
                groups = self.groups
                part = self.inside(fold)
                if (
                    self.groups > groups
                    or (behind and widths(part)[1] >= MANY)
                    or (_possessive(part) and behind)
                ):
                    raise UnsuitedError
                return Look(part, behind, negative)
        if self.text.startswith("?:", self.at):
            self.at += 2
            return self.inside(fold)
        if self.text.startswith("?i:", self.at):
            self.at += 3
            return self.inside(True)
        if self.text.startswith("?", self.at):
            raise UnsuitedError
        self.groups += 1
        number = self.groups
        if number > 7:
            raise UnsuitedError
        part = self.inside(fold)
        self.closed.add(number)
        return Capture(number, part)

    def inside(self, fold: bool) -> Node:
        node = self.choice(fold)
        if self.peek() != ")":
            raise UnsuitedError
        self.at += 1
        return node


def _possessive(node: Node) -> bool:
    """Is there a part that depends on the direction in which it is read?"""
    match node:
        case Sequence(parts) | Choice(parts):
            return any(_possessive(part) for part in parts)
        case Repeat(part, _, _, possessive):
            return possessive or _possessive(part)
        case Capture() | Back():
            return True
    return False
