/* work_experiment.c: see work_experiment.h. */
#include "batch/work_experiment.h"

#include "base/memory.h"
#include "batch/line.h"
#include "batch/mean_files.h"
#include "batch/means.h"
#include "batch/resume.h"
#include "batch/work_graph.h"
#include "patch/experiment.h"
#include "patch/site.h"
#include "report/effect.h"
#include "report/outcome.h"
#include "report/result_csv.h"
#include "report/result_map.h"
#include "report/result_png.h"
#include "report/show.h"

#include <stdlib.h>
#include <string.h>

/* ---- from a line ---- */

/* The checksum that an experiment's fingerprint begins with: of the model, and of the texts of its
 * mean. */
static uint32_t fingerprint_base(const struct work_context *c, uint32_t texts) {
    if (!c->means) return c->model_fingerprint;
    const char *with = ablation_names[c->defaults->with];
    return checksum(checksum(c->model_fingerprint, &texts, sizeof texts), with, strlen(with) + 1);
}

bool experiment_check(const struct batch_line *line, struct pg_error *err) {
    return spec_check(&line->spec, err);
}

bool experiment_read(const struct work_context *c, const struct batch_line *line, struct task *task,
                     struct summary_row *row, struct pg_error *err) {
    struct pg_request *request = &task->request;
    uint32_t texts = 0;
    if (!batch_line_request(c->model, line, request, row, err)) return false;
    if (site_is_graph(request->sites[0]) && !graph_begin_row(c->model, request, row, err))
        return false;
    task->kind = row->kind;
    if (c->deviation > 0)
        ((struct pg_noise *)request->noise)->sigma = c->defaults->sigma.value * c->deviation;
    if (c->means && !(request->mean = means_find(c->means, line, request, &texts, err)))
        return false;
    row->fingerprint = fingerprint(fingerprint_base(c, texts), request, row->labels, row->n_labels);
    row->measure = measure_of(request);
    row->intervention = intervention_of_request(request);
    row->n_tokens = (int)request->clean.count;
    return true;
}

/* ---- running ---- */

size_t experiment_run(const struct pg_model *model, const struct task *tasks, size_t n,
                      void **results, struct pg_error *errors) {
    struct pg_error why;
    struct pg_request *requests = allocate(n, sizeof *requests, &why);
    struct pg_result **found = allocate(n, sizeof *found, &why);
    size_t n_run = 1;
    if (requests && found) {
        for (size_t i = 0; i < n; i++) requests[i] = tasks[i].request;
        n_run = run_group(model, requests, n, found, errors);
        for (size_t i = 0; i < n_run; i++) results[i] = found[i];
    } else {
        results[0] = NULL;
        errors[0] = why;
    }
    free(requests);
    free(found);
    return n_run;
}

void experiment_free(void *result) {
    pg_result_free(result);
}

void experiment_summarize(const void *from, struct summary_row *row) {
    const struct pg_result *result = from;
    row->clean_metric = result->clean_metric;
    row->corrupt_metric = result->corrupt_metric;
    row->largest = largest_effect(result);
}

/* ---- files ---- */

bool experiment_has_picture(const struct summary_row *row) {
    return !row->intervention.joint; /* which has one value */
}

bool experiment_check_picture(const void *result, const struct pg_picture *look,
                              struct pg_error *err) {
    return show_check(result, look->show, err) && picture_check(result, err);
}

char *experiment_csv(const struct pg_model *model, const void *result, size_t *size,
                     struct pg_error *err) {
    return result_csv(model, result, size, err);
}

uint8_t *experiment_png(const struct pg_model *model, const void *result,
                        const struct pg_picture *look, int threads, size_t *size,
                        struct pg_error *err) {
    return result_png(model, result, look, threads, size, err);
}

bool experiment_compare(const struct pg_model *model, const void *result, const char *path,
                        double tolerance, bool *differs, struct pg_error *err) {
    struct pg_check check;
    if (!pg_check_csv(model, result, path, tolerance, &check, err)) return false;
    *differs = check.n_differing;
    if (*differs) fail_different(result, &check, path, tolerance, err);
    return true;
}

bool experiment_write_means(const struct mean_output *output, struct pg_error *err) {
    return mean_files_write(output, err);
}
