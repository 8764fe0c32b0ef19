"""Which cells hold something, and which of them what their column's role asks for.

What is written for nothing: patterns/nothing.toml. What a role's cell must hold to be plausible: the key ``shape`` of
the role in patterns/headers, one of the shapes of patterns/plausible.toml.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.columns import headers
from scanner.detectors.profile import profile_of
from scanner.errors import PatternError
from scanner.kernels import shapes
from scanner.kernels.places import NOWHERE, degrees, pairs
from scanner.kernels.profile import DIGIT, HAN, LETTER
from scanner.kernels.spans import Blanks, filled
from scanner.model import Cells

NOTHING = "nothing.toml"
SHAPES = "plausible.toml"
DECIMALS = 6  # of degrees: below a metre is zero
DEFAULT = "text"
KINDS = {
    "digits": DIGIT,
    "latin": DIGIT | LETTER,
    "letters": LETTER | HAN,
    "text": DIGIT | LETTER | HAN,
    "plain": DIGIT | LETTER | HAN,
    "telling": LETTER | HAN,
}  # what a cell of these classes holds at least one of
Which = NDArray[np.bool_]


class Shape(NamedTuple):
    """What a plausible cell holds; the keys of patterns/plausible.toml. ``least`` int32[7]: see ``kernels.shapes``."""

    least: NDArray[np.int32]
    most_digits: int = -1
    clock: bool = False
    degrees: int = 0
    pair: bool = False
    kinds: int = 0  # classes of bytes of kernels.profile of which any one is enough


def filled_cells(cells: Cells) -> tuple[Which, int]:
    """bool[n]: the cells that hold something other than white space, signs and words for nothing; and how many do."""
    profile = profile_of(cells)
    return filled(cells.data, cells.start, cells.end, blanks(), profile.kinds, unsure=profile.unsure)


def plausible_cells(cells: Cells, which: Which, role: str) -> Which:
    """bool[n]: those of ``which`` that are plausible in a column of a role; PatternError as in ``shape_of``."""
    shape = shape_of(role)
    if shape.degrees:
        angle = degrees(cells.data, cells.start, cells.end, DECIMALS, shape.degrees)
        inside: Which = which & (angle != NOWHERE) & (angle != 0)
        return inside
    found = shapes.fitting(
        cells.data,
        cells.start,
        cells.end,
        which.view(np.uint8),
        _classes(),
        shape.least,
        shape.most_digits,
        shape.clock,
        profile_of(cells).kinds if shape.kinds else None,
        shape.kinds,
    )
    if shape.pair:
        found &= pairs(cells.data, cells.start, cells.end, DECIMALS).any(axis=1)
    return found


@cache
def shape_of(role: str) -> Shape:
    """The shape of a role; that of text where its header names none. PatternError for a shape that is not known."""
    name = headers.shape(role) or DEFAULT
    known = _shapes()
    if name not in known:
        raise PatternError(
            f"patterns/headers gives the role '{role}' the shape '{name}', which {SHAPES} lacks."
        )
    return known[name]


@cache
def blanks() -> Blanks:
    """What is written for nothing; PatternError where patterns/nothing.toml is not well formed."""
    content = dict(knowledge.toml(NOTHING).get("nothing", {}))
    signs, white = content.pop("signs", ""), content.pop("white", "")
    if not isinstance(signs, str) or not isinstance(white, str):
        raise PatternError(f"{NOTHING}: signs and white should be text.")
    for key, words in content.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise PatternError(f"{NOTHING}: '{key}' is not a list of words.")
    try:
        return Blanks([word for words in content.values() for word in words], signs, white)
    except ValueError as error:
        raise PatternError(f"{NOTHING}: {error}.") from error


@cache
def _shapes() -> dict[str, Shape]:
    """All shapes by name; PatternError where patterns/plausible.toml is not well formed."""
    entries: dict[str, dict[str, Any]] = knowledge.toml(SHAPES).get("shape", {})
    return {name: _shape(name, entry) for name, entry in entries.items()}


def _shape(name: str, entry: dict[str, Any]) -> Shape:
    numbers = {*shapes.COUNTED, "most_digits", "degrees"}
    for key, value in entry.items():
        wanted = int if key in numbers else bool if key in ("clock", "pair") else None
        if wanted is None:
            raise PatternError(f"{SHAPES}: the shape '{name}' has the key '{key}', which means nothing.")
        if type(value) is not wanted or value < 0:
            raise PatternError(
                f"{SHAPES}: '{key}' of '{name}' is not {'a number' if wanted is int else 'yes or no'}."
            )
    most, turn = entry.get("most_digits", -1), entry.get("degrees", 0)
    if turn > 180 or (turn and len(entry) > 1) or not any(entry.values()):
        raise PatternError(f"{SHAPES}: '{name}' should ask for characters, or for degrees up to 180 alone.")
    least = np.array([entry.get(key, 0) for key in shapes.COUNTED], np.int32)
    return Shape(least, most, entry.get("clock", False), turn, entry.get("pair", False), _enough(least, most))


def _enough(least: NDArray[np.int32], most: int) -> int:
    """The kinds of cells that have a shape for certain: where it asks for one digit, letter or the like."""
    kinds = DIGIT | LETTER | HAN if most < 0 and least.any() else 0
    for name, count in zip(shapes.COUNTED, least.tolist(), strict=True):
        if count:
            kinds &= KINDS.get(name, 0) if count == 1 else 0
    return kinds


@cache
def _classes() -> NDArray[np.uint8]:
    """uint8[65536]: the classes of characters that ``kernels.shapes`` takes."""
    table = np.zeros(1 << 16, np.uint8)
    table[0x80:] = shapes.LETTER
    for first in (0x41, 0x61, 0xFF21, 0xFF41):
        table[first : first + 26] = shapes.LATIN | shapes.LETTER
    characters = knowledge.toml(SHAPES)["characters"]
    try:
        for low, high in characters["symbols"]:
            table[int(low, 16) : int(high, 16) + 1] = 0
        table[0x4000:0xA000] = shapes.LETTER  # nothing else, whatever the file says: KINDS
    except (TypeError, ValueError) as error:
        raise PatternError(f"{SHAPES}: symbols should be pairs of hexadecimal numbers.") from error
    for first in (0x30, 0xFF10):
        table[first : first + 10] = shapes.DIGIT | shapes.LATIN
        table[first] |= shapes.ZERO
    white = (
        "".join(map(chr, (*range(0x21), 0x7F, *range(0x80, 0xA0))))
        + knowledge.toml(NOTHING)["nothing"]["white"]
    )
    for text, kind in ((characters["masks"], shapes.MASK), (white, shapes.WHITE)):
        table[[ord(each) for each in text]] = kind
    table[[ord(each) for each in characters["numerals"]]] |= shapes.NUMERAL
    table[0xFFFD] = 0  # what could not be decoded
    table.setflags(write=False)
    return table
