/* Texts gathered as words, folded to what makes their identity, and SipHash-1-3-128 of sixteen of them side by side. */
#ifndef LEAKTALLY_DIGEST_H
#define LEAKTALLY_DIGEST_H

#include "fold.h"
#include "lookup.h"

#define SIDE_BY_SIDE 16
#define SLACK 64 /* bytes behind a text that may be written */

/* What each ASCII character becomes, 0 for nothing; and by its low half the high halves of those that become nothing. */
typedef struct {
    uint8_t ascii[128];
    uint8_t low[16];
    uint8_t lower; /* what makes a capital small: 32, or 0 */
} Folding;

static void folding(Folding *folding, const uint8_t *drop) {
    memset(folding->low, 0, 16);
    folding->lower = 32;
    for (int i = 0; i < 128; i++) {
        int nothing = i <= 0x20 || drop[i];
        folding->ascii[i] = (uint8_t)(nothing ? 0 : i >= 'A' && i <= 'Z' ? i + 32 : i);
        if (nothing) folding->low[i & 15] |= (uint8_t)(1 << (i >> 4));
    }
}

static int64_t fold_one_by_one(const uint8_t *data, int64_t at, int64_t end, uint8_t *out, const Folding *folding) {
    uint8_t *first = out;
    while (at < end) at = fold_one(data, at, end, &out, folding->ascii);
    return out - first;
}

#ifdef FAST
/* As above, 32 bytes at a time where nothing but A to Z changes. ``size``: how many bytes of ``data`` can be read. */
FAST static int64_t fold_avx2(const uint8_t *data, int64_t size, int64_t at, int64_t end, uint8_t *out,
                              const Folding *folding) {
    static const uint8_t HIGH[16] = {1, 2, 4, 8, 16, 32, 64, 128};
    __m256i low = table(folding->low), high = table(HIGH), none = _mm256_setzero_si256();
    uint8_t *first = out;
    while (at < end) {
        if (at + 32 > size) return out - first + fold_one_by_one(data, at, end, out, folding);
        int64_t left = end - at < 32 ? end - at : 32;
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(data + at));
        /* C2, E2, E3 and EF begin what may change or vanish. */
        __m256i odd = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)0xC2)),
                                      _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)0xEF)));
        __m256i odder = _mm256_cmpeq_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(1)), _mm256_set1_epi8((char)0xE3));
        __m256i kept = _mm256_cmpeq_epi8(both(bytes, low, high), none);
        kept = _mm256_andnot_si256(_mm256_or_si256(odd, odder), kept);
        uint32_t stops = ~(uint32_t)_mm256_movemask_epi8(kept);
        __m256i capital = _mm256_and_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('A' - 1)),
                                           _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), bytes));
        bytes = _mm256_or_si256(bytes, _mm256_and_si256(capital, _mm256_set1_epi8((char)folding->lower)));
        _mm256_storeu_si256((__m256i *)out, bytes);
        int64_t plain = stops ? __builtin_ctz(stops) : 32;
        if (plain >= left) {
            out += left;
            at += left;
        } else {
            out += plain;
            at = fold_one(data, at + plain, end, &out, folding->ascii);
        }
    }
    return out - first;
}
#endif

#ifdef FAST
/* As above, 64 bytes at a time; nothing outside of the text is read. */
__attribute__((target("avx512f,avx512vl,avx512bw,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt"))) static int64_t fold_avx512(
    const uint8_t *data, int64_t at, int64_t end, uint8_t *out, const Folding *folding) {
    __m512i low = _mm512_loadu_si512(folding->ascii), high = _mm512_loadu_si512(folding->ascii + 64);
    uint8_t *first = out;
    while (at < end) {
        uint64_t own = end - at < 64 ? _bzhi_u64(~0ULL, (uint32_t)(end - at)) : ~0ULL;
        __m512i bytes = _mm512_maskz_loadu_epi8(own, data + at);
        uint64_t other = _mm512_movepi8_mask(bytes);
        /* C2, E2, E3 and EF begin what may change or vanish. */
        uint64_t odd = _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xC2)) |
                       _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xEF)) |
                       _mm512_mask_cmpeq_epi8_mask(other, _mm512_or_si512(bytes, _mm512_set1_epi8(1)),
                                                   _mm512_set1_epi8((char)0xE3));
        uint64_t here = own & (odd ? _blsmsk_u64(odd) >> 1 : ~0ULL); /* up to the first of these */
        bytes = _mm512_mask_blend_epi8(other, _mm512_permutex2var_epi8(low, bytes, high), bytes);
        uint64_t kept = _mm512_mask_test_epi8_mask(here, bytes, bytes);
        _mm512_storeu_si512(out, kept == here ? bytes : _mm512_maskz_compress_epi8(kept, bytes));
        out += __builtin_popcountll(kept);
        at += __builtin_popcountll(here);
        if (odd) at = fold_one(data, at, end, &out, folding->ascii);
    }
    return out - first;
}
#endif

