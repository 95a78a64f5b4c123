/* batch_words.c: see batch_words.h. */
#include "cli/batch_words.h"

#include <stdio.h>

static bool has_readings(const size_t n_done[N_WORK_KINDS]) {
    for (int kind = WORK_EXPERIMENT + 1; kind < N_WORK_KINDS; kind++)
        if (n_done[kind]) return true;
    return false;
}

const char *work_noun(const size_t n_done[N_WORK_KINDS]) {
    return has_readings(n_done) ? "lines" : "experiments";
}

void print_mean_tables(const size_t n_done[N_WORK_KINDS], bool arrays) {
    if (n_done[WORK_EXPERIMENT] || !has_readings(n_done)) printf(", mean.csv");
    for (int kind = WORK_EXPERIMENT + 1; kind < N_WORK_KINDS; kind++)
        if (n_done[kind]) printf(", mean_%s.csv", works[kind].name);
    if (arrays && n_done[WORK_EXPERIMENT]) printf(", mean.npz");
    for (int kind = WORK_EXPERIMENT + 1; kind < N_WORK_KINDS; kind++)
        if (arrays && n_done[kind]) printf(", mean_%s.npz", works[kind].name);
}
