/* Gates by 64 bytes at once. Pairs of neighbours tell where a sequence may lie, and only there it is compared, byte by
 * byte to both sides; of a dense bucket the stretches of so many pairs in line are read. See gate.h and gate.pyx. */
#ifndef LEAKTALLY_GATE_WIDE_H
#define LEAKTALLY_GATE_WIDE_H

#include "gate_pairs.h"

#define EDGE 256

/* One sequence: its word, and bits of its first step, of its last, and of the first step of its pair. */
typedef struct {
    int32_t word, first, last, pair;
} Sequence;

typedef struct {
    const uint64_t *accept, *starts, *loops, *finals; /* as in gate.pyx */
    const Sequence *sequences;                        /* by bucket: those from begins[b] to begins[b + 1] */
    const int32_t *begins;
    const uint64_t *dense; /* starts, then finals of the sequences of each dense bucket, by word: [2][2][words] */
    const uint64_t *anyhow; /* by word: 1 where it has sequences without a pair */
    int64_t words;
} Gates;

/* Bytes that may be compared in a cell before its words are rather read from end to end, which is never long. */
static inline int64_t patience(int64_t size) { return 512 + 8 * size; }

static inline uint32_t byte_at(const uint8_t *p, int64_t size, int64_t at) {
    return at >= 0 && at < size ? p[at] : EDGE;
}

/* All last positions that are reached by those steps from byte ``from`` to ``to`` (-1 and size are the edges). */
static uint64_t reached(const uint64_t *accept, uint64_t starts, uint64_t loops, const uint8_t *p, int64_t size,
                        int64_t from, int64_t to) {
    uint64_t state = 0, seen = 0;
    for (int64_t at = from; at <= to; at++) {
        state = ((state << 1) | starts | (state & loops)) & accept[byte_at(p, size, at)];
        seen |= state;
    }
    return seen;
}

/* Does the sequence lie so that its pair is at ``at``? */
static inline int lies_at(const Gates *g, const Sequence *q, const uint8_t *p, int64_t size, int64_t at, int64_t *left) {
    const uint64_t *accept = g->accept + 257 * q->word;
    uint64_t loops = g->loops[q->word], pair = 1ULL << q->pair, goal = 1ULL << q->last, state = pair << 1;
    if (!(accept[p[at]] & pair) || !(accept[p[at + 1]] & state)) return 0;
    for (int64_t to = at + 2; !(state & goal); to++) {
        if (to > size) return 0;
        state = ((state << 1) | (state & loops)) & accept[byte_at(p, size, to)];
        --*left;
        if (!state) return 0;
    }
    goal = 1ULL << q->first;
    state = pair;
    for (int64_t to = at - 1; !(state & goal); to--) {
        if (to < -1) return 0;
        state = ((state >> 1) | (state & loops)) & accept[byte_at(p, size, to)];
        --*left;
        if (!state) return 0;
    }
    return 1;
}

#ifdef FAST
typedef struct {
    const uint8_t *p;
    int64_t size, left;
    uint64_t *hits;
    int64_t line[2], begun[2]; /* of the dense buckets: pairs in line up to here, and where they begin */
} Reading;

static inline void try_bucket(const Gates *g, Reading *r, int bucket, int64_t at) {
    for (int32_t i = g->begins[bucket]; i < g->begins[bucket + 1]; i++) {
        const Sequence *q = g->sequences + i;
        if (r->left < 0) return;
        if (!(r->hits[q->word] >> q->last & 1) && lies_at(g, q, r->p, r->size, at, &r->left))
            r->hits[q->word] |= 1ULL << q->last;
    }
}

/* A line of pairs of a dense bucket has ended. */
static void read_line(const Gates *g, Reading *r, int dense) {
    const uint64_t *starts = g->dense + 2 * dense * g->words, *finals = starts + g->words;
    for (int64_t w = 0; w < g->words; w++) {
        if (!starts[w]) continue;
        r->hits[w] |= finals[w] & reached(g->accept + 257 * w, starts[w], g->loops[w], r->p, r->size,
                                          r->begun[dense] - 1, r->begun[dense] + r->line[dense] + 1);
    }
}

/* The pairs of a dense bucket among ``count`` more. */
WIDE static inline void follow_lines(const Gates *g, const Buckets *b, Reading *r, int dense, uint64_t pairs, int64_t at,
                                     uint32_t count) {
    uint32_t most = b->lines[dense];
    if (r->line[dense]) {
        uint32_t more = (uint32_t)_tzcnt_u64(~pairs);
        r->line[dense] += more;
        if (more == 64) return;
        if (r->line[dense] >= most) read_line(g, r, dense);
        pairs &= ~0ULL << more;
        r->line[dense] = 0;
    }
    while (in_line(pairs, most)) { /* such a line lies here; the last one may go on behind */
        uint32_t from = (uint32_t)_tzcnt_u64(pairs), size = (uint32_t)_tzcnt_u64(~(pairs >> from));
        r->begun[dense] = at + from;
        r->line[dense] = size;
        if (from + size >= 64) return;
        if (size >= most) read_line(g, r, dense);
        r->line[dense] = 0;
        pairs &= ~0ULL << (from + size);
    }
    if (count == 64 && pairs >> 63) {
        r->line[dense] = (int64_t)_lzcnt_u64(~pairs);
        r->begun[dense] = at + 64 - r->line[dense];
    }
}

WIDE static inline __m512i both_wide(__m512i bytes, const uint8_t *low_table, const uint8_t *high_table) {
    __m512i half = _mm512_set1_epi8(15);
    __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)low_table));
    __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)high_table));
    return _mm512_and_si512(_mm512_shuffle_epi8(low, _mm512_and_si512(bytes, half)),
                            _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half)));
}

