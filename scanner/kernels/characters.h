/* One character of UTF-8 at a time, and what class it is by a table of the first plane (uint8[65536]). */
#ifndef LEAKTALLY_CHARACTERS_H
#define LEAKTALLY_CHARACTERS_H

#include <stdint.h>

#define PLANE 65536
#define BEYOND 0xFFFFFF /* a character beyond the first plane, or a byte that is none */

/* The character at ``p``, of which ``n`` > 0 bytes are left, and its size; BEYOND where it is not of the first plane. */
static inline uint32_t character_at(const uint8_t *p, int64_t n, int32_t *size) {
    uint8_t lead = p[0];
    *size = 1;
    if (lead < 0x80) return lead;
    if (lead >= 0xC2 && lead < 0xE0 && n >= 2 && (p[1] & 0xC0) == 0x80) {
        *size = 2;
        return ((uint32_t)(lead & 0x1F) << 6) | (p[1] & 0x3F);
    }
    if (lead >= 0xE0 && lead < 0xF0 && n >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
        uint32_t code = ((uint32_t)(lead & 0x0F) << 12) | ((uint32_t)(p[1] & 0x3F) << 6) | (p[2] & 0x3F);
        if (code < 0x800 || (code >= 0xD800 && code < 0xE000)) return BEYOND;
        *size = 3;
        return code;
    }
    if (lead >= 0xF0 && lead < 0xF5 && n >= 4 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80 &&
        (p[3] & 0xC0) == 0x80)
        *size = 4;
    return BEYOND;
}

#endif
