/* Positions of delimiters, quotes and line ends in a range of bytes, 64 bytes at a time.
 *
 * A position is written for each quote, each line end and each place where the whole delimiter matches;
 * `out` must have room for stop - start + 16 positions, because full groups of them are stored at once.
 */
#ifndef LEAKTALLY_TOKENIZE_H
#define LEAKTALLY_TOKENIZE_H

#include <stdint.h>
#include <string.h>

typedef struct {
    uint8_t delimiter[8];
    int32_t delimiter_length; /* 0: none */
    int32_t quote;            /* -1: none */
    int32_t carriage;         /* a lone \r ends a line */
} Marks;

static inline int is_delimiter(const Marks *marks, const uint8_t *data, uint32_t at, uint32_t size) {
    uint32_t length = (uint32_t)marks->delimiter_length;
    return length && data[at] == marks->delimiter[0] && at + length <= size &&
           (length == 1 || memcmp(data + at, marks->delimiter, length) == 0);
}

static inline int is_line_end(const Marks *marks, uint8_t byte) {
    return byte == '\n' || (byte == '\r' && marks->carriage);
}

static uint32_t positions_one_by_one(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                                     const Marks *marks, uint32_t *out) {
    uint32_t count = 0;
    for (uint32_t at = start; at < stop; at++) {
        uint8_t byte = data[at];
        if (is_line_end(marks, byte) || (int32_t)byte == marks->quote || is_delimiter(marks, data, at, size))
            out[count++] = at;
    }
    return count;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define FAST __attribute__((target("avx2,bmi,popcnt")))

FAST static inline uint64_t equal64(const uint8_t *data, __m256i wanted) {
    __m256i low = _mm256_loadu_si256((const __m256i *)data);
    __m256i high = _mm256_loadu_si256((const __m256i *)(data + 32));
    uint32_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return (uint64_t)first | ((uint64_t)second << 32);
}

FAST static uint32_t positions_avx2(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                                    const Marks *marks, uint32_t *out) {
    __m256i newline = _mm256_set1_epi8('\n');
    /* A class that is not wanted is looked for as a newline, which costs less than a branch. */
    __m256i quote = marks->quote < 0 ? newline : _mm256_set1_epi8((char)marks->quote);
    __m256i carriage = marks->carriage ? _mm256_set1_epi8('\r') : newline;
    __m256i parts[8];
    int length = marks->delimiter_length;
    uint32_t count = 0, at = start;
    for (int k = 0; k < length; k++) parts[k] = _mm256_set1_epi8((char)marks->delimiter[k]);
    if (!length) parts[0] = newline;
    for (; at + 64 <= stop && at + 72 <= size; at += 64) {
        uint64_t bits = equal64(data + at, parts[0]);
        for (int k = 1; k < length; k++) bits &= equal64(data + at + k, parts[k]);
        bits |= equal64(data + at, newline) | equal64(data + at, quote);
        if (marks->carriage) bits |= equal64(data + at, carriage);
        uint32_t found = (uint32_t)_mm_popcnt_u64(bits);
        uint32_t *slot = out + count;
        count += found;
        for (uint32_t done = 0; done < found; done += 8, slot += 8)
            for (int k = 0; k < 8; k++) {
                slot[k] = at + (uint32_t)_tzcnt_u64(bits);
                bits = _blsr_u64(bits);
            }
    }
    return count + positions_one_by_one(data, at, stop, size, marks, out + count);
}

#define FASTEST __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")))

FASTEST static uint32_t positions_avx512(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                                         const Marks *marks, uint32_t *out) {
    const __m512i newline = _mm512_set1_epi8('\n');
    const __m512i quote = marks->quote < 0 ? newline : _mm512_set1_epi8((char)marks->quote);
    const __m512i carriage = marks->carriage ? _mm512_set1_epi8('\r') : newline;
    const int length = marks->delimiter_length;
    const __m512i first = length ? _mm512_set1_epi8((char)marks->delimiter[0]) : newline;
    uint8_t places[64];
    uint32_t count = 0, at = start;
    for (int k = 0; k < 64; k++) places[k] = (uint8_t)k;
    const __m512i place = _mm512_loadu_si512(places);
    for (; at + 64 <= stop && at + 72 <= size; at += 64) {
        __m512i text = _mm512_loadu_si512(data + at);
        uint64_t bits = _mm512_cmpeq_epi8_mask(text, first);
        for (int k = 1; k < length && bits; k++)
            bits &= _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(data + at + k),
                                           _mm512_set1_epi8((char)marks->delimiter[k]));
        bits |= _mm512_cmpeq_epi8_mask(text, newline) | _mm512_cmpeq_epi8_mask(text, quote);
        bits |= _mm512_cmpeq_epi8_mask(text, carriage);
        __m512i found = _mm512_maskz_compress_epi8(bits, place);
        __m512i base = _mm512_set1_epi32((int)at);
        uint32_t *slot = out + count;
        uint32_t here = (uint32_t)_mm_popcnt_u64(bits);
        count += here;
        _mm256_storeu_si256((__m256i *)slot, _mm256_add_epi32(_mm256_cvtepu8_epi32(_mm512_castsi512_si128(found)),
                                                              _mm512_castsi512_si256(base)));
        if (here <= 8) continue;
        _mm512_storeu_si512(slot, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(found)), base));
        if (here <= 16) continue;
        uint8_t rest[64];
        _mm512_storeu_si512(rest, found);
        for (uint32_t k = 16; k < here; k++) slot[k] = at + rest[k];
    }
    return count + positions_one_by_one(data, at, stop, size, marks, out + count);
}
#endif

/* Eight bytes at a time with plain arithmetic: bit 7 of each byte of the result says "equal". */
static inline uint64_t equal8(uint64_t word, uint8_t wanted) {
    const uint64_t low = 0x7f7f7f7f7f7f7f7fULL;
    uint64_t x = word ^ (0x0101010101010101ULL * wanted);
    return ~(((x & low) + low) | x | low);
}

static uint32_t positions_by_words(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                                   const Marks *marks, uint32_t *out) {
    uint32_t count = 0, at = start;
    for (; at + 8 <= stop; at += 8) {
        uint64_t word, bits;
        memcpy(&word, data + at, 8);
        bits = equal8(word, '\n');
        if (marks->delimiter_length) bits |= equal8(word, marks->delimiter[0]);
        if (marks->quote >= 0) bits |= equal8(word, (uint8_t)marks->quote);
        if (marks->carriage) bits |= equal8(word, '\r');
        if (bits) count += positions_one_by_one(data, at, at + 8, size, marks, out + count);
    }
    return count + positions_one_by_one(data, at, stop, size, marks, out + count);
}

/* path: 0 the fastest here, 1 plain words, 2 one by one, 3 no more than AVX2 (the last three for tests). */
static uint32_t find_positions(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                               const Marks *marks, uint32_t *out, int path) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (path == 0 && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2"))
        return positions_avx512(data, start, stop, size, marks, out);
    if ((path == 0 || path == 3) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return positions_avx2(data, start, stop, size, marks, out);
#endif
    if (path <= 1) return positions_by_words(data, start, stop, size, marks, out);
    return positions_one_by_one(data, start, stop, size, marks, out);
}

#endif
