/* Keys of several words: spread over 256 partitions by the top byte of their first word, made distinct and counted there. */
#ifndef LEAKTALLY_SETS_H
#define LEAKTALLY_SETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "widths.h"

#define PARTITIONS 256
#define INLINE __attribute__((always_inline)) static inline
#define ALIKE_FROM 52 /* the bits of a key's second word from here on, and its first word, tell what it is alike */
#define TOP_BYTE 56 /* where the byte of the first word begins that tells the partition; packed keys have a code there */
#define INSIDE (((uint64_t)1 << TOP_BYTE) - 1)
#define IN_CACHE (1 << 13) /* keys of a bucket */
#define MOST_BUCKET_BITS 10

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

/* Adds to ``offsets[p + 1]`` how many keys are of partition p. */
static void count_spread(const uint64_t *keys, int64_t n, int width, int shift, int64_t *offsets) {
    for (int64_t i = 0; i < n; i++) offsets[partition_of(keys[i * width], shift) + 1]++;
}

/* Makes offsets of counts; ``at``: where the next key of each partition goes. */
static void sum_up(int64_t *offsets, int64_t *at) {
    for (int64_t p = 0; p < PARTITIONS; p++) {
        at[p] = offsets[p];
        offsets[p + 1] += offsets[p];
    }
}

INLINE void spread_wide(const uint64_t *keys, int64_t n, int shift, int64_t *at, uint64_t *out, int width) {
    for (int64_t i = 0; i < n; i++)
        copy_words(out + at[partition_of(keys[i * width], shift)]++ * width, keys + i * width, width);
}

static void spread_keys(const uint64_t *keys, int64_t n, int width, int shift, int64_t *at, uint64_t *out) {
    BY_WIDTH(width, spread_wide(keys, n, shift, at, out, W))
}

#define TAILS 256
#define TAIL_SLOTS 1024 /* of a table that finds the code of a last word */

static inline uint64_t tail_slot(uint64_t tail) { return tail * 0x9E3779B97F4A7C15ULL >> 54; }

/* Writes the code of each key's last word: its position among the ``*count`` words of ``tails``, to which new ones are
 * added; and adds to ``offsets[p + 1]`` how many keys are of partition p. 0 where there are more than TAILS. */
static int code_tails(const uint64_t *keys, int64_t n, int width, uint64_t *tails, int64_t *count, uint8_t *codes,
                      int64_t *offsets) {
    uint16_t known[TAIL_SLOTS] = {0}; /* codes plus one */
    for (int64_t i = 0; i < *count; i++) {
        uint64_t slot = tail_slot(tails[i]);
        while (known[slot]) slot = (slot + 1) & (TAIL_SLOTS - 1);
        known[slot] = (uint16_t)(i + 1);
    }
    uint64_t slot = 0;
    for (const uint64_t *key = keys, *end = keys + n * width; key < end; key += width) {
        const uint64_t tail = key[width - 1];
        if (!known[slot] || tails[known[slot] - 1] != tail) { /* keys of one tail often follow each other */
            slot = tail_slot(tail);
            while (known[slot] && tails[known[slot] - 1] != tail) slot = (slot + 1) & (TAIL_SLOTS - 1);
            if (!known[slot]) {
                if (*count == TAILS) return 0;
                tails[*count] = tail;
                known[slot] = (uint16_t)++*count;
            }
        }
        *codes++ = (uint8_t)(known[slot] - 1);
        offsets[partition_of(key[0], TOP_BYTE) + 1]++;
    }
    return 1;
}

/* As ``spread_keys``, packed: without the last word, whose code takes the place of the byte that tells the partition. */
INLINE void pack_wide(const uint64_t *keys, const uint8_t *codes, int64_t n, int64_t *at, uint64_t *out, int width) {
    for (int64_t i = 0; i < n; i++) {
        const uint64_t *key = keys + i * width;
        uint64_t *to = out + at[partition_of(key[0], TOP_BYTE)]++ * (width - 1);
        __builtin_prefetch(to + 8, 1); /* the next line of this partition, which is not in the cache */
        copy_words(to, key, width - 1);
        to[0] = (key[0] & INSIDE) | (uint64_t)codes[i] << TOP_BYTE;
    }
}

static void pack_keys(const uint64_t *keys, const uint8_t *codes, int64_t n, int width, int64_t *at, uint64_t *out) {
    BY_WIDTH(width, pack_wide(keys, codes, n, at, out, W))
}

