/* batch_words.c: see batch_words.h. */
#include "cli/batch_words.h"

#include <stdio.h>

static bool has_readings(const size_t n_done[N_WORK_KINDS]) {
    return n_done[WORK_LENS] || n_done[WORK_DIRECT];
}

/* Whether all that was done is of kinds whose means have tables of their own. */
static bool has_others(const size_t n_done[N_WORK_KINDS]) {
    return has_readings(n_done) || n_done[WORK_EDGES] || n_done[WORK_PATHS];
}

const char *work_noun(const size_t n_done[N_WORK_KINDS]) {
    return has_readings(n_done) ? "lines" : "experiments";
}

void print_mean_tables(const size_t n_done[N_WORK_KINDS], bool arrays) {
    if (n_done[WORK_EXPERIMENT] || !has_others(n_done)) printf(", mean.csv");
    for (int kind = WORK_EXPERIMENT + 1; kind < N_WORK_KINDS; kind++)
        if (n_done[kind]) printf(", mean_%s.csv", works[kind].name);
    if (n_done[WORK_EDGES]) printf(", mean_graph.json");
    if (arrays && n_done[WORK_EXPERIMENT]) printf(", mean.npz");
    for (int kind = WORK_EXPERIMENT + 1; kind < N_WORK_KINDS; kind++)
        if (arrays && n_done[kind]) printf(", mean_%s.npz", works[kind].name);
}