/* The buckets of half the tables at each of ``count`` pairs, as far as they are needed. */
WIDE static inline __m512i pairs_wide(const uint8_t *tables, const uint8_t *p, uint32_t count, uint32_t need) {
    __m512i first = both_wide(some_bytes(p, count), tables, tables + 16);
    __m512i second = both_wide(some_bytes(p + 1, count), tables + 32, tables + 48);
    __m512i wanted = _mm512_maskz_mov_epi8(_bzhi_u64(~0ULL, count), _mm512_set1_epi8((char)need));
    return _mm512_ternarylogic_epi64(first, second, wanted, 0x80);
}

WIDE static void read_cell(const Gates *g, const Buckets *b, Reading *r, uint32_t need) {
    uint32_t ordinary = need & ~DENSE & ~ANY;
    for (int64_t at = 0; at + 1 < r->size; at += 64) {
        uint32_t count = r->size - 1 - at < 64 ? (uint32_t)(r->size - 1 - at) : 64;
        uint64_t places = 0;
        if (need & 0xFF) {
            __m512i a = pairs_wide(b->tables, r->p + at, count, need & 0xFF);
            places = _mm512_test_epi8_mask(a, a);
        }
        if (need & 0x7F00) {
            __m512i c = pairs_wide(b->tables + 64, r->p + at, count, need >> 8);
            places |= _mm512_test_epi8_mask(c, _mm512_set1_epi8((char)(ordinary >> 8)));
            for (int dense = 0; dense < 2; dense++) {
                uint64_t line = _mm512_test_epi8_mask(c, _mm512_set1_epi8((char)(0x20 << dense)));
                if (line | (uint64_t)r->line[dense]) follow_lines(g, b, r, dense, line, at, count);
            }
        }
        for (; places && r->left >= 0; places = _blsr_u64(places)) {
            uint32_t place = (uint32_t)_tzcnt_u64(places);
            const uint8_t *pair = r->p + at + place; /* those that it is in for certain */
            uint32_t buckets = b->pairs[pair[0] | (uint32_t)pair[1] << 8] & ordinary;
            for (; buckets; buckets = _blsr_u32(buckets)) try_bucket(g, r, (int)_tzcnt_u32(buckets), at + place);
        }
    }
    for (int dense = 0; dense < 2; dense++)
        if (r->line[dense] >= b->lines[dense]) read_line(g, r, dense);
}

/* The quick question: has the cell a pair of an ordinary bucket, or pairs in line of a dense one? Cells of one vector and
 * of two take the same way, as their sizes cannot be foreseen. */
WIDE static inline int worth_reading(const Question *q, const Buckets *b, const uint8_t *p, uint32_t size) {
    uint64_t lines = 0, found, held = _bzhi_u64(~0ULL, size < 64 ? size : 64), inside = held >> 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(held, p);
    found = pairs_among(q, bytes, inside, &lines);
    /* The last byte of a vector is the first of the next. */
    if (size > 32 && size <= 126) {
        held = _bzhi_u64(~0ULL, (size - 63) & (0U - (size > 64)));
        found |= pairs_among(q, _mm512_maskz_loadu_epi8(held, p + 63), held >> 1, &lines);
    }
    for (uint32_t at = 63; size > 126 && at + 1 < size && !(found | lines); at += 63) {
        held = _bzhi_u64(~0ULL, size - at < 64 ? size - at : 64);
        found |= pairs_among(q, _mm512_maskz_loadu_epi8(held, p + at), held >> 1, &lines);
    }
    return found || (lines && (size > 64 || has_line(q, b->lines, bytes, inside)));
}

/* A cell in which something may lie, or of a sequence without a pair: its hits, and whether there are any. */
WIDE __attribute__((noinline)) static int gate_cell(const Gates *g, const Buckets *b, const uint8_t *p, uint32_t size,
                                                    uint32_t need, uint64_t *hits) {
    Reading r = {p, size, patience(size), hits, {0, 0}, {0, 0}};
    uint64_t any = 0;
    for (int64_t w = 0; w < g->words; w++) hits[w] = 0;
    if (need & ~ANY) read_cell(g, b, &r, need);
    for (int64_t w = 0; w < g->words; w++) {
        if (r.left < 0 || (need & ANY && g->anyhow[w]))
            hits[w] |= g->finals[w] & reached(g->accept + 257 * w, g->starts[w], g->loops[w], p, size, -1, size);
        any |= hits[w];
    }
    return any != 0;
}

/* Reads all asked cells; those with a hit, and their hits by word. Returns how many. */
WIDE static int64_t gate_wide(const Gates *g, const Buckets *b, const Asked *a, int32_t *cells, uint64_t *hits) {
    int64_t kept = 0;
    Tables tables;
    Question q = {&tables, _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), 0};
    fill_tables(&tables, b->tables);
    for (int64_t k = 0; k < a->asked; k++) {
        int64_t i = a->chosen ? a->chosen[k] : k;
        uint32_t length = (uint32_t)(a->end[i] - a->start[i]), need;
        const uint8_t *p = a->data + a->start[i];
        if (i + AHEAD < a->count) __builtin_prefetch(a->data + a->start[i + AHEAD]);
        if (!length || !(need = needed_by(a, i, length))) continue;
        if (need != q.need) q = question_of(&tables, need);
        if (!(need & ANY) && !worth_reading(&q, b, p, length)) continue;
        cells[kept] = (int32_t)i;
        kept += gate_cell(g, b, p, length, need, hits + kept * g->words);
    }
    return kept;
}
#endif

#endif
