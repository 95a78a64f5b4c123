/* cmd_direct.c: the command direct: what each component adds to the prediction directly. */
#include "cli/reading.h"
#include "report/reading_csv.h"
#include "report/reading_npz.h"
#include "report/reading_png.h"
#include "report/reading_text.h"
#include "report/result_json.h"
#include "spec/one_text.h"

static struct pg_direct *run(const struct reading *r, struct pg_error *err) {
    struct pg_direct_request request = direct_request_of(&r->request);
    request.neurons = r->options->by_neuron;
    request.by_source = r->options->by_source;
    return pg_direct(r->model, &request, err);
}

static bool use_csv(struct reading *r, const struct pg_direct *d, struct pg_error *err) {
    size_t size;
    if (!r->outputs.csv && !r->options->check) return true;
    char *csv = direct_csv(r->model, d, &size, err);
    return csv && reading_use_csv(r, direct_columns(d->by_source), csv, size, err);
}

static bool use_png(struct reading *r, const struct pg_direct *d, struct pg_error *err) {
    const struct pg_picture picture = options_direct_picture(r->options);
    size_t size;
    if (!r->outputs.png) return true;
    uint8_t *png = direct_png(r->model, d, &picture, pg_threads(), &size, err);
    return png && reading_use_png(r, png, size, err);
}

static bool use_npz(struct reading *r, const struct pg_direct *d, struct pg_error *err) {
    const char *file = r->outputs.npz;
    return !file || reading_wrote_npz(r, direct_npz(r->model, d, file, err));
}

static bool report(const struct reading *r, const struct pg_direct *d, struct pg_error *err) {
    const struct options *o = r->options;
    const size_t top = o->top ? (size_t)o->top : pg_request_default().top;
    if (o->json) return print_json(json_direct(r->model, d, &r->outcome, err));
    return !reading_reports(r) || write_direct(stdout, r->model, d, top, &r->outcome,
                                               r->difference.n_compared, options_form(o), err);
}

enum exit_code command_direct(const struct options *o, struct pg_error *err) {
    struct reading r = {.options = o};
    enum exit_code code = reading_prepare(&r, err);
    if (code == EXIT_DONE) {
        struct pg_direct *d = run(&r, err);
        const bool done = d && use_csv(&r, d, err) && use_png(&r, d, err) && use_npz(&r, d, err) &&
                          report(&r, d, err);
        code = done ? reading_verdict(&r, err) : EXIT_FAILED;
        pg_direct_free(d);
    }
    reading_free(&r);
    return code;
}
