/* Which buckets of gates a cell may open: those of whose pairs of neighbouring bytes it holds one.
 *
 * With vector instructions a pair is looked up by its four halves, which lets some more through. Of the two dense
 * buckets as many pairs in line are asked for as ``lines`` says, five in long cells (whose parts are looked at one by
 * one).
 */
#ifndef LEAKTALLY_GATE_H
#define LEAKTALLY_GATE_H

#include "gate_pairs.h"

/* tables: for buckets 0 to 7, then 8 to 15: low and high halves of the first byte, then of the second. */
typedef struct {
    const uint16_t *pairs; /* 65536: buckets by first + 256 * second */
    const uint8_t *tables; /* 8 * 16 */
    const uint8_t *lines;  /* 2: pairs in line that any sequence of a dense bucket has, 10 to 63 */
    int path;
} Buckets;

static inline uint32_t buckets_one_by_one(const Buckets *b, const uint8_t *p, uint32_t size) {
    uint32_t seen = 0, packed = 0, lines[2] = {0, 0};
    for (uint32_t at = 0; at + 1 < size; at++) {
        uint32_t found = b->pairs[p[at] | (uint32_t)p[at + 1] << 8];
        seen |= found;
        for (int dense = 0; dense < 2; dense++) {
            lines[dense] = found & (0x2000U << dense) ? lines[dense] + 1 : 0;
            if (lines[dense] == 5) packed |= 0x2000U << dense;
        }
    }
    return (seen & ~DENSE) | packed | ANY;
}

#ifdef FAST
/* Those of the buckets of ``need`` that a cell may open; 64 bytes behind its end can be read. */
FAST static inline uint32_t buckets_avx2(const Buckets *b, const uint8_t *p, uint32_t size, uint32_t need) {
    __m256i a = _mm256_setzero_si256(), c = a;
    __m256i low = _mm256_set1_epi8((char)(need & 0xFF)), high = _mm256_set1_epi8((char)((need & ~DENSE) >> 8));
    uint64_t line_a = 0, line_b = 0;
    uint32_t packed = ANY, first_half = need & 0xFF, second_half = need & 0x7F00;
    for (uint32_t at = 0; at + 1 < size; at += 32) {
        uint32_t count = size - 1 - at < 32 ? size - 1 - at : 32;
        __m256i mask = first_bytes(count);
        __m256i one = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i two = _mm256_loadu_si256((const __m256i *)(p + at + 1));
        if (first_half) {
            __m256i x = _mm256_and_si256(both(one, table(b->tables), table(b->tables + 16)),
                                         both(two, table(b->tables + 32), table(b->tables + 48)));
            a = _mm256_or_si256(a, _mm256_and_si256(x, mask));
        }
        if (!second_half) continue;
        __m256i y = _mm256_and_si256(both(one, table(b->tables + 64), table(b->tables + 80)),
                                     both(two, table(b->tables + 96), table(b->tables + 112)));
        y = _mm256_and_si256(y, mask);
        c = _mm256_or_si256(c, y);
        if (need & DENSE) {
            line_a |= (uint64_t)bits(y, 5) << (at & 32);
            line_b |= (uint64_t)bits(y, 6) << (at & 32);
            if (size > 65) {
                packed |= in_line(line_a >> (at & 32), 5) ? 0x2000 : 0;
                packed |= in_line(line_b >> (at & 32), 5) ? 0x4000 : 0;
                line_a = line_b = 0;
            }
        }
    }
    packed |= line_a && in_line(line_a, b->lines[0]) ? 0x2000 : 0;
    packed |= line_b && in_line(line_b, b->lines[1]) ? 0x4000 : 0;
    a = _mm256_and_si256(a, low);
    c = _mm256_and_si256(c, high);
    __m256i any = _mm256_or_si256(a, c);
    if (!_mm256_testz_si256(any, any)) packed |= any_class(a, c);
    return packed & need;
}
#endif

/* The cells of a column and what is asked about them; see gate.pyx. */
typedef struct {
    const uint8_t *data;
    const int32_t *start, *end, *chosen; /* chosen, kinds, needs: or NULL */
    const uint16_t *kinds, *needs, *fitting;
    int64_t size, count, asked;
} Asked;

static inline uint32_t needed_by(const Asked *a, int64_t i, uint32_t length) {
    return a->fitting[length < 64 ? length : 64] & (a->kinds ? a->needs[a->kinds[i]] : 0xFFFFu);
}

#ifdef FAST
FAST static int64_t next_avx2(const Buckets *b, const Asked *a, int64_t k, uint32_t *found) {
    for (; k < a->asked; k++) {
        int64_t i = a->chosen ? a->chosen[k] : k;
        uint32_t length = (uint32_t)(a->end[i] - a->start[i]), need;
        fetch_ahead(a->data, a->start, a->end, i, a->count);
        if (!length || !(need = needed_by(a, i, length))) continue;
        const uint8_t *p = a->data + a->start[i];
        *found = a->end[i] + 64 <= a->size ? buckets_avx2(b, p, length, need) : need & buckets_one_by_one(b, p, length);
        if (*found) return k;
    }
    return k;
}
#endif

/* The place among the asked cells, from k on, of the next that may open a bucket; ``found``: those buckets. */
static int64_t next_open(const Buckets *b, const Asked *a, int64_t k, uint32_t *found) {
#ifdef FAST
    if (b->path == 2) return next_avx2(b, a, k, found);
#endif
    for (; k < a->asked; k++) {
        int64_t i = a->chosen ? a->chosen[k] : k;
        uint32_t length = (uint32_t)(a->end[i] - a->start[i]), need;
        if (!length || !(need = needed_by(a, i, length))) continue;
        *found = need & buckets_one_by_one(b, a->data + a->start[i], length);
        if (*found) return k;
    }
    return k;
}

#include "gate_wide.h"

/* Reads all cells at once where the widest vector instructions are there; -1 where not. */
static int64_t gate_at_once(const Gates *g, const Buckets *b, const Asked *a, int32_t *cells, uint64_t *hits) {
#ifdef FAST
    if (b->path == 0) return gate_wide(g, b, a, cells, hits);
#endif
    (void)g, (void)b, (void)a, (void)cells, (void)hits;
    return -1;
}

#endif
