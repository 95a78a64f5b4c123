/* logits_write.c: pg_write_logits: a text's logits into a file, a position at a time. */
#include "base/file.h"
#include "base/number.h"
#include "gpt2/predict.h"
#include "report/logits_file.h"

#include <errno.h>
#include <string.h>

/* What is to be written, and where to. */
struct writing {
    const struct pg_model *model;
    const int *ids;
    size_t count;
    bool all_positions;
    const char *path;
    FILE *out;
};

static bool check_stream(const struct writing *w, struct pg_error *err) {
    const int why = errno;
    const char *name = strcmp(w->path, "-") ? w->path : "standard output";
    return !ferror(w->out) || fail(err, "cannot write %s: %s", name, strerror(why));
}

static bool write_binary_row(void *context, size_t position, const float *logits, size_t n_vocab,
                             struct pg_error *err) {
    const struct writing *w = context;
    (void)position;
    fwrite(logits, sizeof *logits, n_vocab, w->out);
    return check_stream(w, err);
}

static bool write_text_row(void *context, size_t position, const float *logits, size_t n_vocab,
                           struct pg_error *err) {
    const struct writing *w = context;
    char number[NUMBER_SIZE];
    for (size_t i = 0; i < n_vocab; i++) {
        number_format(logits[i], number);
        fprintf(w->out, "%zu,%zu,%s\n", position, i, number);
    }
    return check_stream(w, err);
}

static void write_csv_head(FILE *out) {
    fprintf(out, "%s,%s,%s\n", logits_names[LOGITS_POSITION], logits_names[LOGITS_TOKEN],
            logits_names[LOGITS_LOGIT]);
}

static void write_npy_head(const struct writing *w) {
    const size_t shape[] = {w->count, (size_t)pg_model_info(w->model).n_vocab};
    char header[NPY_HEADER_SIZE];
    if (w->all_positions)
        npy_header(shape, 2, header);
    else
        npy_header(shape + 1, 1, header);
    fwrite(header, 1, sizeof header, w->out);
}

static bool write_content(void *context, FILE *out, struct pg_error *err) {
    struct writing *w = context;
    const bool npy = logits_are_npy(w->path);
    const size_t first = w->all_positions ? 0 : w->count - 1;
    w->out = out;
    if (npy)
        write_npy_head(w);
    else
        write_csv_head(out);
    return pg_logits(w->model, w->ids, w->count, first, npy ? write_binary_row : write_text_row, w,
                     err);
}

bool pg_write_logits(const struct pg_model *model, const int *ids, size_t count, bool all_positions,
                     const char *path, struct pg_error *err) {
    struct writing w = {model, ids, count, all_positions, path, NULL};
    return check_ids(model, ids, count, "the text", err) &&
           file_write(path, write_content, &w, err);
}
