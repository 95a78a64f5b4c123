/* safetensors.c: see safetensors.h. One file at a time: header -> tensors, appended to the
 * checkpoint's; then all of them sorted by name. */
#include "model/safetensors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, MAX_HEADER = 100000000 }; /* both fixed by the format */

/* The bytes of one file. */
struct source {
    const char *name;
    const uint8_t *data;
    size_t size;
};

/* The bytes after the header, and how many the header describes. */
struct buffer {
    const uint8_t *bytes;
    size_t size, claimed;
};

/* ---- one tensor's entry in the header ---- */

static const struct {
    const char *name;
    size_t bytes;
    enum dtype dtype;
} dtypes[] = {
    {"F32", 4, DTYPE_F32},    {"F16", 2, DTYPE_F16},       {"BF16", 2, DTYPE_BF16},
    {"F64", 8, DTYPE_OTHER},  {"I64", 8, DTYPE_OTHER},     {"I32", 4, DTYPE_OTHER},
    {"I16", 2, DTYPE_OTHER},  {"I8", 1, DTYPE_OTHER},      {"U64", 8, DTYPE_OTHER},
    {"U32", 4, DTYPE_OTHER},  {"U16", 2, DTYPE_OTHER},     {"U8", 1, DTYPE_OTHER},
    {"BOOL", 1, DTYPE_OTHER}, {"F8_E4M3", 1, DTYPE_OTHER}, {"F8_E5M2", 1, DTYPE_OTHER},
};

/* Sets dtype and dtype_name, and *bytes to the size of one element, 0 if it is not known. */
static bool read_dtype(const cJSON *entry, const char *file, struct tensor *tensor, size_t *bytes,
                       struct pg_error *err) {
    const cJSON *item = json_field(entry, "dtype");
    if (!cJSON_IsString(item))
        return fail(err, "%s: tensor %s: dtype is %s, expected a string", file, tensor->name,
                    json_describe(item).text);
    snprintf(tensor->dtype_name, sizeof tensor->dtype_name, "%s", item->valuestring);
    tensor->dtype = DTYPE_OTHER;
    *bytes = 0;
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, item->valuestring) != 0) continue;
        tensor->dtype = dtypes[i].dtype;
        *bytes = dtypes[i].bytes;
    }
    return true;
}

/* Sets n_dims and shape, and *count to the number of elements. */
static bool read_shape(const cJSON *entry, const char *file, struct tensor *tensor, size_t *count,
                       struct pg_error *err) {
    const cJSON *shape = json_field(entry, "shape"), *item;
    if (!cJSON_IsArray(shape))
        return fail(err, "%s: tensor %s: shape is %s, expected an array", file, tensor->name,
                    json_describe(shape).text);
    *count = 1;
    cJSON_ArrayForEach(item, shape) {
        if (tensor->n_dims == TENSOR_MAX_DIMS)
            return fail(err, "%s: tensor %s: shape has %d dimensions, expected at most %d", file,
                        tensor->name, cJSON_GetArraySize(shape), TENSOR_MAX_DIMS);
        size_t *dim = &tensor->shape[tensor->n_dims++];
        if (!json_size(item, dim))
            return fail(err, "%s: tensor %s: shape contains %s, expected non-negative integers",
                        file, tensor->name, json_describe(item).text);
        if (__builtin_mul_overflow(*count, *dim, count))
            return fail(err, "%s: tensor %s: the product of its shape overflows", file,
                        tensor->name);
    }
    return true;
}

/* Sets data and size to the part of the buffer that data_offsets names. needed: the expected number
 * of bytes for count numbers, 0 if unknown. */
static bool read_offsets(const cJSON *entry, const struct source *file, const struct buffer *buffer,
                         size_t count, size_t needed, struct tensor *tensor, struct pg_error *err) {
    const cJSON *offsets = json_field(entry, "data_offsets");
    size_t begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !json_size(offsets->child, &begin) || !json_size(offsets->child->next, &end))
        return fail(err, "%s: tensor %s: data_offsets are not two non-negative integers",
                    file->name, tensor->name);
    if (begin <= end && end > buffer->size && end - begin == needed)
        return fail(err, "%s is cut short: it has %zu of %zu bytes", file->name, file->size,
                    file->size - buffer->size + buffer->claimed);
    if (begin > end || end > buffer->size)
        return fail(err,
                    "%s: tensor %s: data_offsets are [%zu, %zu], expected a range within the "
                    "%zu bytes after the header",
                    file->name, tensor->name, begin, end, buffer->size);
    if (needed && end - begin != needed)
        return fail(err, "%s: tensor %s: data_offsets span %zu bytes, expected %zu for %zu of %s",
                    file->name, tensor->name, end - begin, needed, count, tensor->dtype_name);
    tensor->data = buffer->bytes + begin;
    tensor->size = end - begin;
    return true;
}

