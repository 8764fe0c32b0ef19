/* Bank cards: BINs by three steps of leading digits, of which nearly every card needs only the first. */
#ifndef LEAKTALLY_CARDS_H
#define LEAKTALLY_CARDS_H

#include "number_sums.h"

enum { SHORTEST_CARD = 13, LONGEST_CARD = 19, RUN_CARD = 16, CARD_SUMS = 1024, CARD_LUHN = 2048 };

/* By six leading digits: bits 0 to 6 for cards of 13 to 19 digits, bits 7 to 13 the same in the ranges of other
 * schemes; from bit 15 on, the page that tells by three digits more
 * (page 0 is empty). */
enum { ISSUED = 0x7F, SCHEMES = 7, PAGE = 15 };
/* On a page: bits 0 to 6 as above, bit 7 where still longer BINs begin so. */
enum { ON_A_PAGE = 1000, STILL_LONGER = 128 };

/* ``longest``: BINs of 10 to 12 digits, sorted, each as (card length * 100 + BIN length) * 10**12 + BIN. */
typedef struct {
    const uint16_t *hundred; /* of each four leading digits: which of the different hundreds in ``leading`` */
    const uint32_t *leading;
    const uint8_t *pages;
    const uint64_t *longest;
    int64_t longest_count;
} Bins;

typedef struct {
    int32_t *which;
    uint32_t *checks;
    uint64_t *key;
    int32_t *scheme; /* places in ``which`` of those without BIN in a range of other schemes */
    int64_t count, schemes;
} Cards;

