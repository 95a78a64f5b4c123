/* mean_graph.h: the means over the edges, or over the paths, of a batch, and their text:
 * mean_edges.csv, mean_paths.csv. Decides which numbers are averaged: those of one edge, or of one
 * sender, of one measure and intervention. The means of other experiments are mean.h's. */
#ifndef BATCH_MEAN_GRAPH_H
#define BATCH_MEAN_GRAPH_H

#include "batch/bootstrap.h"
#include "batch/graph_table.h"
#include "batch/mean_lists.h"

/* A measure and an intervention, in models of one shape; of paths also where they end. Experiments
 * of different groups are never averaged. */
struct graph_group {
    struct measure measure;
    struct intervention intervention;
    struct graph_row graph; /* owns its readers */
    size_t count;           /* experiments */
};

/* What averages an edge has; those of paths end before SCORE_AVERAGE. */
enum edge_average { EDGE_VALUE, EDGE_RECOVERED, EDGE_SCORE, N_EDGE_AVERAGES };

struct edge_mean {
    size_t group, sender, receiver;           /* the latter two as in struct edge_cell */
    struct average averages[N_EDGE_AVERAGES]; /* recovered: of the experiments that have it */
};

struct mean_graph {
    enum work_kind kind;
    struct bootstrap bootstrap; /* of the intervals: how many replicates there are */
    struct graph_group *groups; /* in order of appearance */
    size_t n_groups;
    struct edge_mean *edges; /* likewise; after mean_graph_order by group, in the graph's order */
    size_t n_edges;
    struct lookup places; /* of the edges, before mean_graph_order */
};

/* Adds the cells of an experiment to means of its kind that begin otherwise zeroed. The bits depend
 * on the order of the experiments, which must be that of their lines. False and err when memory is
 * out. Free with mean_graph_free, also after failure. */
bool mean_graph_add(struct mean_graph *mean, const struct summary_row *row,
                    const struct edge_cells *cells, struct pg_error *err);
void mean_graph_free(struct mean_graph *mean);

/* Makes the intervals, after the last mean_graph_add. The pass adds all experiments again, in the
 * same order, by mean_graph_resample; its context is to have the mean. False and err if the pass
 * fails or memory is out. */
bool mean_graph_intervals(struct mean_graph *mean, const struct bootstrap *bootstrap,
                          resampling_pass *pass, void *context, struct pg_error *err);
bool mean_graph_resample(struct mean_graph *mean, const struct summary_row *row,
                         const struct edge_cells *cells, struct resampling *resampling,
                         struct pg_error *err);

/* Sorts the edges, after which nothing can be added. */
void mean_graph_order(struct mean_graph *mean);

/* The whole table, after mean_graph_order. Free with free(). NULL and err when memory is out. */
char *mean_graph_text(const struct mean_graph *mean, size_t *size, struct pg_error *err);

#endif
