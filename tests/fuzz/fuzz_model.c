/* fuzz_model.c: a whole model: config.json, a zero byte, model.safetensors. What opens is run. */
#include "fuzz.h"

#include "patchgpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pg_error err;
    struct pg_prediction top;
    const struct part config = next_part(&data, &size);
    fuzz_file("config.json", config.data, config.size);
    fuzz_file("model.safetensors", data, size);
    pg_set_threads(1);
    struct pg_model *model = pg_model_open(fuzz_folder(), &err);
    if (!model) return 0;
    const int ids[] = {0, pg_model_info(model).n_vocab - 1};
    const size_t n = pg_model_info(model).n_positions > 1 ? 2 : 1;
    (void)pg_predict(model, ids, n, 1, &top, &err); /* refused where logits are no numbers */
    pg_model_close(model);
    return 0;
}
