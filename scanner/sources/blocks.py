"""A text file as UTF-8 buffers that follow one another, with the way back to the file's own bytes."""

from __future__ import annotations

import ctypes
from typing import NamedTuple, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from scanner.counted import counted
from scanner.kernels.mixed import UNIT, Lines
from scanner.kernels.transcode import count_invalid, offsets, transcode
from scanner.model import Bytes, Issue, ReadableFile
from scanner.sources.mixed import MixedLines, line_reader
from scanner.sources.probe import Encoding

MOST_HELD = 2  # rooms that are remembered while somebody holds them


class FillableFile(ReadableFile, Protocol):
    """A file that reads into memory that is already there."""

    def fill(self, buffer: memoryview) -> int:
        """The next bytes; how many, fewer than the buffer's length only at the end. They stay as they are until:"""
        ...

    def settle(self) -> None:
        """From here on the bytes that were read may be changed."""
        ...


def is_fillable(file: ReadableFile) -> TypeGuard[FillableFile]:
    """Is a file a FillableFile? (``isinstance`` of a protocol takes as long as to read a small file.)"""
    return hasattr(file, "fill") and hasattr(file, "settle")


class Shift(NamedTuple):
    """A ``model.Locator`` for bytes that lie in the buffer as they lie in the file."""

    base: int

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions."""
        return positions + self.base


class Piece(NamedTuple):
    """Bytes of the file that were transcoded in one go.

    ``base``: where their text starts in the buffer (negative: in an earlier buffer); ``length``: bytes of
    that text; ``source`` uint8[bytes]; ``offset``: where they lie in the file. ``lines`` int64[n, 3]: where lines were
    decided one by one, see ``kernels.mixed.Recoded.pieces``.
    """

    base: int
    length: int
    source: Bytes
    offset: int
    lines: NDArray[np.int64] | None = None


class Retrace(NamedTuple):
    """A ``model.Locator`` for transcoded text: walks the source again up to the positions."""

    pieces: tuple[Piece, ...]
    encoding: str
    shift: int = 0
    reader: Lines | None = None

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions (ascending): where the character begins that holds the byte."""
        wanted = np.asarray(positions, dtype=np.int64) + self.shift
        found = np.zeros(len(wanted), dtype=np.int64)
        starts = np.array([piece.base for piece in self.pieces], dtype=np.int64)
        owner = np.maximum(np.searchsorted(starts, wanted, side="right") - 1, 0)
        for index, piece in enumerate(self.pieces):
            mine = owner == index
            if mine.any():
                found[mine] = piece.offset + self._within(piece, wanted[mine] - piece.base)
        return found

    def _within(self, piece: Piece, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        if piece.lines is not None and self.reader is not None:
            return self.reader.retrace(piece.source, piece.lines, positions)
        return offsets(piece.source, positions, self.encoding)


class Blocks:
    """The text of a file, a block at a time.

    ``buffer`` uint8[bytes], UTF-8, writable (see ``settle``) and not used again here once the next block was asked for;
    ``final``: the buffer reaches the end of the file; ``bad``: undecodable bytes so far (UTF-16: units);
    ``first_bad``: file offset of the first, -1 for none. ``mixed``: which lines were not read as the file is.
    UTF-8 lies in the buffer as in the file, up to the first line that must be decided by itself.
    """

    def __init__(self, file: ReadableFile, encoding: Encoding, block_size: int) -> None:
        self._file = file
        self._encoding = encoding.name
        self._block = min(max(block_size, 1), 256 << 20)
        self._fillable = file if is_fillable(file) else None
        self._unreported = len(file.read(encoding.mark)) if encoding.mark else 0
        self._unread_from = self._unreported  # where the file is read next
        self._offset = self._unreported  # in the file: where the buffer starts (UTF-8), or what is read next
        self._tail = np.zeros(0, np.uint8)  # source bytes that were not transcoded yet
        self._pieces: list[Piece] = []
        self._rooms: list[bytearray] = []  # memory of the buffers that were handed out last
        self._memory: Bytes = np.zeros(0, np.uint8)  # what the buffer begins, of which nobody uses what is
        self._used = 0  # behind this place
        self._spare = 0  # the most bytes that were wanted behind a buffer
        self._checked = 0  # where the check for invalid UTF-8 goes on
        self._reader = line_reader(encoding)
        self._plain = self._encoding == "utf-8"  # the buffer's bytes are those of the file
        self._reading = -1  # how the last line was read
        self.mixed = MixedLines(self._encoding)
        self.buffer: Bytes = np.zeros(0, np.uint8)
        self.final = False
        self.bad = 0
        self.first_bad = -1
        self.advance(0)

    def drop(self, consumed: int) -> None:
        """The buffer without its first ``consumed`` bytes; nothing is read or copied."""
        self.buffer = self.buffer[consumed:]
        self._memory = self._memory[consumed:]
        self._used -= consumed
        if self._plain:
            self._offset += consumed
            self._checked = max(self._checked - consumed, 0)
            return
        moved = (piece._replace(base=piece.base - consumed) for piece in self._pieces)
        self._pieces = [piece for piece in moved if piece.base + piece.length > 0]

    def advance(self, consumed: int) -> None:
        """Drops the first ``consumed`` bytes; the next buffer holds the rest and a further block."""
        self.drop(consumed)
        # A block that grows with a long row keeps the time linear.
        wanted = max(self._block, (len(self.buffer) + len(self._tail)) // 2)
        if self._plain and self._reader is not None:
            self._add_lines(self._reader, wanted)
        elif self._plain:
            self._add_plain(*self._read(self.buffer, wanted))
        else:
            self._add_transcoded(*self._read(self._tail, wanted))

    def behind(self, count: int) -> tuple[Bytes, int]:
        """The buffer with so many bytes behind it that the caller may write, and where these begin.

        What lies between is not to be changed. The memory is the buffer's own if it has room.
        """
        at = self._used
        self._used += count
        self._spare = max(self._spare, count)
        if self._used > len(self._memory):
            larger = np.empty(self._used, np.uint8)
            larger[:at] = self._memory[:at]
            self._memory, self.buffer = larger, larger[: len(self.buffer)]
        return self._memory[: self._used], at

    def settle(self) -> None:
        """To be called before the buffer's bytes are changed."""
        if self._fillable is not None:
            self._fillable.settle()

    def _read(self, before: Bytes, wanted: int) -> tuple[Bytes, bool]:
        """``before`` and the next bytes, about ``wanted``, behind each other; whether the file ends there."""
        kept = len(before)
        left = self._file.size - self._unread_from
        if wanted < left <= wanted + wanted // 2:
            wanted = left + 1  # a batch costs much, however small it is: the end of a file is none by itself
        # Where the size is known, no more memory is asked for than the rest of the file needs.
        size = kept + (min(wanted, left + 1) if left > 0 else wanted)
        memory = self._room(size + self._spare)
        memory[:kept] = before
        room = memory[kept:size]
        if self._fillable is not None:
            count = self._fillable.fill(room.data)
        else:
            block = self._file.read(len(room))
            count = len(block)
            room[:count] = np.frombuffer(block, np.uint8)
        self._unreported += count
        self._unread_from += count
        self._memory, self._used = memory, kept + count
        return memory[: kept + count], count < len(room)

    def _room(self, size: int) -> Bytes:
        """Memory of so many bytes at least: an earlier one that nobody holds, as it is warm and needs no clearing."""
        for room in self._rooms:
            if len(room) >= size and is_free(room):
                return np.frombuffer(room, np.uint8)
        self._rooms = [room for room in self._rooms if not is_free(room)][-MOST_HELD:]
        self._rooms.append(not_cleared(size + size // 16))
        return np.frombuffer(self._rooms[-1], np.uint8)

    def take_bytes_read(self) -> int:
        """Bytes taken from the file since this was last asked."""
        count, self._unreported = self._unreported, 0
        return count

    def locator(self, shift: int = 0) -> Shift | Retrace:
        """The way back for a buffer that starts ``shift`` bytes into the present one."""
        if self._plain:
            return Shift(self._offset + shift)
        return Retrace(tuple(self._pieces), self._encoding, shift, self._reader)

    def tell_rows(self, starts: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Which rows start at which places of the present buffer (int64[rows] each), for ``issues``."""
        if self._plain or not self.mixed.changed:
            return
        told = [
            np.column_stack([piece.lines[:, 0], piece.lines[:, 2] + piece.base])
            for piece in self._pieces
            if piece.lines is not None and len(piece.lines)
        ]
        if told:
            self.mixed.add_rows(np.concatenate(told), starts, rows)

    def issues(self) -> list[Issue]:
        """What is to be said, at the end, of how the text was decoded."""
        found = self.mixed.issues()
        if self.bad:
            kept = "kept as they are" if self._encoding == "utf-8" else "read as U+FFFD"
            what = counted(
                "holds {bytes} undecodable [bytes:byte|bytes] for {encoding}, {kept}; the first is at byte {first}",
                bytes=self.bad,
                encoding=self._encoding,
                kept=kept,
                first=self.first_bad,
            )
            found.append(Issue(what))
        return found

    def _add_plain(self, buffer: Bytes, ended: bool) -> None:
        self.buffer, self.final = buffer, ended
        stop = len(buffer) if ended else whole_characters(buffer)
        bad, first = count_invalid(buffer[self._checked : stop])
        if bad and self.first_bad < 0:
            self.first_bad = self._offset + self._checked + first
        self.bad += bad
        self._checked = max(stop, self._checked)

    def _add_lines(self, reader: Lines, wanted: int) -> None:
        """The next whole lines, as they lie in the file while none of them is to be decided."""
        held = len(self.buffer)
        raw, ended = self._read(self._joined(), wanted)
        stop, more = reader.sound(raw[held:], final=ended)
        self.buffer = raw[: held + stop]
        self._tail = raw[held + stop :]
        self.final = ended and not more
        if not more:
            return
        self._plain = False
        as_it_is = np.array([[0, 0, 0]], np.int64)
        self._pieces = [Piece(0, held + stop, self.buffer, self._offset, as_it_is)]
        self._offset += held + stop
        self._add_transcoded(self._tail, ended)

    def _joined(self) -> Bytes:
        """The buffer and the bytes behind it that are not in it yet, which follow each other in memory."""
        if not len(self._tail) or not len(self.buffer):
            return self._tail if len(self._tail) else self.buffer
        return np.concatenate([self.buffer, self._tail])

    def _add_transcoded(self, source: Bytes, ended: bool) -> None:
        left = len(self.buffer)
        # One part of a line may grow threefold, whatever the rest does.
        room = np.empty(left + len(source) * 3 // 2 + (6 * UNIT if self._reader else 0) + 64, np.uint8)
        room[:left] = self.buffer
        if self._reader is not None:
            read = self._reader.recode(source, room[left:], final=ended, last=self._reading)
            self._reading = read.last
            self.mixed.lines += read.lines
            self.mixed.marks += read.marks
            consumed, written, bad, lines, first = (
                read.consumed,
                read.written,
                read.bad,
                read.pieces,
                read.first_bad,
            )
        else:
            done = transcode(source, room[left:], self._encoding, final=ended)
            consumed, written, bad, lines = done.consumed, done.written, done.bad, None
            first = done.first_bad[0] if bad else -1
        self._pieces.append(Piece(left, written, source[:consumed], self._offset, lines))
        if bad and self.first_bad < 0:
            self.first_bad = self._offset + first
        self.bad += bad
        self._offset += consumed
        self._tail = source[consumed:]
        self.buffer = room[: left + written]
        self._memory, self._used = room, left + written
        # Badly damaged input grows threefold; what found no room comes with the next block.
        self.final = ended and not len(self._tail)


def decoded(raw: bytes, encoding: Encoding) -> str:
    """The first bytes of a file as ``Blocks`` reads them, for looking at; a line that is cut counts as whole."""
    reader = line_reader(encoding)
    if reader is None:
        return raw.decode("big5hkscs" if encoding.name == "big5" else encoding.name, "replace")
    source = np.frombuffer(raw, np.uint8)
    if encoding.name == "utf-8" and reader.sound(source, final=True) == (len(source), False):
        return raw.decode("utf-8")
    room = np.empty(3 * len(source) + 6 * UNIT + 64, np.uint8)
    done = reader.recode(source, room, final=True)
    return room[: done.written].tobytes().decode("utf-8", "replace")


def not_cleared(size: int) -> bytearray:
    """Memory of so many bytes, whatever they are: to clear millions would keep other threads waiting for the lock."""
    make = ctypes.pythonapi.PyByteArray_FromStringAndSize
    make.argtypes, make.restype = (ctypes.c_char_p, ctypes.c_ssize_t), ctypes.py_object
    room: bytearray = make(None, size)
    return room


def is_free(room: bytearray) -> bool:
    """Whether no array lies on it: Python refuses to change the size of one that has.

    A byte less at first: one more would have all bytes copied to a larger room, while others wait for the lock.
    """
    try:
        last = room.pop()
    except BufferError:
        return False
    room.append(last)
    return True


def whole_characters(buffer: Bytes) -> int:
    """Where the last whole UTF-8 character of a buffer ends; later bytes may be the start of one."""
    size = len(buffer)
    for back in range(1, min(3, size) + 1):
        byte = int(buffer[size - back])
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return size - back if length > back else size
        if byte < 0x80:
            break
    return size
