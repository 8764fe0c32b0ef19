/* Runs by what is known of them. */
#ifndef LEAKTALLY_FLAGGED_H
#define LEAKTALLY_FLAGGED_H

#include <stdint.h>

/* How many runs have a flag. */
static inline int64_t count_flagged(const uint16_t *flags, int64_t count, uint32_t flag) {
    int64_t found = 0;
    for (int64_t first = 0; first < count; first += 32768) { /* sums of 16 bits, so that many are added at once */
        int64_t last = first + 32768 < count ? first + 32768 : count;
        uint16_t some = 0;
        for (int64_t i = first; i < last; i++) some = (uint16_t)(some + ((flags[i] & flag) != 0));
        found += some;
    }
    return found;
}

#endif
