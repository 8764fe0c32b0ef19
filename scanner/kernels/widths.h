/* The usual numbers of words of a key, known to the compiler. */
#ifndef LEAKTALLY_WIDTHS_H
#define LEAKTALLY_WIDTHS_H

#define BY_WIDTH(width, call)      \
    switch (width) {               \
    case 1: { enum { W = 1 }; call; break; } \
    case 2: { enum { W = 2 }; call; break; } \
    case 3: { enum { W = 3 }; call; break; } \
    case 4: { enum { W = 4 }; call; break; } \
    case 5: { enum { W = 5 }; call; break; } \
    default: { const int W = width; call; }  \
    }

#endif
