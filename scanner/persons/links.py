"""Link tuples: what a row says about the numbers and the name of one person or of several.

A **tuple** is uint64[k]: key words of numbers and names, 0 for none. A **plan** tells what the words of all
tuples with one tag mean; plans are made when the columns have been decided, tuples long before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from scanner.errors import ScannerError
from scanner.kernels.unions import (
    NODE_COUNTED,
    NODE_HOLDER,
    NODE_KIND,
    mentions,
    new_memory,
    numbered,
    places_of,
    spread,
)
from scanner.persons.coded_ties import Packed
from scanner.store.by_table import ByTag
from scanner.store.distinct import DistinctStore, Keys

Profile = frozenset[str]
T = TypeVar("T")
Rows = NDArray[np.int32]
Tuples = list[Keys | Packed]
PAYLOADS = 1 << 24
KIND = NODE_KIND
HOLDER, COUNTED = NODE_HOLDER - KIND, NODE_COUNTED - KIND  # behind the kind
LABELS = 1 << HOLDER - 1
NOBODY = 0xFFFFFFFF  # in place of a payload: numbers that are but counted (kernels.mention)
CHUNK = 1 << 14  # tuples that are looked at together


class Number(NamedTuple):
    """A word that is a number's key: where it stands, its label, and whether one person alone has it (``strong``).

    ``holder``: in whose count it is, among those of the table.
    """

    at: int
    label: str
    strong: bool
    holder: int = 0


class Mention(NamedTuple):
    """One person of a tuple: the numbers, strongest first, and where the word of the name stands, if there is one."""

    numbers: tuple[Number, ...]
    name: int | None = None

    def moved(self, places: Sequence[int]) -> Mention:
        """The same of words that stand elsewhere: what was at i is at ``places[i]``."""
        numbers = tuple(number._replace(at=places[number.at]) for number in self.numbers)
        return Mention(numbers, None if self.name is None else places[self.name])


class Plan(NamedTuple):
    """Tuples of one tag: the persons in them, the elements that their rows hold, and the number of their input.

    ``further``: how many words of a tuple are but the second or third ones of a value; ``counted``: numbers that are
    nobody's here, and are only counted.
    """

    mentions: tuple[Mention, ...]
    profile: Profile
    source: int
    further: int = 0
    counted: tuple[Number, ...] = ()


class LinkStore:
    """Tuples in groups ("link", k) of a store of distinct keys; equal ones with the same tag are stored once. Those in
    groups ("coded", book) are packed (``coded_ties``), and the same may be in several books."""

    def __init__(self, store: DistinctStore | None = None) -> None:
        self.store = DistinctStore() if store is None else store

    def add(self, tag: int | Keys, keys: Keys) -> None:
        """Adds tuples (uint64[n, k], any k > 0) under a tag (or uint64[n]), a word that is their own in all stores."""
        if len(keys):
            tagged = np.empty((len(keys), keys.shape[1] + 1), np.uint64)
            tagged[:, :-1] = keys
            tagged[:, -1] = tag
            spread(tagged)
            self.add_spread(tagged)

    def add_spread(self, keys: Keys) -> None:
        """Adds tuples that are spread, with their tags (uint64[n, k + 1])."""
        self.store.add(("link", keys.shape[1] - 1), keys)

    def merge(self, other: LinkStore) -> None:
        """Adds another one, which must not be used afterwards."""
        self.store.merge(other.store)

    def groups(self) -> list[Hashable]:
        """The groups of the store that hold tuples."""
        return [
            group
            for group in self.store.groups()
            if isinstance(group, tuple) and group[0] in ("link", "coded")
        ]

    def forget(self) -> None:
        """Leaves out all tuples."""
        self.store.forget(self.groups())

    def made_of_pieces(self, make: Callable[[Tuples, bool], T], last: bool = False) -> Iterator[T]:
        """What ``make`` makes of each piece of the tuples, spread, with their tags (uint64[n, k + 1] each), or packed.

        All tuples with the same first word are in one piece, unless these are too many: ``make`` is told whether it is
        a whole one. It is called on all threads; pieces and what is in them come in the same order every time.
        ``last``: nobody asks for them any more.
        """

        def of_piece(piece: Mapping[Any, Keys], whole: bool) -> T:
            plain = sorted(
                (keys for (kind, _), keys in piece.items() if kind == "link"), key=lambda keys: keys.shape[1]
            )
            packed = [Packed(book, keys) for (kind, book), keys in piece.items() if kind == "coded"]
            return make([*plain, *packed], whole)

        return self.store.made_of_uneven(of_piece, self.groups(), last)


class Mentions(NamedTuple):
    """The persons that some tuples mention.

    ``keys``: the tuples, spread, with their tags; ``nodes`` uint64[m, 3], see ``kernels.unions``; ``payloads``
    uint32[p]: of new mentions; ``tuples`` int32[q] and ``numbers`` int64[q]: which tuple has which of the
    mentions of the piece. Of packed tuples these three are empty.
    """

    keys: Keys
    nodes: Keys
    payloads: NDArray[np.uint32]
    tuples: NDArray[np.int32]
    numbers: NDArray[np.int64]


ALL_ALIKE = np.zeros(0, np.int32)
_NO_TUPLES, _NO_MENTIONS = np.zeros((0, 2), np.uint64), np.zeros(0, np.int32)


class Meant(Generic[T]):
    """What the tags of tuples stand for; very many may share one. ``different``: these, each but once."""

    def __init__(self, meant: Mapping[int, T]) -> None:
        by_tag = ByTag.of(meant)
        self.different = by_tag.different
        self._tags, numbers = by_tag.arrays()
        self._table = places_of(self._tags)
        self._numbers = np.append(numbers, np.int32(-1))

    def numbers(self, keys: Keys) -> NDArray[np.int32]:
        """int32[n]: where in ``different`` that is what the tag of each tuple (uint64[n, k + 1]) stands for, or -1."""
        return self._numbers.take(self.places(keys))

    def places(self, keys: Keys) -> NDArray[np.int32]:
        """int32[n]: the place of each tuple's tag among all that mean anything, -1 for none."""
        return numbered(keys, self._tags, self._table)

    def at(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """``numbers`` of tags at some places."""
        return self._numbers.take(places)


class PlanTable:
    """Plans as arrays for the kernel.

    ``labels``: the label of each kind (a kind is twice the label's position, and one more if strong); ``payloads``:
    (input, profile) by number, those of ``more`` too, in the order of inputs and of profiles; ``most``: how many
    numbers a tuple has at most; ``slots``: how many persons; ``arrays``: the plans as ``kernels.unions.mentions``
    takes them.
    """

    def __init__(
        self,
        plans: Mapping[int, Plan],
        more: Iterable[tuple[int, Profile]] = (),
        labels: Iterable[str] = (),
        bases: Rows = ALL_ALIKE,
    ) -> None:
        """``labels``: further ones of numbers that are counted; ``bases`` int32[plans]: what is added to the holders of
        each tag's numbers, in the order of the tags (none: nothing)."""
        self._meant = Meant(plans)
        self._bases = np.append(bases if len(bases) else np.zeros(len(plans), np.int32), np.int32(0))
        different = self._meant.different
        numbers = [number for plan in different for each in plan.mentions for number in each.numbers]
        numbers += [number for plan in different for number in plan.counted]
        self.labels = sorted({number.label for number in numbers} | set(labels))
        if len(self.labels) > LABELS:
            raise ScannerError(f"persons cannot be told apart by more than {LABELS} kinds of numbers")
        self.payloads = sorted(
            {(plan.source, plan.profile) for plan in different if plan.mentions} | set(more),
            key=lambda each: (each[0], sorted(each[1])),
        )
        if len(self.payloads) >= PAYLOADS:
            raise ScannerError(f"persons cannot be counted by more than {PAYLOADS - 1} kinds of records")
        self._kinds = {label: 2 * position for position, label in enumerate(self.labels)}
        payload = {each: position for position, each in enumerate(self.payloads)}
        slot_from, number_from = [0], [0]
        names, payload_of, number_at = [], [], []
        kind_of: list[int] = []
        widths = []
        for plan in different:
            width = 0
            for each in plan.mentions:
                names.append(-1 if each.name is None else each.name)
                payload_of.append(payload[plan.source, plan.profile])
                number_at += [number.at for number in each.numbers]
                kind_of += map(self.kind, each.numbers)
                number_from.append(len(number_at))
                width = max(width, names[-1] + 1, *(number.at + 1 for number in each.numbers), 0)
            if plan.counted:
                names.append(-1)
                payload_of.append(NOBODY)
                number_at += [number.at for number in plan.counted]
                kind_of += [self.kind(number) | 1 << COUNTED for number in plan.counted]
                number_from.append(len(number_at))
                width = max(width, *(number.at + 1 for number in plan.counted))
            slot_from.append(len(names))
            widths.append(width)
        if min([*names, *number_at], default=0) < -1 or min(number_at, default=0) < 0:
            raise ScannerError("a plan names a negative position of a word")
        inner = {kind & 0xFF for at, kind in zip(number_at, kind_of, strict=True) if at}
        self._first = {kind & 0xFF for kind in kind_of} - inner
        self._widths = np.array(
            [*widths, 0], np.int32
        )  # how many words of a tuple a plan needs, and what has none
        self.slots = max((len(plan.mentions) for plan in different), default=0)
        self.most = max(
            (sum(len(each.numbers) for each in plan.mentions) + len(plan.counted) for plan in different),
            default=0,
        )
        self.arrays = (
            np.array(slot_from, np.int32),
            np.array(names, np.int32),
            np.array(payload_of, np.uint32),
            np.array(number_from, np.int32),
            np.array(number_at, np.int32),
            np.array(kind_of, np.uint32),
            np.array([plan.further for plan in different], np.int32),
        )

    def kind(self, number: Number) -> int:
        """What stands behind the mention in a node of the number, but for whether it is only counted."""
        return self._kinds[number.label] + number.strong | number.holder << HOLDER

    def firsts(self, besides: Iterable[Number] = ()) -> NDArray[np.uint8]:
        """uint8[256]: 1 for each kind whose numbers are first words of tuples alone, and none of those ``besides``."""
        kinds = np.zeros(256, np.uint8)
        kinds[list(self._first)] = 1
        kinds[[self.kind(number) & 0xFF for number in besides]] = 0
        return kinds

    def counted(self, number: Number, keys: Keys) -> Keys:
        """Nodes (uint64[n, 3]) by which these numbers (uint64[n]) are only counted."""
        nodes = np.zeros((len(keys), 3), np.uint64)
        nodes[:, 0] = keys
        nodes[:, 2] = (self.kind(number) | 1 << COUNTED) << KIND
        return nodes

    def plans_of(self, tags: Keys) -> NDArray[np.int32]:
        """int32[n]: which plan each tag (uint64[n]) has, -1 for none."""
        return self._meant.numbers(tags.reshape(-1, 1))

    def mentions(self, piece: Tuples) -> Iterator[Mentions]:
        """The persons that the tuples of a piece mention, some at a time; numbered in the order in which they come."""
        memory = new_memory()
        first = 0
        for some in piece:
            if isinstance(some, Packed):
                plan = self.plans_of(some.book.tags)
                for at in range(0, len(some.keys), CHUNK):
                    keys = some.keys[at : at + CHUNK]
                    nodes, payloads = some.book.mentions(keys, plan, self.arrays, first, memory)
                    first += len(payloads)
                    yield Mentions(_NO_TUPLES, nodes, payloads, _NO_MENTIONS, _NO_MENTIONS.astype(np.int64))
                continue
            for at in range(0, len(some), CHUNK):
                keys = some[at : at + CHUNK]
                places = self._meant.places(keys)
                plan, base = self._meant.at(places), self._bases.take(places)
                if int(self._widths.take(plan).max(initial=0)) >= keys.shape[1]:
                    raise ScannerError("a plan names a word that its tuples do not have")
                found = Mentions(keys, *mentions(keys, plan, base, *self.arrays, first, memory))
                first += len(found.payloads)
                yield found
