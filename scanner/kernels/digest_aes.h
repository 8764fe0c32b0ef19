/* Keyed digests by rounds of AES, four lanes of 128 bits side by side: for machines that do such a round in an instruction.
 *
 * A text is taken in pieces of 64 bytes, zeros behind its end. Each lane takes its 16 bytes by xor and then goes through
 * four rounds of AES under secret round keys, as Pelican-MAC does (Daemen and Rijmen, 2005); at the end the lanes and the
 * length go through 24 more rounds into one. No two differing texts meet after four rounds but by a chance of at most
 * 2^-113 for each pair of states (Keliher and Sui, 2007), and nobody who does not know the keys can look for such a pair:
 * keys and digests live in the memory of one run and leave it nowhere. */
#ifndef LEAKTALLY_DIGEST_AES_H
#define LEAKTALLY_DIGEST_AES_H

#include "digest.h"

#define TOGETHER 4 /* texts whose last rounds are done side by side */

/* Secret words of one domain: the lanes' first states and the keys of the four rounds. */
typedef struct {
    uint64_t lanes[8];
    uint64_t rounds[4][2];
} AesKeys;

/* From a key of 128 bits: SipHash-1-3-128 of the numbers 0 to 7. */
static void aes_keys(AesKeys *keys, uint64_t k0, uint64_t k1) {
    for (uint64_t i = 0; i < 8; i += 2) {
        uint64_t text[2][2] = {{i, (uint64_t)8 << 56}, {i + 1, (uint64_t)8 << 56}}, out[4];
        sip_two((const uint8_t *)text[0], 2, (const uint8_t *)text[1], 2, k0, k1, out, out + 2);
        memcpy(i < 4 ? keys->lanes + 2 * i : keys->rounds[i - 4], out, sizeof out);
    }
}

/* The states of some texts before the last rounds, and how long the texts are. */
typedef struct {
    uint64_t lanes[SIDE_BY_SIDE][8];
    int64_t size[SIDE_BY_SIDE];
} AesStates;

/* Texts of up to sixteen rows: text j has ``size[j]`` bytes from ``begin[j]``. */
typedef struct {
    uint8_t *bytes;
    int64_t begin[SIDE_BY_SIDE], size[SIDE_BY_SIDE];
} AesTexts;

static inline int aes_here(void) {
#ifdef FAST
    return fastest(3) == 3 && __builtin_cpu_supports("vaes");
#else
    return 0;
#endif
}

#ifdef FAST
#define AES __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vbmi,avx512vbmi2,aes,vaes,bmi,bmi2,popcnt")))
#define AES_INLINE AES __attribute__((always_inline)) static inline

typedef struct {
    __m512i start, round[4];
} AesWide;

AES_INLINE AesWide aes_wide(const AesKeys *keys) {
    AesWide wide = {.start = _mm512_loadu_si512(keys->lanes)};
    for (int r = 0; r < 4; r++) wide.round[r] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)keys->rounds[r]));
    return wide;
}

AES_INLINE __m512i four_rounds(__m512i state, const AesWide *wide) {
    for (int r = 0; r < 4; r++) state = _mm512_aesenc_epi128(state, wide->round[r]);
    return state;
}

AES_INLINE __m512i aes_take(__m512i state, __m512i bytes, const AesWide *wide) {
    return four_rounds(_mm512_xor_si512(state, bytes), wide);
}

AES_INLINE uint64_t first_of_64(int64_t count) { return count < 64 ? _bzhi_u64(~0ULL, (uint32_t)count) : ~0ULL; }

/* The state behind a text that lies in memory; nothing outside of it is read. */
AES_INLINE __m512i aes_text(const uint8_t *text, int64_t size, const AesWide *wide) {
    __m512i state = wide->start;
    for (int64_t at = 0; at < size; at += 64)
        state = aes_take(state, _mm512_maskz_loadu_epi8(first_of_64(size - at), text + at), wide);
    return state;
}

