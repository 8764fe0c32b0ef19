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

VBMI static void sift_wide(const Signs *s, Run *run) {
    int kept = 0;
    for (int i = 0; i < run->name_count; i += 16) {
        uint32_t left = (uint32_t)(run->name_count - i), inside = _bzhi_u32(0xFFFF, left < 16 ? left : 16);
        __m256i at = _mm256_maskz_loadu_epi16((__mmask16)inside, run->name_at + i);
        __m512i both = _mm512_i32gather_epi32(_mm512_cvtepu16_epi32(at), run->ch, 2);
        __m512i a = _mm512_mullo_epi16(both, _mm512_set1_epi32(0x9E37)), b = _mm512_srli_epi32(both, 16);
        b = _mm512_add_epi16(_mm512_mullo_epi16(b, _mm512_set1_epi32(0x85EB)), _mm512_srli_epi32(b, 5));
        a = _mm512_and_si512(_mm512_xor_si512(a, b), _mm512_set1_epi32(0xFFFF));
        b = _mm512_i32gather_epi32(_mm512_and_si512(a, _mm512_set1_epi32(0x7FF)), s->name_pairs, 4);
        uint32_t pass = _mm512_test_epi32_mask(_mm512_srlv_epi32(b, _mm512_srli_epi32(a, 11)), _mm512_set1_epi32(1)) & inside;
        _mm256_storeu_si256((__m256i *)(run->name_at + kept), _mm256_maskz_compress_epi16((__mmask16)pass, at));
        kept += __builtin_popcount(pass);
    }
    run->name_count = kept;
}

VBMI static inline __m512i values_of(const unsigned short *table, __m512i kind) {
    __m512i a = _mm512_permutex2var_epi16(_mm512_loadu_si512(table), kind, _mm512_loadu_si512(table + 32));
    __m512i b = _mm512_permutex2var_epi16(_mm512_loadu_si512(table + 64), kind, _mm512_loadu_si512(table + 96));
    return _mm512_mask_mov_epi16(a, _mm512_test_epi16_mask(kind, _mm512_set1_epi16(64)), b);
}

VBMI static void mark_wide(const Signs *s, Run *run) {
    const __m512i words = _mm512_set1_epi64((long long)(OF_WORDS << FIRST_OF));
    const __m512i names = _mm512_set1_epi64((long long)(OF_NAMES << FIRST_OF));
    const __m512i eight = _mm512_set1_epi16(8);
    int word_count = 0, name_count = 0;
    __m128i place = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    for (int at = 0; at <= run->size; at += 64) {
        int count = run->size - at < 64 ? run->size - at : 64;
        run->words[at >> 6] = run->names[at >> 6] = 0;
        for (int i = 0; i < count; i += 8) {
            __m512i sign = _mm512_loadu_si512(run->sign + at + i);
            __m512i next = _mm512_loadu_si512(run->sign + at + i + 1);
            __m512i shared = _mm512_and_si512(sign, _mm512_srli_epi64(next, SECOND_OF - FIRST_OF));
            uint32_t word = _mm512_test_epi64_mask(shared, words), name = _mm512_test_epi64_mask(shared, names);
            _mm_storeu_si128((__m128i *)(run->word_at + word_count), _mm_maskz_compress_epi16((__mmask8)word, place));
            _mm_storeu_si128((__m128i *)(run->name_at + name_count), _mm_maskz_compress_epi16((__mmask8)name, place));
            word_count += __builtin_popcount(word);
            name_count += __builtin_popcount(name);
            place = _mm_add_epi16(place, _mm512_castsi512_si128(eight));
            _mm_storeu_si128((__m128i *)(run->low + at + i), _mm512_cvtepi64_epi16(sign));
        }
        uint64_t inside = _bzhi_u64(~0ULL, (uint32_t)count), numerals;
        __m512i a = _mm512_loadu_si512(run->low + at), b = _mm512_loadu_si512(run->low + at + 32);
        __m512i plain = _mm512_set1_epi16((short)s->plain);
        __m512i x = _mm512_and_si512(a, _mm512_set1_epi16(0x7F)), y = _mm512_and_si512(b, _mm512_set1_epi16(0x7F));
        _mm512_storeu_si512(run->value + at, values_of(s->single, x));
        _mm512_storeu_si512(run->value + at + 32, values_of(s->single, y));
        _mm512_storeu_si512(run->shape + at, values_of(s->alone, x));
        _mm512_storeu_si512(run->shape + at + 32, values_of(s->alone, y));
#define EITHER(x, y) ((uint64_t)(x) | (uint64_t)(y) << 32)
#define HOLDS(bits) (EITHER(_mm512_test_epi16_mask(a, _mm512_set1_epi16((short)(bits))), \
                            _mm512_test_epi16_mask(b, _mm512_set1_epi16((short)(bits)))) & inside)
        run->act[at >> 6] = EITHER(_mm512_cmplt_epu16_mask(x, plain), _mm512_cmplt_epu16_mask(y, plain)) & inside;
        run->numeric[at >> 6] = HOLDS((IS_DIGIT | IS_LETTER) << 8);
        numerals = HOLDS(IS_NUMERAL << 8);
        run->proper[at >> 6] = HOLDS(IS_HAN << 8) & ~numerals;
        run->hint[at >> 6] = HOLDS(HINT_BIT);
        run->hard[at >> 6] = HOLDS(IS_HARD << 8);
#undef HOLDS
#undef EITHER
    }
    run->word_count = word_count;
    run->name_count = name_count;
}
#endif
#endif
