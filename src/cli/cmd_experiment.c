/* cmd_experiment.c: patchgpt without a command: one experiment, its files and its report. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "report/outcome.h"
#include "report/path_split.h"
#include "report/result_json.h"
#include "report/result_map.h"
#include "report/result_text.h"
#include "report/show.h"
#include "report/terminal_map.h"
#include "spec/over.h"
#include "spec/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that an experiment makes on its way. */
struct experiment_session {
    struct outputs outputs;
    struct pg_model *model;
    struct pg_request request;
    struct pg_mean *mean; /* of an ablation */
    struct pg_result *result;
    struct mediation split;           /* with --split; its first result is the one above */
    struct csv_difference difference; /* with --split and --check */
    struct outcome outcome;
    struct pg_error why_no_picture;
};

static void session_free(struct experiment_session *s) {
    if (s->result != s->split.parts[0]) pg_result_free(s->result);
    mediation_free(&s->split);
    spec_request_free(&s->request);
    pg_mean_free(s->mean);
    pg_model_close(s->model);
    outputs_free(&s->outputs);
}

/* ---- running ---- */

static bool make_request(const struct options *o, struct experiment_session *s,
                         struct pg_error *err) {
    struct pg_request *r = &s->request;
    *r = pg_request_default();
    if (!read_top(s->model, o, &r->top, err) || !spec_resolve(&o->spec, s->model, r, err))
        return false;
    if (!spec_needs_mean(&o->spec)) return true;
    r->mean = s->mean = over_mean(&o->spec, s->model, err);
    return s->mean;
}

static bool is_interrupted(void *context) {
    (void)context;
    return interrupted();
}

static struct pg_result *run_request(const struct options *o, struct experiment_session *s,
                                     struct pg_error *err) {
    if (!o->split) return pg_run(s->model, &s->request, err);
    return mediation_run(s->model, &s->request, &s->split, err) ? s->split.parts[0] : NULL;
}

static struct pg_result *run(const struct options *o, struct experiment_session *s,
                             struct pg_error *err) {
    struct progress progress;
    if (o->partial) {
        s->request.stop = is_interrupted;
        defer_interrupt();
    }
    if (o->quiet || !isatty(STDERR_FILENO)) return run_request(o, s, err);
    s->request.progress = progress_show;
    s->request.progress_context = &progress;
    progress_begin(&progress);
    struct pg_result *result = run_request(o, s, err);
    progress_end(&progress);
    return result;
}

static bool check(const struct options *o, struct experiment_session *s, struct pg_error *err) {
    if (!o->check) return true;
    s->outcome.checked = o->check;
    s->outcome.tolerance = o->tolerance;
    return pg_check_csv(s->model, s->result, o->check, o->tolerance, &s->outcome.check, err);
}

/* Leaves out a picture that was not asked for by name where the result has none; the report says
 * so. */
static void leave_out_picture(const struct options *o, struct experiment_session *s) {
    if (!s->outputs.png || o->png || picture_check(s->result, &s->why_no_picture)) return;
    free(s->outputs.png);
    s->outputs.png = NULL;
    s->outcome.no_picture = s->why_no_picture.text;
}

/* Whether the result can be shown as the options say. */
static bool can_be_shown(const struct options *o, const struct experiment_session *s,
                         struct pg_error *err) {
    return show_check(s->result, options_result_picture(o, s->result).show, err) &&
           ((!o->png && !o->terminal) || picture_check(s->result, err));
}

/* Compares and writes the table of --split. */
static bool use_split(const struct options *o, struct experiment_session *s, struct pg_error *err) {
    struct reading table = {.options = o, .outputs = s->outputs};
    size_t size;
    char *csv = path_split_csv(&s->split, &size, err);
    const bool done = csv && reading_use_csv(&table, &path_split_columns, csv, size, err);
    s->outcome = table.outcome;
    s->outcome.split = &s->split;
    s->difference = table.difference;
    return done;
}

static bool write_files(const struct options *o, struct experiment_session *s,
                        struct pg_error *err) {
    const struct pg_picture picture = options_result_picture(o, s->result);
    const char *csv = s->outputs.csv, *png = s->outputs.png, *npz = s->outputs.npz,
               *graph = s->outputs.graph, *dot = s->outputs.dot;
    s->outcome.csv = csv;
    s->outcome.png = png;
    s->outcome.npz = npz;
    s->outcome.graph = graph;
    s->outcome.dot = dot;
    return (!csv || output_is_written(csv, pg_write_csv(s->model, s->result, csv, err))) &&
           (!png ||
            output_is_written(png, pg_write_png(s->model, s->result, &picture, png, err))) &&
           (!npz || output_is_written(npz, pg_write_npz(s->model, s->result, npz, err))) &&
           (!graph || output_is_written(graph, pg_write_graph(s->model, s->result, graph, err))) &&
           (!dot || output_is_written(dot, pg_write_dot(s->model, s->result, dot, err)));
}

