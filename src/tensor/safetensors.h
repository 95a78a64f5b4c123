/* safetensors.h: reading checkpoints in the safetensors format, one file or shards behind an index.
 * Every header is checked in full before anything is used; the bytes of the tensors stay in the map.
 * The format: https://github.com/huggingface/safetensors (8-byte little-endian header length, JSON
 * header, buffer). Not here: what the tensors mean (gpt2/). */
#ifndef TENSOR_SAFETENSORS_H
#define TENSOR_SAFETENSORS_H

#include "base/error.h"
#include "base/file.h"

enum dtype { DTYPE_F32, DTYPE_F16, DTYPE_BF16, DTYPE_OTHER };

enum { TENSOR_MAX_DIMS = 8 };

struct tensor {
    char *name;
    enum dtype dtype;
    char dtype_name[16]; /* as the file spells it, for errors */
    int n_dims;
    size_t shape[TENSOR_MAX_DIMS];
    size_t size;      /* bytes */
    const void *data; /* inside the map; not necessarily aligned */
};

struct checkpoint {
    size_t n_files;
    struct file_map *maps; /* data that checkpoint_close unmaps; empty for memory */
    uint64_t file_bytes;
    size_t n_tensors;
    struct tensor *tensors; /* sorted by name */
};

/* Opens path: a .safetensors file or a model.safetensors.index.json, whose shards lie beside it. */
bool checkpoint_open(const char *path, struct checkpoint *out, struct pg_error *err);

/* The same for a safetensors file in memory, which must outlive the checkpoint. name: for errors. */
bool checkpoint_open_memory(const void *data, size_t size, const char *name, struct checkpoint *out,
                            struct pg_error *err);

void checkpoint_close(struct checkpoint *checkpoint);

/* The tensor of that name, or NULL. */
const struct tensor *checkpoint_find(const struct checkpoint *checkpoint, const char *name);

#endif
