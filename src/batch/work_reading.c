/* work_reading.c: see work_reading.h. */
#include "batch/work_reading.h"

#include "base/csv.h"
#include "base/plain_text.h"
#include "batch/line.h"
#include "batch/mean_reading_files.h"
#include "batch/resume.h"
#include "report/reading_csv.h"
#include "report/reading_png.h"
#include "spec/one_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- both ---- */

/* The fingerprint of the text and the metric, and of what is done with them. */
static uint32_t fingerprint_of(const struct work_context *c, const struct task *task,
                               const struct summary_row *row) {
    const char *name = works[task->kind].name;
    const uint8_t flags[] = {task->neurons, task->by_source};
    uint32_t crc = fingerprint(c->model_fingerprint, &task->request, row->labels, row->n_labels);
    crc = checksum(crc, name, strlen(name) + 1);
    return checksum(crc, flags, sizeof flags);
}

bool reading_read(const struct work_context *c, const struct batch_line *line, struct task *task,
                  struct summary_row *row, struct pg_error *err) {
    if (!batch_line_one_text(c->model, line, &task->request, row, err)) return false;
    task->neurons = line->neurons;
    task->by_source = line->by_source;
    row->fingerprint = fingerprint_of(c, task, row);
    row->measure = measure_of(&task->request);
    row->n_tokens = (int)task->request.clean.count;
    return true;
}

bool reading_has_picture(const struct summary_row *row) {
    (void)row;
    return true;
}

bool reading_check_picture(const void *result, const struct pg_picture *look,
                           struct pg_error *err) {
    (void)result, (void)look, (void)err;
    return true;
}

/* Results that are kept until they are saved: about this number of bytes, or one. */
enum { MAX_KEPT = 64 << 20 };

static void tell_progress(const struct task *first, size_t done, size_t n) {
    const struct pg_request *r = &first->request;
    if (r->progress) r->progress(r->progress_context, (double)done / (double)n);
}

/* Compares a table, which is freed, with an earlier one. */
static bool compare_tables(const struct csv_columns *columns, char *now, size_t size,
                           const char *path, double tolerance, bool *differs,
                           struct pg_error *err) {
    struct csv_difference difference;
    size_t earlier_size;
    char *earlier = now ? text_read(path, CSV_MAX_SIZE, &earlier_size, err) : NULL;
    const bool done = earlier && csv_compare(columns, now, size, earlier, earlier_size, path,
                                             tolerance, &difference, err);
    free(now);
    free(earlier);
    if (!done) return false;
    *differs = difference.n_differing;
    if (*differs) fail_csv_differs(&difference, path, tolerance, err);
    return true;
}

/* ---- lens ---- */

size_t lens_run(const struct pg_model *model, const struct task *tasks, size_t n, void **results,
                struct pg_error *errors) {
    size_t kept = 0, i = 0;
    do {
        const struct pg_lens_request request = lens_request_of(&tasks[i].request);
        struct pg_lens *lens = results[i] = pg_lens(model, &request, &errors[i]);
        if (lens) kept += lens->n_places * lens->n_tokens * sizeof *lens->readings;
        tell_progress(tasks, ++i, n);
    } while (i < n && kept < MAX_KEPT);
    return i;
}

void lens_free(void *result) {
    pg_lens_free(result);
}

/* The metric of the run is what its last place says. */
void lens_summarize(const void *result, struct summary_row *row) {
    const struct pg_lens *lens = result;
    const size_t last = (lens->n_places - 1) * lens->n_tokens + (size_t)lens->read_position;
    row->clean_metric = lens->readings[last].value;
    row->corrupt_metric = NAN;
}

char *lens_table(const struct pg_model *model, const void *result, size_t *size,
                 struct pg_error *err) {
    return lens_csv(model, result, size, err);
}

uint8_t *lens_picture(const struct pg_model *model, const void *result,
                      const struct pg_picture *look, int threads, size_t *size,
                      struct pg_error *err) {
    return lens_png(model, result, look, threads, size, err);
}

bool lens_compare(const struct pg_model *model, const void *result, const char *path,
                  double tolerance, bool *differs, struct pg_error *err) {
    size_t size = 0;
    char *now = lens_csv(model, result, &size, err);
    return compare_tables(&lens_columns, now, size, path, tolerance, differs, err);
}

bool lens_write_means(const struct mean_output *output, struct pg_error *err) {
    return mean_readings_write(WORK_LENS, output, err);
}

/* ---- direct ---- */

size_t direct_run(const struct pg_model *model, const struct task *tasks, size_t n, void **results,
                  struct pg_error *errors) {
    size_t kept = 0, i = 0;
    do {
        struct pg_direct_request request = direct_request_of(&tasks[i].request);
        request.neurons = tasks[i].neurons;
        request.by_source = tasks[i].by_source;
        struct pg_direct *direct = results[i] = pg_direct(model, &request, &errors[i]);
        if (direct) kept += direct->n_parts * sizeof *direct->parts;
        tell_progress(tasks, ++i, n);
    } while (i < n && kept < MAX_KEPT);
    return i;
}

void direct_free(void *result) {
    pg_direct_free(result);
}

void direct_summarize(const void *result, struct summary_row *row) {
    const struct pg_direct *direct = result;
    row->clean_metric = direct->metric_value;
    row->corrupt_metric = NAN;
    row->part = direct->parts[0];
    for (size_t i = 1; i < direct->n_parts; i++)
        if (fabsf(direct->parts[i].value) > fabsf(row->part.value)) row->part = direct->parts[i];
}

char *direct_table(const struct pg_model *model, const void *result, size_t *size,
                   struct pg_error *err) {
    return direct_csv(model, result, size, err);
}

uint8_t *direct_picture(const struct pg_model *model, const void *result,
                        const struct pg_picture *look, int threads, size_t *size,
                        struct pg_error *err) {
    return direct_png(model, result, look, threads, size, err);
}

bool direct_compare(const struct pg_model *model, const void *result, const char *path,
                    double tolerance, bool *differs, struct pg_error *err) {
    const struct pg_direct *direct = result;
    size_t size = 0;
    char *now = direct_csv(model, direct, &size, err);
    return compare_tables(direct_columns(direct->by_source), now, size, path, tolerance, differs,
                          err);
}

bool direct_write_means(const struct mean_output *output, struct pg_error *err) {
    return mean_readings_write(WORK_DIRECT, output, err);
}
