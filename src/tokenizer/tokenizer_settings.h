/* tokenizer_settings.h: what a tokenizer's files ask for besides pre-tokenizing and merging. */
#ifndef TOKENIZER_TOKENIZER_SETTINGS_H
#define TOKENIZER_TOKENIZER_SETTINGS_H

#include "base/error.h"

enum { MAX_PREFIX = 8 };

struct tokenizer_settings {
    bool add_prefix_space;  /* before a text, or a part between added tokens, without one */
    bool add_bos;           /* before a text */
    int prefix[MAX_PREFIX]; /* ids put before a text */
    size_t n_prefix;
    size_t max_tokens; /* longer texts would be truncated; 0: no limit */
    char bos[64];      /* the text of the BOS token; "": not named */
};

#endif
