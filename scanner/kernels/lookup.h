/* Classes of 32 bytes at once: what the table entries of a byte's low and high four bits share. */
#ifndef LEAKTALLY_LOOKUP_H
#define LEAKTALLY_LOOKUP_H

#include <stdint.h>
#include <string.h>

/* The cells of one column lie far apart: their bytes are fetched some cells ahead, from where they begin to their end. */
#define AHEAD 12
static inline void fetch_ahead(const uint8_t *data, const int32_t *start, const int32_t *end, int64_t at, int64_t count) {
    if (at + AHEAD >= count || end[at + AHEAD] == start[at + AHEAD]) return;
    __builtin_prefetch(data + start[at + AHEAD]);
    __builtin_prefetch(data + end[at + AHEAD] - 1);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FAST __attribute__((target("avx2,bmi,popcnt")))

/* Loaded at 64 - n: n bytes of ones, then zeros. */
static const uint64_t ONES_THEN_ZEROS[16] = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};

FAST static inline __m256i both(__m256i bytes, __m256i low_table, __m256i high_table) {
    __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(low_table, _mm256_and_si256(bytes, half));
    __m256i high = _mm256_shuffle_epi8(high_table, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
    return _mm256_and_si256(low, high);
}

FAST static inline uint32_t bits(__m256i classes, int class) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(classes, 7 - class));
}

FAST static inline uint32_t any_class(__m256i a, __m256i b) {
    __m128i x = _mm_or_si128(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    __m128i y = _mm_or_si128(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    x = _mm_or_si128(_mm_unpacklo_epi64(x, y), _mm_unpackhi_epi64(x, y));
    x = _mm_or_si128(x, _mm_srli_epi64(x, 32));
    x = _mm_or_si128(x, _mm_srli_epi64(x, 16));
    x = _mm_or_si128(x, _mm_srli_epi64(x, 8));
    return ((uint32_t)_mm_extract_epi16(x, 0) & 0xFF) | (((uint32_t)_mm_extract_epi16(x, 4) & 0xFF) << 8);
}

FAST static inline __m256i table(const uint8_t *values) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)values));
}

FAST static inline __m256i first_bytes(uint32_t count) {
    return _mm256_loadu_si256((const __m256i *)((const uint8_t *)ONES_THEN_ZEROS + 64 - count));
}
#endif

#endif
