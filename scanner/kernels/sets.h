/* Keys of several words: spread over 256 partitions by the top byte of their first word, made distinct and counted there. */
#ifndef LEAKTALLY_SETS_H
#define LEAKTALLY_SETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PARTITIONS 256
#define INLINE __attribute__((always_inline)) static inline
#define ALIKE_FROM 52 /* the bits of a key's second word from here on, and its first word, tell what it is alike */
#define LOOK_AHEAD 8 /* keys whose place in a table is fetched before it is their turn */

/* The usual numbers of words are known to the compiler. */
#define BY_WIDTH(width, call)      \
    switch (width) {               \
    case 1: { enum { W = 1 }; call; break; } \
    case 2: { enum { W = 2 }; call; break; } \
    case 3: { enum { W = 3 }; call; break; } \
    default: { const int W = width; call; }  \
    }

INLINE void copy_words(uint64_t *to, const uint64_t *from, int width) {
    for (int c = 0; c < width; c++) to[c] = from[c];
}

INLINE int same_words(const uint64_t *one, const uint64_t *two, int width) {
    for (int c = 0; c < width; c++)
        if (one[c] != two[c]) return 0;
    return 1;
}

/* A power of two that leaves at least half of the slots free. */
static inline int64_t table_size(int64_t count) {
    int64_t size = 16;
    while (size < 2 * count) size *= 2;
    return size;
}

INLINE int64_t partition_of(uint64_t word, int shift) { return (int64_t)(word >> shift & (PARTITIONS - 1)); }

/* Adds to ``offsets[slot * 256 + p + 1]`` how many keys of a slot (NULL: 0) are of partition p. */
static void count_spread(const uint64_t *keys, const int32_t *slot, int64_t n, int width, int shift, int64_t *offsets) {
    if (slot)
        for (int64_t i = 0; i < n; i++)
            offsets[slot[i] * (int64_t)PARTITIONS + partition_of(keys[i * width], shift) + 1]++;
    else
        for (int64_t i = 0; i < n; i++) offsets[partition_of(keys[i * width], shift) + 1]++;
}

/* Makes offsets of counts; ``at``: where the next key of each partition goes. */
static void sum_up(int64_t *offsets, int64_t partitions, int64_t *at) {
    for (int64_t p = 0; p < partitions; p++) {
        at[p] = offsets[p];
        offsets[p + 1] += offsets[p];
    }
}

INLINE void spread_wide(const uint64_t *keys, const int32_t *slot, int64_t n, int shift, int64_t *at, uint64_t *out,
                        int width) {
    for (int64_t i = 0; i < n; i++) {
        int64_t p = partition_of(keys[i * width], shift) + (slot ? (int64_t)slot[i] * PARTITIONS : 0);
        copy_words(out + at[p]++ * width, keys + i * width, width);
    }
}

static void spread_keys(const uint64_t *keys, const int32_t *slot, int64_t n, int width, int shift, int64_t *at,
                        uint64_t *out) {
    BY_WIDTH(width, spread_wide(keys, slot, n, shift, at, out, W))
}

/* Moves the distinct keys of ``keys[first:last]`` to ``kept`` and on; returns where they end. An entry of the table is
 * 32 bits of the key and its position plus one, so that few keys are looked at twice. */
INLINE int64_t dedupe_wide(uint64_t *keys, int64_t first, int64_t last, int64_t kept, uint64_t *table, int width) {
    int64_t size = table_size(last - first), begin = kept;
    uint64_t mask = (uint64_t)size - 1;
    memset(table, 0, (size_t)size * 8);
    for (int64_t i = first; i < last; i++) {
        const uint64_t *key = keys + i * width;
        uint64_t slot = key[0] & mask, part = (uint32_t)(key[0] >> 24), known;
        while ((known = table[slot]) != 0) {
            if (known >> 32 == part && same_words(keys + (begin + (int64_t)(uint32_t)known - 1) * width, key, width))
                break;
            slot = (slot + 1) & mask;
        }
        if (known) continue;
        table[slot] = part << 32 | (uint64_t)(kept - begin + 1);
        if (kept != i) copy_words(keys + kept * width, key, width);
        kept++;
    }
    return kept;
}

