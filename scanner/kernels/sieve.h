/* What candidates are, how many of each kind, and the ones of a kind; sixteen at a time where the processor can. */
#ifndef LEAKTALLY_SIEVE_H
#define LEAKTALLY_SIEVE_H

#include "wide.h"

#define MOST_REASONS 256
#define REASON_PLACES 1024
#define SLACK 16 /* results are written sixteen at a time */

enum { VALID = 1, BASED = 2, PROBABLE = 4 };

/* Candidates, their cells, what is asked of them; then what is found. ``weight`` may be NULL: each cell counts once.
 * ``reasons``: the different checks of those that are not valid, in the order they come, with their weight. */
typedef struct {
    const uint8_t *data;
    const int32_t *cell_start, *cell_end;
    int64_t cells;
    const int32_t *cell, *start, *end;
    const uint32_t *checks;
    const int64_t *weight;
    uint32_t required, basis, lenient;
    uint8_t *kind; /* room for SLACK more */
    int64_t total, valid, based, whole, kinds[3];
    uint32_t all; /* the checks of any */
    int silent;   /* leave out the reasons */
    uint32_t reasons[MOST_REASONS];
    int64_t reason_weight[MOST_REASONS];
    int16_t reason_at[REASON_PLACES]; /* 1 + the place in ``reasons``, found by a hash */
    int32_t reason_count;
} Sieve;

/* Is there nothing but white space and quotes (in front also "=") beside a value? */
static int wrapped(const uint8_t *data, int64_t a, int64_t b, int in_front) {
    for (int64_t i = a; i < b; i++)
        if (data[i] > 0x20 && data[i] != 0x27 && data[i] != 0x22 && !(in_front && data[i] == 0x3D)) return 0;
    return 1;
}

static int fills_its_cell(const Sieve *s, int64_t i) {
    int64_t lo = s->cell_start[s->cell[i]], hi = s->cell_end[s->cell[i]];
    int64_t a = lo + s->start[i], b = lo + s->end[i];
    return lo <= a && a <= b && b <= hi && wrapped(s->data, lo, a, 1) && wrapped(s->data, b, hi, 0);
}

/* Adds to the weight of one reason; 0 where there are too many different ones. */
static int add_reason(Sieve *s, uint32_t checks, int64_t weight) {
    if (s->silent) return 1;
    uint32_t place = (checks * 0x9E3779B1U) >> 22;
    while (s->reason_at[place]) {
        int32_t known = s->reason_at[place] - 1;
        if (s->reasons[known] == checks) {
            s->reason_weight[known] += weight;
            return 1;
        }
        place = (place + 1) % REASON_PLACES;
    }
    if (s->reason_count == MOST_REASONS) return 0;
    s->reasons[s->reason_count] = checks;
    s->reason_weight[s->reason_count] = weight;
    s->reason_at[place] = (int16_t)(++s->reason_count);
    return 1;
}

enum { SOUND = 0, OUTSIDE = -1, MANY_REASONS = -2 };

/* The candidates from ``i`` to ``n``, one by one. */
static int judge_each(Sieve *s, int64_t i, int64_t n) {
    for (; i < n; i++) {
        int64_t weight = 1;
        uint32_t checks = s->checks[i];
        if ((uint64_t)(int64_t)s->cell[i] >= (uint64_t)s->cells) return OUTSIDE;
        if (s->weight) weight = s->weight[s->cell[i]];
        s->total += weight;
        s->all |= checks;
        if ((checks & s->required) == s->required) {
            s->kind[i] = VALID;
            s->kinds[0]++;
            s->valid += weight;
            s->based += weight;
            if (fills_its_cell(s, i)) s->whole += weight;
            continue;
        }
        int based = s->basis && (checks & s->basis) == s->basis;
        int probable = s->lenient && (checks & s->lenient) == s->lenient;
        s->kind[i] = (uint8_t)((based ? BASED : 0) | (probable ? PROBABLE : 0));
        s->kinds[1] += based;
        s->kinds[2] += probable;
        s->based += based ? weight : 0;
        if (!add_reason(s, checks, weight)) return MANY_REASONS;
    }
    return SOUND;
}

