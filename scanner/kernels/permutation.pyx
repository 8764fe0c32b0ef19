"""A keyed permutation of packed numbers: Speck64/128 (Beaulieu et al., 2013).

It loses nothing, and nothing that is stored or spilled can be read without the key.
"""

import numpy as np

from libc.stdint cimport int64_t, uint32_t, uint64_t

from scanner.kernels.lock cimport FEW

cdef extern from "permutation.h" nogil:
    enum:
        SPECK_ROUNDS
    void speck_many(const uint64_t* values, uint64_t* out, int64_t n, const uint32_t* keys, int path)


cdef inline uint32_t rotr32(uint32_t x, int b) noexcept nogil:
    return (x >> b) | (x << (32 - b))


cdef inline uint32_t rotl32(uint32_t x, int b) noexcept nogil:
    return (x << b) | (x >> (32 - b))


cdef void round_keys(uint64_t k0, uint64_t k1, uint32_t* keys) noexcept nogil:
    cdef uint32_t spare[SPECK_ROUNDS + 2]
    cdef uint32_t k = <uint32_t>k0
    cdef int r
    spare[0] = <uint32_t>(k0 >> 32)
    spare[1] = <uint32_t>k1
    spare[2] = <uint32_t>(k1 >> 32)
    for r in range(SPECK_ROUNDS):
        keys[r] = k
        if r < SPECK_ROUNDS - 1:
            spare[r + 3] = (k + rotr32(spare[r], 8)) ^ <uint32_t>r
            k = rotl32(k, 3) ^ spare[r + 3]


def permute(const uint64_t[::1] values, uint64_t k0, uint64_t k1, int path=1):
    """uint64[n]: Speck64/128 of each value under the key (k0: low words, k1: high words): a bijection.

    ``path``: 0 without wide vectors.
    """
    cdef int64_t n = values.shape[0]
    cdef uint32_t keys[SPECK_ROUNDS]
    round_keys(k0, k1, keys)
    result = np.empty(n, dtype=np.uint64)
    cdef uint64_t[::1] out = result
    if 0 < n <= FEW // 4:
        speck_many(&values[0], &out[0], n, keys, path)
    elif n:
        with nogil:
            speck_many(&values[0], &out[0], n, keys, path)
    return result


def unpermute(const uint64_t[::1] values, uint64_t k0, uint64_t k1):
    """uint64[n]: what ``permute`` makes these values of."""
    cdef int64_t i
    cdef int r
    cdef uint32_t x, y
    cdef uint32_t keys[SPECK_ROUNDS]
    round_keys(k0, k1, keys)
    result = np.empty(values.shape[0], dtype=np.uint64)
    cdef uint64_t[::1] out = result
    with nogil:
        for i in range(values.shape[0]):
            x = <uint32_t>(values[i] >> 32)
            y = <uint32_t>values[i]
            for r in range(SPECK_ROUNDS - 1, -1, -1):
                y = rotr32(y ^ x, 3)
                x = rotl32((x ^ keys[r]) - y, 8)
            out[i] = <uint64_t>x << 32 | y
    return result
