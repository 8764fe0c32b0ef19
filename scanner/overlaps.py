"""What sides share: exact counts of records by the set of sides that hold them, in memory or beyond it.

A **side** is what is compared with others: one or several inputs, known by a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.sets import group_rows, numbered
from scanner.persons.counting import PAYLOAD_BITS, Persons
from scanner.persons.gatherings import NAMED, Gatherings
from scanner.store.spool import Spool
from scanner.tallies.tally import TableKey, Tally

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Exact counts of things that sides hold, each thing once.

    ``total``: over all sides; ``held``: of each side that has any; ``pairs``: of both sides of each pair (a < b) that
    shares any; ``sets``: of just these sides and of no other, all of one side and the most frequent of several;
    ``further``: those in sets of several beyond these.
    """

    total: int = 0
    held: Counter[int] = field(default_factory=Counter)
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    sets: Counter[frozenset[int]] = field(default_factory=Counter)
    further: int = 0

    @staticmethod
    def of_persons(persons: Persons) -> Overlaps:
        """Persons, where the numbers of inputs are those of sides."""
        return Overlaps(
            persons.distinct, persons.sources, persons.shared, persons.inputs, persons.other_inputs
        )


def of_records(
    tally: Tally, tags: Mapping[TableKey, Words], sides: Mapping[int, int], named: int = NAMED
) -> Overlaps:
    """Records by sides: rows of the same normalised content are one record, whichever side and table they are in.

    ``tags`` uint64[n]: of the signatures that count in each table; ``sides``: the side of each input; ``named``: how
    many sets of several sides get a name.
    """
    store = tally.store
    limit = store.budget // 8
    found = Gatherings(
        [(side, frozenset()) for side in sorted(set(sides.values()))], PAYLOAD_BITS, limit, store.folder
    )
    place = {side: number for number, side in enumerate(sorted(set(sides.values())))}
    several = Spool(PAYLOAD_BITS, limit, store.folder)
    groups = [group for group in store.groups() if cast(tuple[object, ...], group)[0] == "row"]
    total = 0
    for piece in store.partitions(groups):
        digests, own = [], []
        for group, keys in piece.items():
            key = cast(TableKey, cast(tuple[object, ...], group)[1:3])
            counted = keys[numbered(keys, tags[key]) >= 0, :2]
            digests.append(counted)
            own.append(np.full(len(counted), place[sides[key[0]]], np.uint64))
        if not sum(map(len, digests)):
            continue
        first, record, counts = group_rows(np.ascontiguousarray(np.concatenate(digests).T))
        numbers = (record.astype(np.uint64) + np.uint64(total)) << np.uint64(PAYLOAD_BITS)
        codes = numbers | np.concatenate(own)
        found.add(codes)
        # What is there once needs no second look when the sides of a set are told.
        several.add(codes[counts[record] > 1].reshape(-1, 1))
        total += len(first)
    sets, further = found.inputs(several, named)
    return Overlaps(total, found.sources(), found.shared(), sets, further)
