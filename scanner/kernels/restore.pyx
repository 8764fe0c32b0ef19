"""Numbers that are damaged or disguised, as plain text in a buffer of their own with the way back.

What characters stand for comes as a table from patterns/damage.toml; the walk over a cell is in restore_token.pxd and
restore_whole.pxd.
tests/kernels/restore_reference.py states the same slowly.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.lock cimport FEW

from scanner.kernels.restore_text cimport CHARACTERS, LEAST_DAMAGED, LONGEST_WHOLE, Found, Text, room_for
from scanner.kernels.restore_token cimport free_tokens, has_free_token
from scanner.kernels.restore_whole cimport whole_cell

# Classes of characters, the upper half of an entry; the lower half of a digit's entry is the digit.
OTHER, PLAIN, FORM, NUMERAL, LETTER, JOINT, BREAK, INVISIBLE, X_END, COMMA, BOUND, WRAPPER = range(0, 192, 16)
CODES = CHARACTERS
# The bit of a first byte, by its last six bits: C2 to DF, E0 and E1, E2, E3, E4, E5, E6 and what is left, E8 and E9.
GATE_BITS = [1] * 32 + [2, 2, 4, 8, 16, 32, 64, 64, 128, 128] + [64] * 22
SPACE, HYPHEN, POINT, SLASH, LOW_LINE, MIDDLE_DOT = range(6)
ODD = 8  # of a joint or an invisible character: one that kernels.digits does not know
# Kinds of what is found. From SCIENTIFIC on nothing was restored: digits are gone.
EXPONENT, THOUSANDS, SEPARATORS, LINE_BREAK, LEADING_ZERO, NUMERALS, FORMS, LETTERS, UNSEEN, SCIENTIFIC = range(1, 11)
KINDS = ("", "exponent", "thousands", "separators", "line_break", "leading_zero", "numerals", "digit_forms", "letters",
         "invisible", "scientific")

cdef extern from "survey.h" nogil:
    enum:
        OF_TOKEN
        ODD_SIGN
        BEGINS_WHOLE

cdef extern from "restore_gate.h" nogil:
    enum:
        MAY_HOLD
        CHINESE
    void gate_cells(
        const uint8_t* data, int64_t size, const int32_t* start, const int32_t* end, int64_t cells,
        const int32_t* chosen, int64_t count, const uint8_t* tables, int path, uint8_t* flags,
    )

cdef enum:
    SOLID = 1  # the kinds of a cell of digits only (kernels.profile)
    TELLING = 0x8001  # no digit and nothing beyond ASCII: no number


def gate_tables(const unsigned char[::1] table not None):
    """uint8[128]: by which bytes characters are told that a token may hold; see restore_gate.h."""
    found = np.zeros((8, 16), np.uint8)
    if table.shape[0] != CHARACTERS:
        raise ValueError("the table has another size")
    cdef uint8_t[:, ::1] out = found
    cdef int code, kind, bit, place, size
    cdef uint8_t[3] raw
    for code in range(CHARACTERS):
        kind = table[code] & 0xF0
        if not (PLAIN <= kind <= JOINT or kind == INVISIBLE or kind == X_END):
            continue
        if code < 0x80:
            out[0, code & 15] |= 1 << (code >> 4)
            out[1, code >> 4] = 1 << (code >> 4)
            continue
        encoded = chr(code).encode()
        size = min(len(encoded), 3)
        for place in range(size):
            raw[place] = encoded[place]
        bit = GATE_BITS[raw[0] & 63]
        for place in range(3):
            if place < size:
                out[2 + 2 * place, raw[place] & 15] |= bit
                out[3 + 2 * place, raw[place] >> 4] |= bit
            else:
                for code_half in range(16):
                    out[2 + 2 * place, code_half] |= bit
                    out[3 + 2 * place, code_half] |= bit
    return found.reshape(-1)


def token_tables(const unsigned char[::1] table not None):
    """uint8[320]: what ``kernels.profile.Questions`` takes; for each ASCII character OF_TOKEN, ODD_SIGN (that is no plain
    digit, usual joint or X), BEGINS_WHOLE (a cell that is a number as a whole); then, by the last six bits of their first,
    second and third bytes, the groups of other characters that a token may hold. And uint8[CODES]: 1 for all of these."""
    found = np.zeros(320, np.uint8)
    every = np.zeros(CHARACTERS, np.uint8)
    if table.shape[0] != CHARACTERS:
        raise ValueError("the table has another size")
    cdef uint8_t[::1] out = found, held = every
    cdef int code, kind, bit, place, low
    for code in range(CHARACTERS):
        kind = table[code] & 0xF0
        if code < 0x80 and (kind == PLAIN or kind == WRAPPER or kind == BREAK or kind == INVISIBLE or
                            (kind == JOINT and table[code] & 7 == SPACE)):
            out[code] |= BEGINS_WHOLE
        if not (PLAIN <= kind <= JOINT or kind == INVISIBLE or kind == X_END):
            continue
        held[code] = 1
        if code < 0x80:
            out[code] |= OF_TOKEN
            if not (kind == PLAIN or kind == X_END or (kind == JOINT and not table[code] & ODD)):
                out[code] |= ODD_SIGN
            continue
        raw = chr(code).encode()[:3]
        bit = GATE_BITS[raw[0] & 63]
        out[128 + (raw[0] & 63)] |= bit
        for place in range(1, 3):
            if place < len(raw):
                out[128 + 64 * place + (raw[place] & 63)] |= bit
            else:
                for low in range(64):
                    out[128 + 64 * place + low] |= bit
    return found, every


cdef inline bint suspicious(
    Text* text, int32_t lo, int32_t hi, int kinds, bint landlines, int flags
) noexcept nogil:
    """Whether a cell may hold a damaged number, whatever its plain digits are; ``flags`` of restore_gate.h."""
    if hi - lo < LEAST_DAMAGED or not kinds & TELLING:
        return False
    if kinds == SOLID:
        return landlines and 10 <= hi - lo <= 11
    if not flags & CHINESE and hi - lo <= LONGEST_WHOLE and whole_cell(text, lo, hi, landlines, True, NULL):
        return True
    return flags & MAY_HOLD and has_free_token(text, lo, hi)


def suspects(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const int32_t[::1] chosen not None, const uint16_t[::1] kinds not None, const unsigned char[::1] table not None,
    const uint8_t[::1] gate not None, bint landlines=False, int letters_digits=7, int letters_most=4, int path=0,
):
    """Those of the ``chosen`` cells (int32, ascending) that may hold a damaged number: int32[m], ascending.

    ``kinds`` uint16[n]: what ``kernels.profile`` says of each cell; ``table`` uint8[CODES]: the class of each character;
    ``gate``: the ``gate_tables`` of that; ``landlines``: a lost 0 before an area code is damage, too. ``path`` 1: without
    vector instructions; for tests. The answer is the same for all cells that differ in their ASCII digits only.
    ValueError where a span does not lie in the data.
    """
    cdef Py_ssize_t k, i, count = chosen.shape[0], held = 0, cells = start.shape[0], size = data.shape[0]
    cdef Text text
    if end.shape[0] != cells or kinds.shape[0] != cells or table.shape[0] != CHARACTERS or gate.shape[0] != 128:
        raise ValueError("start, end and kinds differ in length, or the table has another size")
    cdef bint sound = True
    found = np.empty(count, np.int32)
    flags = np.empty(count, np.uint8)
    cdef int32_t[::1] out = found
    cdef uint8_t[::1] worth = flags
    if not count:
        return found
    text.p = &data[0] if size else NULL
    text.table = &table[0]
    text.letters_digits = letters_digits
    text.letters_most = letters_most
    with nogil:
        for k in range(count):
            i = chosen[k]
            if i < 0 or i >= cells or start[i] < 0 or end[i] < start[i] or end[i] > size:
                sound = False
                break
        if sound:
            gate_cells(text.p, size, &start[0], &end[0], cells, &chosen[0], count, &gate[0], path, &worth[0])
            for k in range(count):
                i = chosen[k]
                if suspicious(&text, start[i], end[i], kinds[i], landlines, worth[k]):
                    out[held] = <int32_t>i
                    held += 1
    if not sound:
        raise ValueError("a chosen cell does not lie in the data")
    return found[:held]


def restore(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const int32_t[::1] chosen not None, const unsigned char[::1] table not None, bint landlines=False,
    int letters_digits=7, int letters_most=4,
):
    """What the ``chosen`` cells (int32, ascending) hold of damaged numbers, in plain ASCII.

    Returns, of each text found: cell, begin, end (int32: its bytes in the buffer), kind uint8 (one of this module), digits
    uint8 (of a SCIENTIFIC one: how many it had); then the buffer uint8[bytes], and for each of its bytes where the
    character that it stands for begins and ends in the cell (int32) and whether that is no plain one (uint8).
    ValueError as in ``suspects``; MemoryError.
    """
    cdef Py_ssize_t k = 0, i, count = chosen.shape[0], cells = start.shape[0]
    cdef Text text
    cdef Found out
    cdef int32_t[::1] cell, begin, stop, low, high
    cdef uint8_t[::1] kind, digits, buffer, odd
    cdef bint sound = end.shape[0] == cells
    cdef Py_ssize_t room = count + 64, bytes_room = 24 * count + 64
    if not sound or table.shape[0] != CHARACTERS:
        raise ValueError("start and end differ in length, or the table has another size")
    text.p = &data[0] if data.shape[0] else NULL
    text.table = &table[0]
    text.letters_digits = letters_digits
    text.letters_most = letters_most
    out.count = out.used = 0
    tokens = [np.empty(room, dtype) for dtype in (np.int32, np.int32, np.int32, np.uint8, np.uint8)]
    texts = [np.empty(bytes_room, dtype) for dtype in (np.uint8, np.int32, np.int32, np.uint8)]
    while True:
        cell, begin, stop, kind, digits = tokens
        buffer, low, high, odd = texts
        out.cell, out.begin, out.end, out.kind, out.digits = &cell[0], &begin[0], &stop[0], &kind[0], &digits[0]
        out.buffer, out.low, out.high, out.odd = &buffer[0], &low[0], &high[0], &odd[0]
        with nogil:
            while k < count:
                i = chosen[k]
                if i < 0 or i >= cells or start[i] < 0 or end[i] < start[i] or end[i] > data.shape[0]:
                    sound = False
                    break
                if room - out.count < room_for(end[i] - start[i]) or bytes_room - out.used < end[i] - start[i] + 64:
                    break
                out.now = <int32_t>i
                if end[i] - start[i] > LONGEST_WHOLE or not whole_cell(&text, start[i], end[i], landlines, False, &out):
                    free_tokens(&text, start[i], end[i], &out)
                k += 1
        if not sound:
            raise ValueError("a chosen cell does not lie in the data")
        if k == count:
            break
        i = chosen[k]
        room = 2 * room + room_for(end[i] - start[i])
        bytes_room = 2 * bytes_room + end[i] - start[i] + 64
        if bytes_room > 0x7FFFFFFF:
            raise MemoryError
        tokens = [np.concatenate([each[:out.count], np.empty(room - out.count, each.dtype)]) for each in tokens]
        texts = [np.concatenate([each[:out.used], np.empty(bytes_room - out.used, each.dtype)]) for each in texts]
    return *(each[:out.count] for each in tokens), *(each[:out.used] for each in texts)


cdef inline bint ends_in_zeros(uint64_t value, bint identity) noexcept nogil:
    """Of identity numbers the last two of 17 digits and the check value, of cards what lies behind the 15th digit."""
    if identity:
        return value % 1100 == 0
    if value % 1000 or value < <uint64_t>100000000000000000:
        return False
    return value < <uint64_t>1000000000000000000 or value % 10000 == 0


cdef Py_ssize_t find_zero_tails(const uint64_t[::1] key, bint identity, uint8_t[::1] out) noexcept nogil:
    """Writes 0 or 1 for each number; how many are 1."""
    cdef Py_ssize_t i, held = 0
    for i in range(key.shape[0]):
        out[i] = ends_in_zeros(key[i], identity)
        held += out[i]
    return held


cdef Py_ssize_t mark_tails(
    uint8_t[::1] kind, uint8_t asked, uint8_t bit, const uint64_t[::1] key, const uint32_t[::1] checks, uint32_t without,
    bint identity,
) noexcept nogil:
    """See ``mark_zero_tails``."""
    cdef Py_ssize_t i, held = 0
    for i in range(key.shape[0]):
        if ends_in_zeros(key[i], identity) and kind[i] & asked and not checks[i] & without:
            kind[i] |= bit
            held += 1
    return held


def zero_tails(const uint64_t[::1] key not None, bint identity):
    """uint8[n], how many: which numbers end in zeros from their 16th digit on, as of doubles; those of fewer than 18 never.

    ``identity``: keys are those of identity numbers (17 digits * 11 + check value), else the digits of cards.
    """
    cdef Py_ssize_t count = key.shape[0], held
    found = np.empty(count, np.uint8)
    cdef uint8_t[::1] out = found
    if count <= FEW:
        held = find_zero_tails(key, identity, out)
    else:
        with nogil:
            held = find_zero_tails(key, identity, out)
    return found, held


def mark_zero_tails(
    uint8_t[::1] kind not None, uint8_t asked, uint8_t bit, const uint64_t[::1] key not None,
    const uint32_t[::1] checks not None, uint32_t without, bint identity,
):
    """Sets ``bit`` in ``kind`` uint8[n] of the numbers that end in zeros (see ``zero_tails``), have ``asked`` there, and have no
    bit of ``without`` among their ``checks``; how many. ValueError where there are not as many of each.
    """
    cdef Py_ssize_t count = kind.shape[0], held
    if key.shape[0] != count or checks.shape[0] != count:
        raise ValueError("kinds, keys and checks differ in length")
    if count <= FEW:
        held = mark_tails(kind, asked, bit, key, checks, without, identity)
    else:
        with nogil:
            held = mark_tails(kind, asked, bit, key, checks, without, identity)
    return held
