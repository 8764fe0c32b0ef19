/* Usual addresses are known by their bytes: by the divisions they begin with, and by what stands from their first digit on.
 *
 * A head is the divisions that a cell begins with, where it is certain of their bytes alone that they end there: no
 * division lies inside the last, and no word or name that begins in them goes beyond. A tail is all from the first digit on:
 * digits count only as far as they do in a shape (address_shapes.h), whose row for it is kept. As no word or name holds
 * a digit, it does not depend on what stands before. What is between them is decoded and looked up.
 */
#ifndef LEAKTALLY_ADDRESS_KNOWN_H
#define LEAKTALLY_ADDRESS_KNOWN_H

#include "address_index.h"
#include "address_lookup.h"
#include "address_shapes.h"

#define HEADS 16384
#define TAILS 4096
#define HEAD_LEAST 8  /* bytes */
#define HEAD_LIMIT 60
#define ENDS 4        /* of the characters that end heads the first ones are tried */
#define STARTS 4096   /* by their first bytes it is known which one it may be */
#define REST_LIMIT 64 /* bytes behind the head */
#define LASTS 8       /* characters that heads end with */
#define HEADS_TRIAL 512 /* cells after which it is seen whether this pays, as in address_skip.h */
#define HEADS_PAUSE 8192

typedef struct {
    uint8_t text[HEAD_LIMIT]; /* zeros behind */
    int16_t division;         /* the last name may mean this one first */
    uint8_t count;            /* of divisions */
    uint8_t spare;
} Head;

typedef struct {
    Bucket by_head[HEAD_BUCKETS], by_tail[BUCKETS];
    uint32_t heads_kept, tails_kept;
    Head heads[HEADS];
    uint8_t tails[TAILS][REST_LIMIT];
    uint16_t rows[TAILS][SHAPE_LIMIT];
    uint8_t nth[STARTS];
} Known;

/* By the low six bits of a byte: which of the characters that heads end with have it first, second or third, a bit each. */
typedef struct {
    uint8_t bits[3][64];
} Lasts;

#define UNKNOWN_HEAD (-1)
#define NO_HEAD (-2)      /* the cell is none that may have one */
#define UNKNOWN_TAIL (-1) /* then all behind the head is decoded */
#define NO_TAIL (-2)      /* there is no digit */

typedef struct {
    int head;  /* its place in heads */
    int size;  /* of the head, in bytes */
    int tail;  /* its place in tails */
    int piece; /* bytes before the tail */
    uint32_t hash;
    uint64_t found; /* a bit for each character that may end the head */
    uint8_t text[REST_LIMIT]; /* of the tail */
} Ends;

/* Whether a word or name that begins with the characters from ``at`` to ``end`` may go on behind them. */
static inline int may_go_beyond(const Lookup *t, const Run *run, int at, int end) {
    int size = end - at;
    uint64_t inside;
    uint32_t key;
    if (size < 2) return 1;
    inside = size >= 2 + TAIL ? ~0ULL : (1ULL << 16 * (size - 2)) - 1;
    memcpy(&key, run->ch + at, 4);
    const Pair *pair = t->pairs + slot_in(&t->pair_hash, key);
    if (pair->key == key && pair->thirds)
        for (const Word *word = t->words + pair->words;; word++) {
            if (word->length > size && agrees(t, run, at, word->tail, word->counts & inside, size, word->far)) return 1;
            if (word->last) break;
        }
    const Begin *begin = t->begins + slot_in(&t->begin_hash, key);
    if (begin->key != key || !begin->size) return 0;
    if (size == 2) return 1;
    uint32_t third = run->ch[at + 2];
    for (uint32_t row = begin->rows + ((third * begin->factor & 0xFFFF) * begin->size >> 16); row; row = t->names[row].more) {
        const Name *name = t->names + row;
        if (name->length > size && agrees(t, run, at, name->tail, name->counts & inside, size, name->far)) return 1;
    }
    return 0;
}

#ifdef FAST
#define KNOWN_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt,aes")))

KNOWN_WIDE static inline uint32_t hash_of_text(__m512i text) {
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(text), _mm512_extracti64x4_epi64(text, 1));
    __m128i x = _mm_aesenc_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    return (uint32_t)_mm_cvtsi128_si32(_mm_aesenc_si128(x, x)) | 1;
}

