/* Finds the words of the lexicon and the names of divisions among the characters of a page: longest ones, of two
 * characters and more. None lies across a hard break, so not across cells either.
 *
 * What is found does not depend on the grammar, so no look-up has to wait for another; what is usual is found without
 * a branch. A word or name is sought by its first two characters, a name then by its third.
 */
#ifndef LEAKTALLY_ADDRESS_LOOKUP_H
#define LEAKTALLY_ADDRESS_LOOKUP_H

#include "address_decode.h"

#define GROUP_BITS 11 /* of a key's hash: which shift moves it to its slot */
#define TAIL 4        /* characters in a tail: those behind the first two */

/* A hash without collisions: a key's place is moved by the shift of its group. */
typedef struct {
    uint32_t factor;
    uint32_t mask;
    const unsigned short *shift; /* (1 << GROUP_BITS) + 1, the last of no meaning */
} Hash;

/* The first two characters of words: the word of these two, and those that are longer. */
typedef struct {
    uint32_t key;    /* the first character in the low half; 0: empty */
    uint16_t value;  /* of the word of these two, 0 if there is none */
    uint16_t thirds; /* a bit for the third character of each longer word, by its low four bits */
    uint32_t words;  /* index of the first longer word */
} Pair;

/* Words that begin alike follow each other, longest first. */
typedef struct {
    uint64_t tail;
    uint64_t counts; /* the bits of the tail that count */
    uint16_t value;  /* named kind | numbered kind << 8 */
    uint16_t far;    /* where the characters behind the tail lie in ``rest`` */
    uint8_t length;
    uint8_t last;
} Word;

/* The first two characters of names. */
typedef struct {
    uint32_t key;    /* as of a pair */
    uint16_t alone;  /* the row of the name of these two, 0 if there is none */
    uint16_t rows;   /* the first of the rows of longer names */
    uint16_t factor; /* the row of a third character: the high half of (its product with this, in 16 bits) * size */
    uint16_t size;   /* how many rows there are for third characters, some of them empty */
} Begin;

/* A division's name. Those that share their first three characters form a chain, longest first. In rows that hold none
 * the tail is no text. */
typedef struct {
    uint64_t tail;
    uint64_t counts;
    uint16_t group;   /* first index into group */
    uint16_t far;
    uint16_t more;    /* the next row of the chain, 0 at its end */
    int16_t division; /* the only one of this name, -1 where there are several */
    int16_t above[2]; /* the divisions it lies in, -1 for none */
    uint8_t length;
    uint8_t level;
    uint8_t unsure; /* whether more must be looked at: 1: if its tail is not there, 2: if it is */
    uint8_t full;
} Name;

typedef struct {
    Hash pair_hash, begin_hash;
    const Pair *pairs;   /* by slot */
    const Word *words;
    const Begin *begins; /* by slot */
    const Name *names;
    const unsigned short *rest;
} Lookup;

/* The only slot that may hold the key. */
static inline uint32_t slot_in(const Hash *h, uint32_t key) {
    uint32_t mixed = key * h->factor;
    return (mixed >> 8 ^ h->shift[mixed >> (32 - GROUP_BITS)]) & h->mask;
}

/* Whether the characters behind ``at`` are those of a word or name of this length. */
static inline int agrees(const Lookup *t, const Run *run, int at, uint64_t tail, uint64_t counts, int length, int far) {
    uint64_t here;
    memcpy(&here, run->ch + at + 2, 8);
    if ((here ^ tail) & counts) return 0;
    for (int i = 2 + TAIL; i < length; i++)
        if (t->rest[far + i - 2 - TAIL] != run->ch[at + i]) return 0;
    return 1;
}

/* The longest word at ``at`` that is longer than two characters, or NULL; ``word``: the first that begins so. */
static inline const Word *longer_word(const Lookup *t, const Run *run, int at, const Word *word) {
    for (;; word++) {
        if (agrees(t, run, at, word->tail, word->counts, word->length, word->far)) return word;
        if (word->last) return NULL;
    }
}

/* The row of the longest name at ``at`` from ``row`` on, or 0. */
static inline uint32_t row_of_name(const Lookup *t, const Run *run, int at, uint32_t row) {
    for (; row; row = t->names[row].more) {
        const Name *name = t->names + row;
        if (agrees(t, run, at, name->tail, name->counts, name->length, name->far)) return row;
    }
    return 0;
}

