/* The numbers of persons looked up by their first owner: most numbers have no other. */
#ifndef LEAKTALLY_UNIONS_H
#define LEAKTALLY_UNIONS_H

#include <stdint.h>
#include <string.h>

#define NODE_KIND 40 /* where the kind begins in a node's last word */
#define FIRST_AHEAD 16 /* nodes whose place in the table is fetched before it is their turn */

/* A number as it was first met: half a line of the cache. ``state``: 0 where the place is free. */
typedef struct {
    uint64_t key, owner, word, state;
} First;

enum { SIMPLE = 1, SEVERAL = 2 };

static inline uint64_t first_place(uint64_t key, uint64_t size) {
    uint64_t h = key * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9ULL;
    return (h >> 32) * size >> 32;
}

static inline First *first_found(First *table, uint64_t size, const uint64_t *node, uint64_t at) {
    while (table[at].state && (table[at].key != node[0] || (table[at].word ^ node[2]) >> NODE_KIND)) at = at + 1 == size ? 0 : at + 1;
    return table + at;
}

/* Takes in nodes (three words each: number, owner, mention and kind). Writes the pairs of mentions that are one person's
 * as they share a number and its first owner, or a number that one person alone has; returns how many. ``*several``: how
 * many nodes are of numbers that need a closer look, as they have several owners; their positions are in ``which``.
 * ``table`` has ``size`` places (below 2^32), more than there are nodes. */
static int64_t first_relations(const uint64_t *nodes, int64_t n, First *table, uint64_t size, int64_t *edges, int32_t *which,
                               int64_t *several) {
    const uint64_t mention = ((uint64_t)1 << NODE_KIND) - 1;
    int64_t found = 0, odd = 0;
    uint64_t places[FIRST_AHEAD]; /* of the nodes whose turn is next */
    memset(table, 0, size * sizeof(First));
    for (int64_t i = 0; i < n && i < FIRST_AHEAD; i++) places[i] = first_place(nodes[3 * i], size);
    for (int64_t i = 0; i < n; i++) {
        const uint64_t *node = nodes + 3 * i;
        First *first = first_found(table, size, node, places[i % FIRST_AHEAD]);
        if (i + FIRST_AHEAD < n) {
            places[i % FIRST_AHEAD] = first_place(node[3 * FIRST_AHEAD], size);
            __builtin_prefetch(table + places[i % FIRST_AHEAD], 1);
        }
        if (!first->state) {
            *first = (First){node[0], node[1], node[2], SIMPLE};
            continue;
        }
        int strong = node[2] >> NODE_KIND & 1, same = first->owner == node[1];
        if (!same && strong && (!first->owner || !node[1])) { /* a name and none are no conflict */
            first->owner |= node[1];
            same = 1;
        }
        if (same || strong) {
            edges[2 * found] = (int64_t)(first->word & mention);
            edges[2 * found + 1] = (int64_t)(node[2] & mention);
            found++;
        }
        if (!same) {
            first->state = SEVERAL;
            odd = 1;
        }
    }
    *several = 0;
    for (int64_t i = 0; odd && i < n; i++)
        if (first_found(table, size, nodes + 3 * i, first_place(nodes[3 * i], size))->state == SEVERAL) which[(*several)++] = (int32_t)i;
    return found;
}

#endif
