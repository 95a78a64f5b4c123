/* fuzz_text.c: any bytes, encoded and decoded, are the same bytes (text/tokenizer.h). */
#include "fuzz.h"

#include "tokenizer/tokenizer.h"
#include "tokenizer_fixture.h"

static struct tokenizer *make_tokenizer(void) {
    struct pg_error err;
    struct text vocab = make_vocab(SMALL_MERGES);
    struct tokenizer *tokenizer = tokenizer_from_vocab(
        vocab.bytes, vocab.size, "vocab", SMALL_MERGES, strlen(SMALL_MERGES), "merges", &err);
    free(vocab.bytes);
    return tokenizer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct tokenizer *tokenizer;
    if (!tokenizer && !(tokenizer = make_tokenizer())) abort();
    struct pg_error err;
    struct pg_tokens tokens;
    if (!tokenizer_encode(tokenizer, (const char *)data, size, true, &tokens, &err)) abort();
    size_t at = 0, length;
    for (size_t i = 0; i < tokens.count; i++, at += length) {
        const char *bytes = tokenizer_bytes(tokenizer, tokens.ids[i], &length);
        if (!bytes || length > size - at || memcmp(bytes, data + at, length) != 0) abort();
    }
    if (at != size) abort();
    pg_tokens_free(&tokens);
    return 0;
}
