"""Compiles expressions (``detectors.expressions``) for ``kernels.matcher``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.expressions import (
    MANY,
    Back,
    Border,
    Capture,
    Choice,
    Look,
    Node,
    One,
    Ranges,
    Repeat,
    Sequence,
    UnsuitedError,
    alike,
    read,
    widths,
)
from scanner.kernels import matcher

LONGEST = 4000  # instructions
_WIDTH = 5


class Program(NamedTuple):
    """An expression as the kernel takes it.

    ``code`` int32[n, 5]; ``ascii`` uint8[classes, 128]; ``ranges`` int32[m, 2] beyond ASCII, those of class c at
    ``places[c]`` to ``places[c + 1]``; ``first`` uint8[256]: the bytes with which a match can begin.
    """

    code: NDArray[np.int32]
    ascii: NDArray[np.uint8]
    ranges: NDArray[np.int32]
    places: NDArray[np.int32]
    first: NDArray[np.uint8]


def compiled(expression: str, verbose: bool) -> Program | None:
    """The program of an expression under the ASCII flag; None where it is outside the subset."""
    try:
        return _written(read(expression, verbose))
    except (UnsuitedError, RecursionError):
        return None


def widened(expression: str, verbose: bool) -> Program | None:
    """A program that takes all digits alike and finds something wherever ``compiled`` does; None if there is none.

    So where it finds nothing, the expression finds nothing in any cell that differs in digits only.
    """
    try:
        return _written(alike(read(expression, verbose)))
    except (UnsuitedError, RecursionError):
        return None


def _written(tree: Node) -> Program | None:
    if not widths(tree)[0]:
        return None
    writer = _Writer()
    writer.node(tree)
    writer.put(matcher.MATCH)
    return writer.program(_first(tree)[0])


class _Writer:
    """Collects instructions and classes."""

    def __init__(self) -> None:
        self.code: list[list[int]] = []
        self.classes: dict[Ranges, int] = {}

    def put(self, *values: int) -> int:
        """Appends an instruction and tells its place."""
        if len(self.code) >= LONGEST:
            raise UnsuitedError
        self.code.append([*values, *[0] * (_WIDTH - len(values))])
        return len(self.code) - 1

    def class_of(self, ranges: Ranges) -> int:
        return self.classes.setdefault(ranges, len(self.classes))

    def node(self, node: Node) -> None:
        match node:
            case One(ranges):
                self.put(matcher.ONE, self.class_of(ranges))
            case Sequence(parts):
                for part in parts:
                    self.node(part)
            case Choice(parts):
                self.choice(parts)
            case Repeat():
                self.repeat(node)
            case Capture(number, part):
                self.put(matcher.SAVE, 2 * number)
                self.node(part)
                self.put(matcher.SAVE, 2 * number + 1)
            case Back(number):
                self.put(matcher.BACK, number)
            case Look():
                self.look(node)
            case Border():
                self.put(matcher.BORDER)

    def choice(self, parts: tuple[Node, ...]) -> None:
        exits = []
        for part in parts[:-1]:
            split = self.put(matcher.SPLIT)
            self.code[split][1] = len(self.code)
            self.node(part)
            exits.append(self.put(matcher.JUMP))
            self.code[split][2] = len(self.code)
        self.node(parts[-1])
        for place in exits:
            self.code[place][1] = len(self.code)

    def repeat(self, node: Repeat) -> None:
        part = node.part
        if isinstance(part, Sequence) and len(part.parts) == 1:
            part = part.parts[0]
        if isinstance(part, One):
            kind = matcher.KEEP if node.possessive or node.least == node.most else matcher.REPEAT
            self.put(kind, self.class_of(part.ranges), node.least, node.most)
            return
        if not widths(part)[0] or (node.possessive and _captures(part)):
            raise UnsuitedError
        atomic = self.put(matcher.ATOMIC) if node.possessive else -1
        for _ in range(node.least):
            self.node(part)
        if node.most >= MANY:
            split = self.put(matcher.SPLIT)
            self.code[split][1] = len(self.code)
            self.node(part)
            self.put(matcher.JUMP, split)
            self.code[split][2] = len(self.code)
        else:
            splits = []
            for _ in range(node.most - node.least):
                splits.append(self.put(matcher.SPLIT))
                self.code[splits[-1]][1] = len(self.code)
                self.node(part)
            for split in splits:
                self.code[split][2] = len(self.code)
        if atomic >= 0:
            self.put(matcher.MATCH)
            self.code[atomic][1] = len(self.code)

    def look(self, node: Look) -> None:
        least, most = widths(node.part)
        if node.behind and node.negative and isinstance(_alone(node.part), One):
            one = _alone(node.part)
            assert isinstance(one, One)
            self.put(matcher.NOT_BEHIND, self.class_of(one.ranges))
            return
        if node.behind:
            place = self.put(matcher.BEHIND, 0, int(node.negative), least, most)
        else:
            place = self.put(matcher.AHEAD, 0, int(node.negative))
        self.node(node.part)
        self.put(matcher.END_HERE if node.behind else matcher.MATCH)
        self.code[place][1] = len(self.code)

    def program(self, first: Ranges) -> Program:
        ascii_table = np.zeros((len(self.classes), 128), np.uint8)
        beyond: list[tuple[int, int]] = []
        places = [0]
        for index, ranges in enumerate(self.classes):
            for low, high in ranges:
                ascii_table[index, low : min(high, 127) + 1] = 1
                if high > 127:
                    beyond.append((max(low, 128), high))
            places.append(len(beyond))
        bytes_first = np.zeros(256, np.uint8)
        for low, high in first:
            bytes_first[low : min(high, 127) + 1] = 1
            if high > 127:
                leads = [chr(c).encode("utf-8", "surrogatepass")[0] for c in (max(low, 128), high)]
                bytes_first[leads[0] : leads[1] + 1] = 1
        return Program(
            np.array(self.code, np.int32),
            ascii_table,
            np.array(beyond, np.int32).reshape(-1, 2),
            np.array(places, np.int32),
            bytes_first,
        )


def _alone(node: Node) -> Node:
    while isinstance(node, Sequence) and len(node.parts) == 1:
        node = node.parts[0]
    return node


def _captures(node: Node) -> bool:
    match node:
        case Sequence(parts) | Choice(parts):
            return any(_captures(part) for part in parts)
        case Repeat(part):
            return _captures(part)
        case Capture():
            return True
    return False


def _first(node: Node) -> tuple[Ranges, bool]:
    """The characters with which a match of the node may begin, and whether it may be empty."""
    match node:
        case One(ranges):
            return ranges, False
        case Sequence(parts):
            found: Ranges = ()
            for part in parts:
                ranges, empty = _first(part)
                found += ranges
                if not empty:
                    return found, False
            return found, True
        case Choice(parts):
            pairs = [_first(part) for part in parts]
            return sum((ranges for ranges, _ in pairs), ()), any(empty for _, empty in pairs)
        case Repeat(part, least):
            ranges, empty = _first(part)
            return ranges, empty or not least
        case Capture(_, part):
            return _first(part)
        case Back():
            return ((0, 0x10FFFF),), True
    return (), True
