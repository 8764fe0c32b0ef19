/* Digests of cells, of which the digest of a row is made.
 *
 * Each cell has two of 128 bits: of its letters and digits alone, and of all of it in its normal form. Both depend on the
 * place of its column: under the keys of its place it is as good as a random number, so that two rows that differ in any
 * cell have sums (xor over the cells) that are the same with a chance of 2^-128; by AES of 2^-113, see below. Where a cell
 * ends is no byte of a text, so nothing moves from one cell to the next unseen.
 *
 * By AES: a text is taken in pieces of 64 bytes, zeros behind its end (texts have no NUL), by four lanes of 128 bits that
 * begin with secret words of the column's place. A piece goes into them by xor, and then through four rounds under secret
 * keys; an empty text is one piece. All lanes of all cells of a row are summed by xor: two sums of texts of which any
 * differ are the same only if differences meet behind four rounds, with a chance of at most 2^-113 for each way (see
 * digest_aes.h). Eight more rounds then spread what remains over all bits, of which a row's key has but some.
 *
 * Else by SipHash-1-3-128, under a key for each place. */
#ifndef LEAKTALLY_DIGEST_CELLS_H
#define LEAKTALLY_DIGEST_CELLS_H

#include "digest_aes.h"

#define LONGEST 1024 /* bytes of a cell that is taken from where it lies */
#define SOON 24 /* rows that are fetched ahead */

/* A column: row i has cell i, or ``codes[i]`` (-1: none). */
typedef struct {
    const uint8_t *data;
    int64_t size;
    const int32_t *start, *end, *codes;
    int64_t cells;
} View;

/* A column whose cells were looked at before. ``sums``: four words for each cell, and for none behind the last. */
typedef struct {
    const int32_t *codes;
    const uint64_t *sums;
    int64_t cells;
} Known;

/* Secret words of the place of a column. */
typedef struct {
    uint64_t like[8], exact[8];
} PlaceKeys;

/* A row's sums so far: of letters and digits, and of all. */
typedef struct {
    uint64_t like[2], exact[2];
} Sums;

/* A cell that is not taken from where it lies: its row among those that are looked at, and its column. */
typedef struct {
    int32_t row, column;
} Apart;

/* SipHash-1-3-128 of eight numbers of the place's own; ``aes_keys`` takes those before. */
static void place_keys(PlaceKeys *keys, int64_t place, uint64_t k0, uint64_t k1) {
    uint64_t first = 8 + 8 * (uint64_t)place, words[16];
    for (uint64_t i = 0; i < 8; i += 2) {
        uint64_t text[2][2] = {{first + i, (uint64_t)8 << 56}, {first + i + 1, (uint64_t)8 << 56}};
        sip_two((const uint8_t *)text[0], 2, (const uint8_t *)text[1], 2, k0, k1, words + 2 * i, words + 2 * i + 2);
    }
    memcpy(keys, words, sizeof words);
}

static inline int64_t cell_of(const View *view, int64_t row) { return view->codes ? view->codes[row] : row; }

static inline const uint64_t *known_of(const Known *known, int64_t row) {
    int64_t c = known->codes[row];
    return known->sums + 4 * (c < 0 ? known->cells : c);
}

/* Adds what is known of a row's cells. */
static inline void add_known(const Known *knowns, int count, int64_t row, Sums *sums) {
    for (int j = 0; j < count; j++) {
        const uint64_t *words = known_of(&knowns[j], row);
        sums->like[0] ^= words[0];
        sums->like[1] ^= words[1];
        sums->exact[0] ^= words[2];
        sums->exact[1] ^= words[3];
    }
}

#ifdef FAST
/* What is the same for all cells. ``like_low``, ``like_high``: what each ASCII character is among letters and digits. */
typedef struct {
    AesWide like, exact;
    __m512i like_low, like_high;
} AesCells;

AES static AesCells aes_cells(const AesKeys *like, const AesKeys *exact, const Folding *loose) {
    return (AesCells){aes_wide(like), aes_wide(exact), _mm512_loadu_si512(loose->ascii), _mm512_loadu_si512(loose->ascii + 64)};
}

/* The letters and digits of some bytes, of which ``other`` are no ASCII; zeros are none. */
AES_INLINE uint64_t letters_and_digits(__m512i *bytes, uint64_t other, const AesCells *cells) {
    __m512i found = _mm512_permutex2var_epi8(cells->like_low, *bytes, cells->like_high);
    found = _mm512_mask_mov_epi8(found, other, *bytes);
    uint64_t kept = _mm512_test_epi8_mask(found, found);
    *bytes = _mm512_maskz_compress_epi8(kept, found);
    return kept;
}

