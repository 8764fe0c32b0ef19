"""Damaged JSON text, and other text among records: up to where it goes, and how it is told."""

from libc.stdint cimport int32_t, int64_t

from scanner.kernels.json_records cimport BESIDE, DAMAGE, OBJECT, Records, Room
from scanner.kernels.json_text cimport is_space


cdef class Damage(Records):
    """Goes on behind what is no JSON: up to where the next record begins, by what the first one of its table began with."""

    cdef void begin_damage(self, int64_t start, int64_t read) noexcept nogil:
        # From ``start`` on the text is damaged; it was read up to ``read`` in vain.
        cdef int64_t position = self.offset + start
        self.damaged = True
        self.beside = self.at_line = False
        self.wasted += read - start
        self.least = position + 1
        if self.wasted > 8 * position + (1 << 20):  # so that the time stays linear
            self.least += (read - start) // 2
        self.searched = position
        self.behind[0] = -1

    cdef int begins(
        self, const unsigned char* data, int64_t piece, int64_t at, int64_t size, bint final
    ) noexcept nogil:
        # May a record begin here? -1: more text is needed to tell.
        cdef int64_t back = at - 1, behind
        cdef bint anchored
        cdef int i
        while back >= piece and (data[back] == 32 or data[back] == 9):
            back -= 1
        anchored = self.at_line if back < piece else data[back] == 10 or data[back] == 13
        if anchored:
            return self.indent < 0 or at - 1 - back == self.indent or (self.among and not self.tall)
        if back < piece or data[back] != 44 or self.indent >= 0 or self.among:
            return 0
        if self.signature_length and data[at] == 123:
            behind = at + 1
            while behind < size and is_space(data[behind]):
                behind += 1
            if behind + self.signature_length > size:
                return 0 if final else -1
            for i in range(self.signature_length):
                if data[behind + i] != self.signature[i]:
                    return 0
            return 1
        back -= 1
        while back >= piece and is_space(data[back]):
            back -= 1
        return back >= piece and (data[back] == 125 or data[back] == 93 or data[back] == 34)

    cdef int pass_damage(
        self, const unsigned char* data, int64_t size, bint final, Room* room, int64_t* place
    ) noexcept nogil:
        # Goes on in damaged text that begins at ``place``, up to where a record begins (then it is damaged no more).
        cdef int64_t piece = place[0], at = max(piece, self.searched - self.offset), cut
        cdef int opening = 123, other = 123 if self.among else 91, found
        cdef unsigned char c
        if self.depth > 0 and self.type[self.depth] == OBJECT:
            opening = other = 34
        elif self.signed >= 0 and self.opening != 123 and self.opening != 91:
            opening = other = self.opening
        while at < size:
            if room.found >= room.most_records - 1:
                room.consumed = piece
                self.searched = self.offset + at
                place[0] = piece
                return ROOM_WANTED
            c = data[at]
            if at - piece >= self.piece:
                cut = self.cut(data, piece, at)
                self.piece_done(data, room, piece, cut)
                piece = cut
                self.at_line = False
            if (c == 10 or c == 13) and (self.among or not self.tall):
                self.piece_done(data, room, piece, at)
                piece = at + 1
                self.at_line = True
                if self.among and not self.tall:  # what follows is no part of the record
                    self.beside = True
            elif (c == opening or c == other) and self.offset + at >= self.least:
                found = self.begins(data, piece, at, size, final)
                if found < 0:
                    break
                if found:
                    self.piece_done(data, room, piece, at)
                    self.damaged = False
                    room.consumed = at
                    place[0] = at
                    return TEXT_WANTED
            at += 1
        if final and at >= size:
            self.piece_done(data, room, piece, size)
            self.damaged = False
            room.consumed = size
            place[0] = size
            return TEXT_ENDED
        room.consumed = piece
        self.searched = self.offset + at
        place[0] = piece
        return TEXT_WANTED

    cdef int64_t cut(self, const unsigned char* data, int64_t piece, int64_t at) noexcept nogil:
        # Where to cut damaged text that has no line end: behind a byte that no value runs across, else a character.
        cdef int64_t i
        for i in range(at, max(piece + 1, at - 256), -1):
            if data[i - 1] < 0x30 or data[i - 1] == 58 or data[i - 1] == 125 or data[i - 1] == 93:
                return i
        for i in range(at, max(piece + 1, at - 4), -1):
            if data[i] & 0xC0 != 0x80:
                return i
        return at

    cdef void piece_done(self, const unsigned char* data, Room* room, int64_t start, int64_t end) noexcept nogil:
        # Such text becomes a cell, unless it is blank.
        cdef int32_t* record = &room.records[4 * room.found]
        while start < end and is_space(data[start]):
            start += 1
        while end > start and is_space(data[end - 1]):
            end -= 1
        if end == start:
            return
        record[0] = self.node[self.depth] if self.depth > 0 else max(self.listed, 0)
        if record[0] == 1:
            record[0] = 0
        record[1] = <int32_t>start
        record[2] = <int32_t>end
        record[3] = BESIDE if self.beside else DAMAGE
        room.found += 1
