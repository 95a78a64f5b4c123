/* experiment.c: patchgpt without a command: one experiment, its files and its report. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "report/json_report.h"
#include "report/number.h"
#include "report/text_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 100, LEAST_WIDTH = 40 };

/* Everything that an experiment makes on its way. */
struct session {
    struct outputs outputs;
    struct pg_model *model;
    struct pg_request request;
    struct pg_result *result;
    struct outcome outcome;
};

static void session_free(struct session *s) {
    pg_result_free(s->result);
    pg_tokens_free(&s->request.clean);
    pg_tokens_free(&s->request.corrupt);
    pg_model_close(s->model);
    outputs_free(&s->outputs);
}

/* ---- running ---- */

/* What would fail after the work should fail before it. */
static bool check_files(const struct options *o, struct outputs *outputs, struct pg_error *err) {
    if (o->check && access(o->check, R_OK) != 0)
        return fail(err, "cannot open %s: %s", o->check, strerror(errno));
    return outputs_choose(o, outputs, err);
}

static bool make_request(const struct options *o, struct session *s, struct pg_error *err) {
    struct pg_request *r = &s->request;
    *r = pg_request_default();
    r->site = (enum pg_site)o->site;
    r->metric = (enum pg_metric)o->metric;
    r->noising = o->noising;
    r->first_layer = o->layers.first;
    r->last_layer = o->layers.last;
    r->first_position = o->positions.first;
    r->last_position = o->positions.last;
    return read_top(s->model, o, &r->top, err) && read_experiment(s->model, o, r, err);
}

static struct pg_result *run(const struct options *o, struct session *s, struct pg_error *err) {
    struct progress progress;
    if (o->quiet || !isatty(STDERR_FILENO)) return pg_run(s->model, &s->request, err);
    s->request.progress = progress_show;
    s->request.progress_context = &progress;
    progress_begin(&progress);
    struct pg_result *result = pg_run(s->model, &s->request, err);
    progress_end(&progress);
    return result;
}

static bool check(const struct options *o, struct session *s, struct pg_error *err) {
    if (!o->check) return true;
    s->outcome.checked = o->check;
    s->outcome.tolerance = o->tolerance;
    return pg_check_csv(s->model, s->result, o->check, o->tolerance, &s->outcome.check, err);
}

static bool write_files(const struct options *o, struct session *s, struct pg_error *err) {
    s->outcome.csv = s->outputs.csv;
    s->outcome.png = s->outputs.png;
    return (!s->outputs.csv || pg_write_csv(s->model, s->result, s->outputs.csv, err)) &&
           (!s->outputs.png ||
            pg_write_png(s->model, s->result, (enum pg_colormap)o->colormap, s->outputs.png, err));
}

/* ---- telling ---- */

static int terminal_width(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return DEFAULT_WIDTH;
    return size.ws_col > LEAST_WIDTH ? size.ws_col : LEAST_WIDTH;
}

static bool report(const struct options *o, const struct session *s, struct pg_error *err) {
    if (o->json) return print_json(json_experiment(s->model, s->result, &s->outcome, err));
    if (o->quiet || is_stdout(o->csv) || is_stdout(o->png)) return true;
    write_experiment(stdout, s->model, s->result, &s->outcome, terminal_width());
    return true;
}

static void warn_if_identical(const struct pg_result *r) {
    if (memcmp(r->clean_ids, r->corrupt_ids, r->n_tokens * sizeof *r->clean_ids) != 0) return;
    fputs("patchgpt: warning: the clean and the corrupted text are the same, so no patch changes "
          "anything\n",
          stderr);
}

static enum exit_code verdict(const struct session *s, struct pg_error *err) {
    const struct outcome *o = &s->outcome;
    if (!o->checked || !o->check.n_differing) return EXIT_DONE;
    char more_than[48] = "", expected[NUMBER_SIZE], found[NUMBER_SIZE];
    if (o->tolerance > 0) snprintf(more_than, sizeof more_than, " by more than %g", o->tolerance);
    number_format(o->check.expected, expected);
    number_format(o->check.cell.value, found);
    fail(err,
         "%zu of %zu values differ from %s%s, most at layer %d, position %d: %s there, %s here, "
         "%.3g apart",
         o->check.n_differing, s->result->n_cells, o->checked, more_than, o->check.cell.layer,
         o->check.cell.position, expected, found, o->check.largest);
    return EXIT_DIFFERENT;
}

/* The comparison comes before the files are written: they may replace the very file. */
enum exit_code command_experiment(const struct options *o, struct pg_error *err) {
    struct session s = {0};
    bool ready = check_files(o, &s.outputs, err) && (s.model = open_model(o, err)) &&
                 make_request(o, &s, err);
    bool done = ready && (s.result = run(o, &s, err)) && check(o, &s, err) &&
                write_files(o, &s, err) && report(o, &s, err);
    if (done && !o->quiet) warn_if_identical(s.result);
    enum exit_code code = done ? verdict(&s, err) : EXIT_FAILED;
    session_free(&s);
    return code;
}
