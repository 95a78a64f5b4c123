/* fuzz_vocab.c: vocab.json, a zero byte, merges.txt, a zero byte, a text (text/tokenizer.h). */
#include "fuzz.h"
#include "use_tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pg_error err;
    const struct part vocab = next_part(&data, &size), merges = next_part(&data, &size);
    struct tokenizer *tokenizer = tokenizer_from_vocab(
        vocab.data, vocab.size, "vocab.json", merges.data, merges.size, "merges.txt", &err);
    if (tokenizer) use_tokenizer(tokenizer, (const char *)data, size);
    return 0;
}