/* Closes a text of ``size`` bytes as SipHash wants it: padded, its length in the last byte. Returns its words. */
static inline int64_t close_text(uint8_t *text, int64_t size) {
    memset(text + size, 0, 8);
    text[size | 7] = (uint8_t)size;
    return (size >> 3) + 1;
}

#define ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
#define ROUND                                                                            \
    do {                                                                                 \
        v0 += v1; v1 = ROTATE(v1, 13) ^ v0; v0 = ROTATE(v0, 32);                         \
        v2 += v3; v3 = ROTATE(v3, 16) ^ v2;                                              \
        v0 += v3; v3 = ROTATE(v3, 21) ^ v0;                                              \
        v2 += v1; v1 = ROTATE(v1, 17) ^ v2; v2 = ROTATE(v2, 32);                         \
    } while (0)

static inline uint64_t word_at(const uint8_t *text, int64_t index) {
    uint64_t word;
    memcpy(&word, text + 8 * index, 8);
    return word;
}

typedef struct {
    uint64_t v0, v1, v2, v3;
} Sip;

#define START(k0, k1)                                                                                        \
    {(k0) ^ 0x736f6d6570736575ULL, (k1) ^ 0x646f72616e646f6dULL ^ 0xee, (k0) ^ 0x6c7967656e657261ULL,         \
     (k1) ^ 0x7465646279746573ULL}

static inline void sip_round(Sip *s) {
    uint64_t v0 = s->v0, v1 = s->v1, v2 = s->v2, v3 = s->v3;
    ROUND;
    s->v0 = v0; s->v1 = v1; s->v2 = v2; s->v3 = v3;
}

static inline void sip_take(Sip *s, uint64_t m) {
    s->v3 ^= m;
    sip_round(s);
    s->v0 ^= m;
}

/* SipHash-1-3-128 of two closed texts, which wait for each other's steps. */
static void sip_two(const uint8_t *one, int64_t words_one, const uint8_t *two, int64_t words_two, uint64_t k0,
                    uint64_t k1, uint64_t *out_one, uint64_t *out_two) {
    Sip a = START(k0, k1), b = START(k0, k1);
    int64_t common = words_one < words_two ? words_one : words_two;
    for (int64_t i = 0; i < common; i++) {
        sip_take(&a, word_at(one, i));
        sip_take(&b, word_at(two, i));
    }
    for (int64_t i = common; i < words_one; i++) sip_take(&a, word_at(one, i));
    for (int64_t i = common; i < words_two; i++) sip_take(&b, word_at(two, i));
    a.v2 ^= 0xee;
    b.v2 ^= 0xee;
    for (int r = 0; r < 3; r++) { sip_round(&a); sip_round(&b); }
    out_one[0] = a.v0 ^ a.v1 ^ a.v2 ^ a.v3;
    out_two[0] = b.v0 ^ b.v1 ^ b.v2 ^ b.v3;
    a.v1 ^= 0xdd;
    b.v1 ^= 0xdd;
    for (int r = 0; r < 3; r++) { sip_round(&a); sip_round(&b); }
    out_one[1] = a.v0 ^ a.v1 ^ a.v2 ^ a.v3;
    out_two[1] = b.v0 ^ b.v1 ^ b.v2 ^ b.v3;
}

#ifdef FAST
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,bmi,bmi2,popcnt")))
typedef uint64_t Lanes __attribute__((vector_size(64)));

