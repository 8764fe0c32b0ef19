/* A run of characters as flat arrays: the characters, their kinds, and where a word or a division's name may begin.
 *
 * Kinds are numbered so that what is asked of all characters at once is a comparison: digits and letters (those that
 * end a unit last), hard breaks, then what the grammar looks at one by one (endings last), then plain characters of
 * names (again the endings first). Whether two characters begin a word or a name is asked of a filter of 2 * 65,536
 * bits; what passes is looked up.
 */
#ifndef LEAKTALLY_ADDRESS_DECODE_H
#define LEAKTALLY_ADDRESS_DECODE_H

#include "lookup.h"

#define RUN 1024
#define ROOM_BEHIND 80
#define HOLDS_HINT 1
#define HOLDS_HARD 2

typedef struct {
    int size;
    int holds;                   /* HOLDS_... */
    /* The characters the grammar looks at. Wide, so that no compiler reads both with one load, which would have to
     * wait for the two stores before it. */
    int64_t begin, stop;
    int cell_start, cell_end;    /* they begin their cell, or end it (blank characters aside) */
    int base;                    /* byte offset of the first character in its cell */
    uint64_t act[RUN / 64 + 2];  /* a bit for each character that the grammar must look at */
    uint64_t words[RUN / 64 + 2]; /* ... where a word of two characters or more may begin */
    uint64_t names[RUN / 64 + 2]; /* ... or a division's name */
    uint64_t numeric[RUN / 64 + 2];
    uint16_t ch[RUN + ROOM_BEHIND];
    uint16_t near[RUN + ROOM_BEHIND]; /* byte offset behind base; near[size] is the end */
    uint8_t kind[RUN + ROOM_BEHIND];
} Run;

/* Kinds from ... on: digits and letters that end a unit, hard breaks, others, endings, plain endings, plain. */
typedef struct {
    const uint8_t *kind_of; /* 65536 */
    const uint32_t *pairs;  /* 4096: sixteen bits for words, sixteen for names */
    uint8_t numeric_hint, hard, other, hint, plain, no_hint;
    int fast; /* the machine has the vector instructions: 1 AVX2, 2 AVX-512 */
} Signs;

static inline uint16_t pair_hash(uint16_t a, uint16_t b) {
    return (uint16_t)((uint16_t)(a * 0x9E37u) ^ (uint16_t)(b * 0x85EBu + (b >> 5)));
}

/* Bits of ``mask`` from ``at`` on: at least SURE of them, zeros behind (lowest byte first, as the tables are). */
#define SURE 57
static inline uint64_t bits_from(const uint64_t *mask, int at) {
    uint64_t bits;
    memcpy(&bits, (const uint8_t *)mask + (at >> 3), 8);
    return bits >> (at & 7);
}

static inline int has_bit(const uint64_t *mask, int at) { return mask[at >> 6] >> (at & 63) & 1; }

static inline int first_bit(uint64_t bits) { return __builtin_ctzll(bits); }

static int kinds_one_by_one(const Signs *s, Run *run) {
    int seen = 0;
    memset(run->numeric, 0, sizeof(uint64_t) * (run->size / 64 + 2));
    for (int i = 0; i < run->size; i++) {
        uint8_t kind = run->kind[i] = s->kind_of[run->ch[i]];
        if ((kind >= s->hint && kind < s->no_hint) || (kind >= s->numeric_hint && kind < s->hard)) seen |= HOLDS_HINT;
        if (kind >= s->hard && kind < s->other) seen |= HOLDS_HARD;
        run->numeric[i >> 6] |= (uint64_t)(kind < s->hard) << (i & 63);
    }
    return seen;
}

static void pairs_one_by_one(const Signs *s, Run *run) {
    size_t filled = sizeof(uint64_t) * (run->size / 64 + 2);
    memset(run->act, 0, filled);
    memset(run->words, 0, filled);
    memset(run->names, 0, filled);
    run->ch[run->size] = 0;
    for (int i = 0; i < run->size; i++) {
        uint16_t hash = pair_hash(run->ch[i], run->ch[i + 1]);
        uint32_t found = s->pairs[hash & 0xFFF] >> (hash >> 12);
        uint64_t word = found & 1, name = found >> 16 & 1;
        run->words[i >> 6] |= word << (i & 63);
        run->names[i >> 6] |= name << (i & 63);
        run->act[i >> 6] |= (word | name | (run->kind[i] < s->plain)) << (i & 63);
    }
}

