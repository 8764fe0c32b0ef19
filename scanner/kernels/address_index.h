/* Where things are kept that are known by a hash: buckets of four tags, so that looking for one takes no branch.
 *
 * Tags may agree by chance and may be out of date: what is kept is compared with what is sought.
 */
#ifndef LEAKTALLY_ADDRESS_INDEX_H
#define LEAKTALLY_ADDRESS_INDEX_H

#include <stdint.h>

#define HEAD_BUCKETS 8192
#define BUCKETS 2048

typedef struct {
    uint64_t tags; /* four; 0: empty */
    uint16_t places[4];
} Bucket;

/* The place of what has this hash, which is odd, among ``count`` buckets; -1 if there is none. */
static inline int find_tag(const Bucket *buckets, uint32_t count, uint32_t hash) {
    const Bucket *bucket = buckets + (hash >> 16 & (count - 1));
    uint64_t other = bucket->tags ^ (hash & 0xFFFF) * 0x0001000100010001ULL;
    uint64_t none = (other - 0x0001000100010001ULL) & ~other & 0x8000800080008000ULL; /* the lowest is true */
    return none ? bucket->places[__builtin_ctzll(none) >> 4] : -1;
}

/* Where what has this hash is put: in the place of the same tag, or in the one of ``size`` that was filled longest ago.
 * ``kept``: how many have been kept. */
static inline int keep_tag(Bucket *buckets, uint32_t count, uint32_t hash, uint32_t size, uint32_t *kept) {
    Bucket *bucket = buckets + (hash >> 16 & (count - 1));
    int place = find_tag(buckets, count, hash), way = 0;
    if (place >= 0) return place;
    while (way < 4 && bucket->tags >> 16 * way & 0xFFFF) way++;
    if (way == 4) way = *kept & 3;
    bucket->tags &= ~(0xFFFFULL << 16 * way);
    bucket->tags |= (uint64_t)(hash & 0xFFFF) << 16 * way;
    return bucket->places[way] = (uint16_t)((*kept)++ % size);
}
#endif
