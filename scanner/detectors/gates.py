"""Gates: byte sequences that a pattern cannot match without, compiled for ``scanner.kernels.gate``.

Syntax, a small part of regular expressions: a character; ``[…]`` a class with ranges; ``X{n}`` repeated n
times; ``X+`` once or more; ``~`` the start or end of the cell or a byte that is no ASCII letter, digit
or ``_``; ``\\c`` the character c itself. Characters outside ASCII stand for their UTF-8 bytes; a
class of them accepts, byte by byte, a little more than its members, which costs time and never a match.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.buckets import ANY, NO_TRAIT, ORDINARY, Trait, frequency, halves, sorted_in
from scanner.detectors.profile import profile_of
from scanner.kernels.gate import gate
from scanner.kernels.opened import opened
from scanner.kernels.profile import DIGIT, HAN, HIGH, Questions, byte_classes
from scanner.model import Cells

EDGE = 256
WORD = 64
MAX_POSITIONS = 48
MAX_SEQUENCES = 16
DENSE = 11
TEXT = DIGIT | HAN | HIGH  # classes of bytes of Chinese text with digits

_BOUNDARY = frozenset(range(EDGE + 1)) - frozenset(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
)
_DIGITS = frozenset(b"0123456789")
_ATOM = re.compile(r"(\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[\]{}+])(?:\{([0-9]{1,2})\}|(\+))?", re.DOTALL)


class Position(NamedTuple):
    """One step of a gate: the byte values it accepts (256: the cell's edge), once or, looped, more often."""

    accepts: frozenset[int]
    loops: bool = False


Steps = tuple[Position, ...]
Words = NDArray[np.uint64]
Octets = NDArray[np.uint8]
Buckets = NDArray[np.uint16]
Numbers = NDArray[np.int32]
Program = tuple[Words, Words, Words, Words, Buckets, Octets, Octets, Buckets, Numbers, Numbers]


@lru_cache(maxsize=1 << 10)
def parse(text: str) -> tuple[Steps, ...]:
    """The byte sequences that ``text`` stands for; ValueError with the reason where it is not well formed."""
    parts: list[tuple[Steps, ...]] = []
    at = 0
    while at < len(text):
        atom = _ATOM.match(text, at)
        if not atom:
            raise ValueError(f"has no valid meaning from character {at + 1} ({text[at:]!r})")
        choices = _choices(atom[1])
        times = int(atom[2]) if atom[2] else 1
        if not times:
            raise ValueError(f"repeats {atom[1]!r} 0 times")
        if atom[3]:
            if any(len(choice) > 1 for choice in choices):
                raise ValueError(f"can repeat with + only ASCII, not {atom[1]!r}")
            choices = tuple(tuple(Position(step.accepts, True) for step in choice) for choice in choices)
        parts += [choices] * times
        at = atom.end()
    sequences = 1
    for part in parts:
        sequences *= len(part)
    if not parts or sequences > MAX_SEQUENCES or len(parts) > MAX_POSITIONS:
        raise ValueError(f"must have 1 to {MAX_POSITIONS} positions and at most {MAX_SEQUENCES} byte forms")
    found = [tuple(step for choice in chosen for step in choice) for chosen in product(*parts)]
    if max(map(len, found)) > MAX_POSITIONS:
        raise ValueError(f"must have at most {MAX_POSITIONS} bytes")
    return tuple(found)


@lru_cache(maxsize=1 << 10)
def _choices(atom: str) -> tuple[Steps, ...]:
    """One atom as alternatives by UTF-8 length, each with byte classes position by position."""
    if atom == "~":
        return ((Position(_BOUNDARY),),)
    found = []
    by_size = sorted(members(atom))
    for size, last in enumerate(("\x7f", "\u07ff", "\uffff", "\U0010ffff"), 1):
        count = bisect_right(by_size, last)
        raw = "".join(by_size[:count]).encode()
        del by_size[:count]
        if raw:
            found.append(tuple(Position(frozenset(raw[i::size])) for i in range(size)))
    return tuple(found)


def members(atom: str) -> list[str]:
    """The characters of a class (``[0-9A-F]``) or of one character, in order; ValueError as ``parse``."""
    if not atom.startswith("["):
        return [atom[-1]]
    units = re.findall(r"\\.|[^\\]", atom[1:-1], re.DOTALL)
    members: list[str] = []
    at = 0
    while at < len(units):
        first = units[at][-1]
        if at + 2 < len(units) and units[at + 1] == "-":
            last = units[at + 2][-1]
            if last < first or ord(last) - ord(first) > 0xFFFF:
                raise ValueError(f"has the empty or overlong range {first}-{last}")
            members += map(chr, range(ord(first), ord(last) + 1))
            at += 3
        else:
            members.append(first)
            at += 1
    return members


def _trait(sequence: Steps) -> Trait:
    """The rarest two neighbours of a sequence, or its long run of one kind of byte."""
    options = [
        Trait(a.accepts, b.accepts, False, frequency(a.accepts, b.accepts))
        for a, b in pairwise(sequence)
        if EDGE not in a.accepts | b.accepts
    ]
    inner = [step.accepts for step in sequence if EDGE not in step.accepts]
    edges_outside = all(EDGE not in step.accepts for step in sequence[1:-1])
    if len(inner) > DENSE and edges_outside:
        union = frozenset[int]().union(*inner)
        # Such runs are far rarer than one pair of the same bytes.
        options.append(Trait(union, union, True, frequency(union, union) / 100))
    return min(options, key=lambda trait: trait.frequency, default=NO_TRAIT)


def _needed(sequence: Steps) -> set[frozenset[int]]:
    """For each step the class sets (``kernels.profile``) its bytes have: a cell holds all of one, or no gate opens."""
    classes = byte_classes().tolist()
    return {
        frozenset(classes[byte] for byte in step.accepts) for step in sequence if EDGE not in step.accepts
    }


def _needs(needed: Sequence[tuple[int, set[frozenset[int]]]]) -> NDArray[np.uint16]:
    """uint16[65536]: for each kind of cells the buckets of those sequences all of whose steps its classes allow."""
    kinds = np.arange(1 << 16, dtype=np.uint16)
    every = {options for _, sets in needed for options in sets}
    held = {classes: kinds & np.uint16(classes) == classes for classes in frozenset[int]().union(*every)}
    allowed = {options: reduce(np.logical_or, [held[classes] for classes in options]) for options in every}
    whatever = np.ones(1 << 16, np.bool_)
    found = np.zeros((2, 1 << 16), np.uint8)
    for bucket, sets in needed:
        fitting = reduce(np.logical_and, [allowed[options] for options in sets], whatever)
        found[bucket // 8] |= fitting * np.uint8(1 << bucket % 8)
    needs: NDArray[np.uint16] = found[0] | found[1].astype(np.uint16) << 8
    return needs


def _text_first(
    buckets: dict[Trait, int], traits: Mapping[Steps, Trait], needed: Mapping[Steps, set[frozenset[int]]]
) -> dict[Trait, int]:
    """The ordinary buckets in another order: first those that Chinese text with digits may open, looked up together."""
    text = {
        buckets[trait]
        for sequence, trait in traits.items()
        if all(any(TEXT & kinds == kinds for kinds in options) for options in needed[sequence])
    }
    order = sorted(range(ORDINARY), key=lambda bucket: bucket not in text)
    places = {bucket: place for place, bucket in enumerate(order)}
    return {trait: places.get(bucket, bucket) for trait, bucket in buckets.items()}


class GateSet:
    """The gates of many patterns as one program.

    ``patterns``: for each pattern its gate texts, of which one must occur; an empty one means: no gate, and
    such a pattern is not asked about here. ``ValueError`` for a text that is not well formed.
    """

    def __init__(self, patterns: Sequence[Sequence[str]]) -> None:
        self.patterns = tuple(tuple(texts) for texts in patterns)
        self._bits: dict[Steps, tuple[int, int]] = {}
        unique = {sequence: None for texts in self.patterns for text in texts for sequence in parse(text)}
        traits = {sequence: _trait(sequence) for sequence in unique}
        # Like goes with like, so that most cells pass by most words cheaply.
        words = self._lay_out(sorted(unique, key=lambda sequence: traits[sequence].frequency))
        self.accept = np.zeros((words, EDGE + 1), dtype=np.uint64)
        self.starts, self.loops, self.finals = (np.zeros(words, dtype=np.uint64) for _ in range(3))
        self.pairs = np.zeros(1 << 16, dtype=np.uint16)
        self.tables = np.zeros((8, 16), dtype=np.uint8)
        self.lines = np.full(2, WORD - 1, dtype=np.uint8)
        self.wanted = np.zeros((words, 65), dtype=np.uint16)
        needed = {sequence: _needed(sequence) for sequence in unique}
        buckets = _text_first(sorted_in(traits.values()), traits, needed)
        ordered = sorted(self._bits, key=lambda sequence: buckets[traits[sequence]])
        self.sequences = np.array([self._row(s, traits[s]) for s in ordered], np.int32).reshape(-1, 4)
        of_each = np.bincount([buckets[traits[s]] for s in ordered], minlength=ANY + 1)
        self.begins = np.concatenate([[0], np.cumsum(of_each)]).astype(np.int32)
        for sequence, (word, final) in self._bits.items():
            self._fill(sequence, word, final)
            bucket = buckets[traits[sequence]]
            self._sort_in(traits[sequence], bucket)
            shortest = sum(EDGE not in step.accepts for step in sequence)
            if traits[sequence].dense:
                dense = bucket - ORDINARY
                self.lines[dense] = min(self.lines[dense], shortest - 1)
            self.wanted[word, min(shortest, 64) :] |= np.uint16(1 << bucket)
        self.needs = _needs([(buckets[traits[sequence]], sets) for sequence, sets in needed.items()])
        self._digits_alike = self._takes_digits_alike()
        self.questions: Questions | None = None  # those that a survey asks for these gates
        self._nothing = np.zeros(0, np.int32), np.zeros((0, self.of_bit.shape[1]), np.uint64)

    @cached_property
    def program(self) -> Program:
        """What ``kernels.gate`` takes between the cells and the chosen ones."""
        return (
            self.accept.ravel(),
            self.starts,
            self.loops,
            self.finals,
            self.pairs,
            self.tables,
            self.lines,
            self.wanted.ravel(),
            self.sequences,
            self.begins,
        )

    def asking(self, tokens: Octets, held: Octets, begins: NDArray[np.uint32], blank: Octets) -> Questions:
        """The questions of a survey: those of these gates, and others (``kernels.profile.Questions``); made once."""
        if self.questions is None:
            fitting = np.bitwise_or.reduce(self.wanted, axis=0)
            self.questions = Questions(
                self.tables, self.pairs, self.lines, fitting, self.needs, tokens, held, begins, blank
            )
        return self.questions

    def _row(self, sequence: Steps, trait: Trait) -> tuple[int, int, int, int]:
        """What ``kernels.gate`` wants to know of a sequence."""
        word, final = self._bits[sequence]
        first = final - len(sequence) + 1
        if not trait.firsts or trait.dense:
            return word, first, final, first
        pairs = [(one.accepts, other.accepts) for one, other in pairwise(sequence)]
        return word, first, final, first + pairs.index((trait.firsts, trait.seconds))

    def _sort_in(self, trait: Trait, bucket: int) -> None:
        """Enters the pairs of a trait, whole and by halves of bytes, into the bucket."""
        pairs = np.add.outer(sorted(trait.firsts), 256 * np.array(sorted(trait.seconds), dtype=np.int64))
        self.pairs[pairs.ravel().astype(np.int64)] |= np.uint16(1 << bucket)
        row = 4 * (bucket // 8)
        self.tables[row : row + 2] |= halves(trait.firsts, 1 << bucket % 8)
        self.tables[row + 2 : row + 4] |= halves(trait.seconds, 1 << bucket % 8)

    def _takes_digits_alike(self) -> bool:
        """Does every step take all ten digits or none? Then a cell opens what its model opens."""
        return all(len(step.accepts & _DIGITS) in (0, 10) for sequence in self._bits for step in sequence)

    def _lay_out(self, ordered: Sequence[Steps]) -> int:
        """Gives each sequence its word and the bit of its last position; the number of words, at least 1."""
        used: list[int] = [0]
        for sequence in ordered:
            word = next((i for i, bits in enumerate(used) if bits + len(sequence) <= WORD), len(used))
            if word == len(used):
                used.append(0)
            used[word] += len(sequence)
            self._bits[sequence] = (word, used[word] - 1)
        return len(used)

    def _fill(self, sequence: Steps, word: int, final: int) -> None:
        first = final - len(sequence) + 1
        self.starts[word] |= np.uint64(1 << first)
        self.finals[word] |= np.uint64(1 << final)
        for offset, step in enumerate(sequence):
            bit = np.uint64(1 << (first + offset))
            if step.loops:
                self.loops[word] |= bit
            self.accept[word, list(step.accepts)] |= bit

    @cached_property
    def of_bit(self) -> NDArray[np.uint64]:
        """uint64[64 * words, k]: for each last position the patterns whose gate it opens, one bit each."""
        size = max(1, -(-len(self.patterns) // WORD))
        of_bit = np.zeros((WORD * len(self.starts), size), dtype=np.uint64)
        for index, texts in enumerate(self.patterns):
            for sequence in (each for text in texts for each in parse(text)):
                word, final = self._bits[sequence]
                of_bit[WORD * word + final, index // WORD] |= np.uint64(1 << index % WORD)
        return of_bit

    def run(self, cells: Cells) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """Cells in which any gate occurs (int32[m], ascending) and the patterns these open (see ``kernels.opened``)."""
        profile = profile_of(cells)
        if not self.needs[profile.union]:  # what no union of cells has, none of them has
            return self._nothing
        chosen = profile.models if self._digits_alike else None
        if profile.open is not None and profile.questions is self.questions and self._digits_alike:
            chosen = profile.open
            if not len(chosen):
                return self._nothing
        index, hits = gate(
            cells.data,
            cells.start,
            cells.end,
            *self.program,
            chosen=chosen,
            kinds=profile.kinds,
            needs=self.needs,
        )
        if not len(index):
            return self._nothing
        found: tuple[NDArray[np.int32], NDArray[np.uint64]] = opened(
            index, hits, self.of_bit, profile.like if self._digits_alike else None
        )
        return found
