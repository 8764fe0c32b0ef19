"""Which reading fits a line best: its characters are weighed in each, and the file's own reading has an advantage."""

from libc.stdint cimport uint8_t, uint32_t

from scanner.kernels.mixed_steps cimport *

cdef extern from *:
    """
    #define CLEARLY 0.3 /* so much better is a reading that wins */
    #define PASSABLE 0.3
    #define GOOD 0.6
    #define SOUND 0.5 /* what is better than this as it stands is not garbled */
    """
    const double CLEARLY
    const double PASSABLE
    const double GOOD
    const double SOUND

cdef enum:
    GB_BIT = 1
    BIG5_BIT = 2
    NEITHER_BIT = 4
    IDEOGRAPHS = 0x2E80


cdef struct Weight:
    Py_ssize_t seen  # characters that speak for or against a reading
    Py_ssize_t common
    Py_ssize_t bad
    Py_ssize_t first_bad
    Py_ssize_t hanzi  # well-formed ones of three bytes of UTF-8
    Py_ssize_t repaired
    Py_ssize_t repaired_common
    Py_ssize_t lost
    bint in_threes


cdef inline Weight weigh(const Charts* charts, int reading, const uint8_t* data, Py_ssize_t size) noexcept nogil:
    """How well a reading fits a line."""
    cdef inline Weight weight
    cdef Taken taken
    cdef Py_ssize_t at = 0
    cdef uint32_t point
    cdef uint8_t kind, common
    cdef int carry = -1
    cdef uint8_t mask = GB_BIT if reading == AS_GB else BIG5_BIT if reading == AS_BIG5 else GB_BIT | BIG5_BIT
    weight.seen = weight.common = weight.bad = weight.hanzi = weight.repaired = weight.repaired_common = 0
    weight.lost = 0
    weight.in_threes = not (reading == AS_GB or reading == AS_BIG5)
    weight.first_bad = -1
    while at < size:
        if data[at] < 0x80 and carry < 0:
            at += 1
            continue
        take(charts, reading, data + at, size - at, &carry, &taken)
        if taken.bad:
            if weight.bad == 0:
                weight.first_bad = at
            weight.bad += 1
        elif taken.lost:
            weight.lost += 1
        elif taken.packed >= 0x80:
            point = unpacked(taken.packed)
            kind = charts.weights[point] if point < 0x10000 else 0
            common = kind & mask
            if common or not kind & NEITHER_BIT:
                weight.seen += 1
                weight.common += common != 0
            weight.hanzi += taken.length == 3
            if taken.repaired and point >= IDEOGRAPHS:
                weight.repaired += 1
                weight.repaired_common += common != 0
        at += taken.length
    return weight


cdef inline double score(const Weight* weight) noexcept nogil:
    """1 for common hanzi throughout, down to -2."""
    # A damaged character of UTF-8 leaves up to three bytes that start none.
    cdef Py_ssize_t bad = (weight.bad + 2) // 3 if weight.in_threes else weight.bad
    return (weight.common - 2.0 * bad) / (weight.seen + bad) if weight.seen + bad else 0.5


cdef inline bint may_be(int reading, const Weight* own, const Weight* other) noexcept nogil:
    """Whether a reading is possible for a line whose file is read otherwise, which weighs ``own``."""
    cdef double better = score(own) + CLEARLY
    if reading == LATIN_UTF8:
        # Three characters of Latin-1 that make a hanzi are no chance, whatever else is in the line.
        return other.repaired > 0 and score(other) > max(score(own), 0.5)
    if reading == LATIN_GB:
        return (
            other.repaired > 1 and other.repaired_common >= 0.7 * other.repaired and 10 * other.bad <= other.repaired
            and score(other) >= max(better, GOOD)
        )
    if reading == GB_UTF8:
        # Characters that are mostly common as they stand are what they say: 甯峰方 is a name, though it could be 帷巽.
        return (
            score(own) <= SOUND and other.repaired > 1 and other.lost <= other.repaired and 10 * other.bad <= other.repaired
            and score(other) >= max(better, GOOD)
        )
    # Hanzi of three bytes are a sign of UTF-8 that two damaged bytes each do not outweigh.
    if reading == AS_IS and (other.hanzi == 0 or other.bad > 3 * other.hanzi):
        return False
    return score(other) >= max(better, PASSABLE)


cdef inline int decide(
    const Charts* charts, int main, const bint* others, const uint8_t* data, Py_ssize_t size, Weight* chosen
) noexcept nogil:
    """How a line is to be read whose file is read as ``main``; ``chosen``: the weight of that."""
    cdef Weight own = weigh(charts, main, data, size), other
    cdef int best = main, reading
    cdef double highest = -1e9
    chosen[0] = own
    for reading in range(READINGS):
        if reading <= AS_BIG5:
            if reading == main or not others[reading]:
                continue
            if main == AS_IS and own.bad <= 3 * own.hanzi:
                continue
        elif main != AS_IS:
            continue
        other = weigh(charts, reading, data, size)
        if may_be(reading, &own, &other) and score(&other) > highest:
            best = reading
            highest = score(&other)
            chosen[0] = other
    return best
