/* What SQL text is made of, byte by byte; and the search for the end of a string. */
#ifndef LEAKTALLY_SQL_H
#define LEAKTALLY_SQL_H

#include <stddef.h>
#include <stdint.h>

static inline int sql_is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static inline int sql_is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }

/* Letters, digits, and what names of all dialects may hold besides. */
static inline int sql_is_name(uint8_t c) {
    return (uint8_t)((c | 32) - 'a') < 26 || sql_is_digit(c) || c >= 0x80 || c == '_' || c == '$' || c == '#' || c == '@';
}

static inline int sql_hex(uint8_t c) {
    uint8_t low = c | 32;
    return sql_is_digit(c) ? c - '0' : (uint8_t)(low - 'a') < 6 ? low - 'a' + 10 : -1;
}

/* Whether `word` (lower case, n bytes) stands at `at`, in either case. */
static inline int sql_same(const uint8_t *at, const char *word, ptrdiff_t n) {
    for (ptrdiff_t k = 0; k < n; k++) {
        uint8_t c = at[k];
        if ((uint8_t)(c - 'A') < 26) c |= 32;
        if (c != (uint8_t)word[k]) return 0;
    }
    return 1;
}

/* Where `one` or `other` comes first in data[at:size], else size. */
#if defined(__SSE2__)
#include <emmintrin.h>
static inline ptrdiff_t sql_find(const uint8_t *data, ptrdiff_t at, ptrdiff_t size, uint8_t one, uint8_t other) {
    const __m128i first = _mm_set1_epi8((char)one), second = _mm_set1_epi8((char)other);
    for (; at + 16 <= size; at += 16) {
        __m128i text = _mm_loadu_si128((const __m128i *)(data + at));
        int bits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(text, first), _mm_cmpeq_epi8(text, second)));
        if (bits) return at + __builtin_ctz((unsigned)bits);
    }
    while (at < size && data[at] != one && data[at] != other) at++;
    return at;
}
#else
static inline ptrdiff_t sql_find(const uint8_t *data, ptrdiff_t at, ptrdiff_t size, uint8_t one, uint8_t other) {
    while (at < size && data[at] != one && data[at] != other) at++;
    return at;
}
#endif

#endif