/* Copies keys of one partition, packed where there are ``tails``, to where the next one of their bucket goes. */
INLINE void place_keys_wide(const uint64_t *key, int64_t n, uint64_t partition, const uint64_t *tails, int from,
                            uint64_t buckets, int64_t *at, uint64_t *out, int width) {
    const int64_t stride = width - (tails != NULL);
    for (const uint64_t *end = key + n * stride; key < end; key += stride) {
        uint64_t *to = out + at[key[0] >> from & buckets]++ * width;
        if (tails) {
            copy_words(to, key, width - 1);
            to[width - 1] = tails[key[0] >> TOP_BYTE];
            to[0] = (key[0] & INSIDE) | partition << TOP_BYTE;
        } else {
            copy_words(to, key, width);
        }
    }
}

static void place_keys(const uint64_t *key, int64_t n, uint64_t partition, const uint64_t *tails, int from,
                       uint64_t buckets, int64_t *at, uint64_t *out, int width) {
    if (tails) {
        BY_WIDTH(width, place_keys_wide(key, n, partition, tails, from, buckets, at, out, W))
    } else {
        BY_WIDTH(width, place_keys_wide(key, n, partition, NULL, from, buckets, at, out, W))
    }
}

/* Keys of some partitions, by partition: those of p are ``offsets[p] - offsets[first]`` and on, of ``width`` words each;
 * packed where there are ``tails``. */
typedef struct {
    const uint64_t *keys;
    const int64_t *offsets;
    const uint64_t *tails;
    int width;
} Piece;

/* Adds to ``bounds[b + 1]`` how many keys go to bucket b: 2 to the power of ``bits`` of each partition. */
static void count_pieces(const Piece *pieces, int64_t count, int64_t first, int64_t last, int from, int bits,
                         int64_t *bounds) {
    const uint64_t buckets = ((uint64_t)1 << bits) - 1;
    for (const Piece *piece = pieces; piece < pieces + count; piece++) {
        const uint64_t *key = piece->keys;
        for (int64_t p = first; p < last; p++) {
            int64_t *bucket = bounds + ((p - first) << bits) + 1;
            for (int64_t left = piece->offsets[p + 1] - piece->offsets[p]; left > 0; left--, key += piece->width)
                bucket[*key >> from & buckets]++;
        }
    }
}

/* Copies all keys to where the next one of their bucket goes. */
static void place_pieces(const Piece *pieces, int64_t count, int64_t first, int64_t last, int from, int bits,
                         int64_t *at, uint64_t *out, int width) {
    for (const Piece *piece = pieces; piece < pieces + count; piece++) {
        const uint64_t *key = piece->keys;
        for (int64_t p = first; p < last; p++) {
            const int64_t n = piece->offsets[p + 1] - piece->offsets[p];
            if (n > 0)
                place_keys(key, n, (uint64_t)p, piece->tails, from, ((uint64_t)1 << bits) - 1, at + ((p - first) << bits),
                           out, width);
            key += n * piece->width;
        }
    }
}

/* Copies the keys of all partitions to ``out``; ``at``: where the next one of each partition goes. */
static void join_pieces(const Piece *pieces, int64_t count, int64_t *at, uint64_t *out) {
    for (const Piece *piece = pieces; piece < pieces + count; piece++) {
        const uint64_t *key = piece->keys;
        const int width = piece->width;
        for (int64_t p = 0; p < PARTITIONS; p++) {
            const int64_t words = (piece->offsets[p + 1] - piece->offsets[p]) * width;
            if (words <= 0) continue;
            memcpy(out + at[p] * width, key, (size_t)words * sizeof(uint64_t));
            at[p] += words / width;
            key += words;
        }
    }
}

