/* fuzz_declared_tokens.c: added_tokens.json, special_tokens_map.json and tokenizer_config.json,
 * each before a zero byte, then a text (text/tokenizer.h), on a small vocabulary. */
#include "fuzz.h"

#include "tokenizer_fixture.h"
#include "use_tokenizer.h"

static struct tokenizer *make_tokenizer(void) {
    static struct text vocab;
    struct pg_error err;
    if (!vocab.bytes) vocab = make_vocab(SMALL_MERGES);
    struct tokenizer *tokenizer = tokenizer_from_vocab(
        vocab.bytes, vocab.size, "vocab", SMALL_MERGES, strlen(SMALL_MERGES), "merges", &err);
    if (!tokenizer) abort();
    return tokenizer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"added_tokens.json", "special_tokens_map.json",
                                        "tokenizer_config.json"};
    struct tokenizer *tokenizer = make_tokenizer();
    struct pg_error err;
    bool done = true;
    for (int i = 0; i < 3 && done; i++) {
        const struct part json = next_part(&data, &size);
        if (json.size) done = tokenizer_describe(tokenizer, json.data, json.size, names[i], &err);
    }
    if (done && tokenizer_finish(tokenizer, names[2], &err))
        use_tokenizer(tokenizer, (const char *)data, size);
    else
        tokenizer_free(tokenizer);
    return 0;
}
