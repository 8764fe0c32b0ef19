/* What is asked of a cell while its bytes are at hand: whether gates may open, whether it may hold a damaged number, and
 * whether it holds something for certain. Each answer rules most cells out and none that the kernel behind it would take:
 * see gate_wide.h, restore.pyx and spans.h, which look at the others. */
#ifndef LEAKTALLY_SURVEY_H
#define LEAKTALLY_SURVEY_H

#include "damaged.h"
#include "gate_pairs.h"
#include "nothing.h"

enum { MAY_OPEN = 1 << 17, MAY_BE_ODD = 1 << 18, UNSURE = 1 << 19 }; /* above the kinds of a cell */
enum { OF_TOKEN = 1, ODD_SIGN = 2, BEGINS_WHOLE = 4 };               /* ASCII characters of damaged numbers */

/* The tables; see Questions in profile.pyx. */
typedef struct {
    const uint16_t *needs, *all_pairs; /* by kinds; by first + 256 * second byte: buckets */
    const uint8_t *characters;         /* what characters are (restore.pyx), as far as OF_TABLE tells */
    uint16_t fitting[65];
    uint8_t pairs[128], lines[2];
    uint8_t ascii[128], lead[64], second[64], third[64];
    uint32_t begins[BEGINS];
    uint8_t blank[128];
    uint8_t firsts[2][256], seconds[2][256]; /* buckets of each byte that begins or ends a pair: the first eight, the others */
} Questions;

#define TELLING 0x8001 /* kinds of cells that may hold a damaged number: with a digit, or beyond ASCII */

/* Does a cell hold something for certain? It begins with a letter, digit or the like, and no word that stands for nothing
 * begins so; or it ends like that, too, and there is no such word of its size. */
static inline int surely_filled(const Questions *s, const uint8_t *p, uint32_t size) {
    if (size >= 4 && leads_han(p[0])) {
        uint32_t first;
        memcpy(&first, p, 4);
        if (!s->begins[begin_hash(first)] && !s->begins[begin_hash(first & 0xFFFFFF)]) return 1;
    }
    if (!is_solid(s->blank, p, size)) return 0;
    return size > WORD_MOST || !(s->begins[begin_of(p, size)] >> (size - 1) & 1);
}

#ifdef FAST
/* The same while a column is read. */
typedef struct {
    const Questions *s;
    __m512i ascii, more_ascii, lead, second, third;
    Tables tables;
    Question question; /* for the last cells' buckets */
    __m512i firsts[2][4], seconds[2][4];
    uint32_t han_need; /* buckets that short cells of Chinese characters may open */
    __m512i han_asked; /* in each byte */
} Survey;

/* ``han``: the kinds of cells of Chinese characters, of which those of up to ``shortest`` bytes have a way of their own. */
WIDE static inline void begin_survey(Survey *survey, const Questions *s, uint32_t han, uint32_t shortest) {
    survey->s = s;
    if (!s) return;
    survey->han_need = 0;
    for (uint32_t size = 0; size <= shortest; size++) survey->han_need |= s->fitting[size] & s->needs[han];
    survey->han_asked = _mm512_set1_epi8((char)survey->han_need);
    for (int i = 0; i < 8; i++) {
        survey->firsts[i >> 2][i & 3] = _mm512_loadu_si512(s->firsts[i >> 2] + 64 * (i & 3));
        survey->seconds[i >> 2][i & 3] = _mm512_loadu_si512(s->seconds[i >> 2] + 64 * (i & 3));
    }
    survey->ascii = _mm512_loadu_si512(s->ascii);
    survey->more_ascii = _mm512_loadu_si512(s->ascii + 64);
    survey->lead = _mm512_loadu_si512(s->lead);
    survey->second = _mm512_loadu_si512(s->second);
    survey->third = _mm512_loadu_si512(s->third);
    fill_tables(&survey->tables, s->pairs);
    survey->question = question_of(&survey->tables, 0);
}

/* Of places where a pair may be: has any of them one for certain? */
static inline int has_pair(const Questions *s, const uint8_t *p, uint64_t places, uint32_t need) {
    for (; places; places &= places - 1) {
        const uint8_t *at = p + __builtin_ctzll(places);
        if (s->all_pairs[at[0] | (uint32_t)at[1] << 8] & need) return 1;
    }
    return 0;
}

/* Those of the places of first bytes where a character is that tokens hold; ``left``: bytes up to the end of the cell. */
static inline uint64_t true_firsts(const Questions *s, const uint8_t *p, uint64_t places, uint32_t left) {
    uint64_t kept = 0;
    for (; places; places &= places - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(places), code;
        const uint8_t *c = p + at;
        uint32_t size = *c < 0xE0 ? 2 : *c < 0xF0 ? 3 : 4;
        if (at + size > left) continue;
        code = size == 2 ? (c[0] & 31U) << 6 | (c[1] & 63U) : (c[0] & 15U) << 12 | (c[1] & 63U) << 6 | (c[2] & 63U);
        if (size == 4) code = (c[0] & 7U) << 18 | (c[1] & 63U) << 12 | (c[2] & 63U) << 6 | (c[3] & 63U);
        if (code < CHARACTERS && s->characters[code]) kept |= 1ULL << at;
    }
    return kept;
}

