/* Decoding, marking and sifting as in address_decode.h, 32 bytes, 4 signs and 8 places at a time. */
#ifndef LEAKTALLY_ADDRESS_AVX2_H
#define LEAKTALLY_ADDRESS_AVX2_H

#ifdef FAST
/* Which of eight 16-bit values a mask keeps, moved to the front. */
static uint8_t PACKED[256][16];

static void fill_packed(void) {
    for (int mask = 0; mask < 256; mask++) {
        int to = 0;
        for (int i = 0; i < 8; i++)
            if (mask >> i & 1) {
                PACKED[mask][to++] = (uint8_t)(2 * i);
                PACKED[mask][to++] = (uint8_t)(2 * i + 1);
            }
        while (to < 16) PACKED[mask][to++] = 0x80;
    }
}

FAST static inline __m128i packed(__m128i values, uint32_t mask) {
    return _mm_shuffle_epi8(values, _mm_loadu_si128((const __m128i *)PACKED[mask]));
}

FAST static inline uint64_t bits_of(__m256i a, __m256i b) {
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32 | (uint32_t)_mm256_movemask_epi8(a);
}

/* Bytes that begin a character of three bytes, whatever the next one is: 0xE1 to 0xEF (-31 to -17), but for 0xED. */
FAST static inline __m256i leads(__m256i v) {
    __m256i inside = _mm256_and_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8(-32)), _mm256_cmpgt_epi8(_mm256_set1_epi8(-16), v));
    return _mm256_andnot_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(-19)), inside);
}

/* Bytes that begin a character of two bytes: 0xC2 to 0xDF (-62 to -33). */
FAST static inline __m256i short_leads(__m256i v) {
    return _mm256_and_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8(-63)), _mm256_cmpgt_epi8(_mm256_set1_epi8(-32), v));
}

/* The codes of the 16 characters of which each may begin with a byte at ``q``: ASCII or three bytes. */
FAST static inline __m256i codes_at(const uint8_t *q) {
    __m256i first = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)q)), six = _mm256_set1_epi16(0x3F);
    __m256i second = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 1)));
    __m256i third = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 2)));
    __m256i code = _mm256_or_si256(
        _mm256_slli_epi16(first, 12),
        _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(second, six), 6), _mm256_and_si256(third, six)));
    return _mm256_blendv_epi8(code, first, _mm256_cmpgt_epi16(_mm256_set1_epi16(0x80), first));
}

/* The same where characters of two bytes are among them. */
FAST static inline __m256i rare_codes_at(const uint8_t *q, __m256i codes) {
    __m256i first = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)q));
    __m256i second = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(q + 1)));
    __m256i two = _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(first, _mm256_set1_epi16(0x1F)), 6),
                                  _mm256_and_si256(second, _mm256_set1_epi16(0x3F)));
    __m256i from_c0 = _mm256_cmpgt_epi16(first, _mm256_set1_epi16(0xBF));
    return _mm256_blendv_epi8(codes, two, _mm256_andnot_si256(_mm256_cmpgt_epi16(first, _mm256_set1_epi16(0xDF)), from_c0));
}

/* Decodes pages whose characters are of one byte, two, or three as almost all of these are; others one by one. */
FAST static int decode_avx2(Run *run) {
    const __m128i iota = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7), eight = _mm_set1_epi16(8);
    const __m256i none = _mm256_setzero_si256(), low = _mm256_set1_epi8(-64);
    uint64_t begins[PAGE / 64 + 1], carry = 0;
    uint16_t before[PAGE / 64 + 1];
    const uint8_t *p = run->bytes;
    int size = 0;
    for (int i = 0; i < 128; i += 32) _mm256_storeu_si256((__m256i *)(run->bytes + run->filled + i), none);
    for (int at = 0; at < run->filled; at += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(p + at + 32));
        uint64_t high = bits_of(a, b), inner = 0, rare = 0, keep;
        if (high | carry) {
            uint64_t lead = bits_of(leads(a), leads(b)), any;
            inner = bits_of(_mm256_cmpgt_epi8(low, a), _mm256_cmpgt_epi8(low, b));
            any = high ^ inner;
            rare = any ^ lead;
            if (rare && rare != bits_of(short_leads(a), short_leads(b))) return decode_plain(run);
            if ((any << 1 | lead << 2 | carry) != inner) return decode_plain(run);
            carry = any >> 63 | lead >> 62;
        }
        keep = begins[at >> 6] = ~inner;
        before[at >> 6] = (uint16_t)size;
        for (int step = 0; step < 64; step += 16, keep >>= 16) {
            __m256i codes = codes_at(p + at + step);
            __m128i place = _mm_add_epi16(iota, _mm_set1_epi16((short)(at + step)));
            uint32_t mask = keep & 0xFF;
            if (rare) codes = rare_codes_at(p + at + step, codes);
            _mm_storeu_si128((__m128i *)(run->ch + size), packed(_mm256_castsi256_si128(codes), mask));
            _mm_storeu_si128((__m128i *)(run->near + size), packed(place, mask));
            size += __builtin_popcount(mask);
            mask = keep >> 8 & 0xFF;
            _mm_storeu_si128((__m128i *)(run->ch + size), packed(_mm256_extracti128_si256(codes, 1), mask));
            _mm_storeu_si128((__m128i *)(run->near + size), packed(_mm_add_epi16(place, eight), mask));
            size += __builtin_popcount(mask);
        }
    }
    for (int i = 0; i < run->cells; i++) {
        int edge = run->edge[i];
        run->stops[i] = (uint16_t)(before[edge >> 6] + __builtin_popcountll(begins[edge >> 6] & ((1ULL << (edge & 63)) - 1)));
    }
    /* Zero bytes behind the last cell have become characters. */
    run->size = run->stops[run->cells - 1] + 1;
    return 0;
}