static inline uint32_t place_of_start(const uint8_t *p) {
    uint64_t first;
    memcpy(&first, p, 8);
    return (uint32_t)(first * 0x9E3779B97F4A7C15ULL >> 52) & (STARTS - 1);
}

/* Of a head's first eight bytes, middle ones and last ones. */
static inline uint32_t hash_of_head(const uint8_t *p, uint32_t size) {
    uint64_t first, middle, last;
    memcpy(&first, p, 8);
    memcpy(&middle, p + (size >> 1) - 4, 8);
    memcpy(&last, p + size - 8, 8);
    first = first * 0x9E3779B97F4A7C15ULL ^ middle * 0xC2B2AE3D27D4EB4FULL ^ (last + size) * 0x165667B19E3779F9ULL;
    return (uint32_t)(first >> 32) | 1;
}

/* Bits for the digits that count in a shape: the first and the third of each number; none where a number is too long. */
static inline uint64_t counting_digits(uint64_t digit) {
    uint64_t two = digit & digit << 1, three = two & digit << 2, four = three & digit << 3;
    return four & four << 4 & four << 6 ? 0 : digit & ~((two & ~three) | four);
}

/* The tail as it is kept: digits that do not count are left out, others are all the same. */
KNOWN_WIDE static inline __m512i tail_text(__m512i rest, uint64_t digit, uint64_t counting, uint64_t inside) {
    uint64_t behind = inside & ~(_blsmsk_u64(digit) >> 1);
    rest = _mm512_mask_mov_epi8(rest, digit, _mm512_set1_epi8('0'));
    return _mm512_maskz_compress_epi8(behind & (counting | ~digit), rest);
}

/* A bit for each character among the first of a cell that may end a head. */
KNOWN_WIDE static inline uint64_t ends_among(const Lasts *lasts, const uint8_t *p, int size) {
    __m512i a = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (uint32_t)size), p);
    __m512i b = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (uint32_t)size - 1), p + 1);
    uint64_t inside = _bzhi_u64(~0ULL, (uint32_t)size - 2);
    __m512i c = _mm512_maskz_loadu_epi8(inside, p + 2);
    a = _mm512_permutexvar_epi8(a, _mm512_loadu_si512(lasts->bits[0]));
    b = _mm512_permutexvar_epi8(b, _mm512_loadu_si512(lasts->bits[1]));
    c = _mm512_permutexvar_epi8(c, _mm512_loadu_si512(lasts->bits[2]));
    return _mm512_mask_test_epi8_mask(inside, _mm512_and_si512(a, b), c);
}

/* The bytes up to the end of the character of which ``nth`` are before it; 0 where no head ends. */
KNOWN_WIDE static inline uint32_t nth_end(uint64_t found, int nth) {
    uint32_t end = (uint32_t)_tzcnt_u64(_pdep_u64(1ULL << nth, found)) + 3;
    return end > HEAD_LIMIT || end < HEAD_LEAST ? 0 : end;
}

/* Where the head of a cell may end, which is then fetched. */
KNOWN_WIDE static inline void seek_end(const Known *k, const Lasts *lasts, const uint8_t *p, int size, Ends *ends) {
    ends->head = NO_HEAD;
    if (size < HEAD_LEAST || size > HEAD_LIMIT + REST_LIMIT) return;
    ends->found = ends_among(lasts, p, size);
    if (!ends->found) return;
    uint32_t end = nth_end(ends->found, k->nth[place_of_start(p)]);
    ends->head = UNKNOWN_HEAD;
    ends->size = (int)end;
    ends->hash = hash_of_head(p, end ? end : HEAD_LEAST);
    __builtin_prefetch(k->by_head + (ends->hash >> 16 & (HEAD_BUCKETS - 1)));
}

/* Looks for the head, which is fetched. */
KNOWN_WIDE static inline void seek_head(const Known *k, const uint8_t *p, Ends *ends) {
    if (ends->head == NO_HEAD) return;
    int place = ends->size ? find_tag(k->by_head, HEAD_BUCKETS, ends->hash) : -1;
    for (int nth = 0; place < 0 && nth < ENDS; nth++) {
        ends->size = (int)nth_end(ends->found, nth);
        if (ends->size) place = find_tag(k->by_head, HEAD_BUCKETS, hash_of_head(p, (uint32_t)ends->size));
    }
    if (place < 0) return;
    ends->head = place;
    __builtin_prefetch(k->heads + place);
}

