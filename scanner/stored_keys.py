"""Keys of one group in 256 partitions, in memory or in a private file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.sets import join
from scanner.spool import PARTITIONS, read_words

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
FEWEST, UNEVEN = 1 << 12, 4  # keys, and times its share of a partition, that tell that keys are equal
PIECE = 4 << 20  # bytes of keys that are copied or read together, if 256 pieces are enough for that


@dataclass(frozen=True, slots=True)
class Run:
    """Keys of one group, some of them perhaps several times: partition p is ``offsets[p]`` and on of int64[257].

    ``keys``: those from ``offsets[0]`` on; None: they are in ``spill`` from byte ``at`` on. ``renumbered``: what the
    last words of the keys of a crowd are to be instead of those in the file.
    """

    width: int
    offsets: Offsets
    keys: Keys | None
    spill: IO[bytes] | None = None
    at: int = 0
    renumbered: Keys | None = None

    def __len__(self) -> int:
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def nbytes(self) -> int:
        """What it takes up, wherever it is."""
        return len(self) * self.width * 8 + self.offsets.nbytes

    def part(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``."""
        base, low, high = (int(self.offsets[at]) for at in (0, first, last))
        low, high = low - base, high - base
        if self.keys is not None:
            return self.keys[low:high]
        assert self.spill is not None
        keys = read_words(self.spill, self.at + low * self.width * 8, high - low, self.width)
        return keys if self.renumbered is None else renumbered(keys, self.renumbered)

    def bounds(self, first: int, last: int) -> Offsets:
        """int64[257]: where the partitions begin if there are no others than ``first`` to ``last - 1``."""
        return np.clip(self.offsets, self.offsets[first], self.offsets[last])

    def pieces(self) -> Iterator[Run]:
        """The same keys in memory, about PIECE bytes at a time."""
        steps = max(1, min(PARTITIONS, self.nbytes // PIECE))
        for first in range(0, PARTITIONS, -(-PARTITIONS // steps)):
            last = min(PARTITIONS, first + -(-PARTITIONS // steps))
            yield Run(self.width, self.bounds(first, last), self.part(first, last))


def joined(runs: Sequence[Run]) -> Run:
    """One run of several resident ones, each key but once."""
    keys, offsets = join([(run.keys, run.offsets) for run in runs if run.keys is not None])
    return Run(keys.shape[1], offsets, keys)


def thinned(run: Run) -> Run:
    """A resident run, each key but once where one partition shows that some are there very often.

    Different keys are spread evenly, so a partition with many more than its share holds the same few again and again;
    left as they are, they would all lie in memory when that partition is looked at.
    """
    count = len(run)
    uneven = count >= FEWEST and int(np.diff(run.offsets).max()) * PARTITIONS > UNEVEN * count
    return joined([run]) if uneven else run


def renumbered(keys: Keys, numbers: Keys) -> Keys:
    """The keys of a crowd with other numbers behind them."""
    keys = keys.copy()
    keys[:, -1] = numbers[keys[:, -1].astype(np.intp)]
    return keys


def with_numbers(run: Run, numbers: Keys) -> Run:
    """A crowd's run with other numbers behind the keys."""
    if run.keys is not None:
        return Run(run.width, run.offsets, renumbered(run.keys, numbers))
    before = run.renumbered
    return replace(run, renumbered=numbers if before is None else numbers[before.astype(np.intp)])
