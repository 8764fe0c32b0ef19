/* Which pairs of neighbouring bytes that gates need lie in 64 bytes; by halves of bytes, so some more pass. See gate.h. */
#ifndef LEAKTALLY_GATE_PAIRS_H
#define LEAKTALLY_GATE_PAIRS_H

#include "lookup.h"

#define DENSE 0x6000 /* two buckets of which several pairs in line are asked for */
#define ANY 0x8000   /* the bucket of sequences that no pair is known of */

#ifdef FAST
/* Are there so many ones in line? */
static inline int in_line(uint64_t bits, uint32_t count) {
    uint32_t have = 1;
    for (; have * 2 <= count; have *= 2) bits &= bits >> have;
    return (bits & (bits >> (count - have))) != 0;
}

/* The tables, each in all four quarters. */
typedef struct {
    __m512i of[8], next;
    int ascii_lines; /* no byte beyond ASCII is in a dense bucket, so that most cells are told from ASCII in line */
} Tables;

WIDE static inline void fill_tables(Tables *t, const uint8_t *halves) {
    uint8_t behind[64];
    for (int i = 0; i < 64; i++) behind[i] = (uint8_t)(i + 1);
    t->next = _mm512_loadu_si512(behind);
    for (int i = 0; i < 8; i++)
        t->of[i] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(halves + 16 * i)));
    t->ascii_lines = 1;
    for (int high = 8; high < 16; high++) t->ascii_lines &= !(halves[16 * 5 + high] & (DENSE >> 8));
}

WIDE static inline __m512i halves_wide(const Tables *t, int at, __m512i low, __m512i high) {
    return _mm512_and_si512(_mm512_shuffle_epi8(t->of[at], low), _mm512_shuffle_epi8(t->of[at + 1], high));
}

/* Five in line? Any line of ten has as many in one window. */
static inline uint64_t five_in_line(uint64_t bits) {
    uint64_t four = bits & (bits >> 1);
    four &= four >> 2;
    return four & (bits >> 4);
}

/* The buckets of half the tables for the pairs in 64 bytes, given by halves; ``next``: the place behind each. */
WIDE static inline __m512i pairs_in(const Tables *t, int at, __m512i low, __m512i high, __m512i next) {
    return _mm512_and_si512(halves_wide(t, at, low, high),
                            _mm512_permutexvar_epi8(next, halves_wide(t, at + 2, low, high)));
}

/* What is asked of a cell: the tables, and its buckets in each byte of a vector: of the first half of the tables, of the
 * ordinary ones of the second half, of the dense ones. */
typedef struct {
    const Tables *t;
    __m512i first, second, dense;
    uint32_t need;
} Question;

WIDE static inline Question question_of(const Tables *t, uint32_t need) {
    Question q = {t, _mm512_set1_epi8((char)need), _mm512_set1_epi8((char)((need & 0x1F00) >> 8)),
                  _mm512_set1_epi8((char)((need & DENSE) >> 8)), need};
    return q;
}

/* Of 64 bytes: has any of the ``inside`` first a pair of an ordinary bucket? ``lines``: pairs of dense ones in line; both
 * bytes of these are of one set. */
WIDE static inline uint64_t pairs_among(const Question *q, __m512i bytes, uint64_t inside, uint64_t *lines) {
    const __m512i half = _mm512_set1_epi8(15);
    __m512i low = _mm512_and_si512(bytes, half), high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half);
    uint64_t found = 0;
    if (q->need & 0xFF)
        found = _mm512_mask_test_epi8_mask(inside, pairs_in(q->t, 0, low, high, q->t->next), q->first);
    if (q->need & 0x7F00) {
        __m512i c = halves_wide(q->t, 4, low, high);
        uint64_t line = _mm512_test_epi8_mask(c, q->dense);
        *lines |= five_in_line(line & (line >> 1) & inside);
        if (q->need & 0x1F00) {
            __m512i d = _mm512_permutexvar_epi8(q->t->next, halves_wide(q->t, 6, low, high));
            found |= _mm512_mask_test_epi8_mask(inside, _mm512_and_si512(c, d), q->second);
        }
    }
    return found;
}

/* Has any of the ``inside`` first places pairs of dense buckets in line? As pairs_among tells it. */
WIDE static inline uint64_t lines_among(const Question *q, __m512i bytes, uint64_t high, uint64_t inside) {
    const __m512i half = _mm512_set1_epi8(15);
    if (!(q->need & DENSE) || (q->t->ascii_lines && !five_in_line(~high & inside))) return 0;
    __m512i low = _mm512_and_si512(bytes, half), top = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half);
    uint64_t line = _mm512_test_epi8_mask(halves_wide(q->t, 4, low, top), q->dense);
    return five_in_line(line & (line >> 1) & inside);
}

/* Are there as many pairs in line as any sequence of a dense bucket has, in a cell of one vector? */
WIDE static inline int has_line(const Question *q, const uint8_t *lines, __m512i bytes, uint64_t inside) {
    const __m512i half = _mm512_set1_epi8(15);
    __m512i low = _mm512_and_si512(bytes, half), high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half);
    __m512i c = halves_wide(q->t, 4, low, high);
    for (int dense = 0; dense < 2; dense++) {
        uint64_t line = q->need & (0x2000U << dense) ? _mm512_test_epi8_mask(c, _mm512_set1_epi8((char)(0x20 << dense))) : 0;
        if (in_line(line & (line >> 1) & inside, lines[dense])) return 1;
    }
    return 0;
}
#endif

#endif
