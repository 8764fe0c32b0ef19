"""A run's journal: takes parts of what its threads counted every few seconds, and gives them back to a later run."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from operator import index as plain_int
from pathlib import Path
from typing import Any, NamedTuple

from scanner.journal import key_runs, tally_form
from scanner.journal.coverage import shape
from scanner.journal.folder import Folder, Secret
from scanner.journal.resuming import Readings, Resumed, resume
from scanner.journal.sealed_file import SealedWriter
from scanner.model import Batch, Issue
from scanner.run.local import Reading, Share
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import Tally

MOST_INPUTS = 2048  # in a part: until it is written, they and how they ended are in memory
MOST_WAITING = 64  # parts, where the disk takes none: what is in the oldest would be counted again


class Part(NamedTuple):
    """What one thread counted, as it was when it was handed over.

    ``tally``: JSON of all but the keys; ``taken``: shape by number of the items of each input in it.
    """

    keys: key_runs.Taken
    tally: str
    taken: dict[int, dict[int, int]]
    readings: dict[int, Reading]


class Journal:
    """Keeps what a run counted in ``place``, which is made when the first part is written.

    ``secret``: the key words of the run; ``head``: what it was asked (JSON); ``seconds``: between two parts of a
    thread; ``warn`` is told once, in a sentence, if a part could not be kept: then the scan goes on without.
    ``folder``: that of the interrupted run that goes on.
    """

    def __init__(
        self,
        place: Path,
        secret: Secret,
        head: Any,
        seconds: float,
        warn: Callable[[str], None] = lambda _: None,
        folder: Folder | None = None,
    ) -> None:
        self.place = place
        self.secret = secret
        self.folder = folder
        self._head = head
        self._seconds = seconds
        self._warn = warn
        self._lock = threading.Lock()
        self._resumed: Resumed | None = None
        self._before = True
        self._open: dict[int, Reading] = {}  # not known to be at their end
        self._failed = False
        self._aside = ThreadPoolExecutor(1, "leaktally-journal")
        self._waiting: deque[Part] = deque()
        self._file: SealedWriter | None = None  # that is written
        self._over = False
        self._begun: Future[None] | None = None
        self._making = threading.Lock()
        self._processes = 1
        self._asked: Callable[[], Folder] = self.made

    def begin(self, readings: Readings, memory: int, tmp: str | None) -> None:
        """Is told of the inputs before they are read; prepares them where an interrupted run goes on.

        ``memory``, ``tmp``: as in ``local.run``. JournalError where an input is not what it was.
        """
        if self.folder is not None:
            self._resumed = resume(self.folder, readings, memory // 6, tmp)
            if self._resumed.left_out:
                count = self._resumed.left_out
                parts = "1 part is" if count == 1 else f"{count} parts are"
                self._warn(
                    f"of the journal '{self.place}' {parts} damaged: what was in there is counted again"
                )

    @property
    def resumed(self) -> bool:
        """Does an interrupted run go on?"""
        return self._resumed is not None

    def made(self) -> Folder:
        """Its folder, which is made if there is none yet; OSError."""
        with self._making:
            if self.folder is None:
                made = Folder.make(self.place, self.secret, self._head)
                self.folder = made.shared(0, self._processes)
            return self.folder

    def divide(self, processes: int) -> None:
        """Is told that there will be so many processes, before these are forked off."""
        self.settle()  # none of them takes up what is half done here
        self._processes = processes
        if self.folder is not None:
            self.folder = self.folder.shared(0, processes)

    def forked(self, place: int, ask: Callable[[], None], warn: Callable[[str], None]) -> None:
        """Goes on in one of the processes, from 1 on; ``ask`` has the first one make the folder, or raises OSError;
        ``warn`` tells it (``warned``) what is to be said."""
        self._warn = warn
        if self.folder is not None:
            first, self.folder = self.folder, self.folder.shared(place, self._processes)
            first.close()  # a lock is held as long as any process has it open

        def asked() -> Folder:
            ask()
            return Folder(self.place, -1, self.secret, self._head).shared(place, self._processes)

        self._asked = asked
        self._aside = ThreadPoolExecutor(1, "leaktally-journal")
        self._before = False
        self._waiting.clear()
        self._open.clear()

    def share(self, tally: Tally) -> Share:
        """What a thread counts into; the first one begins with what was counted before."""
        with self._lock:
            before, self._before = self._before, False
        return KeptShare(self, tally, self._resumed.tally if before and self._resumed else None)

    def check(self) -> None:
        """ScannerError where not all that is in the counts was read again. For when all inputs are read."""
        if self._resumed is not None:
            self._resumed.check()

    def due(self, since: float) -> bool:
        """Is it time for a part of a thread whose last one was at ``since`` (``time.monotonic``)?"""
        return time.monotonic() - since >= self._seconds

    def keep(self, part: Part) -> None:
        """Has a part written on a thread of its own; where that fails, it is written with the next one."""
        self._waiting.append(part)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
        if self._begun is not None and self._begun.done():
            self._begun.result()  # raises what was no fault of the disk
        self._begun = self._aside.submit(self._write)

    def settle(self) -> None:
        """Waits until what was to be kept is written, or failed."""
        self._aside.submit(int).result()

    def _write(self) -> None:
        """Writes the parts that wait."""
        try:
            while self._waiting and not self._over:
                self.folder = self.folder or self._asked()
                self._write_part(self.folder, self._waiting[0])
                self._waiting.popleft()
        except OSError as error:
            if not self._over:
                why = (error.strerror or "failed").lower()
                self.warned(f"the journal '{self.place}' cannot be kept: {why}; the scan goes on")

    def warned(self, sentence: str) -> None:
        """Says that a part could not be kept, here or in another process: once."""
        failed, self._failed = self._failed, True
        if not failed:
            self._warn(sentence)

    def _write_part(self, folder: Folder, part: Part) -> None:
        self._open |= part.readings
        ended = {index: told for index, each in self._open.items() if (told := self._ended(each))}
        with folder.new_part() as file:
            self._file = file
            if self._over:
                file.give_up()
            keys = key_runs.write(part.keys, file)
            file.seal(
                {
                    "taken": [
                        [index, list(items), list(items.values())] for index, items in part.taken.items()
                    ],
                    "marks": [
                        [index, mark] for index in part.taken if (mark := part.readings[index].item.mark())
                    ],
                    "ended": [[index, told, self._open[index].item.mark()] for index, told in ended.items()],
                    "tally": part.tally,
                    "keys": keys,
                }
            )
        for index in ended:
            del self._open[index]

    def _ended(self, reading: Reading) -> Any:
        """How an input ended; None where it has not, or where a thread is at it."""
        if not reading.lock.acquire(blocking=False):
            return None
        try:
            if not reading.done:
                return None
            record = reading.item.record
            return {
                "taken": reading.taken,
                "failure": reading.failure,
                "part": reading.part,
                "container": reading.container,
                "members": list(reading.members),
                "record": {**asdict(record), "issues": [issue._asdict() for issue in record.issues]},
            }
        finally:
            reading.lock.release()

    def close(self) -> None:
        """Gives the lock of its folder back, once nothing is written there any more; the folder stays."""
        self._aside.shutdown()
        if self.folder is not None:
            self.folder.close()

    def remove(self) -> None:
        """Takes the journal away: the run is at its end."""
        self._over = True
        if self._file is not None:
            self._file.give_up()
        self._aside.shutdown()
        if self.folder is not None:
            self.folder.remove()


class KeptShare(Share):
    """What one thread counted since its last part, and ``before``. It goes on while a part is written."""

    def __init__(self, journal: Journal, tally: Tally, before: Tally | None) -> None:
        super().__init__(tally)
        store = tally.store
        store.budget //= 2  # the other half is for what is kept
        self._journal = journal
        self._kept = Tally(DistinctStore(store.budget, store.folder))
        if before is not None:
            self._kept.merge(before)
            self._kept.store.threads = 1  # merging adds up those that count
        self._taken: dict[int, dict[int, int]] = {}
        self._readings: dict[int, Reading] = {}
        self._since = time.monotonic()

    def counted(self, reading: Reading, source: int, number: int, item: Batch | Issue) -> None:
        """Notes that an item is in the tally; writes a part where it is time."""
        self._taken.setdefault(reading.index, {})[number] = shape(source, item)
        self._readings[reading.index] = reading
        if len(self._readings) >= MOST_INPUTS or self._journal.due(self._since):
            self._keep()

    def whole(self) -> Tally:
        """All that the thread counted. What is not kept by now is not much: it is counted again if that has to be."""
        budget = self._kept.store.budget + self.tally.store.budget
        self._kept.merge(self.tally)
        self._kept.store.threads, self._kept.store.budget = 1, budget
        return self._kept

    def given_up(self) -> None:
        """Waits until what was counted is kept."""
        self._journal.settle()

    def _keep(self) -> None:
        """Hands over what was counted, to be written as a part, and goes on."""
        store = self.tally.store
        store.leave_memory()  # so that what waits to be written takes none
        told = json.dumps(tally_form.told(self.tally), separators=(",", ":"), default=plain_int)
        self._journal.keep(Part(key_runs.taken(store), told, self._taken, self._readings))
        counted, self.tally = self.tally, Tally(store.another(), books=self.tally.books)
        self._kept.merge(counted)
        self._kept.store.threads = 1
        self._taken, self._readings = {}, {}
        self._since = time.monotonic()
