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


/* One window of a cell: its bytes (zeros behind the cell), and which of them are digits, beyond ASCII, other signs. */
typedef struct {
    __m512i bytes;
    uint64_t digit, high, sign;
} Window;

WIDE static inline Window window_in(__m512i bytes, uint64_t inside, uint64_t digit) {
    Window w = {bytes, digit, _mm512_movepi8_mask(bytes), 0};
    w.sign = inside & ~w.high & ~w.digit;
    return w;
}

WIDE static inline Window window_of(const uint8_t *p, uint64_t inside) {
    __m512i bytes = _mm512_maskz_loadu_epi8(inside, p);
    return window_in(bytes, inside, digits_among(bytes));
}

/* Classes of bytes: 0 to 7, 8 to 15. */
typedef struct {
    __m512i a, b;
} Classes;

WIDE static inline Classes classes_in(const Window *w, const ClassTables *t) {
    Classes c = {_mm512_setzero_si512(), classes_wide(t->of[2], w->high, w->bytes)};
    return c;
}

/* Adds those of other signs; tells which are joints. */
WIDE static inline uint64_t add_signs(Classes *sum, const Window *w, const ClassTables *t) {
    __m512i a = classes_wide(t->of[0], w->sign, w->bytes);
    sum->a = _mm512_or_si512(sum->a, a);
    sum->b = _mm512_or_si512(sum->b, classes_wide(t->of[1], w->sign, w->bytes));
    return _mm512_test_epi8_mask(a, _mm512_set1_epi8((char)JOINT));
}

/* The kinds of a cell that has no sign but digits and bytes beyond ASCII. */
WIDE static inline uint32_t few_kinds(__m512i b, uint64_t digits) {
    uint32_t kinds = digits ? DIGIT : 0;
    kinds |= _mm512_test_epi8_mask(b, _mm512_set1_epi8(HAN >> 8)) ? HAN : 0;
    kinds |= _mm512_test_epi8_mask(b, _mm512_set1_epi8(MARK >> 8)) ? MARK : 0;
    return kinds | (_mm512_movepi8_mask(b) ? HIGH : 0);
}

WIDE static inline uint32_t all_kinds(const Classes *sum, uint64_t digits) {
    __m512i both = _mm512_or_si512(_mm512_unpacklo_epi64(sum->a, sum->b), _mm512_unpackhi_epi64(sum->a, sum->b));
    __m256i half = _mm256_or_si256(_mm512_castsi512_si256(both), _mm512_extracti64x4_epi64(both, 1));
    __m128i last = _mm_or_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    last = _mm_or_si128(last, _mm_srli_epi64(last, 32));
    last = _mm_or_si128(last, _mm_srli_epi64(last, 16));
    last = _mm_or_si128(last, _mm_srli_epi64(last, 8));
    uint32_t low = (uint32_t)_mm_extract_epi16(last, 0) & 0xFF, high = (uint32_t)_mm_extract_epi16(last, 4) & 0xFF;
    return low | high << 8 | (digits ? DIGIT : 0);
}

/* The digits of a window, of either width, at most. */
WIDE static inline uint32_t signs_in(const Window *w) {
    uint64_t wide = _mm512_cmpeq_epi8_mask(w->bytes, _mm512_set1_epi8((char)FULL_WIDTH));
    return (uint32_t)(__builtin_popcountll(wide) + __builtin_popcountll(w->digit));
}

/* What may_hold_number cannot do without, asked first because it is told quickly: seven digits in line, or a joint. */
static inline int worth_a_look(uint64_t digit, uint64_t joint) {
    uint64_t two = digit & (digit >> 1), four = two & (two >> 2);
    return ((four & (four >> 3)) | joint) != 0;
}