static int64_t dedupe(uint64_t *keys, int width, int64_t first, int64_t last, int64_t kept, uint64_t *table) {
    int64_t end = kept;
    BY_WIDTH(width, end = dedupe_wide(keys, first, last, kept, table, W))
    return end;
}

/* Keys of one owner, by partition: partition p is ``offsets[p] - base`` and on. Each has the payload, or, where there
 * is a ``lookup`` (pairs of tag and payload, as many as a power of two), the payload of the tag behind its words. */
typedef struct {
    const uint64_t *keys;
    const int64_t *offsets;
    int64_t base;
    uint32_t owner;
    uint64_t payload;
    const uint64_t *lookup;
    uint64_t lookup_mask;
} Source;

#define DIRECT 4096

/* How many keys have which payload: small ones by themselves; places that hold payload 0 are free. */
typedef struct {
    int64_t direct[DIRECT];
    uint64_t *payloads;
    int64_t *counts;
    uint64_t size;
    uint64_t used;
} Histogram;

static int64_t *counted(Histogram *h, uint64_t payload) {
    if (2 * h->used >= h->size) {
        uint64_t size = h->size ? 2 * h->size : 64;
        Histogram larger = {{0}, calloc(size, 8), calloc(size, 8), size, 0};
        if (!larger.payloads || !larger.counts) {
            free(larger.payloads);
            free(larger.counts);
            return NULL;
        }
        for (uint64_t i = 0; i < h->size; i++)
            if (h->payloads[i]) *counted(&larger, h->payloads[i]) = h->counts[i];
        free(h->payloads);
        free(h->counts);
        h->payloads = larger.payloads;
        h->counts = larger.counts;
        h->size = size;
    }
    uint64_t at = payload * 0x9E3779B97F4A7C15ULL >> 32 & (h->size - 1);
    while (h->payloads[at] && h->payloads[at] != payload) at = (at + 1) & (h->size - 1);
    h->used += h->payloads[at] == 0;
    h->payloads[at] = payload;
    return h->counts + at;
}

static inline uint64_t payload_of(const Source *source, uint64_t tag) {
    uint64_t at = tag & source->lookup_mask;
    while (source->lookup[2 * at] != tag) {
        if (source->lookup[2 * at] == 0) return 0;
        at = (at + 1) & source->lookup_mask;
    }
    return source->lookup[2 * at + 1];
}

/* Different keys of one partition. ``marks``: one byte a slot, 0 where it is free, else 0x80 and seven bits of the key,
 * in groups of slots; ``index``: the slot's entry; an entry: a key's last owner (from bit ``shift`` on) and payload (below),
 * its words. As the marks of a new key seldom agree with others', it is taken in without a look at any entry. */
typedef struct {
    uint8_t *marks;
    uint32_t *index;
    uint64_t *entries;
    uint64_t mask; /* of a group's first slot */
    uint64_t used;
    int shift; /* an entry's first word: the last owner from this bit on, the payload below */
    int64_t twins;
} Table;

/* Keeps the compiler from making a jump of it. */
#define HIDDEN(x) __asm__("" : "+r"(x))

/* The marks of some slots that follow each other: which of them are ``like`` a mark, and which slots are free. */
typedef struct {
    uint64_t like, unused;
} Seen;

#ifdef __SSE2__
#define GROUP 16 /* slots whose marks are looked at together: a bit for each */
#define LAST_SLOT ((uint64_t)1 << 15)

static inline uint64_t first_of(uint64_t slots) { return (uint64_t)__builtin_ctzll(slots); }

static inline Seen seen(const uint8_t *marks, uint64_t mark) {
    __m128i all = _mm_loadu_si128((const __m128i *)marks), one = _mm_shuffle_epi32(_mm_cvtsi32_si128((int)(mark * 0x01010101)), 0);
    return (Seen){(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(all, one)), (uint32_t)_mm_movemask_epi8(all) ^ 0xFFFF};
}
#else
#define GROUP 8 /* a byte for each, of which the top bit counts */
#define LAST_SLOT ((uint64_t)1 << 63)
#define EACH_BYTE 0x0101010101010101ULL

