/* Decoding, marking and sifting as in address_decode.h, 64 bytes, 8 signs and 16 places at a time. */
#ifndef LEAKTALLY_ADDRESS_WIDE_H
#define LEAKTALLY_ADDRESS_WIDE_H

#ifdef FAST
#define VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

/* The codes of 32 characters by their first three bytes. */
VBMI static inline __m512i codes_of(__m256i a, __m256i b, __m256i c) {
    __m512i first = _mm512_cvtepu8_epi16(a), six = _mm512_set1_epi16(0x3F);
    __m512i second = _mm512_and_si512(_mm512_cvtepu8_epi16(b), six);
    __m512i third = _mm512_and_si512(_mm512_cvtepu8_epi16(c), six);
    __m512i code = _mm512_or_si512(_mm512_slli_epi16(first, 12), _mm512_or_si512(_mm512_slli_epi16(second, 6), third));
    return _mm512_mask_mov_epi16(code, _mm512_cmplt_epu16_mask(first, _mm512_set1_epi16(0x80)), first);
}

/* The same where characters of two or four bytes are among them. */
VBMI static inline __m512i rare_codes_of(__m512i code, __m256i a, __m256i b) {
    __m512i first = _mm512_cvtepu8_epi16(a), second = _mm512_and_si512(_mm512_cvtepu8_epi16(b), _mm512_set1_epi16(0x3F));
    __m512i two = _mm512_or_si512(_mm512_slli_epi16(_mm512_and_si512(first, _mm512_set1_epi16(0x1F)), 6), second);
    __mmask32 from_c0 = _mm512_cmpge_epu16_mask(first, _mm512_set1_epi16(0xC0));
    code = _mm512_mask_mov_epi16(code, _mm512_mask_cmplt_epu16_mask(from_c0, first, _mm512_set1_epi16(0xE0)), two);
    return _mm512_mask_mov_epi16(code, _mm512_cmpge_epu16_mask(first, _mm512_set1_epi16(0xF0)), _mm512_set1_epi16(BEYOND_PLANE));
}

VBMI static inline uint64_t at_least(__m512i bytes, int from) {
    return _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)from));
}

/* Whether the bytes that begin characters, of which one at least is rare (below 0xE1 or 0xED or from 0xF0 on), are
 * sound with the bytes behind them. */
VBMI static int are_sound(__m512i a, __m512i b, uint64_t inside) {
    uint64_t bad = (at_least(a, 0xC0) & ~at_least(a, 0xC2)) | at_least(a, 0xF5);
    bad |= _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)0xE0)) & ~at_least(b, 0xA0);
    bad |= _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)0xED)) & at_least(b, 0xA0);
    bad |= _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)0xF0)) & ~at_least(b, 0x90);
    bad |= _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)0xF4)) & at_least(b, 0x90);
    return !(bad & inside);
}