/* A cell of up to 64 bytes with full-width ASCII as ASCII; false where something else of it may change. */
AES_INLINE int half_width(__m512i *text, uint64_t own, uint64_t other, const uint8_t *data) {
    __m512i bytes = *text, second, third;
    second = _mm512_maskz_loadu_epi8(own >> 1, data + 1);
    third = _mm512_maskz_loadu_epi8(own >> 2, data + 2);
    uint64_t ef = _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xEF));
    uint64_t bc = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBC));
    uint64_t bd = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBD));
    bc = _mm512_mask_cmple_epu8_mask(bc, _mm512_sub_epi8(third, _mm512_set1_epi8((char)0x81)), _mm512_set1_epi8(0x3E));
    bd = _mm512_mask_cmple_epu8_mask(bd, _mm512_sub_epi8(third, _mm512_set1_epi8((char)0x80)), _mm512_set1_epi8(0x1E));
    uint64_t e3 = _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xE3));
    uint64_t e2 = _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xE2));
    uint64_t c2 = _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xC2));
    e3 = _mm512_mask_cmpeq_epi8_mask(e3, second, _mm512_set1_epi8((char)0x80));
    e3 = _mm512_mask_cmpeq_epi8_mask(e3, third, _mm512_set1_epi8((char)0x80));
    e2 = _mm512_mask_cmple_epu8_mask(e2, second, _mm512_set1_epi8((char)0x81));
    e2 &= ~_mm512_mask_cmpgt_epu8_mask(_mm512_mask_cmpeq_epi8_mask(e2, second, _mm512_set1_epi8((char)0x80)), third,
                                       _mm512_set1_epi8((char)0x8F)); /* quotation marks, dashes */
    c2 = _mm512_mask_cmpeq_epi8_mask(c2, second, _mm512_set1_epi8((char)0xA0));
    ef = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBB));
    if (e3 | e2 | c2 | ef) return 0; /* what may vanish */
    uint64_t wide = bc | bd;
    if (!wide) return 1;
    bytes = _mm512_mask_sub_epi8(bytes, bc, third, _mm512_set1_epi8(0x60));
    bytes = _mm512_mask_sub_epi8(bytes, bd, third, _mm512_set1_epi8(0x20));
    *text = bytes = _mm512_maskz_compress_epi8(own & ~(wide << 1 | wide << 2), bytes);
    int first = _mm_cvtsi128_si32(_mm512_castsi512_si128(bytes)) & 255;
    return first != '=' && first != '\'';
}

/* A cell of more than 64 bytes and of LONGEST at most, if nothing of it changes in its normal form. */
AES static int long_cell(const uint8_t *data, int64_t size, const PlaceKeys *place, const AesCells *cells, __m512i *like,
                         __m512i *exact) {
    uint8_t text[LONGEST + 64], *out = text;
    __m512i state = _mm512_loadu_si512(place->exact);
    for (int64_t at = 0; at < size; at += 64) {
        uint64_t own = first_of_64(size - at);
        __m512i bytes = _mm512_maskz_loadu_epi8(own, data + at);
        uint64_t other = _mm512_movepi8_mask(bytes);
        if (odd_bytes(bytes, other) | (own & ~_mm512_test_epi8_mask(bytes, bytes))) return 0;
        state = aes_take(state, bytes, &cells->exact);
        uint64_t kept = letters_and_digits(&bytes, other, cells);
        _mm512_storeu_si512(out, bytes);
        out += __builtin_popcountll(kept);
    }
    *exact = _mm512_xor_si512(*exact, state);
    state = _mm512_loadu_si512(place->like);
    int64_t at = 0;
    do {
        state = aes_take(state, _mm512_maskz_loadu_epi8(first_of_64(out - text - at), text + at), &cells->like);
        at += 64;
    } while (at < out - text);
    *like = _mm512_xor_si512(*like, state);
    return 1;
}

/* Is there white space at an end of a cell of up to 64 bytes, or a NUL in it? ``own``: its bytes; ``low``: those up to 0x20. */
AES_INLINE int is_trimmed(__m512i bytes, uint64_t own, uint64_t low) {
    return !(low & (1 | (own ^ own >> 1))) && !(own & ~_mm512_test_epi8_mask(bytes, bytes));
}

