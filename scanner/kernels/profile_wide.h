/* The profile of cells by 64 bytes at once; see profile.h. Every load is masked to the cell. */
#ifndef LEAKTALLY_PROFILE_WIDE_H
#define LEAKTALLY_PROFILE_WIDE_H

#ifdef FAST
/* Classes of bytes, by the byte's low seven bits: 0 to 7 (ASCII only), 8 to 15 of ASCII, 8 to 15 of the others. */
typedef struct {
    uint8_t of[3][128];
} ClassTables;

static inline void fill_class_tables(ClassTables *tables) {
    for (int byte = 0; byte < 128; byte++) {
        tables->of[0][byte] = (uint8_t)classes_of((uint8_t)byte);
        tables->of[1][byte] = (uint8_t)(classes_of((uint8_t)byte) >> 8);
        tables->of[2][byte] = (uint8_t)(classes_of((uint8_t)(byte + 128)) >> 8);
    }
}

WIDE static inline __m512i classes_wide(const uint8_t *table, uint64_t which, __m512i bytes) {
    return _mm512_maskz_permutex2var_epi8(which, _mm512_loadu_si512(table), bytes, _mm512_loadu_si512(table + 64));
}

/* What the windows of a cell hold: classes of its ASCII signs and letters, which bytes tell of other classes. */
typedef struct {
    __m512i a, b;
    uint64_t signs, digits, high, han, mark;
} Classes;
typedef struct {
    uint64_t digit, joint;
} Window;

WIDE static inline Window add_bytes(Classes *sum, __m512i bytes, uint64_t inside, uint64_t digit,
                                    const ClassTables *t) {
    uint64_t high = _mm512_movepi8_mask(bytes), sign;
    Window out = {digit, 0};
    sum->digits |= out.digit;
    sum->high |= high;
    if (high) { /* only leading bytes have more than one class */
        __mmask64 leading = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xC0));
        __m512i classes = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(t->of[2] + 64));
        sum->han |= _mm512_mask_test_epi8_mask(leading, classes, _mm512_set1_epi8(HAN >> 8));
        sum->mark |= _mm512_mask_test_epi8_mask(leading, classes, _mm512_set1_epi8(MARK >> 8));
    }
    sign = inside & ~high & ~out.digit;
    if (sign) {
        __m512i a = classes_wide(t->of[0], sign, bytes);
        sum->signs |= sign;
        sum->a = _mm512_or_si512(sum->a, a);
        sum->b = _mm512_or_si512(sum->b, classes_wide(t->of[1], sign, bytes));
        out.joint = _mm512_test_epi8_mask(a, _mm512_set1_epi8((char)JOINT));
    }
    return out;
}

WIDE static inline Window add_window(Classes *sum, const uint8_t *p, uint32_t size, const ClassTables *t) {
    uint64_t inside = _bzhi_u64(~0ULL, size < WINDOW ? size : WINDOW);
    __m512i bytes = _mm512_maskz_loadu_epi8(inside, p);
    return add_bytes(sum, bytes, inside, digits_among(bytes), t);
}

WIDE static inline uint32_t kinds_in(const Classes *sum) {
    uint32_t kinds = (sum->digits ? DIGIT : 0) | (sum->high ? HIGH : 0) | (sum->han ? HAN : 0) | (sum->mark ? MARK : 0);
    if (!sum->signs) return kinds;
    return kinds | any_class(_mm256_or_si256(_mm512_castsi512_si256(sum->a), _mm512_extracti64x4_epi64(sum->a, 1)),
                             _mm256_or_si256(_mm512_castsi512_si256(sum->b), _mm512_extracti64x4_epi64(sum->b, 1)));
}

#define FEWEST 7 /* digits of any number without signs that are no ASCII; see may_hold_number */

#define NO_CLASSES {_mm512_setzero_si512(), _mm512_setzero_si512(), 0, 0, 0, 0, 0}

/* The kinds of a long cell, and in bit 16 whether it may hold a number. */
WIDE __attribute__((noinline)) static uint32_t profile_long(const uint8_t *p, uint32_t size, const ClassTables *t) {
    Seen seen = {0, 0, 0, 0};
    Classes sum = NO_CLASSES;
    Window first = add_window(&sum, p, WINDOW, t), next = add_window(&sum, p + STRIDE, size - STRIDE, t);
    if (size > STRIDE + WINDOW || __builtin_popcountll(first.digit) + __builtin_popcountll(next.digit) >= FEWEST) {
        look(&seen, first.digit, first.joint);
        look(&seen, next.digit, next.joint);
    }
    for (uint32_t at = 2 * STRIDE; at + (WINDOW - STRIDE) < size; at += STRIDE) {
        next = add_window(&sum, p + at, size - at, t);
        if (next.digit) look(&seen, next.digit, next.joint);
    }
    seen.kinds = kinds_in(&sum);
    return seen.kinds | (uint32_t)may_hold_number(&seen, size) << 16;
}

/* Cells of up to 64 bytes that differ in their ASCII digits only are of one writing. It is found by the cell's length
 * (the last of that length), else by a hash; where two share a place, the later is not kept. Where looking hardly ever
 * helps, as in a column of names, it ends. */
#define WRITINGS 256
#define TRIALS 1024
typedef struct {
    uint8_t bytes[64]; /* with '0' for each digit, NO_BYTE behind the end */
    int32_t cell;      /* the model; -1: none yet */
    uint32_t kinds;
} Writing;
typedef struct {
    Writing kept[WRITINGS];
    Writing *last[WINDOW + 1]; /* of that length */
    Writing none;
    uint32_t tried, helped;
    ClassTables tables;
} Writings;

