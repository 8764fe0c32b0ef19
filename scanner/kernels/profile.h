/* The profile of one cell: which classes of bytes occur in it, and whether it may hold a number.
 *
 * A byte's classes are those that the table entries of its two halves (low and high four bits) share, so one
 * shuffle each looks up 32 bytes at once.
 */
#ifndef LEAKTALLY_PROFILE_H
#define LEAKTALLY_PROFILE_H

#include "lookup.h"

/* Classes 0 to 7: digit, A-O, P-Z, a-o, p-z, @ and `, colon, joints of numbers (space ) - . / _ and P Y ] ^).
 * Classes 8 to 15: hyphen, full stop, signs !"#$%&'(*+, signs ;<=>?[\]^_{|}~, control, first byte of a Chinese
 * character, first byte of a sign that numbers may hold, any byte beyond ASCII. */
#define DIGIT 0x0001
#define JOINT 0x0080
#define MARK 0x4000
#define HIGH 0x8000

static const uint8_t LOW_A[16] = {0xB5, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x1F,
                                  0x1F, 0x9F, 0x5E, 0x0A, 0x0A, 0x8A, 0x8A, 0x8A};
static const uint8_t HIGH_A[16] = {0, 0, 0x80, 0x41, 0x22, 0x84, 0x28, 0x10, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t LOW_B[16] = {0x90, 0x94, 0xD4, 0xD4, 0xB4, 0xB4, 0xB4, 0xB4,
                                  0xB4, 0xB0, 0x94, 0x9C, 0x9C, 0x99, 0x9A, 0xD8};
static const uint8_t HIGH_B[16] = {0x10, 0x10, 0x07, 0x08, 0,    0x08, 0,    0x08,
                                   0x80, 0x80, 0x80, 0x80, 0xC0, 0x80, 0xE0, 0x80};

static inline uint16_t classes_of(uint8_t byte) {
    int low = byte & 15, high = byte >> 4;
    return (uint16_t)((LOW_A[low] & HIGH_A[high]) | ((LOW_B[low] & HIGH_B[high]) << 8));
}

/* What is known of a cell after some of its bytes: windows of 64 overlap by 16, so every run of ten lies in one. */
#define WINDOW 64
#define STRIDE 48
typedef struct {
    uint32_t kinds, digits, groups, found;
} Seen;
enum { FIVE = 1, SEVEN = 2, TEN = 4, JOINED = 8 };

static inline void look(Seen *seen, uint64_t digit, uint64_t joint) {
    uint64_t two = digit & (digit >> 1), three = two & (digit >> 2), four = two & (two >> 2);
    uint64_t ten = four & (four >> 4) & (two >> 8);
    seen->digits += (uint32_t)__builtin_popcountll(digit);
    seen->groups += (uint32_t)__builtin_popcountll(three & ~(three << 1));
    seen->found |= ((four & (digit >> 4)) ? FIVE : 0) | ((four & (four >> 3)) ? SEVEN : 0) | (ten ? TEN : 0) |
                   ((two & (joint >> 2)) ? JOINED : 0);
}

/* Necessary for any number of kernels/number_grammar.pxd: ten digits in line; or a group with a joint behind it, nine
 * digits in all, and two groups of three or one of five; or the seven digits in line of a USCC of 18 characters. A
 * cell with full-width or invisible signs is let through. */
static inline int may_hold_number(const Seen *seen, uint32_t size) {
    if (size < 10) return 0;
    if (seen->kinds & MARK) return 1;
    if (seen->found & TEN) return 1;
    if ((seen->found & SEVEN) && size >= 18) return 1;
    return (seen->found & JOINED) && seen->digits >= 9 && ((seen->found & FIVE) || seen->groups >= 2);
}

static int profile_one_by_one(const uint8_t *p, uint32_t size, uint16_t *kinds) {
    Seen seen = {0, 0, 0, 0};
    for (uint32_t at = 0;; at += STRIDE) {
        uint64_t digit = 0, joint = 0;
        uint32_t stop = size - at < WINDOW ? size - at : WINDOW;
        for (uint32_t i = 0; i < stop; i++) {
            uint16_t classes = classes_of(p[at + i]);
            seen.kinds |= classes;
            digit |= (uint64_t)(classes & DIGIT ? 1 : 0) << i;
            joint |= (uint64_t)(classes & JOINT ? 1 : 0) << i;
        }
        look(&seen, digit, joint);
        if (size - at <= WINDOW) break;
    }
    *kinds = (uint16_t)seen.kinds;
    return may_hold_number(&seen, size);
}

#ifdef FAST
/* ``p`` must have 64 readable bytes from each window's start on; the caller sees to it. */
FAST static inline int profile_avx2(const uint8_t *p, uint32_t size, uint16_t *kinds) {
    __m256i low_a = table(LOW_A), high_a = table(HIGH_A), low_b = table(LOW_B), high_b = table(HIGH_B);
    Seen seen = {0, 0, 0, 0};
    for (uint32_t at = 0;; at += STRIDE) {
        uint32_t left = size - at, first = left < 32 ? left : 32;
        __m256i mask = first_bytes(first);
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(p + at));
        __m256i a = _mm256_and_si256(both(bytes, low_a, high_a), mask);
        __m256i b = _mm256_and_si256(both(bytes, low_b, high_b), mask);
        uint64_t digit = bits(a, 0), joint = bits(a, 7);
        if (left > 32) {
            uint32_t second = left < 64 ? left - 32 : 32;
            mask = first_bytes(second);
            bytes = _mm256_loadu_si256((const __m256i *)(p + at + 32));
            __m256i c = _mm256_and_si256(both(bytes, low_a, high_a), mask);
            __m256i d = _mm256_and_si256(both(bytes, low_b, high_b), mask);
            digit |= (uint64_t)bits(c, 0) << 32;
            joint |= (uint64_t)bits(c, 7) << 32;
            a = _mm256_or_si256(a, c);
            b = _mm256_or_si256(b, d);
        }
        seen.kinds |= any_class(a, b);
        if (digit & (digit >> 1)) look(&seen, digit, joint);
        if (left <= WINDOW) break;
    }
    *kinds = (uint16_t)seen.kinds;
    return may_hold_number(&seen, size);
}

FAST static int64_t profiles_avx2(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end,
                                  int64_t count, uint16_t *kinds, int32_t *numeric) {
    int64_t found = 0;
    uint8_t copy[WINDOW * 2];
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)(end[i] - start[i]);
        int number;
        fetch_ahead(data, start, end, i, count);
        if (!length) {
            kinds[i] = 0;
            continue;
        }
        if (start[i] + (int64_t)length + WINDOW <= size) {
            number = profile_avx2(data + start[i], length, kinds + i);
        } else if (length <= WINDOW) {
            memcpy(copy, data + start[i], length);
            number = profile_avx2(copy, length, kinds + i);
        } else {
            number = profile_one_by_one(data + start[i], length, kinds + i);
        }
        numeric[found] = (int32_t)i;
        found += number;
    }
    return found;
}
#endif

static int64_t profiles(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end, int64_t count,
                        uint16_t *kinds, int32_t *numeric, int path) {
    int64_t found = 0;
#ifdef FAST
    if (path == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return profiles_avx2(data, size, start, end, count, kinds, numeric);
#endif
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)(end[i] - start[i]);
        kinds[i] = 0;
        numeric[found] = (int32_t)i;
        if (length) found += profile_one_by_one(data + start[i], length, kinds + i);
    }
    return found;
}

#endif
