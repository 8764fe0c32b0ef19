"""A run's journal: takes parts of what its threads counted every few seconds, and gives them back to a later run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from scanner.distinct import DistinctStore
from scanner.journal import key_runs, tally_form
from scanner.journal.coverage import shape
from scanner.journal.folder import Folder, Secret
from scanner.journal.resuming import Readings, Resumed, resume
from scanner.local import Reading, Share
from scanner.model import Batch, Issue
from scanner.tally import Tally

Taken = dict[int, dict[int, int]]
MOST_INPUTS = 2048  # in a part: until it is written, they and how they ended are in memory


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

    def keep(self, tally: Tally, taken: Taken, readings: dict[int, Reading]) -> Future[bool]:
        """Writes a part on a thread of its own: a tally, which must not change meanwhile, and shape by number of the
        items of each input in it. Was it kept?"""
        return self._aside.submit(self._write, tally, taken, readings)

    def _write(self, tally: Tally, taken: Taken, readings: dict[int, Reading]) -> bool:
        with self._lock:
            try:
                self.folder = self.folder or Folder.make(self.place, self.secret, self._head)
                self._open |= readings
                ended = {index: told for index, each in self._open.items() if (told := self._ended(each))}
                with self.folder.new_part() as file:
                    keys = key_runs.write(tally.store, file)
                    file.seal(
                        {
                            "taken": [
                                [index, list(items), list(items.values())] for index, items in taken.items()
                            ],
                            "marks": [
                                [index, mark] for index in taken if (mark := readings[index].item.mark())
                            ],
                            "ended": [
                                [index, told, self._open[index].item.mark()] for index, told in ended.items()
                            ],
                            "tally": tally_form.told(tally),
                            "keys": keys,
                        }
                    )
                for index in ended:
                    del self._open[index]
                return True
            except OSError as error:
                if not self._failed:
                    why = (error.strerror or "failed").lower()
                    self._warn(f"the journal '{self.place}' cannot be kept: {why}; the scan goes on")
                self._failed = True
                return False

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
        self._aside.shutdown()
        if self.folder is not None:
            self.folder.remove()


class _Part(NamedTuple):
    """What one thread counted, while it is written; see ``Journal.keep``."""

    tally: Tally
    taken: Taken
    readings: dict[int, Reading]
    kept: Future[bool]


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
        self._taken: Taken = {}
        self._readings: dict[int, Reading] = {}
        self._part: _Part | None = None
        self._since = time.monotonic()

    def counted(self, reading: Reading, source: int, number: int, item: Batch | Issue) -> None:
        """Notes that an item is in the tally; writes a part where it is time."""
        self._taken.setdefault(reading.index, {})[number] = shape(source, item)
        self._readings[reading.index] = reading
        if len(self._readings) >= MOST_INPUTS or self._journal.due(self._since):
            self._keep()

    def whole(self) -> Tally:
        """All that the thread counted. What is not kept by now is not much: it is counted again if that has to be."""
        self._settle()
        budget = self._kept.store.budget + self.tally.store.budget
        self._kept.merge(self.tally)
        self._kept.store.threads, self._kept.store.budget = 1, budget
        return self._kept

    def given_up(self) -> None:
        """Waits until what is being written is kept."""
        if self._part is not None:
            self._part.kept.exception()

    def _keep(self) -> None:
        """Hands over what was counted, to be written as a part."""
        self._settle()
        store = self.tally.store
        store.leave_memory()  # so that what waits to be written takes none
        kept = self._journal.keep(self.tally, self._taken, self._readings)
        self._part = _Part(self.tally, self._taken, self._readings, kept)
        self.tally = Tally(store.another(), books=self.tally.books)
        self._taken, self._readings = {}, {}
        if store.groups("coded"):
            self._settle()  # books grow while more is counted
        self._since = time.monotonic()

    def _settle(self) -> None:
        """Waits for the part that is being written. Where it could not be kept, it is to be in the next one."""
        part, self._part = self._part, None
        if part is None:
            return
        if part.kept.result():
            self._kept.merge(part.tally)
            self._kept.store.threads = 1
            return
        self.tally.merge(part.tally)
        self.tally.store.threads = 1
        self._readings |= part.readings
        for index, numbers in part.taken.items():
            self._taken.setdefault(index, {}).update(numbers)
