"""What a scan reads: files, folders, standard input, and tables that Python holds in memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from scanner.columns import headers
from scanner.content.roles import ContentRoles
from scanner.detectors.asked import Asking
from scanner.detectors.registry import detectors as all_detectors
from scanner.document.build import InputRecord
from scanner.errors import ScannerError, SourceError
from scanner.model import Batch, Cells, Issue, Member
from scanner.run.entries import Outcomes
from scanner.run.local import Reading
from scanner.run.members import Members
from scanner.sources.file import STDIN, InputFile, Mark, walk
from scanner.sources.hashing import ALGORITHMS, SM3
from scanner.sources.opening import Sources
from scanner.sources.read_options import check_options
from scanner.store.packed import Packed
from scanner.summary.summarise import ACQUIRED, SOLD

if TYPE_CHECKING:
    from scanner.run.job import Options

detectors_of = lru_cache(maxsize=4)(all_detectors)


@dataclass(slots=True)
class Input:
    """One thing to scan: its entry in the report, and how its batches are made."""

    record: InputRecord
    stream: Callable[[], Iterator[Batch | Issue | Member]]
    finish: Callable[[], None]
    settle: Callable[[], None] = lambda: None  # hashes what was read; see local.Reading
    sets: frozenset[str] = frozenset()  # ACQUIRED, SOLD
    mark: Callable[[], Mark | None] = lambda: None  # how far it was read
    expected: list[Mark] = field(default_factory=list)  # how far an interrupted run had read it


def sure_role(header: str) -> str | None:
    """What a header names for sure."""
    role = headers.role(header)
    return role.name if role and role.strength == "sure" else None


class FileInputs(Sequence[Input]):
    """The inputs for files, each made when it is asked for: there may be very many."""

    def __init__(self, made: Callable[[InputRecord], Input], folder: str | None = None) -> None:
        self._made = made
        self._files = Packed[tuple[str, str | None, int | None]](folder=folder)
        self.bytes = 0  # of all of them, as far as it is known, and of the largest
        self.largest = 0

    def append(self, path: str, failure: str | None = None) -> None:
        """Adds a file; ``failure``: why it cannot be opened."""
        size = None
        if failure is None and path != STDIN:
            with contextlib.suppress(OSError):
                size = os.stat(path).st_size  # noqa: PTH116 - a million times
                self.bytes += size
                self.largest = max(self.largest, size)
        self._files.append((path, failure, size))

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> Input: ...

    @overload
    def __getitem__(self, index: slice) -> list[Input]: ...

    def __getitem__(self, index: int | slice) -> Input | list[Input]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return self._input(*self._files[index])

    def __iter__(self) -> Iterator[Input]:
        return (self._input(*each) for each in self._files)

    def _input(self, path: str, failure: str | None, size: int | None) -> Input:
        return self._made(InputRecord(path, size=size, failure=failure))


class Readings:
    """The readings of inputs, each made when it is its turn; ``outcomes``: of those at their end."""

    def __init__(self, inputs: Sequence[Input], folder: str | None = None) -> None:
        self._inputs = inputs
        self.folder = folder
        self._known: dict[int, Reading] = {}
        self.outcomes = Outcomes(len(inputs), folder)

    def __getitem__(self, index: int) -> Reading:
        """The reading of an input that is not being read yet: it will be read so."""
        known = self._known.get(index)
        if known is None:
            item = self._inputs[index]
            known = self._known[index] = Reading(index, item.stream, item.finish, item.settle, item=item)
            known.members = Members(self.folder)
        return known

    def __len__(self) -> int:
        return len(self._inputs)

    def left(self, chosen: Iterable[int] | None = None) -> Iterator[Reading]:
        """Those (of the ``chosen`` inputs, as they are asked for) that are not at their end."""
        for index in range(len(self)) if chosen is None else chosen:
            reading = self[index]
            del self._known[index]
            if reading.done:
                self.outcomes.add(reading)
            else:
                reading.ended = self.outcomes.add
                yield reading


def file_inputs(paths: Sequence[str | Path], options: Options) -> Sequence[Input]:
    """The inputs for files, folders and ``-``; what cannot be opened is an input that failed with a reason."""
    check_options(options.read)
    if bool(options.acquired) != bool(options.sold):
        raise ScannerError("what was acquired and what was sold are told together: give both")
    if isinstance(options.hashes, str) or not set(options.hashes) <= set(ALGORITHMS):
        raise ScannerError(f"hashes is {options.hashes!r}, but must be a list of {' and '.join(ALGORITHMS)}")
    sources = Sources(headers.is_header_word, _value_test(options), ContentRoles(sure_role), sure_role)

    def made(record: InputRecord) -> Input:
        item = _file_input(record, sources, options) if record.failure is None else _unread(record)
        if options.acquired:
            item.sets = frozenset(
                name
                for name, roots in ((ACQUIRED, options.acquired), (SOLD, options.sold))
                if any(_inside(record.path, root) for root in roots)
            )
        return item

    inputs = FileInputs(made, options.tmp)
    known = _Known()
    starts = list(dict.fromkeys(str(path) for path in (*paths, *options.acquired, *options.sold)))
    for start in starts:
        empty = True
        for path, error in walk([start]):
            empty = False
            if len(starts) > 1 and known.again(path):
                continue
            inputs.append(path, None if error is None else str(error))
        if empty:
            inputs.append(start, "is a folder without any file")
    return inputs


class _Known:
    """The files that there are already, by where they really lie: one may be named in several ways."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._files: set[str] = set()

    def again(self, path: str) -> bool:
        """Was this file met before? A link is another file than the one that it leads to."""
        if path == STDIN:
            return False  # named once in a list of starts
        folder, name = os.path.split(path)
        if name in ("", ".", ".."):
            real = os.path.realpath(path)
        else:
            if folder not in self._folders:
                self._folders[folder] = os.path.realpath(folder or os.curdir)
            real = os.path.join(self._folders[folder], name)  # noqa: PTH118
        met = real in self._files
        self._files.add(real)
        return met