#ifdef HAS_WIDE
/* As judge_each where each cell counts once. */
VECTOR static int judge_wide(Sieve *s, int64_t n) {
    const __m512i required = _mm512_set1_epi32((int)s->required), basis = _mm512_set1_epi32((int)s->basis);
    const __m512i lenient = _mm512_set1_epi32((int)s->lenient), cells = _mm512_set1_epi32((int)s->cells);
    const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i all = _mm512_setzero_si512();
    for (int64_t i = 0; i < n; i += 16) {
        __mmask16 here = n - i < 16 ? (__mmask16)((1U << (n - i)) - 1) : (__mmask16)0xFFFF;
        __m512i checks = _mm512_maskz_loadu_epi32(here, s->checks + i);
        __m512i cell = _mm512_maskz_loadu_epi32(here, s->cell + i);
        __mmask16 valid = _mm512_mask_cmpeq_epi32_mask(here, _mm512_and_si512(checks, required), required);
        __mmask16 left = here & ~valid, based = 0, probable = 0;
        all = _mm512_or_si512(all, checks);
        if (_mm512_mask_cmplt_epu32_mask(here, cell, cells) != here) return OUTSIDE;
        if (left) {
            if (s->basis) based = _mm512_mask_cmpeq_epi32_mask(left, _mm512_and_si512(checks, basis), basis);
            if (s->lenient) probable = _mm512_mask_cmpeq_epi32_mask(left, _mm512_and_si512(checks, lenient), lenient);
            s->kinds[1] += __builtin_popcount(based);
            s->kinds[2] += __builtin_popcount(probable);
        }
        __m128i kind = _mm_maskz_set1_epi8(valid, VALID);
        kind = _mm_or_si128(kind, _mm_maskz_set1_epi8(based, BASED));
        kind = _mm_or_si128(kind, _mm_maskz_set1_epi8(probable, PROBABLE));
        _mm_storeu_si128((__m128i *)(s->kind + i), kind);
        s->kinds[0] += __builtin_popcount(valid);
        while (left) { /* each different reason once */
            uint32_t one = s->checks[i + __builtin_ctz(left)];
            __mmask16 same = _mm512_mask_cmpeq_epi32_mask(left, checks, _mm512_set1_epi32((int)one));
            if (!add_reason(s, one, __builtin_popcount(same))) return MANY_REASONS;
            left &= ~same;
        }
        if (!valid) continue;
        int32_t first = s->cell[i];
        __m512i row = _mm512_add_epi32(_mm512_set1_epi32(first), steps), lo, hi;
        if (_mm512_mask_cmpeq_epi32_mask(here, cell, row) == here) {
            lo = _mm512_maskz_loadu_epi32(here, s->cell_start + first);
            hi = _mm512_maskz_loadu_epi32(here, s->cell_end + first);
        } else {
            lo = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), valid, cell, s->cell_start, 4);
            hi = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), valid, cell, s->cell_end, 4);
        }
        __m512i start = _mm512_maskz_loadu_epi32(here, s->start + i), end = _mm512_maskz_loadu_epi32(here, s->end + i);
        __mmask16 whole = _mm512_mask_testn_epi32_mask(valid, start, start);
        whole = _mm512_mask_cmpeq_epi32_mask(whole, end, _mm512_sub_epi32(hi, lo));
        s->whole += __builtin_popcount(whole);
        for (uint32_t rest = valid & ~(uint32_t)whole; rest; rest &= rest - 1)
            s->whole += fills_its_cell(s, i + __builtin_ctz(rest));
    }
    s->all = (uint32_t)_mm512_reduce_or_epi32(all);
    s->total = n;
    s->valid = s->kinds[0];
    s->based = s->kinds[0] + s->kinds[1];
    return SOUND;
}
#endif

