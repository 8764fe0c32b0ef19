/* What is written for nothing, as far as the ends of a cell and the classes of its bytes tell. */
#ifndef LEAKTALLY_NOTHING_H
#define LEAKTALLY_NOTHING_H

#include <stdint.h>
#include <string.h>

#define WORD_MOST 32 /* bytes of a word that stands for nothing */
#define BEGINS 1024  /* hashes of the first bytes of words; for each the sizes that words with it have (bit ``size`` - 1) */

/* Kinds of cells (kernels/profile): with a digit, or longer than a word and without any class that white space is in, a
 * cell holds something; only the others need to be looked at. */
#define KIND_DIGIT 0x0001
#define KIND_BLANK 0x9080
static inline int sure_by_kind(uint32_t kinds, int64_t size) {
    return kinds & KIND_DIGIT || (size > WORD_MOST && !(kinds & KIND_BLANK));
}

/* Of the first four bytes, the same for letters in any case. */
static inline uint32_t begin_hash(uint32_t first) { return ((first | 0x20202020U) * 0x9E3779B1U) >> 22; }

static inline uint32_t begin_of(const uint8_t *p, int64_t n) {
    uint32_t first = 0;
    if (n >= 4)
        memcpy(&first, p, 4);
    else
        for (int64_t i = 0; i < n; i++) first |= (uint32_t)p[i] << (8 * i);
    return begin_hash(first);
}

/* First byte of a character of U+4000 to U+9FFF, of which none stands for nothing by itself. */
static inline int leads_han(uint8_t byte) { return (uint8_t)(byte - 0xE4) < 6; }

/* Does the text begin and end with what is neither a sign nor white space? Certain, for most cells, if it says so.
 * ``classes``: of ASCII characters, 0 for others. */
static inline int is_solid(const uint8_t *classes, const uint8_t *p, int64_t n) {
    uint8_t last = p[n - 1];
    if (p[0] < 0x80 ? classes[p[0]] : !leads_han(p[0])) return 0;
    if (last < 0x80) return !classes[last];
    return n >= 3 && leads_han(p[n - 3]) && (p[n - 2] & 0xC0) == 0x80 && last < 0xC0;
}

#endif