def _inside(path: str, root: str) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def _unread(record: InputRecord) -> Input:
    return Input(record, lambda: iter(()), lambda: None)


def _value_test(options: Options) -> Callable[[Sequence[str]], list[bool]]:
    """Which texts are, as a whole, the value of some detector? Tells headers from data."""
    strict = Asking(
        [
            each
            for each in detectors_of(options.day(), options.patterns)
            if not each.header_only and each.label != "person_name"
        ]
    )

    @lru_cache(maxsize=64)  # very many files may have the same header
    def told(texts: tuple[str, ...]) -> tuple[bool, ...]:
        cells = Cells.of([text.strip() for text in texts])
        sizes = cells.end - cells.start
        found = np.zeros(len(texts), np.bool_)
        for each in strict.of(None, cells):
            matches = each.find(cells)
            if len(matches):
                valid = (matches.checks & each.required) == each.required
                whole = (matches.start == 0) & (matches.end == sizes[matches.cell])
                found[matches.cell[valid & whole]] = True
        cells.memo.clear()  # as in records: what it holds refers back to the cells
        return tuple(found.tolist())

    def values(texts: Sequence[str]) -> list[bool]:
        return list(told(tuple(texts)))

    return values


def _file_input(record: InputRecord, sources: Sources, options: Options) -> Input:
    opened: list[InputFile] = []
    ended: list[Mark] = []
    expected: list[Mark] = []

    def stream() -> Iterator[Batch | Issue | Member]:
        file = InputFile(record.path, sm3=SM3 in options.hashes, folder=options.tmp)
        file.expect(expected)
        opened.append(file)
        record.size = file.size
        yield from sources.batches(file, replace(options.read, temporary=options.tmp))

    def finish() -> None:
        for file in opened:
            try:
                record.sha256, record.sm3 = file.finish(), file.hashes.sm3
            except SourceError as error:
                record.issues.append(Issue(str(error)))
            if file.unlike:
                raise ScannerError(
                    f"'{record.path}' is not what it was before the interruption, so the scan cannot be resumed: "
                    "remove the journal and scan anew"
                )
            record.bytes_read = file.position
            if file.changed:
                record.issues.append(Issue("changed while it was read"))
            file.close()
            ended.append(file.mark())
        opened.clear()  # there may be very many inputs

    def settle() -> None:
        for file in opened:
            file.settle(wait=False)

    def mark() -> Mark | None:
        return opened[-1].mark() if opened else ended[-1] if ended else None

    return Input(record, stream, finish, settle, mark=mark, expected=expected)


def table_input(data: object, name: str = "(table)") -> Input:
    """An input for a DataFrame, a Series or anything with ``__arrow_c_stream__``; TypeError for anything else."""
    # Loads pyarrow, which a scan of text never needs and which takes long.
    from scanner.run.frames import reader_of
    from scanner.sources.arrow import batch_of, table_of, told

    reader = reader_of(data)
    table = table_of(reader.schema, "arrow")

    def batches() -> Iterator[Batch | Issue]:
        row = 0
        for batch in reader:
            yield batch_of(batch, table, row)
            row += batch.num_rows

    return Input(InputRecord(name), lambda: told(batches(), ContentRoles(sure_role)), lambda: None)
