/* section_sweep.c: whole experiments, the two texts and the sweep timed apart: the models of the
 * family, one thread against all, longer texts, and the memory it takes. */
#include "bench.h"
#include "measure.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>

static const struct shape gpt2_xl = {"gpt2-xl", 48, 1600, 25};

/* Runs both parts n times, and before and after them multiply-adds in registers on as many threads,
 * a quarter of the sweep's, whose best time is the peak that shares refer to; adds what a row of
 * every section here has. */
static void measure_trial(struct trial *trial, int n, cJSON *row) {
    const struct config *c = &trial->model->config;
    const struct operations texts = count_texts(c, trial->n_tokens, DIFFER);
    const struct operations sweep =
        count_sweep(c, trial->n_tokens, DIFFER, trial->cells, trial->n_cells);
    const struct operations whole = trial_whole_sweep(trial);
    const double flop = operations_flop(&sweep);
    /* OpenMP's threads stop looking for work within the pause; the cores need not wake from deep
     * sleep after it, nor do they when a sweep follows its texts. */
    const struct plan plan = {n, 0, 1, 0.005};
    struct multiplying registers = {fmax(4e9, flop / 4), pg_threads()};
    struct subject parts[] = {{.run = multiply_in_registers, .context = &registers},
                              {.run = trial_run_texts, .context = trial},
                              {.run = trial_run_sweep, .context = trial},
                              {.run = multiply_in_registers, .context = &registers}};
    time_alternately(&plan, parts, 4);
    const double seconds = parts[2].timing.median;
    const double peak = fmax(peak_of(&parts[0]), peak_of(&parts[3]));
    cJSON_AddStringToObject(row, "model", trial->model->name);
    put(row, "tokens", trial->n_tokens);
    put(row, "threads", pg_threads());
    put(row, "n", n);
    put(row, "cells", (double)trial->n_cells);
    put(row, "whole_cells", (double)trial_whole_cells(trial));
    put(row, "texts_flop", operations_flop(&texts));
    put(row, "texts_seconds", parts[1].timing.median);
    put(row, "flop", flop);
    put(row, "seconds", seconds);
    put(row, "best_seconds", parts[2].timing.best);
    put(row, "spread", parts[2].timing.spread);
    put(row, "flop_per_s", flop / seconds);
    put(row, "peak_flop_per_s", peak);
    put(row, "share_of_peak", flop / seconds / peak);
    put(row, "seconds_at_peak", flop / peak);
    put(row, "whole_flop", operations_flop(&whole));
    put(row, "whole_sweep_seconds", seconds * operations_flop(&whole) / flop);
    put(row, "experiment_seconds", parts[1].timing.median + seconds);
}

static void measure_whole_sweep(const struct pg_model *model, int n, cJSON *row) {
    struct trial trial;
    trial_begin(&trial, model, 11);
    trial_choose_all(&trial);
    measure_trial(&trial, n, row);
    trial_end(&trial);
}

/* A model if there is memory for it, with some to spare; else NULL and a line on stderr. */
static struct pg_model *random_model_if_it_fits(const struct shape *shape) {
    const double needed = (double)random_model_bytes(shape) + 0x1p31;
    struct pg_error err;
    if (available_memory() < needed) {
        fprintf(stderr, "skipping %s: it needs %.1f GB of free memory\n", shape->name,
                1e-9 * needed);
        return NULL;
    }
    struct pg_model *model = random_model(shape, &err);
    require(model, &err);
    return model;
}

/* ---- sweep: the models ---- */

static void run_sweeps(struct bench *bench, cJSON *rows) {
    static const struct shape medium = {"gpt2-medium", 24, 1024, 16};
    measure_whole_sweep(bench->gpt2, bench->quick ? 3 : 9, add_row(rows));
    if (bench->quick) return;
    struct pg_model *model = random_model_if_it_fits(&medium);
    if (model) measure_whole_sweep(model, 5, add_row(rows));
    pg_model_close(model);
    model = random_model_if_it_fits(&gpt2_xl);
    if (model) measure_whole_sweep(model, 3, add_row(rows));
    pg_model_close(model);
}

const struct section sweep_section = {
    .name = "sweep",
    .title = "resid_post at every layer and position, 11 tokens that differ from position 1 on",
    .note =
        "Operations counted from the formulas; medians of n runs, spread: between the quartiles.\n"
        "peak: multiply-adds in registers, in turn with the sweeps.",
    .columns = {{"model", "", "model", 12, TEXT, 0},
                {"patches", "", "cells", 8, 0, 1},
                {"texts", "GFLOP", "texts_flop", 8, 1, 1e-9},
                {"texts", "s", "texts_seconds", 8, 3, 1},
                {"sweep", "GFLOP", "flop", 10, 1, 1e-9},
                {"sweep", "s", "seconds", 9, 3, 1},
                {"n", "", "n", 4, 0, 1},
                {"spread", "%", "spread", 8, 0, 100},
                {"speed", "GFLOP/s", "flop_per_s", 10, 1, 1e-9},
                {"peak", "GFLOP/s", "peak_flop_per_s", 10, 1, 1e-9},
                {"of peak", "%", "share_of_peak", 9, 0, 100},
                {"together", "s", "experiment_seconds", 10, 3, 1}},
    .run = run_sweeps,
};

/* ---- threads ---- */