/* Ten in line, and among them one of ``odd``? */
static inline int odd_ten(uint64_t held, uint64_t odd) {
    uint64_t ten = held & (held >> 1);
    ten &= ten >> 2;
    ten &= ten >> 4;
    ten &= held >> 8 & held >> 9;
    if (!(ten && odd)) return 0;
    ten |= ten << 1;
    ten |= ten << 2;
    ten |= ten << 4;
    ten |= ten << 2;
    return (ten & odd) != 0;
}

/* May 64 bytes, of which ``left`` are the cell's, hold a token with digits that are not plain? */
WIDE static inline int may_be_token(const Survey *s, const uint8_t *p, __m512i bytes, uint32_t left) {
    uint32_t count = left < WINDOW ? left : WINDOW;
    uint64_t inside = _bzhi_u64(~0ULL, count), high = _mm512_movepi8_mask(bytes);
    __m512i ascii = _mm512_maskz_permutex2var_epi8(inside & ~high, s->ascii, bytes, s->more_ascii);
    uint64_t held = _mm512_test_epi8_mask(ascii, _mm512_set1_epi8(OF_TOKEN));
    uint64_t odd = _mm512_test_epi8_mask(ascii, _mm512_set1_epi8(ODD_SIGN));
    if (high) { /* a character is told by the last six bits of its first three bytes */
        uint64_t leads = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xC0));
        uint32_t behind = left > WINDOW ? WINDOW : left ? left - 1 : 0;
        uint32_t further = left > WINDOW + 1 ? WINDOW : left > 2 ? left - 2 : 0;
        __m512i one = _mm512_permutexvar_epi8(bytes, s->lead);
        __m512i two = _mm512_permutexvar_epi8(some_bytes(p + 1, behind), s->second);
        __m512i three = _mm512_permutexvar_epi8(some_bytes(p + 2, further), s->third);
        __m512i all = _mm512_ternarylogic_epi64(one, two, three, 0x80);
        uint64_t firsts = _mm512_mask_test_epi8_mask(leads, all, all);
        uint64_t fours = _mm512_mask_cmpeq_epi8_mask(firsts, bytes, _mm512_set1_epi8((char)0xF0));
        uint64_t wide = firsts | firsts << 1 | firsts << 2 | fours << 3;
        if (!odd_ten(held | wide, odd | wide)) return 0;
        firsts = true_firsts(s->s, p, firsts, left);
        wide = firsts | firsts << 1 | firsts << 2 | (firsts & fours) << 3;
        held |= wide;
        odd |= wide;
    }
    return odd_ten(held, odd);
}

/* May a cell be a damaged number as a whole? Other characters than its first are not looked at. */
static inline int may_begin_whole(const Questions *s, uint8_t first, uint32_t size) {
    return size <= LONGEST_WHOLE && (first < 0x80 ? s->ascii[first] & BEGINS_WHOLE : !leads_han(first));
}

WIDE static inline const Question *question_for(Survey *survey, uint32_t need) {
    if (need != survey->question.need) survey->question = question_of(&survey->tables, need);
    return &survey->question;
}

WIDE static inline uint32_t needed_of(const Questions *s, uint32_t kinds, uint32_t size) {
    return s->fitting[size < 64 ? size : 64] & s->needs[kinds & 0xFFFF];
}

WIDE static inline uint32_t may_be_unsure(const Questions *s, const uint8_t *p, uint32_t size, uint32_t kinds) {
    return !sure_by_kind(kinds, size) && !surely_filled(s, p, size) ? UNSURE : 0;
}

/* Where pairs begin of which both bytes are in a bucket that is asked for; ``high``: the places of bytes beyond ASCII. */
WIDE static inline uint64_t pairs_of_half(const Survey *v, int half, __m512i bytes, uint64_t high, __m512i asked) {
    const __m512i *f = v->firsts[half], *s = v->seconds[half];
    __m512i one = _mm512_setzero_si512(), two = one;
    if (~high) { /* by the last seven bits */
        one = _mm512_maskz_permutex2var_epi8(~high, f[0], bytes, f[1]);
        two = _mm512_maskz_permutex2var_epi8(~high, s[0], bytes, s[1]);
    }
    if (high) {
        one = _mm512_or_si512(one, _mm512_maskz_permutex2var_epi8(high, f[2], bytes, f[3]));
        two = _mm512_or_si512(two, _mm512_maskz_permutex2var_epi8(high, s[2], bytes, s[3]));
    }
    return _mm512_test_epi8_mask(_mm512_and_si512(one, _mm512_permutexvar_epi8(v->tables.next, two)), asked);
}

/* The same among the ``inside`` first places, of all ordinary buckets. */
WIDE static inline uint64_t pairs_asked(const Survey *v, const Question *q, __m512i bytes, uint64_t high, uint64_t inside) {
    uint64_t places = 0;
    if (q->need & 0xFF) places = pairs_of_half(v, 0, bytes, high, q->first);
    if (q->need & 0x1F00) places |= pairs_of_half(v, 1, bytes, high, q->second);
    return places & inside;
}

