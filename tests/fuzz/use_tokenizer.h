/* use_tokenizer.h: what the two targets do with a tokenizer that was accepted. */
#ifndef USE_TOKENIZER_H
#define USE_TOKENIZER_H

#include "tokenizer/tokenizer.h"

/* Encodes a text, which may be refused, and looks up the bytes of what came out. Frees both. */
static inline void use_tokenizer(struct tokenizer *tokenizer, const char *text, size_t length) {
    struct pg_tokens tokens;
    struct pg_error err;
    if (tokenizer_encode(tokenizer, text, length, true, &tokens, &err)) {
        for (size_t i = 0; i < tokens.count; i++) {
            size_t n = 0;
            const volatile char *bytes = tokenizer_bytes(tokenizer, tokens.ids[i], &n);
            if (!bytes) __builtin_trap();
            for (size_t k = 0; k < n; k++) (void)bytes[k];
        }
        pg_tokens_free(&tokens);
    }
    tokenizer_free(tokenizer);
}

#endif
