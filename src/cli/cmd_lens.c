/* cmd_lens.c: the command lens: the prediction read off every layer. */
#include "cli/reading.h"
#include "report/reading_csv.h"
#include "report/reading_npz.h"
#include "report/reading_png.h"
#include "report/reading_text.h"
#include "report/result_json.h"
#include "spec/one_text.h"

static struct pg_lens *run(const struct reading *r, struct pg_error *err) {
    const struct pg_lens_request request = lens_request_of(&r->request);
    return pg_lens(r->model, &request, err);
}

static bool use_csv(struct reading *r, const struct pg_lens *lens, struct pg_error *err) {
    size_t size;
    if (!r->outputs.csv && !r->options->check) return true;
    char *csv = lens_csv(r->model, lens, &size, err);
    return csv && reading_use_csv(r, &lens_columns, csv, size, err);
}

static bool use_png(struct reading *r, const struct pg_lens *lens, struct pg_error *err) {
    const struct pg_picture picture = options_mean_picture(r->options);
    size_t size;
    if (!r->outputs.png) return true;
    uint8_t *png = lens_png(r->model, lens, &picture, pg_threads(), &size, err);
    return png && reading_use_png(r, png, size, err);
}

static bool use_npz(struct reading *r, const struct pg_lens *lens, struct pg_error *err) {
    const char *file = r->outputs.npz;
    return !file || reading_wrote_npz(r, lens_npz(r->model, lens, file, err));
}

static bool report(const struct reading *r, const struct pg_lens *lens, struct pg_error *err) {
    if (r->options->json) return print_json(json_lens(r->model, lens, &r->outcome, err));
    if (reading_reports(r))
        write_lens(stdout, r->model, lens, &r->outcome, r->difference.n_compared,
                   options_form(r->options));
    return true;
}

enum exit_code command_lens(const struct options *o, struct pg_error *err) {
    struct reading r = {.options = o};
    enum exit_code code = reading_prepare(&r, err);
    if (code == EXIT_DONE) {
        struct pg_lens *lens = run(&r, err);
        const bool done = lens && use_csv(&r, lens, err) && use_png(&r, lens, err) &&
                          use_npz(&r, lens, err) && report(&r, lens, err);
        code = done ? reading_verdict(&r, err) : EXIT_FAILED;
        pg_lens_free(lens);
    }
    reading_free(&r);
    return code;
}