static int judge_all(Sieve *s, int64_t n, int path) {
#ifdef HAS_WIDE
    if (!s->weight && s->cells < INT32_MAX && is_wide(path)) return judge_wide(s, n);
#endif
    (void)path;
    return judge_each(s, 0, n);
}

/* Matches as parallel arrays; ``key`` may be NULL. */
typedef struct {
    int32_t *cell, *start, *end;
    uint32_t *checks;
    uint64_t *key;
} Parts;

/* Copies those of ``n`` whose kind has ``value`` in ``bits``; returns how many, or -1 where there are more than
 * ``most``. There is room for SLACK more. */
static int64_t keep_each(const Parts *from, Parts *to, const uint8_t *kind, int64_t i, int64_t n, uint8_t bits,
                         uint8_t value, int64_t kept, int64_t most) {
    for (; i < n; i++) {
        if (kept > most) return -1;
        to->cell[kept] = from->cell[i];
        to->start[kept] = from->start[i];
        to->end[kept] = from->end[i];
        to->checks[kept] = from->checks[i];
        if (from->key) to->key[kept] = from->key[i];
        kept += (kind[i] & bits) == value;
    }
    return kept > most ? -1 : kept;
}

#ifdef HAS_WIDE
VECTOR static int64_t keep_wide(const Parts *from, Parts *to, const uint8_t *kind, int64_t n, uint8_t bits,
                              uint8_t value, int64_t most) {
    const __m128i wanted = _mm_set1_epi8((char)value), asked = _mm_set1_epi8((char)bits);
    int64_t i = 0, kept = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i kinds = _mm_and_si128(_mm_loadu_si128((const __m128i *)(kind + i)), asked);
        __mmask16 which = _mm_cmpeq_epi8_mask(kinds, wanted);
        if (!which) continue;
        if (kept > most) return -1;
        _mm512_storeu_si512(to->cell + kept, _mm512_maskz_compress_epi32(which, _mm512_loadu_si512(from->cell + i)));
        _mm512_storeu_si512(to->start + kept, _mm512_maskz_compress_epi32(which, _mm512_loadu_si512(from->start + i)));
        _mm512_storeu_si512(to->end + kept, _mm512_maskz_compress_epi32(which, _mm512_loadu_si512(from->end + i)));
        _mm512_storeu_si512(to->checks + kept,
                            _mm512_maskz_compress_epi32(which, _mm512_loadu_si512(from->checks + i)));
        int64_t half = __builtin_popcount(which & 0xFF);
        if (from->key) {
            __m512i low = _mm512_loadu_si512(from->key + i), high = _mm512_loadu_si512(from->key + i + 8);
            _mm512_storeu_si512(to->key + kept, _mm512_maskz_compress_epi64((__mmask8)which, low));
            _mm512_storeu_si512(to->key + kept + half, _mm512_maskz_compress_epi64((__mmask8)(which >> 8), high));
        }
        kept += half + __builtin_popcount(which >> 8);
    }
    return keep_each(from, to, kind, i, n, bits, value, kept, most);
}
#endif

static int64_t keep_all(const Parts *from, Parts *to, const uint8_t *kind, int64_t n, uint8_t bits, uint8_t value,
                        int64_t most, int path) {
#ifdef HAS_WIDE
    if (is_wide(path)) return keep_wide(from, to, kind, n, bits, value, most);
#endif
    (void)path;
    return keep_each(from, to, kind, 0, n, bits, value, 0, most);
}

/* The cells of candidates by what they leave a mark for: failed ones that have the basis and nothing else (``unsound``), and
 * those with a bit of ``dummy`` among their checks, valid or not. Lists have room for SLACK more. */
typedef struct {
    int32_t *unsound, *dummies, *failed;
    int64_t count[3];
} Marks;

