/* fuzz_tokenizer_json.c: tokenizer.json, a zero byte, a text (text/tokenizer.h). */
#include "fuzz.h"
#include "use_tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pg_error err;
    const struct part json = next_part(&data, &size);
    struct tokenizer *tokenizer = tokenizer_from_json(json.data, json.size, "tokenizer.json", &err);
    if (tokenizer) use_tokenizer(tokenizer, (const char *)data, size);
    return 0;
}