/* Eight words of each of eight texts, turned round: ``out[i]`` is word i of all. */
AVX512 static inline void turned(const uint8_t *const *text, int64_t at, __m512i *out) {
    __m512i a[8], b[8];
    for (int j = 0; j < 8; j++) a[j] = _mm512_loadu_si512(text[j] + at);
    for (int j = 0; j < 8; j += 2) {
        b[j] = _mm512_unpacklo_epi64(a[j], a[j + 1]); /* words 0, 2, 4, 6 of two texts */
        b[j + 1] = _mm512_unpackhi_epi64(a[j], a[j + 1]);
    }
    for (int j = 0; j < 2; j++) {
        __m512i low = _mm512_shuffle_i64x2(b[j], b[j + 2], 0x88), high = _mm512_shuffle_i64x2(b[j], b[j + 2], 0xDD);
        __m512i low2 = _mm512_shuffle_i64x2(b[j + 4], b[j + 6], 0x88);
        __m512i high2 = _mm512_shuffle_i64x2(b[j + 4], b[j + 6], 0xDD);
        out[j] = _mm512_shuffle_i64x2(low, low2, 0x88);
        out[j + 4] = _mm512_shuffle_i64x2(low, low2, 0xDD);
        out[j + 2] = _mm512_shuffle_i64x2(high, high2, 0x88);
        out[j + 6] = _mm512_shuffle_i64x2(high, high2, 0xDD);
    }
}

typedef struct {
    Lanes v0, v1, v2, v3;
} EightSips;

AVX512 __attribute__((always_inline)) static inline void eight_rounds(EightSips *s, int count) {
    Lanes v0 = s->v0, v1 = s->v1, v2 = s->v2, v3 = s->v3;
    for (int i = 0; i < count; i++) ROUND;
    *s = (EightSips){v0, v1, v2, v3};
}

/* Takes in word ``index`` of the texts that have one. */
AVX512 __attribute__((always_inline)) static inline void eight_take(EightSips *s, Lanes m, __m512i own, int64_t index, int all) {
    EightSips old = *s;
    s->v3 ^= m;
    eight_rounds(s, 1);
    s->v0 ^= m;
    if (all) return;
    __mmask8 going = _mm512_cmpgt_epi64_mask(own, _mm512_set1_epi64(index));
    s->v0 = (Lanes)_mm512_mask_blend_epi64(going, (__m512i)old.v0, (__m512i)s->v0);
    s->v1 = (Lanes)_mm512_mask_blend_epi64(going, (__m512i)old.v1, (__m512i)s->v1);
    s->v2 = (Lanes)_mm512_mask_blend_epi64(going, (__m512i)old.v2, (__m512i)s->v2);
    s->v3 = (Lanes)_mm512_mask_blend_epi64(going, (__m512i)old.v3, (__m512i)s->v3);
}

/* SipHash-1-3-128 of sixteen closed texts, twice eight that do not wait for each other's steps; up to 63 bytes beyond
 * the longest are read of each. ``out``: pairs of words. */
AVX512 static void sip_avx512(const uint8_t *const *text, const int64_t *words, uint64_t k0, uint64_t k1, uint64_t *out) {
    Lanes zero = {0};
    EightSips a = {zero + (k0 ^ 0x736f6d6570736575ULL), zero + (k1 ^ 0x646f72616e646f6dULL ^ 0xee),
                   zero + (k0 ^ 0x6c7967656e657261ULL), zero + (k1 ^ 0x7465646279746573ULL)}, b = a;
    __m512i own_a = _mm512_loadu_si512(words), own_b = _mm512_loadu_si512(words + 8), next_a[8], next_b[8];
    int64_t fewest = _mm512_reduce_min_epi64(_mm512_min_epi64(own_a, own_b));
    int64_t most = _mm512_reduce_max_epi64(_mm512_max_epi64(own_a, own_b));
    for (int64_t i = 0; i < most; i += 8) {
        turned(text, 8 * i, next_a);
        turned(text + 8, 8 * i, next_b);
        if (i + 8 <= fewest) {
            for (int j = 0; j < 8; j++) {
                eight_take(&a, (Lanes)next_a[j], own_a, i + j, 1);
                eight_take(&b, (Lanes)next_b[j], own_b, i + j, 1);
            }
        } else {
            for (int j = 0; j < 8 && i + j < most; j++) {
                eight_take(&a, (Lanes)next_a[j], own_a, i + j, 0);
                eight_take(&b, (Lanes)next_b[j], own_b, i + j, 0);
            }
        }
    }
    a.v2 ^= zero + 0xee;
    b.v2 ^= zero + 0xee;
    eight_rounds(&a, 3);
    eight_rounds(&b, 3);
    __m512i low_a = (__m512i)(a.v0 ^ a.v1 ^ a.v2 ^ a.v3), low_b = (__m512i)(b.v0 ^ b.v1 ^ b.v2 ^ b.v3);
    a.v1 ^= zero + 0xdd;
    b.v1 ^= zero + 0xdd;
    eight_rounds(&a, 3);
    eight_rounds(&b, 3);
    __m512i high_a = (__m512i)(a.v0 ^ a.v1 ^ a.v2 ^ a.v3), high_b = (__m512i)(b.v0 ^ b.v1 ^ b.v2 ^ b.v3);
    __m512i first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    _mm512_storeu_si512(out, _mm512_permutex2var_epi64(low_a, first, high_a));
    _mm512_storeu_si512(out + 8, _mm512_permutex2var_epi64(low_a, second, high_a));
    _mm512_storeu_si512(out + 16, _mm512_permutex2var_epi64(low_b, first, high_b));
    _mm512_storeu_si512(out + 24, _mm512_permutex2var_epi64(low_b, second, high_b));
}
#endif

