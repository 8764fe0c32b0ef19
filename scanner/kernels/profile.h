/* The profile of one cell: which classes of bytes occur in it, whether it may hold a number, and which cell it is like.
 *
 * A byte's classes are those that the table entries of its two halves (low and high four bits) share, so one
 * shuffle each looks up 32 bytes at once.
 */
#ifndef LEAKTALLY_PROFILE_H
#define LEAKTALLY_PROFILE_H

#include <stdlib.h>

#include "survey.h"

/* Classes 0 to 7: digit, A-O, P-Z, a-o, p-z, @ and `, colon, joints of numbers (space ) - . / _ and P Y ] ^).
 * Classes 8 to 15: hyphen, full stop, signs !"#$%&'(*+, signs ;<=>?[\]^_{|}~, control, first byte of a Chinese
 * character, first byte of a sign that numbers may hold, any byte beyond ASCII. */
#define DIGIT 0x0001
#define JOINT 0x0080
#define HAN 0x2000
#define MARK 0x4000
#define HIGH 0x8000

static const uint8_t LOW_A[16] = {0xB5, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F,
                                  0x1F, 0x9F, 0x5E, 0x0A, 0x0A, 0x8A, 0x8A, 0x8A};
static const uint8_t HIGH_A[16] = {0, 0, 0x80, 0x41, 0x22, 0x84, 0x28, 0x10, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t LOW_B[16] = {0x90, 0x94, 0xD4, 0xD4, 0xB4, 0xB4, 0xB4, 0xB4,
                                  0xB4, 0xB0, 0x94, 0x9C, 0x9C, 0x99, 0x9A, 0xD8};
static const uint8_t HIGH_B[16] = {0x10, 0x10, 0x07, 0x08, 0,    0x08, 0,    0x08,
                                   0x80, 0x80, 0x80, 0x80, 0xC0, 0x80, 0xE0, 0x80};

static inline uint16_t classes_of(uint8_t byte) {
    int low = byte & 15, high = byte >> 4;
    return (uint16_t)((LOW_A[low] & HIGH_A[high]) | ((LOW_B[low] & HIGH_B[high]) << 8));
}

/* What is known of a cell after some of its bytes. */
#define FEWEST 7        /* digits of any number: those of a USCC */
#define FULL_WIDTH 0xEF /* first byte of a full-width digit */
typedef struct {
    uint32_t kinds, digits, groups, found, signs; /* signs: digits, and bytes that begin full-width ones */
} Seen;
enum { FIVE = 1, SEVEN = 2, TEN = 4, JOINED = 8 };

static inline void look(Seen *seen, uint64_t digit, uint64_t joint) {
    uint64_t two = digit & (digit >> 1), three = two & (digit >> 2), four = two & (two >> 2);
    uint64_t ten = four & (four >> 4) & (two >> 8);
    seen->digits += (uint32_t)__builtin_popcountll(digit);
    seen->groups += (uint32_t)__builtin_popcountll(three & ~(three << 1));
    seen->found |= ((four & (digit >> 4)) ? FIVE : 0) | ((four & (four >> 3)) ? SEVEN : 0) | (ten ? TEN : 0) |
                   ((two & (joint >> 2)) ? JOINED : 0);
}

/* Necessary for any number of kernels/number_grammar.pxd: ten digits in line; or a group with a joint behind it, nine
 * digits in all, and two groups of three or one of five; or the seven digits in line of a USCC of 18 characters. A
 * cell with full-width or invisible signs needs seven digits of either width. */
static inline int may_hold_number(const Seen *seen, uint32_t size) {
    if (size < 10) return 0;
    if (seen->kinds & MARK) return seen->signs >= FEWEST;
    if (seen->found & TEN) return 1;
    if ((seen->found & SEVEN) && size >= 18) return 1;
    return (seen->found & JOINED) && seen->digits >= 9 && ((seen->found & FIVE) || seen->groups >= 2);
}

static int profile_one_by_one(const uint8_t *p, uint32_t size, uint16_t *kinds) {
    Seen seen = {0, 0, 0, 0, 0};
    for (uint32_t at = 0;; at += STRIDE) {
        uint64_t digit = 0, joint = 0;
        uint32_t stop = size - at < WINDOW ? size - at : WINDOW;
        for (uint32_t i = 0; i < stop; i++) {
            uint16_t classes = classes_of(p[at + i]);
            seen.kinds |= classes;
            digit |= (uint64_t)(classes & DIGIT ? 1 : 0) << i;
            joint |= (uint64_t)(classes & JOINT ? 1 : 0) << i;
            seen.signs += (classes & DIGIT) || p[at + i] == FULL_WIDTH;
        }
        look(&seen, digit, joint);
        if (size - at <= WINDOW) break;
    }
    *kinds = (uint16_t)seen.kinds;
    return may_hold_number(&seen, size);
}

/* What is found: for each cell its kinds and its model (itself, if it is like no earlier one); the cells that may hold
 * a number, and the models that are not empty, ascending. */
typedef struct {
    uint16_t *kinds;
    int32_t *like, *numeric, *models;
    int64_t numbers, modelled;
    uint16_t all;
    const Questions *questions;        /* or NULL: nothing is asked beyond that */
    int32_t *open, *odd, *unsure;      /* models that may open gates, or be damaged numbers; cells that may be empty */
    int64_t opens, odds, unsures;
} Profiles;

static inline void note(Profiles *out, int64_t cell, int number) {
    out->numeric[out->numbers] = (int32_t)cell;
    out->numbers += number;
    out->models[out->modelled++] = (int32_t)cell;
    out->all |= out->kinds[cell];
}

#ifdef FAST
/* ``p`` must have 64 readable bytes from each window's start on; the caller sees to it. */
FAST static inline int profile_avx2(const uint8_t *p, uint32_t size, uint16_t *kinds) {
    __m256i low_a = table(LOW_A), high_a = table(HIGH_A), low_b = table(LOW_B), high_b = table(HIGH_B);
    __m256i all_a = _mm256_setzero_si256(), all_b = all_a, wide = _mm256_set1_epi8((char)FULL_WIDTH);
    Seen seen = {0, 0, 0, 0, 0};
    for (uint32_t at = 0;; at += STRIDE) {
        uint32_t left = size - at, first = left < 32 ? left : 32;
        __m256i mask = first_bytes(first);
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i a = _mm256_and_si256(both(bytes, low_a, high_a), mask);
        __m256i b = _mm256_and_si256(both(bytes, low_b, high_b), mask);
        uint64_t digit = bits(a, 0), joint = bits(a, 7);
        seen.signs += (uint32_t)__builtin_popcount(
            (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(bytes, wide), mask)));
        if (left > 32) {
            uint32_t second = left < 64 ? left - 32 : 32;
            mask = first_bytes(second);
            bytes = _mm256_loadu_si256((const __m256i *)(p + at + 32));
            __m256i c = _mm256_and_si256(both(bytes, low_a, high_a), mask);
            __m256i d = _mm256_and_si256(both(bytes, low_b, high_b), mask);
            digit |= (uint64_t)bits(c, 0) << 32;
            joint |= (uint64_t)bits(c, 7) << 32;
            seen.signs += (uint32_t)__builtin_popcount(
                (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(bytes, wide), mask)));
            a = _mm256_or_si256(a, c);
            b = _mm256_or_si256(b, d);
        }
        all_a = _mm256_or_si256(all_a, a);
        all_b = _mm256_or_si256(all_b, b);
        seen.signs += (uint32_t)__builtin_popcountll(digit);
        if (digit & (digit >> 1)) look(&seen, digit, joint);
        if (left <= WINDOW) break;
    }
    seen.kinds = any_class(all_a, all_b);
    *kinds = (uint16_t)seen.kinds;
    return may_hold_number(&seen, size);
}

