/* Rows grouped by the facts that they hold: fact by fact, the rows of each group that hold it part from the others; or column
 * by column, where rows share its cells. */
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

/* Of rows that share the ``cells`` of a column: the cell of each (others: none), and of each cell which of ``count`` facts it
 * holds, at most eight, a bit each; ``numbers``: of these facts. */
typedef struct {
    const int32_t *codes;
    const uint8_t *marks;
    int64_t cells;
    int32_t numbers[8];
    int count;
} FactCells;

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

/* The ways in which cells hold facts, numbered from 0 on for none: ``kinds`` uint8[cells + 1] gets that of each, and of none
 * behind the last; ``marks`` uint8[256] the marks of each. Returns how many there are, at most 256. */
static int64_t number_kinds(const FactCells *column, uint8_t *kinds, uint8_t *marks) {
    int32_t known[256], wanted = (1 << column->count) - 1;
    int64_t count = 1;
    for (int i = 0; i < 256; i++) known[i] = -1;
    known[0] = marks[0] = 0;
    for (int64_t c = 0; c < column->cells; c++) {
        uint8_t mark = (uint8_t)(column->marks[c] & wanted);
        if (known[mark] < 0) {
            marks[count] = mark;
            known[mark] = (int32_t)count++;
        }
        kinds[c] = (uint8_t)known[mark];
    }
    kinds[column->cells] = 0;
    return count;
}

/* Parts groups by what the rows' cells hold: a row of ``group`` and a cell of some kind goes to ``child[group * many + kind]``
 * (-1: not there yet). Returns how many groups there are then. */
static int64_t part_cells(const FactCells *column, const uint8_t *kinds, int64_t many, int32_t *restrict of_row, int64_t size,
                          int32_t *restrict child) {
    uint32_t none = (uint32_t)column->cells;
    int64_t groups = 0;
    for (int64_t i = 0; i < size; i++) {
        uint32_t cell = (uint32_t)column->codes[i];
        int32_t *own = child + of_row[i] * many + kinds[cell < none ? cell : none];
        if (*own < 0) *own = (int32_t)groups++;
        of_row[i] = *own;
    }
    return groups;
}

/* As ``part_by_fact``, of the facts of a column, one after the other: where there are very many groups. */
static int part_by_each(FactGroups *all, const FactCells *column, int32_t *of_row, int64_t size) {
    int32_t *rows = malloc((size_t)size * sizeof(int32_t) + 1);
    int state = rows ? 1 : NO_MEMORY;
    for (int bit = 0; bit < column->count && state > 0; bit++) {
        int64_t n = 0;
        for (int64_t i = 0; i < size; i++) {
            uint32_t cell = (uint32_t)column->codes[i];
            if (cell < (uint32_t)column->cells && column->marks[cell] >> bit & 1) rows[n++] = (int32_t)i;
        }
        FactRows list = {rows, n, column->numbers[bit], 0, 1};
        state = part_by_fact(all, &list, 1, of_row, size);
    }
    free(rows);
    return state;
}

/* Makes the masks of groups that part from others as ``child`` tells (``part_cells``); 1, or NO_MEMORY. */
static int mask_children(FactGroups *all, const FactCells *column, const int32_t *child, int64_t places, int64_t many,
                         const uint8_t *marks) {
    uint64_t *before = all->masks;
    all->room = 0;
    all->masks = NULL;
    int state = make_room(all) ? 1 : NO_MEMORY;
    for (int64_t i = 0; i < places && state > 0; i++) {
        if (child[i] < 0) continue;
        uint64_t *mask = all->masks + (int64_t)child[i] * all->words;
        memcpy(mask, before + i / many * all->words, (size_t)all->words * sizeof(uint64_t));
        for (int bit = 0; bit < column->count; bit++)
            if (marks[i % many] >> bit & 1) mask[column->numbers[bit] >> 6] |= (uint64_t)1 << (column->numbers[bit] & 63);
    }
    free(before);
    return state;
}

/* Parts the groups of some rows by the facts of a column whose cells they share; 1, or NO_MEMORY. */
static int part_by_cells(FactGroups *all, const FactCells *column, int32_t *of_row, int64_t size) {
    uint8_t *kinds = malloc((size_t)column->cells + 1), marks[256];
    if (!kinds) return NO_MEMORY;
    int64_t many = number_kinds(column, kinds, marks), most = 4 * size + 256;
    int state = many > 1 && all->groups * many > most ? number_groups(all, of_row, size, NULL) : 1;
    int64_t places = all->groups * many;
    if (state > 0 && places > most) {
        state = part_by_each(all, column, of_row, size);
    } else if (state > 0 && many > 1) {
        int32_t *child = malloc((size_t)places * sizeof(int32_t));
        if (child) {
            memset(child, -1, (size_t)places * sizeof(int32_t));
            all->groups = part_cells(column, kinds, many, of_row, size, child);
        }
        state = child ? mask_children(all, column, child, places, many, marks) : NO_MEMORY;
        free(child);
    }
    free(kinds);
    return state;
}

/* Groups rows by the facts of all lists and ``columns``; ``of_row`` int32[size] is written, the arrays of ``all`` and ``counts``
 * are to be freed in any case. Returns how many groups there are, or NO_SUCH_ROW or NO_MEMORY. Where a fact is in lists or
 * columns apart from each other, several groups may hold the same. */
static int64_t group_by_facts(FactGroups *all, const FactRows *lists, int64_t count, const FactCells *columns,
                              int64_t column_count, int32_t *of_row, int64_t size, int64_t **counts) {
    memset(of_row, 0, (size_t)size * sizeof(int32_t));
    all->groups = 1;
    if (!make_room(all)) return NO_MEMORY;
    memset(all->masks, 0, (size_t)all->words * sizeof(uint64_t));
    for (int64_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && lists[next].more;) next++;
        int state = part_by_fact(all, lists + i, next - i, of_row, size);
        if (state < 0) return state;
    }
    for (int64_t i = 0; i < column_count && size; i++)
        if (part_by_cells(all, columns + i, of_row, size) < 0) return NO_MEMORY;
    *counts = malloc((size_t)all->groups * sizeof(int64_t));
    if (!*counts || number_groups(all, of_row, size, *counts) < 0) return NO_MEMORY;
    return all->groups;
}

#endif
