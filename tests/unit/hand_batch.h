/* hand_batch.h: a small batch without a model: experiments with made-up numbers, their rows, and
 * their CSVs in a folder. */
#ifndef HAND_BATCH_H
#define HAND_BATCH_H

#include "batch/summary.h"
#include "report/effect.h"
#include "report/result_csv.h"

#include "scratch.h"

#include <math.h>
#include <zlib.h>

enum { HAND_LAYERS = 3, HAND_HEADS = 2, HAND_TOKENS = 8, HAND_CELLS = 200, HAND_LABELS = 3 };

/* What an experiment is to be. */
struct plan {
    enum pg_metric metric;
    bool noising;
    int n_tokens;
    enum pg_site sites[2];
    int n_sites;
    struct position_label labels[HAND_LABELS]; /* those with a name */
    bool same_texts;                           /* so that nothing has an effect */
};

/* An experiment. */
struct hand {
    struct pg_result result;
    struct pg_cell cells[HAND_CELLS];
    int clean_ids[HAND_TOKENS], corrupt_ids[HAND_TOKENS];
    struct summary_row row; /* frees itself by summary_row_free */
};

/* A number from -4 to 4 that is a float32. */
static inline float hand_number(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)((double)(*state >> 8) / (1 << 21) - 4);
}

static inline void hand_cells(struct hand *h, enum pg_site site, bool same, uint32_t *state) {
    const int heads = pg_site_has_heads(site) ? HAND_HEADS : 1;
    const int positions = pg_site_has_positions(site) ? (int)h->result.n_tokens : 1;
    for (int layer = 0; layer < HAND_LAYERS; layer++)
        for (int head = 0; head < heads; head++)
            for (int position = 0; position < positions; position++)
                h->cells[h->result.n_cells++] =
                    (struct pg_cell){.site = site,
                                     .layer = layer,
                                     .head = pg_site_has_heads(site) ? head : -1,
                                     .position = pg_site_has_positions(site) ? position : -1,
                                     .value = same ? h->result.corrupt_metric : hand_number(state)};
}

static inline void hand_labels(struct hand *h, const struct plan *plan) {
    h->row.labels = calloc(HAND_LABELS, sizeof *h->row.labels);
    for (int i = 0; i < HAND_LABELS && plan->labels[i].name; i++)
        h->row.labels[h->row.n_labels++] =
            (struct position_label){strdup(plan->labels[i].name), plan->labels[i].position};
}

/* Writes FOLDER/<id>.csv; the texts differ at position 1, in a word of the experiment's own. */
static inline void hand_csv(const struct scratch *s, const char *folder, struct hand *h,
                            bool same) {
    static char *words[HAND_TOKENS] = {"When", " \"A\"", ",", " d", " e", " f", " g", " h"};
    char *clean[HAND_TOKENS], *corrupt[HAND_TOKENS], own[32], name[300];
    size_t size;
    struct pg_error err;
    memcpy(clean, words, sizeof words);
    memcpy(corrupt, words, sizeof words);
    snprintf(own, sizeof own, " name%zu", h->row.line);
    for (int i = 0; i < HAND_TOKENS; i++) h->clean_ids[i] = h->corrupt_ids[i] = i;
    if (!same) {
        corrupt[1] = own;
        h->corrupt_ids[1] = HAND_TOKENS + (int)h->row.line;
    }
    h->result.clean_ids = h->clean_ids;
    h->result.corrupt_ids = h->corrupt_ids;
    char *text = csv_text(&h->result, clean, corrupt, &size, &err);
    if (!text) abort();
    snprintf(name, sizeof name, "%s/%s.csv", folder, h->row.id);
    scratch_write(s, name, text, size);
    h->row.csv_crc = (uint32_t)crc32_z(0, (const uint8_t *)text, size);
    free(text);
}

/* Makes the experiment of a line, the same each time, with its CSV in a folder of the scratch. */
static inline void hand_make(const struct scratch *s, const char *folder, const struct plan *plan,
                             size_t line, struct hand *h) {
    uint32_t state = 77u + (uint32_t)line;
    char id[32];
    *h = (struct hand){.result = {.n_tokens = (size_t)plan->n_tokens,
                                  .metric = plan->metric,
                                  .noising = plan->noising}};
    h->result.cells = h->cells;
    h->result.corrupt_metric = hand_number(&state);
    h->result.clean_metric = plan->same_texts ? h->result.corrupt_metric : hand_number(&state);
    for (int i = 0; i < plan->n_sites; i++) hand_cells(h, plan->sites[i], plan->same_texts, &state);
    snprintf(id, sizeof id, "e%zu", line);
    h->row = (struct summary_row){.line = line,
                                  .id = strdup(id),
                                  .fingerprint = state,
                                  .measure = {plan->metric, false, false},
                                  .intervention = {.noising = plan->noising},
                                  .n_tokens = plan->n_tokens,
                                  .clean_metric = h->result.clean_metric,
                                  .corrupt_metric = h->result.corrupt_metric,
                                  .largest = largest_effect(&h->result)};
    hand_labels(h, plan);
    hand_csv(s, folder, h, plan->same_texts);
}

/* The row of a line that failed. */
static inline struct summary_row hand_failure(size_t line, const char *id) {
    return (struct summary_row){
        .line = line, .id = strdup(id), .error = strdup("\"texts\", of 3 and 4 tokens")};
}

#endif
