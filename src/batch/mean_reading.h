/* mean_reading.h: the means over the lenses, or the direct attributions, of a batch, and their
 * text: mean_lens.csv, mean_direct.csv. Decides which numbers are averaged: those of an item
 * (readings.h) of one measure, where it has a position at the position of texts of one length, or
 * at a label. mean_reading_map.h draws them. */
#ifndef BATCH_MEAN_READING_H
#define BATCH_MEAN_READING_H

#include "batch/bootstrap.h"
#include "batch/mean_lists.h"
#include "batch/readings.h"

/* The lines of one measure, or those of lenses without tokens. */
struct reading_group {
    bool measured;
    struct measure measure;
    size_t count;          /* lines */
    struct average metric; /* of the runs */
};

/* The lines of one group with texts of one length, where they have no labels. */
struct reading_panel {
    size_t group;
    int n_tokens; /* 0: by label, or numbers without a position */
    size_t count; /* lines */
    size_t last_line;
    char **tokens; /* n_tokens: the texts in the first line, "" where they differ between lines */
};

struct reading_row {
    size_t group;
    int n_tokens;
    uint64_t item;
    int position, label;   /* -1: none */
    size_t count, n_first; /* lines; those in which the metric's first token is the most probable */
    struct average value, probability; /* probability: of lenses */
};

struct mean_reading {
    enum work_kind kind;
    struct bootstrap bootstrap;   /* of the intervals: how many replicates there are */
    struct reading_group *groups; /* in order of appearance */
    size_t n_groups;
    struct label_names labels;
    struct reading_panel *panels; /* likewise */
    size_t n_panels;
    struct reading_row *rows; /* likewise; after mean_reading_order by group, n_tokens, what has no
                                 position before labels, item, position, label */
    size_t n_rows;
    struct lookup places;
};

/* Adds the numbers of a line to means of its kind that begin otherwise zeroed. The bits depend on
 * the order of the lines, which must be that of the file. False and err when memory is out. Free
 * with mean_reading_free, also after failure. */
bool mean_reading_add(struct mean_reading *mean, const struct summary_row *row,
                      const struct readings *readings, struct pg_error *err);
void mean_reading_free(struct mean_reading *mean);

/* Makes the intervals, after the last mean_reading_add. The pass adds all lines again, in the same
 * order, by mean_reading_resample; its context is to have the mean. False and err if the pass fails
 * or memory is out. */
bool mean_reading_intervals(struct mean_reading *mean, const struct bootstrap *bootstrap,
                            resampling_pass *pass, void *context, struct pg_error *err);
bool mean_reading_resample(struct mean_reading *mean, const struct summary_row *row,
                           const struct readings *readings, struct resampling *resampling,
                           struct pg_error *err);

/* Sorts the rows, after which nothing can be added. */
void mean_reading_order(struct mean_reading *mean);

/* The whole table, after mean_reading_order. Free with free(). NULL and err when memory is out. */
char *mean_reading_text(const struct mean_reading *mean, size_t *size, struct pg_error *err);

#endif
