/* Cells that need not be parsed: short ones without an ending or unit, and those that are written like one that held
 * nothing. All digits are the same to the grammar, so a cell is compared with 0 for each digit: notes made by machines
 * differ in their numbers alone.
 */
#ifndef LEAKTALLY_ADDRESS_SKIP_H
#define LEAKTALLY_ADDRESS_SKIP_H

#include "address_decode.h"

#define SHORT_CELL 12
#define LIKE_LIMIT 128 /* bytes of a cell that is compared */
#define LIKE_LEAST 12
#define LIKES 1024
#define TRIAL 64 /* cells after which it is seen whether comparing pays, and how many of them must have been like others */
#define TRIAL_HITS 16
#define PAUSE 2048 /* cells that are not compared where it does not */

/* The cells that held nothing, with 0 for each digit and zeros behind; a later one takes the place of an earlier. */
typedef struct {
    uint8_t bytes[LIKES][LIKE_LIMIT];
    uint32_t hash[LIKES];
    uint8_t length[LIKES]; /* 0: empty */
} Likes;

/* The cell that is looked at, and how often comparing has paid in this call. */
typedef struct {
    uint8_t bytes[LIKE_LIMIT];
    uint32_t hash;
    int size, tried, hits, pause;
} Like;

#ifdef FAST
/* Of two to four characters, each of three bytes as those of names are: 1 where all are sound and none is a hint, 0 where
 * one is, -1 where they are others. Sixteen bytes are read. */
FAST static int is_bare_fast(const Signs *s, const uint8_t *p, int size) {
    const __m128i order = _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
    __m128i raw = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), order), code, odd, hint;
    code = _mm_maddubs_epi16(_mm_and_si128(raw, _mm_set1_epi32(0x0F3F3F)), _mm_set1_epi32(0x104001));
    code = _mm_madd_epi16(code, _mm_set1_epi32(0x1000001));
    odd = _mm_xor_si128(_mm_and_si128(raw, _mm_set1_epi32(0xF0C0C0)), _mm_set1_epi32(0xE08080));
    odd = _mm_cmpeq_epi32(odd, _mm_setzero_si128());
    odd = _mm_andnot_si128(_mm_cmpgt_epi32(_mm_set1_epi32(0x800), code), odd);
    odd = _mm_andnot_si128(_mm_cmpeq_epi32(_mm_srli_epi32(code, 11), _mm_set1_epi32(0xD800 >> 11)), odd);
    hint = _mm_i32gather_epi32((const int *)s->hints, _mm_srli_epi32(code, 5), 4);
    hint = _mm_srlv_epi32(hint, _mm_and_si128(code, _mm_set1_epi32(31)));
    int inside = (1 << size / 3) - 1, sound = _mm_movemask_ps(_mm_castsi128_ps(odd)) & inside;
    return sound != inside ? -1 : !(_mm_movemask_ps(_mm_castsi128_ps(_mm_slli_epi32(hint, 31))) & inside);
}
#endif

/* Whether a short cell holds characters beyond ASCII, sound ones, and none that an ending or unit ends with; behind its
 * beginning there are ``left`` bytes. */
static inline int is_bare(const Signs *s, const uint8_t *p, int size, int64_t left) {
    int at = 0, high = 0, code;
#ifdef FAST
    if (s->wide && left >= 16 && 0x1240 >> size & 1) {
        int bare = is_bare_fast(s, p, size);
        if (bare >= 0) return bare;
    }
#endif
    (void)left;
    while (at < size) {
        int step = code_at(p + at, size - at, &code);
        if (!step || s->hints[code >> 5] >> (code & 31) & 1) return 0;
        high |= step > 1;
        at += step;
    }
    return high;
}

static inline uint32_t place_of_like(const Like *like) { return like->hash % LIKES; }

static inline void like_plain(Like *like, const uint8_t *p, int size) {
    uint64_t hash = (uint64_t)size, word;
    memset(like->bytes, 0, LIKE_LIMIT);
    for (int i = 0; i < size; i++) like->bytes[i] = (uint8_t)(p[i] - '0') < 10 ? '0' : p[i];
    for (int i = 0; i < size; i += 8) {
        memcpy(&word, like->bytes + i, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 32;
    }
    like->hash = (uint32_t)hash;
}

#ifdef FAST
#define SKIP_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,bmi2,aes")))

SKIP_WIDE static inline __m512i digits_as_one(__m512i bytes) {
    __m512i zero = _mm512_set1_epi8('0');
    __mmask64 digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, zero), _mm512_set1_epi8(10));
    return _mm512_mask_mov_epi8(bytes, digit, zero);
}

