"""The nouns of the house, frozen. Imports nothing of ours but ``limits``.

Sizes: offsets are bytes, rows count from 0 and leave out the header row. ``int32`` is enough for
offsets because no block reaches 2 GiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cache
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scanner.limits import Limits as Limits

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int32]


class Check(IntFlag):
    """What a candidate was found to be (low 16 bits, in the order they are printed) or not (faults)."""

    FORMAT = 1 << 0
    CHECKSUM = 1 << 1
    DATE = 1 << 2
    REGION = 1 << 3
    PREFIX = 1 << 4
    BIN = 1 << 5
    ROAD = 1 << 6
    NUMBER = 1 << 7
    ESTATE = 1 << 8
    BUILDING = 1 << 9
    ROOM = 1 << 10
    VILLAGE = 1 << 11
    SURNAME = 1 << 12
    HEADER = 1 << 13
    RESTORED = 1 << 14  # passes after one repair (scanner/scanning/restored.py)
    # Faults: why a check failed, where the name of the check alone would not tell.
    FUTURE = 1 << 16
    ABOLISHED = 1 << 17
    UNASSIGNED = 1 << 18
    LENGTH = 1 << 19
    PLACEHOLDER = 1 << 20
    RESERVED = 1 << 21
    # What became of a number that lost digits: only its first ones are shown, or its last ones are zeros.
    SCIENTIFIC = 1 << 22
    TRUNCATED = 1 << 23


PASSES = (1 << 16) - 1
LOST = Check.SCIENTIFIC | Check.TRUNCATED


def check_names(checks: int) -> str:
    """The passes in ``checks`` as the findings print them, such as ``format+checksum+date+region``.

    Of a number that lost digits, behind "!", how: ``format+date+region!truncated``.
    """
    passes = "+".join(flag.name.lower() for flag in Check if flag & checks & PASSES and flag.name)
    lost = "".join(f"!{flag.name.lower()}" for flag in Check if flag & checks & LOST and flag.name)
    return passes + lost


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that lie in a flat UTF-8 buffer: cell i is ``data[start[i]:end[i]]``.

    ``data`` uint8[bytes]; ``start``, ``end`` int32[n], ``start <= end``; null and empty cells have
    ``start == end``. Bytes that are not UTF-8 may occur; nothing may trust them to decode.
    ``memo`` holds what detectors share for these cells (the digit runs).
    """

    data: Bytes
    start: Offsets
    end: Offsets
    memo: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.start)

    def text(self, index: int) -> str:
        """Cell ``index`` decoded, for people; bad bytes become U+FFFD."""
        return self.raw(index).decode("utf-8", "replace")

    def raw(self, index: int) -> bytes:
        """The bytes of cell ``index``."""
        return self.data[self.start[index] : self.end[index]].tobytes()

    @staticmethod
    def of(values: list[str | bytes | None]) -> Cells:
        """Cells of a list of values, for tests, ``explain`` and pattern examples."""
        raw = [b"" if v is None else v.encode() if isinstance(v, str) else v for v in values]
        ends = np.cumsum([len(v) for v in raw], dtype=np.int32) if raw else np.zeros(0, np.int32)
        lengths = np.array([len(v) for v in raw], dtype=np.int32)
        return Cells(np.frombuffer(b"".join(raw), dtype=np.uint8), ends - lengths, ends)


@dataclass(slots=True, eq=False)
class Matches:
    """Candidates of one detector in one column, as parallel arrays sorted by (cell, start); never changed.

    Not frozen only because that takes five times as long to make, and each column makes dozens.

    ``cell`` int32: index into the cells; ``start``, ``end`` int32: byte span inside the cell;
    ``checks`` uint32: bits of ``Check``; ``key`` uint64: the normalised identity packed without loss,
    or None where the identity is the span's text (then the digest of that text is the key).
    """

    cell: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    checks: NDArray[np.uint32]
    key: NDArray[np.uint64] | None = None

    def __len__(self) -> int:
        return len(self.cell)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Matches:
        """The matches picked by a mask or by indices."""
        key = None if self.key is None else self.key[which]
        return Matches(self.cell[which], self.start[which], self.end[which], self.checks[which], key)

    @staticmethod
    @cache
    def none(packed: bool = False) -> Matches:
        """No match at all."""
        empty = np.zeros(0, np.int32)
        key = np.zeros(0, np.uint64) if packed else None
        return Matches(empty, empty, empty, np.zeros(0, np.uint32), key)


@runtime_checkable
class Detector(Protocol):
    """Finds one kind of value. Knows no file, no row, no law.

    ``name``: unique; ``label``: what the value is (docs/contract.md); ``standard``: where the format is
    laid down; ``required``: the ``Check`` bits that make a candidate valid.
    ``basis`` and ``chance``: among candidates that have all ``basis`` bits, the share that would also have
    all ``required`` bits if the digits were random (``basis`` 0 or ``chance`` 0.0: no such test).
    ``rank``: overlaps are settled in favour of the lower rank.
    ``whole``: the least share of a column's non-empty cells that must be this value, unless the header agrees
    (0.0: a single value in free text is enough). ``roles``: header roles that agree with the label;
    ``header_only``: without an agreeing header nothing is accepted.

    Optional attributes: ``lenient``: ``Check`` bits that make a candidate probable where its column is one of
    such values (an unlisted BIN, an unknown surname); ``variety``: the least share of different values among a
    column's without an agreeing header; ``pure``: the least share of valid ones among its candidates there; ``strays``:
    where no more than this share of the candidates have the basis bits, passes must be beyond chance there; ``drop``
    uint8[128]: ASCII characters that do not belong to the identity; ``few_under``: those of ``roles`` under which such
    values may not be most of a column; ``other_headers`` False: nothing is accepted under a header that surely names
    another thing; ``words_under``: roles of headers under which a few values prove nothing, ``none_under``:
    under which no number of them does; ``fills_cells`` True: the matches of a cell are its content together;
    the method ``date_led(matches)``: which begin with a date (a column of such values is none without an agreeing
    header).
    """

    name: str
    label: str
    standard: str
    required: int
    basis: int
    chance: float
    rank: int
    whole: float
    roles: frozenset[str]
    header_only: bool

    def find(self, cells: Cells) -> Matches:
        """All candidates in the cells, valid or not."""
        ...


