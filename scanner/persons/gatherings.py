"""What the records of each person hold together: counts of persons by unions of elements and by sets of inputs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.kernels.sets import group_rows
from scanner.persons.links import Profile
from scanner.store.spool import PARTITIONS, Spool

Words = NDArray[np.uint64]
Masks = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint64]
NAMED = 10_000  # sets of inputs that are told by name
PAIRS = 1 << 20  # pairs of inputs that are looked at together
MOST_PAIRED = 1000  # inputs whose pairs and sets are told: those grow with the square of the inputs


class Gatherings:
    """Adds up persons by what their records hold.

    ``payloads``: (input, elements) of each kind of record, by input; a person's record is a code
    ``person << bits | kind``. Of more than MOST_PAIRED inputs neither pairs nor sets of several are told.
    """

    def __init__(
        self, payloads: Sequence[tuple[int, Profile]], bits: int, limit: int, folder: str | None = None
    ) -> None:
        self._bits = np.uint64(bits)
        self._elements = sorted({element for _, profile in payloads for element in profile})
        places = {element: divmod(place, 64) for place, element in enumerate(self._elements)}
        self._masks = np.zeros((max(1, -(-len(places) // 64)), len(payloads)), np.uint64)
        for number, (_, profile) in enumerate(payloads):
            for word, bit in map(places.__getitem__, profile):
                self._masks[word, number] |= np.uint64(1 << bit)
        self._inputs = sorted({source for source, _ in payloads})
        place = {source: position for position, source in enumerate(self._inputs)}
        self._input = np.array([place[source] for source, _ in payloads], np.int64)
        self._found: Counter[tuple[int, ...]] = Counter()
        self._held = np.zeros(len(self._inputs), np.int64)
        self._alone = np.zeros(len(self._inputs), np.int64)
        self._pairs: Counter[int] = Counter()
        self._paired = len(self._inputs) <= MOST_PAIRED
        self._sets = Spool(56, limit, folder)

    def _sorted(self, codes: Words) -> tuple[NDArray[np.int64], Words, NDArray[np.intp]]:
        """Kinds, persons, and where each person begins; each kind of a person's once."""
        codes = np.sort(codes)  # np.unique looks for equal ones by hashing, which takes several times as long
        codes = codes[np.concatenate([[True], codes[1:] != codes[:-1]])]
        person = codes >> self._bits
        starts = np.flatnonzero(np.concatenate([[True], person[1:] != person[:-1]]))
        kinds = (codes & np.uint64((1 << int(self._bits)) - 1)).astype(np.int64)
        return kinds, person, starts

    def add(self, codes: Words) -> None:
        """Adds persons: all their codes (uint64[n], n > 0, in any order)."""
        kinds, person, starts = self._sorted(codes)
        words = np.stack([np.bitwise_or.reduceat(mask[kinds], starts) for mask in self._masks])
        first, _, counts = group_rows(words)
        for held, some in zip(words[:, first].T.tolist(), counts.tolist(), strict=True):
            self._found[tuple(held)] += some
        inputs, person, starts = _without_repeats(self._input[kinds], person)
        self._held += np.bincount(inputs, minlength=len(self._held))
        size = np.diff(np.append(starts, len(inputs)))
        self._alone += np.bincount(inputs[starts[size == 1]], minlength=len(self._alone))
        if self._paired and (size > 1).any():
            several = np.repeat(size > 1, size)
            self._add_sets(inputs[several], person[several], size[size > 1])

    @cached_property
    def _signs(self) -> Words:
        """Sums of these words tell sets apart; the seed is fixed, so that ties are settled alike in every run."""
        draw = np.random.default_rng(2017)  # which takes long to load
        return draw.integers(0, 1 << 64, (2, len(self._inputs)), np.uint64, endpoint=False)

    def _add_sets(self, inputs: NDArray[np.int64], person: Words, size: NDArray[np.intp]) -> None:
        """Adds persons with two or more inputs each."""
        starts = np.cumsum(size) - size
        signs = np.stack([np.add.reduceat(sign[inputs], starts) for sign in self._signs])
        first, _, counts = group_rows(signs)
        example = person[starts[first]]
        self._sets.add(np.column_stack([signs[:, first].T, counts.astype(np.uint64), example]))
        for length in ascending(size[first]).tolist():
            which = first[size[first] == length]
            weight = counts[size[first] == length]
            left, right = np.triu_indices(length, 1)
            step = max(1, PAIRS // len(left))
            for at in range(0, len(which), step):
                members = inputs[starts[which[at : at + step], None] + np.arange(length)]
                codes = members[:, left] * len(self._inputs) + members[:, right]
                self._add_pairs(codes, weight[at : at + step])

    def _add_pairs(self, codes: NDArray[np.int64], weight: NDArray[np.int64]) -> None:
        """Adds pairs of inputs (a row for each set), each row ``weight`` times."""
        found, inverse = np.unique(codes, return_inverse=True)
        sums = np.zeros(len(found), np.int64)
        np.add.at(sums, inverse.ravel(), np.repeat(weight, codes.shape[1]))
        for pair, some in zip(found.tolist(), sums.tolist(), strict=True):
            self._pairs[pair] += some

    def simple_masks(self) -> Masks | None:
        """The elements of each kind of record as bits of a word as small as can be (uint8, uint16, uint64), if there is
        but one input and one word is enough; else None."""
        if not len(self._inputs) == len(self._masks) == 1:
            return None
        masks: Words = self._masks[0]
        if len(self._elements) <= 8:
            return masks.astype(np.uint8)
        return masks.astype(np.uint16) if len(self._elements) <= 16 else masks

    def add_held(self, held: Masks) -> None:
        """Adds persons of the only input by all elements of each (unsigned[n], see ``simple_masks``)."""
        for at in range(0, len(held), PAIRS):
            some = held[at : at + PAIRS]
            if some.itemsize <= 2:
                of_each = np.bincount(some)
                words = np.flatnonzero(of_each).tolist()
                counts = of_each[words].tolist()
            else:
                first, _, of_groups = group_rows(some.astype(np.uint64).reshape(1, -1))
                words, counts = some[first].tolist(), of_groups.tolist()
            for word, persons in zip(words, counts, strict=True):
                self._found[(word,)] += persons
        self._held += len(held)
        self._alone += len(held)

    def profiles(self) -> Counter[Profile]:
        """Persons by the union of the elements of their records."""
        counts: Counter[Profile] = Counter()
        for words, some in self._found.items():
            held = (e for place, e in enumerate(self._elements) if words[place // 64] >> place % 64 & 1)
            counts[frozenset(held)] = some
        return counts

    def sources(self) -> Counter[int]:
        """Persons of each input that has any."""
        return Counter({s: n for s, n in zip(self._inputs, self._held.tolist(), strict=True) if n})

    def shared(self) -> Counter[tuple[int, int]]:
        """Persons of both inputs of each pair that shares any."""
        pairs = {divmod(code, len(self._inputs)): some for code, some in self._pairs.items()}
        return Counter({(self._inputs[a], self._inputs[b]): some for (a, b), some in pairs.items()})

    def inputs(self, codes: Spool, named: int = NAMED) -> tuple[Counter[frozenset[int]], int]:
        """Persons by the set of their inputs, for the ``named`` most frequent sets of several; and all others.

        ``codes``: all that was added, uint64[n, 1].
        """
        counts = Counter(
            {frozenset([s]): n for s, n in zip(self._inputs, self._alone.tolist(), strict=True) if n}
        )
        best: list[tuple[int, int, int, int]] = []  # (-persons, sign, sign, a person)
        total = 0
        for part in self._sets:
            first, group, _ = group_rows(np.ascontiguousarray(part[:, :2].T))
            sums = np.zeros(len(first), np.int64)
            np.add.at(sums, group, part[:, 2].astype(np.int64))
            total += int(sums.sum())
            order = np.lexsort((part[first, 1], part[first, 0], -sums))[:named]
            rows = zip((-sums[order]).tolist(), *part[first[order]][:, [0, 1, 3]].T.tolist(), strict=True)
            best = sorted([*best, *rows])[:named]
        members = self._members(codes, np.array(sorted(person for *_, person in best), np.uint64))
        for persons, _, _, person in best:
            counts[members[person]] = -persons
        return counts, total + sum(persons for persons, *_ in best)

    def _members(self, codes: Spool, chosen: Words) -> dict[int, frozenset[int]]:
        """The inputs of some persons."""
        found: dict[int, set[int]] = defaultdict(set)
        for index in range(PARTITIONS if len(chosen) else 0):
            rows = codes.part(index)[:, 0]
            rows = rows[np.isin(rows >> self._bits, chosen)]
            if len(rows):
                kinds, person, _ = self._sorted(rows)
                for each, place in zip(person.tolist(), self._input[kinds].tolist(), strict=True):
                    found[each].add(self._inputs[place])
        return {each: frozenset(inputs) for each, inputs in found.items()}


def _without_repeats(
    inputs: NDArray[np.int64], person: Words
) -> tuple[NDArray[np.int64], Words, NDArray[np.intp]]:
    """Each input of a person's once (they come in order), the persons, and where each begins."""
    new = np.concatenate([[True], person[1:] != person[:-1]])
    kept = new.copy()
    kept[1:] |= inputs[1:] != inputs[:-1]
    inputs, person, new = inputs[kept], person[kept], new[kept]
    return inputs, person, np.flatnonzero(new)