static bool read_tensor(const cJSON *entry, const struct source *file, const struct buffer *buffer,
                        struct tensor *tensor, struct pg_error *err) {
    size_t bytes = 0, count = 0, needed;
    tensor->name = copy_string(entry->string, err);
    if (!tensor->name) return false;
    if (!cJSON_IsObject(entry))
        return fail(err, "%s: tensor %s is %s, expected an object", file->name, tensor->name,
                    json_describe(entry).text);
    if (!read_dtype(entry, file->name, tensor, &bytes, err) ||
        !read_shape(entry, file->name, tensor, &count, err))
        return false;
    if (__builtin_mul_overflow(count, bytes, &needed))
        return fail(err, "%s: tensor %s: the product of its shape overflows", file->name,
                    tensor->name);
    return read_offsets(entry, file, buffer, count, needed, tensor, err);
}

/* ---- one file ---- */

/* Files that are often mistaken for a checkpoint, by their first bytes, which are far out of range
 * as a header length. */
static const struct {
    const char *begins, *what;
} foreign[] = {
    {"PK\003\004", "a PyTorch checkpoint; convert it with scripts/convert_checkpoint.py"},
    {"\x80\x02", "a PyTorch checkpoint; convert it with scripts/convert_checkpoint.py"},
    {"version https://git-lfs", "a Git LFS pointer, not the weights; get them with git lfs pull"},
    {"<", "a web page, not the weights; download it again"},
    {"{", "JSON, expected a safetensors file"},
};

static bool fail_length(const struct source *file, uint64_t length, struct pg_error *err) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        size_t n = strlen(foreign[i].begins);
        if (file->size >= n && memcmp(file->data, foreign[i].begins, n) == 0)
            return fail(err, "%s is %s", file->name, foreign[i].what);
    }
    return fail(err,
                "%s is no safetensors file: its first 8 bytes give a header length of %" PRIu64
                ", expected at most %d",
                file->name, length, MAX_HEADER);
}

/* Finds the header: *size bytes after its length. */
static bool find_header(const struct source *file, size_t *size, struct pg_error *err) {
    if (file->size < LENGTH_BYTES)
        return fail(err, "%s is no safetensors file: it has %zu bytes, expected at least %d",
                    file->name, file->size, LENGTH_BYTES);
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | file->data[i];
    if (length > MAX_HEADER) return fail_length(file, length, err);
    if (length > file->size - LENGTH_BYTES)
        return fail(err, "%s is cut short: its header has %" PRIu64 " bytes, the file has %zu more",
                    file->name, length, file->size - LENGTH_BYTES);
    if (length == 0 || file->data[LENGTH_BYTES] != '{')
        return fail(err, "%s is no safetensors file: its header does not start with '{'",
                    file->name);
    *size = (size_t)length;
    return true;
}

/* Appends a file's metadata to the checkpoint's. */
static bool append_metadata(const cJSON *metadata, const char *file, struct checkpoint *out,
                            struct pg_error *err) {
    const cJSON *item;
    if (!cJSON_IsObject(metadata))
        return fail(err, "%s: __metadata__ is %s, expected an object", file,
                    json_describe(metadata).text);
    const size_t n = out->n_metadata + (size_t)cJSON_GetArraySize(metadata);
    struct metadata *all = allocate(n, sizeof *all, err);
    if (!all) return false;
    if (out->n_metadata) memcpy(all, out->metadata, out->n_metadata * sizeof *all);
    free(out->metadata);
    out->metadata = all;
    cJSON_ArrayForEach(item, metadata) {
        if (!cJSON_IsString(item))
            return fail(err, "%s: __metadata__: %s is %s, expected a string", file, item->string,
                        json_describe(item).text);
        struct metadata *entry = &all[out->n_metadata++];
        entry->key = copy_string(item->string, err);
        entry->value = copy_string(item->valuestring, err);
        if (!entry->key || !entry->value) return false;
    }
    return true;
}

/* The end of the last tensor by the header, in bytes after it; 0 if it lists none. */
static size_t claimed_end(const cJSON *header) {
    size_t last = 0, end;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, header) {
        const cJSON *offsets = json_field(entry, "data_offsets");
        if (cJSON_IsArray(offsets) && cJSON_GetArraySize(offsets) == 2 &&
            json_size(offsets->child->next, &end) && end > last)
            last = end;
    }
    return last;
}