/* Adds a cell to the lanes of its row. False where it is to be brought into its normal form first, or is very long. */
AES_INLINE int add_cell(const uint8_t *data, int64_t size, const PlaceKeys *place, const AesCells *cells, __m512i *like,
                        __m512i *exact) {
    uint64_t own = first_of_64(size);
    __m512i bytes = _mm512_maskz_loadu_epi8(own, data);
    int first = _mm_cvtsi128_si32(_mm512_castsi512_si128(bytes)) & 255;
    if (first == '=' || first == '\'') return 0;
    if (size > 64)
        return size <= LONGEST && first > 0x20 && data[size - 1] > 0x20 && long_cell(data, size, place, cells, like, exact);
    uint64_t other = _mm512_movepi8_mask(bytes), low = _mm512_mask_cmple_epu8_mask(own, bytes, _mm512_set1_epi8(0x20));
    if (low && !is_trimmed(bytes, own, low)) return 0;
    __m512i found;
    if (other) {
        if (odd_bytes(bytes, other)) {
            if (!half_width(&bytes, own, other, data)) return 0;
            other = _mm512_movepi8_mask(bytes);
        }
        found = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(cells->like_low, bytes, cells->like_high), other, bytes);
    } else {
        found = _mm512_permutex2var_epi8(cells->like_low, bytes, cells->like_high);
    }
    *exact = _mm512_xor_si512(*exact, aes_take(_mm512_loadu_si512(place->exact), bytes, &cells->exact));
    found = _mm512_maskz_compress_epi8(_mm512_test_epi8_mask(found, found), found);
    *like = _mm512_xor_si512(*like, aes_take(_mm512_loadu_si512(place->like), found, &cells->like));
    return 1;
}

/* Fetches the cells of a row that will be looked at soon: in one line, or each by itself. */
AES_INLINE void fetch_row(const View *views, int width, int64_t row, int line) {
    if (line) {
        const uint8_t *data = views[0].data;
        int64_t at = views[0].start[row], stop = views[width - 1].end[row];
        for (stop = stop < at + 256 ? stop : at + 256; at < stop; at += 64) fetch(data + at);
        return;
    }
    for (int j = 0; j < width; j++)
        if (!views[j].codes) fetch(views[j].data + views[j].start[row]);
}

/* Are all codes below that many? */
AES static int all_below_wide(const int32_t *codes, int64_t n, int64_t cells) {
    int32_t most = -1;
    for (int64_t i = 0; i < n; i++) most = codes[i] > most ? codes[i] : most;
    return most < cells;
}

/* Where the sums of some rows' cells are, in bytes behind the first: of sixteen rows from ``first`` on, or of those in ``which``. */
AES_INLINE void places_of(const Known *known, const int32_t *which, int64_t first, uint64_t *places) {
    if (!which) {
        __m512i cells = _mm512_min_epu32(_mm512_loadu_si512(known->codes + first), _mm512_set1_epi32((int)known->cells));
        _mm512_storeu_si512(places, _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(cells)), 5));
        _mm512_storeu_si512(places + 8, _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(cells, 1)), 5));
        return;
    }
    for (int i = 0; i < SIDE_BY_SIDE; i++) places[i] = 8 * (uint64_t)(known_of(known, which[i]) - known->sums);
}

/* What is known of the cells of sixteen rows, summed up: column by column, so that the loads of a column go side by side.
 * ``which``: the rows, NULL for those from ``first`` on, whose followers are fetched where there are any. */
AES static void sum_known(const Known *knowns, int known, const int32_t *which, int64_t first, int64_t rows, Sums *sums) {
    __m256i sum[SIDE_BY_SIDE];
    uint64_t places[SIDE_BY_SIDE];
    for (int i = 0; i < SIDE_BY_SIDE; i++) sum[i] = _mm256_setzero_si256();
    for (int j = 0; j < known; j++) {
        const uint8_t *base = (const uint8_t *)knowns[j].sums;
        if (first + SOON + SIDE_BY_SIDE <= rows) {
            places_of(&knowns[j], NULL, first + SOON, places);
            for (int i = 0; i < SIDE_BY_SIDE; i++) fetch(base + places[i]);
        }
        places_of(&knowns[j], which, first, places);
        for (int i = 0; i < SIDE_BY_SIDE; i++)
            sum[i] = _mm256_xor_si256(sum[i], _mm256_loadu_si256((const __m256i *)(base + places[i])));
    }
    for (int i = 0; i < SIDE_BY_SIDE; i++) _mm256_storeu_si256((__m256i *)&sums[i], sum[i]);
}

/* The sums of up to sixteen rows, but for the cells that are left ``apart``; returns how many these are. ``line``: all
 * cells lie in one buffer, one for each of the ``rows``. */
