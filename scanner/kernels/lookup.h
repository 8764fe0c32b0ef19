/* Classes of 32 bytes at once: what the table entries of a byte's low and high four bits share. */
#ifndef LEAKTALLY_LOOKUP_H
#define LEAKTALLY_LOOKUP_H

#include <stdint.h>
#include <string.h>

/* Does each cell lie in the data? The sign bit of a difference tells; none overflows where all others are in order. */
static inline int cells_lie_inside(const int32_t *start, const int32_t *end, int64_t count, int64_t size) {
    uint32_t odd = 0, last = size < INT32_MAX ? (uint32_t)size : INT32_MAX;
    for (int64_t i = 0; i < count; i++) {
        uint32_t a = (uint32_t)start[i], b = (uint32_t)end[i];
        odd |= a | b | (b - a) | (last - b);
    }
    return !(odd >> 31);
}

/* Longer cells are looked at in windows that overlap, so that any ten bytes in line lie in one. */
#define WINDOW 64
#define STRIDE 48

/* The cells of one column lie far apart: their bytes are fetched so many cells ahead, from where they begin to their
 * end, that they are there even if a core shares its outer cache with many. */
#define AHEAD 32
static inline void fetch_ahead(const uint8_t *data, const int32_t *start, const int32_t *end, int64_t at, int64_t count) {
    if (at + AHEAD >= count || end[at + AHEAD] == start[at + AHEAD]) return;
    __builtin_prefetch(data + start[at + AHEAD]);
    __builtin_prefetch(data + end[at + AHEAD] - 1);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FAST __attribute__((target("avx2,bmi,popcnt")))
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx2,bmi,bmi2,lzcnt,popcnt")))

/* Which vector instructions there are: 0 those of WIDE, 2 those of FAST, 1 none; ``path`` asks for one of them. */
static inline int vector_path(int path) {
    if (path == 0 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi2"))
        return 0;
    return path != 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? 2 : 1;
}

/* The first ``size`` bytes at ``p``, at most 64, and zeros; nothing behind them is touched. */
WIDE static inline __m512i some_bytes(const uint8_t *p, uint32_t size) {
    return _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, size), p);
}

WIDE static inline uint64_t digits_among(__m512i bytes) {
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
}

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
#else
static inline int vector_path(int path) {
    (void)path;
    return 1;
}
#endif

#endif
