/* Words in Latin letters that people write right before a mobile number. */
#ifndef LEAKTALLY_CONTACT_WORDS_H
#define LEAKTALLY_CONTACT_WORDS_H

#include <string.h>

#define MAX_WORD 9

/* In lower case. Alone, one letter may as well begin the number of a thing. */
static const char *const CONTACT_WORDS[] = {
    "m",      "v",         "vx",        "wx",     "weixin", "wechat",   "tel", "mob", "mobile",
    "phone",  "telephone", "cellphone", "cell",   "whatsapp",
};

/* Theirs: most numbers of things are ruled out by these. */
#define FIRST_LETTERS "mvwtpc"

/* The ``count`` letters of ``word``, in lower case: one of them? */
static inline int names_contact(const char *word, int count) {
    if (count < 1 || !strchr(FIRST_LETTERS, word[0])) return 0;
    for (size_t i = 0; i < sizeof CONTACT_WORDS / sizeof *CONTACT_WORDS; i++)
        if (strlen(CONTACT_WORDS[i]) == (size_t)count && !memcmp(CONTACT_WORDS[i], word, (size_t)count)) return 1;
    return 0;
}

#endif