AES static int64_t aes_rows(const View *views, int width, const Known *knowns, int known, int line, int64_t rows,
                            const int32_t *which, int count, const PlaceKeys *places, const AesKeys *like, const AesKeys *exact,
                            const Folding *loose, Sums *sums, Apart *apart) {
    AesCells cells = aes_cells(like, exact, loose);
    int64_t left = 0;
    if (known && count) {
        int32_t held[SIDE_BY_SIDE];
        int in_order = count == SIDE_BY_SIDE && which[count - 1] == which[0] + SIDE_BY_SIDE - 1;
        for (int i = 0; i < SIDE_BY_SIDE; i++) held[i] = which[i < count ? i : 0];
        sum_known(knowns, known, in_order ? NULL : held, which[0], rows, sums);
    }
    if (!width && known) return 0;
    for (int i = 0; i < count; i++) {
        int64_t row = which[i];
        __m512i likes = _mm512_setzero_si512(), exacts = likes;
        __m256i sum = known ? _mm256_loadu_si256((const __m256i *)&sums[i]) : _mm256_setzero_si256();
        if (width && row + SOON < rows) fetch_row(views, width, row + SOON, line);
        for (int j = 0; j < width; j++) {
            const View *view = &views[j];
            int64_t c = cell_of(view, row), at = c < 0 ? 0 : view->start[c], size = c < 0 ? 0 : view->end[c] - at;
            if (!add_cell(view->data + at, size, &places[j], &cells, &likes, &exacts)) apart[left++] = (Apart){i, j};
        }
        __m512i both = _mm512_xor_si512(_mm512_shuffle_i64x2(likes, exacts, 0x44), _mm512_shuffle_i64x2(likes, exacts, 0xEE));
        both = _mm512_xor_si512(both, _mm512_shuffle_i64x2(both, both, 0xB1));
        both = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 1, 4, 5, 0, 0, 0, 0), both);
        _mm256_storeu_si256((__m256i *)&sums[i], _mm256_xor_si256(sum, _mm512_castsi512_si256(both)));
    }
    return left;
}

/* Adds a text in its normal form (or its letters and digits) to the two words of a sum. */
AES static void aes_add(const uint8_t *text, int64_t size, const uint64_t *lanes, const AesKeys *keys, uint64_t *sum) {
    AesWide wide = aes_wide(keys);
    __m512i state = _mm512_loadu_si512(lanes);
    int64_t at = 0;
    do {
        state = aes_take(state, _mm512_maskz_loadu_epi8(first_of_64(size - at), text + at), &wide);
        at += 64;
    } while (at < size);
    state = _mm512_xor_si512(state, _mm512_shuffle_i64x2(state, state, 0xEE));
    state = _mm512_xor_si512(state, _mm512_shuffle_i64x2(state, state, 0xB1));
    __m128i *out = (__m128i *)sum;
    _mm_storeu_si128(out, _mm_xor_si128(_mm_loadu_si128(out), _mm512_castsi512_si128(state)));
}

/* The last rounds of an even number of rows. */
AES static void aes_spread(Sums *sums, int count, const AesKeys *like, const AesKeys *exact) {
    AesWide first = aes_wide(like), second = aes_wide(exact);
    for (int i = 0; i < count; i += 2)
        _mm512_storeu_si512(&sums[i], four_rounds(four_rounds(_mm512_loadu_si512(&sums[i]), &first), &second));
}
#else
static int64_t aes_rows(const View *views, int width, const Known *knowns, int known, int line, int64_t rows,
                        const int32_t *which, int count, const PlaceKeys *places, const AesKeys *like, const AesKeys *exact,
                        const Folding *loose, Sums *sums, Apart *apart) {
    (void)views, (void)width, (void)knowns, (void)known, (void)line, (void)rows, (void)which, (void)count, (void)places,
        (void)like, (void)exact, (void)loose, (void)sums, (void)apart;
    return 0;
}
static void aes_add(const uint8_t *text, int64_t size, const uint64_t *lanes, const AesKeys *keys, uint64_t *sum) {
    (void)text, (void)size, (void)lanes, (void)keys, (void)sum;
}
static int all_below_wide(const int32_t *codes, int64_t n, int64_t cells) {
    (void)codes, (void)n, (void)cells;
    return 0;
}
static void aes_spread(Sums *sums, int count, const AesKeys *like, const AesKeys *exact) {
    (void)sums, (void)count, (void)like, (void)exact;
}
#endif

#endif
