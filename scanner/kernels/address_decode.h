/* Cells as flat arrays of characters: their codes, what the lexicon says of each, and where a word or a division's
 * name may begin.
 *
 * Cells are copied behind each other, a zero byte behind each, and looked at together: no loop over characters ends
 * with a cell. All that is asked of a character is one entry of a table (``sign_of``):
 *
 *   bits 0 to 6: its kind, which tells all else of it
 *   7 to 9 and 17 to 20: the group of words, and of names, that it begins (all ones: none)
 *   10 to 16 and 21 to 31: the groups of words, and of names, whose second character it is, a bit each
 *
 * Two characters that share a group may begin a word or name. That is a filter: what passes is looked up.
 */
#ifndef LEAKTALLY_ADDRESS_DECODE_H
#define LEAKTALLY_ADDRESS_DECODE_H

#include "lookup.h"

#define RUN 1024  /* bytes of the longest cell that is decoded with others, and characters of the longest run */
#define PAGE 2048 /* bytes, and so characters, of the cells that are looked at together */
#define CELLS 256 /* how many they may be */
#define ROOM_BEHIND 192
#define MASKS ((PAGE + ROOM_BEHIND) / 64 + 2)

#define HINT_BIT 0x80
#define IS_DIGIT 1
#define IS_NUMERAL 2
#define IS_HAN 4
#define IS_HARD 8
#define IS_SOFT 16
#define IS_OPEN 32
#define IS_CLOSE 64
#define IS_LETTER 128
#define SHAPE_DIGIT 0x20 /* a digit */
#define SHAPE_NONE 0x40  /* neither digit nor usual Chinese character: such texts have no shape */
#define SHAPE_THERE 0x80 /* a character, whatever it is: what follows the last one has no bits */
#define SHAPE_LENGTH 13  /* shift of a word's length, less one; the value has the other bits */
#define WORD_GROUPS 7
#define NAME_GROUPS 11
#define FIRST_OF_WORD 7
#define SECOND_OF_WORD 10
#define FIRST_OF_NAME 17
#define SECOND_OF_NAME 21
#define OF_WORDS ((1 << WORD_GROUPS) - 1)
#define NO_WORD 7
#define NO_NAME 15
#define BEYOND_PLANE 0x3400 /* stands for all characters beyond the basic plane: in a name like any other */

typedef struct {
    int size;                    /* characters */
    /* The characters the grammar looks at. Wide, so that no compiler reads both with one load, which would have to
     * wait for the two stores before it. */
    int64_t begin, stop;
    int cell_start, cell_end;    /* they begin their cell, or end it (blank characters aside) */
    int base;                    /* what added to near gives the byte of the cell */
    int filled;                  /* bytes */
    int cells;                   /* how many of them were copied */
    uint16_t edge[CELLS];        /* the byte behind each cell */
    uint16_t stops[CELLS];       /* the character behind each cell */
    uint64_t act[MASKS];         /* a bit for each character that the grammar must look at */
    uint64_t words[MASKS];       /* ... where a word of two characters or more begins */
    uint64_t names[MASKS];       /* ... or a division's name */
    uint64_t numeric[MASKS];     /* ... that is a digit or letter */
    uint64_t proper[MASKS];      /* ... that is Chinese and no numeral */
    uint64_t hint[MASKS];        /* ... an ending or unit ends with */
    uint64_t hard[MASKS];        /* ... that is a hard break */
    uint16_t ch[PAGE + ROOM_BEHIND];
    uint16_t near[PAGE + ROOM_BEHIND]; /* the byte at which it begins */
    uint16_t low[PAGE + ROOM_BEHIND];  /* its kind, HINT_BIT, and IS_DIGIT and the others in the high byte */
    uint16_t value[PAGE + ROOM_BEHIND]; /* of the longest word that begins with it, 0 without one */
    uint8_t length[PAGE + ROOM_BEHIND]; /* of that word */
    uint16_t shape[PAGE + ROOM_BEHIND]; /* the same as SHAPE_... say, for address_shapes.h */
    uint16_t name[PAGE + ROOM_BEHIND]; /* the row of the longest name that begins with it, where names has a bit */
    uint8_t name_length[PAGE + ROOM_BEHIND]; /* of that name, 0 without one */
    int word_count, name_count;  /* how many places there are in the next two */
    uint16_t word_at[PAGE + ROOM_BEHIND]; /* where a word of two characters or more may begin */
    uint16_t name_at[PAGE + ROOM_BEHIND]; /* where a name may begin */
    uint16_t slot_of[PAGE + ROOM_BEHIND]; /* by place of a name: the slot of its first two characters */
    uint16_t row_of[PAGE + ROOM_BEHIND]; /* ... and the first row to be compared */
    uint16_t alone_of[PAGE + ROOM_BEHIND]; /* ... and the row of the name of these two, 0 if there is none */
    uint32_t sign[PAGE + ROOM_BEHIND];
    uint8_t bytes[PAGE + ROOM_BEHIND];
} Run;

