/* A node's last word: the number of a mention, and behind it what kind of number it is and who holds it. */
#ifndef LEAKTALLY_NODE_H
#define LEAKTALLY_NODE_H

#define NODE_KIND 40 /* where the kind begins */
#define NODE_KINDS 0xFF /* the bits of a kind alone */
#define NODE_HOLDER 48 /* and behind it which of HOLDERS columns holds the number */
#define NODE_COUNTED 63 /* the bit of a number that nobody has, and that is but counted */
#define HOLDERS (1 << 12)

#endif
