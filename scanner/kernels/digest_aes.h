/* Keyed digests by rounds of AES, four lanes of 128 bits side by side: for machines that do such a round in an instruction.
 *
 * A text is taken in pieces of 64 bytes, zeros behind its end. Each lane takes its 16 bytes by xor and then goes through
 * four rounds of AES under secret round keys, as Pelican-MAC does (Daemen and Rijmen, 2005); at the end the lanes and the
 * length go through 24 more rounds into one. No two differing texts meet after four rounds but by a chance of at most
 * 2^-113 for each pair of states (Keliher and Sui, 2007), and nobody who does not know the keys can look for such a pair:
 * keys and digests live in the memory of one run and leave it nowhere. */
#ifndef LEAKTALLY_DIGEST_AES_H
#define LEAKTALLY_DIGEST_AES_H

#include "digest.h"

#define TOGETHER 4 /* texts whose last rounds are done side by side */

/* Secret words of one domain: the lanes' first states and the keys of the four rounds. */
typedef struct {
    uint64_t lanes[8];
    uint64_t rounds[4][2];
} AesKeys;

/* From a key of 128 bits: SipHash-1-3-128 of the numbers 0 to 7. */
static void aes_keys(AesKeys *keys, uint64_t k0, uint64_t k1) {
    for (uint64_t i = 0; i < 8; i += 2) {
        uint64_t text[2][2] = {{i, (uint64_t)8 << 56}, {i + 1, (uint64_t)8 << 56}}, out[4];
        sip_two((const uint8_t *)text[0], 2, (const uint8_t *)text[1], 2, k0, k1, out, out + 2);
        memcpy(i < 4 ? keys->lanes + 2 * i : keys->rounds[i - 4], out, sizeof out);
    }
}

/* The states of some texts before the last rounds, and how long the texts are. */
typedef struct {
    uint64_t lanes[SIDE_BY_SIDE][8];
    int64_t size[SIDE_BY_SIDE];
} AesStates;

static inline int aes_here(void) {
#ifdef FAST
    return fastest(3) == 3 && __builtin_cpu_supports("vaes");
#else
    return 0;
#endif
}

#ifdef FAST
#define AES __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vbmi,avx512vbmi2,aes,vaes,bmi,bmi2,popcnt")))
#define AES_INLINE AES __attribute__((always_inline)) static inline

typedef struct {
    __m512i start, round[4];
} AesWide;

AES_INLINE AesWide aes_wide(const AesKeys *keys) {
    AesWide wide = {.start = _mm512_loadu_si512(keys->lanes)};
    for (int r = 0; r < 4; r++) wide.round[r] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)keys->rounds[r]));
    return wide;
}

AES_INLINE __m512i four_rounds(__m512i state, const AesWide *wide) {
    for (int r = 0; r < 4; r++) state = _mm512_aesenc_epi128(state, wide->round[r]);
    return state;
}

AES_INLINE __m512i aes_take(__m512i state, __m512i bytes, const AesWide *wide) {
    return four_rounds(_mm512_xor_si512(state, bytes), wide);
}

AES_INLINE uint64_t first_of_64(int64_t count) { return count < 64 ? _bzhi_u64(~0ULL, (uint32_t)count) : ~0ULL; }

/* The state behind a text that lies in memory; nothing outside of it is read. */
AES_INLINE __m512i aes_text(const uint8_t *text, int64_t size, const AesWide *wide) {
    __m512i state = wide->start;
    for (int64_t at = 0; at < size; at += 64)
        state = aes_take(state, _mm512_maskz_loadu_epi8(first_of_64(size - at), text + at), wide);
    return state;
}