/* Looks whether the head is there, and which tail the cell has. */
KNOWN_WIDE static inline void cut_tail(const Known *k, const uint8_t *p, int size, Ends *ends) {
    int from = ends->size, rest = size - from;
    if (ends->head < 0) return;
    __m512i text = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (uint32_t)from), p);
    if (from > HEAD_LIMIT || rest <= 0 ||
        _mm512_mask_cmpneq_epi8_mask(~0ULL >> (64 - HEAD_LIMIT), text, _mm512_loadu_si512(k->heads + ends->head))) {
        ends->head = UNKNOWN_HEAD;
        return;
    }
    uint64_t inside = _bzhi_u64(~0ULL, (uint32_t)rest), high, digit, begins, counting;
    text = _mm512_maskz_loadu_epi8(inside, p + from);
    high = _mm512_movepi8_mask(text);
    digit = _mm512_mask_cmplt_epu8_mask(inside, _mm512_sub_epi8(text, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    begins = digit | _mm512_cmpge_epu8_mask(text, _mm512_set1_epi8((char)0xC0));
    counting = counting_digits(digit);
    if (rest > REST_LIMIT || (high | digit) != inside || _mm_popcnt_u64(begins) > SHAPE_LIMIT || (digit && !counting)) {
        ends->head = NO_HEAD;
        return;
    }
    ends->piece = (int)_tzcnt_u64(digit | (rest < 64 ? 1ULL << rest : 0));
    text = tail_text(text, digit, counting, inside);
    _mm512_storeu_si512(ends->text, text);
    ends->tail = NO_TAIL;
    if (!digit) return;
    ends->hash = hash_of_text(text);
    ends->tail = UNKNOWN_TAIL;
    __builtin_prefetch(k->by_tail + (ends->hash >> 16 & (BUCKETS - 1)));
}

/* Looks for the tail, which is fetched. */
static inline void seek_tail(const Known *k, Ends *ends) {
    if (ends->head < 0 || ends->tail == NO_TAIL) return;
    ends->tail = find_tag(k->by_tail, BUCKETS, ends->hash);
    __builtin_prefetch(k->tails[ends->tail & (TAILS - 1)]);
    __builtin_prefetch(k->rows[ends->tail & (TAILS - 1)]);
}

/* Looks whether the tail is there, and copies what is between head and tail, or all behind the head. */
KNOWN_WIDE static inline void copy_between(const Known *k, Run *run, const uint8_t *p, int size, Ends *ends) {
    uint32_t piece = (uint32_t)ends->piece;
    if (ends->tail != NO_TAIL) {
        const uint8_t *text = k->tails[ends->tail & (TAILS - 1)];
        if (ends->tail < 0 || _mm512_cmpneq_epi8_mask(_mm512_loadu_si512(ends->text), _mm512_loadu_si512(text))) {
            ends->tail = UNKNOWN_TAIL;
            piece = (uint32_t)(size - ends->size);
        }
    }
    _mm512_storeu_si512(run->bytes + run->filled, _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, piece), p + ends->size));
    end_cell(run, (int)piece);
}

/* The shape of the text from ``at`` to ``stop`` and the tail behind it. */
KNOWN_WIDE static void shape_before_tail(const Known *k, const Run *run, int at, int stop, int tail, Shape *shape) {
    uint32_t inside = _bzhi_u32(~0U, (uint32_t)(stop - at));
    __m512i row = _mm512_maskz_loadu_epi16(inside, run->shape + at);
    int odd = _mm512_test_epi16_mask(row, _mm512_set1_epi16(SHAPE_NONE | SHAPE_DIGIT)) != 0;
    keep_row(_mm512_mask_expand_epi16(row, ~inside, _mm512_loadu_si512(k->rows[tail])), odd, shape);
}

