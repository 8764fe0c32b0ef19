/* Rows grouped by the facts that they hold: fact by fact, the rows of each group that hold it part from the others. */
#ifndef SCANNER_KERNELS_FACT_GROUPS_H
#define SCANNER_KERNELS_FACT_GROUPS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NO_SUCH_ROW = -1, NO_MEMORY = -2 };

/* Rows that hold the fact ``number``; ``more``: of the same fact as the list before; ``alone``: its only list. */
typedef struct {
    const int32_t *rows;
    int64_t n;
    int32_t number;
    int more, alone;
} FactRows;

/* ``masks`` uint64[room, words]: the facts of each group, a bit each; ``child`` int32[room]: of each group there was
 * before the present fact, the one of those of its rows that part from it (-1: none). */
typedef struct {
    uint64_t *masks;
    int32_t *child;
    int64_t room, groups;
    int words;
} FactGroups;

/* Moves some rows from their groups, those below ``before``, to these groups' children (-1: not there yet); each row
 * but once. Returns how many groups there are then, -1 where there is no such row. */
static int64_t part_rows(const int32_t *rows, int64_t n, int32_t *restrict of_row, int64_t size, int32_t *restrict child,
                         int32_t before, int64_t groups) {
    for (int64_t i = 0; i < n; i++) {
        if ((uint64_t)(int64_t)rows[i] >= (uint64_t)size) return NO_SUCH_ROW;
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
    if (n && (rows[0] < 0 || rows[n - 1] >= size)) return NO_SUCH_ROW;
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

/* Room for twice as many groups as there are: a fact parts each group once at most. */
static int make_room(FactGroups *all) {
    if (2 * all->groups <= all->room) return 1;
    int64_t room = 4 * all->groups + 64;
    uint64_t *masks = realloc(all->masks, (size_t)room * (size_t)all->words * sizeof(uint64_t));
    if (!masks) return 0;
    all->masks = masks;
    int32_t *child = realloc(all->child, (size_t)room * sizeof(int32_t));
    if (!child) return 0;
    all->child = child;
    all->room = room;
    return 1;
}

/* Gives each row the number of its group, in the order in which groups first come, and sorts the masks likewise; groups
 * without rows fall away. ``counts`` int64[groups], if not NULL: how many rows each has. 1, or NO_MEMORY. */
static int number_groups(FactGroups *all, int32_t *of_row, int64_t size, int64_t *counts) {
    int64_t found = 0;
    size_t bytes = (size_t)all->words * sizeof(uint64_t);
    uint64_t *masks = malloc((size_t)all->room * bytes);
    if (!masks) return NO_MEMORY;
    for (int64_t g = 0; g < all->groups; g++) all->child[g] = -1;
    for (int64_t i = 0; i < size; i++) {
        int32_t group = of_row[i], number = all->child[group];
        if (number < 0) {
            number = all->child[group] = (int32_t)found++;
            memcpy(masks + (int64_t)number * all->words, all->masks + (int64_t)group * all->words, bytes);
            if (counts) counts[number] = 0;
        }
        of_row[i] = number;
        if (counts) counts[number]++;
    }
    free(all->masks);
    all->masks = masks;
    all->groups = found;
    return 1;
}

/* Parts the groups by all lists of one fact, which are ``count``; 1, or NO_SUCH_ROW or NO_MEMORY. */
static int part_by_fact(FactGroups *all, const FactRows *lists, int64_t count, int32_t *of_row, int64_t size) {
    if (all->groups > 2 * size + 64 && number_groups(all, of_row, size, NULL) < 0) return NO_MEMORY;
    if (!make_room(all)) return NO_MEMORY;
    int64_t before = all->groups, groups = before;
    int words = all->words;
    uint64_t bit = (uint64_t)1 << (lists->number & 63);
    uint64_t *word = all->masks + (lists->number >> 6);
    int others = 0;
    for (int64_t g = 0; g < before; g++) all->child[g] = -1;
    for (int64_t i = 0; i < count; i++) {
        const FactRows *list = lists + i;
        others = list->alone && 2 * list->n > size && ascending(list->rows, list->n);
        groups = (others ? part_others : part_rows)(list->rows, list->n, of_row, size, all->child, (int32_t)before, groups);
        if (groups < 0) return NO_SUCH_ROW;
    }
    for (int64_t g = 0; g < before; g++) {
        int32_t child = all->child[g];
        if (child >= 0) {
            memcpy(all->masks + (int64_t)child * words, all->masks + g * words, (size_t)words * sizeof(uint64_t));
            if (!others) word[(int64_t)child * words] |= bit;
        }
        if (others) word[g * words] |= bit;
    }
    all->groups = groups;
    return 1;
}

/* Groups rows by the facts of all lists; ``of_row`` int32[size] is written, the arrays of ``all`` and ``counts`` are to be
 * freed in any case. Returns how many groups there are, or NO_SUCH_ROW or NO_MEMORY. */
static int64_t group_by_facts(FactGroups *all, const FactRows *lists, int64_t count, int32_t *of_row, int64_t size,
                              int64_t **counts) {
    memset(of_row, 0, (size_t)size * sizeof(int32_t));
    all->groups = 1;
    if (!make_room(all)) return NO_MEMORY;
    memset(all->masks, 0, (size_t)all->words * sizeof(uint64_t));
    for (int64_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && lists[next].more;) next++;
        int state = part_by_fact(all, lists + i, next - i, of_row, size);
        if (state < 0) return state;
    }
    *counts = malloc((size_t)all->groups * sizeof(int64_t));
    if (!*counts || number_groups(all, of_row, size, *counts) < 0) return NO_MEMORY;
    return all->groups;
}

#endif
