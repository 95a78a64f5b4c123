/* safetensors.h: reading checkpoints in the safetensors format, one file or shards listed by an
 * index. Every header is checked completely before anything is used; tensors stay in the mapped
 * file. The format: https://github.com/huggingface/safetensors (8-byte little-endian header length,
 * JSON header, buffer). Not here: what the tensors mean (weights.c). */
#ifndef MODEL_SAFETENSORS_H
#define MODEL_SAFETENSORS_H

#include "base/error.h"
#include "base/file.h"
#include "tensor/matrix.h"

enum { TENSOR_MAX_DIMS = 8 };

struct tensor {
    char *name;
    enum dtype dtype;    /* tensors of DTYPE_OTHER may be in a file; they are refused when used */
    char dtype_name[16]; /* as the file spells it (cut at 15 bytes), for errors */
    int n_dims;          /* 0: a single number */
    size_t shape[TENSOR_MAX_DIMS];
    size_t size;      /* bytes: the shape's product times the dtype's size, may be 0 */
    const void *data; /* inside the map; not necessarily aligned */
};

/* An entry of a file's __metadata__. */
struct metadata {
    char *key, *value;
};

struct checkpoint {
    size_t n_files;        /* mapped files; 0 for a checkpoint in memory */
    struct file_map *maps; /* n_files of them, for checkpoint_close */
    uint64_t file_bytes;   /* sizes of all files (or the memory), headers included */
    size_t n_tensors;
    struct tensor *tensors; /* sorted by name, names unique */
    size_t n_metadata;
    struct metadata *metadata; /* of all files */
};

/* Opens a .safetensors file or an *.index.json whose shards lie beside it. Tensors of a shard that
 * the index does not list are included. False and err, with nothing left open, for a file that
 * cannot be read, is malformed or has another format (a PyTorch checkpoint, a Git LFS pointer: the
 * sentence says what to do), for two tensors of one name, and for an index whose shards are not
 * plain file names or lack a listed tensor. */
bool checkpoint_open(const char *path, struct checkpoint *out, struct pg_error *err);

/* Opens a safetensors file in memory, which must outlive the checkpoint. name: for errors.
 */
bool checkpoint_open_memory(const void *data, size_t size, const char *name, struct checkpoint *out,
                            struct pg_error *err);

/* Frees everything; a zeroed checkpoint is fine. Leaves it zeroed. */
void checkpoint_close(struct checkpoint *checkpoint);

/* The tensor of that name, or NULL. */
const struct tensor *checkpoint_find(const struct checkpoint *checkpoint, const char *name);

#endif