static void marks_each(Marks *m, const uint8_t *kind, const int32_t *cell, const uint32_t *checks, uint32_t dummy, int64_t i,
                       int64_t n) {
    for (; i < n; i++) {
        int is_dummy = (checks[i] & dummy) != 0, valid = (kind[i] & VALID) != 0;
        m->unsound[m->count[0]] = m->dummies[m->count[1]] = m->failed[m->count[2]] = cell[i];
        m->count[0] += (kind[i] & (BASED | PROBABLE)) == BASED && !is_dummy;
        m->count[1] += is_dummy && valid;
        m->count[2] += is_dummy && !valid;
    }
}

#ifdef HAS_WIDE
VECTOR static inline void mark_cells(int32_t *list, int64_t *count, __mmask16 which, __m512i cell) {
    _mm512_storeu_si512(list + *count, _mm512_maskz_compress_epi32(which, cell));
    *count += __builtin_popcount(which);
}

VECTOR static void marks_wide(Marks *m, const uint8_t *kind, const int32_t *cell, const uint32_t *checks, uint32_t dummy,
                              int64_t n) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i kinds = _mm_loadu_si128((const __m128i *)(kind + i));
        __m128i failed = _mm_and_si128(kinds, _mm_set1_epi8(BASED | PROBABLE));
        __mmask16 is_dummy = _mm512_test_epi32_mask(_mm512_loadu_si512(checks + i), _mm512_set1_epi32((int)dummy));
        __mmask16 unsound = _mm_cmpeq_epi8_mask(failed, _mm_set1_epi8(BASED)) & (__mmask16)~is_dummy;
        if (!(unsound | is_dummy)) continue;
        __mmask16 valid = _mm_test_epi8_mask(kinds, _mm_set1_epi8(VALID));
        __m512i cells = _mm512_loadu_si512(cell + i);
        mark_cells(m->unsound, m->count, unsound, cells);
        mark_cells(m->dummies, m->count + 1, is_dummy & valid, cells);
        mark_cells(m->failed, m->count + 2, is_dummy & (__mmask16)~valid, cells);
    }
    marks_each(m, kind, cell, checks, dummy, i, n);
}
#endif

static void mark_all(Marks *m, const uint8_t *kind, const int32_t *cell, const uint32_t *checks, uint32_t dummy, int64_t n,
                     int path) {
#ifdef HAS_WIDE
    if (is_wide(path)) {
        marks_wide(m, kind, cell, checks, dummy, n);
        return;
    }
#endif
    (void)path;
    marks_each(m, kind, cell, checks, dummy, 0, n);
}

/* Of spans that are covered (1, else 0) those that are valid become 3; returns how many. The same loop twice, because
 * the compiler makes vectors of it as wide as it may. */
#define MARK_VALID                                                                        \
    int64_t valid = 0;                                                                    \
    for (int64_t first = 0; first < n; first += 32768) {                                  \
        int64_t last = first + 32768 < n ? first + 32768 : n;                             \
        uint16_t some = 0;                                                                \
        for (int64_t i = first; i < last; i++) {                                          \
            uint8_t good = (uint8_t)(covered[i] & ((checks[i] & required) == required));  \
            covered[i] = (uint8_t)(covered[i] | good << 1);                               \
            some = (uint16_t)(some + good);                                               \
        }                                                                                 \
        valid += some;                                                                    \
    }                                                                                     \
    return valid;

static int64_t mark_each(uint8_t *covered, const uint32_t *checks, uint32_t required, int64_t n) { MARK_VALID }

#ifdef HAS_WIDE
VECTOR static int64_t mark_wide(uint8_t *covered, const uint32_t *checks, uint32_t required, int64_t n) { MARK_VALID }
#endif

static int64_t mark_valid(uint8_t *covered, const uint32_t *checks, uint32_t required, int64_t n, int path) {
#ifdef HAS_WIDE
    if (is_wide(path)) return mark_wide(covered, checks, required, n);
#endif
    (void)path;
    return mark_each(covered, checks, required, n);
}

#endif