#ifdef FAST
/* Which of eight 16-bit values a mask keeps, moved to the front. */
static uint8_t PACKED[256][16];

static void fill_packed(void) {
    for (int mask = 0; mask < 256; mask++) {
        int to = 0;
        for (int i = 0; i < 8; i++)
            if (mask >> i & 1) {
                PACKED[mask][to++] = (uint8_t)(2 * i);
                PACKED[mask][to++] = (uint8_t)(2 * i + 1);
            }
        while (to < 16) PACKED[mask][to++] = 0x80;
    }
}

/* Decodes ASCII and sound characters of three bytes; -1: there are others.
 * ``p`` must have ROOM_BEHIND readable bytes behind ``size``. */
FAST static int decode_avx2(const uint8_t *p, int size, Run *run) {
    const __m128i iota = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    uint64_t carry = 0;
    int filled = 0;
    for (int at = 0; at < size; at += 64) {
        int left = size - at;
        uint64_t inside = left >= 64 ? ~0ULL : (1ULL << left) - 1;
        __m256i a = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(p + at + 32));
        uint64_t high = ((uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32 | (uint32_t)_mm256_movemask_epi8(a)) & inside;
        uint64_t inner = 0;
        if (high | carry) {
            /* 0x80 to 0xBF are -128 to -65 as signed numbers, 0xE1 to 0xEF are -31 to -17. */
            __m256i low = _mm256_set1_epi8(-64), from = _mm256_set1_epi8(-32), to = _mm256_set1_epi8(-16);
            __m256i ed = _mm256_set1_epi8(-19);
            uint64_t lead, sound;
            __m256i x = _mm256_cmpgt_epi8(low, a), y = _mm256_cmpgt_epi8(low, b);
            inner = (uint64_t)(uint32_t)_mm256_movemask_epi8(y) << 32 | (uint32_t)_mm256_movemask_epi8(x);
            x = _mm256_and_si256(_mm256_cmpgt_epi8(a, from), _mm256_cmpgt_epi8(to, a));
            y = _mm256_and_si256(_mm256_cmpgt_epi8(b, from), _mm256_cmpgt_epi8(to, b));
            x = _mm256_andnot_si256(_mm256_cmpeq_epi8(a, ed), x);
            y = _mm256_andnot_si256(_mm256_cmpeq_epi8(b, ed), y);
            lead = (uint64_t)(uint32_t)_mm256_movemask_epi8(y) << 32 | (uint32_t)_mm256_movemask_epi8(x);
            inner &= inside;
            lead &= inside;
            sound = lead << 1 | lead << 2 | carry;
            if (sound != inner || (high ^ inner) != lead) return -1;
            carry = lead >> 63 | lead >> 62;
        }
        uint64_t keep = ~inner & inside;
        for (int step = 0; step < 64 && keep; step += 16, keep >>= 16) {
            const uint8_t *q = p + at + step;
            __m256i v0 = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)q));
            __m256i v1 = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 1)));
            __m256i v2 = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 2)));
            __m256i six = _mm256_set1_epi16(0x3F);
            __m256i code = _mm256_or_si256(_mm256_slli_epi16(v0, 12),
                                           _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(v1, six), 6),
                                                           _mm256_and_si256(v2, six)));
            code = _mm256_blendv_epi8(code, v0, _mm256_cmpgt_epi16(_mm256_set1_epi16(0x80), v0));
            __m128i place = _mm_add_epi16(iota, _mm_set1_epi16((short)(at + step)));
            __m128i move = _mm_loadu_si128((const __m128i *)PACKED[keep & 0xFF]);
            _mm_storeu_si128((__m128i *)(run->ch + filled), _mm_shuffle_epi8(_mm256_castsi256_si128(code), move));
            _mm_storeu_si128((__m128i *)(run->near + filled), _mm_shuffle_epi8(place, move));
            filled += __builtin_popcount((uint32_t)(keep & 0xFF));
            place = _mm_add_epi16(place, _mm_set1_epi16(8));
            move = _mm_loadu_si128((const __m128i *)PACKED[keep >> 8 & 0xFF]);
            _mm_storeu_si128((__m128i *)(run->ch + filled), _mm_shuffle_epi8(_mm256_extracti128_si256(code, 1), move));
            _mm_storeu_si128((__m128i *)(run->near + filled), _mm_shuffle_epi8(place, move));
            filled += __builtin_popcount((uint32_t)(keep >> 8 & 0xFF));
        }
    }
    if (carry) return -1;
    run->size = filled;
    run->near[filled] = (uint16_t)size;
    return 0;
}