/* The last rounds of four texts: ``out`` gets two words of each. */
AES_INLINE void aes_finish(const uint64_t (*lanes)[8], const int64_t *size, const AesWide *wide, uint64_t *out) {
    __m512i a = _mm512_loadu_si512(lanes[0]), b = _mm512_loadu_si512(lanes[1]);
    __m512i c = _mm512_loadu_si512(lanes[2]), d = _mm512_loadu_si512(lanes[3]);
    __m512i ab = _mm512_shuffle_i64x2(a, b, 0x88), cd = _mm512_shuffle_i64x2(c, d, 0x88); /* lanes 0 and 2 */
    __m512i ab1 = _mm512_shuffle_i64x2(a, b, 0xDD), cd1 = _mm512_shuffle_i64x2(c, d, 0xDD);
    __m512i sizes = _mm512_maskz_expand_epi64(0x55, _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)size)));
    __m512i state = four_rounds(_mm512_shuffle_i64x2(ab, cd, 0x88), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab1, cd1, 0x88), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab, cd, 0xDD), wide);
    state = aes_take(state, _mm512_shuffle_i64x2(ab1, cd1, 0xDD), wide);
    state = four_rounds(aes_take(state, sizes, wide), wide);
    _mm512_storeu_si512(out, state);
}

/* Digests of sixteen texts, or fewer (``out`` has room for sixteen). */
AES static void aes_finish_all(const AesStates *states, int count, const AesKeys *keys, uint64_t *out) {
    AesWide wide = aes_wide(keys);
    for (int j = 0; j < count; j += TOGETHER) aes_finish(states->lanes + j, states->size + j, &wide, out + 2 * j);
}

/* Bytes that may change or vanish where texts are folded: C2, E2, E3 and EF begin such characters. */
AES_INLINE uint64_t odd_bytes(__m512i bytes, uint64_t other) {
    return _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xC2)) |
           _mm512_mask_cmpeq_epi8_mask(other, bytes, _mm512_set1_epi8((char)0xEF)) |
           _mm512_mask_cmpeq_epi8_mask(other, _mm512_or_si512(bytes, _mm512_set1_epi8(1)), _mm512_set1_epi8((char)0xE3));
}

/* Spans that lose no character in folding, straight from where they lie; the others by way of ``scratch``, which has room
 * for the longest and SLACK. */
AES static void aes_spans(const uint8_t *data, int64_t room, const int32_t *cell_start, const int32_t *cell,
                          const int32_t *start, const int32_t *end, int64_t n, const Folding *folding,
                          const AesKeys *keys, uint8_t *scratch, uint64_t *out) {
    AesWide wide = aes_wide(keys);
    __m512i low = _mm512_loadu_si512(folding->ascii), high = _mm512_loadu_si512(folding->ascii + 64);
    AesStates states;
    uint64_t spare[2 * TOGETHER];
    memset(&states, 0, sizeof states);
    for (int64_t i = 0; i < n; i++) {
        int64_t first = cell_start[cell[i]], at = first + start[i], stop = first + end[i];
        if (i + AHEAD < n) fetch(data + cell_start[cell[i + AHEAD]] + start[i + AHEAD]);
        __m512i state = wide.start;
        uint64_t changed = 0;
        int64_t size = stop - at;
        for (int64_t here = at; here < stop; here += 64) {
            uint64_t own = first_of_64(stop - here);
            __m512i bytes = _mm512_maskz_loadu_epi8(own, data + here);
            uint64_t other = _mm512_movepi8_mask(bytes);
            changed |= odd_bytes(bytes, other);
            bytes = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(low, bytes, high), other, bytes);
            changed |= own & ~_mm512_test_epi8_mask(bytes, bytes);
            state = aes_take(state, _mm512_maskz_mov_epi8(own, bytes), &wide);
        }
        if (changed) {
            size = fold_text(data, room, at, stop, scratch, folding, 3);
            state = aes_text(scratch, size, &wide);
        }
        _mm512_storeu_si512(states.lanes[i % TOGETHER], state);
        states.size[i % TOGETHER] = size;
        if (i % TOGETHER == TOGETHER - 1) aes_finish(states.lanes, states.size, &wide, out + 2 * (i - TOGETHER + 1));
    }
    if (n % TOGETHER) {
        aes_finish(states.lanes, states.size, &wide, spare);
        memcpy(out + 2 * (n - n % TOGETHER), spare, 16 * (size_t)(n % TOGETHER));
    }
}

