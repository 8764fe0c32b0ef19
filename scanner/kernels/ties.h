/* Tuples: written row by row, and taken apart again, value by value. */
#ifndef LEAKTALLY_TIES_H
#define LEAKTALLY_TIES_H

#include "stirring.h"
#include "widths.h"

#define FEW_KINDS 8

static int all_within(const int32_t *numbers, int64_t n, int32_t least, int32_t end) {
    int32_t wrong = 0;
    for (int64_t i = 0; i < n; i++) wrong |= (numbers[i] < least) | (numbers[i] >= end);
    return !wrong;
}

/* How many values lie in the same cell as the one before. */
static int64_t repeats(const int32_t *cell, int64_t n) {
    int32_t found = 0;
    for (int64_t i = 1; i < n; i++) found += cell[i] == cell[i - 1];
    return found;
}

/* Sorts rows by the kind of their groups: those of kind k are ``rows[start[k]:start[k + 1]]``, of which one more is written
 * than there are rows; ``at`` has room for a number a kind. */
static void sort_rows(const int32_t *of_row, int64_t n, const int32_t *kind, int64_t kinds, int64_t *start, int64_t *at,
                      int32_t *rows) {
    start[0] = 0;
    if (kinds <= FEW_KINDS) { /* nothing must be foretold, and no row waits for the one before */
        for (int64_t k = 0, to = 0; k < kinds; start[++k] = to)
            for (int64_t r = 0; r < n; r++) {
                rows[to] = (int32_t)r;
                to += kind[of_row[r]] == k;
            }
        return;
    }
    for (int64_t r = 0; r < n; r++) start[kind[of_row[r]] + 1]++;
    for (int64_t k = 0; k < kinds; k++) {
        at[k] = start[k];
        start[k + 1] += start[k];
    }
    for (int64_t r = 0; r < n; r++) rows[at[kind[of_row[r]]]++] = (int32_t)r;
}

/* A word of the tuples of some rows: ``keys[index[r] * stride]`` of row r, or 0 where the index is negative. */
typedef struct {
    const int32_t *index;
    const uint64_t *keys;
    int64_t stride;
} Word;

static const uint64_t no_keys[1] = {0};

__attribute__((always_inline)) static inline uint64_t word_of(const Word *word, int32_t row) {
    const int64_t i = word->index[row], known = ~(i >> 63);
    return word->keys[(i & known) * word->stride] & (uint64_t)known;
}

__attribute__((always_inline)) static inline void tie_wide(const Word *words, const int32_t *rows, int64_t n, const uint64_t *tags,
                                                           const int32_t *of_row, uint64_t *out, int width) {
    for (const int32_t *row = rows; row < rows + n; row++, out += width + 1) {
        uint64_t h = 0;
        for (int c = 1; c < width; c++) {
            out[c] = word_of(&words[c], *row);
            h = stirred(h, out[c]);
        }
        out[width] = tags[of_row[*row]];
        out[0] = word_of(&words[0], *row) ^ inside(mixed(stirred(h, out[width])));
    }
}

/* Writes a tuple of ``width`` words and the tag of its group for each of some rows, the first word spread. */
static void tie_words(const Word *words, int width, const int32_t *rows, int64_t n, const uint64_t *tags,
                      const int32_t *of_row, uint64_t *out) {
    BY_WIDTH(width, tie_wide(words, rows, n, tags, of_row, out, W))
}

/* A value of a tuple: its words begin at ``at``, and the next one of its kind in partition p goes to number ``next[p]`` of
 * ``*out``, with ``number`` behind it if there are ``more`` words than its own. */
typedef struct {
    int64_t *next;
    uint64_t **out;
    uint64_t number;
    int32_t at, words, more;
} Value;

/* The first word of a value, in ``any`` all bits of all of its words. */
static inline uint64_t head_of(const Value *value, const uint64_t *key, uint64_t first, uint64_t *any) {
    const uint64_t head = value->at ? key[value->at] : first;
    *any = head;
    for (int c = 1; c < value->words; c++) *any |= key[value->at + c];
    return head;
}

/* Writes the first word of each tuple as it was to ``firsts``, and adds up the values of each partition. Those of plan p
 * are ``values[begin[p]]`` and on; of plan -1 there are none. */
static void count_values(const uint64_t *keys, int64_t n, int width, const int32_t *plan, const int32_t *begin,
                         const Value *values, uint64_t *firsts) {
    for (int64_t i = 0; i < n; i++) {
        const uint64_t *key = keys + i * width;
        if (plan[i] < 0) continue;
        const uint64_t first = firsts[i] = unspread(key, width);
        for (const Value *value = values + begin[plan[i]]; value < values + begin[plan[i] + 1]; value++) {
            uint64_t any, head = head_of(value, key, first, &any);
            value->next[head >> PARTITION_FROM] += any != 0;
        }
    }
}

/* Copies the values to where the next one of their partition goes. */
static void place_values(const uint64_t *keys, int64_t n, int width, const int32_t *plan, const int32_t *begin,
                         const Value *values, const uint64_t *firsts) {
    for (int64_t i = 0; i < n; i++) {
        const uint64_t *key = keys + i * width;
        if (plan[i] < 0) continue;
        for (const Value *value = values + begin[plan[i]]; value < values + begin[plan[i] + 1]; value++) {
            uint64_t any, head = head_of(value, key, firsts[i], &any);
            if (!any) continue;
            uint64_t *to = *value->out + value->next[head >> PARTITION_FROM]++ * (value->words + value->more);
            to[0] = head;
            for (int c = 1; c < value->words; c++) to[c] = key[value->at + c];
            if (value->more) to[value->words] = value->number;
        }
    }
}

#endif