static inline uint64_t first_of(uint64_t slots) { return (uint64_t)__builtin_ctzll(slots) >> 3; }

static inline Seen seen(const uint8_t *marks, uint64_t mark) {
    uint64_t all, x;
    memcpy(&all, marks, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    all = __builtin_bswap64(all);
#endif
    x = all ^ mark * EACH_BYTE;
    return (Seen){~(((x & 0x7F * EACH_BYTE) + 0x7F * EACH_BYTE) | x) & 0x80 * EACH_BYTE, ~all & 0x80 * EACH_BYTE};
}
#endif

/* The entry of a key, which is new if its first word is 0: whatever its marks look like. */
__attribute__((noinline)) static uint64_t *searched(Table *table, const uint64_t *key, int width) {
    uint64_t slot = key[0] & table->mask, mark = 0x80 | (key[0] >> 40 & 0x7F);
    int64_t twin = 0;
    for (;; slot = (slot + GROUP) & table->mask) {
        Seen there = seen(table->marks + slot, mark);
        for (uint64_t like = there.like; like; like &= like - 1) {
            uint64_t *entry = table->entries + (uint64_t)table->index[slot + first_of(like)] * (uint64_t)(width + 1);
            if (same_words(entry + 1, key, width)) return entry;
            twin |= width > 1 && entry[1] == key[0] && (entry[2] ^ key[1]) >> ALIKE_FROM == 0;
        }
        if (there.unused) {
            table->twins += twin;
            uint64_t *entry = table->entries + table->used * (uint64_t)(width + 1);
            slot += first_of(there.unused);
            table->marks[slot] = (uint8_t)mark;
            table->index[slot] = (uint32_t)table->used++;
            entry[0] = 0;
            copy_words(entry + 1, key, width);
            return entry;
        }
    }
}

/* Takes in the keys of a source. There is no jump that depends on whether a key is new, as nothing can foretell that:
 * each key is written behind the last entry, so that it is found either there or where its mark is. */
INLINE int64_t take_in(const Source *source, int64_t partition, Table *table, int tagged, int width) {
    const uint64_t entry_words = (uint64_t)width + 1, mask = table->mask, owner = source->owner;
    const int shift = table->shift;
    const uint64_t below = ((uint64_t)1 << shift) - 1;
    uint8_t *const marks = table->marks;
    uint32_t *const index = table->index;
    uint64_t *const entries = table->entries;
    uint64_t payload = source->payload, used = table->used, *next = entries + used * entry_words;
    const int64_t stride = width + tagged;
    const uint64_t *key = source->keys + (source->offsets[partition] - source->base) * stride;
    const uint64_t *const end = source->keys + (source->offsets[partition + 1] - source->base) * stride;
    int64_t differ = 0;
    for (; key < end; key += stride) {
        /* Behind the last key nothing is read: the keys go on, or the last one is looked at once more. */
        const uint64_t *ahead = key + LOOK_AHEAD * stride < end ? key + LOOK_AHEAD * stride : key;
        __builtin_prefetch(marks + (*ahead & mask), 1);
        if (tagged) payload = payload_of(source, key[width]);
        if (!payload) continue;
        uint64_t slot = key[0] & mask, mark = 0x80 | (key[0] >> 40 & 0x7F);
        Seen there = seen(marks + slot, mark);
        uint64_t fresh = ((there.like | (0 - there.like)) >> 63) - 1; /* all bits, if no mark is like it */
        HIDDEN(fresh);
        uint64_t chosen = there.like | (there.unused & fresh);
        slot += first_of(chosen | LAST_SLOT);
        uint64_t at = (index[slot] & ~fresh) | (used & fresh), *entry = entries + at * entry_words;
        next[0] = 0;
        copy_words(next + 1, key, width);
        if (__builtin_expect(chosen && same_words(entry + 1, key, width), 1)) {
            marks[slot] = (uint8_t)mark;
            index[slot] = (uint32_t)at;
            used -= fresh;
            next += entry_words & fresh;
        } else {
            table->used = used;
            entry = searched(table, key, width);
            used = table->used;
            next = entries + used * entry_words;
        }
        differ += entry[0] >> shift != owner; /* nobody is owner 0 */
        entry[0] = owner << shift | (entry[0] & below) | payload;
    }
    table->used = used;
    return differ;
}

INLINE void count_wide(const Source *sources, int64_t count, int64_t partition, Table *table, int64_t *owned, int width) {
    for (int64_t s = 0; s < count; s++)
        owned[sources[s].owner] += sources[s].lookup ? take_in(&sources[s], partition, table, 1, width)
                                                     : take_in(&sources[s], partition, table, 0, width);
}

static int count_payloads(const Table *table, int width, Histogram *histogram) {
    for (uint64_t i = 0; i < table->used; i++) {
        uint64_t payload = table->entries[i * (uint64_t)(width + 1)] & (((uint64_t)1 << table->shift) - 1);
        if (payload < DIRECT) {
            histogram->direct[payload]++;
        } else {
            int64_t *place = counted(histogram, payload);
            if (!place) return 0;
            ++*place;
        }
    }
    return 1;
}

/* Counts the keys of the partitions ``first`` to ``last - 1``; 0 where there is no memory or a partition is too large. */
static int count_keys(const Source *sources, int64_t count, int width, int64_t first, int64_t last, int shift,
                      int64_t *owned, Histogram *histogram, int64_t *twins) {
    int64_t most = 0, size;
    for (int64_t p = first; p < last; p++) {
        int64_t n = 0;
        for (int64_t s = 0; s < count; s++) n += sources[s].offsets[p + 1] - sources[s].offsets[p];
        most = n > most ? n : most;
    }
    if (most >= (int64_t)1 << 31) return 0;
    size = table_size(most);
    Table table = {malloc((size_t)size), malloc((size_t)size * 4), malloc(((size_t)most + 1) * (size_t)(width + 1) * 8),
                   (uint64_t)size - GROUP, 0, shift, 0};
    int sound = table.marks && table.index && table.entries;
    for (int64_t p = first; p < last && sound; p++) {
        memset(table.marks, 0, (size_t)size);
        table.used = 0;
        BY_WIDTH(width, count_wide(sources, count, p, &table, owned, W))
        sound = count_payloads(&table, width, histogram);
    }
    *twins += table.twins;
    free(table.marks);
    free(table.index);
    free(table.entries);
    return sound;
}

/* Moves some rows from their groups, those below ``before``, to these groups' children (-1: not there yet); each row
 * but once. Returns how many groups there are then, -1 where there is no such row. */
static int64_t part_rows(const int32_t *rows, int64_t n, int32_t *restrict of_row, int64_t size, int32_t *restrict child,
                         int32_t before, int64_t groups) {
    for (int64_t i = 0; i < n; i++) {
        if ((uint64_t)(int64_t)rows[i] >= (uint64_t)size) return -1;
        int32_t group = of_row[rows[i]];
        if (group >= before) continue;
        if (child[group] < 0) child[group] = (int32_t)groups++;
        of_row[rows[i]] = child[group];
    }
    return groups;
}

/* Is each row greater than the one before? */
static int ascending(const int32_t *rows, int64_t n) {
    int wrong = 0;
    for (int64_t i = 1; i < n; i++) wrong |= rows[i] <= rows[i - 1];
    return !wrong;
}

/* As ``part_rows``, of the rows from 0 to ``size`` that are not among these ascending ones, which should be few. */
static int64_t part_others(const int32_t *rows, int64_t n, int32_t *restrict of_row, int64_t size,
                           int32_t *restrict child, int32_t before, int64_t groups) {
    int32_t next = 0;
    if (n && (rows[0] < 0 || rows[n - 1] >= size)) return -1;
    for (int64_t i = 0; i <= n; i++) {
        if (i + 16 <= n && rows[i] == next && rows[i + 15] == next + 15) { /* nothing is left out */
            i += 15;
            next += 16;
            continue;
        }
        int32_t row = i < n ? rows[i] : (int32_t)size;
        for (; next < row; next++) groups = part_rows(&next, 1, of_row, size, child, before, groups);
        next = row + 1;
    }
    return groups;
}

#endif