typedef struct {
    const unsigned int *sign_of; /* 65536 */
    const unsigned short *low;   /* 128: by kind */
    const unsigned short *single; /* 128: the value of a character as a word by itself */
    const unsigned short *alone; /* 128: the shape of such a character */
    const unsigned int *hints;   /* 2048: a bit for each character that an ending or unit ends with */
    int plain;                   /* characters of kinds from here on are not looked at for themselves */
    int wide;                    /* the vector instructions: 0 none, 1 AVX2, 2 AVX-512 */
} Signs;

/* Bits of ``mask`` from ``at`` on: at least SURE of them, zeros behind (lowest byte first, as the tables are). */
#define SURE 57
static inline uint64_t bits_from(const uint64_t *mask, int at) {
    uint64_t bits;
    memcpy(&bits, (const uint8_t *)mask + (at >> 3), 8);
    return bits >> (at & 7);
}

static inline int has_bit(const uint64_t *mask, int at) { return mask[at >> 6] >> (at & 63) & 1; }

static inline int first_bit(uint64_t bits) { return __builtin_ctzll(bits); }

/* Whether a bit is set from ``begin`` to before ``stop``. */
static inline int any_bit(const uint64_t *mask, int begin, int stop) {
    for (; stop - begin >= SURE; begin += SURE)
        if (bits_from(mask, begin) << (64 - SURE)) return 1;
    return begin < stop && bits_from(mask, begin) << (64 - (stop - begin));
}