static void run_threads(struct bench *bench, cJSON *rows) {
    double one = NAN;
    for (int threads = 1; threads <= bench->threads;
         threads = threads < bench->threads ? bench->threads : threads + 1) {
        cJSON *row = add_row(rows);
        pg_set_threads(threads);
        measure_whole_sweep(bench->gpt2, bench->quick ? 3 : 5, row);
        if (threads == 1) one = get(row, "seconds");
        put(row, "speedup", one / get(row, "seconds"));
    }
}

const struct section threads_section = {
    .name = "threads",
    .title = "the sweep of gpt2, 11 tokens, on one thread and on all",
    .note = "peak: multiply-adds in registers on as many threads, in turn with the sweeps.",
    .columns = {{"threads", "", "threads", 8, 0, 1},
                {"texts", "s", "texts_seconds", 10, 3, 1},
                {"sweep", "s", "seconds", 10, 3, 1},
                {"spread", "%", "spread", 9, 0, 100},
                {"speed", "GFLOP/s", "flop_per_s", 11, 1, 1e-9},
                {"peak", "GFLOP/s", "peak_flop_per_s", 10, 1, 1e-9},
                {"of peak", "%", "share_of_peak", 10, 0, 100},
                {"speedup", "times", "speedup", 10, 2, 1}},
    .run = run_threads,
};

/* ---- length ---- */

static void run_lengths(struct bench *bench, cJSON *rows) {
    static const int lengths[] = {11, 40, 128, 512, 1024};
    const double budget = bench->quick ? 60e9 : 700e9; /* FLOP for each length */
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct trial trial;
        trial_begin(&trial, bench->gpt2, lengths[i]);
        const struct operations whole = trial_whole_sweep(&trial);
        const double part = budget / operations_flop(&whole);
        if (part >= 1)
            trial_choose_all(&trial);
        else
            trial_choose_some(&trial, 3 + (size_t)(part * (double)trial_whole_cells(&trial)));
        measure_trial(&trial, part >= 5 ? 5 : 1, add_row(rows));
        trial_end(&trial);
    }
}

const struct section length_section = {
    .name = "length",
    .title = "the sweep of gpt2 with longer texts",
    .note = "Long sweeps are sampled: the patches run are spread evenly over all of them. The "
            "whole sweep's\n"
            "seconds are then what its operations take at the speed of the sample.",
    .columns = {{"tokens", "", "tokens", 7, 0, 1},
                {"run", "patches", "cells", 9, 0, 1},
                {"of", "patches", "whole_cells", 9, 0, 1},
                {"work", "GFLOP", "flop", 10, 1, 1e-9},
                {"measured", "s", "seconds", 11, 3, 1},
                {"peak", "GFLOP/s", "peak_flop_per_s", 10, 1, 1e-9},
                {"at peak", "s", "seconds_at_peak", 10, 3, 1},
                {"of peak", "%", "share_of_peak", 9, 0, 100},
                {"whole sweep", "GFLOP", "whole_flop", 14, 1, 1e-9},
                {"whole sweep", "s", "whole_sweep_seconds", 13, 2, 1}},
    .run = run_lengths,
};

/* ---- memory ---- */

/* A sweep of all cells, or of cells that fill the walk's budget, and the memory it took. */
static void measure_memory(const struct pg_model *model, int n_tokens, bool fill, cJSON *row) {
    struct trial trial;
    reset_peak_memory();
    const double before = resident_memory();
    trial_begin(&trial, model, n_tokens);
    const double with_caches = resident_memory();
    if (fill)
        trial_fill_budget(&trial);
    else
        trial_choose_all(&trial);
    trial_run_texts(&trial);
    trial_run_sweep(&trial);
    cJSON_AddStringToObject(row, "model", model->name);
    put(row, "tokens", n_tokens);
    put(row, "cells", (double)trial.n_cells);
    put(row, "weight_bytes", (double)(model->n_parameters * sizeof(float)));
    put(row, "cache_bytes", with_caches - before);
    put(row, "budget_bytes", (double)trial.memory);
    put(row, "peak_bytes", peak_memory() - before);
    trial_end(&trial);
}

static void run_memory(struct bench *bench, cJSON *rows) {
    measure_memory(bench->gpt2, 11, false, add_row(rows));
    measure_memory(bench->gpt2, 1024, true, add_row(rows));
    struct pg_model *model = bench->quick ? NULL : random_model_if_it_fits(&gpt2_xl);
    if (model) measure_memory(model, 64, true, add_row(rows));
    pg_model_close(model);
}

const struct section memory_section = {
    .name = "memory",
    .title = "the most memory that an experiment occupies beyond the weights",
    .note = "Longer texts: enough patches to fill the walk's budget. peak: the texts' caches, the "
            "walk and\n"
            "everything else but the weights.",
    .columns = {{"model", "", "model", 12, TEXT, 0},
                {"tokens", "", "tokens", 8, 0, 1},
                {"patches", "", "cells", 10, 0, 1},
                {"weights", "MiB", "weight_bytes", 11, 1, 0x1p-20},
                {"caches", "MiB", "cache_bytes", 11, 1, 0x1p-20},
                {"budget", "MiB", "budget_bytes", 11, 1, 0x1p-20},
                {"peak", "MiB", "peak_bytes", 11, 1, 0x1p-20}},
    .run = run_memory,
};