/* The states of some of sixteen texts: those whose bit is set in ``which``. */
AES static void aes_texts(const AesTexts *texts, uint32_t which, const AesKeys *keys, AesStates *states) {
    AesWide wide = aes_wide(keys);
    for (; which; which &= which - 1) {
        int j = __builtin_ctz(which);
        _mm512_storeu_si512(states->lanes[j], aes_text(texts->bytes + texts->begin[j], texts->size[j], &wide));
        states->size[j] = texts->size[j];
    }
}

/* What bytes are in a row: white space; or such that the row must be looked at more closely: the first byte of a
 * character that folding may change; or in another way. */
enum { ROW_WHITE = 1, ROW_FOLDS = 2, ROW_OTHER = 4 };

/* What classes of bytes and the letters and digits are looked up in: ASCII by its 7 bits, the classes of other bytes too. */
typedef struct {
    __m512i low, high, like_low, like_high, other_low, other_high;
} AesTables;

AES static AesTables aes_tables(const Folding *loose) {
    uint8_t ascii[128] = {ROW_OTHER}, other[128] = {0};
    for (int b = 1; b <= 0x20; b++) ascii[b] = ROW_WHITE;
    ascii[0] |= ROW_WHITE;
    ascii['='] = ascii['\''] = ROW_OTHER;
    other[0x42] = other[0x62] = other[0x63] = other[0x6F] = ROW_FOLDS; /* C2, E2, E3, EF */
    return (AesTables){_mm512_loadu_si512(ascii), _mm512_loadu_si512(ascii + 64), _mm512_loadu_si512(loose->ascii),
                       _mm512_loadu_si512(loose->ascii + 64), _mm512_loadu_si512(other), _mm512_loadu_si512(other + 64)};
}

/* A row's bytes as they were found to be. */
typedef struct {
    uint64_t after, white_before, wrong; /* is a cell's first byte next? was the last one white? */
    int64_t separators;
    __m512i classes; /* of all bytes */
} AesLine;

/* 64 bytes of a row, of which there are ``left``, with 0x1F behind each cell. */
typedef struct {
    __m512i bytes;
    uint64_t own, other; /* which belong to the row, and which of them are no ASCII */
} AesPiece;

AES_INLINE AesPiece aes_piece(AesLine *line, const uint8_t *data, int64_t left, __m512i apart_by, const AesTables *tables) {
    uint64_t own = first_of_64(left);
    __m512i bytes = _mm512_mask_loadu_epi8(_mm512_set1_epi8('0'), own, data);
    uint64_t apart = _mm512_mask_cmpeq_epi8_mask(own, bytes, apart_by), other = _mm512_movepi8_mask(bytes);
    __m512i classes = _mm512_permutex2var_epi8(tables->low, bytes, tables->high);
    classes = _mm512_mask_mov_epi8(classes, other, _mm512_permutex2var_epi8(tables->other_low, bytes, tables->other_high));
    classes = _mm512_mask_mov_epi8(classes, apart, _mm512_setzero_si512());
    line->classes = _mm512_or_si512(line->classes, classes);
    uint64_t white = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(ROW_WHITE));
    line->separators += __builtin_popcountll(apart);
    apart |= left < 64 ? 1ULL << left : 0;
    line->wrong |= (white & (apart << 1 | line->after)) | (apart & (white << 1 | line->white_before));
    line->after = apart >> 63;
    line->white_before = white >> 63;
    own |= apart;
    return (AesPiece){_mm512_maskz_mov_epi8(own, _mm512_mask_mov_epi8(bytes, apart, _mm512_set1_epi8(0x1F))), own, other & ~apart};
}

AES_INLINE int aes_holds(const AesLine *line, int class) {
    return _mm512_test_epi8_mask(line->classes, _mm512_set1_epi8((char)class)) != 0;
}