/* The low or the high bytes of 32 values of 16 bits, in order. */
FAST static inline __m256i bytes_of(__m256i a, __m256i b) { return _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xD8); }

/* Of eight values: which have their lowest bit. */
FAST static inline uint32_t odd(__m256i values) {
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(values, 31)));
}

FAST static void mark_avx2(const Signs *s, Run *run) {
    const __m256i of_words = _mm256_set1_epi32(OF_WORDS);
    const __m256i no_word = _mm256_set1_epi32(NO_WORD), no_name = _mm256_set1_epi32(NO_NAME);
    const __m256i lowest = _mm256_set1_epi16(0xFF), kinds = _mm256_set1_epi8(0x7F);
    const __m256i plain = _mm256_set1_epi8((char)(s->plain - 1));
    const __m128i iota = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    int word_count = 0, name_count = 0;
    for (int at = 0; at <= run->size; at += 64) {
        int count = run->size - at < 64 ? run->size - at : 64;
        uint64_t inside = count < 64 ? (1ULL << count) - 1 : ~0ULL;
        uint64_t act = 0, numeric = 0, proper = 0, hint = 0, hard = 0;
        for (int i = 0; i < count; i += 8) {
            __m256i sign = _mm256_loadu_si256((const __m256i *)(run->sign + at + i));
            __m256i next = _mm256_loadu_si256((const __m256i *)(run->sign + at + i + 1));
            __m256i word = _mm256_and_si256(_mm256_srli_epi32(next, SECOND_OF_WORD), of_words);
            __m256i name = _mm256_srli_epi32(next, SECOND_OF_NAME);
            word = _mm256_srlv_epi32(word, _mm256_and_si256(_mm256_srli_epi32(sign, FIRST_OF_WORD), no_word));
            name = _mm256_srlv_epi32(name, _mm256_and_si256(_mm256_srli_epi32(sign, FIRST_OF_NAME), no_name));
            uint32_t words = odd(word), names = odd(name);
            __m128i place = _mm_add_epi16(iota, _mm_set1_epi16((short)(at + i)));
            _mm_storeu_si128((__m128i *)(run->word_at + word_count), packed(place, words));
            _mm_storeu_si128((__m128i *)(run->name_at + name_count), packed(place, names));
            word_count += __builtin_popcount(words);
            name_count += __builtin_popcount(names);
        }
        for (int i = 0; i < count; i++) {
            uint32_t kind = run->sign[at + i] & 0x7F;
            run->low[at + i] = s->low[kind];
            run->value[at + i] = s->single[kind];
            run->shape[at + i] = s->alone[kind];
        }
        for (int i = 0; i < count; i += 32) {
            __m256i a = _mm256_loadu_si256((const __m256i *)(run->low + at + i));
            __m256i b = _mm256_loadu_si256((const __m256i *)(run->low + at + i + 16));
            __m256i kind = bytes_of(_mm256_and_si256(a, lowest), _mm256_and_si256(b, lowest));
            __m256i is = bytes_of(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
            uint32_t letters = (uint32_t)_mm256_movemask_epi8(is), han = bits(is, 2), numerals = bits(is, 1);
            __m256i others = _mm256_cmpgt_epi8(_mm256_and_si256(kind, kinds), plain);
            act |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(others) << i;
            hint |= (uint64_t)(uint32_t)_mm256_movemask_epi8(kind) << i;
            numeric |= (uint64_t)(letters | bits(is, 0)) << i;
            proper |= (uint64_t)(han & ~numerals) << i;
            hard |= (uint64_t)bits(is, 3) << i;
        }
        run->act[at >> 6] = act & inside;
        run->numeric[at >> 6] = numeric & inside;
        run->proper[at >> 6] = proper & inside;
        run->hint[at >> 6] = hint & inside;
        run->hard[at >> 6] = hard & inside;
    }
    run->word_count = word_count;
    run->name_count = name_count;
}

/* The masks of words and names, by their lengths, and the shapes of words. */
FAST static void settle_avx2(Run *run) {
    const __m256i none = _mm256_setzero_si256(), one = _mm256_set1_epi8(1);
    for (int at = 0; at <= run->size; at += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(run->length + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(run->length + at + 32));
        uint64_t words = ~bits_of(_mm256_cmpeq_epi8(a, one), _mm256_cmpeq_epi8(b, one)), names;
        a = _mm256_loadu_si256((const __m256i *)(run->name_length + at));
        b = _mm256_loadu_si256((const __m256i *)(run->name_length + at + 32));
        names = ~bits_of(_mm256_cmpeq_epi8(a, none), _mm256_cmpeq_epi8(b, none));
        run->words[at >> 6] = words;
        run->names[at >> 6] = names;
        run->act[at >> 6] |= words | names;
        for (; words; words &= words - 1) {
            int i = at + __builtin_ctzll(words), length = run->length[i];
            uint16_t more = (uint16_t)(length <= 8 ? (length - 1) << SHAPE_LENGTH : SHAPE_NONE);
            run->shape[i] = (uint16_t)((run->shape[i] & (SHAPE_DIGIT | SHAPE_NONE | SHAPE_THERE)) | more | run->value[i]);
        }
    }
}
#endif
#endif
