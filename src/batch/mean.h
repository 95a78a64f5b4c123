/* mean.h: the means over the experiments of a batch, cell by cell. Decides which cells of
 * different experiments are averaged. mean_csv.h writes them, mean_map.h draws them. */
#ifndef BATCH_MEAN_H
#define BATCH_MEAN_H

#include "batch/bootstrap.h"
#include "batch/cells.h"
#include "batch/mean_lists.h"

/* A measure and an intervention. Experiments of different kinds are never averaged. */
struct mean_kind {
    struct measure measure;
    struct intervention intervention;
    size_t count;                  /* experiments */
    struct average clean, corrupt; /* the metric of the runs; corrupt: not of ablation */
};

/* Indices, -1 where not applicable. Cells of labelled experiments have a label and position -1,
 * those of others have label -1. */
struct mean_cell {
    int layer, head, position, label, neuron, source;
    struct average value, recovered; /* recovered: of the experiments that have it */
    struct interval change; /* of the mean of value less the metric of the run that is patched */
};

/* The tokens of the experiments at a position or label. */
struct mean_column {
    char *clean, *corrupt; /* their texts in the first experiment; NULL: not seen yet */
    bool varies;           /* they differ between experiments */
    bool differs;          /* clean and corrupt differ in at least one */
};

/* Cells that belong on one panel of a picture. */
struct mean_panel {
    size_t kind;
    enum pg_site site;
    int n_tokens;     /* 0: by label, or all positions at once */
    size_t count;     /* experiments */
    size_t last_line; /* of the last experiment */
    /* In order of appearance; after mean_order by layer, head, neuron, position, label,
     * source. */
    struct mean_cell *cells;
    size_t n_cells;
    size_t n_before;             /* cells of the panels before; for mean_resample */
    struct lookup places;        /* of the cells, before mean_order */
    struct mean_column *columns; /* by position or label; empty for cells of all positions */
    size_t n_columns;
};

struct mean {
    size_t cell_averages;       /* how many intervals a cell is to have, while they are made */
    struct bootstrap bootstrap; /* of the intervals: how many replicates there are */
    struct mean_kind *kinds;    /* in order of appearance */
    size_t n_kinds;
    struct label_names labels;
    struct mean_panel *panels; /* by kind, site, n_tokens */
    size_t n_panels;
};

/* Adds the cells of an experiment to a mean that begins zeroed. The bits depend on the order of the
 * experiments, which must be that of their lines. False and err when memory is out. Free with
 * mean_free, also after failure. */
bool mean_add(struct mean *mean, const struct summary_row *row, const struct cells *cells,
              struct pg_error *err);
void mean_free(struct mean *mean);

/* Makes the intervals, after the last mean_add; those of changes only with_changes. The pass adds
 * all experiments again, in the same order, by mean_resample; its context is to have the mean.
 * False and err if the pass fails or memory is out. */
bool mean_intervals(struct mean *mean, const struct bootstrap *bootstrap, bool with_changes,
                    resampling_pass *pass, void *context, struct pg_error *err);
bool mean_resample(struct mean *mean, const struct summary_row *row, const struct cells *cells,
                   struct resampling *resampling, struct pg_error *err);

/* Sorts the cells of all panels, after which no experiment can be added. */
void mean_order(struct mean *mean);

#endif
