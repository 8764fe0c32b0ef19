/* Positions of delimiters, quotes and line ends in a range of bytes, 64 bytes at a time.
 *
 * A position is written for each quote, each line end and each place where the whole delimiter matches;
 * `out` must have room for stop - start + 16 positions, because full groups of them are stored at once. With them goes
 * the first byte of each mark to `kinds`, of stop - start + 64 bytes.
 */
#ifndef LEAKTALLY_TOKENIZE_H
#define LEAKTALLY_TOKENIZE_H

#include <stdint.h>
#include <string.h>

#include "wide.h"

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
        fetch_stream(data + at);
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
                                         const Marks *marks, uint32_t *out, uint8_t *kinds) {
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
        fetch_stream(data + at);
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
        __m512i kind = _mm512_maskz_compress_epi8(bits, text);
        _mm_storeu_si128((__m128i *)(kinds + count), _mm512_castsi512_si128(kind));
        uint8_t *kind_slot = kinds + count;
        count += here;
        _mm256_storeu_si256((__m256i *)slot, _mm256_add_epi32(_mm256_cvtepu8_epi32(_mm512_castsi512_si128(found)),
                                                              _mm512_castsi512_si256(base)));
        if (here <= 8) continue;
        _mm512_storeu_si512(slot, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(found)), base));
        if (here <= 16) continue;
        _mm512_storeu_si512(kind_slot, kind);
        uint8_t rest[64];
        _mm512_storeu_si512(rest, found);
        for (uint32_t k = 16; k < here; k++) slot[k] = at + rest[k];
    }
    uint32_t behind = positions_one_by_one(data, at, stop, size, marks, out + count);
    for (uint32_t k = count; k < count + behind; k++) kinds[k] = data[out[k]];
    return count + behind;
}

/* How many of the next sixteen rows are plain: their marks are delimiters with a line feed behind. ``pattern``: the marks
 * of sixteen such rows. */
FASTEST static inline uint32_t plain_rows(const uint8_t *kinds, const uint8_t *pattern, uint32_t left, uint32_t width) {
    uint32_t size = 16 * width < left ? 16 * width : left;
    for (uint32_t at = 0; at < size; at += 64) {
        uint64_t inside = _bzhi_u64(~0ULL, size - at < 64 ? size - at : 64);
        uint64_t other = _mm512_mask_cmpneq_epi8_mask(inside, _mm512_loadu_si512(kinds + at), _mm512_loadu_si512(pattern + at));
        if (other) return (at + (uint32_t)_tzcnt_u64(other)) / width;
    }
    return size / width;
}

/* Writes the cells of ``rows`` plain rows of at least two cells, sixteen at most: of column ``c`` to ``start[c * stride]``
 * and what follows. ``at``: their marks; ``row``: where the first begins. Returns where the row behind them begins. */
FASTEST static uint32_t take_plain_rows(const uint8_t *data, const uint32_t *at, uint32_t row, uint32_t rows,
                                        uint32_t width, int32_t *start, int32_t *end, int64_t stride) {
    const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i places = _mm512_mullo_epi32(steps, _mm512_set1_epi32((int)width)), one = _mm512_set1_epi32(1);
    const __mmask16 some = (__mmask16)_bzhi_u32(0xFFFF, rows);
    const __m512i zero = _mm512_setzero_si512();
    __m512i last = _mm512_mask_i32gather_epi32(zero, some, places, at + width - 1, 4), cell = _mm512_add_epi32(last, one);
    cell = _mm512_alignr_epi32(cell, _mm512_set1_epi32((int)row), 15);
    for (uint32_t column = 0; column + 1 < width; column++, start += stride, end += stride) {
        __m512i here = _mm512_mask_i32gather_epi32(zero, some, places, at + column, 4);
        _mm512_mask_storeu_epi32(start, some, cell);
        _mm512_mask_storeu_epi32(end, some, here);
        cell = _mm512_add_epi32(here, one);
    }
    _mm512_mask_storeu_epi32(start, some, cell);
    uint32_t behind = 0; /* a carriage return in front of the line feed belongs to it */
    for (uint32_t k = 0; k < rows; k++) behind |= (uint32_t)(data[at[(k + 1) * width - 1] - 1] == '\r') << k;
    _mm512_mask_storeu_epi32(end, some, _mm512_mask_sub_epi32(last, (__mmask16)behind, last, one));
    return at[rows * width - 1] + 1;
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

/* path: 0 the fastest here, 1 plain words, 2 one by one, 3 no more than AVX2 (the last three for tests). Tells whether
 * `kinds` were written. */
static uint32_t find_positions(const uint8_t *data, uint32_t start, uint32_t stop, uint32_t size,
                               const Marks *marks, uint32_t *out, uint8_t *kinds, int path, int *kinds_known) {
    *kinds_known = 0;
#if defined(__x86_64__) && defined(__GNUC__)
    if (path == 0 && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2")) {
        *kinds_known = 1;
        return positions_avx512(data, start, stop, size, marks, out, kinds);
    }
    if ((path == 0 || path == 3) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return positions_avx2(data, start, stop, size, marks, out);
#endif
    (void)kinds;
    if (path <= 1) return positions_by_words(data, start, stop, size, marks, out);
    return positions_one_by_one(data, start, stop, size, marks, out);
}

#define MOST_TOGETHER 64 /* cells of the widest rows that are taken sixteen at a time */

/* The marks of sixteen plain rows of ``width`` cells; ``pattern``: room for those, and 64 bytes more. */
static void fill_pattern(uint8_t *pattern, uint32_t width, uint8_t delimiter) {
    memset(pattern, delimiter, 16 * width + 64);
    for (uint32_t k = 0; k < 16; k++) pattern[(k + 1) * width - 1] = '\n';
}

/* Takes up to sixteen plain rows at once; how many. ``next``: where the row behind them begins. */
static inline uint32_t take_together(const uint8_t *data, const uint32_t *at, const uint8_t *kinds, const uint8_t *pattern,
                                     uint32_t left, uint32_t room, uint32_t width, uint32_t row, int32_t *start,
                                     int32_t *end, int64_t stride, uint32_t *next) {
#if defined(__x86_64__) && defined(__GNUC__)
    uint32_t rows = plain_rows(kinds, pattern, left, width);
    if (rows > room) rows = room;
    if (rows) *next = take_plain_rows(data, at, row, rows, width, start, end, stride);
    return rows;
#else
    (void)data, (void)at, (void)kinds, (void)pattern, (void)left, (void)room, (void)width, (void)row;
    (void)start, (void)end, (void)stride, (void)next;
    return 0;
#endif
}

#endif