/* The kinds of a long cell, and in bit 16 whether it may hold a number. */
WIDE __attribute__((noinline)) static uint32_t profile_long(const uint8_t *p, uint32_t size, const ClassTables *t) {
    Seen seen = {0, 0, 0, 0, 0};
    Classes sum = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (uint32_t at = 0;; at += STRIDE) {
        Window next = window_of(p + at, _bzhi_u64(~0ULL, size - at < WINDOW ? size - at : WINDOW));
        sum.b = _mm512_or_si512(sum.b, classes_in(&next, t).b);
        uint64_t joint = next.sign ? add_signs(&sum, &next, t) : 0;
        if (next.digit) look(&seen, next.digit, joint);
        seen.signs += signs_in(&next);
        if (size - at <= WINDOW) break;
    }
    seen.kinds = all_kinds(&sum, seen.digits);
    return seen.kinds | (uint32_t)may_hold_number(&seen, size) << 16;
}

/* The same of a cell of at most two windows. Cells of both sizes take the same way, as their sizes cannot be foreseen. */
#define TWO_WINDOWS (STRIDE + WINDOW)
WIDE static inline uint32_t profile_two(const Window *one, const uint8_t *p, uint32_t size, const ClassTables *t) {
    Seen seen = {0, 0, 0, 0, 0};
    uint64_t joint = 0, more = 0;
    Window two = window_of(p + STRIDE, _bzhi_u64(~0ULL, (size - STRIDE) & (0U - (size > WINDOW))));
    Classes sum = classes_in(one, t);
    sum.b = _mm512_or_si512(sum.b, classes_in(&two, t).b);
    if (one->sign | two.sign) {
        joint = add_signs(&sum, one, t);
        more = add_signs(&sum, &two, t);
        seen.kinds = all_kinds(&sum, one->digit | two.digit);
    } else {
        seen.kinds = few_kinds(sum.b, one->digit | two.digit);
    }
    if (worth_a_look(one->digit, joint) | worth_a_look(two.digit, more)) {
        look(&seen, one->digit, joint);
        look(&seen, two.digit, more);
    }
    if (seen.kinds & MARK) seen.signs = signs_in(one) + signs_in(&two);
    return seen.kinds | (uint32_t)may_hold_number(&seen, size) << 16;
}

/* The same of a cell of one window. */
WIDE static inline uint32_t profile_one(const Window *one, uint32_t size, const ClassTables *t) {
    Seen seen = {0, 0, 0, 0, 0};
    Classes sum = classes_in(one, t);
    uint64_t joint = 0;
    if (one->sign) {
        joint = add_signs(&sum, one, t);
        seen.kinds = all_kinds(&sum, one->digit);
    } else {
        seen.kinds = few_kinds(sum.b, one->digit);
    }
    if (worth_a_look(one->digit, joint)) look(&seen, one->digit, joint);
    if (seen.kinds & MARK) seen.signs = signs_in(one);
    return seen.kinds | (uint32_t)may_hold_number(&seen, size) << 16;
}

/* Cells of up to 64 bytes that differ in their ASCII digits only are of one writing. It is found by the cell's length
 * (the last of that length), else by a hash; where two share a place, the later is not kept. Where looking hardly ever
 * helps, it ends, for longer cells altogether. Cells without any ASCII have no digits to differ in: each is of its own. */
#define WRITINGS 256
#define TRIALS 1024
#define SHORT_WRITING 32
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

/* Is it worth while to look for writings? */
static inline int still_helps(const Writings *known) { return known->tried <= TRIALS + 8 * known->helped; }

