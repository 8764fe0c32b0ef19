/* Sizes of damaged and disguised numbers, which the kernels that look for them share. */
#ifndef LEAKTALLY_DAMAGED_H
#define LEAKTALLY_DAMAGED_H

enum {
    CHARACTERS = 0x1FC00, /* of which it is known what they stand for */
    LEAST_DAMAGED = 5,    /* bytes of any: 1E+17 */
    LONGEST_WHOLE = 120,  /* bytes of a cell that is one as a whole */
    LEAST_TOKEN = 10,     /* digits, and so bytes, of one in text */
};

#endif
