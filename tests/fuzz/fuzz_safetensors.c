/* fuzz_safetensors.c: the bytes of a checkpoint (tensor/safetensors.h). */
#include "fuzz.h"

#include "model/safetensors.h"

/* Reads every byte of every tensor that was accepted: the sanitizer sees a place beyond the file.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct checkpoint checkpoint;
    struct pg_error err;
    if (!checkpoint_open_memory(data, size, "fuzz", &checkpoint, &err)) return 0;
    for (size_t i = 0; i < checkpoint.n_tensors; i++) {
        const volatile uint8_t *bytes = checkpoint.tensors[i].data;
        for (size_t k = 0; k < checkpoint.tensors[i].size; k++) (void)bytes[k];
        if (checkpoint_find(&checkpoint, checkpoint.tensors[i].name) != &checkpoint.tensors[i])
            __builtin_trap();
    }
    checkpoint_close(&checkpoint);
    return 0;
}