/* Puts the letters and digits of 64 bytes to ``out``; returns where they end. */
AES_INLINE uint8_t *aes_like(AesPiece piece, const AesTables *tables, uint8_t *out) {
    __m512i bytes = _mm512_permutex2var_epi8(tables->like_low, piece.bytes, tables->like_high);
    bytes = _mm512_mask_mov_epi8(bytes, piece.other, piece.bytes);
    uint64_t kept = _mm512_mask_test_epi8_mask(piece.own, bytes, bytes);
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(kept, bytes));
    return out + __builtin_popcountll(kept);
}

/* A row with full-width ASCII, which becomes ASCII; its normal text goes to ``text``. False where it is of another kind. */
AES static int aes_folded(const uint8_t *data, int64_t at, int64_t stop, __m512i apart_by,
                          const AesTables *tables, AesTexts *texts, AesTexts *likes, int j) {
    AesLine line = {1, 0, 0, 0, _mm512_setzero_si512()};
    uint8_t *text = texts->bytes + texts->begin[j], *like = likes->bytes + likes->begin[j];
    uint64_t drop = 0; /* bytes of a character that began in the 64 bytes before */
    int64_t closed = 0;
    for (;; at += 64) {
        int64_t left = stop - at;
        AesPiece piece = aes_piece(&line, data + at, left, apart_by, tables);
        __m512i bytes = piece.bytes, second, third;
        second = _mm512_maskz_loadu_epi8(left > 0 ? first_of_64(left - 1) : 0, data + at + 1);
        third = _mm512_maskz_loadu_epi8(left > 1 ? first_of_64(left - 2) : 0, data + at + 2);
        uint64_t ef = _mm512_mask_cmpeq_epi8_mask(piece.other, bytes, _mm512_set1_epi8((char)0xEF));
        uint64_t bc = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBC));
        uint64_t bd = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBD));
        bc = _mm512_mask_cmple_epu8_mask(bc, _mm512_sub_epi8(third, _mm512_set1_epi8((char)0x81)), _mm512_set1_epi8(0x3E));
        bd = _mm512_mask_cmple_epu8_mask(bd, _mm512_sub_epi8(third, _mm512_set1_epi8((char)0x80)), _mm512_set1_epi8(0x1E));
        uint64_t wide = bc | bd;
        uint64_t e3 = _mm512_mask_cmpeq_epi8_mask(piece.other, bytes, _mm512_set1_epi8((char)0xE3));
        uint64_t e2 = _mm512_mask_cmpeq_epi8_mask(piece.other, bytes, _mm512_set1_epi8((char)0xE2));
        uint64_t c2 = _mm512_mask_cmpeq_epi8_mask(piece.other, bytes, _mm512_set1_epi8((char)0xC2));
        e3 = _mm512_mask_cmpeq_epi8_mask(e3, second, _mm512_set1_epi8((char)0x80));
        e3 = _mm512_mask_cmpeq_epi8_mask(e3, third, _mm512_set1_epi8((char)0x80));
        e2 = _mm512_mask_cmple_epu8_mask(e2, second, _mm512_set1_epi8((char)0x81));
        e2 &= ~_mm512_mask_cmpgt_epu8_mask(_mm512_mask_cmpeq_epi8_mask(e2, second, _mm512_set1_epi8((char)0x80)), third,
                                           _mm512_set1_epi8((char)0x8F)); /* quotation marks, dashes */
        ef = _mm512_mask_cmpeq_epi8_mask(ef, second, _mm512_set1_epi8((char)0xBB));
        line.wrong |= e3 | e2 | c2 | ef; /* what may vanish */
        bytes = _mm512_mask_sub_epi8(bytes, bc, third, _mm512_set1_epi8(0x60));
        bytes = _mm512_mask_sub_epi8(bytes, bd, third, _mm512_set1_epi8(0x20));
        closed += __builtin_popcountll(_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x1F)));
        line.wrong |= _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('='));
        line.wrong |= _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\''));
        uint64_t own = piece.own & ~(wide << 1 | wide << 2 | drop);
        drop = wide >> 63 | wide >> 62;
        _mm512_storeu_si512(text, _mm512_maskz_compress_epi8(own, bytes));
        text += __builtin_popcountll(own);
        like = aes_like((AesPiece){bytes, own, piece.other & ~wide}, tables, like);
        if (left < 64) break;
    }
    texts->size[j] = text - texts->bytes - texts->begin[j];
    likes->size[j] = like - likes->bytes - likes->begin[j];
    return !line.wrong && closed == line.separators + 1; /* a cell that holds 0x1F is divided by it, and trimmed there */
}

