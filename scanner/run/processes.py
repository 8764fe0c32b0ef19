"""Runs the job in several processes where there are many files: threads of one wait for each other's steps of Python.

The first process reads the first files by itself, so that the tables of detectors are loaded but once; then it forks
the others, and all take files until there are none left. Each counts into a tally of its own, which the first one adds
up. The others end as soon as the first one does, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, NoReturn

from scanner.errors import ScannerError
from scanner.model import Batch, Table
from scanner.run import handover, local
from scanner.run.entries import Handed, Outcomes
from scanner.run.inputs import FileInputs, Readings
from scanner.scanning.records import Job
from scanner.store import private_files
from scanner.tallies.tally import Tally

if TYPE_CHECKING:
    from scanner.journal.journal import Journal

OF_A_PROCESS = 32 << 20  # bytes of ``memory``: about what one takes up beside its keys
FIRST = 1  # files that the first process reads before it forks
LEAST = 16 << 20  # bytes for which processes are worth while, or so many files
MANY = 100
EACH = 4  # files for each process, at least
OFTEN = 0.2  # seconds between two words on the progress
IN_MEMORY = 8 << 20  # bytes of keys that are handed over as they are
PATIENCE = (
    0.4  # seconds for another process to end by itself: less than an interrupted command has (interruption)
)
READ, FOLDER, WARNED, FOUND, FAILED = "read", "folder", "warned", "found", "failed"  # messages
Progress = Callable[[Batch], None]
NOTHING = Table(None, (), (), "none")


def worth_while(inputs: object, threads: int, memory: int) -> int:
    """How many processes there had better be for so many threads and so much memory (bytes); 1: none but this one.

    No more than there are large files, so that none is left alone with one for long; and one where there is little to
    read, or where forking is not safe: other threads may be in the midst of something.
    """
    if threads == 1 or sys.platform != "linux" or not isinstance(inputs, FileInputs) or not _alone():
        return 1
    if inputs.bytes < LEAST and len(inputs) < MANY:
        return 1
    shares = inputs.bytes // max(1, inputs.largest)
    return max(1, min(threads, memory // OF_A_PROCESS, len(inputs) // EACH, shares))


def _alone() -> bool:
    others = [each for each in threading.enumerate() if each is not threading.main_thread()]
    if threading.current_thread() is not threading.main_thread():
        return False
    return all(each.name.startswith("leaktally-") or type(each).__name__ == "TMonitor" for each in others)


def run(
    readings: Readings,
    job: Job,
    processes: int,
    threads: int,
    memory: int,
    progress: Progress | None = None,
    folder: str | None = None,
    journal: Journal | None = None,
) -> Tally:
    """Scans all readings as ``local.run`` does, with ``threads`` over all processes; what became of the inputs is in
    ``readings.outcomes``.

    ScannerError where another process is killed; what went wrong in one of them is raised here.
    """
    shares = journal.share if journal else local.Share
    with _Queue(len(readings), folder) as queue:
        begin = local.run(
            readings.left(islice(queue, FIRST)), job, threads, memory, None, progress, folder, shares
        )
        if journal is not None:
            journal.divide(processes)
        own = [threads // processes + (place < threads % processes) for place in range(processes)]

        def told(batch: Batch) -> None:
            queue.check()
            if progress is not None:
                progress(batch)

        def work(place: int, tell: Progress) -> Tally:
            part = memory * own[place] // threads
            return local.run(readings.left(queue), job, own[place], part, None, tell, folder, shares)

        others: list[_Other] = []
        try:
            for place in range(1, processes if _alone() else 1):  # a plugin may have begun threads meanwhile
                with contextlib.suppress(OSError):  # there can be no more: then these do it all
                    others.append(_Other(place, readings, work, journal, others))
            for each in others:
                each.listen(progress, journal, queue.stop)
            tallies = [begin, work(0, told)]
            for each in others:
                tally, outcomes = each.result()
                readings.outcomes.merge(outcomes)
                tallies.append(tally)
        finally:
            for each in others:
                each.end()
            if others:
                private_files.sweep(folder)  # what one left that was killed
    whole = local.merged(tallies)
    whole.store.threads, whole.store.budget = threads, memory // 3
    return whole


class _Queue:
    """The numbers of all inputs, each for whoever asks first, in whatever process.

    The number that is next is where an open file stands: processes that were forked share that, and the system moves
    it for one of them at a time.
    """

    def __init__(self, count: int, folder: str | None) -> None:
        self._count = count
        self._file: IO[bytes] = private_files.unnamed(folder)
        self._failed: list[BaseException] = []

    def stop(self, error: BaseException) -> None:
        """Has ``error`` raised for who asks next in this process, or checks."""
        self._failed.append(error)

    def check(self) -> None:
        """Raises the error that stopped it, if any."""
        if self._failed:
            raise self._failed[0]

    def __iter__(self) -> Iterator[int]:
        while True:
            self.check()
            number = os.lseek(self._file.fileno(), 1, os.SEEK_CUR) - 1
            if number >= self._count:
                return
            yield number

    def __enter__(self) -> _Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Other:
    """One of the other processes, as the first one sees it. OSError where there can be none."""

    def __init__(
        self,
        place: int,
        readings: Readings,
        work: Callable[[int, Progress], Tally],
        journal: Journal | None,
        earlier: list[_Other],
    ) -> None:
        self._socket, theirs = socket.socketpair()
        self._found: tuple[Tally, Handed] | None = None
        self._error: BaseException | None = None
        self._listener: threading.Thread | None = None
        self._pid = -1
        with theirs, _uninterrupted() as before:
            try:
                self._pid = os.fork()
            finally:
                if self._pid < 0:
                    self._socket.close()
            if not self._pid:
                for each in (*earlier, self):  # their ends tell whether the first process is still there
                    each._socket.close()
                _work(theirs, place, readings, work, journal, before)

    def listen(
        self, progress: Progress | None, journal: Journal | None, failed: Callable[[BaseException], None]
    ) -> None:
        """Begins to listen to the process, on a thread; ``failed`` is told what went wrong there."""

        def listen() -> None:
            try:
                while self._found is None:
                    kind, what = self._message()
                    if kind == READ and progress is not None:
                        progress(Batch(NOTHING, 0, 0, (), bytes_read=what))
                    elif kind == FOLDER and journal is not None:
                        self._answer(_made(journal))
                    elif kind == WARNED and journal is not None:
                        journal.warned(what)
                    elif kind == FAILED:
                        raise what
                    elif kind == FOUND:
                        self._found = what
            except BaseException as error:
                self._error = error
                self._hang_up()  # nobody takes what it has to say
                failed(error)

        self._listener = threading.Thread(target=listen, name="leaktally-listener", daemon=True)
        self._listener.start()

    def result(self) -> tuple[Tally, Handed]:
        """What the process counted, once it is done; raises what went wrong there."""
        assert self._listener is not None
        self._listener.join()
        if self._found is None:
            assert self._error is not None
            raise self._error
        return self._found

    def _message(self) -> tuple[str, Any]:
        try:
            kind, what = handover.receive(self._socket)
        except (EOFError, ConnectionError):
            raise self._lost() from None
        return kind, what

    def _answer(self, answer: bytes) -> None:
        with contextlib.suppress(OSError):  # that it is gone is seen at the next message
            self._socket.sendall(answer)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _lost(self) -> ScannerError:
        code = self._ended()
        how = f" by signal {-code}" if code < 0 else ""
        return ScannerError(
            f"one of the processes that scan was ended{how}; nothing was written. "
            "A smaller --memory and fewer --jobs take less"
        )

    def _ended(self) -> int:
        """The exit code of the process at its end, or minus the signal that ended it; 0 where that was told before.

        It ends by itself when nobody holds the other end of its socket; one that is stopped, say, is made to.
        """
        until = time.monotonic() + PATIENCE
        while self._pid > 0:
            try:
                pid, status = os.waitpid(self._pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self._pid, 0
            if pid:
                self._pid = 0
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > until:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.001)
        return 0

    def end(self) -> None:
        """Ends the process, if it has not ended."""
        self._hang_up()
        if (
            self._listener is not None and self._listener.ident is not None
        ):  # Ctrl-C may strike before it runs
            self._listener.join()
        self._socket.close()
        self._ended()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[set[int]]:
    """Keeps signals from this thread, and from what it forks, which else did what Ctrl-C does here; what to set then
    there: those that were kept away before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        yield {int(each) for each in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _made(journal: Journal) -> bytes:
    """Has the folder of the journal made; the number of the error, or 0."""
    try:
        journal.made()
    except OSError as error:
        return bytes([min(error.errno or 255, 255)])
    return b"\0"


class _First:
    """The first process, as another one sees it."""

    def __init__(self, own: socket.socket) -> None:
        self._socket = own
        self._lock = threading.Lock()
        self._read, self._told = 0, time.monotonic()
        self._answers: SimpleQueue[int] = SimpleQueue()
        threading.Thread(target=self._watch, name="leaktally-watch", daemon=True).start()

    def _watch(self) -> None:
        """Takes answers; ends this process when the first one is gone."""
        with contextlib.suppress(OSError):
            while answer := self._socket.recv(1):
                self._answers.put(answer[0])
        _end()

    def tell(self, kind: str, what: Any = None) -> None:
        """Sends a message."""
        with self._lock:
            handover.send(self._socket, (kind, what))

    def progress(self, batch: Batch) -> None:
        """Tells now and then how much was read."""
        self._read += batch.bytes_read
        if time.monotonic() - self._told > OFTEN:
            self.tell_read()

    def tell_read(self) -> None:
        """Tells how much was read since that was told."""
        read, self._read, self._told = self._read, 0, time.monotonic()
        self.tell(READ, read)

    def warn(self, sentence: str) -> None:
        """Has it said that the journal cannot be kept."""
        self.tell(WARNED, sentence)

    def ask_folder(self) -> None:
        """Has the folder of the journal made; OSError."""
        self.tell(FOLDER)
        if number := self._answers.get():
            raise OSError(number, os.strerror(number))


def _work(
    own: socket.socket,
    place: int,
    readings: Readings,
    work: Callable[[int, Progress], Tally],
    journal: Journal | None,
    signals: set[int],
) -> NoReturn:
    """What another process does, from its first step to its last."""
    try:
        signal.set_wakeup_fd(-1)  # signals are for the first process
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        first = _First(own)
        try:
            if journal is not None:
                journal.forked(place, first.ask_folder, first.warn)
            readings.outcomes = Outcomes(len(readings), readings.folder)
            tally = work(place, first.progress)
            if tally.store.resident > IN_MEMORY:
                tally.store.leave_memory()
            first.tell_read()
            first.tell(FOUND, (tally, readings.outcomes.handed()))
        except BaseException as error:
            first.tell(FAILED, _as_told(error))
    finally:
        _end()


def _end() -> NoReturn:
    private_files.remove_own()
    os._exit(0)


def _as_told(error: BaseException) -> BaseException:
    """An error as it is raised in the first process, with a note on where it was raised here."""
    places = [f"{each.filename}:{each.lineno}" for each in traceback.extract_tb(error.__traceback__)]
    error.add_note(f"raised in another process, at {', '.join(places[-3:])}")
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(type(error).__name__)
    return error