/* Keeps the divisions that end behind ``size`` bytes at ``p``. */
KNOWN_WIDE static void keep_head_wide(Known *k, const Lasts *lasts, const uint8_t *p, int size, int division, int count) {
    uint64_t found = ends_among(lasts, p, size);
    if (found >> (size - 3) != 1 || __builtin_popcountll(found) > ENDS) return;
    k->nth[place_of_start(p)] = (uint8_t)(__builtin_popcountll(found) - 1);
    __m512i text = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (uint32_t)size), p);
    Head *head = k->heads + keep_tag(k->by_head, HEAD_BUCKETS, hash_of_head(p, (uint32_t)size), HEADS, &k->heads_kept);
    _mm512_storeu_si512(head, text);
    head->division = (int16_t)division;
    head->count = (uint8_t)count;
}

/* Keeps the tail of the text from ``at`` to ``stop``, which are the ``size`` bytes at ``p``. */
KNOWN_WIDE static void keep_tail_wide(Known *k, const Run *run, int at, int stop, const uint8_t *p, int size) {
    uint64_t inside = _bzhi_u64(~0ULL, (uint32_t)size), digit;
    __m512i rest = _mm512_maskz_loadu_epi8(inside, p);
    Shape shape;
    digit = _mm512_mask_cmplt_epu8_mask(inside, _mm512_sub_epi8(rest, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    while (at < stop && (uint32_t)run->ch[at] - '0' > 9) at++;
    for (int i = at; i < stop; i++)
        if (run->shape[i] & SHAPE_DIGIT && run->ch[i] > '9') return; /* in bytes, such digits are none */
    shape_wide(run, at, stop, &shape);
    if (!shape.hash || !digit) return;
    rest = tail_text(rest, digit, counting_digits(digit), inside);
    int place = keep_tag(k->by_tail, BUCKETS, hash_of_text(rest), TAILS, &k->tails_kept);
    _mm512_storeu_si512(k->tails[place], rest);
    memcpy(k->rows[place], shape.row, sizeof(shape.row));
}
#endif

#ifdef FAST
/* Looks for the ends of a group of cells, step by step, so that none waits for what it fetches; and copies what is behind the
 * heads that are known, for which there must be room. */
KNOWN_WIDE static void find_ends_wide(const Known *k, const Lasts *lasts, Run *run, const uint8_t *const *at, const int *size,
                                      int count, Ends *ends) {
    for (int i = 0; i < count; i++) seek_end(k, lasts, at[i], size[i], ends + i);
    for (int i = 0; i < count; i++) seek_head(k, at[i], ends + i);
    for (int i = 0; i < count; i++) cut_tail(k, at[i], size[i], ends + i);
    for (int i = 0; i < count; i++) seek_tail(k, ends + i);
    for (int i = 0; i < count; i++)
        if (ends[i].head >= 0) copy_between(k, run, at[i], size[i], ends + i);
}
#endif

/* The same; without such vector instructions nothing is known. */
static inline void find_ends(const Signs *s, const Known *k, const Lasts *lasts, Run *run, const uint8_t *const *at,
                             const int *size, int count, Ends *ends) {
#ifdef FAST
    if (s->wide == 2) {
        find_ends_wide(k, lasts, run, at, size, count, ends);
        return;
    }
#endif
    (void)s, (void)k, (void)lasts, (void)run, (void)at, (void)size;
    for (int i = 0; i < count; i++) ends[i].head = NO_HEAD;
}

static inline void shape_between(const Signs *s, const Known *k, const Shapes *known, const Run *run, int at, int stop, int tail,
                                 Shape *shape) {
#ifdef FAST
    if (tail >= 0) {
        shape_before_tail(k, run, at, stop, tail, shape);
        find_shape(known, shape);
        return;
    }
#endif
    (void)k, (void)tail;
    shape_of(s, known, run, at, stop, shape);
}

static inline void keep_head(const Signs *s, Known *k, const Lasts *lasts, const uint8_t *p, int size, int division, int count) {
#ifdef FAST
    if (s->wide == 2) keep_head_wide(k, lasts, p, size, division, count);
#endif
    (void)s, (void)k, (void)lasts, (void)p, (void)size, (void)division, (void)count;
}

static inline void keep_tail(const Signs *s, Known *k, const Run *run, int at, int stop, const uint8_t *p, int size) {
#ifdef FAST
    if (s->wide == 2) keep_tail_wide(k, run, at, stop, p, size);
#endif
    (void)s, (void)k, (void)run, (void)at, (void)stop, (void)p, (void)size;
}
#endif