/* The writing of a cell of that shape, new where its ``cell`` is -1, or NULL. */
WIDE static inline Writing *writing_of(Writings *known, __m512i shape, uint32_t length) {
    Writing *found = known->last[length];
    if (same_writing(found, shape)) return found;
    if (!still_helps(known)) return NULL;
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

/* What is known of cells so far. */
typedef struct {
    Writings *known;
    Survey survey;
    uint32_t longest;          /* of cells whose writing is asked for */
    int32_t solid[WINDOW + 1]; /* the models of cells of digits only, by length */
} Column;

/* A cell's kinds, in bit 16 whether it may hold a number, what else is asked of it (survey.h), and from bit 32 on its
 * model. */
static inline uint64_t profiled(uint32_t kinds, int32_t model) { return (uint64_t)(uint32_t)model << 32 | kinds; }

/* A cell's bytes with '0' for each digit, and NO_BYTE behind it. */
WIDE static inline __m512i shape_of(__m512i bytes, uint64_t inside, uint64_t digit) {
    __m512i shape = _mm512_mask_mov_epi8(_mm512_set1_epi8(NO_BYTE), inside, bytes);
    return _mm512_mask_mov_epi8(shape, digit, _mm512_set1_epi8('0'));
}

/* A cell that is not of digits only. The first window is read already: ``bytes``, of which some are ``digit``. */
WIDE __attribute__((noinline)) static uint64_t profile_text(Column *c, __m512i bytes, uint64_t digit, const uint8_t *p,
                                                            uint32_t length, int32_t cell) {
    Writings *known = c->known;
    Writing *writing = NULL;
    uint64_t inside = _bzhi_u64(~0ULL, length); /* all ones up to a length of 255 */
    if (length <= c->longest && (digit || _mm512_movepi8_mask(bytes) != inside)) {
        writing = writing_of(known, shape_of(bytes, inside, digit), length);
        if (writing && writing->cell >= 0) return profiled(writing->kinds, writing->cell);
        if (!still_helps(known)) c->longest = SHORT_WRITING;
    }
    uint32_t kinds, asked = c->survey.s != NULL;
    if (length > TWO_WINDOWS) {
        kinds = profile_long(p, length, &known->tables);
        return profiled(asked ? kinds | survey_long(&c->survey, p, length, kinds) : kinds, cell);
    }
    Window one = window_in(bytes, inside, digit);
    if (length > WINDOW) {
        kinds = profile_two(&one, p, length, &known->tables);
        if (asked) kinds |= survey_two(&c->survey, p, bytes, length, kinds);
    } else {
        kinds = profile_one(&one, length, &known->tables);
        if (asked) kinds |= survey_one(&c->survey, p, bytes, length, kinds);
    }
    if (writing) {
        writing->cell = cell;
        writing->kinds = kinds;
    }
    return profiled(kinds, cell);
}

/* A cell of one window without any ASCII. */
WIDE __attribute__((noinline)) static uint32_t profile_high(Column *c, __m512i bytes, const uint8_t *p, uint32_t length) {
    Window one = window_in(bytes, _bzhi_u64(~0ULL, length), 0);
    uint32_t kinds = profile_one(&one, length, &c->known->tables);
    return c->survey.s ? kinds | survey_one(&c->survey, p, bytes, length, kinds) : kinds;
}

/* Writes down what was found of up to sixteen cells, of which ``first`` is one; ``here``: of the sixteen those that are. */
WIDE static inline void note_sixteen(const uint32_t *found, int64_t first, __mmask16 here, Profiles *out) {
    const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i cell = _mm512_add_epi32(_mm512_set1_epi32((int)first), steps);
    __m512i kinds = _mm512_maskz_loadu_epi32(here, found), like = _mm512_maskz_loadu_epi32(here, out->like + first);
    __mmask16 number = _mm512_test_epi32_mask(kinds, _mm512_set1_epi32(1 << 16));
    __mmask16 model = _mm512_mask_cmpeq_epi32_mask(_mm512_test_epi32_mask(kinds, kinds), like, cell);
    _mm256_mask_storeu_epi16(out->kinds + first, here, _mm512_cvtepi32_epi16(kinds));
    _mm512_storeu_si512(out->numeric + out->numbers, _mm512_maskz_compress_epi32(number, cell));
    _mm512_storeu_si512(out->models + out->modelled, _mm512_maskz_compress_epi32(model, cell));
    out->numbers += __builtin_popcount(number);
    out->modelled += __builtin_popcount(model);
    if (!out->questions) return;
    __mmask16 open = _mm512_mask_test_epi32_mask(model, kinds, _mm512_set1_epi32(MAY_OPEN));
    __mmask16 odd = _mm512_mask_test_epi32_mask(model, kinds, _mm512_set1_epi32(MAY_BE_ODD));
    __mmask16 unsure = _mm512_test_epi32_mask(kinds, _mm512_set1_epi32(UNSURE));
    if (!(open | odd | unsure)) return;
    _mm512_storeu_si512(out->open + out->opens, _mm512_maskz_compress_epi32(open, cell));
    _mm512_storeu_si512(out->odd + out->odds, _mm512_maskz_compress_epi32(odd, cell));
    _mm512_storeu_si512(out->unsure + out->unsures, _mm512_maskz_compress_epi32(unsure, cell));
    out->opens += __builtin_popcount(open);
    out->odds += __builtin_popcount(odd);
    out->unsures += __builtin_popcount(unsure);
}

/* All lists must have room for 16 more than there are cells. */
WIDE static void profiles_wide(const uint8_t *data, const int32_t *restrict start, const int32_t *restrict end,
                               int64_t count, Writings *known, Profiles *out) {
    int32_t *restrict like = out->like;
    uint32_t all = 0, found[2][16];
    Column c;
    c.known = known;
    begin_survey(&c.survey, out->questions, HAN | HIGH, SHORT_WRITING);
    c.longest = WINDOW;
    memset(c.solid, -1, sizeof c.solid);
    no_writings(known);
    for (int64_t first = 0; first < count; first += 16) {
        int64_t last = first + 16 < count ? first + 16 : count;
        int64_t ahead = last + AHEAD < count ? AHEAD : count - last;
        for (int64_t i = first; i < last; i++) {
            uint32_t length = (uint32_t)(end[i] - start[i]), kinds = 0;
            const uint8_t *p = data + start[i];
            int32_t model = (int32_t)i;
            __builtin_prefetch(data + start[i + ahead]);
            __builtin_prefetch(data + end[i + ahead]);
            if (length) {
                uint64_t inside = _bzhi_u64(~0ULL, length < 255 ? length : 255);
                __m512i bytes = _mm512_maskz_loadu_epi8(inside, p);
                uint64_t digit = digits_among(bytes); /* none among the zeros behind the cell */
                if (digit == inside && length <= WINDOW) {
                    kinds = DIGIT | (length >= 10) << 16 | MAY_OPEN | MAY_BE_ODD; /* what counts of models only */
                    if (c.solid[length] < 0) c.solid[length] = model;
                    model = c.solid[length];
                } else if (length <= SHORT_WRITING && _mm512_movepi8_mask(bytes) == inside) {
                    if (is_han(bytes, inside, length)) { /* a name, a word */
                        kinds = HAN | HIGH;
                        if (out->questions) kinds |= survey_han(&c.survey, p, bytes, inside, length);
                    } else {
                        kinds = profile_high(&c, bytes, p, length);
                    }
                } else if (digit && length <= c.longest &&
                           same_writing(known->last[length], shape_of(bytes, inside, digit))) {
                    kinds = known->last[length]->kinds; /* an amount, a date */
                    model = known->last[length]->cell;
                } else {
                    uint64_t text = profile_text(&c, bytes, digit, p, length, model);
                    kinds = (uint32_t)text;
                    model = (int32_t)(text >> 32);
                }
            }
            like[i] = model;
            found[first >> 4 & 1][i - first] = kinds;
            all |= kinds;
        }
        /* One group late: what has just been written by fours cannot be read at once by sixteens. */
        if (first) note_sixteen(found[~(first >> 4) & 1], first - 16, 0xFFFF, out);
        if (last == count) note_sixteen(found[first >> 4 & 1], first, (__mmask16)((1U << (last - first)) - 1), out);
    }
    out->all = (uint16_t)all;
}
#endif

#endif