class Column(NamedTuple):
    """One column of a batch.

    Plain: cell i belongs to row i. Dictionary: ``codes`` int32[rows] gives each row's cell, -1 for null.
    List: ``rows`` int32[cells] gives each cell's row. At most one of the two is set.
    """

    cells: Cells
    codes: NDArray[np.int32] | None = None
    rows: NDArray[np.int32] | None = None


class Why(NamedTuple):
    """Why a table was read as it was, as codes whose words are in reports/words.toml; None where nothing was decided.

    ``encoding``: declared, bom, utf16_pattern, utf32_pattern, ascii, valid_utf8, scored, unsure; ``delimiter``: given,
    consistent, aligned, fixed, single_column, too_wide, labelled; ``header``: given, known_words, values_below,
    other_width, labelled, none. All three are "format" where the format itself lays them down.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: str | None = None


class Table(NamedTuple):
    """What all batches of one table share: where it lies and how it was read.

    ``name``: sheet or table inside the file, None for the file itself. ``columns``: header names, or
    ``None`` for each column where there is no header. ``kinds``: "text", "integer", "float", "other" for each
    column, as the format declares them (delimited text: all "text"). ``content_roles``: what the head of the file
    shows the columns without a telling header to be, None for the others; None where it shows nothing. ``titles``: how
    many lines of text lie above the header, or above the rows of a table that has none.
    """

    name: str | None
    columns: tuple[str | None, ...]
    kinds: tuple[str, ...]
    format: str
    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool = True
    content_roles: tuple[str | None, ...] | None = None
    titles: int = 0
    why: Why | None = None


class Batch(NamedTuple):
    """Some rows of one table.

    ``first_row``: number of the first row in the table. ``loose``: lines that fit no row; scanned as free text,
    counted as damaged. ``loose_rows`` int64: the row number each of them has, counted in one sequence with the
    sound rows; ``rows`` int64[sound rows] or None where they are ``first_row + arange``.
    ``blank``: lines without content, neither rows nor damaged. ``below``: how many loose lines, of this batch and those
    before it, lie below the rows and are no damaged ones (``sources.footers``).
    """

    table: Table
    first_row: int
    size: int
    columns: tuple[Column, ...]
    loose: Cells | None = None
    loose_rows: NDArray[np.int64] | None = None
    rows: NDArray[np.int64] | None = None
    blank: int = 0
    bytes_read: int = 0
    locate: Locator | None = None
    below: int = 0

    def numbers(self, rows: NDArray[np.int32]) -> NDArray[np.int64]:
        """int64[n]: the numbers in the table of some sound rows."""
        return rows.astype(np.int64) + self.first_row if self.rows is None else self.rows[rows]


class Locator(Protocol):
    """Tells where bytes of a batch lie in the file."""

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of positions in the batch's buffer (ascending)."""
        ...


class Issue(NamedTuple):
    """Trouble that was survived; always in the report.

    ``what``: one sentence. ``row``: where, if known. ``rows_lost``: how many rows could not be read.
    ``partial``: the input was not read whole (exit code 3).
    """

    what: str
    row: int | None = None
    rows_lost: int = 0
    partial: bool = True


@dataclass(slots=True)
class Member:
    """Something inside a container: what a source yields from here on, up to the next one, belongs to it. Yielded
    once more, the same one goes on.

    ``name``: where it lies in the container, the names of nested ones joined with "!/"; None: what follows belongs to
    the container itself again. The source fills in ``size`` (bytes) and ``sha256`` (hex, of the member's own bytes)
    when it knows them, ``failure`` where nothing of the member could be read, ``skipped`` where it was left out,
    ``format`` of a member that is itself a container, or of the container.
    """

    name: str | None
    size: int | None = None
    sha256: str | None = None
    failure: str | None = None
    skipped: bool = False
    format: str | None = None
    place: tuple[object, int] | None = field(
        default=None, compare=False, repr=False
    )  # whose it is, and its number


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read, where the user says so; None means: found by inspection.

    ``block_size``: bytes read at a time; the result must not depend on it. ``passwords`` are tried on members of
    archives and on workbooks that are encrypted; ``temporary``: where private files lie (see ``private_files``).
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    quote: str | None = None
    block_size: int = 10 << 20
    passwords: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    temporary: str | None = None


class Source(Protocol):
    """Reads one format."""

    name: str

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue | Member]:
        """The file's content in order, of a container member by member; SourceError where nothing can be read."""
        ...


class ReadableFile(Protocol):
    """An input that is open for reading."""

    path: str

    @property
    def size(self) -> int:
        """Bytes that ``pread`` reaches; ``read`` may give more (0 for a pseudo file)."""
        ...

    def read(self, count: int) -> bytes:
        """The next bytes, empty at the end."""
        ...

    def pread(self, count: int, offset: int) -> bytes:
        """Bytes at an offset; does not move the reading position."""
        ...
