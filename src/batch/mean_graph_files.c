/* mean_graph_files.c: see mean_graph_files.h. */
#include "batch/mean_graph_files.h"

#include "batch/folder.h"
#include "batch/mean_graph.h"
#include "batch/mean_graph_json.h"
#include "batch/mean_graph_npz.h"

#include <stdlib.h>

/* ---- tables of experiments ---- */

/* What the means are over, and the means that are made. */
struct averaging {
    const struct mean_output *output;
    struct mean_graph *mean;
};

/* Adds an experiment to the means, or, if there is a resampling, to that. */
static bool add_experiment(const struct averaging *a, const struct summary_row *row,
                           struct resampling *resampling, struct pg_error *err) {
    struct edge_cells cells = {0};
    char *path = folder_file(a->output->folder, row->id, ".csv", err);
    const bool done = path && graph_table_read(path, row, &cells, err) &&
                      (resampling ? mean_graph_resample(a->mean, row, &cells, resampling, err)
                                  : mean_graph_add(a->mean, row, &cells, err));
    edge_cells_free(&cells);
    free(path);
    return done;
}

static bool add_experiments(void *context, struct resampling *resampling, struct pg_error *err) {
    const struct averaging *a = context;
    const struct summary *summary = a->output->summary;
    for (size_t i = 0; i < summary->n; i++)
        if (summary_row_has(&summary->rows[i], a->mean->kind) &&
            !add_experiment(a, &summary->rows[i], resampling, err))
            return false;
    return true;
}

/* Makes the means, with their intervals, from the tables of the experiments. */
static bool make_mean(const struct mean_output *output, struct mean_graph *mean,
                      struct pg_error *err) {
    struct averaging a = {output, mean};
    const bool done =
        add_experiments(&a, NULL, err) &&
        mean_graph_intervals(mean, &output->options->bootstrap, add_experiments, &a, err);
    mean_graph_order(mean);
    return done;
}

/* ---- files ---- */

/* The checksum of the batch; 0: unknown. */
static uint32_t batch_of(const struct mean_output *o) {
    return o->whole->count ? o->whole->batch : 0;
}

static bool write_table(const struct mean_output *o, const struct mean_graph *mean,
                        struct pg_error *err) {
    const char *file = mean->kind == WORK_EDGES ? "mean_edges.csv" : "mean_paths.csv";
    size_t size;
    if (!mean->n_groups) return folder_remove(o->folder, file, err);
    char *text = mean_graph_text(mean, &size, err);
    return text && folder_write(o->folder, file, text, size, err);
}

static bool write_graph(const struct mean_output *o, const struct mean_graph *mean,
                        struct pg_error *err) {
    size_t size;
    if (!mean->n_groups) return folder_remove(o->folder, GRAPH_FILE, err);
    char *text = mean_graph_json(mean, batch_of(o), &size, err);
    return text && folder_write(o->folder, GRAPH_FILE, text, size, err);
}

/* Writes the arrays, or removes those of an earlier run. */
static bool write_arrays(const struct mean_output *o, const struct mean_graph *mean,
                         struct pg_error *err) {
    if (o->options->arrays && mean->n_groups)
        return mean_graph_npz_write(mean, batch_of(o), o->folder, err);
    return folder_remove(o->folder, mean->kind == WORK_EDGES ? "mean_edges.npz" : "mean_paths.npz",
                         err);
}

bool mean_graphs_write(enum work_kind kind, const struct mean_output *o, struct pg_error *err) {
    struct mean_graph mean = {.kind = kind};
    const bool done = make_mean(o, &mean, err) && write_table(o, &mean, err) &&
                      write_arrays(o, &mean, err) &&
                      (kind != WORK_EDGES || write_graph(o, &mean, err));
    mean_graph_free(&mean);
    return done;
}
