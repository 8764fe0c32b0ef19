"""What became of each input and of the members of containers: packed as soon as it is known, and told in order."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, overload

from scanner.counted import counted
from scanner.document.build import InputRecord
from scanner.model import Issue
from scanner.run.local import PART, Reading
from scanner.store.packed import Packed, Pieces
from scanner.tallies.table_tally import TOLD, TableTally
from scanner.tallies.tally import Tally

TOGETHER = 256  # outcomes that are packed together
FEW = 64  # members that are packed with their container
Form = tuple[Any, ...]


class Numbers(Mapping[int, int]):
    """The place among the entries by the number that an input had while it was read (``local.Reading``)."""

    def __init__(self, firsts: array[int], count: int) -> None:
        """``firsts``: the place of each file; ``count``: of entries."""
        self._firsts = firsts
        self._count = count

    def __getitem__(self, source: int) -> int:
        index, part = source & ((1 << PART) - 1), source >> PART
        if index < len(self._firsts):
            place = self._firsts[index] + part
            end = self._firsts[index + 1] if index + 1 < len(self._firsts) else self._count
            if place < end:
                return place
        raise KeyError(source)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        for index, first in enumerate(self._firsts):
            end = self._firsts[index + 1] if index + 1 < len(self._firsts) else self._count
            yield from (index + (part << PART) for part in range(end - first))


class Records(Sequence[InputRecord]):
    """Entries in their order; what is taken out is a copy."""

    def __init__(self, folder: str | None = None) -> None:
        self._forms = Packed[Form](folder=folder)

    def append(self, record: InputRecord) -> None:
        """Adds an entry."""
        self._forms.append(_form(record))

    def __len__(self) -> int:
        return len(self._forms)

    @overload
    def __getitem__(self, index: int) -> InputRecord: ...

    @overload
    def __getitem__(self, index: slice) -> list[InputRecord]: ...

    def __getitem__(self, index: int | slice) -> InputRecord | list[InputRecord]:
        if isinstance(index, slice):
            return [_record(form) for form in self._forms[index]]
        return _record(self._forms[index])

    def __iter__(self) -> Iterator[InputRecord]:
        return map(_record, self._forms)


class Entries(NamedTuple):
    """The inputs as the report lists them: each file, and behind it the members of a container.

    ``numbers``: the place in ``records`` by the number that an input had while it was read; ``inputs``: the place
    of the file that each record belongs to.
    """

    records: Sequence[InputRecord]
    inputs: Sequence[int]
    numbers: Mapping[int, int]


class Handed(NamedTuple):
    """Outcomes on their way to another process, by input: where each lies among ``pieces``, how many members it has,
    those that are in no piece yet, and the members of large containers."""

    places: dict[int, int]
    members: dict[int, int]
    pieces: Pieces
    waiting: dict[int, Form]
    many: dict[int, Packed[Form]]


class Outcomes:
    """What became of inputs, in any order; any thread may add some."""

    def __init__(self, count: int, folder: str | None = None) -> None:
        """``count``: of inputs."""
        self.members = array("q", bytes(8 * count))  # of each
        self._folder = folder
        self._places = array("q", [-1]) * count
        self._pieces = Pieces(folder)
        self._waiting: dict[int, Form] = {}
        self._many: dict[int, Any] = {}  # the members of large containers
        self._lock = threading.Lock()

    def add(self, reading: Reading) -> None:
        """Adds an input that is at its end."""
        members = reading.members
        few = len(members) <= FEW
        record: InputRecord = reading.item.record
        record.failure = record.failure or reading.failure
        record.format = reading.container
        own = _form(record), bool(reading.failure), reading.part, list(members) if few else None
        with self._lock:
            self.members[reading.index] = len(members)
            if not few:
                self._many[reading.index] = members
            self._wait(reading.index, own)

    def _wait(self, index: int, own: Form) -> None:
        self._waiting[index] = own
        if len(self._waiting) == TOGETHER:
            number = self._pieces.add(list(self._waiting.values()))
            for at, waiting in enumerate(self._waiting):
                self._places[waiting] = number * TOGETHER + at
            self._waiting = {}

    def handed(self) -> Handed:
        """All of them, as another process takes them."""
        places = {index: place for index, place in enumerate(self._places) if place >= 0}
        return Handed(
            places,
            {index: self.members[index] for index in (*places, *self._waiting)},
            self._pieces,
            self._waiting,
            {index: Packed(members, self._folder) for index, members in self._many.items()},
        )

    def merge(self, other: Handed) -> None:
        """Adds what another process handed over, of other inputs."""
        with self._lock:
            first = self._pieces.take(other.pieces)
            for index, place in other.places.items():
                self._places[index] = first * TOGETHER + place
            for index, count in other.members.items():
                self.members[index] = count
            self._many |= other.many
            for index, own in other.waiting.items():
                self._wait(index, own)

    def records(self, index: int) -> Iterator[InputRecord]:
        """The entry of an input, and those of its members."""
        piece, at = divmod(self._places[index], TOGETHER)
        form, failed, part, members = self._waiting.get(index) or self._pieces[piece][at]
        own = _record(form)
        yield own
        for number, (name, size, sha256, failure, skipped, kind) in enumerate(
            members or self._many.get(index, ()), 1
        ):
            member = InputRecord(own.path, name, kind, size, sha256, failure, skipped)
            member.bytes_read = 0 if failure or skipped else size or 0
            if failed and number == part:
                member.issues.append(Issue("was not read to its end: its container failed"))
            yield member


def entries_of(outcomes: Outcomes, tally: Tally) -> Entries:
    """The entries of all inputs and of their members, with what went wrong; the tally gets their numbers."""
    firsts, inputs = array("q"), array("q")
    for index, members in enumerate(outcomes.members):
        firsts.append(len(inputs))
        inputs.extend([index] * (1 + members))
    numbers = Numbers(firsts, len(inputs))
    if len(inputs) > len(firsts):
        tally.renumber(numbers)
    issues: dict[int, list[Issue]] = {}
    for number, issue in tally.issues:
        issues.setdefault(number, []).append(issue)
    records = Records(tally.store.folder)
    figures = tally.tables.figures()
    table = next(figures, None)
    every = chain.from_iterable(outcomes.records(index) for index in range(len(firsts)))
    for number, record in enumerate(every):
        filled, more = bool(record.format), issues.get(number, [])
        while table is not None and table[0][0] == number:
            (_, name), rows, damaged = table
            filled |= bool(rows or damaged)
            if damaged:
                more += _damaged(tally.tables[number, name])
            table = next(figures, None)
        if record.failure and filled:  # what was read before it failed is in the report
            more.append(Issue(record.failure))
            record.failure = None
        else:  # the same fault may have stopped the hash, too
            record.issues = [issue for issue in record.issues if issue.what != record.failure]
        record.issues += sorted(more, key=lambda issue: (issue.row or 0, issue.what))
        records.append(record)
    return Entries(records, inputs, numbers)


def _damaged(tally: TableTally) -> Iterator[Issue]:
    """What is to be said of a table's damaged rows, and of lines above and below its rows."""
    name, titles = tally.table.name, sum(number < tally.table.titles for number in tally.first_damaged)
    if titles == TOLD:  # and maybe more
        titles = min(tally.table.titles, tally.damaged)
    damaged = tally.damaged - titles - tally.below
    numbers = [number for number in tally.first_damaged if number >= titles][:damaged]
    where = f"in {name}, " if name else ""
    if titles:
        above = "{rows} [rows:line|lines] above the rows [rows:was|were] scanned as free text"
        if tally.table.has_header:
            above = "{rows} [rows:line|lines] above the header [rows:was|were] scanned as free text"
        yield Issue(where + counted(above, rows=titles), partial=False)
    if tally.below:
        below = "{rows} [rows:line|lines] below the rows [rows:was|were] scanned as free text"
        yield Issue(where + counted(below, rows=tally.below), partial=False)
    if not damaged:
        return
    share = f"{where}{damaged} of {tally.rows + damaged} rows"
    if tally.table.format != "delimited":
        what = f"{share} could not be read as records, only as free text"
    elif damaged == 1:
        what = (
            f"{share} is not of the width of the others; "
            "it was scanned as free text, but is not counted as a record"
        )
    else:
        what = (
            f"{share} are not of the width of the others; "
            "they were scanned as free text, but are not counted as records"
        )
    if damaged == 1 or not numbers:
        yield Issue(what, row=numbers[0] if numbers else None)
        return
    which = f": rows {', '.join(map(str, numbers))}"
    more = f" and {damaged - len(numbers)} more" if damaged > len(numbers) else ""
    yield Issue(what + which + more, row=numbers[0])


def _form(record: InputRecord) -> Form:
    return (
        record.path,
        record.member,
        record.format,
        record.size,
        record.sha256,
        record.failure,
        record.skipped,
        [(issue.what, issue.row, issue.rows_lost, issue.partial) for issue in record.issues],
        record.bytes_read,
        record.sm3,
        record.sha256_after,
    )


def _record(form: Form) -> InputRecord:
    *first, issues, bytes_read, sm3, after = form
    fields: tuple[Any, ...] = (*first, [Issue(*issue) for issue in issues], bytes_read, sm3, after)
    return InputRecord(*fields)
