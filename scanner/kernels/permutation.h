/* Speck64/128 of many values side by side (Beaulieu et al., 2013). */
#ifndef LEAKTALLY_PERMUTATION_H
#define LEAKTALLY_PERMUTATION_H

#include "lookup.h"

#define SPECK_ROUNDS 27
#define SPECK_LANES 32

#define SPECK_ROUND(x, y, key, j)                                  \
    do {                                                           \
        x[j] = (((x[j] >> 8) | (x[j] << 24)) + y[j]) ^ (key);      \
        y[j] = ((y[j] << 3) | (y[j] >> 29)) ^ x[j];                \
    } while (0)

static void speck_one(const uint64_t *values, uint64_t *out, int64_t n, const uint32_t *keys) {
    for (int64_t i = 0; i < n; i += SPECK_LANES) {
        uint32_t x[SPECK_LANES], y[SPECK_LANES];
        int count = n - i < SPECK_LANES ? (int)(n - i) : SPECK_LANES;
        for (int j = 0; j < SPECK_LANES; j++) {
            uint64_t value = j < count ? values[i + j] : 0;
            x[j] = (uint32_t)(value >> 32);
            y[j] = (uint32_t)value;
        }
        for (int r = 0; r < SPECK_ROUNDS; r++)
            for (int j = 0; j < SPECK_LANES; j++) SPECK_ROUND(x, y, keys[r], j);
        for (int j = 0; j < count; j++) out[i + j] = (uint64_t)x[j] << 32 | y[j];
    }
}

#ifdef FAST
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,bmi,bmi2,popcnt")))
typedef uint32_t Halves __attribute__((vector_size(64)));

/* The same of 32 values at once. */
AVX512 static int64_t speck_avx512(const uint64_t *values, uint64_t *out, int64_t n, const uint32_t *keys) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
    const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
    int64_t i = 0;
    for (; i + 32 <= n; i += 32) {
        Halves x[2], y[2];
        for (int j = 0; j < 2; j++) {
            __m512i a = _mm512_loadu_si512(values + i + 16 * j), b = _mm512_loadu_si512(values + i + 16 * j + 8);
            y[j] = (Halves)_mm512_permutex2var_epi32(a, even, b);
            x[j] = (Halves)_mm512_permutex2var_epi32(a, odd, b);
        }
        for (int r = 0; r < SPECK_ROUNDS; r++) {
            SPECK_ROUND(x, y, keys[r], 0);
            SPECK_ROUND(x, y, keys[r], 1);
        }
        for (int j = 0; j < 2; j++) {
            _mm512_storeu_si512(out + i + 16 * j, _mm512_permutex2var_epi32((__m512i)y[j], first, (__m512i)x[j]));
            _mm512_storeu_si512(out + i + 16 * j + 8, _mm512_permutex2var_epi32((__m512i)y[j], second, (__m512i)x[j]));
        }
    }
    return i;
}
#endif

/* Speck64/128 of each value under the keys of its rounds. ``path``: 0 without wide vectors. */
static void speck_many(const uint64_t *values, uint64_t *out, int64_t n, const uint32_t *keys, int path) {
    int64_t done = 0;
#ifdef FAST
    if (path && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        done = speck_avx512(values, out, n, keys);
#endif
    (void)path;
    speck_one(values + done, out + done, n - done, keys);
}

#endif
