"""Which numbers stand for nobody: listed ones, whole ranges, and those that end in certain digits."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.lock cimport FEW

cdef enum:
    NEAR = 1 << 16  # numbers are told apart by so much of their end, before any is looked for
    TAIL = 5


cdef bint is_listed(const uint64_t* exact, int64_t count, uint64_t number) noexcept nogil:
    cdef int64_t low = 0, high = count, middle
    while low < high:
        middle = (low + high) // 2
        if exact[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low < count and exact[low] == number


cdef bint has_tail(const uint64_t* tails, int64_t count, uint64_t number) noexcept nogil:
    cdef int64_t i
    for i in range(count):
        if tails[3] <= number < tails[4] and number // tails[0] % tails[1] == tails[2]:
            return True
        tails += TAIL
    return False


cdef class Listed:
    """Placeholders as numbers, below 2**64.

    ``exact`` uint64, ascending; ``spans`` uint64[n, 2]: the first of a range and how many it has; ``tails`` uint64[n,
    5]: (free, modulus, rest, least, end): numbers from ``least`` below ``end`` that, divided by ``free``, leave ``rest``
    modulo ``modulus``. ValueError where a divisor is 0 or ``exact`` does not ascend.
    """

    cdef const uint64_t[::1] exact
    cdef const uint64_t[:, ::1] spans
    cdef const uint64_t[:, ::1] tails
    cdef const uint8_t[::1] near  # one bit for each end that an exact one or a tail may have

    def __init__(self, exact, spans, tails):
        exact = np.ascontiguousarray(exact, np.uint64)
        spans = np.ascontiguousarray(spans, np.uint64).reshape(-1, 2)
        tails = np.ascontiguousarray(tails, np.uint64).reshape(-1, TAIL)
        if (tails[:, :2] == 0).any() or (exact[1:] <= exact[: len(exact) - 1]).any():
            raise ValueError("exact must ascend, and no tail be divided by 0")
        near = np.zeros(NEAR, np.bool_)
        near[exact % np.uint64(NEAR)] = True
        for free, modulus, rest, _, _ in tails.tolist():
            # What divides both the modulus and 2**16 is what is known of such a number's end.
            step = min(modulus * free & -(modulus * free), NEAR)
            ends = (rest * free + np.arange(min(free, step))) % step
            near.reshape(-1, step)[:, ends] = True
        self.near = np.packbits(near, bitorder="little")
        # One more, so that there is a first one always.
        self.exact, self.spans, self.tails = exact, spans, np.concatenate([tails, np.ones((1, TAIL), np.uint64)])

    def mark(self, const uint64_t[::1] numbers not None, uint32_t[::1] checks not None, uint32_t bit):
        """Sets ``bit`` in ``checks`` where ``numbers`` has a placeholder; how many. ValueError where lengths differ."""
        cdef int64_t found
        if checks.shape[0] != numbers.shape[0]:
            raise ValueError("numbers and checks differ in length")
        if numbers.shape[0] <= FEW // 4:
            return self.mark_all(numbers, checks, bit)
        with nogil:
            found = self.mark_all(numbers, checks, bit)
        return found

    cdef int64_t mark_all(self, const uint64_t[::1] numbers, uint32_t[::1] checks, uint32_t bit) noexcept nogil:
        cdef int64_t i, k, found = 0, spans = self.spans.shape[0], listed = self.exact.shape[0]
        cdef int64_t tails = self.tails.shape[0] - 1
        cdef const uint64_t* exact = &self.exact[0] if listed else NULL
        cdef const uint64_t* span = &self.spans[0, 0] if spans else NULL
        cdef const uint8_t* near = &self.near[0]
        cdef uint64_t number
        cdef bint hit
        for i in range(numbers.shape[0]):
            number = numbers[i]
            hit = False
            for k in range(spans):
                hit |= number - span[2 * k] < span[2 * k + 1]
            if near[number >> 3 & (NEAR // 8 - 1)] >> (number & 7) & 1 and not hit:
                hit = is_listed(exact, listed, number) or has_tail(&self.tails[0, 0], tails, number)
            if hit:
                checks[i] |= bit
                found += 1
        return found
