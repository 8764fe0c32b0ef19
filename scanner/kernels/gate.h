/* Which buckets of gates a cell may open: those of whose pairs of neighbouring bytes it holds one.
 *
 * With vector instructions a pair is looked up by its four halves, which lets some more through. Of the two dense
 * buckets ten pairs in line are asked for, five in long cells (whose parts are looked at one by one).
 */
#ifndef LEAKTALLY_GATE_H
#define LEAKTALLY_GATE_H

#include "lookup.h"

#define DENSE 0x6000
#define ANY 0x8000

/* tables: for buckets 0 to 7, then 8 to 15: low and high halves of the first byte, then of the second. */
typedef struct {
    const uint16_t *pairs; /* 65536: buckets by first + 256 * second */
    const uint8_t *tables; /* 8 * 16 */
    int path;
} Buckets;

static inline uint32_t buckets_one_by_one(const Buckets *b, const uint8_t *p, uint32_t size) {
    uint32_t seen = 0, packed = 0, run = DENSE, line = 0;
    for (uint32_t at = 0; at + 1 < size; at++) {
        uint32_t found = b->pairs[p[at] | (uint32_t)p[at + 1] << 8];
        seen |= found;
        run &= found;
        line = run ? line + 1 : 0;
        if (!run) run = DENSE;
        if (line >= 5) packed |= run;
    }
    return (seen & ~DENSE) | packed | ANY;
}

#ifdef FAST
static inline int in_line(uint32_t bits, int ten) {
    uint32_t two = bits & (bits >> 1), four = two & (two >> 2);
    return ten ? (four & (four >> 4) & (two >> 8)) != 0 : (four & (bits >> 4)) != 0;
}

FAST static inline uint32_t buckets_avx2(const Buckets *b, const uint8_t *p, uint32_t size) {
    __m256i a = _mm256_setzero_si256(), c = a;
    uint32_t packed = 0;
    for (uint32_t at = 0; at + 1 < size; at += 32) {
        uint32_t count = size - 1 - at < 32 ? size - 1 - at : 32;
        __m256i mask = first_bytes(count);
        __m256i one = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i two = _mm256_loadu_si256((const __m256i *)(p + at + 1));
        __m256i x = _mm256_and_si256(both(one, table(b->tables), table(b->tables + 16)),
                                     both(two, table(b->tables + 32), table(b->tables + 48)));
        __m256i y = _mm256_and_si256(both(one, table(b->tables + 64), table(b->tables + 80)),
                                     both(two, table(b->tables + 96), table(b->tables + 112)));
        y = _mm256_and_si256(y, mask);
        a = _mm256_or_si256(a, _mm256_and_si256(x, mask));
        c = _mm256_or_si256(c, y);
        packed |= in_line(bits(y, 5), size <= 33) ? 0x2000 : 0;
        packed |= in_line(bits(y, 6), size <= 33) ? 0x4000 : 0;
    }
    return (any_class(a, c) & ~DENSE) | packed | ANY;
}

FAST static uint32_t buckets_fast(const Buckets *b, const uint8_t *p, uint32_t size, int64_t left) {
    return left >= (int64_t)size + 64 ? buckets_avx2(b, p, size) : buckets_one_by_one(b, p, size);
}
#endif

static inline uint32_t buckets_of(const Buckets *b, const uint8_t *p, uint32_t size, int64_t left) {
#ifdef FAST
    if (b->path == 0) return buckets_fast(b, p, size, left);
#endif
    return buckets_one_by_one(b, p, size);
}

static int best_path(int path) {
#ifdef FAST
    if (path == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return 0;
#endif
    return 1;
}

#endif
