"""A detector made of a declared pattern: gate first, then its program, else the ``regex`` library with a time limit.

Programs (``detectors.programs``) find what ``regex`` finds, much faster; cells and patterns that they cannot deal
with are left to ``regex``.
Cells whose match was cut off by the limit are listed in ``cells.memo["timeouts"]`` as (pattern name, cell
index), so that the run can report them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate, count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.detectors.folding import NO_CELLS, TRIGGERS, FoldedCells, decoded
from scanner.detectors.gates import GateSet
from scanner.detectors.matching import columns, in_bytes, merged, searched, span_text
from scanner.detectors.profile import profile_of
from scanner.detectors.programs import Program, compiled, widened
from scanner.detectors.validators import VALIDATORS
from scanner.kernels.matcher import pack_spans
from scanner.kernels.opened import any_of, holding
from scanner.model import Cells, Check, Matches

if TYPE_CHECKING:
    import regex

# ASCII on purpose: \w and \b would take Chinese characters for word characters.
BOUNDARY = (r"(?<![0-9A-Za-z_.+\-])", r"(?![0-9A-Za-z_]|\.[0-9])")
TIME_LIMIT = 0.25
CHUNK_LIMIT = 4.0
CHUNK_BYTES = 1 << 18
MAX_TIMEOUTS = 16
FEW = 1024  # cells that are not worth being asked about by their models first

_serial = count()


class Pattern(NamedTuple):
    """One ``[[pattern]]`` of a pack, checked; the fields are described in docs/add-a-detector."""

    name: str
    label: str
    standard: str
    pattern: str
    gate: tuple[str, ...] = ()
    check: str | None = None
    boundary: bool = True
    verbose: bool = False
    one_line: bool = False
    drop: str = ""
    alphabet: str = ""
    roles: frozenset[str] = frozenset()
    header_only: bool = False
    few_under: frozenset[str] = frozenset()
    other_headers: bool = True
    none_under: frozenset[str] = frozenset()
    whole: float = 0.0
    rank: int = 100
    basis: int = 0
    chance: float = 0.0
    examples: tuple[tuple[str, str], ...] = ()
    counterexamples: tuple[str, ...] = ()
    file: str = ""

    def bounded(self) -> str:
        """The expression with its boundary."""
        before, after = BOUNDARY if self.boundary else ("", "")
        closing = "\n)" if self.verbose else ")"  # A comment may end a verbose pattern.
        return f"{before}(?:{self.pattern}{closing}{after}"

    def compile(self) -> regex.Pattern[str]:
        """The expression with its boundary; ValueError with the reason where it is not well formed."""
        import regex  # few files have cells that are left to it

        flags = regex.ASCII | (regex.VERBOSE if self.verbose else 0)
        try:
            regex.compile(self.pattern, flags)  # Alone first: the boundary must not repair it.
            return regex.compile(self.bounded(), flags)
        except (regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"is not a regular expression ({error})") from error


class Opened(NamedTuple):
    """What the gates let through.

    ``cells`` int32[m]; ``opens`` uint64[m, k]: the patterns whose gates they open (``kernels.opened``); ``live``: those
    that some cell opens; ``folded``: the cells that must be folded.
    """

    cells: NDArray[np.int32]
    opens: NDArray[np.uint64]
    live: int
    folded: FoldedCells


_NO_INDEX = np.zeros(0, np.int32)
_NO_FOLDED = FoldedCells(NO_CELLS, _NO_INDEX)


class SharedGates:
    """One gate pass for all patterns of a set, done once for the same cells.

    ``patterns``: gate texts for each pattern; one without gates, or needing a header, is not gated. ``gates``: these,
    and what triggers folding.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        # Patterns that need a header are asked about in few columns, so they would only slow the others.
        self.places = {p.name: i for i, p in enumerate(patterns) if p.gate and not p.header_only}
        texts = [p.gate if p.name in self.places else () for p in patterns]
        self._folds = len(texts)
        self.gates = GateSet([*texts, TRIGGERS])
        self._key = f"gate {next(_serial)}"

    def open(self, cells: Cells) -> Opened:
        """The cells with any gate in them, folded where they hold full-width or invisible characters."""
        known = cells.memo.get(self._key)
        if isinstance(known, Opened):
            return known
        index, opens = self.gates.run(cells)
        folded, live = _NO_FOLDED, 0
        if len(index):
            _, apart = holding(index, opens, self._folds, self._folds)
            if len(apart):
                folded = FoldedCells(cells, apart)
                places, more = self.gates.run(folded.cells)
                opens[np.searchsorted(index, apart[places])] |= more
            live = int.from_bytes(any_of(opens).astype("<u8").tobytes(), "little")
        found = Opened(index, opens, live, folded)
        cells.memo[self._key] = found
        return found

    def place(self, name: str) -> int | None:
        """The number of the named pattern, if it has gates here."""
        return self.places.get(name)

    def candidates(
        self, cells: Cells, place: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], FoldedCells]:
        """The cells that the gated pattern of that number must be tried on (int32, ascending): plain ones, and those
        of them that are folded."""
        found = self.open(cells)
        if not found.live >> place & 1:
            return _NO_INDEX, _NO_INDEX, found.folded
        return *holding(found.cells, found.opens, place, self._folds), found.folded


