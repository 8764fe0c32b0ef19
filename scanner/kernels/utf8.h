/* How far bytes are well-formed UTF-8, 64 at a time.
 *
 * Each byte is judged with the three before it: three look-ups by nibbles (of the byte before, and of this one) have
 * a common bit exactly where two bytes cannot follow each other, and a byte that must be the third or fourth of a
 * character is one that must continue (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte",
 * 2021). Where an error shows, the bytes around it are left to the caller, who looks at them one by one.
 */
#ifndef LEAKTALLY_UTF8_H
#define LEAKTALLY_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wide.h"

#define UTF8_GROUP 1024 /* bytes after which errors are looked for */

/* Faults of two bytes in a row; TOO_LARGE_1000 and OVERLONG_4 share a bit, as their first bytes differ. */
enum {
    UTF8_TOO_SHORT = 1, UTF8_TOO_LONG = 2, UTF8_OVERLONG_3 = 4, UTF8_TOO_LARGE = 8,
    UTF8_SURROGATE = 16, UTF8_OVERLONG_2 = 32, UTF8_HIGHEST = 64, UTF8_TWO_MORE = 128,
    UTF8_ANY = UTF8_TOO_SHORT | UTF8_TOO_LONG | UTF8_TWO_MORE,
    UTF8_LARGE = UTF8_ANY | UTF8_TOO_LARGE | UTF8_HIGHEST,
    UTF8_CONT = UTF8_TOO_LONG | UTF8_OVERLONG_2 | UTF8_TWO_MORE
};

static const uint8_t UTF8_FIRST_HIGH[16] = {
    UTF8_TOO_LONG, UTF8_TOO_LONG, UTF8_TOO_LONG, UTF8_TOO_LONG,
    UTF8_TOO_LONG, UTF8_TOO_LONG, UTF8_TOO_LONG, UTF8_TOO_LONG,
    UTF8_TWO_MORE, UTF8_TWO_MORE, UTF8_TWO_MORE, UTF8_TWO_MORE,
    UTF8_TOO_SHORT | UTF8_OVERLONG_2, UTF8_TOO_SHORT,
    UTF8_TOO_SHORT | UTF8_OVERLONG_3 | UTF8_SURROGATE,
    UTF8_TOO_SHORT | UTF8_TOO_LARGE | UTF8_HIGHEST};
static const uint8_t UTF8_FIRST_LOW[16] = {
    UTF8_ANY | UTF8_OVERLONG_3 | UTF8_OVERLONG_2 | UTF8_HIGHEST, UTF8_ANY | UTF8_OVERLONG_2, UTF8_ANY, UTF8_ANY,
    UTF8_ANY | UTF8_TOO_LARGE, UTF8_LARGE, UTF8_LARGE, UTF8_LARGE,
    UTF8_LARGE, UTF8_LARGE, UTF8_LARGE, UTF8_LARGE,
    UTF8_LARGE, UTF8_LARGE | UTF8_SURROGATE, UTF8_LARGE, UTF8_LARGE};
static const uint8_t UTF8_SECOND_HIGH[16] = {
    UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT,
    UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT,
    UTF8_CONT | UTF8_OVERLONG_3 | UTF8_HIGHEST, UTF8_CONT | UTF8_OVERLONG_3 | UTF8_TOO_LARGE,
    UTF8_CONT | UTF8_SURROGATE | UTF8_TOO_LARGE, UTF8_CONT | UTF8_SURROGATE | UTF8_TOO_LARGE,
    UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT, UTF8_TOO_SHORT};

/* Where the last whole character ends in bytes that are well formed so far. */
static inline size_t utf8_boundary(const uint8_t *data, size_t size) {
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        uint8_t byte = data[size - back];
        if (byte >= 0xC0) return (size_t)(byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4) > back ? size - back : size;
        if (byte < 0x80) break;
    }
    return size;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define UTF8_512 __attribute__((target("avx512f,avx512bw,avx512vl")))
#define UTF8_256 __attribute__((target("avx2")))