/* Rows whose cells lie apart by one byte, the separator, with nothing to trim or to unwrap, straight from where they
 * lie. The letters and digits of each go to ``likes``; if it has full-width ASCII, its normal text goes to ``texts`` and
 * its bit is set in ``folded``, else its state is told. ``which`` are the numbers of up to sixteen rows, and both texts
 * have room for them and SLACK + 64 for each. Returns a bit for each row that is of another kind. */
AES static uint32_t aes_lines(const View *views, int width, const int32_t *which, int count, int64_t rows,
                              const uint8_t *odd, uint8_t separator, const Folding *loose, const AesKeys *keys,
                              AesStates *exact, AesTexts *texts, AesTexts *likes, uint32_t *folded) {
    const uint8_t *data = views[0].data;
    const int32_t *start = views[0].start, *end = views[width - 1].end;
    const __m512i apart_by = _mm512_set1_epi8((char)separator);
    const AesTables tables = aes_tables(loose);
    AesWide wide = aes_wide(keys);
    int64_t text_at = 0, like_at = 0;
    uint32_t others = 0;
    *folded = 0;
    for (int j = 0; j < count; j++) {
        int64_t row = which[j], at = start[row], stop = end[row];
        others |= 1u << j;
        if (odd[row] || stop < at) continue;
        AesLine line = {1, 0, 0, 0, _mm512_setzero_si512()};
        uint8_t *like = likes->bytes + like_at;
        __m512i state = wide.start;
        for (;; at += 64) {
            AesPiece piece = aes_piece(&line, data + at, stop - at, apart_by, &tables);
            state = aes_take(state, piece.bytes, &wide);
            like = aes_like(piece, &tables, like);
            if (stop - at < 64) break;
        }
        if (line.wrong || line.separators != width - 1 || aes_holds(&line, ROW_OTHER)) continue;
        likes->begin[j] = like_at;
        if (aes_holds(&line, ROW_FOLDS)) {
            texts->begin[j] = text_at;
            if (!aes_folded(data, start[row], stop, apart_by, &tables, texts, likes, j)) continue;
            text_at += texts->size[j];
            *folded |= 1u << j;
        } else {
            _mm512_storeu_si512(exact->lanes[j], state);
            exact->size[j] = stop - start[row] + 1;
            likes->size[j] = like - likes->bytes - like_at;
        }
        like_at += likes->size[j];
        others &= ~(1u << j);
    }
    return others;
}
#else
static void aes_finish_all(const AesStates *states, int count, const AesKeys *keys, uint64_t *out) {
    (void)states, (void)count, (void)keys, (void)out;
}
static void aes_spans(const uint8_t *data, int64_t room, const int32_t *cell_start, const int32_t *cell,
                      const int32_t *start, const int32_t *end, int64_t n, const Folding *folding,
                      const AesKeys *keys, uint8_t *scratch, uint64_t *out) {
    (void)data, (void)room, (void)cell_start, (void)cell, (void)start, (void)end, (void)n, (void)folding, (void)keys,
        (void)scratch, (void)out;
}
static void aes_texts(const AesTexts *texts, uint32_t which, const AesKeys *keys, AesStates *states) {
    (void)texts, (void)which, (void)keys, (void)states;
}
static uint32_t aes_lines(const View *views, int width, const int32_t *which, int count, int64_t rows,
                          const uint8_t *odd, uint8_t separator, const Folding *loose, const AesKeys *keys,
                          AesStates *exact, AesTexts *texts, AesTexts *likes, uint32_t *folded) {
    (void)views, (void)width, (void)which, (void)rows, (void)odd, (void)separator, (void)loose, (void)keys,
        (void)exact, (void)texts, (void)likes, (void)folded;
    return (1u << count) - 1; /* cell by cell */
}
#endif

#endif
