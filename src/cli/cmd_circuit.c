/* cmd_circuit.c: the command circuit: how much of a behaviour the edges of circuits carry. */
#include "base/clock.h"
#include "batch/circuit_lines.h"
#include "cli/circuit_search.h"
#include "cli/input.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "report/circuit_csv.h"
#include "report/circuit_json.h"
#include "report/circuit_png.h"
#include "report/circuit_text.h"
#include "spec/over.h"
#include "spec/resolve.h"

#include <unistd.h>

/* ---- which circuits ---- */

static struct circuit_choice choice_of(const struct options *o) {
    return (struct circuit_choice){.how = o->search                    ? CHOOSE_SEARCH
                                          : o->spec.heads.text         ? CHOOSE_HEADS
                                          : o->given[OPTION_THRESHOLD] ? CHOOSE_THRESHOLD
                                                                       : CHOOSE_SIZES,
                                   .file = is_stdin(o->text) ? "standard input" : o->text,
                                   .sizes = o->top_edges.items,
                                   .n_sizes = o->top_edges.count,
                                   .threshold = o->search ? o->max_loss : o->threshold,
                                   .by_sign = o->by_sign,
                                   .complement = o->complement};
}

static bool choose_by_search(const struct reading *r, const struct circuit_choice *choice,
                             struct sized_circuits *out, struct pg_error *err) {
    struct edge_set found = {0};
    const double start = seconds_now();
    const bool done =
        circuit_search(r, &found, err) && sized_circuits_of_set(r->model, &found, choice, out, err);
    out->seconds = seconds_now() - start;
    edge_set_free(&found);
    return done;
}

static bool choose(const struct reading *r, struct sized_circuits *out, struct pg_error *err) {
    const struct circuit_choice choice = choice_of(r->options);
    const struct selection *heads = &r->options->spec.heads;
    struct edge_scores scores;
    if (choice.how == CHOOSE_SEARCH) return choose_by_search(r, &choice, out, err);
    if (choice.how == CHOOSE_HEADS)
        return sized_circuits_of_heads(r->model, heads->heads, heads->n_heads, &choice, out, err);
    const bool done = edge_scores_read(r->model, r->options->text, &scores, err) &&
                      sized_circuits_by_score(r->model, &scores, &choice, out, err);
    edge_scores_free(&scores);
    return done;
}

/* ---- running ---- */

/* The mean over the experiments of a file, which give what the command line does not. */
static bool run_over(const struct reading *r, pg_progress *progress, void *context,
                     struct sized_circuits *circuits, struct pg_error *err) {
    struct spec defaults = r->options->spec;
    struct measure measure;
    defaults.over = NULL;
    defaults.heads = (struct selection){0};
    circuits->over = is_stdin(r->over) ? "standard input" : r->over;
    if (!circuit_lines_run(r->model, &defaults, r->over, progress, context, circuits, &measure,
                           err))
        return false;
    circuits->measure = measure_name(measure);
    return true;
}

static bool run(const struct reading *r, struct sized_circuits *circuits, struct pg_error *err) {
    const bool silent = r->options->quiet || !isatty(STDERR_FILENO);
    struct progress progress;
    struct pg_request request = r->request;
    request.progress = silent ? NULL : progress_show;
    request.progress_context = &progress;
    progress_begin(&progress);
    const bool done = options_run_many(r->options)
                          ? run_over(r, request.progress, &progress, circuits, err)
                          : sized_circuits_run(r->model, &request, circuits, err);
    if (!silent) progress_end(&progress);
    return done;
}

/* The means that are outside of a circuit, if there are any. */
static bool add_mean(struct reading *r, struct pg_error *err) {
    struct spec of_edges = r->options->spec;
    of_edges.sites = (struct site_list){{PG_EDGES}, 1};
    return !spec_needs_mean(&of_edges) ||
           (r->request.mean = r->mean = over_mean(&of_edges, r->model, err));
}

static enum exit_code prepare(struct reading *r, struct pg_error *err) {
    const struct options *o = r->options;
    r->file = o->text;
    r->over = o->spec.over;
    r->reads_stdin = options_read_stdin(o);
    const enum exit_code code = reading_open(r, err);
    if (code != EXIT_DONE) return code;
    const struct pg_model_info info = pg_model_info(r->model);
    if (!selection_check_heads(&o->spec.heads, "--heads", info.n_layer, info.n_head, err))
        return EXIT_FAILED;
    if (options_run_many(o)) return EXIT_DONE;
    if (!spec_resolve(&o->spec, r->model, &r->request, err) || !add_mean(r, err))
        return EXIT_FAILED;
    return spec_check_effect(&o->spec, &r->request, err) ? EXIT_DONE : EXIT_MISUSED;
}

/* ---- results ---- */

static bool use_csv(struct reading *r, const struct sized_circuits *c, struct pg_error *err) {
    size_t size;
    if (!r->outputs.csv && !r->options->check) return true;
    char *csv = circuit_csv(c, &size, err);
    return csv && reading_use_csv(r, circuit_columns(c->over), csv, size, err);
}

static bool use_png(struct reading *r, const struct sized_circuits *c, struct pg_error *err) {
    size_t size;
    if (!r->outputs.png) return true;
    uint8_t *png = circuit_png(r->model, &r->request, c, pg_threads(), &size, err);
    return png && reading_use_png(r, png, size, err);
}

static bool report(const struct reading *r, const struct sized_circuits *c, struct pg_error *err) {
    const struct options *o = r->options;
    if (o->json) return print_json(json_circuits(r->model, &r->request, c, &r->outcome, err));
    if (reading_reports(r))
        write_circuits(stdout, r->model, &r->request, c, &r->outcome, r->difference.n_compared,
                       options_form(o), terminal_width());
    return true;
}

enum exit_code command_circuit(const struct options *o, struct pg_error *err) {
    struct reading r = {.options = o};
    struct sized_circuits circuits = {0};
    enum exit_code code = prepare(&r, err);
    if (code == EXIT_DONE) {
        const bool done = choose(&r, &circuits, err) && run(&r, &circuits, err) &&
                          use_csv(&r, &circuits, err) && use_png(&r, &circuits, err) &&
                          report(&r, &circuits, err);
        code = done ? reading_verdict(&r, err) : EXIT_FAILED;
    }
    sized_circuits_free(&circuits);
    reading_free(&r);
    return code;
}
