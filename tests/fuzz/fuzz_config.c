/* fuzz_config.c: a model's config.json (gpt2/config.h). */
#include "fuzz.h"

#include "model/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config config;
    struct pg_error err;
    if (!config_parse((const char *)data, size, "config.json", &config, &err)) return 0;
    if (config.n_layer < 1 || config.n_head < 1 || config.n_embd % config.n_head != 0)
        __builtin_trap();
    return 0;
}