VBMI static int decode_wide(Run *run) {
    static const uint8_t COUNT[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                      32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                      48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    uint64_t begins[PAGE / 64 + 1], carry = 0;
    uint16_t before[PAGE / 64 + 1];
    const uint8_t *p = run->bytes;
    __m512i iota = _mm512_loadu_si512(COUNT);
    int size = 0;
    _mm512_storeu_si512(run->bytes + run->filled, _mm512_setzero_si512());
    _mm512_storeu_si512(run->bytes + run->filled + 64, _mm512_setzero_si512());
    for (int at = 0; at < run->filled; at += 64) {
        __m512i a = _mm512_loadu_si512(p + at), b = _mm512_loadu_si512(p + at + 1), c = _mm512_loadu_si512(p + at + 2);
        __m512i place = _mm512_set1_epi16((short)at), codes;
        uint64_t two = at_least(a, 0xC0), three = at_least(a, 0xE0), high = _mm512_movepi8_mask(a), four = 0, keep;
        uint64_t rare = two & ~(at_least(a, 0xE1) & ~at_least(a, 0xF0) & _mm512_cmpneq_epi8_mask(a, _mm512_set1_epi8((char)0xED)));
        uint64_t inner = two << 1 | three << 2 | carry;
        if (rare) {
            if (!are_sound(a, b, two)) return -1;
            four = at_least(a, 0xF0);
            inner |= four << 3;
        }
        if (inner != (high & ~two)) return -1;
        carry = two >> 63 | three >> 62 | four >> 61;
        keep = ~inner;
        begins[at >> 6] = keep;
        before[at >> 6] = (uint16_t)size;
        a = _mm512_maskz_compress_epi8(keep, a);
        b = _mm512_maskz_compress_epi8(keep, b);
        c = _mm512_maskz_compress_epi8(keep, c);
        __m512i index = _mm512_maskz_compress_epi8(keep, iota);
        codes = codes_of(_mm512_castsi512_si256(a), _mm512_castsi512_si256(b), _mm512_castsi512_si256(c));
        if (rare) codes = rare_codes_of(codes, _mm512_castsi512_si256(a), _mm512_castsi512_si256(b));
        _mm512_storeu_si512(run->ch + size, codes);
        _mm512_storeu_si512(run->near + size,
                            _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(index)), place));
        if (__builtin_popcountll(keep) > 32) {
            __m256i x = _mm512_extracti64x4_epi64(a, 1), y = _mm512_extracti64x4_epi64(b, 1);
            codes = codes_of(x, y, _mm512_extracti64x4_epi64(c, 1));
            if (rare) codes = rare_codes_of(codes, x, y);
            _mm512_storeu_si512(run->ch + size + 32, codes);
            _mm512_storeu_si512(run->near + size + 32,
                                _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(index, 1)), place));
        }
        size += __builtin_popcountll(keep);
    }
    for (int i = 0; i < run->cells; i++) {
        int edge = run->edge[i];
        run->stops[i] = (uint16_t)(before[edge >> 6] + __builtin_popcountll(_bzhi_u64(begins[edge >> 6], edge & 63)));
    }
    /* Zero bytes behind the last cell have become characters. */
    run->size = run->stops[run->cells - 1] + 1;
    return 0;
}

VBMI static inline __m512i values_of(const unsigned short *table, __m512i kind) {
    __m512i a = _mm512_permutex2var_epi16(_mm512_loadu_si512(table), kind, _mm512_loadu_si512(table + 32));
    __m512i b = _mm512_permutex2var_epi16(_mm512_loadu_si512(table + 64), kind, _mm512_loadu_si512(table + 96));
    return _mm512_mask_mov_epi16(a, _mm512_test_epi16_mask(kind, _mm512_set1_epi16(64)), b);
}

