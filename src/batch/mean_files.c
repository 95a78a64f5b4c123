/* mean_files.c: see mean_files.h. */
#include "batch/mean_files.h"

#include "batch/folder.h"
#include "batch/joint_text.h"
#include "batch/mean_csv.h"
#include "batch/mean_map.h"
#include "batch/mean_npz.h"
#include "report/metric_text.h"
#include "report/result_map.h"
#include "report/result_png.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables of experiments ---- */

/* What the means are over, and the mean that is made. */
struct averaging {
    const struct mean_output *output;
    struct mean *mean;
};

/* Adds an experiment to the mean, or, if there is a resampling, to that. */
static bool add_experiment(const struct averaging *a, const struct summary_row *row,
                           struct resampling *resampling, struct pg_error *err) {
    struct cells cells = {0};
    char *path = folder_file(a->output->folder, row->id, ".csv", err);
    bool done =
        path &&
        cells_read(path, row->csv_crc, row->n_tokens, row->intervention.joint, &cells, err) &&
        (resampling ? mean_resample(a->mean, row, &cells, resampling, err)
                    : mean_add(a->mean, row, &cells, err));
    cells_free(&cells);
    free(path);
    return done;
}

static bool add_experiments(void *context, struct resampling *resampling, struct pg_error *err) {
    const struct averaging *a = context;
    const struct summary *summary = a->output->summary;
    for (size_t i = 0; i < summary->n; i++)
        if (summary_row_has(&summary->rows[i], WORK_EXPERIMENT) &&
            !add_experiment(a, &summary->rows[i], resampling, err))
            return false;
    return true;
}

/* Makes the means, with their intervals, from the tables of the experiments. */
static bool make_mean(const struct mean_output *output, struct mean *mean, struct pg_error *err) {
    struct averaging a = {output, mean};
    const bool done = add_experiments(&a, NULL, err) &&
                      mean_intervals(mean, &output->options->bootstrap, output->options->grey,
                                     add_experiments, &a, err);
    mean_order(mean);
    return done;
}

/* ---- pictures ---- */

/* Arguments of all pictures. */
struct mean_figure {
    const struct mean_output *output;
    const struct mean *mean;
    const struct font *font;
};

/* What is done to the run that is patched, as pictures' names say it; in either direction except
 * for ablation. */
enum done { BY_TEXT, BY_NOISE, BY_ZERO, BY_MEAN, N_DONE };

/* The names of pictures that a folder can have. Each metric has eight for each of these: of
 * tokens or sets, of one or two of them, and in either direction. The first kind of a batch has the
 * short name, FIRST_KIND. A further kind of windows or joint patches has no picture. */
enum { FIRST_KIND = 8 * PG_N_METRICS * N_DONE, N_NAMES };

static enum done done_of_name(int name) {
    return (enum done)(name / (8 * PG_N_METRICS));
}

static struct intervention intervention_of_name(int name) {
    const enum done done = done_of_name(name);
    return (struct intervention){.noising = name % 2,
                                 .noise = done == BY_NOISE,
                                 .with = done == BY_ZERO   ? PG_WITH_ZERO
                                         : done == BY_MEAN ? PG_WITH_MEAN
                                                           : PG_WITH_TEXT};
}

static struct measure measure_of_name(int name) {
    return (struct measure){(enum pg_metric)(name / 8 % PG_N_METRICS), name / 2 % 2, name / 4 % 2};
}

/* The kind whose picture has that name, or n_kinds. */
static size_t kind_of_name(const struct mean *mean, int name) {
    if (name == FIRST_KIND) return 0;
    const struct intervention intervention = intervention_of_name(name);
    for (size_t i = 1; i < mean->n_kinds; i++)
        if (measure_same(mean->kinds[i].measure, measure_of_name(name)) &&
            intervention_same(&mean->kinds[i].intervention, &intervention))
            return i;
    return mean->n_kinds;
}

/* Writes the file name. False if the measure does not exist. */
static bool write_name(int name, bool recovered, char out[96]) {
    static const char *const done[] = {"", "_noise", "_zero", "_mean"};
    char kind[64] = "";
    const char *measure = name == FIRST_KIND ? "" : measure_name(measure_of_name(name));
    if (!measure) return false;
    if (*measure)
        snprintf(kind, sizeof kind, "_%s%s%s", measure, done[done_of_name(name)],
                 name % 2 ? "_noising" : "");
    snprintf(out, 96, "mean%s%s.png", kind, recovered ? "_recovered" : "");
    return true;
}

