/* fuzz_index.c: the index of a checkpoint in shards (tensor/safetensors.h), beside the shards
 * a.safetensors and b.safetensors with the tensors wte.weight and wpe.weight. */
#include "fuzz.h"

#include "model/safetensors.h"

#include <stdio.h>

static void write_shard(const char *file, const char *tensor) {
    char bytes[128] = {0};
    const int n =
        snprintf(bytes + 8, sizeof bytes - 8,
                 "{\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", tensor);
    bytes[0] = (char)n;
    fuzz_file(file, bytes, 8 + (size_t)n + 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int shards;
    struct checkpoint checkpoint;
    struct pg_error err;
    if (!shards++) {
        write_shard("a.safetensors", "wte.weight");
        write_shard("b.safetensors", "wpe.weight");
    }
    const char *path = fuzz_file("model.safetensors.index.json", data, size);
    if (checkpoint_open(path, &checkpoint, &err)) checkpoint_close(&checkpoint);
    return 0;
}
