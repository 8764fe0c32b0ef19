"""Personal names (姓名): a matter of whole columns, because any single one may be a word, a place or a brand.

Measured on lists made up for the purpose, share of cells of two to four characters taken for a name:
common names 1.00, invented rare ones 0.92; before characters that only words have were known, cities 0.34, county names
with 区 or 县 0.01, without 0.40, departments 0.25, products 0.23, brands 0.45, states and professions 0.24; keywords,
animals, dynasties and heroes of games 0.60 to 0.72 (of 59 such lists 0.31 in the mean, 0.25 since). Hence ``pure`` 0.8
without a header that speaks of a name, and ``chance`` 0.35 with one: a column of brands is refused there too. Under a
header of such words a few names prove nothing (patterns/person_names.toml).
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from math import log

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.detectors.beside_numbers import beside_numbers
from scanner.detectors.profile import profile_of
from scanner.kernels.names import Characters, names, pack_names
from scanner.kernels.profile import HIGH
from scanner.model import Cells, Check, Matches

# In hundredths of a natural logarithm of odds; what is below is found in other words (区, 部, 店).
LAST_FLOOR = -200
MEAN_FLOOR = -150
HAN = re.compile("[一-鿿]{2,4}")


class PersonName:
    """Cells that are a name as a whole: surname and one or two characters, or parts joined by ·; or several names; or a
    name beside a phone or identity number.

    ``fills_cells``: the matches of a cell are what it holds, but for such a number, so they count as its content.
    """

    def __init__(self) -> None:
        self.name = "person_name"
        self.label = "person_name"
        self.standard = "GA/T 543.1 (姓名); surnames and given-name characters as in patterns/tables"
        self.required = int(Check.FORMAT | Check.SURNAME)
        self.basis = int(Check.FORMAT)
        self.chance = 0.35
        self.rank = 200
        self.whole = 0.6
        self.fills_cells = True
        self.roles = frozenset({"name"})
        self.header_only = False
        self.lenient = int(Check.FORMAT)
        self.variety = 0.2
        self.pure = 0.8
        self.words_under = frozenset(knowledge.toml("person_names.toml")["words_under"])

    def find(self, cells: Cells) -> Matches:
        """Candidates: cells of two to four Chinese characters; valid: with a surname, too, and all of a list."""
        profile = profile_of(cells)
        if not profile.union & HIGH:
            return Matches.none()
        cell, start, end, checks = names(
            cells.data,
            cells.start,
            cells.end,
            characters(),
            LAST_FLOOR,
            MEAN_FLOOR,
            profile.kinds,
        )
        found = Matches(cell, start, end, checks)
        beside = _beside_numbers(cells)
        return found if beside is None else _merged(found, beside)


def _beside_numbers(cells: Cells) -> Matches | None:
    """The candidates beside numbers; None where there are none."""
    which, first, last = beside_numbers(cells)
    if not len(which):
        return None
    start = cells.start[which]
    cell, begin, end, checks = names(
        cells.data, start + first, start + last, characters(), LAST_FLOOR, MEAN_FLOOR
    )
    return Matches(which[cell], begin + first[cell], end + first[cell], checks)


def _merged(one: Matches, other: Matches) -> Matches:
    """Both, of which no cell has some; by cell and start as each is."""
    order = np.argsort(np.concatenate([one.cell, other.cell]), kind="stable")
    fields = ((getattr(one, name), getattr(other, name)) for name in ("cell", "start", "end", "checks"))
    return Matches(*(np.concatenate(both)[order] for both in fields))


@cache
def no_names() -> frozenset[str]:
    """Words of two to four characters that are nobody's name."""
    nothing = knowledge.toml("nothing.toml")["nothing"].values()
    words = {word for each in nothing if isinstance(each, list) for word in each}
    words |= {*knowledge.toml("person_names.toml")["no_names"]}
    return frozenset(word for word in words if HAN.fullmatch(word))


@cache
def characters() -> Characters:
    """The tables below as the kernel takes them."""
    cells = Cells.of([*sorted(no_names())])
    which = np.arange(len(cells), dtype=np.int32)
    words = pack_names(cells.data, cells.start, which, np.zeros_like(which), cells.end - cells.start)
    return Characters(*surnames(), scores(), words)


@cache
def surnames() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Surnames of one character (uint8[65536], by code point) and of two (uint32, first << 16 | second), and the first
    words of names without one (扎西多吉)."""
    single = np.zeros(1 << 16, dtype=np.uint8)
    double: set[int] = set()
    forms = traditional()
    known = [
        *knowledge.table("surnames").columns["surname"],
        *knowledge.toml("person_names.toml")["first_words"],
    ]
    others = {
        "".join(each) for surname in known for each in product(*(forms.get(c, "") + c for c in surname))
    }
    for surname in others:
        codes = [ord(c) for c in surname]
        if max(codes) >= 1 << 16:
            continue  # No surname of the table lies there; a later table's would only not be known.
        if len(codes) == 1:
            single[codes[0]] = 1
        elif len(codes) == 2:
            double.add(codes[0] << 16 | codes[1])
    return single, np.array(sorted(double), dtype=np.uint32)


@cache
def scores() -> NDArray[np.int16]:
    """int16[65536]: 100 times the log odds of given names against other words, by character; 0 unknown."""
    found = np.zeros(1 << 16, dtype=np.int16)
    base: float | None = None
    for name in ("given_characters", "word_characters"):
        columns = knowledge.table(name).columns
        weights, words = np.array(columns["weight"], np.int64), np.array(columns["words"], np.int64)
        if base is None:  # by the characters that names have
            base = log(words.sum()) - log(weights.sum())
        odds = np.log(weights + 0.5) - np.log(words + 0.5) + base
        codes = np.array([ord(text) if len(text) == 1 else 1 << 16 for text in columns["character"]])
        inside = codes < 1 << 16
        found[codes[inside]] = np.rint(100 * odds[inside])
    columns = knowledge.table("traditional").columns
    forms, simplified = (list(map(ord, columns[name])) for name in ("traditional", "simplified"))
    found[forms] = found[simplified]
    return found


@cache
def traditional() -> dict[str, str]:
    """The traditional forms (繁体) of simplified characters in names, as one text for each."""
    columns = knowledge.table("traditional").columns
    found: dict[str, str] = {}
    for form, simplified in zip(columns["traditional"], columns["simplified"], strict=True):
        found[simplified] = found.get(simplified, "") + form
    return found