/* The character at ``p`` as a code of the basic plane, and its size; size 0 where the ``left`` bytes begin with none. */
static inline int code_at(const uint8_t *p, int left, int *code) {
    uint8_t a = p[0], b;
    int size = a < 0x80 ? 1 : a < 0xC2 ? 0 : a < 0xE0 ? 2 : a < 0xF0 ? 3 : a < 0xF5 ? 4 : 0;
    *code = a;
    if (size < 2) return size;
    if (size > left) return 0;
    b = p[1];
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
    for (int i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    *code = size == 2 ? (a & 31) << 6 | (b & 63) : size == 3 ? (a & 15) << 12 | (b & 63) << 6 | (p[2] & 63) : BEYOND_PLANE;
    return size;
}

/* Decodes the bytes of the copied cells: 0; -1: not all are UTF-8. */
static int decode_plain(Run *run) {
    int at = 0, size = 0, cell = 0, code;
    while (at < run->filled) {
        int step = code_at(run->bytes + at, run->filled - at, &code);
        if (!step) return -1;
        if (at == run->edge[cell]) run->stops[cell++] = (uint16_t)size;
        run->ch[size] = (uint16_t)code;
        run->near[size++] = (uint16_t)at;
        at += step;
    }
    run->size = size;
    return 0;
}

static void mark_plain(const Signs *s, Run *run) {
    run->word_count = run->name_count = 0;
    for (int at = 0; at <= run->size; at += 64) {
        uint64_t act = 0, numeric = 0, proper = 0, hint = 0, hard = 0;
        for (int i = 0; i < 64 && at + i < run->size; i++) {
            uint32_t sign = run->sign[at + i], next = run->sign[at + i + 1], kind = sign & 0x7F;
            uint64_t bit = 1ULL << i;
            int is = s->low[kind] >> 8;
            run->low[at + i] = s->low[kind];
            run->value[at + i] = s->single[kind];
            run->shape[at + i] = s->alone[kind];
            run->word_at[run->word_count] = run->name_at[run->name_count] = (uint16_t)(at + i);
            run->word_count += (next >> SECOND_OF_WORD & OF_WORDS) >> (sign >> FIRST_OF_WORD & NO_WORD) & 1;
            run->name_count += next >> SECOND_OF_NAME >> (sign >> FIRST_OF_NAME & NO_NAME) & 1;
            act |= (int)kind < s->plain ? bit : 0;
            numeric |= is & (IS_DIGIT | IS_LETTER) ? bit : 0;
            proper |= (is & (IS_HAN | IS_NUMERAL)) == IS_HAN ? bit : 0;
            hint |= s->low[kind] & HINT_BIT ? bit : 0;
            hard |= is & IS_HARD ? bit : 0;
        }
        run->act[at >> 6] = act;
        run->numeric[at >> 6] = numeric;
        run->proper[at >> 6] = proper;
        run->hint[at >> 6] = hint;
        run->hard[at >> 6] = hard;
    }
}

/* The masks of words and names, by their lengths. */
static void settle_plain(Run *run) {
    size_t whole = ((size_t)run->size / 64 + 1) * sizeof(uint64_t);
    memset(run->words, 0, whole);
    memset(run->names, 0, whole);
    for (int i = 0; i < run->word_count; i++) {
        int at = run->word_at[i];
        run->words[at >> 6] |= (uint64_t)(run->length[at] > 1) << (at & 63);
    }
    for (int i = 0; i < run->name_count; i++) {
        int at = run->name_at[i];
        run->names[at >> 6] |= (uint64_t)(run->name_length[at] > 0) << (at & 63);
    }
    for (int i = 0; i <= run->size >> 6; i++) run->act[i] |= run->words[i] | run->names[i];
}

#include "address_wide.h"

#include "address_avx2.h"

/* Which vector instructions are used: those of this machine that ``path`` does not forbid. */
static inline int how_wide(int path) {
#ifdef FAST
    if (path && path != 3) return 0;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("popcnt") ||
        !__builtin_cpu_supports("aes"))
        return 0;
    fill_packed();
    if (path == 0 && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2"))
        return 2;
    return 1;
#else
    (void)path;
    return 0;
#endif
}

/* What the lexicon says of the ``size`` characters; words and names of two and more are looked up behind it. */
static inline void mark(const Signs *s, Run *run) {
    int size = run->size;
    size_t whole = (size_t)(size | 63) + 1;
    const unsigned int *sign_of = s->sign_of;
    for (int i = 0; i < size; i += 4) { /* more than one at a time: none waits for another */
        run->sign[i] = sign_of[run->ch[i]];
        run->sign[i + 1] = sign_of[run->ch[i + 1]];
        run->sign[i + 2] = sign_of[run->ch[i + 2]];
        run->sign[i + 3] = sign_of[run->ch[i + 3]];
    }
    memset(run->sign + size, 0, 66 * sizeof(uint32_t));
    memset(run->length, 1, whole);
    memset(run->name_length, 0, whole);
#ifdef FAST
    if (s->wide) {
        if (s->wide == 2)
            mark_wide(s, run);
        else
            mark_avx2(s, run);
        return;
    }
#endif
    mark_plain(s, run);
}

/* What follows from the words and names that were found. */
static inline void settle(const Signs *s, Run *run) {
#ifdef FAST
    if (s->wide) {
        if (s->wide == 2)
            settle_wide(run);
        else
            settle_avx2(run);
        return;
    }
#endif
    (void)s;
    settle_plain(run);
}

/* Decodes the copied cells: 0; -1: not all are UTF-8. */
static inline int decode_cells(const Signs *s, Run *run) {
#ifdef FAST
    if (s->wide) return s->wide == 2 ? decode_wide(run) : decode_avx2(run);
#endif
    (void)s;
    return decode_plain(run);
}

/* Cells are copied in bursts, a page at a time, so their bytes are fetched about a page ahead. */
#define PAGE_AHEAD 48
static inline void fetch_page_ahead(const uint8_t *data, const int32_t *start, const int32_t *end, int64_t at, int64_t count) {
    if (at + PAGE_AHEAD >= count || end[at + PAGE_AHEAD] == start[at + PAGE_AHEAD]) return;
    __builtin_prefetch(data + start[at + PAGE_AHEAD]);
    __builtin_prefetch(data + end[at + PAGE_AHEAD] - 1);
}

static inline void no_cells(Run *run) { run->filled = run->cells = 0; }

static inline int has_room(const Run *run, int size) { return run->cells < CELLS && run->filled + size < PAGE; }

/* Whether a cell holds ASCII alone. */
static inline int is_ascii(const uint8_t *p, int size) {
    uint64_t any = 0, word;
    int i = 0;
    if (p[0] & 0x80) return 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, p + i, 8);
        any |= word;
    }
    for (; i < size; i++) any |= p[i];
    return !(any & 0x8080808080808080ULL);
}

/* Ends the cell of which ``size`` bytes were copied behind the others. */
static inline void end_cell(Run *run, int size) {
    run->bytes[run->filled + size] = 0;
    run->edge[run->cells++] = (uint16_t)(run->filled + size);
    run->filled += size + 1;
}

#ifdef FAST
VBMI static void copy_wide(uint8_t *to, const uint8_t *p, int size) {
    _mm512_storeu_si512(to, _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (uint32_t)size), p));
    _mm512_storeu_si512(to + 64, _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, size > 64 ? (uint32_t)size - 64 : 0), p + 64));
}
#endif

/* Copies a cell of at most RUN bytes behind the others. */
static inline void copy_cell(const Signs *s, Run *run, const uint8_t *p, int size) {
#ifdef FAST
    if (s->wide == 2 && size <= 128)
        copy_wide(run->bytes + run->filled, p, size);
    else
#endif
        memcpy(run->bytes + run->filled, p, (size_t)size);
    (void)s;
    end_cell(run, size);
}
#endif