VBMI static void mark_wide(const Signs *s, Run *run) {
    const __m512i kinds = _mm512_set1_epi32(0x7F), one = _mm512_set1_epi32(1), plain = _mm512_set1_epi16((short)s->plain);
    const __m512i of_words = _mm512_set1_epi32(OF_WORDS);
    const __m512i no_word = _mm512_set1_epi32(NO_WORD), no_name = _mm512_set1_epi32(NO_NAME);
    const __m256i sixteen = _mm256_set1_epi16(16);
    int word_count = 0, name_count = 0;
    __m256i place = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (int at = 0; at <= (run->size | 63); at += 32) {
        int count = run->size - at;
        uint32_t inside = count < 32 ? _bzhi_u32(~0U, count < 0 ? 0 : (uint32_t)count) : ~0U, numerals;
        __m256i half[2];
        for (int i = 0; i < 32; i += 16) {
            __m512i sign = _mm512_loadu_si512(run->sign + at + i), next = _mm512_loadu_si512(run->sign + at + i + 1);
            __m512i word = _mm512_and_si512(_mm512_srli_epi32(next, SECOND_OF_WORD), of_words);
            __m512i name = _mm512_srli_epi32(next, SECOND_OF_NAME);
            word = _mm512_srlv_epi32(word, _mm512_and_si512(_mm512_srli_epi32(sign, FIRST_OF_WORD), no_word));
            name = _mm512_srlv_epi32(name, _mm512_and_si512(_mm512_srli_epi32(sign, FIRST_OF_NAME), no_name));
            __mmask16 words = _mm512_test_epi32_mask(word, one), names = _mm512_test_epi32_mask(name, one);
            _mm256_storeu_si256((__m256i *)(run->word_at + word_count), _mm256_maskz_compress_epi16(words, place));
            _mm256_storeu_si256((__m256i *)(run->name_at + name_count), _mm256_maskz_compress_epi16(names, place));
            word_count += __builtin_popcount(words);
            name_count += __builtin_popcount(names);
            place = _mm256_add_epi16(place, sixteen);
            half[i >> 4] = _mm512_cvtepi32_epi16(_mm512_and_si512(sign, kinds));
        }
        __m512i kind = _mm512_inserti64x4(_mm512_castsi256_si512(half[0]), half[1], 1);
        __m512i low = values_of(s->low, kind);
        _mm512_storeu_si512(run->low + at, low);
        _mm512_storeu_si512(run->value + at, values_of(s->single, kind));
        _mm512_storeu_si512(run->shape + at, values_of(s->alone, kind));
#define HOLDS(bits) (_mm512_test_epi16_mask(low, _mm512_set1_epi16((short)(bits))) & inside)
#define KEEP(mask, bits) ((uint32_t *)run->mask)[at >> 5] = (bits)
        numerals = HOLDS(IS_NUMERAL << 8);
        KEEP(act, _mm512_cmplt_epu16_mask(kind, plain) & inside);
        KEEP(numeric, HOLDS((IS_DIGIT | IS_LETTER) << 8));
        KEEP(proper, HOLDS(IS_HAN << 8) & ~numerals);
        KEEP(hint, HOLDS(HINT_BIT));
        KEEP(hard, HOLDS(IS_HARD << 8));
#undef KEEP
#undef HOLDS
    }
    run->word_count = word_count;
    run->name_count = name_count;
}

/* The masks of words and names, by their lengths, and the shapes of words. */
VBMI static void settle_wide(Run *run) {
    const __m512i kept = _mm512_set1_epi16(SHAPE_DIGIT | SHAPE_NONE | SHAPE_THERE), none = _mm512_set1_epi16(SHAPE_NONE);
    const __m512i one = _mm512_set1_epi16(1), eight = _mm512_set1_epi16(8);
    for (int at = 0; at <= run->size; at += 64) {
        __m512i length = _mm512_loadu_si512(run->length + at), name = _mm512_loadu_si512(run->name_length + at);
        uint64_t words = _mm512_cmpgt_epu8_mask(length, _mm512_set1_epi8(1)), names = _mm512_test_epi8_mask(name, name);
        run->words[at >> 6] = words;
        run->names[at >> 6] = names;
        run->act[at >> 6] |= words | names;
        for (int i = 0; i < 64; i += 32) {
            __m512i size = _mm512_cvtepu8_epi16(i ? _mm512_extracti64x4_epi64(length, 1) : _mm512_castsi512_si256(length));
            __m512i shape = _mm512_loadu_si512(run->shape + at + i), more;
            more = _mm512_slli_epi16(_mm512_sub_epi16(size, one), SHAPE_LENGTH);
            more = _mm512_mask_mov_epi16(more, _mm512_cmpgt_epu16_mask(size, eight), none);
            more = _mm512_or_si512(more, _mm512_loadu_si512(run->value + at + i));
            more = _mm512_or_si512(more, _mm512_and_si512(shape, kept));
            shape = _mm512_mask_mov_epi16(shape, (__mmask32)(words >> i), more);
            _mm512_storeu_si512(run->shape + at + i, shape);
        }
    }
}
#endif
#endif
