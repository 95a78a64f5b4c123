/* circuit_lines.c: see circuit_lines.h. */
#include "batch/circuit_lines.h"

#include "batch/jobs.h"
#include "spec/resolve.h"

#include <stdlib.h>

/* The run over all lines. */
struct lines_run {
    const struct pg_model *model;
    struct line_rules rules;
    struct sized_circuits *circuits;
    struct circuit_sums sums;
    struct measure *measure; /* of the first line */
    pg_progress *progress;   /* of all lines */
    void *context;
    size_t n; /* lines */
};

static void show_progress(void *context, double done) {
    const struct lines_run *run = context;
    run->progress(run->context, ((double)run->sums.n + done) / (double)run->n);
}

static bool add_request(struct lines_run *run, struct pg_request *r, struct pg_error *err) {
    const struct measure measure = measure_of(r);
    if (!run->sums.n) *run->measure = measure;
    if (!measure_same(measure, *run->measure))
        return fail(err, "it measures %s, and the first line %s: there is no mean of both",
                    measure_name(measure), measure_name(*run->measure));
    if (run->progress) r->progress = show_progress;
    r->progress_context = run;
    return sized_circuits_add(run->model, r, run->circuits, &run->sums, err);
}

/* err does not name the line. */
static bool add_line(struct lines_run *run, const struct job *job, struct pg_error *err) {
    struct batch_line line;
    if (!job->text) return fail(err, "%s", job->error);
    bool done = batch_line_read(&run->rules, job->text, job->size, &line, err);
    if (done && line.kind != WORK_EXPERIMENT)
        done =
            fail(err, "\"what\" is %s, and circuits are run on experiments", works[line.kind].name);
    if (done) {
        struct pg_request request = pg_request_default();
        done = spec_resolve(&line.spec, run->model, &request, err) &&
               spec_check_effect(&line.spec, &request, err) && add_request(run, &request, err);
        spec_request_free(&request);
    }
    batch_line_free(&line);
    return done;
}

bool circuit_lines_run(const struct pg_model *model, const struct spec *defaults, const char *file,
                       pg_progress *progress, void *progress_context,
                       struct sized_circuits *circuits, struct measure *measure,
                       struct pg_error *err) {
    struct lines_run run = {.model = model,
                            .rules = {.defaults = defaults},
                            .circuits = circuits,
                            .measure = measure,
                            .progress = progress,
                            .context = progress_context};
    struct jobs jobs;
    struct pg_error why;
    bool done = jobs_read(file, &run.rules, (struct shard){0}, &jobs, err);
    run.n = jobs.n;
    for (size_t i = 0; done && i < jobs.n; i++)
        done = add_line(&run, &jobs.items[i], &why) ||
               fail(err, "%s: line %zu: %s", file, jobs.items[i].line, why.text);
    if (done) sized_circuits_finish(circuits, &run.sums);
    free(run.sums.items);
    jobs_free(&jobs);
    return done;
}