static int compare_places(const void *a, const void *b) {
    const struct tensor *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;
    return p != q ? (p > q) - (p < q) : (x->size > y->size) - (x->size < y->size);
}

/* Each tensor must begin where the one before it ends, the last one end with the file. */
static bool check_layout(struct tensor *tensors, size_t n, const char *file,
                         const struct buffer *buffer, struct pg_error *err) {
    size_t end = 0;
    qsort(tensors, n, sizeof *tensors, compare_places);
    for (size_t i = 0; i < n; i++) {
        size_t begin = (size_t)((const uint8_t *)tensors[i].data - buffer->bytes);
        if (begin < end)
            return fail(err, "%s: tensor %s begins at byte %zu, inside tensor %s", file,
                        tensors[i].name, begin, tensors[i - 1].name);
        if (begin > end)
            return fail(err, "%s: tensor %s begins at byte %zu, expected %zu: a hole", file,
                        tensors[i].name, begin, end);
        end = begin + tensors[i].size;
    }
    if (end != buffer->size)
        return fail(err, "%s: its tensors end at byte %zu after the header, the file at byte %zu",
                    file, end, buffer->size);
    return true;
}

/* Appends the tensors that the header lists to the checkpoint's. */
static bool append_tensors(const cJSON *header, const struct source *file,
                           const struct buffer *buffer, struct checkpoint *out,
                           struct pg_error *err) {
    static const char metadata[] = "__metadata__";
    const size_t first = out->n_tensors;
    size_t n = first + (size_t)cJSON_GetArraySize(header);
    struct tensor *tensors = allocate(n, sizeof *tensors, err);
    if (!tensors) return false;
    if (first) memcpy(tensors, out->tensors, first * sizeof *tensors);
    free(out->tensors);
    out->tensors = tensors;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, header) {
        bool good = strcmp(entry->string, metadata) == 0
                        ? append_metadata(entry, file->name, out, err)
                        : read_tensor(entry, file, buffer, &tensors[out->n_tensors++], err);
        if (!good) return false;
    }
    return check_layout(tensors + first, out->n_tensors - first, file->name, buffer, err);
}

static bool append_file(const struct source *file, struct checkpoint *out, struct pg_error *err) {
    size_t header_size = 0;
    if (!find_header(file, &header_size, err)) return false;
    char label[1024];
    snprintf(label, sizeof label, "the header of %s", file->name);
    const uint8_t *text = file->data + LENGTH_BYTES;
    cJSON *header = json_parse_object((const char *)text, header_size, label, err);
    if (!header) return false;
    out->file_bytes += file->size;
    const uint8_t *bytes = text + header_size;
    const struct buffer buffer = {bytes, file->size - (size_t)(bytes - file->data),
                                  claimed_end(header)};
    bool good = append_tensors(header, file, &buffer, out, err);
    cJSON_Delete(header);
    return good;
}

static bool append_mapped(const char *path, struct file_map *map, struct checkpoint *out,
                          struct pg_error *err) {
    if (!file_map(path, map, err)) return false;
    out->n_files++;
    return append_file(&(struct source){path, map->data, map->size}, out, err);
}

/* ---- the checkpoint ---- */

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct tensor *)a)->name, ((const struct tensor *)b)->name);
}

/* Sorts the tensors by name. name: the file or index. */
static bool sort_tensors(struct checkpoint *out, const char *name, struct pg_error *err) {
    struct tensor *tensors = out->tensors;
    if (out->n_tensors) qsort(tensors, out->n_tensors, sizeof *tensors, compare_names);
    for (size_t i = 1; i < out->n_tensors; i++)
        if (strcmp(tensors[i - 1].name, tensors[i].name) == 0)
            return fail(err, "%s: tensor %s is there twice", name, tensors[i].name);
    return true;
}

static const struct tensor *find_among(const struct tensor *tensors, size_t n, const char *name) {
    struct tensor key = {.name = (char *)name};
    return n ? bsearch(&key, tensors, n, sizeof key, compare_names) : NULL;
}

const struct tensor *checkpoint_find(const struct checkpoint *checkpoint, const char *name) {
    return find_among(checkpoint->tensors, checkpoint->n_tensors, name);
}

void checkpoint_close(struct checkpoint *checkpoint) {
    for (size_t i = 0; i < checkpoint->n_tensors; i++) free(checkpoint->tensors[i].name);
    for (size_t i = 0; i < checkpoint->n_files; i++) file_unmap(&checkpoint->maps[i]);
    for (size_t i = 0; i < checkpoint->n_metadata; i++) {
        free(checkpoint->metadata[i].key);
        free(checkpoint->metadata[i].value);
    }
    free(checkpoint->tensors);
    free(checkpoint->metadata);
    free(checkpoint->maps);
    *checkpoint = (struct checkpoint){0};
}