/* The same, and the filter below, 64 bytes and 16 characters at a time. */
#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

VBMI static inline __m512i codes_of(__m256i a, __m256i b, __m256i c) {
    __m512i first = _mm512_cvtepu8_epi16(a), six = _mm512_set1_epi16(0x3F);
    __m512i second = _mm512_and_si512(_mm512_cvtepu8_epi16(b), six);
    __m512i third = _mm512_and_si512(_mm512_cvtepu8_epi16(c), six);
    __m512i code = _mm512_or_si512(_mm512_slli_epi16(first, 12), _mm512_or_si512(_mm512_slli_epi16(second, 6), third));
    return _mm512_mask_mov_epi16(code, _mm512_cmplt_epu16_mask(first, _mm512_set1_epi16(0x80)), first);
}

VBMI static int decode_wide(const uint8_t *p, int size, Run *run) {
    static const uint8_t COUNT[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                      32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                      48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    __m512i iota = _mm512_loadu_si512(COUNT);
    uint64_t carry = 0;
    int filled = 0, count = 0;
    for (int at = 0; at < size; at += 64) {
        uint64_t inside = _bzhi_u64(~0ULL, size - at < 64 ? (uint32_t)(size - at) : 64);
        __m512i a = _mm512_maskz_loadu_epi8(inside, p + at), b, c;
        uint64_t high = _mm512_movepi8_mask(a);
        uint64_t inner = _mm512_cmplt_epi8_mask(a, _mm512_set1_epi8(-64));
        uint64_t lead = _mm512_mask_cmpgt_epi8_mask(
            _mm512_mask_cmpneq_epi8_mask(_mm512_cmplt_epi8_mask(a, _mm512_set1_epi8(-16)), a, _mm512_set1_epi8(-19)), a,
            _mm512_set1_epi8(-32)) & high;
        uint64_t keep = inside & ~inner;
        if ((lead << 1 | lead << 2 | carry) != inner || (high ^ inner) != lead) return -1;
        carry = lead >> 63 | lead >> 62;
        b = _mm512_maskz_compress_epi8(keep, _mm512_loadu_si512(p + at + 1));
        c = _mm512_maskz_compress_epi8(keep, _mm512_loadu_si512(p + at + 2));
        a = _mm512_maskz_compress_epi8(keep, a);
        __m512i place = _mm512_maskz_compress_epi8(keep, iota), base = _mm512_set1_epi16((short)at);
        _mm512_storeu_si512(run->ch + filled, codes_of(_mm512_castsi512_si256(a), _mm512_castsi512_si256(b),
                                                       _mm512_castsi512_si256(c)));
        _mm512_storeu_si512(run->near + filled,
                            _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(place)), base));
        count = __builtin_popcountll(keep);
        if (count > 32) {
            _mm512_storeu_si512(run->ch + filled + 32,
                                codes_of(_mm512_extracti64x4_epi64(a, 1), _mm512_extracti64x4_epi64(b, 1),
                                         _mm512_extracti64x4_epi64(c, 1)));
            _mm512_storeu_si512(run->near + filled + 32,
                                _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(place, 1)), base));
        }
        filled += count;
    }
    if (carry) return -1;
    run->size = filled;
    if (!(count & 31)) run->ch[filled] = 0;
    run->near[filled] = (uint16_t)size;
    return 0;
}

