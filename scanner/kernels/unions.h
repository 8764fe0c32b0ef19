/* The numbers of persons looked up by their first owner: most numbers have no other. */
#ifndef LEAKTALLY_UNIONS_H
#define LEAKTALLY_UNIONS_H

#include <stdint.h>
#include <string.h>

#include "node.h"

#define FIRST_AHEAD 16 /* nodes whose place in the table is fetched before it is their turn */

/* A number as it was first met: half a line of the cache. ``state``: 0 where the place is free; else one of the following,
 * from bit HELD on its first holder, and from bit TOLD on its place in ``several``, plus one. */
typedef struct {
    uint64_t key, owner, word, state;
} First;

enum { SIMPLE = 1, SEVERAL = 2, COUNTED = 3, HELD = 2, TOLD = NODE_COUNTED - NODE_HOLDER + HELD };

/* How many numbers there are of each kind, and how many each of ``size`` holders has but for those of ``further``: nodes
 * (place in the table << HELD_BITS | holder) whose number was met with another holder before, of which there are ``count``. */
typedef struct {
    int64_t *of_kind, *of_holder, size;
    uint64_t *further;
    int64_t count;
} Counts;

enum { HELD_BITS = 16 };

static inline unsigned node_kind(uint64_t word) { return word >> NODE_KIND & NODE_KINDS; }

static inline uint64_t first_place(uint64_t key, uint64_t size) {
    uint64_t h = key * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9ULL;
    return (h >> 32) * size >> 32;
}

static inline First *first_found(First *table, uint64_t size, const uint64_t *node, uint64_t at) {
    while (table[at].state && (table[at].key != node[0] || node_kind(table[at].word ^ node[2]))) at = at + 1 == size ? 0 : at + 1;
    return table + at;
}

/* An owner of a number that has several: ``word`` is that of the first node of both, 0 where the place is free. */
typedef struct {
    uint64_t key, owner, word, used;
} Owned;

/* What nodes tell; each list has room for as many as there are nodes. */
typedef struct {
    int64_t *edges;    /* pairs of mentions that are one person */
    int64_t *pairs;    /* a bare mention with one of each owner of the same number */
    uint64_t *several; /* strong numbers that have several names: key, kind, how many names */
    int64_t edge_count, pair_count, several_count;
} Related;

static const uint64_t NODE_MENTION = ((uint64_t)1 << NODE_KIND) - 1;

static inline void relate(Related *all, uint64_t one, uint64_t two) {
    all->edges[2 * all->edge_count] = (int64_t)(one & NODE_MENTION);
    all->edges[2 * all->edge_count++ + 1] = (int64_t)(two & NODE_MENTION);
}

/* Takes in nodes (three words each: number, owner, mention and kind): what is one person's as it shares a number and its
 * first owner, or a number that one person alone has; ``counts`` has room for as many as there are nodes. Returns how many nodes are
 * of numbers that need a closer look, as they have several owners; ``which`` has their positions, and ``places`` those of
 * their numbers in the table. ``table`` has ``size`` places (below 2^32), more than there are nodes. */
static int64_t first_relations(const uint64_t *nodes, int64_t n, First *table, uint64_t size, Related *all, int32_t *which,
                               uint32_t *places, Counts *counts) {
    int64_t several = 0;
    int odd = 0;
    uint64_t next[FIRST_AHEAD]; /* places of the nodes whose turn is next */
    memset(table, 0, size * sizeof(First));
    for (int64_t i = 0; i < n && i < FIRST_AHEAD; i++) next[i] = first_place(nodes[3 * i], size);
    for (int64_t i = 0; i < n; i++) {
        const uint64_t *node = nodes + 3 * i;
        First *first = first_found(table, size, node, next[i % FIRST_AHEAD]);
        if (i + FIRST_AHEAD < n) {
            next[i % FIRST_AHEAD] = first_place(node[3 * FIRST_AHEAD], size);
            __builtin_prefetch(table + next[i % FIRST_AHEAD], 1);
        }
        places[i] = (uint32_t)(first - table);
        uint64_t holder = node[2] >> NODE_HOLDER & (HOLDERS - 1), counted = node[2] >> NODE_COUNTED & 1;
        if (!first->state) {
            *first = (First){node[0], node[1], node[2], (counted ? COUNTED : SIMPLE) | holder << HELD};
            counts->of_kind[node_kind(node[2])]++;
            if ((int64_t)holder < counts->size) counts->of_holder[holder]++;
            continue;
        }
        if (holder != (first->state >> HELD & (HOLDERS - 1)) && (int64_t)holder < counts->size)
            counts->further[counts->count++] = (uint64_t)(first - table) << HELD_BITS | holder;
        if (counted) continue;
        if ((first->state & 3) == COUNTED) { /* the first one that somebody has */
            first->owner = node[1], first->word = node[2];
            first->state ^= COUNTED ^ SIMPLE;
            continue;
        }
        int strong = node[2] >> NODE_KIND & 1, same = first->owner == node[1];
        if (!same && strong && (!first->owner || !node[1])) { /* a name and none are no conflict */
            first->owner |= node[1];
            same = 1;
        }
        if (same || strong) relate(all, first->word, node[2]);
        if (!same) {
            first->state |= SEVERAL, first->state &= ~(uint64_t)SIMPLE;
            odd = 1;
        }
    }
    for (int64_t i = 0; odd && i < n; i++) {
        which[several] = (int32_t)i;
        places[several] = places[i];
        several += (table[places[i]].state & 3) == SEVERAL && !(nodes[3 * i + 2] >> NODE_COUNTED & 1);
    }
    return several;
}