static void look_up_words(const Lookup *t, Run *run) {
    /* Of one's own, as the compiler cannot know that no store below changes them. */
    const Hash hash = t->pair_hash;
    const Pair *pairs = t->pairs;
    for (int i = 0, count = run->word_count; i < count; i++) {
        uint32_t key;
        memcpy(&key, run->ch + run->word_at[i], 4);
        run->slot_of[i] = (uint16_t)slot_in(&hash, key);
        __builtin_prefetch(pairs + run->slot_of[i]);
    }
    for (int i = 0, count = run->word_count; i < count; i++) {
        int at = run->word_at[i];
        uint32_t key, value, length, found;
        memcpy(&key, run->ch + at, 4);
        const Pair *pair = pairs + run->slot_of[i];
        found = 0 - (uint32_t)(pair->key == key);
        value = pair->value & found;
        length = 2;
        if (pair->thirds & found & 1U << (run->ch[at + 2] & 15)) {
            const Word *word = longer_word(t, run, at, t->words + pair->words);
            if (word) value = word->value, length = word->length;
        }
        found = 0 - (uint32_t)(value != 0);
        run->length[at] = (uint8_t)(1 + ((length - 1) & found));
        run->value[at] = (uint16_t)(value | (run->value[at] & ~found));
    }
}

/* Keeps of the places where a name may begin those whose two characters begin one, and the slots of these. */
static void find_begins(const Lookup *t, Run *run) {
    const Hash hash = t->begin_hash;
    int kept = 0;
    for (int i = 0, count = run->name_count; i < count; i++) {
        int at = run->name_at[i];
        uint32_t key, slot;
        memcpy(&key, run->ch + at, 4);
        slot = slot_in(&hash, key);
        run->name_at[kept] = (uint16_t)at;
        run->slot_of[kept] = (uint16_t)slot;
        kept += t->begins[slot].key == key;
    }
    run->name_count = kept;
}

#ifdef FAST
/* The same, 16 places at a time. */
VBMI static void find_begins_wide(const Lookup *t, Run *run) {
    const __m512i factor = _mm512_set1_epi32((int)t->begin_hash.factor), mask = _mm512_set1_epi32((int)t->begin_hash.mask);
    int kept = 0;
    for (int i = 0; i < run->name_count; i += 16) {
        uint32_t left = (uint32_t)(run->name_count - i);
        __mmask16 inside = (__mmask16)_bzhi_u32(0xFFFF, left < 16 ? left : 16), found;
        __m256i place = _mm256_maskz_loadu_epi16(inside, run->name_at + i);
        __m512i key = _mm512_i32gather_epi32(_mm512_cvtepu16_epi32(place), run->ch, 2), slot, three;
        slot = _mm512_mullo_epi32(key, factor);
        three = _mm512_i32gather_epi32(_mm512_srli_epi32(slot, 32 - GROUP_BITS), t->begin_hash.shift, 2);
        slot = _mm512_and_si512(_mm512_xor_si512(_mm512_srli_epi32(slot, 8), three), mask);
        three = _mm512_add_epi32(slot, _mm512_add_epi32(slot, slot)); /* a Begin has three times four bytes */
        found = _mm512_mask_cmpeq_epi32_mask(inside, _mm512_i32gather_epi32(three, t->begins, 4), key);
        _mm256_storeu_si256((__m256i *)(run->name_at + kept), _mm256_maskz_compress_epi16(found, place));
        _mm256_storeu_si256((__m256i *)(run->slot_of + kept), _mm256_maskz_compress_epi16(found, _mm512_cvtepi32_epi16(slot)));
        kept += __builtin_popcount(found);
    }
    run->name_count = kept;
}
#endif

static void look_up_names(const Lookup *t, Run *run) {
    const Begin *begins = t->begins;
    const Name *names = t->names;
    /* All rows first, so that each is fetched before it is compared. */
    for (int i = 0, count = run->name_count; i < count; i++) {
        const Begin *begin = begins + run->slot_of[i];
        uint32_t third = run->ch[run->name_at[i] + 2];
        uint32_t row = begin->rows + ((third * begin->factor & 0xFFFF) * begin->size >> 16);
        run->alone_of[i] = begin->alone;
        run->row_of[i] = (uint16_t)row;
        __builtin_prefetch(names + row);
    }
    for (int i = 0, count = run->name_count; i < count; i++) {
        int at = run->name_at[i];
        uint32_t row = run->row_of[i], alone = run->alone_of[i], is, length;
        uint64_t tail;
        memcpy(&tail, run->ch + at + 2, 8);
        const Name *name = names + row;
        is = ((tail ^ name->tail) & name->counts) == 0;
        length = name->length;
        if (name->unsure & (is + 1)) {
            row = row_of_name(t, run, at, row);
            is = row != 0;
            length = names[row].length;
        }
        is = 0 - is;
        run->name[at] = (uint16_t)(alone ^ ((alone ^ row) & is));
        run->name_length[at] = (uint8_t)((length & is) | ((uint32_t)(alone != 0) << 1 & ~is));
    }
}

static inline void look_up(const Signs *s, const Lookup *t, Run *run) {
    mark(s, run);
    look_up_words(t, run);
#ifdef FAST
    if (s->wide == 2)
        find_begins_wide(t, run);
    else
#endif
        find_begins(t, run);
    look_up_names(t, run);
    settle(s, run);
}
#endif
