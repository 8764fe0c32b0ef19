/* The runs of one kind among all of a column, sixteen at a time where the processor can. */
#ifndef LEAKTALLY_RUNS_OF_KIND_H
#define LEAKTALLY_RUNS_OF_KIND_H

#include "wide.h"

#define RUN_SLACK 16 /* what is taken is written sixteen at a time */

/* Runs as parallel arrays; those that are written have room for RUN_SLACK more. */
typedef struct {
    int32_t *cell, *start, *end;
    uint64_t *value;
    uint8_t *length;
    uint16_t *flags;
} RunArrays;

/* Copies the runs from ``i`` to ``n`` that have a flag of ``wanted`` behind the ``taken`` ones; returns how many there are. */
static int64_t take_runs_each(const RunArrays *from, const RunArrays *to, uint32_t wanted, int64_t i, int64_t n,
                              int64_t taken) {
    for (; i < n; i++) {
        if (!(from->flags[i] & wanted)) continue;
        to->cell[taken] = from->cell[i];
        to->start[taken] = from->start[i];
        to->end[taken] = from->end[i];
        to->value[taken] = from->value[i];
        to->length[taken] = from->length[i];
        to->flags[taken++] = from->flags[i];
    }
    return taken;
}

#ifdef HAS_WIDE
VECTOR static inline void take_sixteen(const int32_t *from, int32_t *to, __mmask16 which) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(which, _mm512_loadu_si512(from)));
}

VECTOR static int64_t take_runs_wide(const RunArrays *from, const RunArrays *to, uint32_t wanted, int64_t n) {
    const __m256i asked = _mm256_set1_epi16((short)wanted);
    int64_t i = 0, taken = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i flags = _mm256_loadu_si256((const __m256i *)(from->flags + i));
        __mmask16 which = _mm256_test_epi16_mask(flags, asked);
        if (!which) continue;
        int64_t half = __builtin_popcount(which & 0xFF);
        take_sixteen(from->cell + i, to->cell + taken, which);
        take_sixteen(from->start + i, to->start + taken, which);
        take_sixteen(from->end + i, to->end + taken, which);
        __m512i low = _mm512_loadu_si512(from->value + i), high = _mm512_loadu_si512(from->value + i + 8);
        _mm512_storeu_si512(to->value + taken, _mm512_maskz_compress_epi64((__mmask8)which, low));
        _mm512_storeu_si512(to->value + taken + half, _mm512_maskz_compress_epi64((__mmask8)(which >> 8), high));
        __m512i length = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(from->length + i)));
        length = _mm512_maskz_compress_epi32(which, length);
        _mm_storeu_si128((__m128i *)(to->length + taken), _mm512_cvtepi32_epi8(length));
        __m512i kept = _mm512_maskz_compress_epi32(which, _mm512_cvtepu16_epi32(flags));
        _mm256_storeu_si256((__m256i *)(to->flags + taken), _mm512_cvtepi32_epi16(kept));
        taken += __builtin_popcount(which);
    }
    return take_runs_each(from, to, wanted, i, n, taken);
}
#endif

static int64_t take_runs(const RunArrays *from, const RunArrays *to, uint32_t wanted, int64_t n, int path) {
#ifdef HAS_WIDE
    if (is_wide(path)) return take_runs_wide(from, to, wanted, n);
#endif
    (void)path;
    return take_runs_each(from, to, wanted, 0, n, 0);
}

#endif