SKIP_WIDE static int like_wide(Like *like, const Likes *known, const uint8_t *p, int size) {
    uint64_t first = _bzhi_u64(~0ULL, size < 64 ? (uint32_t)size : 64);
    uint64_t second = size > 64 ? _bzhi_u64(~0ULL, (uint32_t)size - 64) : 0;
    __m512i a = digits_as_one(_mm512_maskz_loadu_epi8(first, p));
    __m512i b = digits_as_one(_mm512_maskz_loadu_epi8(second, p + (second ? 64 : 0)));
    __m128i x = _mm_aesenc_si128(_mm512_castsi512_si128(a), _mm512_extracti32x4_epi32(a, 1));
    __m128i y = _mm_aesenc_si128(_mm512_extracti32x4_epi32(a, 2), _mm512_extracti32x4_epi32(a, 3));
    __m128i z = _mm_aesenc_si128(_mm512_castsi512_si128(b), _mm512_extracti32x4_epi32(b, 1));
    __m128i w = _mm_aesenc_si128(_mm512_extracti32x4_epi32(b, 2), _mm512_extracti32x4_epi32(b, 3));
    x = _mm_aesenc_si128(_mm_aesenc_si128(x, z), _mm_aesenc_si128(y, w));
    like->hash = (uint32_t)_mm_cvtsi128_si32(_mm_aesenc_si128(x, _mm_cvtsi32_si128(size)));
    uint32_t place = place_of_like(like);
    if (known->hash[place] == like->hash && known->length[place] == size) {
        const uint8_t *held = known->bytes[place];
        if (!_mm512_cmpneq_epi8_mask(a, _mm512_loadu_si512(held)) &&
            !_mm512_cmpneq_epi8_mask(b, _mm512_loadu_si512(held + 64)))
            return 1;
    }
    _mm512_storeu_si512(like->bytes, a);
    _mm512_storeu_si512(like->bytes + 64, b);
    return 0;
}

/* The same, 32 bytes at a time. */
__attribute__((target("avx2,bmi,popcnt,aes"))) static int
like_avx2(Like *like, const Likes *known, const uint8_t *p, int size) {
    const __m256i zero = _mm256_set1_epi8('0'), nine = _mm256_set1_epi8(9);
    __m128i hash = _mm_cvtsi32_si128(size);
    __m256i other = _mm256_setzero_si256();
    uint32_t place;
    memset(like->bytes, 0, LIKE_LIMIT);
    memcpy(like->bytes, p, (size_t)size);
    for (int i = 0; i < size; i += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(like->bytes + i)), off = _mm256_sub_epi8(a, zero);
        a = _mm256_blendv_epi8(a, zero, _mm256_cmpeq_epi8(_mm256_min_epu8(off, nine), off));
        _mm256_storeu_si256((__m256i *)(like->bytes + i), a);
        hash = _mm_aesenc_si128(_mm_aesenc_si128(hash, _mm256_castsi256_si128(a)), _mm256_extracti128_si256(a, 1));
    }
    like->hash = (uint32_t)_mm_cvtsi128_si32(_mm_aesenc_si128(hash, hash));
    place = place_of_like(like);
    if (known->hash[place] != like->hash || known->length[place] != size) return 0;
    for (int i = 0; i < size; i += 32)
        other = _mm256_or_si256(other, _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(like->bytes + i)),
                                                        _mm256_loadu_si256((const __m256i *)(known->bytes[place] + i))));
    return _mm256_testz_si256(other, other);
}
#endif

/* Whether a cell that held nothing was written like this one. 0 also where that is not looked for: ``size`` is 0 then. */
static inline int is_like(Like *like, const Likes *known, int wide, const uint8_t *p, int size) {
    int found;
    like->size = 0;
    if (like->pause) {
        like->pause--;
        return 0;
    }
    if (size < LIKE_LEAST || size > LIKE_LIMIT || p[0] < 0x80) return 0;
    like->size = size;
#ifdef FAST
    if (wide)
        found = wide == 2 ? like_wide(like, known, p, size) : like_avx2(like, known, p, size);
    else
#endif
    {
        uint32_t place;
        like_plain(like, p, size);
        place = place_of_like(like);
        found = known->hash[place] == like->hash && known->length[place] == size &&
                !memcmp(known->bytes[place], like->bytes, (size_t)size);
    }
    (void)wide;
    like->hits += found;
    if (++like->tried == TRIAL) {
        if (like->hits < TRIAL_HITS) like->pause = PAUSE;
        like->tried = like->hits = 0;
    }
    return found;
}

/* Keeps a cell that was compared: it held nothing. */
static inline void keep_like(Likes *known, int wide, const uint8_t *p, int size) {
    Like like;
    uint32_t place;
#ifdef FAST
    if (wide) {
        if (wide == 2 ? like_wide(&like, known, p, size) : like_avx2(&like, known, p, size)) return;
    } else
#endif
        like_plain(&like, p, size);
    (void)wide;
    place = place_of_like(&like);
    memcpy(known->bytes[place], like.bytes, LIKE_LIMIT);
    known->hash[place] = like.hash;
    known->length[place] = (uint8_t)size;
}
#endif