/* The sites of a kind's panels, each once, with commas between them. */
static void write_sites(const struct mean *mean, size_t kind, char out[512]) {
    bool there[PG_N_SITES] = {false};
    char *end = out;
    for (size_t i = 0; i < mean->n_panels; i++)
        if (mean->panels[i].kind == kind) there[mean->panels[i].site] = true;
    for (int site = 0; site < PG_N_SITES; site++)
        if (there[site])
            end += sprintf(end, "%s%s", end > out ? "," : "", pg_site_name((enum pg_site)site));
}

/* The note about the intervals by which cells are grey. */
static bool add_intervals(struct picture_notes *notes, const struct bootstrap *b,
                          struct pg_error *err) {
    return notes_add(notes, err, "intervals", "95 %%, %d replicates, seed %" PRIu32, b->replicates,
                     b->seed);
}

/* The notes that the picture of a kind carries: what the folders of its shards record of it. */
static bool make_notes(const struct mean_figure *f, size_t kind, bool recovered,
                       struct picture_notes *notes, struct pg_error *err) {
    const struct mean_kind *k = &f->mean->kinds[kind];
    char sites[512] = "";
    write_sites(f->mean, kind, sites);
    return notes_add_program(notes, err) &&
           (!f->output->whole->count ||
            notes_add(notes, err, "batch", "%08" PRIx32, f->output->whole->batch)) &&
           notes_add(notes, err, "experiments", "%zu", k->count) &&
           notes_add(notes, err, "metric", "%s", measure_name(k->measure)) &&
           notes_add(notes, err, "site", "%s", sites) &&
           notes_add(notes, err, "direction", "%s", direction_text(&k->intervention)) &&
           (!k->intervention.window ||
            notes_add(notes, err, "window", "%d", k->intervention.window)) &&
           notes_add(notes, err, "show", "mean %s", recovered ? "recovered" : "value") &&
           (!f->output->options->grey || add_intervals(notes, &f->mean->bootstrap, err));
}

static bool draw(const struct mean_figure *f, size_t kind, bool recovered,
                 const struct heatmap *map, const char *file, struct pg_error *err) {
    size_t size;
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (make_notes(f, kind, recovered, &notes, err))
        png = heatmap_png(map, f->font, notes.items, notes.n, pg_threads(), &size, err);
    notes_free(&notes);
    f->output->report->n_pictures++;
    return png && folder_write(f->output->folder, file, png, size, err);
}

/* Writes a picture, or removes an old one where no mean can be drawn. */
static bool write_picture(const struct mean_figure *f, int name, bool recovered,
                          struct pg_error *err) {
    const struct mean *mean = f->mean;
    char file[96];
    struct cell_map map = {0};
    const size_t kind = kind_of_name(mean, name);
    if (!write_name(name, recovered, file)) return true;
    bool done =
        kind >= mean->n_kinds || mean_map_make(mean, kind, recovered, f->output->options->grey,
                                               f->font, f->output->look, &map, err);
    if (done)
        done = map.map.n_panels ? draw(f, kind, recovered, &map.map, file, err)
                                : folder_remove(f->output->folder, file, err);
    cell_map_free(&map);
    return done;
}

static bool write_pictures(const struct mean_output *output, const struct mean *mean,
                           struct pg_error *err) {
    struct font *font = font_open(err);
    const struct mean_figure f = {output, mean, font};
    bool done = font;
    for (int name = 0; done && name < N_NAMES; name++)
        done = write_picture(&f, name, false, err) && write_picture(&f, name, true, err);
    font_close(font);
    return done;
}

/* ---- all files ---- */

/* Writes the arrays, or removes those of an earlier run. */
static bool write_arrays(const struct mean_output *o, const struct mean *mean,
                         struct pg_error *err) {
    const uint32_t batch = o->whole->count ? o->whole->batch : 0;
    return o->options->arrays && mean->n_kinds ? mean_npz_write(mean, batch, o->folder, err)
                                               : folder_remove(o->folder, "mean.npz", err);
}

/* Whether other kinds of work are done, so that an empty table would say nothing. */
static bool has_readings(const struct summary *summary) {
    for (size_t i = 0; i < summary->n; i++)
        if (!summary->rows[i].error && summary->rows[i].kind != WORK_EXPERIMENT) return true;
    return false;
}

bool mean_files_write(const struct mean_output *o, struct pg_error *err) {
    size_t size = 0;
    char *text = NULL;
    struct mean mean = {0};
    bool done = make_mean(o, &mean, err);
    if (done && !mean.n_kinds && has_readings(o->summary))
        done = folder_remove(o->folder, "mean.csv", err);
    else
        done = done && (text = mean_text(&mean, &size, err)) &&
               folder_write(o->folder, "mean.csv", text, size, err);
    done = done && write_arrays(o, &mean, err) && write_pictures(o, &mean, err) &&
           (o->report->joint = joint_text(&mean, err));
    mean_free(&mean);
    return done;
}
