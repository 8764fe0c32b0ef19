"""Runs the job on this machine's cores: threads take batches, each into its own tally, and tallies add up.

Whichever thread takes which batch, the sums are the same. A thread reads from a file of its own while there are
files left, then helps with the others' files; the batches of one file are read in order, one thread at a time.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from scanner.errors import SourceError
from scanner.model import Batch, Issue, Member
from scanner.persons.coded_ties import Books
from scanner.run.members import Members
from scanner.scanning.records import Found, Job, scan_batch
from scanner.store.by_table import PART as PART
from scanner.store.distinct import DistinctStore
from scanner.store.freed import give_back_if_grown
from scanner.tallies.tally import Tally

Stream = Callable[[], Iterator[Batch | Issue | Member]]
Sink = Callable[[int, int, Batch, list[Found]], None]  # input, number of the batch, batch, what was found
HEAD_START = (
    0.5  # seconds at most that threads leave to the one that is first: it loads the tables that all need
)
SELDOM = 40_000  # new objects before the collector looks for cycles, of which hardly any are made


@dataclass(slots=True)
class Reading:
    """One input that is being read. ``failure``: why nothing (more) could be read.

    Member k of a container (1, 2, …, in the order of ``members``) counts as the input ``index + (k << PART)``.
    ``settle``: what is left to do for bytes that were read (their hash); called outside of the lock.
    ``item``: what is read, for who keeps that; ``ended`` is told that the input is at its end.
    ``pass_by``: was an item (number in the stream, input it counts for, itself) counted before an interruption?
    """

    index: int
    stream: Stream
    close: Callable[[], None]
    settle: Callable[[], None] = lambda: None
    pass_by: Callable[[int, int, Batch | Issue], bool] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    items: Iterator[Batch | Issue | Member] | None = None
    taken: int = 0
    done: bool = False
    failure: str | None = None
    members: Members = field(default_factory=Members)
    part: int = 0
    container: str | None = None  # its format
    item: Any = None
    ended: Callable[[Reading], None] = lambda _: None

    def take(self) -> tuple[int, int, Batch | Issue] | None:
        """The input that the next batch or issue counts for, its number in the stream, and it; None at the end."""
        with self.lock:
            while (taken := self._next()) is not None:
                source, number, item = taken
                if self.pass_by is None or not self.pass_by(number, source, item):
                    return taken
            return None

    def _next(self) -> tuple[int, int, Batch | Issue] | None:
        if not self.done:
            try:
                if self.items is None:
                    self.items = self.stream()
                while isinstance(item := next(self.items, None), Member):
                    if item.name is None:
                        self.part, self.container = 0, item.format or self.container
                        continue
                    self.part = self.members.number(item)
            except SourceError as error:
                self.failure = str(error)
                item = None
            except Exception as error:
                # A reader's own message may quote the data, so only its kind is told.
                self.failure = f"the reader stopped with {type(error).__name__}"
                item = None
            if item is not None:
                self.taken += 1
                return self.index + (self.part << PART), self.taken, item
            self.done = True
            self.items = None
            self.close()
            self.ended(self)
        return None


class Share:
    """What one thread counts, into ``tally``; a journal keeps it in parts (scanner/journal)."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def counted(self, reading: Reading, source: int, number: int, item: Batch | Issue) -> None:
        """Is told that an item is in the tally."""

    def whole(self) -> Tally:
        """All that the thread counted, once it is done."""
        return self.tally

    def given_up(self) -> None:
        """Is told that the run ends without a result."""


class _Pool:
    """Hands out readings: fresh ones first, then those that are still going on.

    ``begun``: the first item is there, so tables are loaded that would be loaded by each thread at the same time.
    """

    def __init__(self, readings: Iterator[Reading]) -> None:
        self._fresh = readings
        self._open: list[Reading] = []
        self._lock = threading.Lock()
        self._first = True
        self.begun = threading.Event()
        self.stopped = False

    def next(self) -> Reading | None:
        with self._lock:
            first, self._first = self._first, False
        if not first:
            self.begun.wait(HEAD_START)
        with self._lock:
            if self.stopped:
                return None
            self._open = [reading for reading in self._open if not reading.done]
            fresh = next(self._fresh, None)
            if fresh is not None:
                self._open.append(fresh)
                return fresh
            return min(self._open, key=lambda reading: reading.taken, default=None)

    def give_up(self) -> None:
        """Ends what is still being read, once no thread is at it: at the end of Python it could not end in order."""
        for reading in self._open:
            items, reading.items = reading.items, None
            if items is not None and hasattr(items, "close"):
                with contextlib.suppress(Exception):
                    items.close()


def run(
    readings: Iterator[Reading],
    job: Job,
    jobs: int,
    memory: int,
    sink: Sink | None = None,
    progress: Callable[[Batch], None] | None = None,
    folder: str | None = None,
    shares: Callable[[Tally], Share] = Share,
) -> Tally:
    """Scans all readings with ``jobs`` threads.

    ``memory``: bytes for distinct sets over all threads; ``sink`` gets what each batch holds (called from several
    threads); ``progress`` is told of each batch that is done. The first unexpected error stops all and is raised.
    ``shares`` makes what each thread counts into.
    """
    pool = _Pool(readings)

    def count(reading: Reading, share: Share) -> bool:
        """Takes one item, of which nothing is held afterwards: the next may lie in its memory."""
        taken = reading.take()
        pool.begun.set()
        if taken is None:
            return False
        source, number, item = taken
        reading.settle()
        if isinstance(item, Issue):
            share.tally.issues.append((source, item))
        else:
            found = scan_batch(item, source, job, share.tally)
            if sink is not None:
                sink(source, number, item, found)
            if progress is not None:
                progress(item)
        share.counted(reading, source, number, item)
        give_back_if_grown(memory)
        return True

    def work() -> Tally:
        store = DistinctStore(memory // (3 * jobs), folder)
        share = shares(Tally(store, books=Books(store.budget // 8)))
        try:
            while (reading := pool.next()) is not None:
                while not pool.stopped and count(reading, share):
                    pass
                pool.begun.set()
            return share.whole()
        except BaseException:
            pool.stopped = True
            share.given_up()
            raise

    try:
        if jobs == 1:
            return work()
        with ThreadPoolExecutor(jobs) as threads:
            futures = [threads.submit(work) for _ in range(jobs)]
            try:
                return merged([future.result() for future in futures])
            except BaseException:
                pool.stopped = True
                raise
    finally:
        pool.give_up()


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Spares the collector of cycles what it would walk again and again: tables of detectors and counts, which stay."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(SELDOM if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def merged(tallies: Sequence[Tally]) -> Tally:
    """The sum of tallies."""
    first, *others = tallies
    first.store.budget = sum(tally.store.budget for tally in tallies)  # the others' memory is free afterwards
    for tally in others:
        first.merge(tally)
    return first
