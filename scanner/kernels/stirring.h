/* Words stirred together: what spreads the first word of a tuple by its other words. */
#ifndef LEAKTALLY_STIRRING_H
#define LEAKTALLY_STIRRING_H

#include <stdint.h>

/* A bijection that spreads every bit over all others (the finaliser of MurmurHash3). */
static inline uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDULL;
    x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53ULL;
    return x ^ (x >> 33);
}

/* One more word stirred in; ``mixed`` at the end spreads what is above and below. */
static inline uint64_t stirred(uint64_t h, uint64_t word) {
    h = (h ^ word) * 0x9E3779B97F4A7C15ULL;
    return h ^ (h >> 32);
}

/* All words but the first one stirred together. */
static inline uint64_t stirred_words(const uint64_t *words, int64_t count) {
    uint64_t h = 0;
    for (int64_t c = 1; c < count; c++) h = stirred(h, words[c]);
    return mixed(h);
}

#define PARTITION_FROM 56 /* the byte of a key's first word from here on tells its partition */

/* What the first word of a tuple is stirred by: all but the byte that tells the partition, so that tuples with the same
 * first number are in one partition, and elsewhere told apart by their first words. */
static inline uint64_t inside(uint64_t h) { return h & (((uint64_t)1 << PARTITION_FROM) - 1); }

/* The first word of a tuple as it was, or spread by the others: each is the other's inverse. */
static inline uint64_t unspread(const uint64_t *key, int width) { return key[0] ^ inside(stirred_words(key, width)); }

#endif
