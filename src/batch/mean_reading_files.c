/* mean_reading_files.c: see mean_reading_files.h. */
#include "batch/mean_reading_files.h"

#include "batch/folder.h"
#include "batch/mean_reading_map.h"
#include "batch/mean_reading_npz.h"
#include "report/result_png.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- tables of lines ---- */

/* What the means are over, and the means that are made. */
struct averaging {
    const struct mean_output *output;
    struct mean_reading *mean;
};

/* Adds a line to the means, or, if there is a resampling, to that. */
static bool add_line(const struct averaging *a, const struct summary_row *row,
                     struct resampling *resampling, struct pg_error *err) {
    struct readings readings = {0};
    char *path = folder_file(a->output->folder, row->id, ".csv", err);
    const bool done =
        path && readings_read(a->mean->kind, path, row->csv_crc, row->n_tokens, &readings, err) &&
        (resampling ? mean_reading_resample(a->mean, row, &readings, resampling, err)
                    : mean_reading_add(a->mean, row, &readings, err));
    readings_free(&readings);
    free(path);
    return done;
}

static bool add_lines(void *context, struct resampling *resampling, struct pg_error *err) {
    const struct averaging *a = context;
    const struct summary *summary = a->output->summary;
    for (size_t i = 0; i < summary->n; i++)
        if (summary_row_has(&summary->rows[i], a->mean->kind) &&
            !add_line(a, &summary->rows[i], resampling, err))
            return false;
    return true;
}

/* Makes the means, with their intervals, from the tables of the lines. */
static bool make_mean(const struct mean_output *output, struct mean_reading *mean,
                      struct pg_error *err) {
    struct averaging a = {output, mean};
    const bool done = add_lines(&a, NULL, err) &&
                      mean_reading_intervals(mean, &output->options->bootstrap, add_lines, &a, err);
    mean_reading_order(mean);
    return done;
}

/* ---- pictures ---- */

/* The groups that a folder can have pictures of: that of each measure, that of lenses without
 * tokens, and the first of a batch, which has the short name. */
enum { OF_NOTHING = 4 * PG_N_METRICS, FIRST_GROUP, N_NAMES };

static struct measure measure_of_name(int name) {
    return (struct measure){(enum pg_metric)(name / 4), name % 2, name / 2 % 2};
}

/* The group whose picture has that name, or n_groups. */
static size_t group_of_name(const struct mean_reading *mean, int name) {
    if (name == FIRST_GROUP) return 0;
    for (size_t i = 1; i < mean->n_groups; i++) {
        const struct reading_group *g = &mean->groups[i];
        if (name == OF_NOTHING ? !g->measured
                               : g->measured && measure_same(g->measure, measure_of_name(name)))
            return i;
    }
    return mean->n_groups;
}

/* Writes the file name. False if the measure does not exist. */
static bool write_name(enum work_kind kind, int name, char out[96]) {
    const char *measure = name == FIRST_GROUP  ? ""
                          : name == OF_NOTHING ? "top"
                                               : measure_name(measure_of_name(name));
    if (!measure) return false;
    snprintf(out, 96, "mean_%s%s%s.png", works[kind].name, *measure ? "_" : "", measure);
    return true;
}

/* The notes that the picture of a group carries: what the folders of its shards record of it. */
static bool make_notes(const struct mean_output *o, const struct mean_reading *mean, size_t group,
                       struct picture_notes *notes, struct pg_error *err) {
    const struct reading_group *g = &mean->groups[group];
    return notes_add_program(notes, err) &&
           notes_add(notes, err, "what", "%s", works[mean->kind].name) &&
           (!o->whole->count || notes_add(notes, err, "batch", "%08" PRIx32, o->whole->batch)) &&
           notes_add(notes, err, "lines", "%zu", g->count) &&
           (!g->measured || notes_add(notes, err, "metric", "%s", measure_name(g->measure))) &&
           notes_add(notes, err, "show", "mean value") &&
           (!o->options->grey ||
            notes_add(notes, err, "intervals", "95 %%, %d replicates, seed %" PRIu32,
                      mean->bootstrap.replicates, mean->bootstrap.seed));
}

static bool draw(const struct mean_output *o, const struct mean_reading *mean, size_t group,
                 const char *file, struct pg_error *err) {
    size_t size = 0;
    struct board board;
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (mean_reading_map_make(mean, group, o->options->grey, o->look, &board, err) &&
        make_notes(o, mean, group, &notes, err))
        png = heatmap_png(&board.map, board.font, notes.items, notes.n, pg_threads(), &size, err);
    notes_free(&notes);
    board_free(&board);
    o->report->n_pictures++;
    return png && folder_write(o->folder, file, png, size, err);
}

/* Writes the pictures, or removes old ones. */
static bool write_pictures(const struct mean_output *o, const struct mean_reading *mean,
                           struct pg_error *err) {
    char file[96];
    for (int name = 0; name < N_NAMES; name++) {
        const size_t group = group_of_name(mean, name);
        if (!write_name(mean->kind, name, file)) continue;
        if (group < mean->n_groups ? !draw(o, mean, group, file, err)
                                   : !folder_remove(o->folder, file, err))
            return false;
    }
    return true;
}

/* ---- all files ---- */

static bool write_table(const struct mean_output *o, const struct mean_reading *mean,
                        struct pg_error *err) {
    char file[96];
    size_t size;
    snprintf(file, sizeof file, "mean_%s.csv", works[mean->kind].name);
    if (!mean->n_groups) return folder_remove(o->folder, file, err);
    char *text = mean_reading_text(mean, &size, err);
    return text && folder_write(o->folder, file, text, size, err);
}

/* Writes the arrays, or removes those of an earlier run. */
static bool write_arrays(const struct mean_output *o, const struct mean_reading *mean,
                         struct pg_error *err) {
    char file[96];
    if (o->options->arrays && mean->n_groups)
        return mean_reading_npz_write(mean, o->whole->count ? o->whole->batch : 0, o->folder, err);
    snprintf(file, sizeof file, "mean_%s.npz", works[mean->kind].name);
    return folder_remove(o->folder, file, err);
}

bool mean_readings_write(enum work_kind kind, const struct mean_output *o, struct pg_error *err) {
    struct mean_reading mean = {.kind = kind};
    const bool done = make_mean(o, &mean, err) && write_table(o, &mean, err) &&
                      write_arrays(o, &mean, err) && write_pictures(o, &mean, err);
    mean_reading_free(&mean);
    return done;
}