static int in_longest(const Bins *bins, uint64_t value, uint32_t size) {
    for (uint32_t digits = 10; digits <= 12; digits++) {
        uint64_t wanted = (size * 100 + digits) * TEN_TO[12] + value / TEN_TO[size - digits];
        int64_t low = 0, high = bins->longest_count;
        while (low < high) {
            int64_t middle = (low + high) / 2;
            if (bins->longest[middle] < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < bins->longest_count && bins->longest[low] == wanted) return 1;
    }
    return 0;
}

/* 13 to 19 digits; CHECKSUM is Luhn, BIN a known prefix with that length. */
static inline void check_card(uint64_t value, uint32_t size, uint32_t says, int64_t i, const Bins *bins, Cards *out) {
    if (!(says & RUN_CARD) || size > LONGEST_CARD || size < SHORTEST_CARD) return;
    uint32_t nine = (uint32_t)without_last(value, size - 9), six = nine / 1000, four = six / 100;
    uint32_t entry = bins->leading[bins->hundred[four] * 100U + (six - four * 100)];
    /* The first page is empty: asking always is cheaper than a branch that cannot be foreseen. */
    uint32_t more = bins->pages[(entry >> PAGE) * ON_A_PAGE + (nine - six * 1000)];
    uint32_t known = (entry | more) >> (size - SHORTEST_CARD) & 1;
    if (more & STILL_LONGER && !known) known = (uint32_t)in_longest(bins, value, size);
    uint32_t bits = IS_FORMAT | (known ? IS_BIN : entry & ISSUED ? IS_LENGTH : IS_UNASSIGNED);
    if (says & CARD_SUMS ? says & CARD_LUHN : (uint32_t)luhn(value)) bits |= IS_CHECKSUM;
    out->which[out->count] = (int32_t)i;
    out->checks[out->count] = bits;
    out->key[out->count] = value;
    out->scheme[out->schemes] = (int32_t)out->count++;
    out->schemes += ~known & entry >> (size - SHORTEST_CARD + SCHEMES) & 1;
}

#ifdef HAS_WIDE
/* What is left of cards of 13 to 19 digits when their first nine are taken off. */
static const double NINE_PARTS[8] = {1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1};

/* Eight cards at once; returns 0, nothing done, where one of them needs a closer look. */
VECTOR static inline int check_eight_cards(const uint64_t *value, const uint8_t *length, const uint16_t *flags, int64_t i,
                                         const Bins *bins, Cards *out) {
    __m512i says = _mm512_cvtepu16_epi64(_mm_loadu_si128((const __m128i *)(flags + i)));
    __m512i size = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(length + i)));
    __m512i places = _mm512_sub_epi64(size, _mm512_set1_epi64(SHORTEST_CARD)), one = _mm512_set1_epi64(1);
    __mmask8 cards = _mm512_test_epi64_mask(says, _mm512_set1_epi64(RUN_CARD));
    cards &= _mm512_cmple_epu64_mask(places, _mm512_set1_epi64(LONGEST_CARD - SHORTEST_CARD));
    if (!cards) return 1;
    if (_mm512_mask_testn_epi64_mask(cards, says, _mm512_set1_epi64(CARD_SUMS))) return 0;
    __m512i values = _mm512_maskz_loadu_epi64(cards, value + i);
    __m512i ten = _mm512_permutexvar_epi64(places, _mm512_loadu_si512(TEN_TO + SHORTEST_CARD - 9));
    __m512d part = _mm512_permutexvar_pd(places, _mm512_loadu_pd(NINE_PARTS));
    __m512i nine = divided(values, ten, part), six = THOUSANDTH(nine);
    __m512i entry = eight_words(bins->leading, places_of(bins->hundred, six));
    __m512i more = _mm512_setzero_si512();
    __mmask8 paged = _mm512_cmpge_epu64_mask(entry, _mm512_set1_epi64(1 << PAGE));
    if (paged) {
        __m512i at = _mm512_mul_epu32(_mm512_srli_epi64(entry, PAGE), _mm512_set1_epi64(ON_A_PAGE));
        at = _mm512_add_epi64(at, _mm512_sub_epi64(nine, _mm512_mul_epu32(six, _mm512_set1_epi64(ON_A_PAGE))));
        more = eight_bytes(bins->pages, at);
    }
    __mmask8 odd = _mm512_test_epi64_mask(more, _mm512_set1_epi64(STILL_LONGER));
    if (odd & cards) return 0;
    __mmask8 known = _mm512_test_epi64_mask(_mm512_srlv_epi64(_mm512_or_si512(entry, more), places), one);
    __mmask8 issued = _mm512_test_epi64_mask(entry, _mm512_set1_epi64(ISSUED));
    __m512i bits = _mm512_mask_blend_epi64(issued, _mm512_set1_epi64(IS_FORMAT | IS_UNASSIGNED),
                                           _mm512_set1_epi64(IS_FORMAT | IS_LENGTH));
    bits = _mm512_mask_mov_epi64(bits, known, _mm512_set1_epi64(IS_FORMAT | IS_BIN));
    bits = _mm512_mask_or_epi64(bits, _mm512_test_epi64_mask(says, _mm512_set1_epi64(CARD_LUHN)), bits,
                                _mm512_set1_epi64(IS_CHECKSUM));
    __mmask8 others = _mm512_test_epi64_mask(_mm512_srlv_epi64(_mm512_srli_epi64(entry, SCHEMES), places), one);
    __m256i at = _mm256_add_epi32(_mm256_set1_epi32((int)i), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    _mm256_storeu_si256((__m256i *)(out->which + out->count), _mm256_maskz_compress_epi32(cards, at));
    _mm256_storeu_si256((__m256i *)(out->checks + out->count),
                        _mm512_cvtepi64_epi32(_mm512_maskz_compress_epi64(cards, bits)));
    _mm512_storeu_si512(out->key + out->count, _mm512_maskz_compress_epi64(cards, values));
    for (uint32_t rest = others & ~known & cards; rest; rest &= rest - 1) {
        uint32_t before = cards & ((rest & -rest) - 1);
        out->scheme[out->schemes++] = (int32_t)(out->count + __builtin_popcount(before));
    }
    out->count += __builtin_popcount(cards);
    return 1;
}

VECTOR static void check_cards_wide(const uint64_t *value, const uint8_t *length, const uint16_t *flags, int64_t count,
                                  const Bins *bins, Cards *out) {
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        if (!check_eight_cards(value, length, flags, i, bins, out))
            for (int64_t each = i; each < i + 8; each++) check_card(value[each], length[each], flags[each], each, bins, out);
    for (; i < count; i++) check_card(value[i], length[i], flags[i], i, bins, out);
}
#endif

/* There must be room for EIGHT more results than there are cards. */
static void check_cards(const uint64_t *value, const uint8_t *length, const uint16_t *flags, int64_t count,
                        const Bins *bins, Cards *out, int path) {
#ifdef HAS_WIDE
    if (is_wide(path)) {
        check_cards_wide(value, length, flags, count, bins, out);
        return;
    }
#endif
    (void)path;
    for (int64_t i = 0; i < count; i++) check_card(value[i], length[i], flags[i], i, bins, out);
}

#endif
