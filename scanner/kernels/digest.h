/* Texts gathered as words, folded to what makes their identity, and SipHash-1-3-128 of eight of them side by side. */
#ifndef LEAKTALLY_DIGEST_H
#define LEAKTALLY_DIGEST_H

#include "lookup.h"

#define SIDE_BY_SIDE 8
#define SLACK 64 /* bytes behind a text that may be written */

/* What each ASCII character becomes, 0 for nothing; and by its low half the high halves of those that become nothing. */
typedef struct {
    uint8_t ascii[128];
    uint8_t low[16];
} Folding;

static void folding(Folding *folding, const uint8_t *drop) {
    memset(folding->low, 0, 16);
    for (int i = 0; i < 128; i++) {
        int nothing = i <= 0x20 || drop[i];
        folding->ascii[i] = (uint8_t)(nothing ? 0 : i >= 'A' && i <= 'Z' ? i + 32 : i);
        if (nothing) folding->low[i & 15] |= (uint8_t)(1 << (i >> 4));
    }
}

/* One character folded: full-width ASCII becomes ASCII, which is lowered; white space and zero-width become nothing. */
static inline int64_t fold_one(const uint8_t *data, int64_t at, int64_t end, uint8_t **out, const uint8_t *ascii) {
    uint8_t b = data[at];
    int64_t next = at + 1;
    if (b >= 0x80 && at + 2 < end) {
        uint8_t c = data[at + 1], d = data[at + 2];
        if ((b == 0xE2 && c == 0x80 && d >= 0x8B && d <= 0x8F) || (b == 0xE2 && c == 0x81 && d == 0xA0) ||
            (b == 0xEF && c == 0xBB && d == 0xBF) || (b == 0xE3 && c == 0x80 && d == 0x80))
            return at + 3;
        if (b == 0xEF && ((c == 0xBC && d >= 0x81) || (c == 0xBD && d <= 0x9E))) {
            b = (uint8_t)(c == 0xBC ? d - 0x60 : d - 0x20);
            next = at + 3;
        }
    }
    if (b == 0xC2 && at + 1 < end && data[at + 1] == 0xA0) return at + 2;
    if (b < 0x80) b = ascii[b];
    **out = b;
    *out += b != 0 || data[at] >= 0x80;
    if (!b && next == at + 3) *out -= 1; /* a full-width sign that is dropped */
    return next;
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
        bytes = _mm256_or_si256(bytes, _mm256_and_si256(capital, _mm256_set1_epi8(32)));
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
typedef uint64_t Lanes __attribute__((vector_size(64)));

/* The same of eight texts; words beyond a text's own are read but not taken in. ``out``: pairs of words. */
__attribute__((always_inline)) static inline void sip_lanes(const uint8_t *const *text, const int64_t *words,
                                                            uint64_t k0, uint64_t k1, uint64_t *out) {
    Lanes zero = {0}, v0 = zero + (k0 ^ 0x736f6d6570736575ULL), v1 = zero + (k1 ^ 0x646f72616e646f6dULL ^ 0xee);
    Lanes v2 = zero + (k0 ^ 0x6c7967656e657261ULL), v3 = zero + (k1 ^ 0x7465646279746573ULL);
    Lanes own = {(uint64_t)words[0], (uint64_t)words[1], (uint64_t)words[2], (uint64_t)words[3],
                 (uint64_t)words[4], (uint64_t)words[5], (uint64_t)words[6], (uint64_t)words[7]};
    int64_t fewest = words[0], most = words[0];
    for (int j = 1; j < SIDE_BY_SIDE; j++) {
        fewest = words[j] < fewest ? words[j] : fewest;
        most = words[j] > most ? words[j] : most;
    }
    for (int64_t i = 0; i < most; i++) {
        Lanes m = {word_at(text[0], i), word_at(text[1], i), word_at(text[2], i), word_at(text[3], i),
                   word_at(text[4], i), word_at(text[5], i), word_at(text[6], i), word_at(text[7], i)};
        if (i < fewest) {
            v3 ^= m;
            ROUND;
            v0 ^= m;
        } else {
            Lanes w0 = v0, w1 = v1, w2 = v2, w3 = v3, going = (Lanes)((own) > (zero + (uint64_t)i));
            v3 ^= m;
            ROUND;
            v0 ^= m;
            v0 = (v0 & going) | (w0 & ~going);
            v1 = (v1 & going) | (w1 & ~going);
            v2 = (v2 & going) | (w2 & ~going);
            v3 = (v3 & going) | (w3 & ~going);
        }
    }
    v2 ^= zero + 0xee;
    ROUND; ROUND; ROUND;
    Lanes low = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= zero + 0xdd;
    ROUND; ROUND; ROUND;
    Lanes high = v0 ^ v1 ^ v2 ^ v3;
    for (int j = 0; j < SIDE_BY_SIDE; j++) {
        out[2 * j] = low[j];
        out[2 * j + 1] = high[j];
    }
}

__attribute__((target("avx512f,avx512vl,avx512dq,bmi,popcnt"))) static void sip_avx512(
    const uint8_t *const *text, const int64_t *words, uint64_t k0, uint64_t k1, uint64_t *out) {
    sip_lanes(text, words, k0, k1, out);
}
#endif

/* How fast this machine is: 0 one at a time, 1 AVX2, 2 AVX-512; at most ``limit``. */
static int fastest(int limit) {
#ifdef FAST
    if (limit >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return 2;
    if (limit >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return 1;
#endif
    (void)limit;
    return 0;
}

static inline int64_t fold_text(const uint8_t *data, int64_t size, int64_t at, int64_t end, uint8_t *out,
                                const Folding *folding, int path) {
#ifdef FAST
    if (path) return fold_avx2(data, size, at, end, out, folding);
#endif
    (void)path;
    (void)size;
    return fold_one_by_one(data, at, end, out, folding);
}

/* Digests of up to eight closed texts, which lie in one buffer with room behind for the longest of them. */
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

/* A column as the row kernel needs it; ``codes`` is NULL where cell i belongs to row i. */
typedef struct {
    const uint8_t *data;
    int64_t size;
    const int32_t *start;
    const int32_t *end;
    const int32_t *codes;
} View;

static inline void fetch(const uint8_t *at) { __builtin_prefetch(at); }

/* Fetches a row that lies in one line. */
static inline void fetch_line(const View *views, int width, int64_t row) {
    const uint8_t *end = views[0].data + views[width - 1].end[row];
    for (const uint8_t *at = views[0].data + views[0].start[row]; at < end; at += 64) __builtin_prefetch(at);
}

/* Bytes that the cells of a row need, each with a separator. */
static inline int64_t row_size(const View *views, int width, int64_t row) {
    int64_t size = width;
    for (int j = 0; j < width; j++) {
        int64_t c = views[j].codes ? views[j].codes[row] : row;
        if (c >= 0) size += views[j].end[c] - views[j].start[c];
    }
    return size;
}

/* Gathers the cells of a row, trimmed of ASCII white space, each closed by 0x1F. Returns the bytes. */
static inline int64_t gather_cells(const View *views, int width, int64_t row, uint8_t *out) {
    uint8_t *first = out;
    for (int j = 0; j < width; j++) {
        const View *view = &views[j];
        int64_t c = view->codes ? view->codes[row] : row, at = 0, stop = 0;
        if (c >= 0) {
            at = view->start[c];
            stop = view->end[c];
            while (at < stop && view->data[at] <= 0x20) at++;
            while (stop > at && view->data[stop - 1] <= 0x20) stop--;
        }
        if (stop > at) memcpy(out, view->data + at, (size_t)(stop - at));
        out += stop - at;
        *out++ = 0x1F;
    }
    return out - first;
}

/* The same at one go where the cells lie in one line with a byte between any two and nothing to trim; else -1.
 * All columns are plain and of one buffer. */
static inline int64_t gather_line(const View *views, int width, int64_t row, uint8_t *out) {
    const uint8_t *data = views[0].data;
    int64_t first = views[0].start[row], at = first - 1;
    int odd = 0;
    for (int j = 0; j < width; j++) {
        int64_t start = views[j].start[row], end = views[j].end[row];
        odd |= start != at + 1;
        odd |= start < end && (data[start] <= 0x20 || data[end - 1] <= 0x20);
        at = end;
    }
    if (odd || at + 32 > views[0].size) return -1;
    for (int64_t i = 0; i < at - first; i += 32) memcpy(out + i, data + first + i, 32);
    for (int j = 0; j < width; j++) out[views[j].end[row] - first] = 0x1F;
    return at - first + 1;
}

#endif