/* Cells of up to 32 ASCII bytes that differ in their digits only are alike: the first of them, the model, tells the
 * kinds and the rest of all. Models are found again by a hash; where two share a place, the later is one of its own. */
#define MODELS 256
#define NO_BYTE '1' /* behind the end: no writing has this digit */
typedef struct {
    uint8_t bytes[32]; /* with 0 for each digit, NO_BYTE behind the end */
    int32_t cell;      /* -1: none yet */
    uint16_t kinds, number;
} Model;
typedef struct {
    Model shaped[MODELS];
    Model solid[33]; /* by length */
} Models;

FAST static inline uint32_t place_of(__m256i shape) {
    uint64_t a = (uint64_t)_mm256_extract_epi64(shape, 0) * 0x9E3779B97F4A7C15ULL;
    uint64_t b = (uint64_t)_mm256_extract_epi64(shape, 1) * 0xC2B2AE3D27D4EB4FULL;
    uint64_t c = (uint64_t)_mm256_extract_epi64(shape, 2) * 0x165667B19E3779F9ULL;
    uint64_t d = (uint64_t)_mm256_extract_epi64(shape, 3) * 0xD6E8FEB86659FD93ULL;
    return (uint32_t)(((a ^ (b >> 29)) + (c ^ (d >> 31)) + b + d) >> 56);
}