bool checkpoint_open_memory(const void *data, size_t size, const char *name, struct checkpoint *out,
                            struct pg_error *err) {
    *out = (struct checkpoint){0};
    if (append_file(&(struct source){name, data, size}, out, err) && sort_tensors(out, name, err))
        return true;
    checkpoint_close(out);
    return false;
}

/* ---- shards ---- */

/* Whether a shard's name is a plain file name: shards lie beside their index. */
static bool is_plain_name(const char *name) {
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int compare_shards(const void *a, const void *b) {
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    return strcmp(x->valuestring, y->valuestring);
}

/* The weight_map's entries (tensor name -> shard) by shard, to be freed, or NULL. */
static const cJSON **sorted_weight_map(const cJSON *index, const char *path, size_t *n,
                                       struct pg_error *err) {
    const cJSON *map = json_field(index, "weight_map"), *item;
    if (!cJSON_IsObject(map) || !map->child) {
        fail(err, "%s: weight_map is %s, expected an object of tensor names and their files", path,
             map && !map->child ? "empty" : json_describe(map).text);
        return NULL;
    }
    const cJSON **entries = allocate((size_t)cJSON_GetArraySize(map), sizeof *entries, err);
    if (!entries) return NULL;
    *n = 0;
    cJSON_ArrayForEach(item, map) {
        if (!cJSON_IsString(item) || !is_plain_name(item->valuestring)) {
            fail(err, "%s: weight_map: %s is %s, expected the plain name of a file", path,
                 item->string, json_describe(item).text);
            free(entries);
            return NULL;
        }
        entries[(*n)++] = item;
    }
    qsort(entries, *n, sizeof *entries, compare_shards);
    return entries;
}

/* Checks that a shard has the tensors of the n entries; sorts its tensors by name. */
static bool check_shard(const char *index, const cJSON *const *entries, size_t n, const char *path,
                        struct tensor *tensors, size_t n_tensors, struct pg_error *err) {
    if (n_tensors) qsort(tensors, n_tensors, sizeof *tensors, compare_names);
    for (size_t i = 0; i < n; i++)
        if (!find_among(tensors, n_tensors, entries[i]->string))
            return fail(err, "%s has no tensor %s, expected after %s", path, entries[i]->string,
                        index);
    return true;
}

/* Appends the shard that the n entries name. */
static bool append_shard(const char *index, const cJSON *const *entries, size_t n,
                         struct checkpoint *out, struct pg_error *err) {
    const char *slash = strrchr(index, '/'), *shard = entries[0]->valuestring;
    char *path = NULL;
    if (asprintf(&path, "%.*s%s", slash ? (int)(slash - index) + 1 : 0, index, shard) < 0)
        return fail(err, "out of memory opening %s", shard);
    size_t first = out->n_tensors;
    bool good = !link_is_dangling(path, err) &&
                (file_exists(path) ||
                 fail(err, "%s, which %s names, is missing or cannot be read", path, index)) &&
                append_mapped(path, &out->maps[out->n_files], out, err);
    good = good &&
           check_shard(index, entries, n, path, out->tensors + first, out->n_tensors - first, err);
    free(path);
    return good;
}

static bool append_shards(const char *index, const cJSON *const *entries, size_t n,
                          struct checkpoint *out, struct pg_error *err) {
    out->maps = allocate(n, sizeof *out->maps, err);
    if (!out->maps) return false;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && compare_shards(&entries[i], &entries[end]) == 0;) end++;
        if (!append_shard(index, entries + i, end - i, out, err)) return false;
    }
    return true;
}

static bool open_index(const char *path, struct checkpoint *out, struct pg_error *err) {
    cJSON *index = json_read_object(path, MAX_HEADER, err);
    if (!index) return false;
    size_t n;
    const cJSON **entries = sorted_weight_map(index, path, &n, err);
    bool good = entries && append_shards(path, entries, n, out, err);
    free(entries);
    cJSON_Delete(index);
    return good;
}

static bool open_single(const char *path, struct checkpoint *out, struct pg_error *err) {
    out->maps = allocate(1, sizeof *out->maps, err);
    return out->maps && append_mapped(path, out->maps, out, err);
}

bool checkpoint_open(const char *path, struct checkpoint *out, struct pg_error *err) {
    const bool is_index = ends_with(path, ".index.json");
    *out = (struct checkpoint){0};
    if ((is_index ? open_index : open_single)(path, out, err) && sort_tensors(out, path, err))
        return true;
    checkpoint_close(out);
    return false;
}