/* ---- reporting ---- */

/* The colours that standard output can show, judged by the environment. */
static enum terminal_colours terminal_colours(void) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *more = getenv("COLORTERM");
    if (!isatty(STDOUT_FILENO) || (none && *none) || !term || !strcmp(term, "dumb"))
        return COLOURS_NONE;
    if (more && (!strcmp(more, "truecolor") || !strcmp(more, "24bit"))) return COLOURS_24_BIT;
    return strstr(term, "256color") ? COLOURS_256 : COLOURS_NONE;
}

/* Whether a file goes to standard output, so that no report does. */
static bool goes_to_stdout(const struct options *o) {
    return is_stdout(o->csv) || is_stdout(o->png) || is_stdout(o->npz) || is_stdout(o->graph) ||
           is_stdout(o->dot);
}

static bool report(const struct options *o, const struct experiment_session *s,
                   struct pg_error *err) {
    if (o->json) return print_json(json_experiment(s->model, s->result, &s->outcome, err));
    if (o->quiet || goes_to_stdout(o)) return true;
    const int width = terminal_width();
    write_experiment(stdout, s->model, s->result, &s->outcome, options_form(o), width);
    if (!o->terminal) return true;
    const struct pg_picture picture = options_result_picture(o, s->result);
    putchar('\n');
    return write_terminal_map(stdout, s->model, s->result, &picture, terminal_colours(), width,
                              err);
}

static enum exit_code verdict(const struct experiment_session *s, struct pg_error *err) {
    const struct outcome *o = &s->outcome;
    const size_t left = s->result->n_left_out;
    if (left) {
        fail(err, "interrupted: %zu of %zu edges are done, and the files have these",
             s->result->n_cells, s->result->n_cells + left);
        return EXIT_FAILED;
    }
    if (!o->checked || !o->check.n_differing) return EXIT_DONE;
    if (o->split)
        fail_csv_differs(&s->difference, o->checked, o->tolerance, err);
    else
        fail_different(s->result, &o->check, o->checked, o->tolerance, err);
    return EXIT_DIFFERENT;
}

/* Finds the errors that would otherwise come after the work, before anything is written. */
static enum exit_code prepare(const struct options *o, struct experiment_session *s,
                              struct pg_error *err) {
    const char *const read[] = {o->check, options_read_stdin(o) ? "-" : NULL, o->spec.over};
    if (!reference_can_be_read(o, err) || !outputs_choose(o, &s->outputs, err)) return EXIT_FAILED;
    if (!outputs_spare(&s->outputs, read, 3, err)) return EXIT_MISUSED;
    if (!outputs_can_be_written(&s->outputs, err) || !(s->model = open_model(o, err)))
        return EXIT_FAILED;
    if (!outputs_spare_model(&s->outputs, s->model, err)) return EXIT_MISUSED;
    if (!make_request(o, s, err)) return EXIT_FAILED;
    return spec_check_effect(&o->spec, &s->request, err) ? EXIT_DONE : EXIT_MISUSED;
}

/* Whether a run that was interrupted has anything to write. */
static bool has_edges(const struct pg_result *r, struct pg_error *err) {
    return r->n_cells > 0 || fail(err, "interrupted before any edge was done");
}

static enum exit_code carry_out(const struct options *o, struct experiment_session *s,
                                struct pg_error *err) {
    if (!(s->result = run(o, s, err)) || !has_edges(s->result, err) || !can_be_shown(o, s, err))
        return EXIT_FAILED;
    leave_out_picture(o, s);
    const bool made = o->split ? use_split(o, s, err) : check(o, s, err) && write_files(o, s, err);
    const bool done = made && report(o, s, err);
    return done ? verdict(s, err) : EXIT_FAILED;
}

enum exit_code command_experiment(const struct options *o, struct pg_error *err) {
    struct experiment_session s = {0};
    enum exit_code code = prepare(o, &s, err);
    if (code == EXIT_DONE) code = carry_out(o, &s, err);
    session_free(&s);
    return code;
}