/* How fast this machine is: 0 one at a time, 1 AVX2, 2 AVX-512, 3 with its byte shuffles (Ice Lake, Zen 4); at most
 * ``limit``. */
static int fastest(int limit) {
#ifdef FAST
    if (limit >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2"))
        return limit >= 3 && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") ? 3 : 2;
    if (limit >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return 1;
#endif
    (void)limit;
    return 0;
}

static inline int64_t fold_text(const uint8_t *data, int64_t size, int64_t at, int64_t end, uint8_t *out,
                                const Folding *folding, int path) {
#ifdef FAST
    if (path > 2) return fold_avx512(data, at, end, out, folding);
    if (path) return fold_avx2(data, size, at, end, out, folding);
#endif
    (void)path;
    (void)size;
    return fold_one_by_one(data, at, end, out, folding);
}

static int is_digit(uint8_t b) { return b >= '0' && b <= '9'; }

/* A cell without the marks of its writing: trimmed, full-width ASCII is ASCII, ideographic and zero-width spaces are
 * nothing, ="…" around it is left out, and the apostrophe in front of a number, with which spreadsheets keep numbers as
 * text. ``size``: how many bytes of ``data`` can be read; ``out`` has room for the cell and SLACK. Returns the bytes. */
static int64_t normal_text(const uint8_t *data, int64_t size, int64_t at, int64_t stop, uint8_t *out,
                           const Folding *writing, int path) {
    while (at < stop && data[at] <= 0x20) at++;
    while (stop > at && data[stop - 1] <= 0x20) stop--;
    stop = fold_text(data, size, at, stop, out, writing, path);
    at = 0;
    while (at < stop && out[at] <= 0x20) at++;
    while (stop > at && out[stop - 1] <= 0x20) stop--;
    if (stop - at > 2 && out[at] == '=' && out[at + 1] == '"' && out[stop - 1] == '"') {
        at += 2;
        stop--;
    } else if (stop - at > 1 && out[at] == '\'' && is_digit(out[at + 1])) {
        at++;
    }
    if (at) memmove(out, out + at, (size_t)(stop - at));
    return stop - at;
}

/* What ``normal_text`` takes, and what makes texts alike whose letters and digits are the same. */
static void foldings(Folding *writing, Folding *alike) {
    uint8_t drop[128];
    memset(writing->low, 0, 16);
    writing->lower = 0;
    for (int i = 0; i < 128; i++) {
        writing->ascii[i] = (uint8_t)i;
        drop[i] = !(is_digit((uint8_t)i) || (i >= 'A' && i <= 'Z') || (i >= 'a' && i <= 'z'));
    }
    writing->low[0] = 1; /* NUL is nothing */
    folding(alike, drop);
}

/* Digests of up to sixteen closed texts, which lie in one buffer with room behind for the longest of them. */
static void sip_many(const uint8_t **text, int64_t *words, int count, uint64_t k0, uint64_t k1, uint64_t *out, int path) {
#ifdef FAST
    if (path > 1 && count > 2) {
        for (int j = count; j < SIDE_BY_SIDE; j++) {
            text[j] = text[0];
            words[j] = words[0];
        }
        sip_avx512(text, words, k0, k1, out);
        return;
    }
#endif
    uint64_t spare[2];
    for (int j = 0; j < count; j += 2) {
        int k = j + 1 < count ? j + 1 : j;
        sip_two(text[j], words[j], text[k], words[k], k0, k1, out + 2 * j, k == j ? spare : out + 2 * k);
    }
    (void)path;
}

static inline void fetch(const uint8_t *at) { __builtin_prefetch(at); }

#endif