static inline uint64_t owned_place(uint64_t key, uint64_t owner, uint64_t size) {
    return first_place(key + (owner ^ owner >> 32) * 0xFF51AFD7ED558CCDULL, size);
}

static inline Owned *owned_found(Owned *table, uint64_t size, uint64_t key, uint64_t owner, uint64_t word, uint64_t at) {
    while (table[at].used &&
           (table[at].key != key || table[at].owner != owner || node_kind(table[at].word ^ word)))
        at = at + 1 == size ? 0 : at + 1;
    return table + at;
}

/* The closer look at ``count`` nodes of ``which``: what is one person's as it shares a number and another of its owners; which
 * weak numbers also occur with nobody; and which strong ones have several names. ``owned`` has ``size`` places, more than
 * ``count``. */
static void further_relations(const uint64_t *nodes, int64_t count, First *table, Owned *owned, uint64_t size, Related *all,
                              const int32_t *which, const uint32_t *places) {
    uint64_t next[FIRST_AHEAD];
    int bare = 0;
    memset(owned, 0, size * sizeof(Owned));
    for (int64_t i = 0; i < count && i < FIRST_AHEAD; i++) {
        const uint64_t *node = nodes + 3 * (int64_t)which[i];
        next[i] = owned_place(node[0], node[1], size);
    }
    for (int64_t i = 0; i < count; i++) {
        const uint64_t *node = nodes + 3 * (int64_t)which[i];
        Owned *own = owned_found(owned, size, node[0], node[1], node[2], next[i % FIRST_AHEAD]);
        if (i + FIRST_AHEAD < count) {
            const uint64_t *soon = nodes + 3 * (int64_t)which[i + FIRST_AHEAD];
            next[i % FIRST_AHEAD] = owned_place(soon[0], soon[1], size);
            __builtin_prefetch(owned + next[i % FIRST_AHEAD], 1);
        }
        First *first = table + places[i];
        int strong = node[2] >> NODE_KIND & 1;
        if (own->used) {
            if (!strong && node[1] != first->owner) relate(all, own->word, node[2]);
            continue;
        }
        *own = (Owned){node[0], node[1], node[2], 1};
        bare |= !node[1];
        if (!strong || !node[1]) continue;
        uint64_t place = first->state >> TOLD;
        if (!place) {
            place = (uint64_t)++all->several_count;
            first->state |= place << TOLD;
            uint64_t *told = all->several + 3 * (place - 1);
            told[0] = node[0], told[1] = node_kind(node[2]), told[2] = 0;
        }
        all->several[3 * (place - 1) + 2]++;
    }
    for (uint64_t at = 0; bare && at < size; at++) {
        const Owned *own = owned + at;
        if (!own->used || !own->owner || node_kind(own->word) & 1) continue;
        const Owned *none = owned_found(owned, size, own->key, 0, own->word, owned_place(own->key, 0, size));
        if (!none->used) continue;
        all->pairs[2 * all->pair_count] = (int64_t)(none->word & NODE_MENTION);
        all->pairs[2 * all->pair_count++ + 1] = (int64_t)(own->word & NODE_MENTION);
    }
}

#endif
