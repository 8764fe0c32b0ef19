"""Text whose lines are not all in one encoding: how each line is read is decided by the line alone.

A line (of more than ``UNIT`` bytes: a part of it) is read as the file is, as UTF-8, as GB18030 or Big5, or repaired
where it had been decoded wrongly and written again as UTF-8. For each reading its characters are weighed as
``sources/probe.py`` does: the share of common hanzi less the undecodable bytes. The file's own reading is left only
for one that is clearly better.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from scanner.kernels.mixed_choice cimport *
from scanner.kernels.mixed_steps cimport *
from scanner.kernels.transcode import fours, pairs

cdef extern from "lines.h" nogil:
    Py_ssize_t line_end(const uint8_t* data, Py_ssize_t size)
    Py_ssize_t first_suspect(
        const uint8_t* data, Py_ssize_t size, const uint8_t* suspects, Py_ssize_t longest, int path
    )

READINGS_OF_LINES = ("utf-8", "gb18030", "big5", "utf-8 as latin-1", "gb18030 as latin-1", "utf-8 as gb18030")
UNIT = 1 << 14
COMMON_GB, COMMON_BIG5, NEITHER = GB_BIT, BIG5_BIT, NEITHER_BIT  # bits of the weights
LATIN_END = 0x2123

cdef enum:
    LONGEST = 1 << 14  # a line of more bytes is decided in parts, cut behind a byte below 0x30
    SAFE = 0x30  # lower bytes are the second of no pair
    BEGINNING = 8  # bytes other than ASCII in which UTF-8 shows, even if one is damaged


class Recoded(NamedTuple):
    """What ``recode`` did.

    ``consumed``: bytes of the source; ``written``: bytes of the output; ``pieces`` int64[n, 3]: reading (index of
    READINGS_OF_LINES), where it starts in the source and in the output; ``lines`` int64[6]: lines (and parts) with
    characters other than ASCII, by reading; ``marks``: byte order marks inside that were left out; ``bad``: undecodable
    bytes; ``first_bad``: offset of the first in the source, -1 for none; ``last``: the reading of the last piece.
    """

    consumed: int
    written: int
    pieces: object
    lines: object
    marks: int
    bad: int
    first_bad: int
    last: int


@cache
def latin():
    """uint8[LATIN_END]: the byte that a character of Latin-1 or Windows-1252 stands for, 0 for none."""
    table = np.zeros(LATIN_END, dtype=np.uint8)
    table[0x80:0x100] = np.arange(0x80, 0x100)
    for byte in range(0x80, 0xA0):
        char = bytes([byte]).decode("cp1252", "ignore")
        if char:
            table[ord(char)] = byte
    return table


@cache
def gbk():
    """uint16[65536]: the two bytes of a character in GBK, 0 for none; 0x80 for the euro sign, as Windows has it."""
    table = np.zeros(65536, dtype=np.uint16)
    packed = pairs("gb18030")
    index = np.flatnonzero(packed)
    text = packed[index].astype("<u4").tobytes().translate(None, b"\0").decode()
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    table[points] = 0x8100 + index
    table[ord("\u20ac")] = 0x80
    return table


@cache
def suspects():
    """uint8[65536]: 1 for characters whose GBK bytes begin a hanzi in UTF-8, and for the byte order mark."""
    table = np.zeros(65536, dtype=np.uint8)
    pairs_of_utf8 = bytes(byte for pair in product(range(0xE2, 0xF0), range(0x80, 0xC0)) for byte in pair)
    table[[ord(char) for char in pairs_of_utf8.decode("gbk", "ignore")]] = 1
    table[0xFEFF] = 1
    return table


cdef Py_ssize_t unit_end(const uint8_t* data, Py_ssize_t size, bint final, bint* cut) noexcept nogil:
    """Where the first line or part of one ends, 0 where more bytes are needed; ``cut``: maybe inside a character."""
    cdef Py_ssize_t at = line_end(data, min(size, LONGEST)), stop = min(size, 2 * LONGEST)
    cut[0] = False
    if at < min(size, LONGEST):
        return at + 1
    while at < stop:
        at += 1
        if at > LONGEST and data[at - 1] < SAFE:
            return at
    if size >= 2 * LONGEST:
        cut[0] = True
        return stop
    return size if final else 0


cdef bint is_sound(const Charts* charts, const uint8_t* data, Py_ssize_t size) noexcept nogil:
    """UTF-8 that need not be looked at further."""
    cdef Py_ssize_t first
    return first_suspect(data, size, charts.suspects, 2 * LONGEST, 0) == size and invalid(data, size, 0, &first) == 0


cdef bint begins_utf8(const uint8_t* data, Py_ssize_t size, bint* high) noexcept nogil:
    """Whether a hanzi of UTF-8 may be among the first bytes that are no ASCII; ``high``: whether there are any."""
    cdef Py_ssize_t at = 0
    cdef uint64_t word
    cdef int seen = 0
    while at + 8 <= size:
        memcpy(&word, data + at, 8)
        if word & <uint64_t>0x8080808080808080:
            break
        at += 8
    while at < size and data[at] < 0x80:
        at += 1
    high[0] = at < size
    while at + 2 < size and seen < BEGINNING:
        if data[at] & 0xF0 == 0xE0 and data[at + 1] & 0xC0 == 0x80 and data[at + 2] & 0xC0 == 0x80:
            return True
        seen += data[at] >= 0x80
        at += 1
    return False


cdef Py_ssize_t put(
    const Charts* charts, int reading, const uint8_t* data, Py_ssize_t size, bint cut, uint8_t* output,
    Py_ssize_t* written, Py_ssize_t* bad,
) noexcept nogil:
    """Writes a line as UTF-8; bytes consumed, a few less where it was cut inside a character. The room suffices.

    ``bad``: undecodable bytes, told for GB18030 and Big5 only.
    """
    cdef Py_ssize_t at = 0, done = 0
    cdef int64_t[FIRST] first_bad
    cdef int carry = -1, back
    cdef Taken taken
    bad[0] = 0
    if reading == AS_IS:
        if cut:
            for back in range(1, 4):
                if data[size - back] >= 0xC2:
                    size -= back if sequence(data + size - back, back) == 0 else 0
                    break
        memcpy(output, data, size)
        written[0] = size
        return size
    if reading == AS_GB or reading == AS_BIG5:
        return run(
            &charts.gb if reading == AS_GB else &charts.big5, data, size, output, 3 * size + 16, not cut, written, bad,
            &first_bad[0],
        )
    while at < size:
        take(charts, reading, data + at, size - at, &carry, &taken)
        memcpy(output + done, &taken.packed, 4)
        done += used(taken.packed)
        at += taken.length
    if carry >= 0:
        taken.packed = REPLACEMENT
        memcpy(output + done, &taken.packed, 4)
        done += 3
    written[0] = done
    return at


cdef inline bint is_line_end(uint8_t byte) noexcept nogil:
    return byte == c"\n" or byte == c"\r"


cdef bint stays(const Charts* charts, const bint* others, const uint8_t* data, Py_ssize_t size) noexcept nogil:
    """Whether a line that must be decided turns out to be UTF-8 without damage, as its file is."""
    cdef Weight weight
    return (
        mark_length(data, size, AS_IS) == 0 and decide(charts, AS_IS, others, data, size, &weight) == AS_IS
        and weight.bad == 0
    )


cdef Py_ssize_t sound_until(
    const Charts* charts, const bint* others, const uint8_t* data, Py_ssize_t size, Py_ssize_t whole, bint final,
    int path, bint* more,
) noexcept nogil:
    """See ``Lines.sound``; ``whole``: where the last line end lies. Without the tables (``charts.weights``) no line is
    decided."""
    cdef Py_ssize_t at = 0, stop, end, first
    cdef bint cut
    while at < size:
        if at < whole:
            stop = at + first_suspect(data + at, whole - at, charts.suspects, LONGEST, path)
            if invalid(data + at, stop - at, 0, &first):
                stop = at + first
            while at < stop < whole and not is_line_end(data[stop - 1]):
                stop -= 1
            at = stop
        # Here is a line that may be one to decide, one that is only long, or one that is not complete.
        end = unit_end(data + at, size - at, final, &cut) if at < size else 0
        if end == 0:
            break
        if cut or not is_sound(charts, data + at, end):
            if cut or charts.weights == NULL or not stays(charts, others, data + at, end):
                more[0] = True
                break
        at += end
    return at


cdef class Lines:
    """Reads the lines of one file. ``main`` and ``others``: encodings of READINGS_OF_LINES[:3]; ``weights()``:
    uint8[65536] by code point, bits COMMON_GB, COMMON_BIG5, NEITHER. Raises ValueError for another encoding."""

    cdef Charts charts
    cdef int main
    cdef bint[READINGS] others
    cdef object weights
    cdef object kept

    def __init__(self, str main, others, weights):
        cdef const uint8_t[::1] suspect = suspects()
        cdef int index
        known = READINGS_OF_LINES[:3]
        if main not in known or not all(other in known for other in others):
            raise ValueError(f"no lines of {main!r} and {others!r}")
        self.main = known.index(main)
        for index in range(3):
            self.others[index] = known[index] in others and known[index] != main
        self.charts.suspects = &suspect[0]
        self.weights = weights
        self.kept = None

    cdef load(self):
        """Makes the tables that only lines need that are decided."""
        cdef const uint32_t[::1] gb = pairs("gb18030")
        cdef const uint32_t[::1] big5 = pairs("big5") if self.main == AS_BIG5 or self.others[AS_BIG5] else gb
        cdef const uint16_t[::1] four = fours()
        cdef const uint8_t[::1] latin_table = latin()
        cdef const uint16_t[::1] gbk_table = gbk()
        cdef const uint8_t[::1] weights = self.weights()
        if weights.shape[0] != 65536:
            raise ValueError("a weight for each of 65536 code points")
        self.charts.gb.kind = GB18030
        self.charts.gb.pairs = &gb[0]
        self.charts.gb.fours = &four[0]
        self.charts.big5.kind = BIG5
        self.charts.big5.pairs = &big5[0]
        self.charts.big5.fours = &four[0]
        self.charts.weights = &weights[0]
        self.charts.latin = &latin_table[0]
        self.charts.latin_end = LATIN_END
        self.charts.gbk = &gbk_table[0]
        self.kept = (gb, big5, four, latin_table, gbk_table, weights)

    def sound(self, const uint8_t[::1] data not None, *, bint final, int path=0):
        """``(stop, more)``: how far ``data`` consists of whole lines (or parts) that are read as UTF-8 and are it without
        damage; whether there follows another, for ``recode``. For a file in UTF-8; ``data`` starts at a line's start or
        behind a part. ``path`` 1: without the widest vectors (for tests)."""
        cdef Py_ssize_t size = data.shape[0], whole = size, stop = 0
        cdef bint more = False
        if size:
            with nogil:
                while not final and whole and not is_line_end(data[whole - 1]):
                    whole -= 1
                stop = sound_until(&self.charts, &self.others[0], &data[0], size, whole, final, path, &more)
            if more and self.kept is None:
                self.load()
                with nogil:
                    more = False
                    stop += sound_until(
                        &self.charts, &self.others[0], &data[stop], size - stop, max(whole - stop, 0), final, path,
                        &more,
                    )
        return stop, more

    def recode(
        self, const uint8_t[::1] source not None, uint8_t[::1] output not None, *, bint final, int last=-1,
    ):
        """Writes ``source``, which starts at a line's start or behind a part, as UTF-8; returns ``Recoded``.

        Stops before a line that is not complete (unless ``final``) or for whose parts ``output`` has no room: three
        times the size of a line, at most 2 * UNIT, and 16 bytes more. ``last``: the reading of what came before.
        """
        cdef Py_ssize_t at = 0, done = 0, size = source.shape[0], room = output.shape[0], end, put_bytes, taken
        cdef Py_ssize_t marks = 0, bad = 0, first_bad = -1, count = 0, space = 64, skip, damaged
        cdef int reading, before = -1
        cdef bint cut, high, whole = True, doubtful, tried
        cdef Weight weight
        cdef const uint8_t* data
        cdef uint8_t* out
        cdef int64_t[6] lines
        cdef int64_t[:, ::1] view
        pieces = np.empty((space, 3), dtype=np.int64)
        view = pieces
        if self.kept is None:
            self.load()
        if last < 0:
            last = self.main
        for reading in range(6):
            lines[reading] = 0
        if size and room:
            data = &source[0]
            out = &output[0]
            while at < size:
                if count == space:
                    space *= 2
                    grown = np.empty((space, 3), dtype=np.int64)
                    grown[:count] = pieces
                    pieces = grown
                    view = pieces
                with nogil:
                    while at < size and count < space:
                        end = unit_end(data + at, size - at, final, &cut)
                        if end == 0 or done + 3 * end + 16 > room:
                            break
                        weight.bad = damaged = 0
                        tried = False
                        doubtful = begins_utf8(data + at, end, &high)
                        reading = self.main
                        if not high:
                            reading = last
                        elif reading == AS_IS:
                            doubtful = not is_sound(&self.charts, data + at, end)
                        elif self.others[AS_GB] or self.others[AS_BIG5]:
                            doubtful = True
                        elif not doubtful:
                            taken = put(
                                &self.charts, reading, data + at, end, cut, out + done, &put_bytes, &damaged
                            )
                            doubtful = damaged > 0
                            tried = True
                        if high and doubtful:
                            reading = decide(&self.charts, self.main, &self.others[0], data + at, end, &weight)
                        skip = mark_length(data + at, end, reading)
                        marks += skip > 0
                        if reading != before or skip or not whole:
                            view[count, 0] = reading
                            view[count, 1] = at + skip
                            view[count, 2] = done
                            count += 1
                        if not tried or doubtful or skip:
                            taken = put(
                                &self.charts, reading, data + at + skip, end - skip, cut, out + done, &put_bytes,
                                &damaged,
                            )
                        lines[reading] += high
                        if weight.bad:
                            if cut and taken + skip < end:
                                weight = weigh(&self.charts, reading, data + at, taken + skip)
                            if bad == 0 and weight.bad:
                                first_bad = at + weight.first_bad
                            bad += weight.bad
                        whole = is_line_end(data[at + end - 1])
                        last = before = reading
                        at += taken + skip
                        done += put_bytes
                if count < space:
                    break
        return Recoded(
            at, done, pieces[:count], np.array([lines[reading] for reading in range(6)], dtype=np.int64), marks, bad,
            first_bad, last,
        )

    def retrace(
        self, const uint8_t[::1] source not None, const int64_t[:, ::1] pieces not None,
        const int64_t[::1] positions not None,
    ):
        """int64[n]: where in ``source`` the characters begin that hold output bytes ``positions`` (int64[n], ascending)
        of ``recode``, which gave the pieces. A position behind the end gives the end."""
        found = np.empty(positions.shape[0], dtype=np.int64)
        cdef int64_t[::1] result = found
        cdef Py_ssize_t index, piece = -1, pieces_count = pieces.shape[0], size = source.shape[0], read = 0, stop = 0
        cdef int64_t done = 0, wanted
        cdef int carry = -1, held, length
        cdef Taken taken
        cdef uint64_t word
        if self.kept is None:
            self.load()
        with nogil:
            for index in range(positions.shape[0]):
                wanted = positions[index]
                if piece < 0 or (piece + 1 < pieces_count and pieces[piece + 1, 2] <= wanted):
                    while piece + 1 < pieces_count and (piece < 0 or pieces[piece + 1, 2] <= wanted):
                        piece += 1
                    if piece < 0:
                        result[index] = 0
                        continue
                    read = pieces[piece, 1]
                    done = pieces[piece, 2]
                    carry = -1
                    stop = pieces[piece + 1, 1] if piece + 1 < pieces_count else size
                if pieces[piece, 0] == AS_IS:
                    result[index] = min(read + wanted - done, size)
                    continue
                while read < stop:
                    if carry < 0 and read + 8 <= stop and done + 8 <= wanted:
                        memcpy(&word, &source[read], 8)
                        if not word & <uint64_t>0x8080808080808080:
                            read += 8
                            done += 8
                            continue
                    held = carry
                    take(&self.charts, <int>pieces[piece, 0], &source[read], stop - read, &carry, &taken)
                    length = used(taken.packed)
                    if done + length > wanted:
                        carry = held  # it is taken again for the next position
                        break
                    read += taken.length
                    done += length
                result[index] = read
        return found


cdef inline Py_ssize_t mark_length(const uint8_t* data, Py_ssize_t size, int reading) noexcept nogil:
    """Bytes of a byte order mark at a line's start."""
    if reading == AS_IS and size >= 3 and data[0] == 0xEF and data[1] == 0xBB and data[2] == 0xBF:
        return 3
    if reading == AS_GB and size >= 4 and data[0] == 0x84 and data[1] == 0x31 and data[2] == 0x95 and data[3] == 0x33:
        return 4
    return 0
