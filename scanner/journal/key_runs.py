"""The keys of a distinct store in a sealed file, and back into a store, a bounded number of bytes at a time."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.journal.sealed_file import DamagedError, SealedWriter
from scanner.journal.tally_form import as_tuples
from scanner.kernels.coded_ties import unpack
from scanner.store.crowd import Crowd
from scanner.store.distinct import PARTITIONS, DistinctStore, Run
from scanner.store.spool import write_parts
from scanner.store.stored_keys import Tails, by_packing, spread_run, with_numbers

MOST = 16 << 20  # bytes that are read together
Json = Any


class Taken(NamedTuple):
    """The keys of a store as they were when they were taken, whatever becomes of the store.

    ``groups``: each group with its runs and, if they are packed tuples, what their numbers mean; ``members``: of the
    crowds, with how many words their keys have, in the order of their numbers.
    """

    groups: list[tuple[Hashable, list[Run], Any]]
    members: list[tuple[Hashable, int]]


def taken(store: DistinctStore) -> Taken:
    """The keys of a store, which may go on meanwhile."""
    groups = [
        (group, [replace(run, spilled=[*run.spilled]) for run in runs], _book(group))
        for group, runs in store.all_runs()
    ]
    return Taken(groups, [(group, crowd.width) for group, crowd in store.members()])


def _book(group: Hashable) -> Any:
    return group[1].told if isinstance(group, tuple) and group[0] == "coded" else None


def write(keys: Taken, file: SealedWriter) -> Json:
    """Writes all keys; returns what ``read`` needs to find them.

    ``members``: see ``Taken``. ``runs``: group
    (of a crowd: its words, and None before them), width, where, how many each, and the tails of packed keys or None.
    Tuples of a book are written as they are without it.
    """
    told: list[Json] = []
    for group, runs, book in keys.groups:
        if book is not None:
            for piece in (piece for run in runs for piece in run.pieces()):
                for tuples in unpack(piece.as_stored(0, PARTITIONS), book):
                    run, at = spread_run(tuples, lambda words: np.empty(words, np.uint64)), file.position
                    file.write(np.ascontiguousarray(run.as_stored(0, PARTITIONS)).data)
                    told.append([["link", run.width - 1], run.width, at, np.diff(run.offsets).tolist(), None])
            continue
        name = (None, *group) if isinstance(group, Crowd) else group
        for alike in by_packing(run for run in runs if run.keys is not None):
            at = file.position
            parts = [(run.keys, run.offsets) for run in alike if run.keys is not None]
            offsets = write_parts([file.write], parts, alike[0].stored)
            told.append([name, alike[0].width, at, np.diff(offsets).tolist(), _tails(alike[0])])
        for run in runs:
            if run.keys is None:
                at = file.position
                for first, last in _ranges(run.offsets, run.stored):
                    file.write(np.ascontiguousarray(run.as_stored(first, last)).data)
                told.append([name, run.width, at, np.diff(run.offsets).tolist(), _tails(run)])
    return {"members": keys.members, "runs": told}


def read(told: Json, file: IO[bytes], store: DistinctStore) -> None:
    """Adds the keys that ``write`` wrote to a store."""
    members = [store.member(as_tuples(group), width) for group, width in told["members"]]
    numbers = np.array([0, *(number for number, _ in members)], np.uint64)
    for words, width, at, sizes, tails in told["runs"]:
        group = as_tuples(words)
        crowd = Crowd(*group[1:]) if isinstance(group, tuple) and group[0] is None else None
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        packed = None if tails is None else Tails(np.array(tails, np.uint64))
        stored = width - (packed is not None)
        for first, last in _ranges(offsets, stored):
            low, high = int(offsets[first]), int(offsets[last])
            keys = np.empty((high - low, stored), np.uint64)
            if (
                os.preadv(file.fileno(), [keys.reshape(-1).view(np.uint8).data], at + low * stored * 8)
                != keys.nbytes
            ):
                raise DamagedError("it is cut off")
            bounds = np.clip(offsets, low, high)
            run = Run(width, bounds, keys, tails=packed)
            run = run if packed is None else Run(width, bounds, run.part(0, PARTITIONS))
            store.add_run(crowd or group, with_numbers(run, numbers) if crowd else run)


def _tails(run: Run) -> list[int] | None:
    return None if run.tails is None else run.tails.words.tolist()


def _ranges(offsets: NDArray[np.int64], width: int) -> Iterator[tuple[int, int]]:
    """Ranges of partitions that hold keys, each of about MOST bytes at the most."""
    first = 0
    for last in range(1, PARTITIONS + 1):
        size = int(offsets[last] - offsets[first]) * width * 8
        if size and (last == PARTITIONS or size + int(offsets[last + 1] - offsets[last]) * width * 8 > MOST):
            yield first, last
            first = last