/* Into how many buckets so many keys go, as a number of bits: few enough a bucket that its table stays in the cache. */
static inline int bucket_bits(int64_t n) {
    int bits = 0;
    while (bits < MOST_BUCKET_BITS && n >> bits > IN_CACHE) bits++;
    return bits;
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
 * is a ``lookup`` (pairs of tag and payload, as many as a power of two), the payload of the tag behind its words, or,
 * where keys are packed, the one that ``by_code`` has for the top byte of the first word. Where ``by_number`` tells owner
 * and payload of ``members`` numbers (as in an entry, 0: left out), they are those of the number behind its words. */
typedef struct {
    const uint64_t *keys;
    const int64_t *offsets;
    int64_t base;
    uint32_t owner;
    uint64_t payload;
    const uint64_t *lookup;
    uint64_t lookup_mask;
    const uint64_t *by_code;
    const uint64_t *by_number;
    uint64_t members;
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

/* Different keys of one bucket. ``marks``: one byte a slot, 0 where it is free, else 0x80 and seven bits of the key,
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

/* Takes in ``n`` keys, which lie as entries (owner and payload, words) from ``table->entries`` on; the different ones
 * end up at the front. There is no jump that depends on whether a key is new, as nothing can foretell that: each key is
 * written behind the last different one, so that it is found either there or where its mark is. */
INLINE void take_in(Table *table, int64_t n, int64_t *owned, int width) {
    const uint64_t entry_words = (uint64_t)width + 1, mask = table->mask;
    const int shift = table->shift;
    const uint64_t below = ((uint64_t)1 << shift) - 1;
    uint8_t *const marks = table->marks;
    uint32_t *const index = table->index;
    uint64_t *const entries = table->entries;
    uint64_t used = 0, *next = entries;
    const uint64_t *const end = entries + (uint64_t)n * entry_words;
    for (const uint64_t *key = entries; key < end; key += entry_words) {
        const uint64_t told = *key, *words = key + 1;
        uint64_t slot = words[0] & mask, mark = 0x80 | (words[0] >> 40 & 0x7F);
        Seen there = seen(marks + slot, mark);
        uint64_t fresh = ((there.like | (0 - there.like)) >> 63) - 1; /* all bits, if no mark is like it */
        HIDDEN(fresh);
        uint64_t chosen = there.like | (there.unused & fresh);
        slot += first_of(chosen | LAST_SLOT);
        uint64_t at = (index[slot] & ~fresh) | (used & fresh), *entry = entries + at * entry_words;
        next[0] = 0;
        copy_words(next + 1, words, width);
        if (__builtin_expect(chosen && same_words(entry + 1, words, width), 1)) {
            marks[slot] = (uint8_t)mark;
            index[slot] = (uint32_t)at;
            used -= fresh;
        } else {
            table->used = used;
            entry = searched(table, words, width);
            used = table->used;
        }
        next = entries + used * entry_words;
        owned[told >> shift] += entry[0] >> shift != told >> shift; /* nobody is owner 0 */
        entry[0] = told | (entry[0] & below);
    }
    table->used = used;
}

#define DIGIT 11 /* bits of an owner by which entries are ordered at one go */

/* Orders ``n`` entries by their owners, of so many bits, as ``take_in`` needs them; where they lie then: in ``entries`` or
 * in ``spare``, which has room for as many. */
INLINE uint64_t *ordered_wide(uint64_t *entries, uint64_t *spare, int64_t n, int shift, int bits, int width) {
    const uint64_t entry_words = (uint64_t)width + 1, all = ((uint64_t)1 << DIGIT) - 1;
    for (; bits > 0; bits -= DIGIT, shift += DIGIT) {
        uint32_t at[1 << DIGIT] = {0}, sum = 0;
        const uint64_t digits = bits < DIGIT ? ((uint64_t)1 << bits) - 1 : all;
        const uint64_t *const end = entries + (uint64_t)n * entry_words;
        for (const uint64_t *entry = entries; entry < end; entry += entry_words) at[*entry >> shift & digits]++;
        for (uint64_t digit = 0; digit <= digits; digit++) {
            const uint32_t count = at[digit];
            at[digit] = sum;
            sum += count;
        }
        for (const uint64_t *entry = entries; entry < end; entry += entry_words)
            copy_words(spare + at[*entry >> shift & digits]++ * entry_words, entry, width + 1);
        uint64_t *other = entries;
        entries = spare, spare = other;
    }
    return entries;
}

static uint64_t *ordered(uint64_t *entries, uint64_t *spare, int64_t n, int shift, int bits, int width) {
    uint64_t *found = entries;
    BY_WIDTH(width, found = ordered_wide(entries, spare, n, shift, bits, W))
    return found;
}

enum { PLAIN, TAGGED, PACKED, NUMBERED };

/* Writes the keys of a source that have a payload as entries, each where the next one of its bucket goes; the top byte of
 * their first word, which is the same for all of a partition or a code, is left out. */
INLINE void place_source(const Source *source, int64_t partition, int shift, int from, uint64_t buckets, int64_t *at,
                         uint64_t *out, int kind, int width) {
    const uint64_t entry_words = (uint64_t)width + 1, owner = (uint64_t)source->owner << shift;
    const int64_t stride = width + (kind == TAGGED || kind == NUMBERED);
    const uint64_t *key = source->keys + (source->offsets[partition] - source->base) * stride;
    const uint64_t *const end = source->keys + (source->offsets[partition + 1] - source->base) * stride;
    uint64_t payload = source->payload;
    for (; key < end; key += stride) {
        if (kind == TAGGED) payload = payload_of(source, key[width]);
        if (kind == PACKED) payload = source->by_code[key[0] >> TOP_BYTE];
        if (kind == NUMBERED) payload = key[width] < source->members ? source->by_number[key[width]] : 0;
        if (!payload) continue;
        uint64_t *entry = out + (uint64_t)at[key[0] >> from & buckets]++ * entry_words;
        copy_words(entry + 1, key, width);
        entry[0] = owner | payload;
        entry[1] &= INSIDE;
    }
}

INLINE void place_wide(const Source *sources, int64_t count, int64_t partition, int shift, int from, uint64_t buckets,
                       int64_t *at, uint64_t *out, int width) {
    for (int64_t s = 0; s < count; s++)
        if (sources[s].by_code)
            place_source(&sources[s], partition, shift, from, buckets, at, out, PACKED, width);
        else if (sources[s].by_number)
            place_source(&sources[s], partition, shift, from, buckets, at, out, NUMBERED, width);
        else if (sources[s].lookup)
            place_source(&sources[s], partition, shift, from, buckets, at, out, TAGGED, width);
        else
            place_source(&sources[s], partition, shift, from, buckets, at, out, PLAIN, width);
}

/* Adds to ``at[b + 1]`` how many keys of some sources are in bucket b. */
static void count_buckets(const Source *sources, int64_t count, int64_t partition, int width, int from, uint64_t buckets,
                          int64_t *at) {
    for (int64_t s = 0; s < count; s++) {
        const Source *source = &sources[s];
        const int64_t stride = width + (source->lookup || source->by_number);
        const uint64_t *key = source->keys + (source->offsets[partition] - source->base) * stride;
        const uint64_t *const end = source->keys + (source->offsets[partition + 1] - source->base) * stride;
        for (; key < end; key += stride) at[(key[0] >> from & buckets) + 1]++;
    }
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

/* Counts the keys of the partitions ``first`` to ``last - 1``; 0 where there is no memory or a partition is too large.
 * ``owner_bits``: of owners, where keys must be put in their order; else 0, and the sources are. */
static int count_keys(const Source *sources, int64_t count, int width, int64_t first, int64_t last, int shift,
                      int owner_bits, int64_t *owned, Histogram *histogram, int64_t *twins) {
    int64_t most = 0, size = 0, begin[(1 << MOST_BUCKET_BITS) + 1], at[1 << MOST_BUCKET_BITS];
    for (int64_t p = first; p < last; p++) {
        int64_t n = 0;
        for (int64_t s = 0; s < count; s++) n += sources[s].offsets[p + 1] - sources[s].offsets[p];
        most = n > most ? n : most;
    }
    if (most >= (int64_t)1 << 31) return 0;
    uint64_t *entries = malloc(((size_t)most + 1) * (size_t)(width + 1) * 8), *spare = NULL;
    Table table = {NULL, NULL, entries, 0, 0, shift, 0};
    int sound = entries != NULL;
    for (int64_t p = first; p < last && sound; p++) {
        int64_t n = 0, largest = 0;
        for (int64_t s = 0; s < count; s++) n += sources[s].offsets[p + 1] - sources[s].offsets[p];
        const int bits = bucket_bits(n), from = TOP_BYTE - bits;
        const int64_t buckets = (int64_t)1 << bits;
        memset(begin, 0, (size_t)(buckets + 1) * sizeof(int64_t));
        count_buckets(sources, count, p, width, from, (uint64_t)buckets - 1, begin);
        for (int64_t b = 0; b < buckets; b++) {
            largest = begin[b + 1] > largest ? begin[b + 1] : largest;
            begin[b + 1] += begin[b];
            at[b] = begin[b];
        }
        if (table_size(largest) > size) {
            size = table_size(largest);
            free(table.marks);
            free(table.index);
            table.marks = malloc((size_t)size);
            table.index = malloc((size_t)size * 4);
            sound = table.marks && table.index;
            if (owner_bits) {
                free(spare);
                spare = malloc((size_t)size * (size_t)(width + 1) * 4); /* half of the slots are free */
                sound = sound && spare;
            }
        }
        if (!sound) break;
        BY_WIDTH(width, place_wide(sources, count, p, shift, from, (uint64_t)buckets - 1, at, entries, W))
        for (int64_t b = 0; b < buckets && sound; b++) {
            int64_t own = table_size(at[b] - begin[b]);
            memset(table.marks, 0, (size_t)own);
            table.mask = (uint64_t)own - GROUP;
            table.entries = entries + (uint64_t)begin[b] * (uint64_t)(width + 1);
            if (owner_bits) table.entries = ordered(table.entries, spare, at[b] - begin[b], shift, owner_bits, width);
            BY_WIDTH(width, take_in(&table, at[b] - begin[b], owned, W))
            sound = count_payloads(&table, width, histogram);
        }
    }
    *twins += table.twins;
    free(table.marks);
    free(table.index);
    free(spare);
    free(entries);
    return sound;
}

#endif
