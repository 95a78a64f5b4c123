/* reading.c: see reading.h. */
#include "cli/reading.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "cli/input.h"
#include "spec/resolve.h"

#include <stdlib.h>
#include <string.h>

enum exit_code reading_open(struct reading *r, struct pg_error *err) {
    const struct options *o = r->options;
    const char *const read[] = {o->check, r->file, r->over, r->reads_stdin ? "-" : NULL};
    if (!reference_can_be_read(o, err) || !outputs_choose(o, &r->outputs, err)) return EXIT_FAILED;
    if (!outputs_spare(&r->outputs, read, 4, err)) return EXIT_MISUSED;
    if (!outputs_can_be_written(&r->outputs, err) || !(r->model = open_model(o, err)))
        return EXIT_FAILED;
    if (!outputs_spare_model(&r->outputs, r->model, err)) return EXIT_MISUSED;
    r->request = pg_request_default();
    return EXIT_DONE;
}

enum exit_code reading_prepare(struct reading *r, struct pg_error *err) {
    r->reads_stdin = is_stdin(r->options->text);
    const enum exit_code code = reading_open(r, err);
    if (code != EXIT_DONE) return code;
    return read_reading(r->model, r->options, &r->request, err) ? EXIT_DONE : EXIT_FAILED;
}

void reading_free(struct reading *r) {
    spec_request_free(&r->request);
    pg_mean_free(r->mean);
    pg_model_close(r->model);
    outputs_free(&r->outputs);
}

static bool check(struct reading *r, const struct csv_columns *columns, const char *csv,
                  size_t size, struct pg_error *err) {
    const struct options *o = r->options;
    size_t earlier_size;
    char *earlier = text_read(o->check, CSV_MAX_SIZE, &earlier_size, err);
    char *now = earlier ? allocate(size + 1, 1, err) : NULL;
    bool done = now;
    if (done) memcpy(now, csv, size + 1);
    done = done && csv_compare(columns, now, size, earlier, earlier_size, o->check, o->tolerance,
                               &r->difference, err);
    r->outcome.checked = o->check;
    r->outcome.tolerance = o->tolerance;
    r->outcome.check.n_differing = r->difference.n_differing;
    r->outcome.check.largest = r->difference.largest;
    free(now);
    free(earlier);
    return done;
}

bool reading_use_csv(struct reading *r, const struct csv_columns *columns, char *csv, size_t size,
                     struct pg_error *err) {
    const char *file = r->outputs.csv;
    bool done = !r->options->check || check(r, columns, csv, size, err);
    if (done && file) done = output_is_written(file, file_replace(file, csv, size, err));
    r->outcome.csv = file;
    free(csv);
    return done;
}

bool reading_use_png(struct reading *r, uint8_t *png, size_t size, struct pg_error *err) {
    const char *file = r->outputs.png;
    const bool done = output_is_written(file, file_replace(file, png, size, err));
    r->outcome.png = file;
    free(png);
    return done;
}

bool reading_wrote_npz(struct reading *r, bool done) {
    r->outcome.npz = r->outputs.npz;
    return output_is_written(r->outputs.npz, done);
}

bool reading_reports(const struct reading *r) {
    const struct options *o = r->options;
    return !o->quiet && !is_stdout(o->csv) && !is_stdout(o->png) && !is_stdout(o->npz);
}

enum exit_code reading_verdict(const struct reading *r, struct pg_error *err) {
    if (!r->difference.n_differing) return EXIT_DONE;
    fail_csv_differs(&r->difference, r->options->check, r->options->tolerance, err);
    return EXIT_DIFFERENT;
}