/* The last rounds of four texts: ``out`` gets two words of each. */
AES_INLINE void aes_finish(const uint64_t (*lanes)[8], const int64_t *size, const AesWide *wide, uint64_t *out) {
    __m512i a = _mm512_loadu_si512(lanes[0]), b = _mm512_loadu_si512(lanes[1]);
    __m512i c = _mm512_loadu_si512(lanes[2]), d = _mm512_loadu_si512(lanes[3]);
    __m512i ab = _mm512_shuffle_i64x2(a, b, 0x88), cd = _mm512_shuffle_i64x2(c, d, 0x88); /* lanes 0 and 2 */
    __m512i ab1 = _mm512_shuffle_i64x2(a, b, 0xDD), cd1 = _mm512_shuffle_i64x2(c, d, 0xDD);
    __m512i sizes = _mm512_maskz_expand_epi64(0x55, _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)size)));
    __m512i state = four_rounds(_mm512_shuffle_i64x2(ab, cd, 0x88), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab1, cd1, 0x88), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab, cd, 0xDD), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab1, cd1, 0xDD), wide);
    state = four_rounds(aes_take(state, sizes, wide), wide);
    _mm512_storeu_si512(out, state);
}

/* Bytes that may change or vanish where texts are folded: C2, E2, E3 and EF begin such characters. */
AES_INLINE uint64_t odd_bytes(__m512i bytes, uint64_t other) {
    return _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xC2)) |
           _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xEF)) |
           _mm512_mask_cmpeq_epi8_mask(other, _mm512_or_si512(bytes, _mm512_set1_epi8(1)), _mm512_set1_epi8((char)0xE3));
}

/* Spans that lose no character in folding, straight from where they lie; the others by way of ``scratch``, which has room
 * for the longest and SLACK. */
AES static void aes_spans(const uint8_t *data, int64_t room, const int32_t *cell_start, const int32_t *cell,
                          const int32_t *start, const int32_t *end, int64_t n, const Folding *folding,
                          const AesKeys *keys, uint8_t *scratch, uint64_t *out) {
    AesWide wide = aes_wide(keys);
    __m512i low = _mm512_loadu_si512(folding->ascii), high = _mm512_loadu_si512(folding->ascii + 64);
    AesStates states;
    uint64_t spare[2 * TOGETHER];
    memset(&states, 0, sizeof states);
    for (int64_t i = 0; i < n; i++) {
        int64_t first = cell_start[cell[i]], at = first + start[i], stop = first + end[i];
        if (i + AHEAD < n) fetch(data + cell_start[cell[i + AHEAD]] + start[i + AHEAD]);
        __m512i state = wide.start;
        uint64_t changed = 0;
        int64_t size = stop - at;
        for (int64_t here = at; here < stop; here += 64) {
            uint64_t own = first_of_64(stop - here);
            __m512i bytes = _mm512_maskz_loadu_epi8(own, data + here);
            uint64_t other = _mm512_movepi8_mask(bytes);
            changed |= odd_bytes(bytes, other);
            bytes = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(low, bytes, high), other, bytes);
            changed |= own & ~_mm512_test_epi8_mask(bytes, bytes);
            state = aes_take(state, _mm512_maskz_mov_epi8(own, bytes), &wide);
        }
        if (changed) {
            size = fold_text(data, room, at, stop, scratch, folding, 3);
            state = aes_text(scratch, size, &wide);
        }
        _mm512_storeu_si512(states.lanes[i % TOGETHER], state);
        states.size[i % TOGETHER] = size;
        if (i % TOGETHER == TOGETHER - 1) aes_finish(states.lanes, states.size, &wide, out + 2 * (i - TOGETHER + 1));
    }
    if (n % TOGETHER) {
        aes_finish(states.lanes, states.size, &wide, spare);
        memcpy(out + 2 * (n - n % TOGETHER), spare, 16 * (size_t)(n % TOGETHER));
    }
}

#else
static void aes_spans(const uint8_t *data, int64_t room, const int32_t *cell_start, const int32_t *cell,
                      const int32_t *start, const int32_t *end, int64_t n, const Folding *folding,
                      const AesKeys *keys, uint8_t *scratch, uint64_t *out) {
    (void)data, (void)room, (void)cell_start, (void)cell, (void)start, (void)end, (void)n, (void)folding, (void)keys,
        (void)scratch, (void)out;
}
#endif

#endif