static inline void no_writings(Writings *known) {
    for (int i = 0; i < WRITINGS; i++) known->kept[i].cell = -1;
    for (int i = 0; i <= WINDOW; i++) known->last[i] = &known->none;
    memset(known->none.bytes, NO_BYTE, sizeof known->none.bytes);
    known->tried = known->helped = 0;
    fill_class_tables(&known->tables);
}

WIDE static inline uint32_t writing_place(__m512i shape) {
    const __m512i odd = _mm512_set_epi32(
        (int)0x9E3779B1, (int)0x85EBCA77, (int)0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, (int)0xD6E8FEB9, (int)0xB5297A4D,
        0x68E31DA5, 0x1B56C4E9, (int)0xCC9E2D51, 0x1B873593, (int)0xE6546B65, (int)0x85EBCA6B, (int)0xC2B2AE35,
        0x7FEB352D, (int)0x846CA68B);
    __m512i mixed = _mm512_mullo_epi32(shape, odd);
    __m256i four = _mm256_add_epi64(_mm512_castsi512_si256(mixed), _mm512_extracti64x4_epi64(mixed, 1));
    __m128i two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    uint64_t sum = (uint64_t)_mm_extract_epi64(two, 0) + 0x9E3779B97F4A7C15ULL * (uint64_t)_mm_extract_epi64(two, 1);
    return (uint32_t)((sum * 0xD6E8FEB86659FD93ULL) >> 56);
}

WIDE static inline int same_writing(const Writing *known, __m512i shape) {
    return !_mm512_cmpneq_epi8_mask(shape, _mm512_loadu_si512(known->bytes));
}

/* The writing of a cell of that shape, new where its ``cell`` is -1, or NULL. */
WIDE static inline Writing *writing_of(Writings *known, __m512i shape, uint32_t length) {
    Writing *found = known->last[length];
    if (same_writing(found, shape)) return found;
    if (known->tried > TRIALS + 8 * known->helped) return NULL;
    known->tried++;
    found = known->kept + writing_place(shape);
    if (found->cell < 0) {
        _mm512_storeu_si512(found->bytes, shape);
    } else if (same_writing(found, shape)) {
        known->helped++;
    } else {
        return NULL;
    }
    known->last[length] = found;
    return found;
}

/* The same of a cell of one window that is not of digits only, and its model. */
WIDE __attribute__((noinline)) static uint32_t profile_short(Writings *known, __m512i bytes, uint64_t digit,
                                                             uint32_t length, int32_t cell, int32_t *model) {
    Seen seen = {0, 0, 0, 0};
    Classes sum = NO_CLASSES;
    uint64_t inside = _bzhi_u64(~0ULL, length);
    __m512i shape = _mm512_mask_mov_epi8(_mm512_set1_epi8(NO_BYTE), inside, bytes);
    shape = _mm512_mask_mov_epi8(shape, digit, _mm512_set1_epi8('0'));
    Writing *writing = writing_of(known, shape, length);
    if (writing && writing->cell >= 0) {
        *model = writing->cell;
        return writing->kinds;
    }
    Window only = add_bytes(&sum, bytes, inside, digit, &known->tables);
    if (__builtin_popcountll(digit) >= FEWEST) look(&seen, digit, only.joint);
    seen.kinds = kinds_in(&sum);
    uint32_t kinds = seen.kinds | (uint32_t)may_hold_number(&seen, length) << 16;
    if (writing) {
        writing->cell = cell;
        writing->kinds = kinds;
    }
    return kinds;
}

WIDE static void profiles_wide(const uint8_t *data, const int32_t *restrict start, const int32_t *restrict end,
                               int64_t count, Writings *known, Profiles *out) {
    uint16_t *restrict kinds = out->kinds;
    int32_t *restrict like = out->like, *restrict numeric = out->numeric, *restrict models = out->models;
    int64_t numbers = 0, modelled = 0, ahead = count > AHEAD ? count - AHEAD : 0;
    uint32_t all = 0;
    int32_t solid[WINDOW + 1]; /* the models of cells of digits only, by length */
    memset(solid, -1, sizeof solid);
    no_writings(known);
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)(end[i] - start[i]), found = 0;
        const uint8_t *p = data + start[i];
        int32_t model = (int32_t)i;
        if (i < ahead) {
            __builtin_prefetch(data + start[i + AHEAD]);
            __builtin_prefetch(data + end[i + AHEAD]);
        }
        if (!length) {
            like[i] = model;
            kinds[i] = 0;
            continue;
        }
        if (length <= WINDOW) {
            uint64_t inside = _bzhi_u64(~0ULL, length);
            __m512i bytes = _mm512_maskz_loadu_epi8(inside, p);
            uint64_t digit = digits_among(bytes); /* none among the zeros behind the cell */
            if (digit == inside) {
                found = DIGIT | (length >= 10) << 16;
                if (solid[length] < 0) solid[length] = model;
                model = solid[length];
            } else {
                found = profile_short(known, bytes, digit, length, model, &model);
            }
        } else {
            found = profile_long(p, length, &known->tables);
        }
        like[i] = model;
        kinds[i] = (uint16_t)found;
        all |= found;
        numeric[numbers] = (int32_t)i;
        numbers += found >> 16;
        models[modelled] = (int32_t)i;
        modelled += model == (int32_t)i;
    }
    out->numbers = numbers;
    out->modelled = modelled;
    out->all = (uint16_t)all;
}
#endif

#endif
