"""Checks of the runs that digits.runs() found: one loop for each kind of number, no Python object in it.

Each public function takes parallel arrays of runs (value uint64, length uint8, flags uint16) and returns
``(which, checks, key)``: indices of the candidates (int32), their ``Check`` bits (uint32), their keys (uint64).
"""

from libc.stdint cimport int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.number_grammar cimport K_CARD, K_ID15, K_ID18, K_LANDLINE, K_MOBILE, K_USCC, F_X
from scanner.kernels.symbols cimport EDGE, after, power

RESIDENT, RESIDENCE_PERMIT, FOREIGN = 0, 1, 2

cdef extern from "solid.h" nogil:
    enum:
        CHECKED
        LUHN_HOLDS
        MOD_11_2_HOLDS
        MOD_31_3_HOLDS

cdef enum:  # as scanner.model.Check; a test compares them
    FORMAT = 1 << 0
    CHECKSUM = 1 << 1
    DATE = 1 << 2
    REGION = 1 << 3
    PREFIX = 1 << 4
    BIN = 1 << 5
    FUTURE = 1 << 16
    ABOLISHED = 1 << 17
    UNASSIGNED = 1 << 18
    LENGTH = 1 << 19
    PLACEHOLDER = 1 << 20
    RESERVED = 1 << 21

CHECKS = {
    "FORMAT": FORMAT, "CHECKSUM": CHECKSUM, "DATE": DATE, "REGION": REGION, "PREFIX": PREFIX, "BIN": BIN,
    "FUTURE": FUTURE, "ABOLISHED": ABOLISHED, "UNASSIGNED": UNASSIGNED, "LENGTH": LENGTH,
    "PLACEHOLDER": PLACEHOLDER, "RESERVED": RESERVED,
}


