/* mean.h: the means over the experiments of a batch, cell by cell, and their text: mean.csv. Which
 * cells of different experiments are the same one is decided here; how they are drawn is
 * mean_map.h's. */
#ifndef BATCH_MEAN_H
#define BATCH_MEAN_H

#include "base/lookup.h"
#include "batch/cells.h"
#include "batch/summary.h"

/* Mean and sum of squared deviations of the numbers so far, by Welford's method. */
struct running {
    size_t count;
    double mean, squares;
};

void running_add(struct running *r, double x);

/* The standard error of the mean; NaN of fewer than two numbers. */
double running_error(const struct running *r);

/* What is measured and a direction: experiments of different ones are never averaged. */
struct mean_kind {
    struct measure measure;
    bool noising;
    size_t count;                  /* experiments */
    struct running clean, corrupt; /* the metric of both runs */
};

/* -1 is none: of label but in labelled experiments, whose cells have no position here. */
struct mean_cell {
    int layer, head, position, label;
    struct running value, recovered; /* the latter of those that have it */
};

/* What the experiments have at a position or a label. */
struct mean_column {
    char *clean, *corrupt; /* texts of the tokens in the first of them; NULL: in none yet */
    bool varies;           /* they are others in others */
    bool differs;          /* in one at least, clean and corrupt differ */
};

/* Cells that belong on one panel of a picture. */
struct mean_panel {
    size_t kind;
    enum pg_site site;
    int n_tokens;     /* 0: by label, or all positions at once */
    size_t count;     /* experiments */
    size_t last_line; /* of the last of them */
    struct mean_cell
        *cells; /* as they first appear; from mean_order on by layer, head, position, label */
    size_t n_cells;
    struct lookup places;        /* of the cells, before mean_order */
    struct mean_column *columns; /* by position or label; there are none without them */
    size_t n_columns;
};

struct mean {
    struct mean_kind *kinds; /* as they first appear */
    size_t n_kinds;
    char **labels; /* as they first appear, by position in each experiment */
    size_t n_labels;
    struct lookup names;       /* of the labels */
    struct mean_panel *panels; /* by kind, site, n_tokens */
    size_t n_panels;
};

/* Takes the cells of an experiment that is done into a mean that begins zeroed. The bits depend on
 * the order of the experiments: rows rise by line. False and err when memory is out; free it then
 * too. */
bool mean_add(struct mean *mean, const struct summary_row *row, const struct cells *cells,
              struct pg_error *err);
void mean_free(struct mean *mean);

/* Puts the cells of all panels in order. Experiments cannot be added after that. */
void mean_order(struct mean *mean);

/* The whole of mean.csv, after mean_order. Free with free(). NULL and err when memory is out. */
char *mean_text(const struct mean *mean, size_t *size, struct pg_error *err);

#endif
