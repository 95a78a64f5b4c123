/* tokenizer_settings.h: what a tokenizer does beside splitting and merging, by what its files say. */
#ifndef TOKENIZER_TOKENIZER_SETTINGS_H
#define TOKENIZER_TOKENIZER_SETTINGS_H

#include "base/error.h"

enum { MOST_PREFIX = 8 };

struct tokenizer_settings {
    bool
        add_prefix_space; /* before a text, or a part between added tokens, that begins with none */
    bool add_bos;         /* before a text */
    int prefix[MOST_PREFIX]; /* tokens before a text, by id */
    size_t n_prefix;
    size_t most_tokens; /* that a text may have, where the files would cut it; 0: any number */
    char bos[64];       /* the text of the BOS token; "": none is named */
};

#endif