/* Does a cell hold nothing but characters of three bytes that begin as Chinese ones do? */
WIDE static inline int is_han(__m512i bytes, uint64_t inside, uint32_t size) {
    const uint64_t thirds = 0x9249249249249249ULL;
    uint64_t leads = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xC0));
    uint64_t han = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8((char)0xE4)), _mm512_set1_epi8(6));
    return leads == han && han == (thirds & inside) && thirds >> size & 1;
}

/* What is asked of such a cell of at most WORD_MOST bytes. */
WIDE static inline uint32_t survey_han(Survey *survey, const uint8_t *p, __m512i bytes, uint64_t inside, uint32_t size) {
    uint32_t first = (uint32_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(bytes)), found = 0;
    if (survey->s->begins[begin_hash(first)] >> (size - 1) & 1) found = UNSURE;
    if (survey->han_need & ~0xFFU) {
        found |= MAY_OPEN;
    } else if (survey->han_need) {
        if (pairs_of_half(survey, 0, bytes, ~0ULL, survey->han_asked) & inside >> 1) found |= MAY_OPEN;
    }
    if (size >= LEAST_TOKEN && may_be_token(survey, p, bytes, size)) found |= MAY_BE_ODD;
    return found;
}

/* What is asked of a cell of one window, whose bytes are read already. */
WIDE static inline uint32_t survey_one(Survey *survey, const uint8_t *p, __m512i bytes, uint32_t size, uint32_t kinds) {
    const Questions *s = survey->s;
    uint32_t need = needed_of(s, kinds, size), found = may_be_unsure(s, p, size, kinds);
    if (need & ANY) {
        found |= MAY_OPEN;
    } else if (need) {
        const Question *q = question_for(survey, need);
        uint64_t inside = _bzhi_u64(~0ULL, size - 1), high = _mm512_movepi8_mask(bytes);
        uint64_t places = pairs_asked(survey, q, bytes, high, inside), lines = lines_among(q, bytes, high, inside);
        if ((lines && has_line(q, s->lines, bytes, inside)) || (places && has_pair(s, p, places, need & ~DENSE)))
            found |= MAY_OPEN;
    }
    if (!(kinds & TELLING)) return found;
    if ((may_begin_whole(s, p[0], size) && size >= LEAST_DAMAGED) ||
        (size >= LEAST_TOKEN && may_be_token(survey, p, bytes, size)))
        found |= MAY_BE_ODD;
    return found;
}

/* What is asked of one window of a longer cell; ``left``: the bytes from here to its end. */
WIDE static inline void survey_window(const Survey *s, const Question *q, const uint8_t *p, __m512i bytes, uint32_t left,
                                      uint64_t *pairs, int *token) {
    uint64_t inside = _bzhi_u64(~0ULL, left < WINDOW ? left : WINDOW) >> 1;
    uint64_t high = _mm512_movepi8_mask(bytes), lines = lines_among(q, bytes, high, inside);
    uint64_t places = pairs_asked(s, q, bytes, high, inside);
    if (places | lines) *pairs |= lines || has_pair(s->s, p, places, q->need & ~DENSE);
    *token |= may_be_token(s, p, bytes, left);
}

/* What is asked of a cell of two windows at most, of which the first is read already. Cells of both sizes take the same
 * way, as their sizes cannot be foreseen. */
WIDE static inline uint32_t survey_two(Survey *survey, const uint8_t *p, __m512i bytes, uint32_t size, uint32_t kinds) {
    const Questions *s = survey->s;
    uint32_t need = needed_of(s, kinds, size), found = may_be_unsure(s, p, size, kinds);
    uint32_t left = size > WINDOW ? size - STRIDE : 0;
    const Question *q = question_for(survey, need);
    uint64_t pairs = need & ANY;
    int token = 0, odd = may_begin_whole(s, p[0], size);
    survey_window(survey, q, p, bytes, size, &pairs, &token);
    survey_window(survey, q, p + STRIDE, some_bytes(p + STRIDE, left), left, &pairs, &token);
    return found | (pairs ? MAY_OPEN : 0) | ((odd | token) && kinds & TELLING ? MAY_BE_ODD : 0);
}

/* What is asked of a longer cell. */
WIDE static inline uint32_t survey_long(Survey *survey, const uint8_t *p, uint32_t size, uint32_t kinds) {
    const Questions *s = survey->s;
    uint32_t need = needed_of(s, kinds, size), found = may_be_unsure(s, p, size, kinds), left = size;
    const Question *q = question_for(survey, need);
    uint64_t pairs = need & ANY;
    int token = 0, odd = may_begin_whole(s, p[0], size);
    for (;; p += STRIDE, left -= STRIDE) {
        survey_window(survey, q, p, some_bytes(p, left < WINDOW ? left : WINDOW), left, &pairs, &token);
        if (left <= WINDOW || (pairs && token)) break;
    }
    return found | (pairs ? MAY_OPEN : 0) | ((odd | token) && kinds & TELLING ? MAY_BE_ODD : 0);
}
#endif

#endif
