/* fuzz_safetensors.c: any bytes as a checkpoint, for libFuzzer. Every byte of every tensor that is
 * handed out is read, so a sanitizer sees a range that leaves the file. */
#include "tensor/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct checkpoint checkpoint;
    struct pg_error err;
    if (!checkpoint_open_memory(data, size, "fuzz", &checkpoint, &err)) return 0;
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < checkpoint.n_tensors; i++) {
        const struct tensor *tensor = checkpoint_find(&checkpoint, checkpoint.tensors[i].name);
        if (tensor != &checkpoint.tensors[i]) __builtin_trap();
        const uint8_t *bytes = tensor->data;
        for (size_t k = 0; k < tensor->size; k++) sum = (uint8_t)(sum + bytes[k]);
    }
    checkpoint_close(&checkpoint);
    return 0;
}
