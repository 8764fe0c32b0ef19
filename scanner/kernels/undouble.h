/* A cell's text with one quote for two: every second quote that no escape stands before falls away. */
#ifndef LEAKTALLY_UNDOUBLE_H
#define LEAKTALLY_UNDOUBLE_H

#include "wide.h"

/* Without branches, as quotes come at any time. Returns how many bytes were written to ``out``; ``escape``: -1 for none. */
static int64_t undouble_bytes(const uint8_t *text, int64_t size, uint8_t quote, int escape, uint8_t *out) {
    int64_t written = 0;
    uint32_t second = 0, escaped = 0;
    for (int64_t at = 0; at < size; at++) {
        uint8_t byte = text[at];
        uint32_t found = (uint32_t)(byte == quote) & ~escaped;
        out[written] = byte;
        written += 1 - (int64_t)(found & second);
        second ^= found;
        escaped = (uint32_t)((int)byte == escape) & ~escaped;
    }
    return written;
}

#ifdef HAS_WIDE
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt"))) static int64_t undouble_wide(
    const uint8_t *text, int64_t size, uint8_t quote, uint8_t *out) {
    const __m512i wanted = _mm512_set1_epi8((char)quote);
    int64_t written = 0;
    uint64_t second = 0; /* all bits set: the first quote of two was the last one */
    for (int64_t at = 0; at < size; at += 64) {
        uint64_t kept = _bzhi_u64(~0ULL, size - at < 64 ? (uint32_t)(size - at) : 64);
        __m512i bytes = _mm512_maskz_loadu_epi8(kept, text + at);
        uint64_t quotes = _mm512_mask_cmpeq_epi8_mask(kept, bytes, wanted), odd = quotes;
        for (int shift = 1; shift < 64; shift *= 2) odd ^= odd << shift; /* up to each bit: an odd number of quotes */
        odd ^= second;
        kept &= ~(quotes & ~odd);
        second = (uint64_t)((int64_t)odd >> 63);
        uint32_t count = (uint32_t)_mm_popcnt_u64(kept);
        _mm512_mask_storeu_epi8(out + written, _bzhi_u64(~0ULL, count), _mm512_maskz_compress_epi8(kept, bytes));
        written += count;
    }
    return written;
}
#endif

/* ``out``: room for ``size`` bytes that are none of the text's. ``path``: 0 the fastest here, 1 byte by byte (for tests). */
static inline int64_t undouble_text(const uint8_t *text, int64_t size, uint8_t quote, int escape, uint8_t *out, int path) {
#ifdef HAS_WIDE
    if (path == 0 && escape < 0 && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2"))
        return undouble_wide(text, size, quote, out);
#else
    (void)path;
#endif
    return undouble_bytes(text, size, quote, escape, out);
}

#endif
