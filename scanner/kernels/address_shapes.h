/* What is left of a usual address behind its divisions, without the names and numbers in it: 建国路88号 and 人民路6号
 * are of one shape. Two texts of one shape are taken to the same parts, so a shape that was parsed once need not be
 * parsed again.
 *
 * A shape has sixteen bits for each character: the value of the word that begins with it, how long the word is, and
 * whether it is a digit. Of a number the first and the third digit are kept: the grammar asks whether there are
 * more than two, or more than nine, and such have no shape.
 */
#ifndef LEAKTALLY_ADDRESS_SHAPES_H
#define LEAKTALLY_ADDRESS_SHAPES_H

#include "address_decode.h"
#include "address_index.h"

#define SHAPES 4096
#define SHAPE_LIMIT 32 /* characters */

typedef struct {
    Bucket by_row[BUCKETS];
    uint32_t kept;
    uint16_t rows[SHAPES][SHAPE_LIMIT];
    uint32_t parts[SHAPES]; /* the kinds of its parts, a bit each */
} Shapes;

typedef struct {
    uint16_t row[SHAPE_LIMIT];
    uint32_t hash;  /* 0: no shape */
    int place;      /* where it may be known, or -1 */
} Shape;

static inline void find_shape(const Shapes *known, Shape *shape) {
    shape->place = find_tag(known->by_row, BUCKETS, shape->hash);
    __builtin_prefetch(known->rows[shape->place & (SHAPES - 1)]);
}

#ifdef FAST
#define SHAPE_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi2,bmi,bmi2,aes")))

SHAPE_WIDE static inline void keep_row(__m512i row, int odd, Shape *shape) {
    __m128i x = _mm_aesenc_si128(_mm512_castsi512_si128(row), _mm512_extracti32x4_epi32(row, 1));
    __m128i y = _mm_aesenc_si128(_mm512_extracti32x4_epi32(row, 2), _mm512_extracti32x4_epi32(row, 3));
    uint32_t hash = (uint32_t)_mm_cvtsi128_si32(_mm_aesenc_si128(_mm_aesenc_si128(x, y), x)) | 1;
    _mm512_storeu_si512(shape->row, row);
    shape->hash = odd ? 0 : hash;
}

SHAPE_WIDE static void shape_wide(const Run *run, int at, int stop, Shape *shape) {
    uint32_t inside = _bzhi_u32(~0U, (uint32_t)(stop - at)), digit, two, three, four;
    __m512i row = _mm512_maskz_loadu_epi16(inside, run->shape + at);
    digit = _mm512_test_epi16_mask(row, _mm512_set1_epi16(SHAPE_DIGIT));
    two = digit & digit << 1, three = two & digit << 2, four = three & digit << 3; /* with as many before it, less one */
    uint32_t odd = _mm512_test_epi16_mask(row, _mm512_set1_epi16(SHAPE_NONE)) | (four & four << 4 & four << 6);
    keep_row(_mm512_maskz_compress_epi16(inside & ~((two & ~three) | four), row), odd != 0, shape);
}

/* The same, eight characters at a time. */
__attribute__((target("avx2,bmi,popcnt,aes"))) static void
shape_avx2(const Run *run, int at, int stop, Shape *shape) {
    const __m256i of_digit = _mm256_set1_epi16(SHAPE_DIGIT), of_none = _mm256_set1_epi16(SHAPE_NONE);
    uint32_t left = (uint32_t)(stop - at), inside = left < 32 ? (1u << left) - 1 : ~0u, digit, two, three, four, keep;
    /* There is room for as many behind the last character of a page. */
    const __m256i *p = (const __m256i *)(run->shape + at);
    __m256i a = _mm256_loadu_si256(p), b = _mm256_loadu_si256(p + 1);
    uint16_t row[SHAPE_LIMIT + 8] = {0};
    int size = 0;
    shape->hash = 0;
#define HELD(bits)                                                               \
    ((uint32_t)_mm256_movemask_epi8(                                             \
         bytes_of(_mm256_srli_epi16(_mm256_cmpeq_epi16(_mm256_and_si256(a, bits), bits), 8), \
                  _mm256_srli_epi16(_mm256_cmpeq_epi16(_mm256_and_si256(b, bits), bits), 8))) & inside)
    if (HELD(of_none)) return;
    digit = HELD(of_digit);
#undef HELD
    two = digit & digit << 1, three = two & digit << 2, four = three & digit << 3; /* with as many before it, less one */
    if (four & four << 4 & four << 6) return;
    keep = inside & ~((two & ~three) | four);
    for (int i = 0; i < SHAPE_LIMIT; i += 8) {
        uint32_t mask = keep >> i & 0xFF;
        __m128i eight = packed(_mm_loadu_si128((const __m128i *)(run->shape + at + i)), mask);
        _mm_storeu_si128((__m128i *)(row + size), eight);
        size += __builtin_popcount(mask);
    }
    a = _mm256_loadu_si256((const __m256i *)row), b = _mm256_loadu_si256((const __m256i *)row + 1);
    __m128i x = _mm_aesenc_si128(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    __m128i y = _mm_aesenc_si128(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    shape->hash = (uint32_t)_mm_cvtsi128_si32(_mm_aesenc_si128(_mm_aesenc_si128(x, y), x)) | 1;
    memcpy(shape->row, row, sizeof(shape->row));
}
#endif

/* The shape of the text from ``at`` to ``stop``, at most SHAPE_LIMIT characters; on other machines there are none. */
static inline void shape_of(const Signs *s, const Shapes *known, const Run *run, int at, int stop, Shape *shape) {
    shape->hash = 0;
#ifdef FAST
    if (s->wide == 2)
        shape_wide(run, at, stop, shape);
    else if (s->wide)
        shape_avx2(run, at, stop, shape);
#endif
    (void)s, (void)run, (void)at, (void)stop;
    find_shape(known, shape);
}

/* The kinds of the parts of a text of this shape, 0 if none is known. */
static inline uint32_t parts_of(const Shapes *known, const Shape *shape) {
    int place = shape->place;
    uint64_t other = 0;
    if (place < 0) return 0;
    for (int i = 0; i < SHAPE_LIMIT; i += 4) {
        uint64_t a, b;
        memcpy(&a, known->rows[place] + i, 8);
        memcpy(&b, shape->row + i, 8);
        other |= a ^ b;
    }
    return other ? 0 : known->parts[place];
}

static inline void keep_shape(Shapes *known, const Shape *shape, uint32_t parts) {
    int place = keep_tag(known->by_row, BUCKETS, shape->hash, SHAPES, &known->kept);
    memcpy(known->rows[place], shape->row, sizeof(shape->row));
    known->parts[place] = parts;
}
#endif