VBMI static void pairs_wide(const Signs *s, Run *run) {
    for (int at = 0; at <= run->size; at += 64) {
        int left = run->size - at;
        uint64_t inside = _bzhi_u64(~0ULL, left < 64 ? (uint32_t)left : 64), words = 0, names = 0, act;
        for (int i = 0; i < 64 && i < left; i += 16) {
            __m512i a = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(run->ch + at + i)));
            __m512i b = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(run->ch + at + i + 1)));
            a = _mm512_mullo_epi16(a, _mm512_set1_epi32(0x9E37));
            b = _mm512_add_epi16(_mm512_mullo_epi16(b, _mm512_set1_epi32(0x85EB)), _mm512_srli_epi32(b, 5));
            a = _mm512_xor_si512(a, b);
            b = _mm512_i32gather_epi32(_mm512_and_si512(a, _mm512_set1_epi32(0xFFF)), (const int *)s->pairs, 4);
            b = _mm512_srlv_epi32(b, _mm512_srli_epi32(a, 12));
            words |= (uint64_t)_mm512_test_epi32_mask(b, _mm512_set1_epi32(1)) << i;
            names |= (uint64_t)_mm512_test_epi32_mask(b, _mm512_set1_epi32(1 << 16)) << i;
        }
        words &= inside;
        names &= inside;
        act = _mm512_cmplt_epi8_mask(_mm512_loadu_si512(run->kind + at), _mm512_set1_epi8((char)s->plain));
        run->words[at >> 6] = words;
        run->names[at >> 6] = names;
        run->act[at >> 6] = (act & inside) | words | names;
        run->act[(at >> 6) + 1] = 0;
    }
}

FAST static inline __m256i between(__m256i v, int from, int to) {
    return _mm256_and_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8((char)(from - 1))),
                            _mm256_cmpgt_epi8(_mm256_set1_epi8((char)to), v));
}

/* The kinds of 32 characters, or of the first ``count`` and a few more. */
FAST static inline __m256i kinds_at(const Signs *s, const uint16_t *ch, int count) {
    uint64_t four[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4 && 8 * i < count; i++, ch += 8)
        four[i] = s->kind_of[ch[0]] | (uint64_t)s->kind_of[ch[1]] << 8 | (uint64_t)s->kind_of[ch[2]] << 16 |
                  (uint64_t)s->kind_of[ch[3]] << 24 | (uint64_t)s->kind_of[ch[4]] << 32 |
                  (uint64_t)s->kind_of[ch[5]] << 40 | (uint64_t)s->kind_of[ch[6]] << 48 |
                  (uint64_t)s->kind_of[ch[7]] << 56;
    return _mm256_set_epi64x((long long)four[3], (long long)four[2], (long long)four[1], (long long)four[0]);
}

FAST static int kinds_avx2(const Signs *s, Run *run) {
    __m256i none = _mm256_set1_epi8(127), hint = _mm256_setzero_si256(), hard = hint;
    int at;
    if (s->fast == 1) { /* zeros behind the last; where 64 bytes are decoded at a time they are there */
        _mm256_storeu_si256((__m256i *)(run->ch + run->size), hint);
        _mm256_storeu_si256((__m256i *)(run->ch + run->size + 16), hint);
    }
    for (at = 0; at <= run->size; at += 32) {
        int left = run->size - at;
        uint32_t numeric;
        __m256i a = kinds_at(s, run->ch + at, left);
        /* Characters behind the last are of no kind. */
        if (left < 32) a = _mm256_blendv_epi8(none, a, first_bytes((uint32_t)left));
        _mm256_storeu_si256((__m256i *)(run->kind + at), a);
        hint = _mm256_or_si256(hint, _mm256_or_si256(between(a, s->hint, s->no_hint),
                                                     between(a, s->numeric_hint, s->hard)));
        hard = _mm256_or_si256(hard, between(a, s->hard, s->other));
        numeric = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(_mm256_set1_epi8((char)s->hard), a));
        if (at & 32)
            run->numeric[at >> 6] |= (uint64_t)numeric << 32;
        else
            run->numeric[at >> 6] = numeric, run->numeric[(at >> 6) + 1] = 0;
    }
    return (_mm256_movemask_epi8(hint) ? HOLDS_HINT : 0) | (_mm256_movemask_epi8(hard) ? HOLDS_HARD : 0);
}