/* Nonzero where a byte of `now` cannot follow those one, two and three before it. */
UTF8_512 static inline __m512i utf8_faults_512(__m512i now, __m512i one, __m512i two, __m512i three) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i first_high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)UTF8_FIRST_HIGH));
    __m512i first_low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)UTF8_FIRST_LOW));
    __m512i second_high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)UTF8_SECOND_HIGH));
    __m512i pair = _mm512_shuffle_epi8(first_high, _mm512_and_si512(_mm512_srli_epi16(one, 4), low));
    pair = _mm512_and_si512(pair, _mm512_shuffle_epi8(first_low, _mm512_and_si512(one, low)));
    pair = _mm512_and_si512(
        pair, _mm512_shuffle_epi8(second_high, _mm512_and_si512(_mm512_srli_epi16(now, 4), low)));
    __m512i must = _mm512_or_si512(_mm512_subs_epu8(two, _mm512_set1_epi8(0xE0 - 0x80)),
                                   _mm512_subs_epu8(three, _mm512_set1_epi8(0xF0 - 0x80)));
    return _mm512_xor_si512(_mm512_and_si512(must, _mm512_set1_epi8((char)0x80)), pair);
}

UTF8_512 static size_t utf8_sound_512(const uint8_t *data, size_t size) {
    uint8_t edge[67] = {0}; /* what lies before the first byte is not looked at */
    size_t at = 0;
    if (size < 64) return 0;
    memcpy(edge + 3, data, 64);
    while (at + 64 <= size) {
        size_t group = at, stop = size - at < UTF8_GROUP ? size : at + UTF8_GROUP;
        __m512i faults = _mm512_setzero_si512();
        for (; at + 64 <= stop; at += 64) {
            const uint8_t *here = at ? data + at : edge + 3;
            fetch_stream(data + at);
            __m512i now = _mm512_loadu_si512(here), three = _mm512_loadu_si512(here - 3);
            if (!_mm512_movepi8_mask(_mm512_or_si512(now, three))) continue;
            faults = _mm512_or_si512(
                faults, utf8_faults_512(now, _mm512_loadu_si512(here - 1), _mm512_loadu_si512(here - 2), three));
        }
        if (_mm512_test_epi8_mask(faults, faults)) return utf8_boundary(data, group);
    }
    return utf8_boundary(data, at);
}

UTF8_256 static inline __m256i utf8_faults_256(__m256i now, __m256i one, __m256i two, __m256i three) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i first_high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)UTF8_FIRST_HIGH));
    __m256i first_low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)UTF8_FIRST_LOW));
    __m256i second_high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)UTF8_SECOND_HIGH));
    __m256i pair = _mm256_shuffle_epi8(first_high, _mm256_and_si256(_mm256_srli_epi16(one, 4), low));
    pair = _mm256_and_si256(pair, _mm256_shuffle_epi8(first_low, _mm256_and_si256(one, low)));
    pair = _mm256_and_si256(
        pair, _mm256_shuffle_epi8(second_high, _mm256_and_si256(_mm256_srli_epi16(now, 4), low)));
    __m256i must = _mm256_or_si256(_mm256_subs_epu8(two, _mm256_set1_epi8(0xE0 - 0x80)),
                                   _mm256_subs_epu8(three, _mm256_set1_epi8(0xF0 - 0x80)));
    return _mm256_xor_si256(_mm256_and_si256(must, _mm256_set1_epi8((char)0x80)), pair);
}

UTF8_256 static size_t utf8_sound_256(const uint8_t *data, size_t size) {
    uint8_t edge[35] = {0};
    size_t at = 0;
    if (size < 32) return 0;
    memcpy(edge + 3, data, 32);
    while (at + 32 <= size) {
        size_t group = at, stop = size - at < UTF8_GROUP ? size : at + UTF8_GROUP;
        __m256i faults = _mm256_setzero_si256();
        for (; at + 32 <= stop; at += 32) {
            const uint8_t *here = at ? data + at : edge + 3;
            fetch_stream(data + at);
            __m256i now = _mm256_loadu_si256((const __m256i *)here);
            __m256i three = _mm256_loadu_si256((const __m256i *)(here - 3));
            if (!_mm256_movemask_epi8(_mm256_or_si256(now, three))) continue;
            faults = _mm256_or_si256(
                faults, utf8_faults_256(now, _mm256_loadu_si256((const __m256i *)(here - 1)),
                                        _mm256_loadu_si256((const __m256i *)(here - 2)), three));
        }
        if (!_mm256_testz_si256(faults, faults)) return utf8_boundary(data, group);
    }
    return utf8_boundary(data, at);
}
#endif

/* Bytes from the start that are whole, well-formed characters: all of them but a few at the end, or all before the
 * group in which the first error lies. path: 0 the fastest here, 1 without AVX-512, 2 none (for tests). */
static size_t utf8_sound(const uint8_t *data, size_t size, int path) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (path == 0 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return utf8_sound_512(data, size);
    if (path <= 1 && __builtin_cpu_supports("avx2")) return utf8_sound_256(data, size);
#endif
    (void)data;
    (void)size;
    (void)path;
    return 0;
}

#endif
