"""Whose the keys of a crowd are, counted."""

from libc.stdint cimport int64_t, uint64_t


def count_owners(const uint64_t[:, ::1] keys, const int64_t[::1] owner, int64_t[::1] owned):
    """Adds to ``owned`` how many of ``keys`` (uint64[n, w]) each owner has.

    ``owner``: whose those are that have a number, their last word, as it is in this array; -1 or no place there: nobody's.
    ValueError where an owner has no place in ``owned``.
    """
    cdef int64_t n = keys.shape[0], i
    cdef int last = <int>keys.shape[1] - 1
    cdef uint64_t members = <uint64_t>owner.shape[0], number
    for i in range(owner.shape[0]):
        if not -1 <= owner[i] < owned.shape[0]:
            raise ValueError("an owner has no place")
    if last < 0:
        raise ValueError("keys without a number")
    with nogil:
        for i in range(n):
            number = keys[i, last]
            if number < members and owner[<int64_t>number] >= 0:
                owned[owner[<int64_t>number]] += 1
