"""Checks of the runs that digits.runs() found: identity documents, telephones, credit codes.

Each public function takes parallel arrays of runs (value uint64, length uint8, flags uint16) and returns
``(which, checks, key)``: indices of the candidates (int32), their ``Check`` bits (uint32), their keys (uint64).
The loops are in number_checks.h.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.number_grammar cimport (
    F_X, K_ID15, K_ID18, K_LANDLINE, K_MOBILE, K_USCC,
)
from scanner.kernels.symbols cimport EDGE, after

RESIDENT, RESIDENCE_PERMIT, FOREIGN = 0, 1, 2

cdef enum:
    FEW = 256  # numbers of the rare families, for which there is room at first

cdef extern from "solid.h" nogil:
    enum:
        CHECKED
        LUHN_HOLDS
        MOD_11_2_HOLDS
        MOD_31_3_HOLDS

cdef extern from "number_checks.h" nogil:
    enum:
        EIGHT
        IS_FORMAT
        IS_CHECKSUM
        IS_DATE
        IS_REGION
        IS_PREFIX
        IS_BIN
        IS_FUTURE
        IS_ABOLISHED
        IS_UNASSIGNED
        IS_LENGTH
        IS_PLACEHOLDER
        IS_RESERVED
        RUN_MOBILE
        RUN_LANDLINE
        RUN_ID18
        RUN_ID15
        RUN_USCC
        RUN_X
        SUMS_TAKEN
        HOLDS_LUHN
        HOLDS_11_2
        HOLDS_31_3
        REGION_PERMIT

    ctypedef struct Numbers:
        const uint64_t* value
        const uint8_t* length
        const uint16_t* flags
        int64_t count

    ctypedef struct Candidates:
        int32_t* which
        uint32_t* checks
        uint64_t* key
        int64_t count
        int64_t room

    ctypedef struct Regions:
        const uint16_t* hundred
        const uint16_t* entries

    void tabulate()
    int64_t count_flagged(const uint16_t* flags, int64_t count, uint32_t flag)
    bint check_identities(
        const Numbers* given, const Regions* regions, const uint8_t* nations, uint32_t earliest, uint32_t as_of,
        Candidates* out, int path,
    )
    void check_identities_15(
        const Numbers* given, const Regions* regions, uint32_t earliest, uint32_t as_of, Candidates* out
    )
    void check_mobiles(const Numbers* given, const uint8_t* prefixes, Candidates* out)
    void check_landlines(const Numbers* given, const uint8_t* areas, Candidates* out)
    int code_holds(uint64_t value, uint32_t flags)
    bint second_is_zero(uint64_t value)

CHECKS = {
    "FORMAT": IS_FORMAT, "CHECKSUM": IS_CHECKSUM, "DATE": IS_DATE, "REGION": IS_REGION, "PREFIX": IS_PREFIX,
    "BIN": IS_BIN, "FUTURE": IS_FUTURE, "ABOLISHED": IS_ABOLISHED, "UNASSIGNED": IS_UNASSIGNED, "LENGTH": IS_LENGTH,
    "PLACEHOLDER": IS_PLACEHOLDER, "RESERVED": IS_RESERVED,
}
# What number_checks.h says of runs must be what the kernel that finds them says.
RUN_FLAGS = {
    "MOBILE": (RUN_MOBILE, K_MOBILE), "LANDLINE": (RUN_LANDLINE, K_LANDLINE), "ID18": (RUN_ID18, K_ID18),
    "ID15": (RUN_ID15, K_ID15), "USCC": (RUN_USCC, K_USCC), "X": (RUN_X, F_X), "CHECKED": (SUMS_TAKEN, CHECKED),
    "LUHN": (HOLDS_LUHN, LUHN_HOLDS), "MOD_11_2": (HOLDS_11_2, MOD_11_2_HOLDS),
    "MOD_31_3": (HOLDS_31_3, MOD_31_3_HOLDS),
}
# A mark in the table by leading digits, beside what ``RegionTable`` says of it.
PERMIT_MARK = REGION_PERMIT

tabulate()


cdef class Results:
    """Arrays for so many candidates."""

    cdef Candidates room
    cdef object which, checks, key

    def __cinit__(self, Py_ssize_t count):
        cdef int32_t[::1] which
        cdef uint32_t[::1] checks
        cdef uint64_t[::1] key
        self.which = np.empty(count + EIGHT, np.int32)
        self.checks = np.empty(count + EIGHT, np.uint32)
        self.key = np.empty(count + EIGHT, np.uint64)
        which, checks, key = self.which, self.checks, self.key
        self.room.which, self.room.checks, self.room.key = &which[0], &checks[0], &key[0]
        self.room.count, self.room.room = 0, count

    cdef found(self):
        cdef Py_ssize_t count = self.room.count
        return self.which[:count], self.checks[:count], self.key[:count]


cdef Numbers numbers(
    const uint64_t[::1] value, const uint8_t[::1] length, const uint16_t[::1] flags
) except *:
    """The runs as C takes them; ValueError where their arrays differ in length."""
    cdef Numbers runs
    runs.count = value.shape[0]
    runs.length = NULL
    if flags.shape[0] != runs.count or (length is not None and length.shape[0] != runs.count):
        raise ValueError("the arrays of runs differ in length")
    runs.value = &value[0] if runs.count else NULL
    runs.flags = &flags[0] if runs.count else NULL
    if length is not None and runs.count:
        runs.length = &length[0]
    return runs


cdef Py_ssize_t flagged(const Numbers* runs, uint32_t flag) noexcept:
    """How many candidates there may be."""
    return count_flagged(runs.flags, runs.count, flag) if runs.count else 0


cdef class RegionTable:
    """What is known of region codes, for ``identity_numbers``.

    ``regions`` uint16[1000000]: for each code its last year (0: never assigned), PERMIT_MARK where it is that of
    holders of a residence permit. ``nations`` uint8[1000]: 1 for each numeric code of ISO 3166-1. ValueError for tables of another size.
    """

    cdef const uint16_t[::1] hundred
    cdef const uint16_t[::1] entries
    cdef const uint8_t[::1] nations
    cdef Regions tables

    def __init__(self, regions, nations):
        of_size(len(regions), 1000000, "regions")
        of_size(len(nations), 1000, "nations")
        self.hundred, self.entries = hundreds(np.ascontiguousarray(regions, np.uint16))
        self.nations = np.ascontiguousarray(nations, np.uint8)
        self.tables.hundred, self.tables.entries = &self.hundred[0], &self.entries[0]


def hundreds(table):
    """A table of 1,000,000 numbers in little room, as most hundreds are empty and many alike.

    Returns the place of each hundred, uint16[10000], and one behind the other the different ones, the empty one first.
    """
    rows = table.reshape(10000, 100)
    used = np.flatnonzero(rows.view(np.uint64).any(axis=1))
    # By bytes: NumPy's own search for equal rows is slow on columns.
    places = {bytes(rows[0].nbytes): 0}
    hundred = np.zeros(10000, np.uint16)
    hundred[used] = [places.setdefault(row.tobytes(), len(places)) for row in rows[used]]
    return hundred, np.frombuffer(b"".join(places), table.dtype)


cdef int of_size(Py_ssize_t size, Py_ssize_t wanted, str name) except -1:
    if size != wanted:
        raise ValueError(f"{name} needs {wanted} items")
    return 0


def identity_numbers(
    const uint64_t[::1] value, const uint16_t[::1] flags, RegionTable table not None, int earliest, int as_of,
    int path=0,
):
    """18-character numbers of GB 11643-1999; key: 17 digits * 11 + check value.

    Returns (which, checks, key) for each family: RESIDENT, RESIDENCE_PERMIT (810000, 820000, 830000), FOREIGN
    (first digit 9). ``earliest``: first year of birth; ``as_of``: last day, YYYYMMDD. ``path`` 1: without vector
    instructions, for tests.
    """
    cdef Numbers runs = numbers(value, None, flags)
    cdef Candidates rooms[3]
    cdef Results each
    cdef int family
    cdef Py_ssize_t most = flagged(&runs, K_ID18), rare = min(most, FEW)
    cdef bint done = False
    while not done:
        families = [Results(most), Results(rare), Results(rare)]
        for family in range(3):
            each = families[family]
            rooms[family] = each.room
        with nogil:
            done = not most or check_identities(
                &runs, &table.tables, &table.nations[0], <uint32_t>earliest, <uint32_t>as_of, rooms, path
            )
        rare = most
    for family in range(3):
        each = families[family]
        each.room = rooms[family]
    return [(<Results>each).found() for each in families]


def identity_numbers_15(
    const uint64_t[::1] value, const uint16_t[::1] flags, RegionTable table not None, int earliest, int as_of
):
    """15-digit numbers of the first generation; key: that of the 18 characters they became.

    Sequence numbers 996 to 999 mark a birth in 18xx. The rest as in ``identity_numbers``.
    """
    cdef Numbers runs = numbers(value, None, flags)
    cdef Results out = Results(flagged(&runs, K_ID15))
    with nogil:
        check_identities_15(&runs, &table.tables, <uint32_t>earliest, <uint32_t>as_of, &out.room)
    return out.found()


def mobiles(const uint64_t[::1] value, const uint16_t[::1] flags, const uint8_t[::1] prefixes):
    """11 digits that begin with 1.

    ``prefixes`` uint8[100000], by the first five digits: 1 for subscribers, 2 for others, 0 for none.
    """
    cdef Numbers runs = numbers(value, None, flags)
    cdef Results out = Results(flagged(&runs, K_MOBILE))
    of_size(prefixes.shape[0], 100000, "prefixes")
    with nogil:
        check_mobiles(&runs, &prefixes[0], &out.room)
    return out.found()


def landlines(
    const uint64_t[::1] value, const uint8_t[::1] length, const uint16_t[::1] flags, const uint8_t[::1] areas
):
    """Area code and subscriber; ``areas`` uint8[1000]: 1 for 7-digit subscribers, 2 for 8, 3 for both, 0 for none.

    FORMAT: the subscriber has 7 or 8 digits and begins with 2 to 8. PREFIX: the area is assigned and has
    numbers of that length. The key is the number without the leading 0.
    """
    cdef Numbers runs = numbers(value, length, flags)
    cdef Results out = Results(flagged(&runs, K_LANDLINE))
    of_size(areas.shape[0], 1000, "areas")
    with nogil:
        check_landlines(&runs, &areas[0], &out.room)
    return out.found()


def credit_codes(
    const unsigned char[::1] data, const int32_t[::1] origin, const int32_t[::1] cell,
    const int32_t[::1] start, const int32_t[::1] end, const uint64_t[::1] value, const uint16_t[::1] flags,
):
    """统一社会信用代码 of GB 32100-2015; CHECKSUM is MOD 31-3. Spans lie in the cells ``cell``, which begin at ``origin``.

    Returns (which, checks): the text is the identity.
    """
    cdef Py_ssize_t i, n = 0
    cdef int holds
    cdef const unsigned char* p = &data[0] if data.shape[0] else NULL
    which_array, checks_array = np.empty(flags.shape[0], np.int32), np.empty(flags.shape[0], np.uint32)
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    with nogil:
        for i in range(flags.shape[0]):
            if not flags[i] & K_USCC:
                continue
            if value[i] and not flags[i] & F_X and second_is_zero(value[i]):
                continue  # the second character is not 0
            holds = code_holds(value[i], flags[i])
            if holds == 2:  # the kernel that found it has checked its shape
                holds = mod_31_3(p, origin[cell[i]] + start[i], origin[cell[i]] + end[i])
            which[n] = <int32_t>i
            checks[n] = IS_FORMAT | (holds * IS_CHECKSUM)
            n += 1
    return which_array[:n], checks_array[:n]


cdef bint mod_31_3(const unsigned char* p, int32_t i, int32_t end) noexcept nogil:
    """Whether the sum of character values times powers of 3 is a multiple of 31, the check character counting once."""
    cdef int total = 0, weight = 1, place = 0, s, code
    while i < end:
        s = after(p, i, end, &i)
        if s == EDGE:
            break
        if s >= 97:
            s -= 32
        code = s - 48
        if s >= 65:  # the letters leave out I O S V Z
            code = s - 55 - (s > 73) - (s > 79) - (s > 83) - (s > 86)
        total += code * (1 if place == 17 else weight)
        weight = weight * 3 % 31
        place += 1
    return total % 31 == 0
