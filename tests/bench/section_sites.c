/* section_sites.c: what other sites cost beside resid_post, and what several sites cost in one
 * walk beside the same maps from single runs. Whole experiments on gpt2, 11 tokens. */
#include "bench.h"
#include "measure.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS = 11 };

/* Some sites, in one walk or one by one. */
struct choice {
    const char *name;
    size_t n;
    enum pg_site sites[5];
    bool one_by_one;
};

static const struct choice choices[] = {
    {"resid_post", 1, {PG_RESID_POST}, false},
    {"z", 1, {PG_Z}, false},
    {"k", 1, {PG_K}, false},
    {"block", 3, {PG_RESID_PRE, PG_ATTN_OUT, PG_MLP_OUT}, false},
    {"block, one by one", 3, {PG_RESID_PRE, PG_ATTN_OUT, PG_MLP_OUT}, true},
    {"heads", 5, {PG_Z_ALL, PG_Q_ALL, PG_K_ALL, PG_V_ALL, PG_PATTERN_ALL}, false},
    {"heads, one by one", 5, {PG_Z_ALL, PG_Q_ALL, PG_K_ALL, PG_V_ALL, PG_PATTERN_ALL}, true},
};

struct experiment {
    const struct pg_model *model;
    const struct choice *choice;
    size_t n_cells;
};

static void run_experiment(void *context) {
    struct experiment *e = context;
    int clean[TOKENS], corrupt[TOKENS];
    for (int t = 0; t < TOKENS; t++)
        clean[t] = corrupt[t] = (t + 1) * 7919 % e->model->config.n_vocab;
    corrupt[1]++;
    struct pg_pair pair = {100, 200};
    struct pg_request request = pg_request_default();
    request.clean = (struct pg_tokens){clean, TOKENS};
    request.corrupt = (struct pg_tokens){corrupt, TOKENS};
    request.pairs = &pair;
    request.n_pairs = 1;
    e->n_cells = 0;
    for (size_t i = 0; i < e->choice->n; i++) {
        struct pg_error err;
        request.n_sites = e->choice->one_by_one ? 1 : e->choice->n;
        memcpy(request.sites, e->choice->sites + i, (e->choice->n - i) * sizeof *request.sites);
        struct pg_result *result = pg_run(e->model, &request, &err);
        require(result, &err);
        e->n_cells += result->n_cells;
        pg_result_free(result);
        if (!e->choice->one_by_one) return;
    }
}

static void run_sites(struct bench *bench, cJSON *rows) {
    double resid_post = 0;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        struct experiment e = {.model = bench->gpt2, .choice = &choices[i]};
        const struct plan plan = {bench->quick ? 3 : 7, 0, 1, 0};
        struct subject subject = {.run = run_experiment, .context = &e};
        time_alternately(&plan, &subject, 1);
        const double seconds = subject.timing.median;
        if (i == 0) resid_post = seconds;
        cJSON *row = add_row(rows);
        cJSON_AddStringToObject(row, "sites", choices[i].name);
        put(row, "cells", (double)e.n_cells);
        put(row, "seconds", seconds);
        put(row, "spread", subject.timing.spread);
        put(row, "times_resid_post", seconds / resid_post);
        put(row, "seconds_per_cell", seconds / (double)e.n_cells);
    }
}

const struct section sites_section = {
    .name = "sites",
    .title = "other sites, and several in one walk: whole experiments on gpt2, 11 tokens",
    .note = "Medians, spread: between the quartiles. One by one: a run for each site.",
    .columns = {{"sites", "", "sites", 20, TEXT, 0},
                {"patches", "", "cells", 9, 0, 1},
                {"time", "s", "seconds", 9, 3, 1},
                {"spread", "%", "spread", 9, 0, 100},
                {"resid_post", "times", "times_resid_post", 12, 2, 1},
                {"per patch", "ms", "seconds_per_cell", 11, 2, 1e3}},
    .run = run_sites,
};