cdef inline uint32_t placeholder(uint64_t value, int length) noexcept nogil:
    """PLACEHOLDER for one digit all through, and for digits that count up by one (1234567890123…)."""
    cdef int low = <int>(value % 10), high, repeated = 1, rising = 1
    if (low - <int>(value // 10 % 10) + 10) % 10 > 1:
        return 0
    while length > 1:
        value //= 10
        high = <int>(value % 10)
        repeated &= high == low
        rising &= (high + 1) % 10 == low
        if not repeated | rising:
            return 0
        low = high
        length -= 1
    return PLACEHOLDER


cdef inline uint32_t six_leading(uint64_t value, int size) noexcept nogil:
    """The first six of 13 to 19 digits; each case divides by a constant, which is several times as fast."""
    if size == 16:
        return <uint32_t>(value // <uint64_t>10000000000)
    if size == 19:
        return <uint32_t>(value // <uint64_t>10000000000000)
    if size == 18:
        return <uint32_t>(value // <uint64_t>1000000000000)
    if size == 17:
        return <uint32_t>(value // <uint64_t>100000000000)
    if size == 15:
        return <uint32_t>(value // <uint64_t>1000000000)
    return <uint32_t>(value // power(size - 6))


cdef inline int by_fours(uint64_t value, const uint8_t* sums, int w0, int w1, int w2, int w3, int w4) noexcept nogil:
    """The sum over groups of four digits, the last group first, of what ``sums`` says of each, weighted."""
    cdef uint64_t high = value // 100000000, top = high // 100000000
    cdef uint32_t low = <uint32_t>(value - high * 100000000), middle = <uint32_t>(high - top * 100000000)
    cdef uint32_t second = low // 10000, fourth = middle // 10000
    return (
        sums[low - second * 10000] * w0 + sums[second] * w1 + sums[middle - fourth * 10000] * w2 + sums[fourth] * w3
        + sums[top] * w4
    )


cdef inline int iso_7064_mod_11_2(uint64_t body) noexcept nogil:
    """The check value (10 is X) of 17 digits; 2 ** 4 leaves 5 modulo 11."""
    return (12 - by_fours(body, ELEVENS, 2, 10, 6, 8, 7) % 11) % 11


cdef inline bint luhn(uint64_t value) noexcept nogil:
    """Whether the digits satisfy ISO/IEC 7812-1 Annex B."""
    return by_fours(value, TENS, 1, 1, 1, 1, 1) % 10 == 0


cdef inline uint32_t birth(int date, int earliest, int as_of) noexcept nogil:
    """DATE for a day of the calendar from year ``earliest`` to ``as_of`` (YYYYMMDD), FUTURE for a later day."""
    cdef int year = date // 10000, rest = date - year * 10000, month = rest // 100, day = rest - month * 100, last
    if not (1 <= month <= 12 and 1 <= day <= 31 and year >= earliest):
        return 0
    if day > 28:
        last = 30 + (month + (month > 7)) % 2
        if month == 2:
            last = 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
        if day > last:
            return 0
    return DATE if date <= as_of else FUTURE


cdef inline uint32_t region(int16_t last_year, int year) noexcept nogil:
    """REGION for a code that was in force in ``year`` or later; last_year 0: never assigned."""
    if last_year == 0:
        return UNASSIGNED
    return REGION if year <= last_year else ABOLISHED


# What four digits contribute to a check sum: by Luhn, by powers of 2 modulo 11 and by powers of 21 modulo 31.
cdef uint8_t TENS[10000]
cdef uint8_t ELEVENS[10000]
cdef uint8_t THIRTY_ONES[10000]


cdef void tabulate() noexcept nogil:
    cdef int number, rest, place, digit, two, twenty_one
    for number in range(10000):
        rest = number
        two = twenty_one = 1
        TENS[number] = ELEVENS[number] = THIRTY_ONES[number] = 0
        for place in range(4):
            digit = rest % 10
            rest = rest // 10
            TENS[number] += <uint8_t>(digit if place % 2 == 0 else 2 * digit - (9 if digit > 4 else 0))
            ELEVENS[number] = <uint8_t>((ELEVENS[number] + digit * two) % 11)
            THIRTY_ONES[number] = <uint8_t>((THIRTY_ONES[number] + digit * twenty_one) % 31)
            two = two * 2 % 11
            twenty_one = twenty_one * 21 % 31


tabulate()


def identity_numbers(
    const uint64_t[::1] value, const uint16_t[::1] flags,
    const int16_t[::1] last_year, const uint8_t[::1] nations, int earliest, int as_of,
):
    """18-character numbers of GB 11643-1999; key: 17 digits * 11 + check value.

    Returns (which, checks, key) for each family: RESIDENT, RESIDENCE_PERMIT (810000, 820000, 830000), FOREIGN
    (first digit 9).
    ``last_year`` int16[1000000]: the last year of each region code, 0 for none. ``nations`` uint8[1000]: 1 for
    each numeric code of ISO 3166-1. ``earliest``: first year of birth; ``as_of``: last day, YYYYMMDD.
    """
    cdef Py_ssize_t i, n
    cdef uint64_t body, rest
    cdef int check, code, date, kind, family
    cdef uint32_t bits
    cdef Py_ssize_t counts[3]
    cdef int32_t* which[3]
    cdef uint32_t* checks[3]
    cdef uint64_t* key[3]
    cdef int32_t[::1] which_view
    cdef uint32_t[::1] checks_view
    cdef uint64_t[::1] key_view
    found = [outputs(value.shape[0] + 1) for _ in range(3)]
    for family in range(3):
        which_view, checks_view, key_view = found[family]
        which[family] = &which_view[0]
        checks[family] = &checks_view[0]
        key[family] = &key_view[0]
        counts[family] = 0
    if last_year.shape[0] != 1000000 or nations.shape[0] != 1000:
        raise ValueError("last_year needs 1000000 items and nations 1000")
    with nogil:
        for i in range(value.shape[0]):
            if not flags[i] & K_ID18:
                continue
            body = value[i] if flags[i] & F_X else value[i] // 10
            code = <int>(body // <uint64_t>100000000000)
            rest = body - <uint64_t>code * <uint64_t>100000000000
            kind = 2 if code >= 900000 else 1 if code == 810000 or code == 820000 or code == 830000 else 0
            check = 10 if flags[i] & F_X else <int>(value[i] - body * 10)
            date = <int>(rest // 1000)
            bits = FORMAT | birth(date, earliest, as_of)
            if kind == 1:
                bits |= REGION
            elif kind == 0:
                bits |= region(last_year[code], date // 10000)
            elif last_year[code // 1000 % 100 * 10000] and nations[code % 1000]:
                bits |= REGION
            else:
                bits |= UNASSIGNED
            if flags[i] & CHECKED:
                bits |= CHECKSUM if flags[i] & MOD_11_2_HOLDS else 0
            elif check == iso_7064_mod_11_2(body):
                bits |= CHECKSUM
            if not flags[i] & F_X:
                bits |= placeholder(value[i], 18)
            n = counts[kind]
            counts[kind] = n + 1
            which[kind][n] = <int32_t>i
            checks[kind][n] = bits
            key[kind][n] = body * 11 + <uint64_t>check
    return [tuple(array[:counts[family]] for array in found[family]) for family in range(3)]


def identity_numbers_15(
    const uint64_t[::1] value, const uint16_t[::1] flags, const int16_t[::1] last_year, int earliest, int as_of
):
    """15-digit numbers of the first generation; key: that of the 18 characters they became.

    Sequence numbers 996 to 999 mark a birth in 18xx. Arrays as in ``identity_numbers``.
    """
    cdef Py_ssize_t i, n = 0
    cdef uint64_t body
    cdef int code, date
    which_array, checks_array, key_array = outputs(value.shape[0])
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    cdef uint64_t[::1] key = key_array
    if last_year.shape[0] != 1000000:
        raise ValueError("last_year needs 1000000 items")
    with nogil:
        for i in range(value.shape[0]):
            if not flags[i] & K_ID15 or value[i] >= <uint64_t>900000000000000:
                continue
            code = <int>(value[i] // 1000000000)
            date = (18000000 if value[i] % 1000 >= 996 else 19000000) + <int>(value[i] // 1000 % 1000000)
            body = <uint64_t>code * <uint64_t>100000000000 + <uint64_t>date * 1000 + value[i] % 1000
            which[n] = <int32_t>i
            checks[n] = (
                FORMAT | birth(date, earliest, as_of) | region(last_year[code], date // 10000)
                | placeholder(value[i], 15)
            )
            key[n] = body * 11 + <uint64_t>iso_7064_mod_11_2(body)
            n += 1
    return which_array[:n], checks_array[:n], key_array[:n]


def mobiles(const uint64_t[::1] value, const uint16_t[::1] flags, const uint8_t[::1] prefixes):
    """11 digits that begin with 1; ``prefixes`` uint8[100000]: 1 for subscribers, 2 for others, 0 for none."""
    cdef Py_ssize_t i, n = 0
    cdef int state
    which_array, checks_array, key_array = outputs(value.shape[0])
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    cdef uint64_t[::1] key = key_array
    if prefixes.shape[0] != 100000:
        raise ValueError("prefixes needs 100000 items")
    with nogil:
        for i in range(value.shape[0]):
            if not flags[i] & K_MOBILE:
                continue
            state = prefixes[<Py_ssize_t>(value[i] // 1000000)]
            which[n] = <int32_t>i
            checks[n] = FORMAT | (PREFIX if state == 1 else RESERVED if state == 2 else UNASSIGNED)
            if value[i] == <uint64_t>13800138000:  # the number of a service centre, printed in every manual
                checks[n] |= PLACEHOLDER
            checks[n] |= placeholder(value[i], 11)
            key[n] = value[i]
            n += 1
    return which_array[:n], checks_array[:n], key_array[:n]


def landlines(
    const uint64_t[::1] value, const uint8_t[::1] length, const uint16_t[::1] flags, const uint8_t[::1] areas
):
    """Area code and subscriber; ``areas`` uint8[1000]: 1 for 7-digit subscribers, 2 for 8, 3 for both, 0 for none.

    FORMAT: the subscriber has 7 or 8 digits and begins with 2 to 8. PREFIX: the area is assigned and has
    numbers of that length. The key is the number without the leading 0.
    """
    cdef Py_ssize_t i, n = 0
    cdef int digits, subscriber, area, first
    cdef uint32_t bits
    which_array, checks_array, key_array = outputs(value.shape[0])
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    cdef uint64_t[::1] key = key_array
    if areas.shape[0] != 1000:
        raise ValueError("areas needs 1000 items")
    with nogil:
        for i in range(value.shape[0]):
            if not flags[i] & K_LANDLINE:
                continue
            digits = length[i]
            if value[i] < power(digits - 1):  # written with the leading 0
                digits -= 1
            first = <int>(value[i] // power(digits - 1))
            subscriber = digits - (2 if first == 1 or first == 2 else 3)
            area = <int>(value[i] // power(subscriber))
            first = <int>(value[i] // power(subscriber - 1) % 10)
            bits = 0
            if subscriber != 7 and subscriber != 8:
                bits = LENGTH
            elif 2 <= first <= 8:
                bits = FORMAT
            else:
                bits = RESERVED
            if areas[area] == 0:
                bits |= UNASSIGNED
            elif (subscriber == 7 and areas[area] & 1) or (subscriber == 8 and areas[area] & 2):
                bits |= PREFIX
            else:
                bits |= LENGTH
            which[n] = <int32_t>i
            checks[n] = bits
            key[n] = value[i]
            n += 1
    return which_array[:n], checks_array[:n], key_array[:n]


cdef enum:
    LONGEST_BIN = 12
    LONGEST_CARD = 19
    CARD_ROOM = (LONGEST_CARD + 1) * 100


cdef void shelve(const uint64_t[::1] items, int32_t* first) noexcept nogil:
    """first[card length * 100 + BIN length]: where those BINs begin in the sorted items, the next where they end."""
    cdef Py_ssize_t i
    cdef uint64_t shelf = 0
    for i in range(items.shape[0]):
        while shelf <= items[i] // <uint64_t>1000000000000 and shelf <= CARD_ROOM:
            first[shelf] = <int32_t>i
            shelf += 1
    while shelf <= CARD_ROOM:
        first[shelf] = <int32_t>items.shape[0]
        shelf += 1


cdef inline bint listed(const uint64_t* items, uint64_t wanted, Py_ssize_t low, Py_ssize_t high) noexcept nogil:
    """Whether the sorted items from ``low`` to ``high`` hold the number."""
    cdef Py_ssize_t stop = high, middle
    while low < high:
        middle = (low + high) // 2
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < stop and items[low] == wanted


def bank_cards(
    const uint64_t[::1] value, const uint8_t[::1] length, const uint16_t[::1] flags,
    const uint8_t[::1] short_bins, const uint64_t[::1] long_bins,
):
    """13 to 19 digits; CHECKSUM is Luhn, BIN a known prefix with that length.

    ``short_bins`` uint8[1000000]: for each six leading digits bit n for cards of 13 + n digits, and bit 7 where
    longer BINs begin so. ``long_bins``: these, sorted, each as (card length * 100 + BIN length) * 10**12 + BIN.
    """
    cdef Py_ssize_t i, n = 0
    cdef int size, digits, shelf
    cdef uint8_t known
    cdef uint32_t bits
    cdef int32_t shelves[CARD_ROOM + 1]
    which_array, checks_array, key_array = outputs(value.shape[0])
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    cdef uint64_t[::1] key = key_array
    if short_bins.shape[0] != 1000000:
        raise ValueError("short_bins needs 1000000 items")
    with nogil:
        shelve(long_bins, shelves)
        for i in range(value.shape[0]):
            size = length[i]
            if not flags[i] & K_CARD or size > LONGEST_CARD:
                continue
            known = short_bins[<Py_ssize_t>six_leading(value[i], size)]
            bits = 0
            if known >> (size - 13) & 1:
                bits = BIN
            elif known & 128:
                for digits in range(7, LONGEST_BIN + 1):
                    shelf = size * 100 + digits
                    if shelves[shelf] < shelves[shelf + 1] and listed(
                        &long_bins[0], <uint64_t>shelf * <uint64_t>1000000000000 + value[i] // power(size - digits),
                        shelves[shelf], shelves[shelf + 1],
                    ):
                        bits = BIN
                        break
            if bits == 0:
                bits = LENGTH if known & 127 else UNASSIGNED
            if flags[i] & CHECKED:
                bits |= CHECKSUM if flags[i] & LUHN_HOLDS else 0
            elif luhn(value[i]):
                bits |= CHECKSUM
            which[n] = <int32_t>i
            checks[n] = FORMAT | bits | placeholder(value[i], size)
            key[n] = value[i]
            n += 1
    return which_array[:n], checks_array[:n], key_array[:n]


def scheme_cards(
    const uint64_t[::1] value, const uint8_t[::1] length, const int32_t[::1] which, const uint32_t[::1] checks,
    const uint8_t[::1] ranges,
):
    """Of what ``bank_cards`` returned (``which``, ``checks``) those without BIN that lie in other ranges.

    ``ranges`` uint8[1000000]: for each six leading digits bit n for cards of 13 + n digits. Returns their
    runs (int32) and checks (uint32): FORMAT, BIN, CHECKSUM, PLACEHOLDER.
    """
    cdef Py_ssize_t i, n = 0
    cdef int32_t run
    found_array, bits_array = np.empty(which.shape[0], np.int32), np.empty(which.shape[0], np.uint32)
    cdef int32_t[::1] found = found_array
    cdef uint32_t[::1] bits = bits_array
    if ranges.shape[0] != 1000000:
        raise ValueError("ranges needs 1000000 items")
    with nogil:
        for i in range(which.shape[0]):
            run = which[i]
            if checks[i] & BIN or not ranges[<Py_ssize_t>six_leading(value[run], length[run])] >> (length[run] - 13) & 1:
                continue
            found[n] = run
            bits[n] = (checks[i] & (FORMAT | CHECKSUM | PLACEHOLDER)) | BIN
            n += 1
    return found_array[:n], bits_array[:n]


def credit_codes(
    const unsigned char[::1] data, const int32_t[::1] origin, const int32_t[::1] cell,
    const int32_t[::1] start, const int32_t[::1] end, const uint64_t[::1] value, const uint16_t[::1] flags,
):
    """统一社会信用代码 of GB 32100-2015; CHECKSUM is MOD 31-3. Spans lie in the cells ``cell``, which begin at ``origin``."""
    cdef Py_ssize_t i, n = 0
    cdef bint valid
    cdef const unsigned char* p = &data[0] if data.shape[0] else NULL
    which_array, checks_array, _ = outputs(flags.shape[0])
    cdef int32_t[::1] which = which_array
    cdef uint32_t[::1] checks = checks_array
    with nogil:
        for i in range(flags.shape[0]):
            if not flags[i] & K_USCC:
                continue
            if value[i] and not flags[i] & F_X and value[i] // <uint64_t>10000000000000000 % 10 == 0:
                continue  # the second character is not 0
            if flags[i] & CHECKED:
                valid = flags[i] & MOD_31_3_HOLDS != 0
            elif value[i] and not flags[i] & F_X:
                valid = digits_mod_31_3(value[i])
            else:  # the kernel that found it has checked its shape
                valid = mod_31_3(p, origin[cell[i]] + start[i], origin[cell[i]] + end[i])
            which[n] = <int32_t>i
            checks[n] = FORMAT | (CHECKSUM if valid else 0)
            n += 1
    return which_array[:n], checks_array[:n]


cdef inline bint digits_mod_31_3(uint64_t value) noexcept nogil:
    """As ``mod_31_3``, of 18 digits; 21 is the inverse of 3, 3 ** 16 leaves 28, and 21 ** 4 leaves 18."""
    cdef int total = <int>(value % 10) + by_fours(value // 10, THIRTY_ONES, 28, 8, 20, 19, 1)
    return total % 31 == 0


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


def luhns(const uint64_t[::1] value):
    """bool[n]: for each number whether its digits satisfy ISO/IEC 7812-1 Annex B."""
    cdef Py_ssize_t i
    passed_array = np.empty(value.shape[0], np.bool_)
    cdef uint8_t[::1] passed = passed_array.view(np.uint8)
    with nogil:
        for i in range(value.shape[0]):
            passed[i] = luhn(value[i])
    return passed_array


def outputs(Py_ssize_t count):
    """Room for ``count`` results: which, checks, key."""
    return np.empty(count, np.int32), np.empty(count, np.uint32), np.empty(count, np.uint64)
