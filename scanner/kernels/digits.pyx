"""One pass over a column for every number that could be an identifier; the grammar is in number_grammar.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.lock cimport FEW

from scanner.kernels.number_grammar cimport F_X, K_ID18, K_MOBILE, K_USCC, Run, lettered, number, solid_kinds
from scanner.kernels.symbols cimport (
    Group, OTHER, TURN, X_LIKE, after, before, few_digits, is_digit, is_letter, is_separator, left_free, next_digit,
    read_group, right_free, token_end,
)

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const unsigned char* data, const int32_t* start, const int32_t* end, int64_t at, int64_t count)

cdef extern from "flagged.h" nogil:
    int64_t count_flagged(const uint16_t* flags, int64_t count, uint32_t flag)

cdef extern from "runs_of_kind.h" nogil:
    enum:
        RUN_SLACK

    ctypedef struct RunArrays:
        int32_t* cell
        int32_t* start
        int32_t* end
        uint64_t* value
        uint8_t* length
        uint16_t* flags

    int64_t take_runs(const RunArrays* given, const RunArrays* to, uint32_t wanted, int64_t n, int path)

cdef extern from "solid.h" nogil:
    uint32_t solid_flags(const unsigned char* p, uint32_t length, uint64_t* value, int fast)
    uint32_t solid_x_flags(const unsigned char* p, uint64_t* value, int fast)
    int solid_is_fast()

    ctypedef struct Found:
        int32_t* cell
        int32_t* start
        int32_t* end
        uint64_t* value
        uint8_t* length
        uint16_t* flags
        int64_t count
        int64_t room
        uint32_t all

    ctypedef struct Sought:
        const unsigned char* data
        int64_t size
        const int32_t* start
        const int32_t* end
        const int32_t* chosen
        const uint16_t* kinds
        int64_t cells
        int64_t count
        const uint64_t* words
        int64_t word_count

    int64_t solid_cells(const Sought* sought, int64_t k, const uint8_t* meanings, int fast, Found* found)

# Kinds: which detectors may look at a run. Flags: how it was written.
MOBILE, LANDLINE, ID18, ID15, CARD, USCC = 1, 2, 4, 8, 16, 32
ENDS_IN_X, COUNTRY_CODE, FLOAT, JOINED = 64, 128, 256, 512
# Check sums of a run without other signs, where CHECKED says that they were taken (the last two: of 18 digits).
CHECKED, LUHN, MOD_11_2, MOD_31_3 = 1024, 2048, 4096, 8192

cdef enum:
    SHORT = 64  # bytes up to which a cell's digits are counted before it is read
    LONGEST = 19  # digits of a number
    LETTERS = 12  # of a word: five bits each
    SOLID = 1  # the kinds of a cell of digits only, as kernels.profile has them
    UNSETTLED = 255  # what such a number is that may begin with a country code


cdef inline void push(Found* found, Run* run) noexcept nogil:
    """scan() has seen to the room."""
    cdef Py_ssize_t n = found.count
    found.cell[n] = run.cell
    found.start[n] = run.start
    found.end[n] = run.end
    found.value[n] = run.value
    found.length[n] = run.length
    found.flags[n] = run.flags
    found.all |= run.flags
    found.count = n + 1


def packed_words(words):
    """uint64[n], ascending: words of at most LETTERS letters (a to z), five bits for each; ValueError for others."""
    packed = set()
    for word in words:
        if not 0 < len(word) <= LETTERS or any(letter < "a" or letter > "z" for letter in word):
            raise ValueError(f"not a word of 1 to {LETTERS} letters from a to z: {word!r}")
        packed.add(sum((ord(letter) - 96) << 5 * at for at, letter in enumerate(word)))
    return np.array(sorted(packed), np.uint64)


cdef bint behind_word(
    const Sought* c, const unsigned char* p, int32_t lo, int32_t hi, int32_t at, int32_t i, const Group* g, Run* out
) noexcept nogil:
    """Eleven digits at i that begin with 1, behind the letters from ``at``: a mobile number, if these are one of the
    ``words`` (tel138…).

    One letter does only behind what is no sign (加v138…): others begin the numbers of things.
    """
    cdef uint64_t word = 0
    cdef int64_t which
    cdef int count = 0, s
    cdef int32_t next = at, left = at
    while next < i:
        s = after(p, next, i, &next)
        if count == LETTERS or not is_letter(s):
            return False
        word |= <uint64_t>(s & 31) << 5 * count
        count += 1
    for which in range(c.word_count):
        if c.words[which] == word:
            break
    else:
        return False
    if not right_free(p, g.end, hi) or not left_free(p, at, lo):
        return False
    if count == 1:
        s = before(p, at, lo, &left)
        if s != OTHER and s != TURN and s != 126:
            return False
    out.start = i
    out.end = g.end
    out.value = g.value
    out.length = 11
    out.flags = K_MOBILE
    return True


cdef void scan_cell(const Sought* c, int32_t cell, int32_t lo, int32_t hi, Found* found) noexcept nogil:
    """All runs of one cell."""
    cdef const unsigned char* p = c.data
    cdef Group g
    cdef Run run
    cdef int32_t i = lo, at, left = 0, end = 0
    cdef int s
    cdef bint hit, mobile
    run.cell = cell
    while hi - i >= 9:  # the shortest number has 9 digits, behind a country code that has its own
        i = next_digit(p, i, hi)
        if i < 0 or hi - i < 9:
            break
        at = i
        s = before(p, at, lo, &left)
        while is_letter(s) or is_digit(s):
            at = left
            s = before(p, at, lo, &left)
        read_group(p, i, hi, &g)
        s = after(p, g.end, hi, &end)
        if at < i or is_letter(s) or (s == X_LIKE and g.count == 17):
            end = token_end(p, g.end, hi)
            mobile = at < i and g.count == 11 and g.first == 1
            if at < i:
                g.count = 0
            hit = lettered(p, lo, hi, at, &g, end, &run)
            if mobile and not hit:
                hit = behind_word(c, p, lo, hi, at, i, &g, &run)
            if not hit and s == X_LIKE and at == i:
                hit = number(p, lo, hi, at, &g, &run)
        else:
            end = g.end
            if g.count < 10 and (
                not (is_separator(s) or s == 41 or (s == 40 and g.count <= 4 and g.value == 86)) or g.count < 2 or (g.count == 2 and g.value != 86)
                or (g.count > 6 and g.first != 0 and g.first != 8)
            ):
                i = end
                continue
            hit = number(p, lo, hi, at, &g, &run)
        i = end
        if hit:
            i = run.end
            run.start -= lo
            run.end -= lo
            push(found, &run)


cdef inline void push_solid(
    const unsigned char* p, int32_t cell, int32_t lo, int32_t length, int fast, Found* found
) noexcept nogil:
    """A cell that is digits and nothing else, the first neither 0 nor 8 (country codes)."""
    cdef Run run
    cdef int kinds = solid_kinds(length, p[lo] - 48)
    if not kinds:
        return
    run.cell = cell
    run.start = 0
    run.end = length
    run.length = <uint8_t>length
    run.flags = <uint16_t>(<uint32_t>kinds | solid_flags(p + lo, <uint32_t>length, &run.value, fast))
    push(found, &run)


cdef inline bint push_solid_x(const unsigned char* p, int32_t cell, int32_t lo, int fast, Found* found) noexcept nogil:
    """A cell of 17 digits and an X; False where it is not."""
    cdef Run run
    cdef uint32_t flags
    if p[lo + 17] & 0xDF != 88:
        return False
    flags = solid_x_flags(p + lo, &run.value, fast)
    if not flags:
        return False
    run.cell = cell
    run.start = 0
    run.end = 18
    run.length = 18
    run.flags = <uint16_t>(flags | K_ID18 | F_X | (K_USCC if p[lo + 1] != 48 else 0))
    push(found, &run)
    return True


cdef Py_ssize_t scan(const Sought* c, Py_ssize_t begin, Found* found) noexcept nogil:
    """Reads cells from ``begin`` on; how many are done: fewer than there are where the room is short.

    Below 0: -1 - the cell that is not inside the data.
    """
    cdef Py_ssize_t i, k = begin
    cdef int32_t lo, hi
    cdef int fast = solid_is_fast(), length, first
    cdef uint8_t[20 * 16 + 3] meanings
    for length in range(20):
        for first in range(16):
            meanings[16 * length + first] = UNSETTLED if first == 0 or first == 8 else solid_kinds(length, first)
    while k < c.count:
        k = solid_cells(c, k, meanings, fast, found)
        if k == c.count:
            break
        i = c.chosen[k] if c.chosen != NULL else k
        if i < 0 or i >= c.cells:
            return -1 - (i if i > 0 else 0)
        fetch_ahead(c.data, c.start, c.end, i, c.cells)
        lo = c.start[i]
        hi = c.end[i]
        if lo < 0 or hi < lo or hi > c.size:
            return -1 - i
        if found.room - found.count < room_for(hi - lo):
            return k
        k += 1
        if c.kinds != NULL and c.kinds[i] == SOLID and 10 <= hi - lo <= LONGEST and c.data[lo] != 48 and c.data[lo] != 56:
            push_solid(c.data, <int32_t>i, lo, hi - lo, fast, found)
        elif hi - lo >= 10 and (c.kinds != NULL or hi - lo > SHORT or not few_digits(c.data, lo, hi)):
            if hi - lo != 18 or not push_solid_x(c.data, <int32_t>i, lo, fast, found):
                scan_cell(c, <int32_t>i, lo, hi, found)
    return k


cdef inline Py_ssize_t room_for(Py_ssize_t size) noexcept nogil:
    """More runs than a cell of so many bytes can hold: the shortest has nine digits."""
    return size // 9 + 1


cdef bint pick(const int32_t[::1] which, const int32_t[::1] cell, const int32_t[::1] start, const int32_t[::1] end,
               int32_t[:, ::1] out) noexcept nogil:
    """Copies the runs ``which``; False where one is none of the runs."""
    cdef Py_ssize_t i, run
    for i in range(which.shape[0]):
        run = which[i]
        if run < 0 or run >= cell.shape[0]:
            return False
        out[0, i] = cell[run]
        out[1, i] = start[run]
        out[2, i] = end[run]
    return True


def picked(
    const int32_t[::1] which not None, const int32_t[::1] cell not None, const int32_t[::1] start not None,
    const int32_t[::1] end not None,
):
    """Cell, start and end (int32) of the runs ``which`` (int32); ValueError where one is none of them."""
    cdef Py_ssize_t count = which.shape[0]
    cdef bint sound
    if start.shape[0] != cell.shape[0] or end.shape[0] != cell.shape[0]:
        raise ValueError("cell, start and end differ in length")
    arrays = np.empty((3, count), np.int32)
    cdef int32_t[:, ::1] out = arrays
    if count <= FEW:
        sound = pick(which, cell, start, end, out)
    else:
        with nogil:
            sound = pick(which, cell, start, end, out)
    if not sound:
        raise ValueError("a picked run is none of the runs")
    return arrays[0], arrays[1], arrays[2]


def of_kind(
    int kind, const int32_t[::1] cell not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const uint64_t[::1] value not None, const uint8_t[::1] length not None, const uint16_t[::1] flags not None,
    int path=0,
):
    """The runs that have the flag ``kind``, as arrays of the same types (see ``runs``), or None where half of them or more
    have it: then it costs less to look at the others, too, than to copy these.

    ``path`` 1: without vector instructions, for tests. ValueError where lengths differ.
    """
    cdef int64_t n = flags.shape[0], count = 0
    cdef RunArrays given, to
    cdef int32_t[::1] cells, starts, ends
    cdef uint64_t[::1] values
    cdef uint8_t[::1] lengths
    cdef uint16_t[::1] kept
    if not cell.shape[0] == start.shape[0] == end.shape[0] == value.shape[0] == length.shape[0] == n:
        raise ValueError("the arrays of runs differ in length")
    if n:
        count = count_flagged(&flags[0], n, <uint32_t>kind)
    if 2 * count >= n:
        return None
    arrays = [np.empty(count + RUN_SLACK, dtype) for dtype in DTYPES]
    cells, starts, ends, values, lengths, kept = arrays
    to.cell, to.start, to.end = &cells[0], &starts[0], &ends[0]
    to.value, to.length, to.flags = &values[0], &lengths[0], &kept[0]
    # Casts: the struct serves both for what is read and for what is written.
    given.cell, given.start, given.end = <int32_t*>&cell[0], <int32_t*>&start[0], <int32_t*>&end[0]
    given.value, given.length, given.flags = <uint64_t*>&value[0], <uint8_t*>&length[0], <uint16_t*>&flags[0]
    if n <= FEW:
        take_runs(&given, &to, <uint32_t>kind, n, path)
    else:
        with nogil:
            take_runs(&given, &to, <uint32_t>kind, n, path)
    return tuple([array[:count] for array in arrays])


DTYPES = (np.int32, np.int32, np.int32, np.uint64, np.uint8, np.uint16)


def runs(
    const unsigned char[::1] data, const int32_t[::1] start, const int32_t[::1] end,
    const int32_t[::1] chosen=None, const uint16_t[::1] kinds=None, const uint64_t[::1] words=None,
):
    """Every number in the cells that some detector may take for its own, sorted by (cell, start).

    ``data`` uint8[bytes]; ``start``, ``end`` int32[n]; ``chosen`` int32, ascending, and ``kinds`` uint16[n]: what
    ``kernels.profile`` says of these cells (both None: every cell is read). ``words`` uint64[m] (``packed_words``): behind
    which a mobile number is one, though letters adjoin it. Returns arrays of one length: cell, start,
    end (int32, bytes inside the cell), value uint64 (the digits without country code; without X; 0 for a USCC with letters),
    length uint8 (characters, X included), flags uint16 (kinds and flags of this module); then the flags of all together.
    Raises ValueError if a span does not lie in the data, MemoryError.
    """
    cdef Found found
    cdef Sought sought
    cdef Py_ssize_t i, done = 0, room
    cdef int32_t[::1] cell, first, last
    cdef uint64_t[::1] value
    cdef uint8_t[::1] length
    cdef uint16_t[::1] flags
    if end.shape[0] != start.shape[0] or (kinds is not None and kinds.shape[0] != start.shape[0]):
        raise ValueError("start and end differ in length")
    sought.data = &data[0] if data.shape[0] else NULL
    sought.size = data.shape[0]
    sought.cells = start.shape[0]
    sought.start = &start[0] if sought.cells else NULL
    sought.end = &end[0] if sought.cells else NULL
    sought.kinds = &kinds[0] if kinds is not None and sought.cells else NULL
    sought.count = sought.cells if chosen is None else chosen.shape[0]
    sought.chosen = &chosen[0] if chosen is not None and sought.count else NULL
    sought.word_count = 0 if words is None else words.shape[0]
    sought.words = &words[0] if sought.word_count else NULL
    found.count = 0
    found.all = 0
    room = sought.count + 16
    arrays = [np.empty(room, dtype) for dtype in DTYPES]
    while True:
        cell, first, last, value, length, flags = arrays
        found.cell, found.start, found.end = &cell[0], &first[0], &last[0]
        found.value, found.length, found.flags = &value[0], &length[0], &flags[0]
        found.room = room
        with nogil:
            done = scan(&sought, done, &found)
        if done < 0:
            raise ValueError(f"cell {-1 - done} does not lie in the data")
        if done == sought.count:
            return *(array[:found.count] for array in arrays), int(found.all)
        i = chosen[done] if chosen is not None else done
        room = room * 2 + room_for(end[i] - start[i])
        arrays = [np.concatenate([array, np.empty(room - len(array), array.dtype)]) for array in arrays]