/* The place of the model of a short cell, NULL where it holds more than ASCII or the place is another's. */
FAST static inline Model *model_of(Models *models, __m256i bytes, uint32_t size) {
    uint32_t inside = size < 32 ? (1U << size) - 1 : ~0U;
    __m256i zero = _mm256_set1_epi8('0'), value = _mm256_sub_epi8(bytes, zero);
    __m256i digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
    if (((uint32_t)_mm256_movemask_epi8(digit) & inside) == inside) return models->solid + size;
    if ((uint32_t)_mm256_movemask_epi8(bytes) & inside) return NULL;
    __m256i shape = _mm256_blendv_epi8(bytes, zero, digit);
    shape = _mm256_blendv_epi8(_mm256_set1_epi8(NO_BYTE), shape, first_bytes(size));
    Model *model = models->shaped + place_of(shape);
    if (model->cell < 0) {
        _mm256_storeu_si256((__m256i *)model->bytes, shape);
        return model;
    }
    __m256i same = _mm256_cmpeq_epi8(shape, _mm256_loadu_si256((const __m256i *)model->bytes));
    return _mm256_movemask_epi8(same) == -1 ? model : NULL;
}

FAST static void profiles_avx2(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end,
                               int64_t count, Models *models, Profiles *out) {
    uint8_t copy[WINDOW * 2];
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)(end[i] - start[i]);
        const uint8_t *p = data + start[i];
        int near_end = start[i] + (int64_t)length + WINDOW > size;
        Model *model = NULL;
        fetch_ahead(data, start, end, i, count);
        out->like[i] = (int32_t)i;
        if (!length) {
            out->kinds[i] = 0;
            continue;
        }
        if (near_end && length <= WINDOW) {
            memcpy(copy, p, length);
            p = copy;
        }
        if (length <= 32) {
            model = model_of(models, _mm256_loadu_si256((const __m256i *)p), length);
            if (model && model->cell >= 0) {
                out->kinds[i] = model->kinds;
                out->like[i] = model->cell;
                out->numeric[out->numbers] = (int32_t)i;
                out->numbers += model->number;
                continue;
            }
        }
        int number = near_end && length > WINDOW ? profile_one_by_one(p, length, out->kinds + i)
                                                 : profile_avx2(p, length, out->kinds + i);
        if (model) {
            model->cell = (int32_t)i;
            model->kinds = out->kinds[i];
            model->number = (uint16_t)number;
        }
        note(out, i, number);
    }
}
#endif

#include "profile_wide.h"

/* ``path`` 0: the best there is, which alone answers the questions; 1: without vector instructions, and every cell its own
 * model; 2: without the widest. Returns whether the questions were answered, or a negative number if memory ran out. */
static int profiles(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end, int64_t count,
                    int path, Profiles *out) {
    path = vector_path(path);
#ifdef FAST
    if (path == 0) {
        Writings *known = (Writings *)malloc(sizeof(Writings));
        if (!known) return -1;
        profiles_wide(data, start, end, count, known, out);
        free(known);
        return 1;
    }
    if (path == 2) {
        Models *models = (Models *)malloc(sizeof(Models));
        if (!models) return -1;
        for (int i = 0; i < MODELS; i++) models->shaped[i].cell = -1;
        for (int i = 0; i < 33; i++) models->solid[i].cell = -1;
        profiles_avx2(data, size, start, end, count, models, out);
        free(models);
        return 0;
    }
#endif
    (void)size;
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)(end[i] - start[i]);
        out->kinds[i] = 0;
        out->like[i] = (int32_t)i;
        if (length) note(out, i, profile_one_by_one(data + start[i], length, out->kinds + i));
    }
    return 0;
}

#endif