FAST static void pairs_avx2(const Signs *s, Run *run) {
    for (int at = 0; at <= run->size; at += 32) {
        int left = run->size - at;
        uint64_t inside = left < 32 ? (1ULL << left) - 1 : 0xFFFFFFFF;
        uint64_t words = 0, names = 0, act;
        for (int i = 0; i < 32 && i < left; i += 8) {
            __m256i a = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(run->ch + at + i)));
            __m256i b = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(run->ch + at + i + 1)));
            a = _mm256_mullo_epi16(a, _mm256_set1_epi32(0x9E37));
            b = _mm256_add_epi16(_mm256_mullo_epi16(b, _mm256_set1_epi32(0x85EB)), _mm256_srli_epi32(b, 5));
            a = _mm256_xor_si256(a, b);
            b = _mm256_i32gather_epi32((const int *)s->pairs, _mm256_and_si256(a, _mm256_set1_epi32(0xFFF)), 4);
            b = _mm256_srlv_epi32(b, _mm256_srli_epi32(a, 12));
            words |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(b, 31))) << i;
            names |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(b, 15))) << i;
        }
        words &= inside;
        names &= inside;
        act = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(
            _mm256_set1_epi8((char)s->plain), _mm256_loadu_si256((const __m256i *)(run->kind + at))));
        act |= words | names;
        if (at & 32) {
            run->words[at >> 6] |= words << 32;
            run->names[at >> 6] |= names << 32;
            run->act[at >> 6] |= act << 32;
        } else {
            run->words[at >> 6] = words;
            run->names[at >> 6] = names;
            run->act[at >> 6] = act;
            run->act[(at >> 6) + 1] = 0;
        }
    }
}

FAST static int any_high_avx2(const uint8_t *p, int size) {
    int at = 0;
    for (; at + 32 <= size; at += 32)
        if (_mm256_movemask_epi8(_mm256_loadu_si256((const __m256i *)(p + at)))) return 1;
    return at < size && (_mm256_movemask_epi8(_mm256_loadu_si256((const __m256i *)(p + at))) & ((1u << (size - at)) - 1));
}
#endif

static inline int kinds_of(const Signs *s, Run *run) {
#ifdef FAST
    if (s->fast) return kinds_avx2(s, run);
#endif
    return kinds_one_by_one(s, run);
}

static inline void pairs_of(const Signs *s, Run *run) {
#ifdef FAST
    if (s->fast == 2) pairs_wide(s, run);
    else if (s->fast) pairs_avx2(s, run);
    else
#endif
        pairs_one_by_one(s, run);
}

/* Whether this machine has the instructions, and ``path`` does not forbid them. */
static inline int can_be_fast(int path) {
#ifdef FAST
    if ((path == 0 || path == 3) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
        fill_packed();
        return path == 0 && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2") ? 2 : 1;
    }
#endif
    (void)path;
    return 0;
}

/* Decodes a cell at once: 1; 0: it must be decoded character by character; -1: it is ASCII alone. */
static inline int decode_whole(const Signs *s, const uint8_t *data, int64_t length, int from, int to, Run *run) {
#ifdef FAST
    uint8_t copy[RUN + ROOM_BEHIND];
    const uint8_t *p = data + from;
    if (!s->fast || to - from > RUN) return 0;
    if (to + (int64_t)ROOM_BEHIND > length) {
        memcpy(copy, p, (size_t)(to - from));
        p = copy;
    }
    if (!any_high_avx2(p, to - from)) return -1;
    if ((s->fast == 2 ? decode_wide(p, to - from, run) : decode_avx2(p, to - from, run)) == 0) {
        run->base = 0;
        return 1;
    }
#endif
    return 0;
}
#endif
