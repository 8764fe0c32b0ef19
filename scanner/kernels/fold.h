/* What makes the identity of a text, character by character. */
#ifndef LEAKTALLY_FOLD_H
#define LEAKTALLY_FOLD_H

#include <stdint.h>

/* One character folded: full-width ASCII becomes ASCII, which is lowered; white space and zero-width become nothing. */
static inline int64_t fold_one(const uint8_t *data, int64_t at, int64_t end, uint8_t **out, const uint8_t *ascii) {
    uint8_t b = data[at];
    int64_t next = at + 1;
    if (b >= 0x80 && at + 2 < end) {
        uint8_t c = data[at + 1], d = data[at + 2];
        if ((b == 0xE2 && c == 0x80 && d >= 0x8B && d <= 0x8F) || (b == 0xE2 && c == 0x81 && d == 0xA0) ||
            (b == 0xEF && c == 0xBB && d == 0xBF) || (b == 0xE3 && c == 0x80 && d == 0x80))
            return at + 3;
        if (b == 0xEF && ((c == 0xBC && d >= 0x81 && d <= 0xBF) || (c == 0xBD && d >= 0x80 && d <= 0x9E))) {
            b = (uint8_t)(c == 0xBC ? d - 0x60 : d - 0x20);
            next = at + 3;
        }
    }
    if (b == 0xC2 && at + 1 < end && data[at + 1] == 0xA0) return at + 2;
    if (b < 0x80) b = ascii[b];
    **out = b;
    *out += b != 0 || data[at] >= 0x80;
    if (!b && next == at + 3) *out -= 1; /* a full-width sign that is dropped */
    return next;
}

#endif
