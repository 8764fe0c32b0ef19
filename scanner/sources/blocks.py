"""A text file as UTF-8 buffers that follow one another, with the way back to the file's own bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.transcode import count_invalid, offsets, transcode
from scanner.model import Bytes, ReadableFile
from scanner.sources.probe import Encoding

MOST_HELD = 2  # rooms that are remembered while somebody holds them


@runtime_checkable
class FillableFile(ReadableFile, Protocol):
    """A file that reads into memory that is already there."""

    def fill(self, buffer: memoryview) -> int:
        """The next bytes; how many, fewer than the buffer's length only at the end. They stay as they are until:"""
        ...

    def settle(self) -> None:
        """From here on the bytes that were read may be changed."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """A ``model.Locator`` for bytes that lie in the buffer as they lie in the file."""

    base: int

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions."""
        return positions + self.base


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the file that were transcoded in one go.

    ``base``: where their text starts in the buffer (negative: in an earlier buffer); ``length``: bytes of
    that text; ``source`` uint8[bytes]; ``offset``: where they lie in the file.
    """

    base: int
    length: int
    source: Bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Retrace:
    """A ``model.Locator`` for transcoded text: walks the source again up to the positions."""

    pieces: tuple[Piece, ...]
    encoding: str
    shift: int = 0

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions (ascending): where the character begins that holds the byte."""
        wanted = np.asarray(positions, dtype=np.int64) + self.shift
        found = np.zeros(len(wanted), dtype=np.int64)
        starts = np.array([piece.base for piece in self.pieces], dtype=np.int64)
        owner = np.maximum(np.searchsorted(starts, wanted, side="right") - 1, 0)
        for index, piece in enumerate(self.pieces):
            mine = owner == index
            if mine.any():
                found[mine] = piece.offset + offsets(piece.source, wanted[mine] - piece.base, self.encoding)
        return found


class Blocks:
    """The text of a file, a block at a time.

    ``buffer`` uint8[bytes], UTF-8, writable and not used again here once the next block was asked for;
    ``final``: the buffer reaches the end of the file; ``bad``: undecodable bytes so far (UTF-16: units);
    ``first_bad``: file offset of the first, -1 for none.
    """

    def __init__(self, file: ReadableFile, encoding: Encoding, block_size: int) -> None:
        self._file = file
        self._encoding = encoding.name
        self._block = min(max(block_size, 1), 256 << 20)
        self._unreported = len(file.read(encoding.mark)) if encoding.mark else 0
        self._unread_from = self._unreported  # where the file is read next
        self._offset = self._unreported  # in the file: where the buffer starts (UTF-8), or what is read next
        self._tail = np.zeros(0, np.uint8)  # source bytes that were not transcoded yet
        self._pieces: list[Piece] = []
        self._rooms: list[bytearray] = []  # memory of the buffers that were handed out last
        self._checked = 0  # where the check for invalid UTF-8 goes on
        self.buffer: Bytes = np.zeros(0, np.uint8)
        self.final = False
        self.bad = 0
        self.first_bad = -1
        self.advance(0)

    def drop(self, consumed: int) -> None:
        """The buffer without its first ``consumed`` bytes; nothing is read or copied."""
        self.buffer = self.buffer[consumed:]
        if self._encoding == "utf-8":
            self._offset += consumed
            self._checked = max(self._checked - consumed, 0)
            return
        moved = (replace(piece, base=piece.base - consumed) for piece in self._pieces)
        self._pieces = [piece for piece in moved if piece.base + piece.length > 0]

    def advance(self, consumed: int) -> None:
        """Drops the first ``consumed`` bytes; the next buffer holds the rest and a further block."""
        self.drop(consumed)
        # A block that grows with a long row keeps the time linear.
        wanted = max(self._block, len(self.buffer) // 2)
        if self._encoding == "utf-8":
            self._add_plain(*self._read(self.buffer, wanted))
        else:
            self._add_transcoded(*self._read(self._tail, wanted))

    def settle(self) -> None:
        """To be called before the buffer's bytes are changed."""
        if isinstance(self._file, FillableFile):
            self._file.settle()

    def _read(self, before: Bytes, wanted: int) -> tuple[Bytes, bool]:
        """``before`` and the next bytes, at most ``wanted``, behind each other; whether the file ends there."""
        kept = len(before)
        left = self._file.size - self._unread_from
        # Where the size is known, no more memory is asked for than the rest of the file needs.
        buffer = self._room(kept + (min(wanted, left + 1) if left > 0 else wanted))
        buffer[:kept] = before
        room = buffer[kept:]
        if isinstance(self._file, FillableFile):
            count = self._file.fill(room.data)
        else:
            block = self._file.read(len(room))
            count = len(block)
            room[:count] = np.frombuffer(block, np.uint8)
        self._unreported += count
        self._unread_from += count
        return buffer[: kept + count], count < len(room)

    def _room(self, size: int) -> Bytes:
        """Memory for a buffer: of an earlier one that nobody holds any more, as it is warm and needs no clearing."""
        for room in self._rooms:
            if len(room) >= size and is_free(room):
                return np.frombuffer(room, np.uint8, size)
        self._rooms = [room for room in self._rooms if not is_free(room)][-MOST_HELD:]
        self._rooms.append(bytearray(size + size // 16))
        return np.frombuffer(self._rooms[-1], np.uint8, size)

    def take_bytes_read(self) -> int:
        """Bytes taken from the file since this was last asked."""
        count, self._unreported = self._unreported, 0
        return count

    def locator(self, shift: int = 0) -> Shift | Retrace:
        """The way back for a buffer that starts ``shift`` bytes into the present one."""
        if self._encoding == "utf-8":
            return Shift(self._offset + shift)
        return Retrace(tuple(self._pieces), self._encoding, shift)

    def _add_plain(self, buffer: Bytes, ended: bool) -> None:
        self.buffer, self.final = buffer, ended
        stop = len(buffer) if ended else whole_characters(buffer)
        bad, first = count_invalid(buffer[self._checked : stop])
        if bad and self.first_bad < 0:
            self.first_bad = self._offset + self._checked + first
        self.bad += bad
        self._checked = max(stop, self._checked)

    def _add_transcoded(self, source: Bytes, ended: bool) -> None:
        left = len(self.buffer)
        room = np.empty(left + len(source) * 3 // 2 + 64, np.uint8)
        room[:left] = self.buffer
        done = transcode(source, room[left:], self._encoding, final=ended)
        self._pieces.append(Piece(left, done.written, source[: done.consumed], self._offset))
        if done.bad and self.first_bad < 0:
            self.first_bad = self._offset + done.first_bad[0]
        self.bad += done.bad
        self._offset += done.consumed
        self._tail = source[done.consumed :]
        self.buffer = room[: left + done.written]
        # Badly damaged input grows threefold; what found no room comes with the next block.
        self.final = ended and not len(self._tail)


def is_free(room: bytearray) -> bool:
    """Whether no array lies on it: Python refuses to change the size of one that has."""
    try:
        room.append(0)
    except BufferError:
        return False
    room.pop()
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