class PatternDetector:
    """A ``model.Detector`` made of a ``Pattern``; ``gates`` may be shared with other patterns."""

    def __init__(self, pattern: Pattern, gates: SharedGates | None = None) -> None:
        self.pattern = pattern
        self.name = pattern.name
        self.label = pattern.label
        self.standard = pattern.standard
        self.roles = pattern.roles
        self.header_only = pattern.header_only
        self.few_under = pattern.few_under
        self.other_headers = pattern.other_headers
        self.none_under = pattern.none_under
        self.whole = pattern.whole
        self.rank = pattern.rank
        self.basis = pattern.basis
        self.chance = pattern.chance
        self._check = VALIDATORS[pattern.check] if pattern.check else None
        self.required = int(Check.FORMAT | (self._check.grants if self._check else 0))
        self.gates = gates or SharedGates([pattern])
        self.place = self.gates.place(pattern.name)
        self._digits = {c: i for i, c in enumerate(pattern.alphabet)}
        self._nothing = Matches.none(packed=bool(self._digits))
        self._packed_digits = np.full(256, -2, np.int32)
        for c, digit in self._digits.items():
            if c.isascii():
                self._packed_digits[[ord(c), ord(c.lower())]] = digit
        self._packed_digits[[ord(c) for c in pattern.drop if c.isascii()]] = -1

    @cached_property
    def _expression(self) -> regex.Pattern[str]:
        """Compiled when it is first needed: most cells are matched by the kernel."""
        return self.pattern.compile()

    @cached_property
    def _program(self) -> Program | None:
        """The expression for the kernel, if that can run it; made when it is first needed, as few are in most files."""
        return compiled(self.pattern.bounded(), self.pattern.verbose)

    @cached_property
    def _wide(self) -> Program | None:
        """The same for cells that may have other digits."""
        return widened(self.pattern.bounded(), self.pattern.verbose) if self._program else None

    def find(self, cells: Cells) -> Matches:
        """See ``model.Detector``; never raises for any bytes. Timeouts: see the module."""
        plain, apart, folded = self._candidates(cells)
        if not len(plain) and not len(apart):
            return self._nothing
        if self._program is None:
            return self._find_by_regex(cells, ascending(np.concatenate([plain, apart])), folded)
        spans, left = searched(cells, plain, self._program)
        fast = self._of_spans(cells, spans) if len(spans) else self._nothing
        if len(apart):
            in_folded, more = self._find_folded(folded, apart, self._program)
            fast, left = merged(fast, in_folded), ascending(np.concatenate([left, more]))
        return merged(fast, self._find_by_regex(cells, left, folded)) if len(left) else fast

    def _find_folded(
        self, folded: FoldedCells, apart: NDArray[np.int32], program: Program
    ) -> tuple[Matches, NDArray[np.int32]]:
        """Matches in folded cells, their spans in the original ones; and the cells that were given up."""
        rows = np.searchsorted(folded.index, apart).astype(np.int32)
        spans, left = searched(folded.cells, rows, program)
        found = self._of_spans(folded.cells, spans)
        cell, start, end = np.ascontiguousarray(folded.unfolded(columns(found)).T)
        return Matches(cell, start, end, found.checks, found.key), folded.index[left]

    def _candidates(self, cells: Cells) -> tuple[NDArray[np.int32], NDArray[np.int32], FoldedCells]:
        """The cells in which there may be a match (int32, ascending): plain ones, and folded ones."""
        if self.place is not None:
            index, apart, folded = self.gates.candidates(cells, self.place)
            if len(index) > FEW and self._wide and not len(folded.index):
                profile = profile_of(cells)
                models = profile.models_of(index)
                if 2 * len(models) > len(index):
                    return index, apart, folded
                index = profile.written_like(self._open_models(cells, models), index)
            return index, apart, folded
        folded = self.gates.open(cells).folded
        profile = profile_of(cells)
        index = profile.models
        if self._wide:
            index = np.concatenate([self._open_models(cells, index), folded.index])
        index = profile.written_like(index)
        among = folded.among(index)
        return index[~among], index[among], folded

    def _open_models(self, cells: Cells, models: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of the models that have a match, or would with other digits; in no order, perhaps repeated."""
        assert self._wide
        spans, left = searched(cells, models, self._wide)
        return np.concatenate([spans[:, 0], left])

    def _of_spans(self, cells: Cells, spans: NDArray[np.int32]) -> Matches:
        """What the program found, with checks and keys."""
        checks = np.empty(len(spans), np.uint32)
        checks.fill(int(Check.FORMAT))
        key, kept = None, None
        if self._digits:
            key = pack_spans(cells.data, cells.start, spans, self._packed_digits, len(self._digits))
            for at in np.flatnonzero(key == 0).tolist():
                key[at] = self.pack(span_text(cells, spans[at]))
        if self._check:
            if self._check.numbers and key is not None and self.pattern.alphabet == "0123456789":
                slow = key >> np.uint64(63) != 0
                passed = ~slow & self._check.numbers(key)
            else:
                slow, passed = np.ones(len(spans), np.bool_), np.zeros(len(spans), np.bool_)
            for at in np.flatnonzero(slow).tolist():
                passed[at] = self._check.passes(span_text(cells, spans[at]))
            checks[passed] |= np.uint32(self._check.grants)
            if self._check.grants == Check.FORMAT:
                kept = passed
        parts = np.ascontiguousarray(spans.T)
        matches = Matches(parts[0], parts[1], parts[2], checks, key)
        return matches if kept is None or kept.all() else matches.take(kept)

    def _find_by_regex(self, cells: Cells, index: NDArray[np.int32], folded: FoldedCells) -> Matches:
        found: list[tuple[int, int, int, int, str]] = []
        plain = index
        if self.pattern.one_line:
            apart = folded.among(index)
            left = self._find_joined(cells, index[~apart], found)
            plain = ascending(np.concatenate([left, index[apart]]))
        self._find_each(cells, plain, folded, found)
        found.sort()
        return self._matches(found)

    def _find_joined(
        self, cells: Cells, index: NDArray[np.int32], found: list[tuple[int, int, int, int, str]]
    ) -> NDArray[np.int32]:
        """Matches many cells at a time, as lines of one text; returns the cells that must be done singly."""
        left: list[NDArray[np.int32]] = []
        lengths = np.cumsum(cells.end[index].astype(np.int64) - cells.start[index] + 1)
        total = int(lengths[-1]) if len(index) else 0
        cuts = np.searchsorted(lengths, np.arange(CHUNK_BYTES, total, CHUNK_BYTES))
        view = np.ascontiguousarray(cells.data).data
        for part in np.split(index, ascending(cuts)):
            if not len(part):
                continue
            numbers = part.tolist()
            spans = zip(cells.start[part].tolist(), cells.end[part].tolist(), strict=True)
            raw = [view[a:b] for a, b in spans]
            text = decoded(b"\n".join(raw))
            plain = text.isascii()
            texts = [] if plain else [decoded(bytes(piece)) for piece in raw]
            if not plain and len(text) != sum(map(len, texts)) + len(texts) - 1:
                left.append(part)
                continue
            begins = list(accumulate((len(piece) + 1 for piece in (raw if plain else texts)), initial=0))
            first = len(found)
            try:
                for match in self._expression.finditer(text, timeout=CHUNK_LIMIT):
                    a, b = match.span()
                    line = bisect_right(begins, a) - 1
                    if b >= begins[line + 1]:
                        raise TimeoutError  # It ran into the next cell: these cells are done one by one.
                    a, b = a - begins[line], b - begins[line]
                    if a < b:
                        if not plain:
                            a, b = in_bytes(texts[line], a, b)
                        self._add(found, numbers[line], a, b, match.group())
            except TimeoutError:
                del found[first:]
                left.append(part)
        return np.concatenate(left) if left else np.zeros(0, np.int32)

    def _find_each(
        self,
        cells: Cells,
        index: NDArray[np.int32],
        folded: FoldedCells,
        found: list[tuple[int, int, int, int, str]],
    ) -> None:
        """Matches cell by cell, each under the time limit."""
        late: list[int] = []
        for cell in index.tolist():
            if len(late) >= MAX_TIMEOUTS:
                late.append(cell)  # Not tried: the pattern would hold up the run. Reported like the others.
                continue
            original = decoded(cells.raw(cell))
            copy = folded.get(cell)
            text = copy.text if copy else original
            try:
                for match in self._expression.finditer(text, timeout=TIME_LIMIT):
                    a, b = match.span()
                    if a == b:
                        continue
                    if copy:
                        a, b = copy.span(a, b)
                    a, b = (a, b) if original.isascii() else in_bytes(original, a, b)
                    self._add(found, cell, a, b, match.group())
            except TimeoutError:
                late.append(cell)
        if late:
            timeouts = cells.memo.setdefault("timeouts", [])
            assert isinstance(timeouts, list)
            timeouts.extend((self.name, cell) for cell in late)

    def _add(
        self, found: list[tuple[int, int, int, int, str]], cell: int, start: int, end: int, text: str
    ) -> None:
        checks = int(Check.FORMAT)
        if self._check:
            passed = self._check.passes(text)
            if not passed and self._check.grants == Check.FORMAT:
                return
            checks |= int(self._check.grants) if passed else 0
        found.append((cell, start, end, checks, text))

    def _matches(self, found: Sequence[tuple[int, int, int, int, str]]) -> Matches:
        if not found:
            return Matches.none(packed=bool(self._digits))
        cell, start, end = (np.array([f[i] for f in found], dtype=np.int32) for i in range(3))
        checks = np.array([f[3] for f in found], dtype=np.uint32)
        key = None
        if self._digits:
            key = np.array([self.pack(f[4]) for f in found], dtype=np.uint64)
        return Matches(cell, start, end, checks, key)

    def pack(self, text: str) -> int:
        """The identity of a match as a number below 2**64: upper case, without ``drop``, in ``alphabet``.

        Below 2**63 and without loss where the text fits (a leading 1 keeps the length), as loading makes sure
        for the examples; else 63 bits of its BLAKE2b, with the top bit set.
        """
        identity = "".join(c for c in text.upper() if c not in self.pattern.drop)
        number = 1
        for c in identity:
            number = number * len(self._digits) + self._digits.get(c, 1 << 63)
        if number >> 63:
            digest = blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=8).digest()
            return int.from_bytes(digest) | 1 << 63
        return number


def pattern_detectors(patterns: Sequence[Pattern]) -> Iterator[PatternDetector]:
    """Detectors of the patterns, sharing one gate pass."""
    gates = SharedGates(patterns)
    for pattern in patterns:
        yield PatternDetector(pattern, gates)
